"""Recheck 核查: an independent person checks that the problem is solved.

The filing condition says in which mode the recheck is done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.clocks import deadline
from contracts.common import Actor, Photo
from contracts.events.acceptance import RecheckMode
from contracts.events.supervision import (
    RecheckAssigned,
    RecheckClaimed,
    RecheckPassedOn,
    RecheckRecorded,
    RecheckRequested,
    SampleFailed,
)
from contracts.registry import Limit
from services.chassis.auth import SYSTEM
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.lifecycle import closing, rework
from services.supervision.domain.primitives import attention, clocks, officers
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.report_state import FiledCase
from services.supervision.domain.primitives.task_state import Task
from services.supervision.domain.primitives.tasks import add_task, change_task

DESK_MODES: frozenset[RecheckMode] = frozenset({"callback", "document"})
"""Recheck modes that the intake desk does, not an officer in the field."""


def limit_of(district: RegistrySnapshot, mode: RecheckMode) -> Limit:
    """Return the limit of a recheck in this mode."""
    limits = district.settings.stage_limits
    return {"callback": limits.call_back, "document": limits.review}.get(mode, limits.recheck)


def request(case: SupervisionCase, mode: RecheckMode, grid_code: str, *, sample: bool = False) -> UUID:
    """Request a recheck and return the id of its task.

    A worker assigns the officer of a field task. If nobody is on duty, the time of the task starts with the next shift.
    """
    state, district = case.state, case.district
    state.recheck_round += 1
    excluded = sorted(state.took_part)
    desk = mode in DESK_MODES
    started_at = case.now if desk else officers.next_duty_start(district, grid_code, case.now, excluded)
    if started_at is None:
        attention.request_attention(case, "nobody_on_duty", "shift_lead", grid_code=grid_code)
        started_at = case.now
    limit = limit_of(district, mode)
    task_id = case.derive_id("recheck")
    due_at = deadline(started_at, limit, district.calendar).due_at
    add_task(
        case,
        task_id,
        Task(
            kind="recheck",
            queue="desk" if desk else "officer",
            created_at=case.now,
            due_at=due_at,
            mode=mode,
            round=state.recheck_round,
            sample=sample,
            grid_code=grid_code,
            excluded=excluded,
        ),
    )
    filed = state.filed_case
    emit_event(
        case,
        RecheckRequested(
            task_id=task_id,
            round=state.recheck_round,
            mode=mode,
            grid_code=grid_code,
            due_at=due_at,
            closing_condition=filed.closing_condition if filed else "现场已处理，与上报前后照片一致",
            closing_condition_en=filed.closing_condition_en if filed else "Settled as the photos show",
            sample=sample,
        ),
    )
    clocks.start(
        case, "recheck", started_at, limit.unit, limit=limit, task_id=task_id, grid_code="" if desk else grid_code
    )
    return task_id


def assign(case: SupervisionCase, task_id: UUID, officer_id: str, by: Actor | None = None) -> None:
    """Assign a field task to an officer, even if another officer has it.

    `by` is `None` if the worker assigns the task.
    """
    task = change_task(case, task_id)
    task.status, task.claimed_by, task.officer_id = "open", None, officer_id
    _give_clock_to(case, task_id, officer_id)
    emit_event(case, RecheckAssigned(task_id=task_id, officer_id=officer_id, due_at=task.due_at, assigned_by=by))
    attention.settle_all(case, "", SYSTEM, "nobody_on_duty")


def pass_on(case: SupervisionCase, task_id: UUID, officer_id: str, note: str, by: Actor) -> None:
    """Release a task that this officer passed on, so that another officer gets it."""
    change_task(case, task_id).declined.append(officer_id)
    _release_task(case, task_id, officer_id, by, note=note)


def exclude_participants(case: SupervisionCase) -> None:
    """Update the officers who are excluded from open rechecks, and release the tasks of newly excluded officers."""
    state, participants = case.state, sorted(case.state.took_part)
    for task_id, task in list(state.tasks.items()):
        if task.kind != "recheck" or not task.waiting or task.excluded == participants:
            continue
        change_task(case, task_id).excluded = participants
        if task.officer_id in participants:
            worked = task.officer_id in {state.settled_by, *state.handlers.officers}
            _release_task(case, task_id, task.officer_id, SYSTEM, reason="handled" if worked else "reported")


def _release_task(
    case: SupervisionCase,
    task_id: UUID,
    officer_id: str,
    by: Actor,
    *,
    note: str = "",
    reason: Literal["reported", "handled"] | None = None,
) -> None:
    """Release a task, so that another officer gets it.

    If nobody else is on duty, the time of the task starts again with the next shift; without a next shift, the shift
    lead is asked. An overdue clock stays with the officer who was late.
    """
    task = change_task(case, task_id)
    task.status, task.claimed_by, task.officer_id = "open", None, None
    starts = officers.next_duty_start(case.district, task.grid_code, case.now, (*task.excluded, *task.declined))
    due_at = None
    for clock_id, clock in clocks.find(case, "recheck", task_id=task_id):
        if clock_id not in case.state.overdue:
            clock.officer_id = None
            due_at = _restart_clock(case, clock_id, starts)
    emit_event(
        case,
        RecheckPassedOn(
            task_id=task_id, officer_id=officer_id, note=note, reason=reason, due_at=due_at, passed_on_by=by
        ),
    )
    if starts is None:
        attention.request_attention(case, "nobody_on_duty", "shift_lead", grid_code=task.grid_code)


def _restart_clock(case: SupervisionCase, clock_id: UUID, starts: datetime | None) -> datetime | None:
    """Start a recheck clock again with a later shift. Return the new deadline; `None` if the deadline does not move."""
    clock = case.state.clocks[clock_id]
    limit = Limit(amount=clock.amount, unit=clock.unit)
    due_at = deadline(starts, limit, case.district.calendar).due_at if starts is not None else None
    if starts is None or due_at is None or starts <= case.now or due_at <= clock.due_at:
        return None
    clocks.stop(case, clock_id, case.now, cancelled=True)
    clocks.start(case, "recheck", starts, limit.unit, limit=limit, task_id=clock.task_id, grid_code=clock.grid_code)
    if clock.task_id is not None:
        change_task(case, clock.task_id).due_at = due_at
    return due_at


def claim(case: SupervisionCase, task_id: UUID, officer_id: str | None, by: Actor) -> None:
    """Claim a recheck task for a person."""
    task = change_task(case, task_id)
    task.status, task.claimed_by, task.officer_id = "claimed", by.id, officer_id
    if officer_id is not None:
        _give_clock_to(case, task_id, officer_id)
    emit_event(case, RecheckClaimed(task_id=task_id, officer_id=officer_id, claimed_by=by))


class Finding(BaseModel):
    """The result of a task."""

    passed: bool
    """True for a positive result, such as a met closing condition, a granted request or an upheld appeal."""
    note: str = ""
    photos: tuple[Photo, ...] = ()


def answer(case: SupervisionCase, task_id: UUID, finding: Finding, by: Actor) -> None:
    """Record the result of a recheck.

    A passed recheck closes the case. A failed recheck orders rework. After a failed random recheck of a settlement,
    intake files the case instead.
    """
    task = change_task(case, task_id)
    task.status, task.passed = "answered", finding.passed
    on_time = _stop_clock(case, task_id)
    emit_event(
        case,
        RecheckRecorded(
            task_id=task_id,
            round=task.round,
            passed=finding.passed,
            note=finding.note,
            photos=finding.photos,
            officer_id=task.officer_id,
            on_time=on_time,
            sample=task.sample,
            recorded_by=by,
        ),
    )
    attention.settle_all(case, finding.note, by, "task_overdue", "nobody_on_duty")
    if task.sample:
        _judge_sample(case, task_id, finding)
    elif finding.passed:
        closing.close(case, closing.outcome_of(case.state.outcome), finding.note, by)
    else:
        _handle_failure(case, finding.note)


def _handle_failure(case: SupervisionCase, note: str) -> None:
    """Order rework.

    After the configured number of failed rechecks, also issue a supervision order to the head of the unit.
    """
    case.state.failures += 1
    rework.order_rework(case, "recheck_failed", note)
    if case.state.failures >= case.district.settings.rework.failures_to_supervision_order:
        rework.order_unit_leader(case)


def _judge_sample(case: SupervisionCase, task_id: UUID, finding: Finding) -> None:
    if finding.passed:
        closing.close(case, closing.outcome_of(case.state.outcome), finding.note, SYSTEM)
    else:
        emit_event(case, SampleFailed(task_id=task_id, note=finding.note))


def _give_clock_to(case: SupervisionCase, task_id: UUID, officer_id: str) -> None:
    """Make this officer answerable for the clock of the task, unless the clock is already overdue."""
    for clock_id, clock in clocks.find(case, "recheck", task_id=task_id):
        if clock_id not in case.state.overdue:
            clock.officer_id = officer_id


def _stop_clock(case: SupervisionCase, task_id: UUID) -> bool:
    """Stop the clock of the task. Return True if the task was on time."""
    on_time = True
    for clock_id, _ in clocks.find(case, "recheck", task_id=task_id):
        on_time = clocks.stop(case, clock_id, case.now)
    return on_time


def request_check(case: SupervisionCase) -> None:
    """Request the check of a handled case: a leader's review or a recheck.

    A confidential case is closed without a check.
    """
    state = case.state
    if state.filed_case is None:
        return
    if state.filed_case.confidential:
        closing.close_by_unit(case)
    elif state.outcome in closing.REVIEWED_OUTCOMES:
        closing.request_review(case, state.outcome)
    else:
        request(case, state.filed_case.recheck_mode, state.filed_case.grid_code)


def renew_check(case: SupervisionCase, before: FiledCase | None) -> None:
    """Replace an open recheck by a new one if a correction of the case changed the place, mode or closing condition."""
    now = case.state.filed_case
    if before is None or now is None or before.recheck_subject == now.recheck_subject:
        return
    waiting = [key for key, each in case.state.tasks.items() if each.kind == "recheck" and each.waiting]
    for task_id in waiting:
        change_task(case, task_id).status = "cancelled"
        for clock_id, _ in clocks.find(case, "recheck", task_id=task_id):
            clocks.stop(case, clock_id, case.now, cancelled=True)
    if waiting:
        attention.settle_all(case, "", SYSTEM, "task_overdue", "nobody_on_duty")
        request_check(case)
