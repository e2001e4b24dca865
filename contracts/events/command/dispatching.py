"""Command 指挥: dispatches 派遣单 to units, and their withdrawal."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Contract, Event, Instant
from contracts.events.command.routing import DispatchRole, HandoverTarget


class MilestoneDue(Contract):
    """A milestone with its instant."""

    name: str
    name_en: str
    amount: int
    unit: str
    due_at: Instant
    provisional: bool = False


class CaseDispatched(Event):
    """An order 派遣单 went to one unit. Its handling clock runs from here; signing does not move it."""

    TYPE = "command.case_dispatched.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    role: DispatchRole
    round: int
    coordinated: bool = False
    asked: str = ""
    milestones: tuple[MilestoneDue, ...]
    sign_due_at: Instant
    handover: HandoverTarget | None = None
    """A hand-over 移交: signing it is the acknowledgement, until which the case stays ours."""


class DispatchWithdrawn(Event):
    """The order is taken back; the unit owes nothing more."""

    TYPE = "command.dispatch_withdrawn.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    reason: Literal["re_routed", "case_ended", "merged", "return_accepted", "by_hand"]
    note: str = ""
