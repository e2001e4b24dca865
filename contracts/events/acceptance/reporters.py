"""Acceptance 受理: contact with the reporters."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event
from contracts.common import Actor, Photo
from contracts.marks import Redact
from contracts.timeline import About, Choice, Sentence, label

__all__ = [
    "ContactMeans",
    "InformationAdded",
    "ReporterContacted",
]

_MEANS = {"means": label("means", labels.CONTACT_MEANS)}

ContactMeans = Literal["phone", "message", "visit"]


class InformationAdded(Event):
    """The reporter, or the desk for the reporter, added information to an open case 补充信息.

    All units of the case receive it.
    """

    TYPE = "acceptance.information_added.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="诉求人补充信息，告知正在办理的单位。",
        timeline=Sentence("诉求人补充信息", "The reporter added information", note="text"),
    )

    report_id: UUID
    """Report whose reporter added the information."""
    text: Annotated[str, Redact.EMPTY]
    """Masked text of the information."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    """Photos that were added with the information."""
    added_by: Actor


class ReporterContacted(Event):
    """Somebody tried to contact the reporter 联系群众.

    The first try that reaches the reporter counts as the first contact.
    """

    TYPE = "acceptance.reporter_contacted.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="联系诉求人一次；首次联系上即为响应。",
        timeline=Choice(
            "reached",
            {
                True: Sentence("已联系诉求人（{means}）", "The reporter was contacted ({means})", _MEANS, note="note"),
                False: Sentence(
                    "联系诉求人未果（{means}）", "The reporter could not be reached ({means})", _MEANS, note="note"
                ),
            },
        ),
    )

    report_id: UUID
    """Report whose reporter was contacted."""
    means: ContactMeans
    """How the contact was tried."""
    reached: bool
    """True if the reporter was reached; false if the try failed."""
    note: Annotated[str, Redact.EMPTY] = ""
    """Masked note about the conversation or the try."""
    contacted_by: Actor
