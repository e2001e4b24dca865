"""Stage 5, 监督, in the summary: clocks, lights, reminders and orders."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import supervision as events
from services.tracking.domain.summary import ClockRecord, Summary


def clock_started(case: Summary, event: events.ClockStarted, _: Envelope) -> None:
    """A clock runs. That of the case is the promise: filed with one instant, with an order from above that joined to another."""
    if event.name == "case":
        case.case_due_at, case.case_due_provisional = event.due_at, event.provisional
    case.clocks.append(
        ClockRecord(
            id=event.clock_id,
            name=event.name,
            dispatch_id=event.dispatch_id,
            started_at=event.started_at,
            due_at=event.due_at,
            provisional=event.provisional,
        )
    )


def clock_paused(case: Summary, event: events.ClockPaused, _: Envelope) -> None:
    """It stands still."""
    clock = case.clock(event.clock_id)
    if clock is not None:
        clock.paused = True


def clock_resumed(case: Summary, event: events.ClockResumed, _: Envelope) -> None:
    """It runs on, due later."""
    clock = case.clock(event.clock_id)
    if clock is not None:
        clock.paused, clock.due_at = False, event.due_at


def deadline_moved(case: Summary, event: events.DeadlineMoved, _: Envelope) -> None:
    """A running clock is due at another instant. So is the promise, when the calendar of its year was announced."""
    clock = case.clock(event.clock_id)
    if clock is not None:
        clock.due_at, clock.provisional = event.due_at, event.provisional
    if event.name == "case":
        case.case_due_at, case.case_due_provisional = event.due_at, event.provisional


def clock_stopped(case: Summary, event: events.ClockStopped, _: Envelope) -> None:
    """It ended."""
    case.clocks = [each for each in case.clocks if each.id != event.clock_id]


def light_changed(case: Summary, event: events.LightChanged, _: Envelope) -> None:
    """Of a running clock; a stopped one has no light any more."""
    clock = case.clock(event.clock_id)
    if clock is not None:
        clock.light = event.light


def urged(case: Summary, _: events.UnitUrged, __: Envelope) -> None:
    """A reminder went out."""
    case.urged = True


def ordered(case: Summary, event: events.OrderIssued, _: Envelope) -> None:
    """A formal order is open until its reply, or until the case closes."""
    case.open_orders.append(event.order_id)


def order_replied(case: Summary, event: events.OrderReplied, _: Envelope) -> None:
    """The reply to a formal order."""
    case.open_orders = [each for each in case.open_orders if each != event.order_id]


def recheck_by(
    case: Summary,
    event: (
        events.RecheckRequested
        | events.RecheckAssigned
        | events.RecheckClaimed
        | events.RecheckRecorded
        | events.TaskEscalated
    ),
    _: Envelope,
) -> None:
    """An officer has, or answered, a task 核查."""
    case.add_participant("officer", event.officer_id)


def closed(case: Summary, _: events.CaseClosed, meta: Envelope) -> None:
    """Nothing is asked of a unit any more."""
    case.closed_at = meta.time
    case.urged, case.open_orders = False, []


def reopened(case: Summary, _: events.CaseReopened, __: Envelope) -> None:
    """Open again: the flag stays, so that everybody sees it was closed before."""
    case.closed_at, case.reopened = None, True


STEPS = {
    events.ClockStarted: clock_started,
    events.ClockPaused: clock_paused,
    events.ClockResumed: clock_resumed,
    events.DeadlineMoved: deadline_moved,
    events.ClockStopped: clock_stopped,
    events.LightChanged: light_changed,
    events.UnitUrged: urged,
    events.OrderIssued: ordered,
    events.OrderReplied: order_replied,
    events.RecheckRequested: recheck_by,
    events.RecheckAssigned: recheck_by,
    events.RecheckClaimed: recheck_by,
    events.RecheckRecorded: recheck_by,
    events.TaskEscalated: recheck_by,
    events.CaseClosed: closed,
    events.CaseReopened: reopened,
}
