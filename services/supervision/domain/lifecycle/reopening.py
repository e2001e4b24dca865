"""Reopening of a closed case."""

from __future__ import annotations

from typing import Literal

from contracts.common import Actor
from contracts.events.supervision import CaseReopened
from services.supervision.domain.lifecycle import case_deadline, handovers, rework
from services.supervision.domain.primitives import attention, clocks
from services.supervision.domain.primitives.case import SupervisionCase, emit_event


def reopen(case: SupervisionCase, reason: Literal["reporter_not_solved", "by_hand"], note: str, by: Actor) -> None:
    """Reopen the case as rework of its lead unit, with the original limit.

    The promise to the reporter does not run again. If no lead dispatch can be repeated, a filed case waits for a new
    dispatch, and a case that was answered directly or settled on the spot goes to the intake desk.
    """
    attention.settle_all(case, note, by)
    case.state.reopened += 1
    flow, lead = case.state.flow, case.state.lead_dispatch_id()
    if lead is None or (flow.dispatches[lead].open and not handovers.is_acknowledged(case, lead)):
        emit_event(case, CaseReopened(reason=reason, note=note, reopened_by=by))
        case_deadline.start_case_deadline(case)
        if flow.filed:
            clocks.start_dispatch_clock(case, case.now)
        return
    round_ = flow.rework_round + 1
    emit_event(case, CaseReopened(reason=reason, note=note, reopened_by=by, dispatch_id=lead, rework_round=round_))
    case_deadline.start_case_deadline(case)
    rework.order_rework(case, reason, note, reopened=True)
