"""Requests of units for an extension 延期 or a suspension 挂账, and the dispatcher's decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.clocks import allowance, extended
from contracts.common import Actor
from contracts.events.command import MilestoneDue
from contracts.events.handling import ExtensionRequested, SuspensionRequested
from contracts.events.supervision import ExtensionDecided, SuspensionDecided, SuspensionEnded
from contracts.registry import Limit
from contracts.timeline import Text
from services.supervision.domain.primitives import attention, clocks
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.clock_state import Clock
from services.supervision.domain.primitives.provisional import compute_deadline
from services.supervision.domain.primitives.task_state import Task, TaskKind
from services.supervision.domain.primitives.tasks import add_task, change_task

RESUME_TIMER = "resume"
"""First part of the timer name `resume:<dispatch>`. The timer ends a suspension."""


def open_request(case: SupervisionCase, event: ExtensionRequested | SuspensionRequested, at: datetime) -> None:
    """Add a unit's request to the dispatcher's queue.

    If the request is not decided in time, it escalates to the director of the centre.
    """
    kind: TaskKind = "extension" if isinstance(event, ExtensionRequested) else "suspension"
    until = event.until if isinstance(event, SuspensionRequested) else None
    limit = case.district.settings.stage_limits.return_window
    due_at, provisional = compute_deadline(at, limit, case.district.calendar)
    task = Task(
        kind=kind,
        queue="dispatcher",
        created_at=at,
        due_at=due_at,
        provisional=provisional,
        dispatch_id=event.dispatch_id,
        unit_id=event.unit_id,
        note=event.note,
        until=until,
    )
    task_id = case.derive_id(kind)
    add_task(case, task_id, task)
    attention.set_escalation_timer(case, task_id)


def last_clock(case: SupervisionCase, dispatch_id: UUID) -> tuple[UUID, Clock] | None:
    """Return the running handling clock that is due last: the clock of the last open milestone.

    Return `None` without a running handling clock.
    """
    running = list(clocks.find(case, "handle", dispatch_id=dispatch_id))
    return max(running, key=lambda pair: pair[1].due_at) if running else None


Refusal = Literal["no_clock", "urgent", "used_up", "asked_too_late", "too_long", "past"]
"""Why the rules do not allow the dispatcher to grant a request."""

REFUSALS: dict[Refusal, Text] = {
    "no_clock": Text("没有在走的时限", "no limit is running"),
    "urgent": Text("紧急时限不延期", "urgent limits are not extended"),
    "used_up": Text("批准次数已满", "it was already granted as often as allowed"),
    "asked_too_late": Text("申请时已经超期", "the deadline had already passed when it was requested"),
    "too_long": Text("超过最长期限", "it is longer than the maximum"),
    "past": Text("日期已过", "the date is in the past"),
}
"""Reason of a refusal → its text in Chinese and English."""


def why_no_extension(case: SupervisionCase, task: Task) -> Refusal | None:
    """Return why an extension may not be granted; `None` if it may be granted.

    A unit must request an extension before the deadline. Urgent limits are never extended, other limits at most as
    often as the district allows.
    """
    found = last_clock(case, task.dispatch_id) if task.dispatch_id else None
    if found is None or task.dispatch_id is None:
        return "no_clock"
    _, clock = found
    if clock.unit.startswith("urgent_") or not clock.amount:
        return "urgent"
    if case.state.dispatches[task.dispatch_id].extensions >= case.district.settings.extension_limit:
        return "used_up"
    return "asked_too_late" if clocks.used_share(case, clock, task.created_at) > 1 else None


def why_no_suspension(case: SupervisionCase, task: Task) -> Refusal | None:
    """Return why a suspension may not be granted; `None` if it may be granted.

    The reasons are: no clock runs, the unit was suspended too often, or the requested day is past or too late.
    """
    settings = case.district.settings
    if task.dispatch_id is None or task.until is None or last_clock(case, task.dispatch_id) is None:
        return "no_clock"
    if case.state.dispatches[task.dispatch_id].suspensions >= settings.suspension_limit:
        return "used_up"
    if task.until <= case.now:
        return "past"
    return "too_long" if task.until > case.now + timedelta(days=settings.suspension_days) else None


def decide_extension(case: SupervisionCase, task_id: UUID, *, granted: bool, note: str, by: Actor) -> None:
    """Record the decision about an extension.

    A granted extension adds one original limit to the last open milestone.
    """
    _, dispatch_id, unit_id = _close_request(case, task_id, by, granted=granted)
    found = last_clock(case, dispatch_id)
    if granted and found is not None:
        clock_id, clock = found
        clock.extensions += 1
        case.state.dispatches[dispatch_id].extensions += 1
        total = extended(Limit(amount=clock.amount, unit=clock.unit), clock.extensions)
        clocks.extend(case, clock_id, allowance(clock.started_at, total, case.district.calendar))
    emit_event(
        case,
        ExtensionDecided(
            dispatch_id=dispatch_id,
            unit_id=unit_id,
            granted=granted,
            note=note,
            milestones=_current_milestones(case, dispatch_id),
            decided_by=by,
        ),
    )


def decide_suspension(case: SupervisionCase, task_id: UUID, *, granted: bool, note: str, by: Actor) -> None:
    """Record the decision about a suspension.

    A granted suspension pauses every clock of the unit until the requested date.
    """
    task, dispatch_id, unit_id = _close_request(case, task_id, by, granted=granted)
    until = task.until or case.now
    if granted:
        case.state.dispatches[dispatch_id].suspensions += 1
        for clock_id, _ in clocks.find(case, *clocks.UNIT_CLOCKS, dispatch_id=dispatch_id):
            clocks.pause(case, clock_id, case.now, "suspension", until=until)
        case.set_timer(f"{RESUME_TIMER}:{dispatch_id}", until)
    emit_event(
        case,
        SuspensionDecided(
            dispatch_id=dispatch_id, unit_id=unit_id, granted=granted, until=until, note=note, decided_by=by
        ),
    )


def on_suspension_end(case: SupervisionCase, due_at: datetime) -> None:
    """End a suspension whose date has come."""
    end_suspension(case, UUID(case.timer_name.partition(":")[2]), due_at)


def end_suspension(case: SupervisionCase, dispatch_id: UUID, at: datetime) -> None:
    """Resume the clocks of a suspended dispatch from this instant. Do nothing if the dispatch is not suspended."""
    dispatch = case.state.flow.dispatches.get(dispatch_id)
    if dispatch is None or not dispatch.suspended:
        return
    clocks.resume_dispatch(case, dispatch_id, at, "suspension")
    case.clear_timer(f"{RESUME_TIMER}:{dispatch_id}")
    emit_event(
        case,
        SuspensionEnded(
            dispatch_id=dispatch_id,
            unit_id=case.state.dispatches[dispatch_id].unit_id,
            milestones=_current_milestones(case, dispatch_id),
        ),
    )


def _close_request(case: SupervisionCase, task_id: UUID, by: Actor, *, granted: bool) -> tuple[Task, UUID, str]:
    task = change_task(case, task_id)
    task.status, task.passed = "answered", granted
    attention.close_request_question(case, task_id, by)
    if task.dispatch_id is None or task.unit_id is None:
        raise ValueError("a request must name its dispatch and its unit")
    return task, task.dispatch_id, task.unit_id


def _current_milestones(case: SupervisionCase, dispatch_id: UUID) -> tuple[MilestoneDue, ...]:
    """Update the milestones of a dispatch with the current deadlines of their clocks, and return them."""
    dispatch = case.state.dispatches[dispatch_id]
    due = {each.milestone: each for _, each in clocks.find(case, "handle", dispatch_id=dispatch_id)}
    current = tuple(
        each.model_copy(update={"due_at": due[each.name].due_at, "provisional": due[each.name].provisional})
        if each.name in due
        else each
        for each in dispatch.current_milestones
    )
    if dispatch.rework_milestones:
        dispatch.rework_milestones = current
    else:
        dispatch.milestones = current
    return current
