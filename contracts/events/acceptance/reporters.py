"""Stage 2, acceptance 受理, between us and those who reported: what they add, and when somebody spoke with them. Emitted by intake."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event
from contracts.common import Actor, Photo
from contracts.marks import Redact
from contracts.timeline import (
    About,
    Choice,
    Sentence,
    label,
)

_MEANS = {"means": label("means", labels.CONTACT_MEANS)}

ContactMeans = Literal["phone", "message", "visit"]


class InformationAdded(Event):
    """The reporter, or the desk for them, adds to a report that is not ended 补充信息. Whoever handles it is told."""

    TYPE = "acceptance.information_added.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="诉求人补充信息，告知正在办理的单位。",
        timeline=Sentence("诉求人补充信息", "The reporter added to it", note="text"),
    )

    report_id: UUID
    text: Annotated[str, Redact.EMPTY]
    """Masked."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    added_by: Actor


class ReporterContacted(Event):
    """Somebody tried to speak with the reporter 联系群众; reached for the first time, the response is in time or not."""

    TYPE = "acceptance.reporter_contacted.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="联系诉求人一次；首次联系上即为响应。",
        timeline=Choice(
            "reached",
            {
                True: Sentence("已联系诉求人（{means}）", "Spoke with the reporter ({means})", _MEANS, note="note"),
                False: Sentence(
                    "联系诉求人未果（{means}）", "The reporter was not reached ({means})", _MEANS, note="note"
                ),
            },
        ),
    )

    report_id: UUID
    means: ContactMeans
    reached: bool
    note: Annotated[str, Redact.EMPTY] = ""
    """Masked."""
    contacted_by: Actor
