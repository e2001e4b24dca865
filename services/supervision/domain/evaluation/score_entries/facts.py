"""Facts and score entries.

A fact counts or does not count. Each change of that adds an entry, and entries are never erased.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel

from contracts import figures
from services.chassis.identifiers import derive_id

Reason = Literal["", "voided", "corrected", "exempt", "storm", "ended"]
"""Why a fact does not count.

Its case was voided, a later event corrected it, an appeal was upheld, a storm exempts lateness, or a standing figure
ended.
"""

FINAL_REASONS = frozenset({"voided", "exempt"})
"""Reasons after which the same fact does not count again when it is stated again."""


class Subject(NamedTuple):
    """The subject of a figure. The county has no entries of its own; it sums those of its streets."""

    kind: figures.Subject
    id: str


def unit(unit_id: str) -> Subject:
    """Return a responsible unit as a subject."""
    return Subject("unit", unit_id)


def officer(officer_id: str) -> Subject:
    """Return an officer as a subject."""
    return Subject("officer", officer_id)


def intake_clerk(account: str) -> Subject:
    """Return the account that decided at the desk. In a small centre one person holds several posts."""
    return Subject("intake_clerk", account)


def shift_lead(account: str) -> Subject:
    """Return the account that did a shift lead's work."""
    return Subject("shift_lead", account)


def dispatcher(account: str) -> Subject:
    """Return the account that did a dispatcher's work."""
    return Subject("dispatcher", account)


def street(code: str) -> Subject:
    """Return a street by its 9-digit code, or the district's 6 digits for a case without a place."""
    return Subject("street", code)


class FactKey(NamedTuple):
    """The identity of a fact: subject, figure and the object it counts. Stating it again adds nothing."""

    kind: figures.Subject
    subject_id: str
    figure: str
    about: str
    """Id of the dispatch, clock, task, report or case that is counted."""

    @property
    def text(self) -> str:
        """The stored form of the key."""
        return "/".join(self)

    def id(self, case_id: UUID) -> UUID:
        """Return the id of the fact among all cases."""
        return derive_id(case_id, self.text)

    @classmethod
    def parse(cls, text: str) -> FactKey:
        """Return the key for its stored form."""
        kind, subject_id, figure, about = text.split("/", 3)
        return cls(next(each for each in figures.SUBJECTS if each == kind), subject_id, figure, about)


class CountedFact(BaseModel):
    """What one event adds to one figure of one subject."""

    at: datetime
    """Time of the event, or the deadline for figures about deadlines."""
    done_at: datetime | None = None
    """When the work was done, if a terminal handed it in later."""
    month: str
    """Month of the last entry, `yyyy-mm`."""
    amount: int = 1
    """Value of the fact: 1 for a count, minutes for a duration."""
    entries: int = 1
    """Number of entries so far."""
    reversed_for: Reason = ""
    depends_on: str = ""
    """Key of the only fact that caused this one. If that does not count, this one does not either."""

    @property
    def counts(self) -> bool:
        """True if the fact counts now."""
        return not self.reversed_for


@dataclass(frozen=True, slots=True)
class ScoreEntry:
    """One entry: from now on the fact counts, or does not count any more."""

    fact_id: UUID
    number: int
    """Number of the entry among those of its fact, from 1."""
    key: FactKey
    at: datetime
    """The same as in the fact."""
    month: str
    """Month whose figures the entry changes."""
    value: int
    """Amount of the fact; negative for a reversal."""
    reason: Reason
    late: bool
    """True if the fact's own month was frozen, so the entry is a correction in the next one."""
    done_at: datetime | None = None
    """The same as in the fact."""
