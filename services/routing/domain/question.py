"""Routing questions and routing decisions.

A question is recorded with its decision, so that the decision can be repeated.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import ConfigDict

from contracts.base import Instant, StoredDocument
from contracts.events.acceptance import Milestone
from contracts.events.command import Assignment, Candidate, RoutingRule

NeededReason = Literal[
    "no_match",
    "no_candidate_left",
    "joint_survey",
    "list_disagrees",
    "reported_duplicate",
    "reported_untrue",
]
"""Reasons why a person must decide."""

Outcome = Literal["decided", "open", "voided", "closed", "merged", "sent_back", "handled", "answered"]
"""Outcome of a question to a person.

A person decided it, or it is still open. Or the case was voided, closed, merged, sent back to the desk or completed
before anybody decided. Or the list answered when the question was asked again.
"""

MOST_CANDIDATES = 20
"""Largest number of candidates recorded with a decision.

It keeps an event far below the event store's limit of 20,000 bytes.
"""


class Question(StoredDocument):
    """Everything that a decision depends on, besides the release of the list."""

    model_config = ConfigDict(frozen=True)

    category_id: str
    area: str
    """Grid code; for a confidential case only its community."""
    at: Instant
    """Time for which the hours, periods and duty units of the list are checked."""
    milestones: tuple[Milestone, ...] = ()
    emergency: bool = False
    confidential: bool = False
    joint: bool = False
    """Whether the problem keeps coming back here, so that the joint team of the area joins the lead."""
    component_id: str | None = None
    returned: tuple[str, ...] = ()
    """Units whose return in any role was accepted, in order. They do not join again."""
    returned_as_lead: tuple[str, ...] = ()
    """Units that returned or refused the lead. The list does not choose them as lead again."""
    fresh: bool = True
    """Whether no unit has been sent yet, so that an emergency plan starts."""


class Decision(NamedTuple):
    """The units that must act, with every candidate and the reason; or the reason why a person must decide."""

    rule: RoutingRule
    list_version: int
    assignments: tuple[Assignment, ...]
    candidates: tuple[Candidate, ...]
    explanation: str
    explanation_en: str
    needed: NeededReason | None = None
    """Set if no lead was found. First responders may be assigned nevertheless."""
    gap: bool = False
    """Whether no entry of the list covers the case, which is a finding against the list."""

    @property
    def lead(self) -> str | None:
        """The lead unit, if one was found."""
        return next((each.unit_id for each in self.assignments if each.role == "lead"), None)
