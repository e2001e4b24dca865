"""What supervision decides about one order: reminders, formal orders, more time, rework."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import supervision
from services.dispatch.domain.dispatches import lifecycle, returns, sms_gateway, unit_messages, upstream_platform
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase

_REOPENED = frozenset({"reporter_not_solved", "by_hand"})
"""Why rework is ordered of a case that was closed: who has it again was woken when it was opened."""


def on_unit_urged(case: DispatchedCase, event: supervision.UnitUrged, _: Envelope) -> None:
    """催办."""
    dispatch = _addressed_dispatch(case, event)
    if dispatch is not None:
        unit_messages.send_reminder(case, dispatch, case.state.require_filed_case(), event)
        sms_gateway.notify_unit(case, event.unit_id or dispatch.unit_id, "unit_urged")


def on_order_issued(case: DispatchedCase, event: supervision.OrderIssued, _: Envelope) -> None:
    """督办, of a unit or of the centre's own people."""
    if event.officer_id is not None or event.role is not None:
        sms_gateway.notify_order(case, event)
        return
    dispatch = _addressed_dispatch(case, event)
    if dispatch is not None:
        unit_messages.send_supervision_order(case, dispatch, case.state.require_filed_case(), event)
        sms_gateway.notify_unit(case, event.unit_id or dispatch.unit_id, "order_issued")


def on_answer_due_moved(case: DispatchedCase, event: supervision.AnswerDueMoved, _: Envelope) -> None:
    """Of a formal order the unit was told until when it replies; of other answers nobody outside was told an instant."""
    dispatch = _addressed_dispatch(case, event)
    if event.what == "order_reply" and event.about is not None and dispatch is not None:
        unit_messages.send_reply_due_moved(case, dispatch, case.state.require_filed_case(), event.about, event)


def on_rework_ordered(case: DispatchedCase, event: supervision.ReworkOrdered, _: Envelope) -> None:
    """返工: the same order is open again, with the milestones of the new clock and no evidence yet.

    Where the case was voided meanwhile, the order is taken back in the same breath; not what an emergency service still has.
    """
    dispatch = case.state.find(event.dispatch_id)
    case.state.rework_round = max(case.state.rework_round, event.round)
    if dispatch is None or dispatch.rework_round >= event.round:
        return
    held_by_emergency_service = dispatch.held_by_emergency_service
    dispatch.rework_round = event.round
    dispatch.milestones, dispatch.reached, dispatch.photos = event.milestones, {}, ()
    dispatch.outcome, dispatch.completed_at = None, None
    dispatch.extension_requested_at = dispatch.suspension_requested_until = None
    if case.state.ended and not held_by_emergency_service:
        lifecycle.withdraw(case, dispatch, case.state.require_filed_case(), "case_ended")
    elif not case.state.ended:
        unit_messages.send_rework(case, dispatch, case.state.require_filed_case(), event)
        if event.reason not in _REOPENED:
            sms_gateway.notify_unit(case, dispatch.unit_id, "rework_ordered")
        upstream_platform.report_progress(case, "rework", dispatch.unit_id)


def on_extension_decided(case: DispatchedCase, event: supervision.ExtensionDecided, _: Envelope) -> None:
    """延期: supervision says the milestones as they now are; another may be asked for."""
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None:
        dispatch.extension_requested_at = None
        dispatch.extensions += event.granted
        dispatch.milestones = event.milestones
        unit_messages.send_extension_decided(case, dispatch, case.state.require_filed_case(), event)


def on_suspension_decided(case: DispatchedCase, event: supervision.SuspensionDecided, meta: Envelope) -> None:
    """挂账. Until when the clocks stand still is known, and so is until when what is not signed yet is to be signed."""
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None:
        dispatch.suspension_requested_until = None
        dispatch.suspensions += event.granted
        if event.granted:
            dispatch.suspended, dispatch.suspended_until = True, event.until
            returns.postpone_signature(case, dispatch, case.state.require_filed_case(), meta.time, event.until)
        unit_messages.send_suspension_decided(case, dispatch, case.state.require_filed_case(), event)


def on_suspension_ended(case: DispatchedCase, event: supervision.SuspensionEnded, _: Envelope) -> None:
    """The clocks run on."""
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None and dispatch.suspended:
        dispatch.suspended, dispatch.suspended_until = False, None
        dispatch.milestones = event.milestones


def on_deadline_moved(case: DispatchedCase, event: supervision.DeadlineMoved, _: Envelope) -> None:
    """More time, or the calendar of that year was announced: promise and order say the instants as they now are."""
    if event.name == "case" and case.state.filed_case is not None:
        case.state.filed_case.case_due_at = event.due_at
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is None:
        return
    if event.name == "sign":
        dispatch.sign_due_at = event.due_at
    moved = {"due_at": event.due_at, "provisional": event.provisional}
    dispatch.milestones = tuple(
        each.model_copy(update=moved) if event.name == "handle" and each.name == event.milestone else each
        for each in dispatch.milestones
    )


def _addressed_dispatch(
    case: DispatchedCase, event: supervision.UnitUrged | supervision.OrderIssued | supervision.AnswerDueMoved
) -> Dispatch | None:
    """The order an urge or a formal order is about: as named, else the open one of the named unit, else the lead's."""
    named = case.state.find(event.dispatch_id)
    if named is not None:
        return named
    if event.unit_id is None:
        return case.state.lead()
    return next((each for each in case.state.dispatches if each.open and each.unit_id == event.unit_id), None)
