"""Returns 退单: the request of a unit, and the decision of the dispatcher."""

from __future__ import annotations

from datetime import datetime

from contracts.common import Actor
from contracts.events.handling import ReturnAccepted, ReturnReason, ReturnRefused, ReturnRequested
from services.dispatch.domain.dispatches import deadlines, unit_messages
from services.dispatch.domain.dispatches.answers import LockedDispatch, Responder
from services.dispatch.domain.dispatches.completion import complete_handling_if_done
from services.dispatch.domain.dispatches.problems import ReturnWindowOver, UnitUnknown
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase, FiledCase, ReturnRequest


def request_return(
    target: LockedDispatch, responder: Responder, reason: ReturnReason, note: str, suggested_unit_id: str | None
) -> None:
    """Ask to give the dispatch back 退单. Its handling clock is paused until the dispatcher decides."""
    dispatch, case = target.dispatch, target.case
    if dispatch.status == "return_requested":
        return
    if dispatch.status in ("awaiting_signature", "handling") and case.now > dispatch.return_until:
        raise ReturnWindowOver(return_until=dispatch.return_until.isoformat(), possible=target.possible)
    target.require("request-return")
    if suggested_unit_id is not None and suggested_unit_id not in case.district.units:
        raise UnitUnknown(unit=suggested_unit_id)
    note = target.filed_case.storable_text(note)
    dispatch.dispatch_status = "return_requested"
    dispatch.return_request = ReturnRequest(
        reason=reason, note=note, suggested_unit_id=suggested_unit_id, requested_at=case.now
    )
    case.emit(
        ReturnRequested(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            reason=reason,
            note=note,
            suggested_unit_id=suggested_unit_id,
            requested_by=responder.actor,
        )
    )


def postpone_signature(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, since: datetime, until: datetime
) -> None:
    """Move the deadline of the acknowledgement by a pause of the clocks from `since` to `until`.

    Does nothing if the dispatch was acknowledged. Call this before moving the milestones, because this reads the
    former milestones.
    """
    if dispatch.signed_at is None:
        dispatch.sign_due_at = deadlines.signature_moved_by_pause(
            dispatch.sign_due_at,
            dispatch.milestones,
            since,
            until,
            case.district,
            handed_over=dispatch.handover is not None,
            emergency=filed_case.emergency,
        )


def apply_new_calendar(case: DispatchedCase) -> None:
    """Recompute the ends of return windows after the calendar of a year was announced.

    The other deadlines follow events of supervision (`on_deadline_moved`).
    """
    for dispatch in case.state.dispatches:
        if dispatch.open and dispatch.return_limit is not None:
            dispatch.return_until, dispatch.return_limit = deadlines.return_until(
                dispatch.created_at, dispatch.return_limit, case.district
            )


def accept_return(target: LockedDispatch, decided_by: Actor, note: str) -> None:
    """Accept the return. If the unit was the lead, it keeps the place safe until another lead acknowledges 首接负责.

    If another former lead already keeps the place safe, the dispatch simply ends.
    """
    dispatch, case = target.dispatch, target.case
    if dispatch.status == "returned":
        return
    target.require("accept-return")
    note = target.filed_case.storable_text(note)
    request, dispatch.return_request = dispatch.return_request, None
    assert request is not None, "return_requested without a request"
    dispatch.dispatch_status = "returned"
    case.emit(
        ReturnAccepted(
            dispatch_id=dispatch.id,
            unit_id=dispatch.unit_id,
            role=dispatch.role,
            reason=request.reason,
            note=note,
            decided_by=decided_by,
        )
    )
    if dispatch.role == "lead" and not any(each.awaiting_reassignment for each in case.state.dispatches):
        dispatch.awaiting_reassignment = True
    else:
        unit_messages.send_withdrawn(case, dispatch, target.filed_case, "return_accepted", note)
    complete_handling_if_done(case)


def refuse_return(target: LockedDispatch, decided_by: Actor, note: str) -> None:
    """Refuse the return. The unit keeps the dispatch. Its deadlines move by the time from request to decision."""
    dispatch, case = target.dispatch, target.case
    if dispatch.dispatch_status == "handling" and dispatch.returns_refused:
        return
    target.require("refuse-return")
    note = target.filed_case.storable_text(note)
    request, dispatch.return_request = dispatch.return_request, None
    assert request is not None, "return_requested without a request"
    dispatch.dispatch_status = "handling"
    dispatch.returns_refused += 1
    postpone_signature(case, dispatch, target.filed_case, request.requested_at, case.now)
    dispatch.milestones = deadlines.milestones_moved_by_pause(
        dispatch.milestones, request.requested_at, case.now, case.district
    )
    case.emit(ReturnRefused(dispatch_id=dispatch.id, unit_id=dispatch.unit_id, note=note, decided_by=decided_by))
    unit_messages.send_return_refused(case, dispatch, target.filed_case, request.reason, note)
