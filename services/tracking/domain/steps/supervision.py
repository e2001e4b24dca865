"""Stage 5, 监督."""

from __future__ import annotations

from contracts import supervision as events
from contracts.envelope import Envelope
from services.tracking.domain.record import ClockRecord, Record, TaskRecord, Waiting
from services.tracking.domain.steps.common import add_photos


def clock_started(record: Record, event: events.ClockStarted, _: Envelope) -> None:
    """A clock runs."""
    record.clocks.append(
        ClockRecord(
            id=event.clock_id, name=event.name, dispatch_id=event.dispatch_id,
            started_at=event.started_at, due_at=event.due_at,
        )
    )  # fmt: skip


def clock_paused(record: Record, event: events.ClockPaused, _: Envelope) -> None:
    """It stands still."""
    clock = record.clock(event.clock_id)
    if clock is not None:
        clock.paused = True


def clock_resumed(record: Record, event: events.ClockResumed, _: Envelope) -> None:
    """It runs on, due later."""
    clock = record.clock(event.clock_id)
    if clock is not None:
        clock.paused, clock.due_at = False, event.due_at


def clock_stopped(record: Record, event: events.ClockStopped, _: Envelope) -> None:
    """It ended."""
    record.clocks = [each for each in record.clocks if each.id != event.clock_id]


def light_changed(record: Record, event: events.LightChanged, _: Envelope) -> None:
    """Of a running clock. "Was overdue" is erased by nothing but proof that the clock had stopped in time."""
    clock = record.clock(event.clock_id)
    if clock is not None:
        clock.light = event.light
    if event.light == "red" and event.clock_id not in record.overdue_clocks:
        record.overdue_clocks.append(event.clock_id)
    elif event.corrected and event.clock_id in record.overdue_clocks:
        record.overdue_clocks.remove(event.clock_id)


def urged(record: Record, _: events.UnitUrged, __: Envelope) -> None:
    """A reminder went out."""
    record.urged = True


def ordered(record: Record, event: events.OrderIssued, _: Envelope) -> None:
    """A formal order is open until its reply, or until the case closes."""
    record.open_orders.append(event.order_id)


def order_replied(record: Record, event: events.OrderReplied, _: Envelope) -> None:
    """The reply to a formal order."""
    record.open_orders = [each for each in record.open_orders if each != event.order_id]


def deadline_moved(record: Record, event: events.DeadlineMoved, _: Envelope) -> None:
    """A running clock is due at another instant."""
    clock = record.clock(event.clock_id)
    if clock is not None:
        clock.due_at = event.due_at


def extended(record: Record, event: events.ExtensionDecided, _: Envelope) -> None:
    """延期 granted: the milestones as they now are."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None and event.granted:
        dispatch.milestones = event.milestones


def suspended(record: Record, event: events.SuspensionDecided, _: Envelope) -> None:
    """挂账 granted: until when."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None and event.granted:
        dispatch.suspended_until = event.until


def suspension_ended(record: Record, event: events.SuspensionEnded, _: Envelope) -> None:
    """The clocks run on, with milestones moved by the pause."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.suspended_until, dispatch.milestones = None, event.milestones


def recheck_requested(record: Record, event: events.RecheckRequested, _: Envelope) -> None:
    """A task 核查 is open."""
    record.tasks.append(
        TaskRecord(
            id=event.task_id, kind="recheck", mode=event.mode, due_at=event.due_at, officer_id=event.officer_id
        )
    )  # fmt: skip
    record.involve("officer", event.officer_id)


def recheck_assigned(record: Record, event: events.RecheckAssigned, _: Envelope) -> None:
    """The task went to an officer."""
    task = record.task(event.task_id)
    if task is not None:
        task.officer_id, task.due_at = event.officer_id, event.due_at
    record.involve("officer", event.officer_id)


def recheck_claimed(record: Record, event: events.RecheckClaimed, _: Envelope) -> None:
    """Somebody took it."""
    task = record.task(event.task_id)
    if task is not None:
        task.status, task.officer_id = "claimed", event.officer_id or task.officer_id
    record.involve("officer", event.officer_id)


def recheck_recorded(record: Record, event: events.RecheckRecorded, _: Envelope) -> None:
    """Passed or failed."""
    task = record.task(event.task_id)
    if task is not None:
        task.status, task.result = "done", "passed" if event.passed else "failed"
        task.officer_id = event.officer_id or task.officer_id
    record.involve("officer", event.officer_id)
    add_photos(record, event.photos, "supervision")


def review_requested(record: Record, event: events.ReviewRequested, _: Envelope) -> None:
    """A leader must look."""
    record.tasks.append(TaskRecord(id=event.review_id, kind="review", due_at=event.due_at))


def review_recorded(record: Record, event: events.ReviewRecorded, _: Envelope) -> None:
    """The leader's decision."""
    task = record.task(event.review_id)
    if task is not None:
        task.status, task.result = "done", "approved" if event.approved else "refused"


def rework(record: Record, event: events.ReworkOrdered, _: Envelope) -> None:
    """The same dispatch again."""
    dispatch = record.dispatch(event.dispatch_id)
    if dispatch is not None:
        dispatch.rework = max(dispatch.rework, event.round)
        dispatch.milestones = event.milestones


def closed(record: Record, _: events.CaseClosed, meta: Envelope) -> None:
    """Nothing is asked of a unit any more."""
    record.closed_at = meta.time
    record.urged, record.open_orders, record.waiting = False, [], None


def reopened(record: Record, _: events.CaseReopened, __: Envelope) -> None:
    """Open again: the flag stays, so that everybody sees it was closed before."""
    record.closed_at = record.ended_at = None
    record.reopened = True


def attention(record: Record, event: events.AttentionNeeded, _: Envelope) -> None:
    """A person must decide."""
    record.waiting = Waiting(reason=event.reason, queue=event.queue)


def settled(record: Record, event: events.AttentionSettled, _: Envelope) -> None:
    """A person looked."""
    if record.waiting is not None and record.waiting.reason == event.reason:
        record.waiting = None


STEPS = {
    events.ClockStarted: clock_started,
    events.ClockPaused: clock_paused,
    events.ClockResumed: clock_resumed,
    events.ClockStopped: clock_stopped,
    events.LightChanged: light_changed,
    events.UnitUrged: urged,
    events.OrderIssued: ordered,
    events.OrderReplied: order_replied,
    events.DeadlineMoved: deadline_moved,
    events.ExtensionDecided: extended,
    events.SuspensionDecided: suspended,
    events.SuspensionEnded: suspension_ended,
    events.RecheckAssigned: recheck_assigned,
    events.AttentionSettled: settled,
    events.RecheckRequested: recheck_requested,
    events.RecheckClaimed: recheck_claimed,
    events.RecheckRecorded: recheck_recorded,
    events.ReviewRequested: review_requested,
    events.ReviewRecorded: review_recorded,
    events.ReworkOrdered: rework,
    events.CaseClosed: closed,
    events.CaseReopened: reopened,
    events.AttentionNeeded: attention,
}
