"""Clocks of a case: events start, pause and stop them; durable timers fire their steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.clocks import CONTINUOUS, LimitLike, Pause, advance, allowance, elapsed, extended, light, share_used
from contracts.events.acceptance import LimitUnit
from contracts.events.supervision import (
    ClockName,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    DeadlineMoved,
    Light,
    LightChanged,
)
from contracts.registry import Limit
from services.chassis.auth import SYSTEM
from services.supervision.domain.primitives import attention, clock_steps
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.clock_state import Clock, ClockPause, PauseReason, Step
from services.supervision.domain.primitives.tasks import change_task

MINUTE = timedelta(minutes=1)

UNIT_CLOCKS: tuple[ClockName, ...] = ("sign", "handle")
"""Clocks that measure the unit of a dispatch. A clock named `dispatch` measures the centre that must decide."""


def start(
    case: SupervisionCase,
    name: ClockName,
    started_at: datetime,
    unit: LimitUnit,
    *,
    limit: LimitLike | None = None,
    due_at: datetime | None = None,
    **about: object,
) -> UUID:
    """Start a clock and return its id.

    The clock runs by `limit`, or to the instant `due_at` if one is given. `due_at` without `limit` is an external date,
    which no calendar moves. If no time of `unit` is left before `due_at`, the clock counts real time. `about` holds
    further fields of `Clock`.
    """
    calendar = case.district.calendar
    if due_at is None and limit is not None:
        granted = allowance(started_at, limit, calendar)
    else:
        end = due_at or started_at
        granted = elapsed(started_at, end, unit, calendar)
        if granted <= timedelta(0):
            unit, granted = "urgent_minute", max(end - started_at, MINUTE)
    due = advance(started_at, granted, unit, calendar)
    clock = Clock.model_validate(
        {
            "name": name,
            "started_at": started_at,
            "unit": unit,
            "granted": granted,
            "due_at": due_at or due.due_at,
            "provisional": due.provisional and limit is not None,
            "amount": limit.amount if limit is not None else 0,
            **about,
        }
    )
    clock_id = case.derive_id(f"clock/{name}")
    case.state.clocks[clock_id] = clock
    case.state.changes.clocks = True
    emit_event(
        case,
        ClockStarted(
            clock_id=clock_id,
            name=name,
            dispatch_id=clock.dispatch_id,
            task_id=clock.task_id,
            started_at=started_at,
            due_at=clock.due_at,
            provisional=clock.provisional,
            coordinated=clock.coordinated,
            milestone=clock.milestone or None,
            centre_id=clock.centre_id,
        ),
    )
    clock_steps.schedule(case, clock_id)
    return clock_id


def start_dispatch_clock(case: SupervisionCase, at: datetime, returned: UUID | None = None) -> None:
    """Start the clock of the centre that must choose a unit or, with `returned`, decide the return of that dispatch."""
    limit = case.district.settings.stage_limits.dispatch
    start(case, "dispatch", at, limit.unit, limit=limit, dispatch_id=returned)


def task_start(case: SupervisionCase, at: datetime, due_at: datetime, limit: LimitLike) -> datetime:
    """Return when the time of a task with this deadline starts: now, or with the next shift if nobody is on duty."""
    if limit.unit in CONTINUOUS:
        return max(at, due_at - allowance(at, limit, case.district.calendar))
    return at


def find(
    case: SupervisionCase, *names: ClockName, dispatch_id: UUID | None = None, task_id: UUID | None = None
) -> Iterator[tuple[UUID, Clock]]:
    """Yield the clocks with these names (none: all), optionally only those of one dispatch or task."""
    for clock_id, clock in list(case.state.clocks.items()):
        if names and clock.name not in names:
            continue
        if dispatch_id is not None and clock.dispatch_id != dispatch_id:
            continue
        if task_id is not None and clock.task_id != task_id:
            continue
        yield clock_id, clock


def dispatch_clocks(case: SupervisionCase) -> list[UUID]:
    """Return the ids of the clocks of the centre that must choose a unit. Clocks of returns are not included."""
    return [clock_id for clock_id, clock in find(case, "dispatch") if clock.dispatch_id is None]


def used_share(case: SupervisionCase, clock: Clock, at: datetime) -> float:
    """Return the share of the limit that is used at an instant, without pauses."""
    calendar = case.district.calendar
    return share_used(clock.started_at, at, clock.granted, clock.unit, calendar, pauses=clock.pauses)


def stop(case: SupervisionCase, clock_id: UUID, at: datetime, *, cancelled: bool = False) -> bool:
    """Stop a clock as of the instant `at`. Return True if the deadline had not passed at that instant."""
    clock = case.state.clocks[clock_id]
    undo_early_steps(case, clock_id, at)
    on_time = used_share(case, clock, at) <= 1
    if not on_time:
        mark_overdue(case, clock_id)
    emit_event(
        case,
        ClockStopped(
            clock_id=clock_id,
            name=clock.name,
            dispatch_id=clock.dispatch_id,
            stopped_at=at,
            on_time=on_time,
            cancelled=cancelled,
        ),
    )
    del case.state.clocks[clock_id]
    case.state.notices.pop(clock_id, None)
    case.state.changes.clocks = True
    case.clear_timer(f"{clock_steps.CLOCK_TIMER}:{clock_id}")
    return on_time


def mark_overdue(case: SupervisionCase, clock_id: UUID) -> None:
    """Record that a clock became overdue.

    A clock of a coordinated unit is never overdue, because the unit is asked, not ordered.
    """
    if not case.state.clocks[clock_id].coordinated:
        case.state.overdue.add(clock_id)


def pause(
    case: SupervisionCase, clock_id: UUID, at: datetime, reason: PauseReason, *, until: datetime | None = None
) -> None:
    """Pause a clock from `at` on. `until` is when the pause is expected to end."""
    clock = case.state.clocks[clock_id]
    was_paused = clock.paused
    clock.pause_log.append(ClockPause(reason=reason, since=at, expected_until=until))
    undo_early_steps(case, clock_id, at)
    if not was_paused:
        emit_event(case, ClockPaused(clock_id=clock_id))
    case.clear_timer(f"{clock_steps.CLOCK_TIMER}:{clock_id}")


def resume_dispatch(case: SupervisionCase, dispatch_id: UUID, at: datetime, reason: PauseReason) -> None:
    """Resume the clocks of a dispatch that were paused for this reason.

    The clock `sign` comes last, because its deadline is never later than that of the first milestone.
    """
    for name in reversed(UNIT_CLOCKS):
        for clock_id, _ in find(case, name, dispatch_id=dispatch_id):
            resume(case, clock_id, at, reason)


def resume(case: SupervisionCase, clock_id: UUID, at: datetime, reason: PauseReason) -> None:
    """End the pauses of a clock that have this reason.

    The clock runs again when no pause is left, and its deadline moves by the length of the pauses.
    """
    clock = case.state.clocks[clock_id]
    open_pauses = [each for each in clock.pause_log if each.reason == reason and each.until is None]
    if not open_pauses:
        return
    for open_pause in open_pauses:
        open_pause.until = at
    if clock.paused:
        return
    due = advance(clock.started_at, clock.granted, clock.unit, case.district.calendar, clock.pauses)
    clock.due_at, clock.provisional = due.due_at, due.provisional
    _limit_sign_to_first_milestone(case, clock)
    emit_event(case, ClockResumed(clock_id=clock_id, due_at=clock.due_at))
    clock_steps.schedule(case, clock_id)


def extend(case: SupervisionCase, clock_id: UUID, granted: timedelta) -> None:
    """Set the total time of a clock after a granted extension, and move its deadline."""
    clock = case.state.clocks[clock_id]
    clock.granted = granted
    _move_deadline(case, clock_id, "extension")


def recompute_deadlines(case: SupervisionCase) -> None:
    """Compute the provisional deadlines of clocks again with the new calendar. All other deadlines stay.

    The clock `sign` comes last, because its deadline is never later than that of the first milestone.
    """
    for clock_id, clock in sorted(find(case), key=lambda found: found[1].name == "sign"):
        if clock.provisional:
            total = extended(Limit(amount=clock.amount, unit=clock.unit), clock.extensions)
            clock.granted = allowance(clock.started_at, total, case.district.calendar)
            _move_deadline(case, clock_id, "calendar")


def _limit_sign_to_first_milestone(case: SupervisionCase, clock: Clock) -> None:
    """Give the clock `sign` the limit of the first milestone if that milestone is due earlier.

    Both clocks started with the dispatch and were paused together.
    """
    if clock.name != "sign":
        return
    work = [each for _, each in find(case, "handle", dispatch_id=clock.dispatch_id) if not each.rework]
    first = min(work, key=lambda each: each.due_at, default=clock)
    if first.due_at < clock.due_at:
        clock.unit, clock.granted, clock.amount, clock.extensions = (
            first.unit,
            first.granted,
            first.amount,
            first.extensions,
        )
        clock.due_at, clock.provisional = first.due_at, first.provisional


def undo_early_steps(case: SupervisionCase, clock_id: UUID, as_of: datetime, *, moved: bool = False) -> None:
    """Undo the steps of a clock that fired too early.

    A step fired too early if the event that stops or pauses the clock is applied after the timer, or if the deadline
    `moved` to a later time. The light is corrected and the overdue notice is withdrawn. An undone step fires again when
    due; a reminder is repeated only if the deadline moved. Supervision orders stay issued.
    """
    clock = case.state.clocks[clock_id]
    settings = case.district.settings
    used = used_share(case, clock, as_of)
    correct_light = light(used, yellow_share=settings.yellow_share, coordinated=clock.coordinated)
    lights: list[Light] = ["green", "yellow", "red"]
    if lights.index(clock.light) > lights.index(correct_light):
        set_light(case, clock_id, correct_light, corrected=True)
    not_due: set[Step] = {
        step for share, step in clock_steps.steps_of(clock, settings) if share >= used and (moved or step != "urge")
    }
    early: set[Step] = not_due.intersection(clock.steps_done)
    clock.steps_done = [step for step in clock.steps_done if step not in early]
    _restore_announced_steps(case, clock_id, early)
    if "notice" in early and case.state.notices.pop(clock_id, None) is not None:
        case.state.changes.clocks = True
    if "leader" in early and not any("leader" in other.steps_done for _, other in find(case)):
        attention.settle_all(case, "", SYSTEM, "overdue_twofold")
    if used <= 1:
        case.state.overdue.discard(clock_id)


def _restore_announced_steps(case: SupervisionCase, clock_id: UUID, undone: set[Step]) -> None:
    """Let other clocks repeat the messages that this clock sent for them, because its steps were undone.

    Reminders are not repeated.
    """
    for other_id, other in find(case):
        again = {step for step in undone if step != "urge" and other.announced_by.get(step) == clock_id}
        if again:
            other.steps_done = [step for step in other.steps_done if step not in again]
            other.announced_by = {step: key for step, key in other.announced_by.items() if step not in again}
            clock_steps.schedule(case, other_id)


def set_light(case: SupervisionCase, clock_id: UUID, shown: Light, *, corrected: bool = False) -> None:
    """Set the light of a clock and emit the change."""
    clock = case.state.clocks[clock_id]
    clock.light = shown
    emit_event(
        case,
        LightChanged(
            clock_id=clock_id, name=clock.name, dispatch_id=clock.dispatch_id, light=shown, corrected=corrected
        ),
    )


def _move_deadline(case: SupervisionCase, clock_id: UUID, reason: Literal["extension", "calendar"]) -> None:
    """Compute the deadline of a clock again and emit it.

    A paused clock is assumed to resume when its pause is expected to end, or now.
    """
    clock = case.state.clocks[clock_id]
    pauses = [
        Pause(each.since, each.until or max(case.now, each.since, each.expected_until or each.since))
        for each in clock.pause_log
    ]
    due = advance(clock.started_at, clock.granted, clock.unit, case.district.calendar, pauses)
    before = clock.due_at, clock.provisional
    clock.due_at, clock.provisional = due.due_at, due.provisional
    _limit_sign_to_first_milestone(case, clock)
    if before == (clock.due_at, clock.provisional):
        return
    case.state.changes.clocks = True
    if clock.name == "case" and case.state.filed_case is not None:
        case.state.filed_case.case_due_at = clock.due_at
    if clock.task_id is not None and clock.task_id in case.state.tasks:
        change_task(case, clock.task_id).due_at = clock.due_at
    emit_event(
        case,
        DeadlineMoved(
            clock_id=clock_id,
            name=clock.name,
            dispatch_id=clock.dispatch_id,
            milestone=clock.milestone or None,
            due_at=clock.due_at,
            provisional=clock.provisional,
            reason=reason,
        ),
    )
    undo_early_steps(case, clock_id, case.now, moved=True)
    clock_steps.schedule(case, clock_id)
