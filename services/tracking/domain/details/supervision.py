"""Changes of the record by events of supervision 监督."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import supervision as events
from services.tracking.domain.details.photos import add_photos
from services.tracking.domain.record import Record, TaskRecord, Waiting


def on_light_changed(record: Record, event: events.LightChanged, _: Envelope) -> None:
    """Add a clock whose light turns red to the overdue clocks.

    Remove the clock only if the event corrects the light, because the clock had stopped in time.
    """
    if event.light == "red" and event.clock_id not in record.overdue_clocks:
        record.overdue_clocks.append(event.clock_id)
    elif event.corrected and event.clock_id in record.overdue_clocks:
        record.overdue_clocks.remove(event.clock_id)


def on_extension_decided(record: Record, event: events.ExtensionDecided, _: Envelope) -> None:
    """If an extension 延期 was granted, set the new milestones of the dispatch."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None and event.granted:
        dispatch.milestones = event.milestones


def on_suspension_decided(record: Record, event: events.SuspensionDecided, _: Envelope) -> None:
    """If a suspension 挂账 was granted, set the instant at which it ends."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None and event.granted:
        dispatch.suspended_until = event.until


def on_suspension_ended(record: Record, event: events.SuspensionEnded, _: Envelope) -> None:
    """End the suspension, and set the milestones with their moved deadlines."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.suspended_until, dispatch.milestones = None, event.milestones


def on_recheck_requested(record: Record, event: events.RecheckRequested, _: Envelope) -> None:
    """Add a recheck 核查."""
    record.tasks.append(
        TaskRecord(id=event.task_id, kind="recheck", mode=event.mode, due_at=event.due_at, officer_id=event.officer_id)
    )


def on_recheck_assigned(record: Record, event: events.RecheckAssigned, _: Envelope) -> None:
    """Assign the recheck to an officer."""
    task = record.task(event.task_id)
    if task is not None:
        task.officer_id, task.due_at = event.officer_id, event.due_at


def on_recheck_claimed(record: Record, event: events.RecheckClaimed, _: Envelope) -> None:
    """Set the officer who claimed the recheck."""
    task = record.task(event.task_id)
    if task is not None:
        task.status, task.officer_id = "claimed", event.officer_id or task.officer_id


def on_recheck_passed_on(record: Record, event: events.RecheckPassedOn, _: Envelope) -> None:
    """Remove the officer from the recheck, and move the deadline if the event has a new deadline."""
    task = record.task(event.task_id)
    if task is not None:
        task.status, task.officer_id, task.due_at = "open", None, event.due_at or task.due_at


def on_recheck_recorded(record: Record, event: events.RecheckRecorded, _: Envelope) -> None:
    """Set the result of the recheck, and add the photos."""
    task = record.task(event.task_id)
    if task is not None:
        task.status, task.result = "done", "passed" if event.passed else "failed"
        task.officer_id = event.officer_id or task.officer_id
    add_photos(record, event.photos, "supervision")


def on_review_requested(record: Record, event: events.ReviewRequested, _: Envelope) -> None:
    """Add a review by a leader."""
    record.tasks.append(TaskRecord(id=event.review_id, kind="review", due_at=event.due_at))


def on_review_recorded(record: Record, event: events.ReviewRecorded, _: Envelope) -> None:
    """Set the leader's decision as the result of the review."""
    task = record.task(event.review_id)
    if task is not None:
        task.status, task.result = "done", "approved" if event.approved else "refused"


def on_rework_ordered(record: Record, event: events.ReworkOrdered, _: Envelope) -> None:
    """Set the number of reworks of the dispatch, and the milestones of this rework."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.rework = max(dispatch.rework, event.round)
        dispatch.milestones = event.milestones


def on_case_closed(record: Record, _: events.CaseClosed, __: Envelope) -> None:
    """Clear the pending decision, because the case is closed."""
    record.waiting = None


def on_attention_needed(record: Record, event: events.AttentionNeeded, _: Envelope) -> None:
    """Set the decision that a person must make."""
    record.waiting = Waiting(reason=event.reason, queue=event.queue)


def on_attention_settled(record: Record, event: events.AttentionSettled, _: Envelope) -> None:
    """Clear the pending decision if it has the same reason as the event."""
    if record.waiting is not None and record.waiting.reason == event.reason:
        record.waiting = None


DETAILS = {
    events.LightChanged: on_light_changed,
    events.ExtensionDecided: on_extension_decided,
    events.SuspensionDecided: on_suspension_decided,
    events.SuspensionEnded: on_suspension_ended,
    events.RecheckRequested: on_recheck_requested,
    events.RecheckAssigned: on_recheck_assigned,
    events.RecheckClaimed: on_recheck_claimed,
    events.RecheckPassedOn: on_recheck_passed_on,
    events.RecheckRecorded: on_recheck_recorded,
    events.ReviewRequested: on_review_requested,
    events.ReviewRecorded: on_review_recorded,
    events.ReworkOrdered: on_rework_ordered,
    events.CaseClosed: on_case_closed,
    events.AttentionNeeded: on_attention_needed,
    events.AttentionSettled: on_attention_settled,
}
