"""Supervision 监督: review, rework, closing and reopening of a case."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.command import MilestoneDue
from contracts.marks import Redact
from contracts.timeline import About, Choice, Sentence, UnitId, label

__all__ = [
    "CaseClosed",
    "CaseReopened",
    "CloseOutcome",
    "ReviewRecorded",
    "ReviewRequested",
    "ReworkOrdered",
]

CloseOutcome = Literal["solved", "settled_on_the_spot", "answered", "explained", "mediated", "handed_over", "forced"]


class ReviewRequested(Event):
    """A leader must review the outcome `explained` or `not_solvable` before the case closes."""

    TYPE = "supervision.review_requested.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="结果为“解释说明”或“无法解决”，须领导审核后方可结案。",
        timeline=Sentence(
            "提请领导审核（{outcome}），{due_at} 前完成",
            "A leader's review was requested ({outcome}), due {due_at}",
            {"outcome": label("outcome", labels.WORK_OUTCOMES)},
        ),
    )

    review_id: UUID
    outcome: str
    due_at: Instant


class ReviewRecorded(Event):
    """The leader decided on the review."""

    TYPE = "supervision.review_recorded.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="领导审核的决定。",
        timeline=Choice(
            "approved",
            {
                True: Sentence("领导审核同意", "The leader approved the outcome", note="note"),
                False: Sentence("领导审核不同意", "The leader refused the outcome", note="note"),
            },
        ),
    )

    review_id: UUID
    approved: bool
    note: Annotated[str, Redact.WITHHOLD]
    decided_by: Actor


class ReworkOrdered(Event):
    """Rework 返工 was ordered: the same dispatch again, with a new clock."""

    TYPE = "supervision.rework_ordered.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="返工：同一派遣单，重新计时。",
        timeline=Sentence(
            "责令{unit_id}返工（第{round}次）：{reason}",
            "{unit_id} was ordered to rework the case (round {round}): {reason}",
            {"reason": label("reason", labels.REWORK_REASONS)},
            note="note",
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    round: int
    reason: Literal["recheck_failed", "review_refused", "reporter_not_solved", "sample_failed", "by_hand"]
    note: Annotated[str, Redact.WITHHOLD]
    milestones: tuple[MilestoneDue, ...]


class CaseClosed(Event):
    """The case was closed 结案, after an independent recheck or by force of a responsible person."""

    TYPE = "supervision.case_closed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="结案：由无关第三方确认已解决，或由人强制结案并承担责任。",
        timeline=Sentence(
            "结案：{outcome}",
            "The case was closed: {outcome}",
            {"outcome": label("outcome", labels.CLOSE_OUTCOMES)},
            note="note",
        ),
    )

    outcome: CloseOutcome
    closing_condition_met: bool
    note: Annotated[str, Redact.WITHHOLD] = ""
    forced: bool = False
    closed_by: Actor


class CaseReopened(Event):
    """The case was reopened, by a reporter's *not solved* or by a person."""

    TYPE = "supervision.case_reopened.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="重新打开：诉求人反映未解决，或由人发现。",
        timeline=Sentence("案件重开", "The case was reopened", note="note"),
    )

    reason: Literal["reporter_not_solved", "by_hand"]
    note: Annotated[str, Redact.WITHHOLD] = ""
    reopened_by: Actor
    dispatch_id: UUID | None = None
    """Dispatch that is reworked; `None` if no unit had completed the case and routing decides again."""
    rework_round: int | None = None
    """Round of the rework that follows at once."""
