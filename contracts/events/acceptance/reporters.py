"""Stage 2, acceptance 受理, between us and those who reported: what they add, and when somebody spoke with them. Emitted by intake."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event
from contracts.common import Actor, Photo

ContactMeans = Literal["phone", "message", "visit"]


class InformationAdded(Event):
    """The reporter, or the desk for them, adds to a report that is not ended 补充信息. Whoever handles it is told."""

    TYPE = "acceptance.information_added.v1"
    SOURCE = "intake"

    report_id: UUID
    text: str
    """Masked."""
    photos: tuple[Photo, ...] = ()
    added_by: Actor


class ReporterContacted(Event):
    """Somebody tried to speak with the reporter 联系群众; reached for the first time, the response is in time or not."""

    TYPE = "acceptance.reporter_contacted.v1"
    SOURCE = "intake"

    report_id: UUID
    means: ContactMeans
    reached: bool
    note: str = ""
    """Masked."""
    contacted_by: Actor
