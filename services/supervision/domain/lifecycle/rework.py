"""Rework 返工: the same dispatch again with a new clock."""

from __future__ import annotations

from typing import Literal

from contracts.clocks import deadline, shortened
from contracts.events.acceptance import LimitUnit
from contracts.events.command import MilestoneDue
from contracts.events.supervision import ReworkOrdered
from contracts.registry import Limit
from services.supervision.domain.primitives import attention, clocks, supervision_orders
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.handling_state import Dispatch
from services.supervision.domain.primitives.texts import REWORK, render

Reason = Literal["recheck_failed", "review_refused", "reporter_not_solved", "sample_failed", "by_hand"]


def order_rework(case: SupervisionCase, reason: Reason, note: str, *, reopened: bool = False) -> None:
    """Return the case to its lead unit with a shortened limit, which the rules of the district define.

    A reopened case gets the full original limit. Its rework round is the one that the event `case_reopened` states. If
    the case has no lead unit, a dispatcher is asked to decide.
    """
    state = case.state
    lead = state.lead_dispatch_id()
    if lead is None:
        attention.request_attention(case, "third_recheck_failure", "dispatcher", note)
        return
    state.reworks += 1
    dispatch = state.dispatches[lead]
    round_ = state.flow.rework_round if reopened else state.flow.rework_round + 1
    milestones = _original_milestones(case, dispatch) if reopened else (_shortened_milestone(case, dispatch),)
    dispatch.rework_milestones = milestones
    dispatch.reached.clear()
    emit_event(
        case,
        ReworkOrdered(
            dispatch_id=lead,
            unit_id=dispatch.unit_id,
            round=round_,
            reason=reason,
            note=note,
            milestones=milestones,
        ),
    )
    for milestone in milestones:
        clocks.start(
            case,
            "handle",
            case.now,
            unit_of(milestone),
            limit=milestone,
            dispatch_id=lead,
            unit_id=dispatch.unit_id,
            milestone=milestone.name,
            coordinated=dispatch.coordinated,
            rework=True,
        )


def order_unit_leader(case: SupervisionCase) -> None:
    """Issue a supervision order to the head of the unit and ask the director of the centre to look at the case."""
    lead = case.state.lead_dispatch_id()
    unit_id = case.state.dispatches[lead].unit_id if lead is not None else None
    text = render(REWORK, case_number=case.state.case_number, failures=case.state.failures)
    supervision_orders.issue(case, "rework", lead, unit_id, text)
    attention.request_attention(case, "third_recheck_failure", "leader", text[0])


def limit_of(milestone: MilestoneDue) -> Limit:
    """Return the limit of a milestone, with its time unit validated."""
    return Limit.model_validate({"amount": milestone.amount, "unit": milestone.unit})


def unit_of(milestone: MilestoneDue) -> LimitUnit:
    """Return the time unit of a milestone."""
    return limit_of(milestone).unit


def _original_milestones(case: SupervisionCase, dispatch: Dispatch) -> tuple[MilestoneDue, ...]:
    moved = [(each, deadline(case.now, each, case.district.calendar)) for each in dispatch.milestones]
    return tuple(each.model_copy(update={"due_at": due.due_at, "provisional": due.provisional}) for each, due in moved)


def _shortened_milestone(case: SupervisionCase, dispatch: Dispatch) -> MilestoneDue:
    rule, calendar = case.district.settings.rework, case.district.calendar
    limit = shortened(dispatch.milestones[-1], rule.share, rule.at_least, calendar)
    due = deadline(case.now, limit, calendar)
    return MilestoneDue(
        name="返工",
        name_en="Rework",
        amount=limit.amount,
        unit=limit.unit,
        due_at=due.due_at,
        provisional=due.provisional,
    )
