"""Questions to the responsibility list, and the routing decisions that answer them.

Each decision is recorded with its question, so that the decision can be repeated.
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
"""Reason why a person must decide which units act on a case."""

Outcome = Literal["decided", "open", "voided", "closed", "merged", "sent_back", "handled", "answered"]
"""Outcome of a question to a person.

`decided`: a person decided. `open`: nobody has decided yet. `voided`, `closed`, `merged`, `sent_back` (to the intake
desk) and `handled` (the lead completed its work): this happened to the case before a person decided. `answered`: the
responsibility list gave the decision later.
"""

MOST_CANDIDATES = 20
"""Largest number of candidates recorded with a decision.

With it an event stays far below the limit of the event store, which is 20,000 bytes.
"""


class Question(StoredDocument):
    """A question to the responsibility list: everything that a decision depends on besides the registry release."""

    model_config = ConfigDict(frozen=True)

    category_id: str
    area: str
    """Grid code of the case; for a confidential case only its community."""
    at: Instant
    """Time for which the conditions of entries are checked: hours, periods, and units on duty."""
    milestones: tuple[Milestone, ...] = ()
    emergency: bool = False
    confidential: bool = False
    joint: bool = False
    """True if the problem keeps coming back at this place. Then the joint team of the area acts with the lead."""
    component_id: str | None = None
    returned: tuple[str, ...] = ()
    """Units whose return was accepted, in any role and in order. They are not chosen as co-units again."""
    returned_as_lead: tuple[str, ...] = ()
    """Units that returned or refused the case as its lead. They are not chosen as lead again."""
    fresh: bool = True
    """True if an emergency plan may start: no decision was made yet, or none since the case became an emergency."""


class Decision(NamedTuple):
    """A routing decision: the units that must act, or the reason why a person must decide; with every candidate."""

    rule: RoutingRule
    list_version: int
    assignments: tuple[Assignment, ...]
    candidates: tuple[Candidate, ...]
    explanation: str
    explanation_en: str
    needed: NeededReason | None = None
    """Why a person must choose the lead; `None` if a lead was found. First responders are assigned in both cases."""
    gap: bool = False
    """True if no entry of the list covers the case. This gap is recorded as a finding against the list."""

    @property
    def lead(self) -> str | None:
        """Id of the lead unit; `None` if no lead was found."""
        return next((each.unit_id for each in self.assignments if each.role == "lead"), None)
