"""Evaluation 评价: appeals 申诉 against counted events."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.figures import FIGURES, SUBJECT_NAMES, Subject
from contracts.marks import Redact
from contracts.timeline import About, Choice, Names, Sentence, Text

__all__ = [
    "AppealDecided",
    "AppealLodged",
]


def _figures(event: AppealLodged | AppealDecided, _: Names) -> Text:
    meanings = [FIGURES[event.kind][figure] for figure in event.figures]
    return Text("、".join(each.zh for each in meanings), ", ".join(each.en for each in meanings))


def _subject(event: AppealLodged | AppealDecided, names: Names) -> Text:
    """Render the subject: the name of a unit or officer, the post of other people."""
    if event.kind == "unit":
        return names.unit(event.subject_id)
    return names.officer(event.subject_id) if event.kind == "officer" else Text(*SUBJECT_NAMES[event.kind])


_APPEAL = {"subject": _subject, "figures": _figures}


class AppealLodged(Event):
    """A subject appealed against figures of this case 考评申诉, once per case."""

    TYPE = "evaluation.appeal_lodged.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="考评申诉：考评对象认为本案某些计数不应计入，每案一次。",
        timeline=Sentence(
            "{subject}提出考评申诉（{figures}），{due_at} 前决定",
            "{subject} appealed ({figures}); decision due {due_at}",
            _APPEAL,
            note="text",
        ),
    )

    appeal_id: UUID
    kind: Subject
    subject_id: str
    figures: tuple[str, ...]
    text: Annotated[str, Redact.WITHHOLD]
    """Masked reason."""
    due_at: Instant
    """Deadline of the decision."""
    lodged_by: Actor


class AppealDecided(Event):
    """An appeal was decided. If upheld, the figures do not count; the timeline does not change."""

    TYPE = "evaluation.appeal_decided.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="申诉的决定。成立的不计入考评，已发生的事实（如曾超期）不改。",
        timeline=Choice(
            "upheld",
            {
                True: Sentence(
                    "申诉成立：{subject}的{figures}不计入考评，曾发生的记录保留",
                    "The appeal of {subject} was upheld: {figures} do not count; the events stay on record",
                    _APPEAL,
                    note="note",
                ),
                False: Sentence(
                    "申诉不成立：{subject}的{figures}照计",
                    "The appeal of {subject} was refused: {figures} count",
                    _APPEAL,
                    note="note",
                ),
            },
        ),
    )

    appeal_id: UUID
    kind: Subject
    subject_id: str
    figures: tuple[str, ...]
    upheld: bool
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason."""
    decided_by: Actor
