"""Acceptance 受理: storm mode 灾情归并 and the replies to all reporters of a storm."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.timeline import About, Sentence

__all__ = [
    "Corner",
    "ReplyGiven",
    "StormDeclared",
    "StormEnded",
]

Corner = tuple[float, float]
"""A corner of a polygon: `(longitude, latitude)` in degrees, CGCS2000."""


class StormDeclared(Event):
    """Storm mode 灾情归并 began. This case is the parent case of the storm.

    Reports of the categories `category_ids`, in the area and the period, are attached to the parent case; also earlier
    reports that are still open. Overdue limits of the parent case and of these reports do not count in figures.
    """

    TYPE = "acceptance.storm_declared.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="灾情归并：本案为主案，区域、时段、类别内的上报一并并入；超期不计。",
        timeline=Sentence(
            "灾情归并：{name}，至 {ends_at}，同类上报一并办理，超期不计",
            "Storm mode began: {name}, until {ends_at}; matching reports are attached, and overdue limits do not count",
            note="note",
        ),
    )

    storm_id: UUID
    """Storm that begins; later events name it."""
    name: str
    """Chinese name of the storm, shown to people."""
    name_en: str = ""
    """English name; empty if there is none."""
    category_ids: tuple[str, ...] = Field(min_length=1)
    """Categories of the reports to attach, each as `standard/kind/code`."""
    polygon: tuple[Corner, ...] = Field(min_length=4)
    """Border of the area: a closed ring of `[longitude, latitude]` in degrees, CGCS2000."""
    starts_at: Instant
    """Start of the period, perhaps before the declaration."""
    ends_at: Instant
    """End of the period."""
    note: str = ""
    """Reason for the declaration."""
    declared_by: Actor


class StormEnded(Event):
    """Storm mode ended. No further reports are attached; reports attached before stay with their parent case."""

    TYPE = "acceptance.storm_ended.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="灾情归并结束，不再并入新的上报；已并入的仍随主案办理。",
        timeline=Sentence("灾情归并结束，不再并入", "Storm mode ended; no further reports are attached", note="note"),
    )

    storm_id: UUID
    """Storm that ended."""
    note: str = ""
    """Reason for the end."""
    ended_by: Actor


class ReplyGiven(Event):
    """A reporter received a reply. All reporters of a storm receive the same text."""

    TYPE = "acceptance.reply_given.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="答复本次上报的诉求人；同一灾情的诉求人得到同一答复。",
        timeline=Sentence("答复诉求人", "The reporter received a reply", note="text"),
    )

    report_id: UUID
    """Report whose reporter received the reply."""
    text: str
    """Reply in Chinese."""
    text_en: str = ""
    """Reply in English; empty if there is none."""
    storm_id: UUID | None = None
    """Storm whose reporters all receive this reply; null or absent for a reply to one reporter."""
    replied_by: Actor
