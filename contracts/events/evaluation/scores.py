"""Evaluation 评价: the final figures of a case."""

from __future__ import annotations

from typing import Literal

from contracts import labels
from contracts.base import Contract, Event
from contracts.events.evaluation.feedback import Satisfied
from contracts.figures import Subject
from contracts.timeline import About, Sentence, label

__all__ = [
    "CaseEvaluated",
    "ExemptReason",
    "Figure",
]

ExemptReason = Literal["storm", "appeal"]


class Figure(Contract):
    """One counted event: it adds `value` to a figure of a subject."""

    kind: Subject
    subject_id: str
    figure: str
    """Name of the figure in `contracts.figures`, such as `completed_on_time`."""
    value: int = 1


class CaseEvaluated(Event):
    """The figures of the case are final; the loop ends."""

    TYPE = "evaluation.case_evaluated.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="本案各项数据最终确定，闭环结束。",
        timeline=Sentence(
            "评价完成：{outcome}",
            "The case was evaluated: {outcome}",
            {"outcome": label("outcome", labels.CLOSE_OUTCOMES)},
        ),
    )

    outcome: str
    solved: bool | None = None
    """Answer of the reporters; `None` if there is none."""
    satisfied: Satisfied | None = None
    figures: tuple[Figure, ...] = ()
    reworks: int = 0
    returns: int = 0
    was_overdue: bool = False
    """True if a limit was ever overdue."""
    exempt_reason: ExemptReason | None = None
    """Reason for not counting an overdue limit 曾超期，不计: a storm or an upheld appeal."""
