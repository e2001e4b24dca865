"""Stage 4, 处置, in detail."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import handling as events
from services.tracking.domain.details.photos import add_photos
from services.tracking.domain.record import Record, ReturnRecord


def signed(record: Record, event: events.DispatchSigned, meta: Envelope) -> None:
    """The unit has the order; given by phone, it counts from then."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.signed_at = event.by_phone.at if event.by_phone else meta.time


def return_requested(record: Record, event: events.ReturnRequested, meta: Envelope) -> None:
    """A unit says "not mine": a question to the dispatcher."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.return_asked = ReturnRecord(
            reason=event.reason, note=event.note, at=meta.time, suggested_unit_id=event.suggested_unit_id
        )


def return_refused(record: Record, event: events.ReturnRefused, _: Envelope) -> None:
    """The unit keeps it."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.return_asked = None


def ended(record: Record, event: events.ReturnAccepted | events.CoUnitReleased, meta: Envelope) -> None:
    """Returned or released: the dispatch is over."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.ended_at = meta.time


def assigned(record: Record, event: events.WorkAssigned, _: Envelope) -> None:
    """Handed on inside the unit, or taken back."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.crew = event.crew


def progressed(record: Record, event: events.ProgressReported, _: Envelope) -> None:
    """Something has been done; perhaps a milestone."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None and event.milestone and event.milestone not in dispatch.reached:
        dispatch.reached.append(event.milestone)
    add_photos(record, event.photos, "handling")


def completed(record: Record, event: events.WorkCompleted, meta: Envelope) -> None:
    """One unit's part is done. The first completion counts; rework is counted apart."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.completed_at = dispatch.completed_at or meta.time
        dispatch.outcome = event.outcome
        dispatch.return_asked = None
    add_photos(record, event.photos, "handling")


DETAILS = {
    events.DispatchSigned: signed,
    events.ReturnRequested: return_requested,
    events.ReturnRefused: return_refused,
    events.ReturnAccepted: ended,
    events.CoUnitReleased: ended,
    events.WorkAssigned: assigned,
    events.ProgressReported: progressed,
    events.WorkCompleted: completed,
}
