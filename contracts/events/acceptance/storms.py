"""Stage 2, acceptance 受理, when one cause makes many report: storms and what all their reporters are told. Emitted by intake."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.timeline import (
    About,
    Sentence,
    instant,
    value,
)

Corner = tuple[float, float]
"""`(longitude, latitude)` in degrees, CGCS2000."""


class StormDeclared(Event):
    """Storm mode 风暴模式: this case is the parent of every report of these categories in this area and period.

    Running over a limit is not counted against anybody for it, nor for the cases that it takes in.
    """

    TYPE = "acceptance.storm_declared.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="风暴模式：本案为父案，区域、时段、类别内的上报一并并入；超时不计。",
        timeline=Sentence(
            "风暴模式：{name}，至 {until}，同类上报一并办理，超时不计",
            "Storm mode: {name}, until {until}; reports of its kind are taken in, lateness is not counted",
            {"name": value("name", "name_en"), "until": instant("ends_at")},
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
    """Reports since then are taken in, also those that were made before the declaration."""
    ends_at: Instant
    note: str = ""
    """Why it was declared."""
    declared_by: Actor


class StormEnded(Event):
    """No further report is taken in; those that were stay with their parent."""

    TYPE = "acceptance.storm_ended.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="风暴结束，不再并入新的上报；已并入的仍随父案办理。",
        timeline=Sentence("风暴模式结束，不再并入", "Storm mode is over; nothing more is taken in", note="note"),
    )

    storm_id: UUID
    note: str = ""
    ended_by: Actor


class ReplyGiven(Event):
    """The reporter of this case is told something about it: the same words for everybody who reported the same flood."""

    TYPE = "acceptance.reply_given.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="答复本次上报的上报人；同一风暴的上报人得到同一答复。",
        timeline=Sentence("答复诉求人", "The reporter was told", note="text"),
    )

    report_id: UUID
    text: str
    text_en: str = ""
    storm_id: UUID | None = None
    replied_by: Actor
