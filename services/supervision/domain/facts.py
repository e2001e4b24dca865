"""Counts are facts: one row per fact, with a key derived from what it is about, so that none counts twice."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel

Kind = Literal["unit", "officer"]
"""Subjects that have scorecards so far."""

StrikeReason = Literal["voided", "corrected", "exempt"]
"""Why a fact does not count: its case was found wrong, a later event proved it untrue, or lateness is not counted here."""


class Subject(NamedTuple):
    """Whose figure it is."""

    kind: Kind
    id: str


def unit(unit_id: str) -> Subject:
    """A responsible unit as a subject."""
    return Subject("unit", unit_id)


def officer(officer_id: str) -> Subject:
    """An officer as a subject."""
    return Subject("officer", officer_id)


class Fact(BaseModel):
    """One count of one figure for one subject."""

    id: UUID
    kind: Kind
    subject_id: str
    figure: str
    at: datetime
    """The month it belongs to follows from this: the event's time, or the due time for figures about deadlines."""


class Strike(BaseModel):
    """A fact that no longer counts; it stays in its table with the reason."""

    fact_id: UUID
    reason: StrikeReason
