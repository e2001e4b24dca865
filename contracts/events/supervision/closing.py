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
    """A leader must review the outcome `explained` or `not_solvable` before the case can close."""

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
    """Outcome to review: `explained` or `not_solvable`."""
    due_at: Instant
    """Deadline of the review."""


class ReviewRecorded(Event):
    """The leader approved or refused the outcome of the case."""

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
    """True if the leader approved the outcome, so that the case closes; false if rework follows."""
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason."""
    decided_by: Actor


class ReworkOrdered(Event):
    """Rework 返工 was ordered: the unit has the same dispatch again, with a new clock."""

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
    """Unit that must rework the dispatch."""
    round: int
    """Number of the rework of this case: 1 for the first."""
    reason: Literal["recheck_failed", "review_refused", "reporter_not_solved", "sample_failed", "by_hand"]
    """Why rework is needed. `review_refused`: a leader refused the outcome. `sample_failed`: a sampled recheck failed.
    `by_hand`: a person decided."""
    note: Annotated[str, Redact.WITHHOLD]
    """Masked explanation of the reason."""
    milestones: tuple[MilestoneDue, ...]
    """Steps of the new limit, in order. The limit is shorter than the original one unless the case was reopened."""


class CaseClosed(Event):
    """The case was closed 结案.

    A case closes after a passed recheck or review, an answer at once, an approved settlement or a transfer to an
    emergency service, or because a leader closes it by force.
    """

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
    """Outcome of the case. `handed_over`: an emergency service took it over. `forced`: a leader closed it without the
    closing condition."""
    closing_condition_met: bool
    """True if the closing condition of the filing condition is met; false for `forced` and for a transfer to an
    emergency service."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked explanation."""
    forced: bool = False
    """True if a leader closed the case without the closing condition, and answers for this decision."""
    closed_by: Actor


class CaseReopened(Event):
    """The case was reopened, because a reporter said *not solved*, or because a person decided it."""

    TYPE = "supervision.case_reopened.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="重新打开：诉求人反映未解决，或由人发现。",
        timeline=Sentence("案件重开", "The case was reopened", note="note"),
    )

    reason: Literal["reporter_not_solved", "by_hand"]
    """`reporter_not_solved`: a reporter said that the problem is not solved. `by_hand`: a person reopened the case."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked explanation of the reason."""
    reopened_by: Actor
    dispatch_id: UUID | None = None
    """Dispatch that is reworked; null or absent if no unit had completed the case, so that routing decides again."""
    rework_round: int | None = None
    """Number of the rework that follows at once; null or absent without `dispatch_id`."""
