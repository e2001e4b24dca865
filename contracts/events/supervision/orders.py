"""Supervision 监督: supervision orders 督办 and their replies."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.supervision.overdue import DeskRole


class OrderIssued(Event):
    """督办: a formal order; needs a reply and a leader's eye."""

    TYPE = "supervision.order_issued.v1"
    SOURCE = "supervision"

    order_id: UUID
    kind: Literal["overdue", "leader", "rework", "important", "escalated"]
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    """Whom it goes to: for a coordinated unit the authority above it."""
    officer_id: str | None = None
    """While no unit has it: the officer whose task it waits for."""
    role: DeskRole | None = None
    """Or whose desk it waits at."""
    centre_id: str | None = None
    """At which centre, where it is not the case's own."""
    clock_id: UUID | None = None
    """The clock on whose way it comes; none: somebody thought of it, or it is about something else than time."""
    text: str
    text_en: str = ""
    reply_due_at: Instant
    provisional: bool | None = None
    """It may move until the calendar of its year is announced; none: it stands."""
    issued_by: Actor


class OrderReplied(Event):
    """The reply to a formal order."""

    TYPE = "supervision.order_replied.v1"
    SOURCE = "supervision"

    order_id: UUID
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    text: str
    """Masked."""
    on_time: bool
    replied_by: Actor
