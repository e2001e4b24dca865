"""What a row of the table says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.base import Event, Source
from contracts.case_state import Status

Role = Literal[
    "system", "reporter", "officer", "intake_clerk", "shift_lead", "dispatcher", "leader", "assessor", "unit",
]  # fmt: skip
"""Who brings a transition about. `system`: it follows from rules alone; `unit`: the responsible unit of the
dispatch."""

Before = Status | Literal[""]
"""A status, or nothing: the case does not exist yet."""

FILED: tuple[Status, ...] = (
    "awaiting_dispatch", "awaiting_signature", "handling", "return_requested", "suspended", "rework",
    "awaiting_recheck", "rechecking", "awaiting_review",
)  # fmt: skip
"""The statuses of a case that was filed and has not ended."""


@dataclass(frozen=True)
class Transition:
    """One row: a fact, the statuses in which it is stated, and the status that follows.

    A row whose status stays the same is here because people do it (approving a settlement), or because the stage would
    not be understood without it (routing's decision).
    """

    fact: type[Event]
    before: tuple[Before, ...]
    after: Status
    who: tuple[Role, ...]
    zh: str
    """On what condition."""
    en: str
    action: str = ""
    """The command of the owner's API that states it, as its lists of what is possible name it; empty for the
    system's."""
    crossed: bool = False
    """Nobody does this. Two services spoke at once, and a reader met the later word first or the earlier word last."""

    @property
    def owner(self) -> Source:
        """The only service that states the fact."""
        return self.fact.SOURCE
