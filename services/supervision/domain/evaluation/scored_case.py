"""The state of a case with its figures: what the service stores."""

from __future__ import annotations

from pydantic import Field

from contracts.base import Event
from contracts.events.evaluation import ExemptReason
from services.supervision.domain.evaluation.score_entries import Books, Keeper, enter
from services.supervision.domain.primitives.case import Occurrence, SupervisedCase


class ScoredCase(SupervisedCase):
    """A supervised case and everything that is counted of it."""

    books: Books = Field(default_factory=Books)
    """What is counted of this case."""

    @property
    def provisional(self) -> bool:
        """Whether a deadline may still move with the calendar."""
        return super().provisional or self.books.contact_provisional is not None

    @property
    def exempt_reason(self) -> ExemptReason | None:
        """Why running over a limit is not counted for this case."""
        return self.books.exempt_reason

    def count(self, event: Event, occurrence: Occurrence) -> None:
        """Count an event in the figures of the case."""
        keeper = Keeper(self.books, occurrence.case_id, occurrence.at, occurrence.district)
        enter(keeper, event, self.flow, was_over=occurrence.was_over)


def scored(state: SupervisedCase) -> ScoredCase:
    """Return the state with its figures. Every stored case has them."""
    assert isinstance(state, ScoredCase)
    return state
