"""Facts and bookings. A fact counts or it does not; every change of that is a booking, and bookings are never erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel

from contracts import figures
from services.chassis.identifiers import derive_id

Reason = Literal["", "voided", "corrected", "exempt", "storm", "over"]
"""Why a fact does not count: its case was found wrong, a later event proved it untrue, an appeal was upheld, in a storm
everybody is late, or what it says was so and is no more.
"""

FINAL_REASONS = frozenset({"voided", "exempt"})
"""Reasons after which the same fact stated again does not count either."""


class Subject(NamedTuple):
    """Whose figure it is. The county has none of its own: it counts what its streets count."""

    kind: figures.Subject
    id: str


def unit(unit_id: str) -> Subject:
    """A responsible unit."""
    return Subject("unit", unit_id)


def officer(officer_id: str) -> Subject:
    """An officer."""
    return Subject("officer", officer_id)


def intake_clerk(account: str) -> Subject:
    """Whoever decided at the desk, by account: in a small centre one person holds several posts."""
    return Subject("intake_clerk", account)


def shift_lead(account: str) -> Subject:
    """Whoever did a shift lead's work, by account."""
    return Subject("shift_lead", account)


def dispatcher(account: str) -> Subject:
    """Whoever did a dispatcher's work, by account."""
    return Subject("dispatcher", account)


def street(code: str) -> Subject:
    """A street by its 9-digit code; of a report without a place the district's 6 digits."""
    return Subject("street", code)


class FactKey(NamedTuple):
    """What a fact is about: whose figure, which, of what. Stating it again adds nothing."""

    kind: figures.Subject
    subject_id: str
    figure: str
    about: str
    """The dispatch, clock, task, report or case that it is a count of."""

    @property
    def text(self) -> str:
        """As it is kept."""
        return "/".join(self)

    def id(self, case_id: UUID) -> UUID:
        """The fact's id in the books of all cases."""
        return derive_id(case_id, self.text)

    @classmethod
    def parse(cls, text: str) -> FactKey:
        """From `text`."""
        kind, subject_id, figure, about = text.split("/", 3)
        return cls(next(each for each in figures.SUBJECTS if each == kind), subject_id, figure, about)


class CountedFact(BaseModel):
    """What one event adds to one figure of one subject."""

    at: datetime
    """The event's time, or the due time for figures about deadlines."""
    done_at: datetime | None = None
    """When it was done, where it was handed in later: reported on a terminal without signal."""
    month: str
    """In which it was last booked, `yyyy-mm`."""
    amount: int = 1
    """What it adds: 1 for a count, minutes for a duration."""
    entries: int = 1
    """So far: added, taken back, added …"""
    reversed_for: Reason = ""
    depends_on: str = ""
    """The fact, by the text of its key, that it came of and of nothing else: whatever that does not count for, this does
    not either.
    """

    @property
    def counts(self) -> bool:
        """Whether it counts now."""
        return not self.reversed_for


@dataclass(frozen=True, slots=True)
class ScoreEntry:
    """A line of the books: from now on this fact counts, or does not any more."""

    fact_id: UUID
    number: int
    """Of this fact's bookings, from 1."""
    key: FactKey
    at: datetime
    """As of the fact."""
    month: str
    """Whose figures it changes."""
    value: int
    """What it adds to the figure: the fact's amount, negative when it is taken back."""
    reason: Reason
    late: bool
    """The fact's own month was frozen: a correction in the next one."""
    done_at: datetime | None = None
    """As of the fact."""
