"""Final figures 评价 of a case, stated once no feedback is awaited and no task is open."""

from __future__ import annotations

from collections import Counter

from contracts.events.evaluation import CaseEvaluated, Figure, Satisfied
from services.supervision.domain.evaluation.score_entries.facts import FactKey
from services.supervision.domain.evaluation.scored_case import with_scores
from services.supervision.domain.primitives.case import SupervisionCase, emit_event

_WORST_FIRST: tuple[Satisfied, ...] = ("dissatisfied", "fair", "satisfied")


def evaluate_if_final(case: SupervisionCase) -> None:
    """Emit the evaluation of a closed case once no feedback is awaited and no task is open."""
    state = case.state
    if not state.flow.closed or state.flow.evaluated:
        return
    feedback_is_open = any(report.asked == "waiting" for report in state.reports.values())
    task_is_open = any(task.waiting for task in state.tasks.values())
    if feedback_is_open or task_is_open:
        return
    answers = [report for report in state.reports.values() if report.asked == "answered"]
    given = {report.satisfied for report in answers}
    emit_event(
        case,
        CaseEvaluated(
            outcome=state.flow.outcome,
            solved=all(report.solved for report in answers) if answers else None,
            satisfied=next((each for each in _WORST_FIRST if each in given), None),
            figures=counted_figures(case),
            reworks=state.reworks,
            returns=state.returns,
            was_overdue=bool(state.overdue),
            exempt_reason=with_scores(state).exempt_reason,
        ),
    )


def counted_figures(case: SupervisionCase) -> tuple[Figure, ...]:
    """Return each figure of each subject with the sum of the counted facts that count now."""
    sums = Counter[tuple[str, str, str]]()
    for text, fact in with_scores(case.state).scores.facts.items():
        if fact.counts:
            key = FactKey.parse(text)
            sums[key.kind, key.subject_id, key.figure] += fact.amount
    return tuple(
        Figure.model_validate({"kind": kind, "subject_id": subject_id, "figure": figure, "value": value})
        for (kind, subject_id, figure), value in sorted(sums.items())
    )
