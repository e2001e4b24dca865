"""The state of a case with its figures: what the service stores."""

from __future__ import annotations

from pydantic import Field

from contracts.base import Event
from contracts.events.evaluation import ExemptReason
from services.supervision.domain.evaluation.score_entries.case_scores import CaseScores
from services.supervision.domain.evaluation.score_entries.rules import count_event
from services.supervision.domain.evaluation.score_entries.scorer import Scorer
from services.supervision.domain.primitives.case import Occurrence, SupervisedCase


class ScoredCase(SupervisedCase):
    """A supervised case and everything that is counted of it."""

    scores: CaseScores = Field(default_factory=CaseScores)
    """What is counted of this case."""

    @property
    def provisional(self) -> bool:
        """Whether a deadline may still move with the calendar."""
        return super().provisional or self.scores.contact_provisional is not None

    @property
    def exempt_reason(self) -> ExemptReason | None:
        """Why running over a limit is not counted for this case."""
        return self.scores.exempt_reason

    def count(self, event: Event, occurrence: Occurrence) -> None:
        """Count an event in the figures of the case."""
        scorer = Scorer(self.scores, occurrence.case_id, occurrence.at, occurrence.district)
        count_event(scorer, event, self.flow, was_over=occurrence.was_over)


def with_scores(state: SupervisedCase) -> ScoredCase:
    """Return the state with its figures. Every stored case has them."""
    assert isinstance(state, ScoredCase)
    return state
