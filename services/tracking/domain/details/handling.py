"""Changes of the record by events of handling 处置."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import handling as events
from services.tracking.domain.details.photos import add_photos
from services.tracking.domain.record import Record, ReturnRecord


def on_dispatch_signed(record: Record, event: events.DispatchSigned, meta: Envelope) -> None:
    """Set the time at which the unit acknowledged the dispatch 签收."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.signed_at = event.signed_at(meta.time)


def on_return_requested(record: Record, event: events.ReturnRequested, meta: Envelope) -> None:
    """Set the unit's request to give the dispatch back."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.return_asked = ReturnRecord(
            reason=event.reason, note=event.note, at=meta.time, suggested_unit_id=event.suggested_unit_id
        )


def on_return_refused(record: Record, event: events.ReturnRefused, _: Envelope) -> None:
    """Clear the request to give the dispatch back, because the unit must keep the dispatch."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.return_asked = None


def on_dispatch_ended(record: Record, event: events.ReturnAccepted | events.CoUnitReleased, meta: Envelope) -> None:
    """Set the time at which the dispatch was returned, or the co-unit was released."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.ended_at = meta.time


def on_work_assigned(record: Record, event: events.WorkAssigned, _: Envelope) -> None:
    """Set the crew that has the dispatch; clear it if the assignment was revoked."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.crew = event.crew


def on_progress_reported(record: Record, event: events.ProgressReported, _: Envelope) -> None:
    """Add the reached milestone, if the event names one, and the photos."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None and event.milestone and event.milestone not in dispatch.reached:
        dispatch.reached.append(event.milestone)
    add_photos(record, event.photos, "handling")


def on_work_completed(record: Record, event: events.WorkCompleted, meta: Envelope) -> None:
    """Set outcome and time of completion, and add the photos. After rework, the first time of completion stays."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.completed_at = dispatch.completed_at or meta.time
        dispatch.outcome = event.outcome
        dispatch.return_asked = None
    add_photos(record, event.photos, "handling")


DETAILS = {
    events.DispatchSigned: on_dispatch_signed,
    events.ReturnRequested: on_return_requested,
    events.ReturnRefused: on_return_refused,
    events.ReturnAccepted: on_dispatch_ended,
    events.CoUnitReleased: on_dispatch_ended,
    events.WorkAssigned: on_work_assigned,
    events.ProgressReported: on_progress_reported,
    events.WorkCompleted: on_work_completed,
}
