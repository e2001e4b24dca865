"""A closed case is open again."""

from __future__ import annotations

from typing import Literal

from contracts.common import Actor
from contracts.events.supervision import CaseReopened
from services.supervision.domain.lifecycle import case_deadline, handovers, rework
from services.supervision.domain.primitives import attention, clocks
from services.supervision.domain.primitives.case import SupervisionCase, emit_event


def reopen(case: SupervisionCase, reason: Literal["reporter_not_solved", "by_hand"], note: str, by: Actor) -> None:
    """Back to the same unit as rework, with the original limit again, also to an emergency service that leads and has not said
    how it ended. The promise to the reporter does not restart, but a deadline from outside that is still ahead runs.

    Where it was closed by force before any unit had done it, nobody can do it *again*: command decides anew. What was
    answered or settled on the spot never was filed: it comes before the desk.
    """
    attention.settle_all(case, note, by)
    case.state.reopened += 1
    flow, lead = case.state.flow, case.state.lead_dispatch_id()
    if lead is None or (flow.dispatches[lead].open and not handovers.is_acknowledged(case, lead)):
        emit_event(case, CaseReopened(reason=reason, note=note, reopened_by=by))
        case_deadline.restart_case_deadline(case)
        if flow.filed:
            clocks.start_dispatch_clock(case, case.now)
        return
    round_ = flow.rework_round + 1
    emit_event(case, CaseReopened(reason=reason, note=note, reopened_by=by, dispatch_id=lead, rework_round=round_))
    case_deadline.restart_case_deadline(case)
    rework.order_rework(case, reason, note, reopened=True)
