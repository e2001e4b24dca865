"""Completion of the handling of a case.

The handling is complete when the lead has completed its part and every co-unit has completed its part or was released.
"""

from __future__ import annotations

from contracts.events.handling import HandlingCompleted
from services.dispatch.domain.dispatches import upstream_platform
from services.dispatch.domain.dispatches.state import DispatchedCase


def complete_handling_if_done(case: DispatchedCase) -> None:
    """Emit `handling_completed` if the lead and all co-units have completed, once in each rework round.

    First responses may still be open, because they cover only the first milestones.
    """
    state = case.state
    lead = state.lead()
    if state.ended or state.needs_new_dispatch or lead is None or lead.status != "completed" or lead.outcome is None:
        return
    if state.handled_round >= state.rework_round:
        return
    if any(each.open for each in state.handling_dispatches()):
        return
    state.handled_round = state.rework_round
    handlers = dict.fromkeys(each.unit_id for each in state.dispatches if each.completed_at is not None)
    case.emit(
        HandlingCompleted(
            lead_dispatch_id=lead.id,
            lead_unit_id=lead.unit_id,
            outcome=lead.outcome,
            note=lead.note,
            rework_round=state.rework_round,
            units=tuple(handlers),
        )
    )
    upstream_platform.report_progress(case, "handled", lead.unit_id, lead.note)
