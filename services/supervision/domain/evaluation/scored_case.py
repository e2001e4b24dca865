"""The stored state of a case: the supervised case and its scores."""

from __future__ import annotations

from pydantic import Field

from contracts.base import Event
from contracts.events.evaluation import ExemptReason
from services.supervision.domain.evaluation.score_entries.case_scores import CaseScores
from services.supervision.domain.evaluation.score_entries.rules import count_event
from services.supervision.domain.evaluation.score_entries.scorer import Scorer
from services.supervision.domain.primitives.case import Occurrence, SupervisedCase


class ScoredCase(SupervisedCase):
    """A supervised case with its scores."""

    scores: CaseScores = Field(default_factory=CaseScores)
    """The counted facts, and the history that is needed to judge later events."""

    @property
    def provisional(self) -> bool:
        """True if the calendar can still move a deadline of the case."""
        return super().provisional or self.scores.contact_provisional is not None

    @property
    def exempt_reason(self) -> ExemptReason | None:
        """Why overdue clocks of this case are not counted; `None` if they are counted."""
        return self.scores.exempt_reason

    def count(self, event: Event, occurrence: Occurrence) -> None:
        """Count an event in the scores of the case."""
        scorer = Scorer(self.scores, occurrence.case_id, occurrence.at, occurrence.district)
        count_event(scorer, event, self.flow, had_ended=occurrence.had_ended)


def with_scores(state: SupervisedCase) -> ScoredCase:
    """Return the state as `ScoredCase`, which every stored case is."""
    assert isinstance(state, ScoredCase)
    return state
