"""What is counted of evaluation: what reporters say, and what appeals take out of the counts again."""

from __future__ import annotations

from contracts.common import Actor
from contracts.events import evaluation
from contracts.events.acceptance import reporters
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import Appealed
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.scorer import Keeper

_LAST = ("feedback_solved", "feedback_not_solved", "feedback_satisfied", "feedback_fair", "feedback_dissatisfied")


def said(keeper: Keeper, event: evaluation.FeedbackRecorded) -> None:
    """Solved? Satisfied? For the unit that leads and for the street. The first answer of a reporter stands for itself; the
    last for what came of it, in the place of those before.
    """
    books = keeper.books
    answers = books.answers.get(event.report_id, 0)
    books.answers[event.report_id] = answers + 1
    keeper.strike_of(_LAST, f"{event.report_id}/{answers}")
    said = ("solved" if event.solved else "not_solved", *([event.satisfied] if event.satisfied is not None else []))
    for who in (keeper.lead, keeper.street):
        for each in said:
            if not answers:
                keeper.count(who, f"first_{each}", event.report_id)
            keeper.count(who, f"feedback_{each}", f"{event.report_id}/{answers + 1}")
    _called_back(keeper, event.recorded_by)


def call_back_tried(keeper: Keeper, event: evaluation.CallBackTried) -> None:
    """回访 without an answer."""
    _called_back(keeper, event.tried_by)


def _called_back(keeper: Keeper, by: Actor) -> None:
    """A call made by a person of the centre; what reporters write themselves is none."""
    clerk = keeper.account(by)
    if clerk:
        for who in (facts.intake_clerk(clerk), keeper.street):
            keeper.count(who, "called_back")


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
