"""Creation, acknowledgement 签收, withdrawal and release of dispatches."""

from __future__ import annotations

from typing import Literal

from contracts.common import Actor
from contracts.events.command import Assignment, CaseDispatched, CaseRouted, DispatchWithdrawn
from contracts.events.handling import CoUnitReleased, DispatchSigned, PhoneEntry
from services.dispatch.domain.dispatches import deadlines, sms_gateway, unit_messages, upstream_platform
from services.dispatch.domain.dispatches.completion import complete_handling_if_done
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase, FiledCase

WithdrawReason = Literal["re_routed", "case_ended", "merged", "return_accepted", "by_hand"]


def apply_routing(case: DispatchedCase, event: CaseRouted, filed_case: FiledCase) -> None:
    """Create a dispatch for every assigned unit, and withdraw the dispatches that routing replaced.

    If the present lead completed its part before routing chose a new lead, create no dispatches for the new lead and
    its co-units: the finished work is rechecked instead. Dispatches for first responses are created even then.
    """
    new_lead, lead = any(each.role == "lead" for each in event.assignments), case.state.lead()
    if case.state.ended:
        return
    too_late = new_lead and lead is not None and lead.status == "completed"
    if not too_late and any(each.role != "first_response" for each in event.assignments):
        case.state.needs_new_dispatch = False
    for assignment in event.assignments:
        if too_late and assignment.role != "first_response":
            continue
        dispatch = _create_dispatch(case, assignment, event.round, filed_case)
        if dispatch.handover is not None and dispatch.handover.by_phone is not None:
            sign(case, dispatch, event.decided_by, filed_case, dispatch.handover.by_phone)
    for dispatch_id in () if too_late else event.withdrawn:
        dispatch = case.state.find(dispatch_id)
        if dispatch is None or not (dispatch.open or dispatch.awaiting_reassignment):
            continue
        kept_safe = dispatch.signed_at is not None or dispatch.awaiting_reassignment
        if new_lead and dispatch.role == "lead" and kept_safe:
            _await_reassignment(dispatch)
        elif event.is_supplementary:
            withdraw(case, dispatch, filed_case, "by_hand", f"{event.explanation} {event.explanation_en}")
        else:
            withdraw(case, dispatch, filed_case, _replacement_reason(dispatch))
    complete_handling_if_done(case)


def _await_reassignment(dispatch: Dispatch) -> None:
    """Mark the dispatch as being reassigned 待改派, and drop its pending requests for a return or more time."""
    dispatch.awaiting_reassignment = True
    dispatch.return_request = dispatch.extension_requested_at = dispatch.suspension_requested_until = None
    if dispatch.dispatch_status == "return_requested":
        dispatch.dispatch_status = "handling"


def release_former_leads(case: DispatchedCase, signed: Dispatch, filed_case: FiledCase) -> None:
    """Withdraw the dispatches of former leads that kept the place safe. `signed`: the dispatch just acknowledged."""
    if signed.role != "lead":
        return
    for former in case.state.dispatches:
        if former.awaiting_reassignment and former.id != signed.id:
            withdraw(case, former, filed_case, _replacement_reason(former))


def sign(
    case: DispatchedCase,
    dispatch: Dispatch,
    by: Actor,
    filed_case: FiledCase,
    by_phone: PhoneEntry | None = None,
    accepted_by: str | None = None,
) -> None:
    """Record that the unit acknowledged the dispatch 签收.

    If the unit is the lead, withdraw the dispatch of a former lead that kept the place safe.
    """
    dispatch.signed_at = case.now
    if dispatch.dispatch_status == "awaiting_signature":
        dispatch.dispatch_status = "handling"
    case.emit(
        DispatchSigned(
            dispatch_id=dispatch.id, unit_id=dispatch.unit_id, by_phone=by_phone, accepted_by=accepted_by, signed_by=by
        )
    )
    release_former_leads(case, dispatch, filed_case)
    if dispatch.role == "lead":
        upstream_platform.report_progress(case, "signed", dispatch.unit_id)


def withdraw(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, reason: WithdrawReason, note: str = ""
) -> None:
    """Withdraw one dispatch, and send a message about it to the unit."""
    dispatch.awaiting_reassignment = False
    dispatch.return_request = None
    dispatch.dispatch_status = "withdrawn"
    case.emit(DispatchWithdrawn(dispatch_id=dispatch.id, unit_id=dispatch.unit_id, reason=reason, note=note))
    unit_messages.send_withdrawn(case, dispatch, filed_case, reason, note)


def end_all(case: DispatchedCase, filed_case: FiledCase, outcome: str, note: str) -> None:
    """Withdraw every open dispatch when the case ends or is merged.

    An emergency service keeps a hand-over that it has acknowledged, and receives a message about the end of the case.
    """
    for dispatch in case.state.dispatches:
        if dispatch.held_by_emergency_service:
            dispatch.awaiting_reassignment = False
            unit_messages.send_closed_but_kept(case, dispatch, filed_case, outcome, note)
        elif dispatch.open or dispatch.awaiting_reassignment:
            withdraw(case, dispatch, filed_case, "merged" if outcome == "merged" else "case_ended", note)


def release_co_unit(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: CoUnitReleased) -> None:
    """Release a co-unit at the request of the lead."""
    dispatch.dispatch_status = "released"
    dispatch.return_request = None
    case.emit(event)
    unit_messages.send_withdrawn(case, dispatch, filed_case, "released", event.note)


def _create_dispatch(case: DispatchedCase, assignment: Assignment, round_: int, filed_case: FiledCase) -> Dispatch:
    district = case.district
    return_until, return_limit = deadlines.return_until(
        case.now, district.settings.stage_limits.return_window, district
    )
    milestones = deadlines.due_milestones(case.now, assignment.milestones or filed_case.milestones, district)
    dispatch = Dispatch(
        id=case.derive_id(f"dispatch:{assignment.unit_id}:{round_}"),
        unit_id=assignment.unit_id,
        role=assignment.role,
        round=round_,
        coordinated=assignment.coordinated,
        instructions=assignment.instructions,
        created_at=case.now,
        milestones=milestones,
        sign_due_at=deadlines.signature_due(
            case.now, milestones, district, handed_over=assignment.handover is not None, emergency=filed_case.emergency
        ),
        return_until=return_until,
        return_limit=return_limit,
        handover=assignment.handover,
    )
    case.state.dispatches.append(dispatch)
    case.state.ever_provisional = case.state.ever_provisional or return_limit is not None
    case.emit(
        CaseDispatched(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            role=dispatch.role,
            round=dispatch.round,
            coordinated=dispatch.coordinated,
            instructions=dispatch.instructions,
            milestones=dispatch.milestones,
            sign_due_at=dispatch.sign_due_at,
            handover=dispatch.handover,
        )
    )
    unit_messages.send_created(case, dispatch, filed_case)
    sms_gateway.notify_unit(case, dispatch.unit_id, "dispatch_created")
    if dispatch.role == "lead":
        upstream_platform.report_progress(case, "dispatched", dispatch.unit_id)
    return dispatch


def _replacement_reason(dispatch: Dispatch) -> WithdrawReason:
    return "return_accepted" if dispatch.status == "returned" else "re_routed"
