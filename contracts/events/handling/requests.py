"""Handling 处置: requests of a unit for an extension 延期 or a suspension 挂账."""

from __future__ import annotations

from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor


class ExtensionRequested(Event):
    """The unit asks for one more original limit 延期."""

    TYPE = "handling.extension_requested.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    note: str
    requested_by: Actor


class SuspensionRequested(Event):
    """The unit asks to park the case 挂账 until a date at most a year away."""

    TYPE = "handling.suspension_requested.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    until: Instant
    note: str
    requested_by: Actor
