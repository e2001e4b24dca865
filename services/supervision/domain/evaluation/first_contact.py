"""Deadline of the first contact 响应 with the reporter. It has no clock; the scores of the case store it."""

from __future__ import annotations

from contracts.events.supervision import AnswerDueMoved
from services.supervision.domain.evaluation.scored_case import with_scores
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.provisional import compute_deadline


def recompute_deadline(case: SupervisionCase) -> None:
    """Compute a provisional contact deadline again with the new calendar."""
    scores = with_scores(case.state).scores
    if scores.contact_provisional is None or scores.contact_due_at is None or scores.voided:
        return
    basis = scores.contact_provisional
    due_at, provisional = compute_deadline(basis.since, basis.limit, case.district.calendar)
    if (due_at, provisional) == (scores.contact_due_at, basis):
        return
    lead = scores.lead
    emit_event(
        case,
        AnswerDueMoved(
            kind="first_contact",
            unit_id=lead.unit_id if lead is not None else None,
            due_at=due_at,
            provisional=provisional is not None,
        ),
    )
