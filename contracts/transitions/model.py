"""The class of the rows in the transition table, and groups of statuses and roles for the rows."""

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
"""Who causes a transition. `system`: a rule, without a person. `unit`: the responsible unit of the dispatch."""

Before = Status | Literal[""]
"""Status before a transition; empty if the case does not exist yet."""

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
"""Statuses of a case that was filed and has not ended."""

OPEN_DISPATCH_STATUSES: tuple[Status, ...] = (
    "awaiting_signature",
    "handling",
    "return_requested",
    "suspended",
    "rework",
)
"""Statuses of a case whose lead has an open dispatch."""

CLERKS: tuple[Role, ...] = ("intake_clerk", "shift_lead")
DISPATCHERS: tuple[Role, ...] = ("dispatcher", "shift_lead")


@dataclass(frozen=True)
class Transition:
    """One row of the table: an event, the statuses in which a service may state it, and the status that follows.

    In some rows the status stays the same. Such rows list what people can do in a status, such as approving a
    settlement.
    """

    fact: type[Event]
    before: tuple[Before, ...]
    after: Status
    who: tuple[Role, ...]
    zh: str
    """Chinese text of the condition."""
    en: str
    """English text of the condition."""
    action: str = ""
    """Name of the API command that causes the transition, as in the lists of possible actions; empty if a rule causes
    it."""
    concurrent: bool = False
    """True if the transition occurs only when two services stated events at the same time, and a consumer received
    these events in the reverse order."""

    @property
    def owner(self) -> Source:
        """The service that states the event."""
        return self.fact.SOURCE
