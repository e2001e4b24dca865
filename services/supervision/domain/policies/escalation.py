"""Escalation of late clocks: light, reminder, overdue notice, supervision order, leader. Each step fires once.

A late dispatch is escalated from the unit to the head of the unit, to the director of the centre and to the county
leader in charge.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.events.supervision import ClockName, OverdueNotified, TaskEscalated, UnitUrged
from services.chassis.auth import SYSTEM
from services.supervision.domain.lifecycle import handovers
from services.supervision.domain.primitives import attention, clock_steps, clocks, desks, supervision_orders
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.clock_state import Clock, Step
from services.supervision.domain.primitives.handling_state import Notice
from services.supervision.domain.primitives.provisional import compute_deadline
from services.supervision.domain.primitives.tasks import change_task
from services.supervision.domain.primitives.texts import (
    ESCALATED,
    LEADER,
    ORDER,
    OVERDUE,
    REMINDED,
    UNACKNOWLEDGED,
    URGE,
    render,
)

_MESSAGES: frozenset[Step] = frozenset({"urge", "notice", "order", "leader"})
"""Steps that send a message to the unit.

If several clocks of a dispatch reach a step at the same moment, the unit gets one message.
"""


def on_clock(case: SupervisionCase, due_at: datetime) -> None:
    """Take all due steps of a clock in order, and set the timer to the next step."""
    clock_id = UUID(case.timer_name.partition(":")[2])
    clock = case.state.clocks[clock_id]
    for at, step in clock_steps.pending_steps(case, clock):
        if at <= due_at:
            clock.steps_done.append(step)
            _ACTIONS[step](case, _merge_simultaneous(case, clock_id, step, at) if step in _MESSAGES else clock_id)
    clock_steps.schedule(case, clock_id)


def _merge_simultaneous(case: SupervisionCase, clock_id: UUID, step: Step, at: datetime) -> UUID:
    """Return the clock that sends the message for all clocks of the dispatch that reach the step now.

    The message is withdrawn when the sending clock stops. A handling clock is preferred, because it stops last.
    """
    clock = case.state.clocks[clock_id]
    others = {
        key: other
        for key, other in clocks.find(case, dispatch_id=clock.dispatch_id)
        if key != clock_id
        and clock.runs_against_unit
        and other.runs_against_unit
        and not other.paused
        and other.handover == clock.handover
        and (at, step) in clock_steps.pending_steps(case, other)
    }
    together = {clock_id: clock, **others}
    sender = max(together, key=lambda key: together[key].name == "handle")
    for other_id, other in others.items():
        other.steps_done.append(step)
        clock_steps.schedule(case, other_id)
    for key, each in together.items():
        if key != sender:
            each.announced_by[step] = sender
    return sender


def _announced_clocks(case: SupervisionCase, clock_id: UUID, step: Step) -> tuple[ClockName, ...]:
    """Return the names of the clocks that the message of this step covers. The sending clock is the last."""
    others = [clock for _, clock in clocks.find(case) if clock.announced_by.get(step) == clock_id]
    names: dict[ClockName, None] = {clock.name: None for clock in (*others, case.state.clocks[clock_id])}
    return tuple(names)


def _turn_yellow(case: SupervisionCase, clock_id: UUID) -> None:
    clocks.set_light(case, clock_id, "yellow")


def _turn_red(case: SupervisionCase, clock_id: UUID) -> None:
    clocks.mark_overdue(case, clock_id)
    clocks.set_light(case, clock_id, "red")


def _send_reminder(case: SupervisionCase, clock_id: UUID) -> None:
    clock = case.state.clocks[clock_id]
    percent = round(case.district.settings.urge_steps.urge * 100)
    text, text_en = render(
        URGE, *_announced_clocks(case, clock_id, "urge"), case_number=case.state.case_number, percent=percent
    )
    emit_event(
        case,
        UnitUrged(
            dispatch_id=clock.dispatch_id,
            unit_id=clock.unit_id,
            clock_id=clock_id,
            text=text,
            text_en=text_en,
            urged_by=SYSTEM,
        ),
    )


def _send_overdue_notice(case: SupervisionCase, clock_id: UUID) -> None:
    """Ask the late unit for the reason. For a coordinated unit, ask the authority above that unit to step in."""
    clock = case.state.clocks[clock_id]
    if clock.handover:
        _remind_of_handover(case, clock_id)
        return
    if clock.coordinated:
        _escalate_to_authority(case, clock_id)
        return
    settings = case.district.settings
    reply_due_at, provisional = compute_deadline(case.now, settings.stage_limits.overdue_reason, case.district.calendar)
    names = _announced_clocks(case, clock_id, "notice")
    if clock.runs_against_unit:
        text, text_en = render(OVERDUE, *names, case_number=case.state.case_number)
        case.state.notices[clock_id] = Notice(
            kind="overdue_notice",
            issued_at=case.now,
            text=text,
            text_en=text_en,
            dispatch_id=clock.dispatch_id,
            unit_id=clock.unit_id,
            reply_due_at=reply_due_at,
            provisional=provisional,
        )
        case.state.changes.clocks = True
    emit_event(
        case,
        OverdueNotified(
            clock_id=clock_id,
            name=clock.name,
            dispatch_id=clock.dispatch_id,
            unit_id=clock.unit_id,
            officer_id=clock.officer_id,
            role=desks.desk_of(clock, settings),
            centre_id=clock.centre_id,
            reply_due_at=reply_due_at,
            provisional=True if provisional else None,
            further_clocks=names[:-1] or None,
        ),
    )


def _remind_of_handover(case: SupervisionCase, clock_id: UUID) -> None:
    """Remind the emergency service to acknowledge the hand-over, and ask the shift lead to phone the service."""
    clock = case.state.clocks[clock_id]
    text, text_en = render(REMINDED, case_number=case.state.case_number)
    emit_event(
        case,
        UnitUrged(
            dispatch_id=clock.dispatch_id,
            unit_id=clock.unit_id,
            clock_id=clock_id,
            text=text,
            text_en=text_en,
            urged_by=SYSTEM,
        ),
    )
    unit, unit_en = handovers.unit_names(case, clock.unit_id)
    attention.request_attention(
        case, "handover_unacknowledged", "shift_lead", render(UNACKNOWLEDGED, unit=unit, unit_en=unit_en)[0]
    )


def _send_supervision_order(case: SupervisionCase, clock_id: UUID) -> None:
    """Issue a supervision order to the late unit.

    A coordinated unit is skipped, because the authority above that unit was already asked.
    """
    clock = case.state.clocks[clock_id]
    if clock.coordinated:
        return
    percent = round(case.district.settings.urge_steps.supervision_order * 100)
    text = render(
        ORDER, *_announced_clocks(case, clock_id, "order"), case_number=case.state.case_number, percent=percent
    )
    supervision_orders.issue(case, "overdue", clock.dispatch_id, clock.unit_id, text, clock_id=clock_id)


def _inform_leaders(case: SupervisionCase, clock_id: UUID) -> None:
    """Order the head of the unit to act, and ask the director of the centre to look at the case."""
    clock = case.state.clocks[clock_id]
    if clock.handover:
        attention.request_attention(case, "overdue_twofold", "leader", dispatch_id=clock.dispatch_id)
        return
    unit_id = _addressee(case, clock)
    unit = case.district.units.get(unit_id or "")
    text = render(
        LEADER,
        *_announced_clocks(case, clock_id, "leader"),
        case_number=case.state.case_number,
        percent=round(case.district.settings.urge_steps.leader * 100),
        leader=unit.leader if unit and unit.leader else "单位负责人",
        leader_en=unit.leader_en if unit and unit.leader_en else "the head of the unit",
    )
    supervision_orders.issue(case, "leader", clock.dispatch_id, unit_id, text, clock_id=clock_id)
    attention.request_attention(case, "overdue_twofold", "leader", text[0])


def _inform_grid_lead(case: SupervisionCase, clock_id: UUID) -> None:
    """Ask the nearest grid lead to do a late field task or to send another officer.

    Grid leads who took part in the case are not asked. The officer keeps the task, and the delay counts against that
    officer. If there is no grid lead to ask, the next step asks the centre.
    """
    clock = case.state.clocks[clock_id]
    task = case.state.tasks.get(clock.task_id) if clock.task_id is not None else None
    excluded = {clock.officer_id, *case.state.took_part, *(task.declined if task else ())}
    leads = [each.id for each in case.district.leads_of(clock.grid_code) if each.id not in excluded]
    if not leads:
        return
    if task is not None and clock.task_id is not None:
        change_task(case, clock.task_id).lead_id = leads[0]
    _escalate_task(case, clock, "grid_lead", leads[0])


def _inform_centre(case: SupervisionCase, clock_id: UUID) -> None:
    """Ask the shift lead of the centre to decide who does a late task."""
    clock = case.state.clocks[clock_id]
    _escalate_task(case, clock, "centre", None)
    attention.request_attention(case, "task_overdue", "shift_lead", grid_code=clock.grid_code)


def _escalate_task(
    case: SupervisionCase, clock: Clock, to: Literal["grid_lead", "centre"], officer_id: str | None
) -> None:
    if clock.task_id is not None:
        kind: Literal["verify", "recheck"] = "verify" if clock.name == "verify" else "recheck"
        emit_event(case, TaskEscalated(task_id=clock.task_id, kind=kind, to=to, officer_id=officer_id))


def _escalate_to_authority(case: SupervisionCase, clock_id: UUID) -> None:
    clock = case.state.clocks[clock_id]
    unit = case.district.units.get(clock.unit_id or "")
    text = render(
        ESCALATED,
        case_number=case.state.case_number,
        unit=unit.name if unit else clock.unit_id,
        unit_en=unit.name_en if unit else clock.unit_id,
    )
    supervision_orders.issue(case, "escalated", clock.dispatch_id, _addressee(case, clock), text, clock_id=clock_id)


def _addressee(case: SupervisionCase, clock: Clock) -> str | None:
    """Return the unit of the clock, or the authority above a coordinated unit."""
    unit = case.district.units.get(clock.unit_id or "")
    return unit.escalates_to if clock.coordinated and unit and unit.escalates_to else clock.unit_id


_ACTIONS: dict[Step, Callable[[SupervisionCase, UUID], None]] = {
    "yellow": _turn_yellow,
    "red": _turn_red,
    "urge": _send_reminder,
    "notice": _send_overdue_notice,
    "order": _send_supervision_order,
    "leader": _inform_leaders,
    "lead": _inform_grid_lead,
    "centre": _inform_centre,
}
