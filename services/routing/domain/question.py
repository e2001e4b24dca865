"""The question that a decision answers, and the decision.

The question is recorded, so that the answer can be repeated.
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
"""Why a person must decide."""

Outcome = Literal["decided", "open", "voided", "closed", "merged", "sent_back", "handled", "answered"]
"""What became of a question to a person: it was decided; it is still open; the case was voided, closed, merged, sent
back to the desk or completed before; or the list answered when it was asked again.
"""

MOST_CANDIDATES = 20
"""Most candidates recorded with a decision. Keeps an event far below the event store's limit of 20,000 bytes."""


class Question(StoredDocument):
    """Everything that a decision depends on, besides the release of the list."""

    model_config = ConfigDict(frozen=True)

    category_id: str
    area: str
    """Grid code; for a confidential case only its community."""
    at: Instant
    """Decides which hours of the list apply."""
    milestones: tuple[Milestone, ...] = ()
    emergency: bool = False
    confidential: bool = False
    joint: bool = False
    """The problem keeps coming back here, so the joint team of the area joins the lead."""
    component_id: str | None = None
    returned: tuple[str, ...] = ()
    """Units whose return was accepted, in order, in any role. They are not asked to join again."""
    returned_as_lead: tuple[str, ...] = ()
    """Units that returned or refused the lead. They are not asked to lead again."""
    fresh: bool = True
    """Whether no unit has been sent yet, so that an emergency plan starts."""


class Decision(NamedTuple):
    """Who must act, every candidate and why; or why a person must decide."""

    rule: RoutingRule
    list_version: int
    assignments: tuple[Assignment, ...]
    candidates: tuple[Candidate, ...]
    explanation: str
    explanation_en: str
    needed: NeededReason | None = None
    """Set if no lead was found. First responders may be assigned nevertheless."""
    gap: bool = False
    """Whether the list has no entry: a finding against it."""

    @property
    def lead(self) -> str | None:
        """The lead unit, if one was found."""
        return next((each.unit_id for each in self.assignments if each.role == "lead"), None)
