"""Recurrences 重复立案: a problem that came back, counted for its area and for the units that had handled it."""

from __future__ import annotations

from contracts.events import acceptance
from services.supervision.domain.evaluation.score_entries.scorer import Scorer


def on_case_linked(scorer: Scorer, event: acceptance.CaseLinked) -> None:
    """Count a link as a recurrence if this case is the later one.

    The district setting `DuplicateRules` says what is near enough. Source: 重复案件率 of systems in use.
    """
    scores = scorer.scores
    if event.relation == "recurrence" and event.other_case_number < scores.case_number:
        scores.repeats = True
        count_recurrence(scorer)


def count_recurrence(scorer: Scorer) -> None:
    """Count for the area once the case is filed, and for a unit once it has completed its dispatch."""
    scores = scorer.scores
    if not scores.repeats:
        return
    if scores.filed:
        scorer.count(scorer.street, "repeat_filed", scorer.case_id)
    for dispatch_id, dispatch in scores.dispatches.items():
        if dispatch.done:
            scorer.count(scorer.unit(dispatch.unit_id, dispatch_id), "repeat_completed", dispatch_id)
