"""Acceptance 受理: storm mode 灾情归并 and replies to all its reporters."""

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
"""`(longitude, latitude)` in degrees, CGCS2000."""


class StormDeclared(Event):
    """Storm mode began: this case is the parent of all reports of these categories in this area and period.

    Overdue limits of the parent and of its attached cases do not count in figures.
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
    name: str
    name_en: str = ""
    category_ids: tuple[str, ...] = Field(min_length=1)
    polygon: tuple[Corner, ...] = Field(min_length=4)
    """A closed ring."""
    starts_at: Instant
    """Start of the period; it may lie before the declaration."""
    ends_at: Instant
    note: str = ""
    """Reason for the declaration."""
    declared_by: Actor


class StormEnded(Event):
    """Storm mode ended: no further reports are attached; attached reports stay with the parent."""

    TYPE = "acceptance.storm_ended.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="灾情归并结束，不再并入新的上报；已并入的仍随主案办理。",
        timeline=Sentence("灾情归并结束，不再并入", "Storm mode ended; no further reports are attached", note="note"),
    )

    storm_id: UUID
    note: str = ""
    ended_by: Actor


class ReplyGiven(Event):
    """The reporter received a reply; the same text goes to all reporters of the storm."""

    TYPE = "acceptance.reply_given.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="答复本次上报的诉求人；同一灾情的诉求人得到同一答复。",
        timeline=Sentence("答复诉求人", "The reporter received a reply", note="text"),
    )

    report_id: UUID
    text: str
    text_en: str = ""
    storm_id: UUID | None = None
    replied_by: Actor
