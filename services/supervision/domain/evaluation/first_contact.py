"""The deadline of the first contact 响应 with the reporter, which only evaluation keeps."""

from __future__ import annotations

from contracts.events.supervision import AnswerDueMoved
from services.supervision.domain.evaluation.scored_case import with_scores
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.provisional import compute_deadline


def recompute_deadline(case: SupervisionCase) -> None:
    """Compute a provisional contact deadline again with the new calendar."""
    books = with_scores(case.state).scores
    if books.contact_provisional is None or books.contact_due_at is None or books.voided:
        return
    laid_off = books.contact_provisional
    due_at, provisional = compute_deadline(laid_off.since, laid_off.limit, case.district.calendar)
    if (due_at, provisional) == (books.contact_due_at, laid_off):
        return
    lead = books.lead
    emit_event(
        case,
        AnswerDueMoved(
            what="first_contact", unit_id=lead.unit_id if lead is not None else None, due_at=due_at,
            provisional=provisional is not None,
        ),
    )  # fmt: skip
