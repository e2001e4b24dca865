"""Handling 处置: requests of a unit for an extension 延期 or a suspension 挂账."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.marks import Redact
from contracts.timeline import About, Sentence, UnitId

__all__ = [
    "ExtensionRequested",
    "SuspensionRequested",
]


class ExtensionRequested(Event):
    """The unit requested an extension 延期: more time for the last open milestone.

    The original limit of the milestone is added once more.
    """

    TYPE = "handling.extension_requested.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="责任单位申请延期一个原时限。",
        timeline=Sentence("{unit_id}申请延期", "{unit_id} requested an extension", note="note"),
    )

    dispatch_id: UUID
    unit_id: UnitId
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason."""
    requested_by: Actor


class SuspensionRequested(Event):
    """The unit requested a suspension 挂账: a pause of the handling clock until an instant at most one year away."""

    TYPE = "handling.suspension_requested.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="责任单位申请挂账至某日（不超过一年）。",
        timeline=Sentence("{unit_id}申请挂账至 {until}", "{unit_id} requested a suspension until {until}", note="note"),
    )

    dispatch_id: UUID
    unit_id: UnitId
    until: Instant
    """Requested end of the suspension."""
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason."""
    requested_by: Actor
