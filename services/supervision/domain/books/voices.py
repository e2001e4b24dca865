"""What is counted of evaluation: what reporters say, and what appeals take out of the counts again."""

from __future__ import annotations

from contracts import evaluation, reporters
from services.supervision.domain.books.facts import Subject
from services.supervision.domain.books.keeper import Keeper
from services.supervision.domain.books.state import Appealed


def said(keeper: Keeper, event: evaluation.FeedbackRecorded) -> None:
    """Solved? Satisfied? For the unit that leads and for the street; after each rework anew."""
    about = f"{event.report_id}/{keeper.books.reworks}"
    for who in (keeper.lead, keeper.street):
        keeper.count(who, "feedback_solved" if event.solved else "feedback_not_solved", about)
        if event.satisfied is not None:
            keeper.count(who, f"feedback_{event.satisfied}", about)


def appeal_lodged(keeper: Keeper, event: evaluation.AppealLodged) -> None:
    """A subject appeals: nothing changes until it is decided."""
    keeper.books.appeals[event.appeal_id] = Appealed(
        kind=event.kind, subject_id=event.subject_id, figures=event.figures
    )


def appeal_decided(keeper: Keeper, event: evaluation.AppealDecided) -> None:
    """Upheld: exempt from the counts. That it was overdue stays."""
    appeal = keeper.books.appeals.get(event.appeal_id)
    if appeal is not None:
        appeal.upheld = event.upheld
    if event.upheld:
        keeper.exempt(Subject(event.kind, event.subject_id), event.figures)


def contacted(keeper: Keeper, event: reporters.ReporterContacted) -> None:
    """响应: reached for the first time, in time or not, for the unit that leads."""
    if event.reached:
        keeper.judge_contact(reached=True)
