"""Score entries from the events of supervision.

They count rechecks, reminders, supervision orders, extensions, suspensions, questions to the centre, reworks and
closings.
"""

from __future__ import annotations

from datetime import datetime

from contracts.clocks import deadline
from contracts.common import Actor
from contracts.events import supervision
from contracts.figures import QUESTION
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import OpenQuestion, ScoredTask
from services.supervision.domain.evaluation.score_entries.deadlines import overdue_fact
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.reporting import clerk_of, count_task_done, give_task_to
from services.supervision.domain.evaluation.score_entries.scorer import Scorer
from services.supervision.domain.primitives.question_limits import limit_of


def on_recheck_requested(scorer: Scorer, event: supervision.RecheckRequested) -> None:
    """Record a recheck task, so that it can be judged."""
    scorer.scores.passed = False
    scorer.scores.tasks[event.task_id] = ScoredTask(
        kind="recheck", due_at=event.due_at, officer_id=event.officer_id, sample=event.sample
    )


def on_recheck_given(scorer: Scorer, event: supervision.RecheckAssigned | supervision.RecheckClaimed) -> None:
    """Make the officer who received a recheck task answerable for that task.

    If the task is already overdue, the officer who was late stays answerable. An assignment also counts for the person
    of the centre who assigned the task.
    """
    if isinstance(event, supervision.RecheckAssigned):
        scorer.count(clerk_of(scorer, event.assigned_by), "recheck_sent", event.task_id)
    if event.officer_id is not None:
        give_task_to(scorer, event.task_id, event.officer_id)


def on_recheck_passed_on(scorer: Scorer, event: supervision.RecheckPassedOn) -> None:
    """Make nobody answerable for a passed-on recheck task, until another officer receives the task."""
    if event.due_at is not None and (task := scorer.scores.tasks.get(event.task_id)) is not None:
        task.due_at = event.due_at
    give_task_to(scorer, event.task_id, None)


def on_recheck_recorded(scorer: Scorer, event: supervision.RecheckRecorded) -> None:
    """Count the result of a recheck for the lead unit and the street, and the task for the person who rechecked.

    The result of a random recheck of a settlement counts for the officer who settled the case instead.
    """
    scores = scorer.scores
    task = scores.tasks.pop(event.task_id, None)
    if task is None:
        return
    scores.passed = event.passed
    if not task.sample:
        for who in (scorer.lead_unit, scorer.street):
            scorer.count(who, "recheck_passed" if event.passed else "recheck_failed", event.task_id)
    if task.sample and scores.settled_by:
        figure = "sample_passed" if event.passed else "sample_failed"
        scorer.count(facts.officer(scores.settled_by), figure, scorer.case_id)
    count_task_done(scorer, event.task_id, task, event.officer_id, event.recorded_by, on_time=event.on_time)


def on_sample_failed(scorer: Scorer, _: supervision.SampleFailed) -> None:
    """Reverse 撤销计分 a settlement on the spot, because its random recheck failed."""
    scorer.reverse(scorer.street, "settled", scorer.case_id, "corrected")
    if scorer.scores.settled_by:
        scorer.reverse(facts.officer(scorer.scores.settled_by), "settled", scorer.case_id, "corrected")


def on_review_recorded(scorer: Scorer, event: supervision.ReviewRecorded) -> None:
    """Record whether the leader approved the case under review."""
    scorer.scores.passed = event.approved


def on_rework_ordered(scorer: Scorer, event: supervision.ReworkOrdered) -> None:
    """Count a rework 返工 for the unit and the street."""
    dispatch = scorer.scores.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.reworks, dispatch.round = dispatch.reworks + 1, event.round
    scorer.scores.passed = False
    again = dispatch is not None and dispatch.reworks > 1
    for who in (scorer.unit(event.unit_id, event.dispatch_id), scorer.street):
        scorer.count(who, "reworked", f"{event.dispatch_id}/{event.round}" if again else event.dispatch_id)
        scorer.count(who, "dispatches_reworked", event.dispatch_id)


def on_unit_urged(scorer: Scorer, event: supervision.UnitUrged) -> None:
    """Count a reminder 催办.

    An automatic reminder about an overdue clock counts only while the overdue clock counts.
    """
    depends_on = overdue_fact(scorer, event.clock_id)
    scorer.count(scorer.unit(event.unit_id, event.dispatch_id), "urged", depends_on=depends_on)
    scorer.count(_dispatcher_of(scorer, event.urged_by), "reminders_sent")


def on_supervision_order_issued(scorer: Scorer, event: supervision.SupervisionOrderIssued) -> None:
    """Count a supervision order 督办.

    An automatic order about an overdue clock counts only while the overdue clock counts. An order inside the centre
    counts against the officer who received it or, if no officer did, against the street.
    """
    depends_on = overdue_fact(scorer, event.clock_id)
    if event.unit_id is not None:
        scorer.count(
            scorer.unit(event.unit_id, event.dispatch_id), "supervision_orders", event.order_id, depends_on=depends_on
        )
    elif event.officer_id is not None:
        scorer.count(facts.officer(event.officer_id), "supervision_orders", event.order_id)
    else:
        scorer.count(scorer.street_of_centre(event.centre_id), "supervision_orders_in_house", event.order_id)
    scorer.count(_dispatcher_of(scorer, event.issued_by), "supervision_orders_given", event.order_id)


def _dispatcher_of(scorer: Scorer, by: Actor) -> Subject | None:
    """Return the person of the centre who acted, as a subject of kind `dispatcher`.

    Return `None` for leaders and for actors outside the centre.
    """
    account = scorer.account_of(by) if by.role != "leader" else ""
    return facts.dispatcher(account) if account else None


_GRANTED = {"extension": "extended", "suspension": "suspended"}


def on_extension_decided(scorer: Scorer, event: supervision.ExtensionDecided) -> None:
    """Count a decision about an extension 延期."""
    _count_decision(scorer, event, "extension")


def on_suspension_decided(scorer: Scorer, event: supervision.SuspensionDecided) -> None:
    """Count a decision about a suspension 挂账."""
    _count_decision(scorer, event, "suspension")


def _count_decision(
    scorer: Scorer, event: supervision.ExtensionDecided | supervision.SuspensionDecided, kind: str
) -> None:
    if event.granted:
        for who in (scorer.unit(event.unit_id, event.dispatch_id), scorer.street):
            scorer.count(who, f"{kind}_granted")
            scorer.count(who, f"dispatches_{_GRANTED[kind]}", event.dispatch_id)
    due_at, by = scorer.scores.requests.pop(f"{kind}/{event.dispatch_id}", None), scorer.account_of(event.decided_by)
    if due_at is not None and by:
        _judge_answer(scorer, facts.dispatcher(by), f"{kind}/{event.dispatch_id}", due_at)


def on_attention_needed(scorer: Scorer, event: supervision.AttentionNeeded) -> None:
    """Record a question to a person of the centre, so that the answer can be judged."""
    limit = limit_of(event.reason, scorer.district.settings.stage_limits)
    due_at = deadline(scorer.at, limit, scorer.district.calendar).due_at
    scorer.scores.open_questions[event.reason] = OpenQuestion(queue=event.queue, due_at=due_at)


def on_answer_due_moved(scorer: Scorer, event: supervision.AnswerDueMoved) -> None:
    """Move the deadline of an answer or of the first contact, because the calendar was announced."""
    scores = scorer.scores
    if event.kind == "first_contact":
        scorer.move_first_contact(event.due_at, provisional=event.provisional)
    elif event.reason is not None and event.reason in scores.open_questions:
        scores.open_questions[event.reason].due_at = event.due_at
    elif (request := f"{event.kind}/{event.dispatch_id}") in scores.requests:
        scores.requests[request] = event.due_at


def on_attention_settled(scorer: Scorer, event: supervision.AttentionSettled) -> None:
    """Judge whether a question was answered in time.

    Questions that were closed without an answer are not judged, nor are questions to leaders.
    """
    asked, by = scorer.scores.open_questions.pop(event.reason, None), scorer.account_of(event.settled_by)
    if asked is None or not event.answered or not by or asked.queue == "leader":
        return
    who = facts.shift_lead(by) if asked.queue == "shift_lead" else facts.dispatcher(by)
    _judge_answer(scorer, who, event.reason, asked.due_at)


def _judge_answer(scorer: Scorer, who: Subject, what: str, due_at: datetime) -> None:
    """Count whether a question or request was answered in time."""
    scorer.judge(who, QUESTION, f"{what}/{due_at.isoformat()}", due_at, on_time=scorer.at <= due_at)


def on_case_closed(scorer: Scorer, event: supervision.CaseClosed) -> None:
    """Count a closing 结案.

    A case counts as closed by hand if a person confirmed the closing condition, and no recheck, review or direct answer
    had passed.
    """
    scores, by = scorer.scores, scorer.account_of(event.closed_by)
    scorer.count(scorer.street, "closed", scorer.case_id)
    scorer.judge_first_contact(reached=False)
    if event.forced:
        scorer.count(scorer.street, "forced", scorer.case_id)
    elif by and event.closing_condition_met and not scores.passed:
        scores.closed_by = by
        scorer.count(facts.shift_lead(by), "closed_by_hand", scorer.case_id)
