"""Evaluation 评价: appeals 申诉 against figures of a case."""

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
    """Render the subject of an appeal: the name of a unit or officer, otherwise the kind of subject."""
    if event.kind == "unit":
        return names.unit(event.subject_id)
    return names.officer(event.subject_id) if event.kind == "officer" else Text(*SUBJECT_NAMES[event.kind])


_APPEAL = {"subject": _subject, "figures": _figures}


class AppealLodged(Event):
    """A subject of scoring 考评对象, such as a unit, appealed against figures of this case 考评申诉.

    A subject may appeal once per case.
    """

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
    """Kind of the subject that appeals, such as `unit` or `officer`."""
    subject_id: str
    """Id of the unit, officer or account, or code of the street or district."""
    figures: tuple[str, ...]
    """Names of the adverse figures that the subject disputes, such as `overdue`."""
    text: Annotated[str, Redact.WITHHOLD]
    """Masked reason of the appeal."""
    due_at: Instant
    """Deadline of the decision about the appeal."""
    lodged_by: Actor
    """Person who appealed for the subject."""


class AppealDecided(Event):
    """An appeal was decided. If it was upheld, the disputed figures no longer count; the timeline does not change."""

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
    """Kind of the subject that appealed, such as `unit` or `officer`."""
    subject_id: str
    """Id of the unit, officer or account, or code of the street or district."""
    figures: tuple[str, ...]
    """Names of the disputed figures."""
    upheld: bool
    """True if the figures no longer count; false if they count as before."""
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason of the decision."""
    decided_by: Actor
