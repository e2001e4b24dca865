"""Evaluation 评价: appeals 申诉 against counted events."""

from __future__ import annotations

from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.figures import Subject


class AppealLodged(Event):
    """考评申诉: a subject holds that figures of this case should not count against it. Once for each case."""

    TYPE = "evaluation.appeal_lodged.v1"
    SOURCE = "supervision"

    appeal_id: UUID
    kind: Subject
    subject_id: str
    figures: tuple[str, ...]
    text: str
    """Why. Masked."""
    due_at: Instant
    """A decision is due."""
    lodged_by: Actor


class AppealDecided(Event):
    """The decision on an appeal. Upheld: the figures are exempt from the counts; what happened stays in the timeline."""

    TYPE = "evaluation.appeal_decided.v1"
    SOURCE = "supervision"

    appeal_id: UUID
    kind: Subject
    subject_id: str
    figures: tuple[str, ...]
    upheld: bool
    note: str
    """Why so. Masked."""
    decided_by: Actor
