"""Evaluation 评价: the final figures of a case."""

from __future__ import annotations

from typing import Literal

from contracts import labels
from contracts.base import Contract, Event
from contracts.events.evaluation.feedback import Satisfied
from contracts.timeline import (
    About,
    Sentence,
    label,
)

ExemptReason = Literal["storm", "appeal"]


class Figure(Contract):
    """One count for one subject: `1` of `figure` for `subject`."""

    kind: Literal[
        "officer", "intake_clerk", "shift_lead", "dispatcher", "unit", "street", "county", "centre", "clerk",
    ]  # fmt: skip
    """`centre` and `clerk` were names of earlier editions, for `street` and `intake_clerk`."""
    subject_id: str
    figure: str
    """As named in `contracts.figures`, for instance `completed_on_time`."""
    value: int = 1


class CaseEvaluated(Event):
    """The case's figures are final. The end of the loop."""

    TYPE = "evaluation.case_evaluated.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="本案各项数据最终确定，闭环结束。",
        timeline=Sentence(
            "评价完成：{outcome}", "Evaluated: {outcome}", {"outcome": label("outcome", labels.CLOSE_OUTCOMES)}
        ),
    )

    outcome: str
    solved: bool | None = None
    """What reporters said; none when nobody could be asked or answered."""
    satisfied: Satisfied | None = None
    figures: tuple[Figure, ...] = ()
    reworks: int = 0
    returns: int = 0
    was_overdue: bool = False
    """Never erased."""
    exempt_reason: ExemptReason | None = None
    """Why running over a limit is not counted: it was one of a storm, or an appeal was upheld (曾超时，不计)."""
