"""Counting of evaluation: answers of reporters and appeals."""

from __future__ import annotations

from contracts.common import Actor
from contracts.events import evaluation
from contracts.events.acceptance import reporters
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import Appeal
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.scorer import Scorer

_LATEST_ANSWER = (
    "feedback_solved",
    "feedback_not_solved",
    "feedback_satisfied",
    "feedback_fair",
    "feedback_dissatisfied",
)


def on_feedback_recorded(scorer: Scorer, event: evaluation.FeedbackRecorded) -> None:
    """Count a reporter's answer for the lead unit and the street.

    The figures `first_…` count only the first answer of a reporter. In the figures `feedback_…` the latest answer
    replaces earlier answers.
    """
    scores = scorer.scores
    answers = scores.answers.get(event.report_id, 0)
    scores.answers[event.report_id] = answers + 1
    scorer.reverse_about(_LATEST_ANSWER, f"{event.report_id}/{answers}")
    answered = ("solved" if event.solved else "not_solved", *([event.satisfied] if event.satisfied is not None else []))
    for who in (scorer.lead_unit, scorer.street):
        for each in answered:
            if not answers:
                scorer.count(who, f"first_{each}", event.report_id)
            scorer.count(who, f"feedback_{each}", f"{event.report_id}/{answers + 1}")
    _count_call_back(scorer, event.recorded_by)


def on_call_back_tried(scorer: Scorer, event: evaluation.CallBackTried) -> None:
    """Count a call-back 回访 that brought no answer."""
    _count_call_back(scorer, event.tried_by)


def _count_call_back(scorer: Scorer, by: Actor) -> None:
    """Count a call for the person of the centre who made it, and for the street."""
    clerk = scorer.account_of(by)
    if clerk:
        for who in (facts.intake_clerk(clerk), scorer.street):
            scorer.count(who, "called_back")


def on_appeal_lodged(scorer: Scorer, event: evaluation.AppealLodged) -> None:
    """Record an appeal. The figures still count unless the appeal is upheld later."""
    scorer.scores.appeals[event.appeal_id] = Appeal(kind=event.kind, subject_id=event.subject_id, figures=event.figures)


def on_appeal_decided(scorer: Scorer, event: evaluation.AppealDecided) -> None:
    """Stop counting the figures of an upheld appeal."""
    appeal = scorer.scores.appeals.get(event.appeal_id)
    if appeal is not None:
        appeal.upheld = event.upheld
    if event.upheld:
        scorer.exempt(Subject(event.kind, event.subject_id), event.figures)


def on_reporter_contacted(scorer: Scorer, event: reporters.ReporterContacted) -> None:
    """Judge the first contact 响应 with the reporter, if the reporter was reached."""
    if event.reached:
        scorer.judge_first_contact(reached=True)
