"""Counted facts and score entries.

A counted fact is what one event adds to one figure of one subject. A later event can make the fact stop counting, or
count again. Each of these changes adds a score entry. Score entries are never erased.
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
"""Why a counted fact no longer counts; empty if it counts.

`voided`: the case was voided. `corrected`: a later event corrected the fact. `exempt`: an appeal was upheld. `storm`:
lateness does not count in a storm. `ended`: a standing figure ended.
"""

FINAL_REASONS = frozenset({"voided", "exempt"})
"""Reasons after which a counted fact never counts again, even if an event states it again."""


class Subject(NamedTuple):
    """Whose scorecard a figure is part of: a unit, a person, a street or the county.

    The county has no score entries of its own; its figures sum those of its streets.
    """

    kind: figures.Subject
    id: str


def unit(unit_id: str) -> Subject:
    """Return a responsible unit as a subject."""
    return Subject("unit", unit_id)


def officer(officer_id: str) -> Subject:
    """Return an officer as a subject."""
    return Subject("officer", officer_id)


def intake_clerk(account: str) -> Subject:
    """Return the account that decided at the intake desk as a subject.

    In a small centre the account can belong to a person with another role.
    """
    return Subject("intake_clerk", account)


def shift_lead(account: str) -> Subject:
    """Return the account that did a shift lead's work as a subject."""
    return Subject("shift_lead", account)


def dispatcher(account: str) -> Subject:
    """Return the account that did a dispatcher's work as a subject."""
    return Subject("dispatcher", account)


def street(code: str) -> Subject:
    """Return a street as a subject.

    The code is the 9 digits of the street, or the 6 digits of the district for a case without a known place.
    """
    return Subject("street", code)


class FactKey(NamedTuple):
    """The identity of a counted fact: subject, figure and counted object.

    Counting twice with the same key adds nothing.
    """

    kind: figures.Subject
    subject_id: str
    figure: str
    about: str
    """Id of the dispatch, clock, task, report or case that is counted, or a running number."""

    @property
    def text(self) -> str:
        """The stored form of the key."""
        return "/".join(self)

    def id(self, case_id: UUID) -> UUID:
        """Return the id of the counted fact, which is unique among all cases."""
        return derive_id(case_id, self.text)

    @classmethod
    def parse(cls, text: str) -> FactKey:
        """Return the key that has this stored form."""
        kind, subject_id, figure, about = text.split("/", 3)
        return cls(next(each for each in figures.SUBJECTS if each == kind), subject_id, figure, about)


class CountedFact(BaseModel):
    """What one event adds to one figure of one subject."""

    at: datetime
    """Time of the event; for figures about deadlines, the deadline."""
    done_at: datetime | None = None
    """When the work was done, if a terminal handed it in later; otherwise `None`."""
    month: str
    """Month of the last score entry of this counted fact, `yyyy-mm`."""
    amount: int = 1
    """Amount added to the figure: 1 if the figure counts, minutes if the figure measures time."""
    entries: int = 1
    """Number of score entries of this counted fact so far."""
    reversed_for: Reason = ""
    depends_on: str = ""
    """Stored form of the key of another counted fact on which this one depends; empty without one.

    This fact counts only while the other fact counts.
    """

    @property
    def counts(self) -> bool:
        """True if the fact counts now."""
        return not self.reversed_for


@dataclass(frozen=True, slots=True)
class ScoreEntry:
    """A change of a counted fact: from now on the fact counts, or no longer counts."""

    fact_id: UUID
    number: int
    """Number of the entry among the entries of its counted fact, from 1."""
    key: FactKey
    at: datetime
    """The `at` of the counted fact."""
    month: str
    """Month whose figures the entry changes."""
    value: int
    """Amount of the counted fact; negative if the fact no longer counts."""
    reason: Reason
    late: bool
    """True if the month of the counted fact was frozen.

    The entry then corrects that month in the first month that is still open.
    """
    done_at: datetime | None = None
    """The `done_at` of the counted fact."""
