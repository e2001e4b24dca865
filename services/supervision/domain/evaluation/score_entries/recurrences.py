"""重复立案: a case that came back, for its area and for the units whose work it was again."""

from __future__ import annotations

from contracts.events import acceptance
from services.supervision.domain.evaluation.score_entries.scorer import Scorer


def on_case_linked(scorer: Scorer, event: acceptance.CaseLinked) -> None:
    """Linked as a recurrence, by the system or at the desk. Both cases hear of it: the later one repeats the earlier.

    What is near enough in place and time is the district's to say (`DuplicateRules`). Source: 重复案件率 of evaluation
    systems in use, which leaves the window open.
    """
    scores = scorer.scores
    if event.relation == "recurrence" and event.other_case_number < scores.case_number:
        scores.repeats = True
        count_recurrence(scorer)


def count_recurrence(scorer: Scorer) -> None:
    """Once it is filed, for its area; once an order is completed, for its unit: an order returned was not its work."""
    scores = scorer.scores
    if not scores.repeats:
        return
    if scores.filed:
        scorer.count(scorer.street, "repeat_filed", scorer.case_id)
    for dispatch_id, order in scores.dispatches.items():
        if order.done:
            scorer.count(scorer.unit(order.unit_id, dispatch_id), "repeat_completed", dispatch_id)
