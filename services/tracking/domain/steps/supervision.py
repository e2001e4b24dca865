"""Changes of the summary by events of supervision 监督: clocks, lights, reminders and supervision orders."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import supervision as events
from services.tracking.domain.summary import ClockRecord, Summary


def on_clock_started(case: Summary, event: events.ClockStarted, _: Envelope) -> None:
    """Add a clock. The clock of the whole case also sets the deadline promised to the reporter.

    An order of the upstream platform can make that deadline earlier than the filing did.
    """
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


def on_clock_paused(case: Summary, event: events.ClockPaused, _: Envelope) -> None:
    """Pause the clock."""
    clock = case.clock(event.clock_id)
    if clock is not None:
        clock.paused = True


def on_clock_resumed(case: Summary, event: events.ClockResumed, _: Envelope) -> None:
    """Resume the clock with a new, later deadline."""
    clock = case.clock(event.clock_id)
    if clock is not None:
        clock.paused, clock.due_at = False, event.due_at


def on_deadline_moved(case: Summary, event: events.DeadlineMoved, _: Envelope) -> None:
    """Move the deadline of the clock. The clock of the whole case also moves the deadline promised to the reporter."""
    clock = case.clock(event.clock_id)
    if clock is not None:
        clock.due_at, clock.provisional = event.due_at, event.provisional
    if event.name == "case":
        case.case_due_at, case.case_due_provisional = event.due_at, event.provisional


def on_clock_stopped(case: Summary, event: events.ClockStopped, _: Envelope) -> None:
    """Remove the stopped clock."""
    case.clocks = [each for each in case.clocks if each.id != event.clock_id]


def on_light_changed(case: Summary, event: events.LightChanged, _: Envelope) -> None:
    """Set the light of the clock, unless the clock has stopped."""
    clock = case.clock(event.clock_id)
    if clock is not None:
        clock.light = event.light


def on_unit_urged(case: Summary, _: events.UnitUrged, __: Envelope) -> None:
    """Set the flag of a reminder 催办 to a unit."""
    case.urged = True


def on_order_issued(case: Summary, event: events.SupervisionOrderIssued, _: Envelope) -> None:
    """Add a supervision order 督办. It stays open until the unit replies or the case closes."""
    case.open_orders.append(event.order_id)


def on_order_replied(case: Summary, event: events.SupervisionOrderReplied, _: Envelope) -> None:
    """Remove the supervision order, because the unit has replied."""
    case.open_orders = [each for each in case.open_orders if each != event.order_id]


def on_recheck_officer_named(
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
    """Add the officer of a recheck 核查 as a participant, who may see the case from now on."""
    case.add_participant("officer", event.officer_id)


def on_case_closed(case: Summary, _: events.CaseClosed, meta: Envelope) -> None:
    """Set the time of closing, and clear reminder and supervision orders."""
    case.closed_at = meta.time
    case.urged, case.open_orders = False, []


def on_case_reopened(case: Summary, _: events.CaseReopened, __: Envelope) -> None:
    """Clear the time of closing, and set `reopened`, which stays to show that the case was closed before."""
    case.closed_at, case.reopened = None, True


STEPS = {
    events.ClockStarted: on_clock_started,
    events.ClockPaused: on_clock_paused,
    events.ClockResumed: on_clock_resumed,
    events.DeadlineMoved: on_deadline_moved,
    events.ClockStopped: on_clock_stopped,
    events.LightChanged: on_light_changed,
    events.UnitUrged: on_unit_urged,
    events.SupervisionOrderIssued: on_order_issued,
    events.SupervisionOrderReplied: on_order_replied,
    events.RecheckRequested: on_recheck_officer_named,
    events.RecheckAssigned: on_recheck_officer_named,
    events.RecheckClaimed: on_recheck_officer_named,
    events.RecheckRecorded: on_recheck_officer_named,
    events.TaskEscalated: on_recheck_officer_named,
    events.CaseClosed: on_case_closed,
    events.CaseReopened: on_case_reopened,
}
