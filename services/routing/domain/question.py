"""What a decision is asked, and what it answers. Both are values: the question is recorded, so that anybody can ask again."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import ConfigDict

from contracts.base import Instant, StoredDocument
from contracts.events.acceptance import Milestone
from contracts.events.command import Assignment, Candidate, RoutingRule

NeededReason = Literal[
    "no_match", "no_candidate_left", "joint_survey", "list_disagrees", "reported_duplicate", "reported_untrue",
]  # fmt: skip
"""Why a person must decide."""

Outcome = Literal["decided", "open", "voided", "closed", "merged", "sent_back", "handled", "answered"]
"""What became of a question that the list had no answer to: a person answered it; nobody has yet; the case was found wrong or
not filed, closed, merged, or sent back to the desk before; whoever had it completed it; the list itself answered when it was
asked again."""

MOST_CANDIDATES = 20
"""Candidates kept with a decision: the first in order. An event's body stays far below the ledger's 20,000 bytes."""


class Question(StoredDocument):
    """Everything that a decision depends on besides the release of the list. Equal questions have equal answers."""

    model_config = ConfigDict(frozen=True)

    category_id: str
    area: str
    """Grid code; of a confidential case only its community."""
    at: Instant
    """Decides which hours of the list apply."""
    milestones: tuple[Milestone, ...] = ()
    emergency: bool = False
    confidential: bool = False
    joint: bool = False
    """The problem keeps coming back here: the joint team of the area joins whoever leads."""
    component_id: str | None = None
    returned: tuple[str, ...] = ()
    """Units whose return of this case was accepted, in order, whatever their part: they are not asked to join again."""
    returned_as_lead: tuple[str, ...] = ()
    """Of these, who gave back the lead, or refused it: only they are not asked to lead again."""
    fresh: bool = True
    """Nobody is on it yet, so an emergency's plan starts."""


class Decision(NamedTuple):
    """Who must act, every candidate that was considered, and why; or why a person must decide."""

    rule: RoutingRule
    list_version: int
    assignments: tuple[Assignment, ...]
    candidates: tuple[Candidate, ...]
    explanation: str
    explanation_en: str
    needed: NeededReason | None = None
    """Set when no lead was found; first responders may be assigned all the same."""
    gap: bool = False
    """The list says nothing about this: a finding against it."""

    @property
    def lead(self) -> str | None:
        """The unit that leads, where one was found."""
        return next((each.unit_id for each in self.assignments if each.role == "lead"), None)
