"""Handlers of supervision's events about one dispatch.

These are reminders, supervision orders, decisions on extensions and suspensions, rework orders and moved deadlines.
"""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import supervision
from services.dispatch.domain.dispatches import lifecycle, returns, sms_gateway, unit_messages, upstream_platform
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase

_REOPENED = frozenset({"reporter_not_solved", "by_hand"})
"""Reasons for rework of a closed case. Units were already notified when the case was reopened."""


def on_unit_urged(case: DispatchedCase, event: supervision.UnitUrged, _: Envelope) -> None:
    """Send a reminder 催办 to a unit."""
    dispatch = _addressed_dispatch(case, event)
    if dispatch is not None:
        unit_messages.send_reminder(case, dispatch, case.state.require_filed_case(), event)
        sms_gateway.notify_unit(case, event.unit_id or dispatch.unit_id, "unit_urged")


def on_supervision_order_issued(case: DispatchedCase, event: supervision.SupervisionOrderIssued, _: Envelope) -> None:
    """Send a supervision order 督办 to a unit. If an officer or a role at a centre receives it, notify them."""
    if event.officer_id is not None or event.role is not None:
        sms_gateway.notify_supervision_order(case, event)
        return
    dispatch = _addressed_dispatch(case, event)
    if dispatch is not None:
        unit_messages.send_supervision_order(case, dispatch, case.state.require_filed_case(), event)
        sms_gateway.notify_unit(case, event.unit_id or dispatch.unit_id, "supervision_order_issued")


def on_answer_due_moved(case: DispatchedCase, event: supervision.AnswerDueMoved, _: Envelope) -> None:
    """Send the unit the new deadline of its reply to a supervision order.

    Ignore other answers whose deadline moved, because units were not told those deadlines.
    """
    dispatch = _addressed_dispatch(case, event)
    if event.kind == "supervision_order_reply" and event.reference_id is not None and dispatch is not None:
        unit_messages.send_reply_due_moved(case, dispatch, case.state.require_filed_case(), event.reference_id, event)


def on_rework_ordered(case: DispatchedCase, event: supervision.ReworkOrdered, _: Envelope) -> None:
    """Open the dispatch again for rework 返工, with new milestones and without the evidence so far.

    If the case has ended meanwhile, withdraw the dispatch at once, unless an emergency service still works on it.
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
    """Apply the decision on an extension 延期, and store the new milestones.

    The unit may then ask for another extension.
    """
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None:
        dispatch.extension_requested_at = None
        dispatch.extensions += event.granted
        dispatch.milestones = event.milestones
        unit_messages.send_extension_decided(case, dispatch, case.state.require_filed_case(), event)


def on_suspension_decided(case: DispatchedCase, event: supervision.SuspensionDecided, meta: Envelope) -> None:
    """Apply the decision on a suspension 挂账.

    If the suspension is granted and the dispatch is not acknowledged, move the deadline of the acknowledgement.
    """
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None:
        dispatch.suspension_requested_until = None
        dispatch.suspensions += event.granted
        if event.granted:
            dispatch.suspended, dispatch.suspended_until = True, event.until
            returns.postpone_signature(case, dispatch, case.state.require_filed_case(), meta.time, event.until)
        unit_messages.send_suspension_decided(case, dispatch, case.state.require_filed_case(), event)


def on_suspension_ended(case: DispatchedCase, event: supervision.SuspensionEnded, _: Envelope) -> None:
    """End the suspension, and store the milestones with the deadlines that the suspension moved."""
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None and dispatch.suspended:
        dispatch.suspended, dispatch.suspended_until = False, None
        dispatch.milestones = event.milestones


def on_deadline_moved(case: DispatchedCase, event: supervision.DeadlineMoved, _: Envelope) -> None:
    """Store a deadline that supervision moved, because of an extension or a newly announced calendar."""
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
    case: DispatchedCase, event: supervision.UnitUrged | supervision.SupervisionOrderIssued | supervision.AnswerDueMoved
) -> Dispatch | None:
    """Return the dispatch that the event is about; `None` if there is none.

    It is the dispatch that the event names. Else it is the open dispatch of the unit that the event names, or the
    dispatch of the lead if the event names no unit.
    """
    named = case.state.find(event.dispatch_id)
    if named is not None:
        return named
    if event.unit_id is None:
        return case.state.lead()
    return next((each for each in case.state.dispatches if each.open and each.unit_id == event.unit_id), None)
