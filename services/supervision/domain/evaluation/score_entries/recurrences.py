"""Recurrences 重复立案: a case that repeats an earlier case, counted for its street and the units that complete it."""

from __future__ import annotations

from contracts.events import acceptance
from services.supervision.domain.evaluation.score_entries.scorer import Scorer


def on_case_linked(scorer: Scorer, event: acceptance.CaseLinked) -> None:
    """Count this case as a recurrence if the link says that it repeats an earlier case.

    Of the two linked cases, the one with the higher number is the later case. The district setting `DuplicateRules`
    says which distance is near enough. Source: 重复案件率 of systems in use.
    """
    scores = scorer.scores
    if event.relation == "recurrence" and event.other_case_number < scores.case_number:
        scores.repeats = True
        count_recurrence(scorer)


def count_recurrence(scorer: Scorer) -> None:
    """Count the recurrence for the street once the case is filed, and for each unit that has completed its dispatch."""
    scores = scorer.scores
    if not scores.repeats:
        return
    if scores.filed:
        scorer.count(scorer.street, "repeat_filed", scorer.case_id)
    for dispatch_id, dispatch in scores.dispatches.items():
        if dispatch.done:
            scorer.count(scorer.unit(dispatch.unit_id, dispatch_id), "repeat_completed", dispatch_id)
