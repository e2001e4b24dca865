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
    """A number that one case adds to a figure of a unit, officer or other subject, such as one missed deadline."""

    kind: Subject
    """Kind of the subject, such as `unit` or `officer`."""
    subject_id: str
    """Id of the unit, officer or account, or code of the street or district."""
    figure: str
    """Name of the figure in `contracts.figures`, such as `completed_on_time`."""
    value: int = 1
    """Number to add: a number of minutes if the name of the figure ends in `_minutes`, otherwise a number of events."""


class CaseEvaluated(Event):
    """The figures of the case are final, and the loop ends for the case."""

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
    """Outcome with which the case was closed, such as `solved`; `forced` if a leader closed it without the closing
    condition."""
    solved: bool | None = None
    """True if all reporters who answered say *solved*, false if one says *not solved*; null or absent if nobody
    answered."""
    satisfied: Satisfied | None = None
    """Worst rating of the reporters; null or absent if nobody gave one."""
    figures: tuple[Figure, ...] = ()
    """Numbers that this case adds to the figures of units, officers and other subjects."""
    reworks: int = 0
    """Number of reworks 返工 that were ordered."""
    returns: int = 0
    """Number of accepted returns 退单."""
    was_overdue: bool = False
    """True if a limit of the case was ever overdue."""
    exempt_reason: ExemptReason | None = None
    """Why overdue limits do not count 曾超期，不计: a storm, or an upheld appeal. Null or absent if overdue limits
    count."""
