"""One row of the transition table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.base import Event, Source
from contracts.case_state import Status

Role = Literal[
    "system",
    "reporter",
    "officer",
    "intake_clerk",
    "shift_lead",
    "dispatcher",
    "leader",
    "assessor",
    "unit",
]
"""Who causes a transition. `system`: a rule, without a person; `unit`: the responsible unit of the dispatch."""

Before = Status | Literal[""]
"""A status, or nothing: the case does not exist yet."""

FILED: tuple[Status, ...] = (
    "awaiting_dispatch",
    "awaiting_signature",
    "handling",
    "return_requested",
    "suspended",
    "rework",
    "awaiting_recheck",
    "rechecking",
    "awaiting_review",
)
"""The statuses of a case that was filed and has not ended."""


@dataclass(frozen=True)
class Transition:
    """One row: a fact, the statuses in which it is stated, and the status that follows.

    A row may keep the status if people act in it (approving a settlement), or if the stage is unclear without it
    (routing's decision).
    """

    fact: type[Event]
    before: tuple[Before, ...]
    after: Status
    who: tuple[Role, ...]
    zh: str
    """The condition, in Chinese."""
    en: str
    action: str = ""
    """Name of the API command that causes it, as in `possible`; empty for a transition by rule."""
    crossed: bool = False
    """True if only concurrent events of two services cause it, because a consumer received them in the other order."""

    @property
    def owner(self) -> Source:
        """The only service that states the fact."""
        return self.fact.SOURCE
