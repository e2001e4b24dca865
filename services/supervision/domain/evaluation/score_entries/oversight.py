"""What is counted of supervision: tasks, questions, orders, reworks, closings."""

from __future__ import annotations

from datetime import datetime

from contracts.clocks import deadline
from contracts.common import Actor
from contracts.events import supervision
from contracts.figures import QUESTION
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import Asked, BookedTask
from services.supervision.domain.evaluation.score_entries.deadlines import overrun
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.reporting import clerk, hand_on, task_done
from services.supervision.domain.evaluation.score_entries.scorer import Keeper
from services.supervision.domain.primitives.question_limits import limit_of


def recheck_requested(keeper: Keeper, event: supervision.RecheckRequested) -> None:
    """A task; whose it is comes later."""
    keeper.books.passed = False
    keeper.books.tasks[event.task_id] = BookedTask(
        kind="recheck", due_at=event.due_at, officer_id=event.officer_id, sample=event.sample
    )


def recheck_given(keeper: Keeper, event: supervision.RecheckAssigned | supervision.RecheckClaimed) -> None:
    """From now on it is this officer's time; one that already ran over stays with whoever let it."""
    if isinstance(event, supervision.RecheckAssigned):
        keeper.count(clerk(keeper, event.assigned_by), "recheck_sent", event.task_id)
    if event.officer_id is not None:
        hand_on(keeper, event.task_id, event.officer_id)


def recheck_passed_on(keeper: Keeper, event: supervision.RecheckPassedOn) -> None:
    """It is nobody's time until somebody has the task."""
    if event.due_at is not None and (task := keeper.books.tasks.get(event.task_id)) is not None:
        task.due_at = event.due_at
    hand_on(keeper, event.task_id, None)


def recheck_recorded(keeper: Keeper, event: supervision.RecheckRecorded) -> None:
    """The answer, for the unit, and for whoever looked."""
    books = keeper.books
    task = books.tasks.pop(event.task_id, None)
    if task is None:
        return
    books.passed = event.passed
    if not task.sample:
        for who in (keeper.lead, keeper.street):
            keeper.count(who, "recheck_passed" if event.passed else "recheck_failed", event.task_id)
    if task.sample and books.settled_by:
        held = "sample_passed" if event.passed else "sample_failed"
        keeper.count(facts.officer(books.settled_by), held, keeper.case_id)
    task_done(keeper, event.task_id, task, event.officer_id, event.recorded_by, on_time=event.on_time)


def sample_failed(keeper: Keeper, _: supervision.SampleFailed) -> None:
    """撤销计分: what did not hold was not settled."""
    keeper.strike(keeper.street, "settled", keeper.case_id, "corrected")
    if keeper.books.settled_by:
        keeper.strike(facts.officer(keeper.books.settled_by), "settled", keeper.case_id, "corrected")


def review_recorded(keeper: Keeper, event: supervision.ReviewRecorded) -> None:
    """A leader's approval closes it."""
    keeper.books.passed = event.approved


def rework_ordered(keeper: Keeper, event: supervision.ReworkOrdered) -> None:
    """返工."""
    order = keeper.books.orders.get(event.dispatch_id)
    if order is not None:
        order.reworks, order.round = order.reworks + 1, event.round
    keeper.books.passed = False
    again = order is not None and order.reworks > 1
    for who in (keeper.unit(event.unit_id, event.dispatch_id), keeper.street):
        keeper.count(who, "reworked", f"{event.dispatch_id}/{event.round}" if again else event.dispatch_id)
        keeper.count(who, "orders_reworked", event.dispatch_id)


def urged(keeper: Keeper, event: supervision.UnitUrged) -> None:
    """催办. By the clock it comes before its limit as a rule, and then not of running over."""
    came_of = overrun(keeper, event.clock_id)
    keeper.count(keeper.unit(event.unit_id, event.dispatch_id), "urged", came_of=came_of)
    keeper.count(_watcher(keeper, event.urged_by), "urges_given")


def ordered(keeper: Keeper, event: supervision.OrderIssued) -> None:
    """督办. By the clock it comes of running over and of nothing else; by a person, of whatever they thought. While no unit has
    the case it counts against the officer it waits for, or the street whose desk it is.
    """
    came_of = overrun(keeper, event.clock_id)
    if event.unit_id is not None:
        keeper.count(keeper.unit(event.unit_id, event.dispatch_id), "ordered", event.order_id, came_of=came_of)
    elif event.officer_id is not None:
        keeper.count(facts.officer(event.officer_id), "ordered", event.order_id)
    else:
        keeper.count(keeper.of_centre(event.centre_id), "ordered_in_house", event.order_id)
    keeper.count(_watcher(keeper, event.issued_by), "orders_given", event.order_id)


def _watcher(keeper: Keeper, by: Actor) -> Subject | None:
    """Whoever of the centre urges or orders by hand does a dispatcher's work; leaders are not scored."""
    account = keeper.account(by) if by.role != "leader" else ""
    return facts.dispatcher(account) if account else None


_HAPPENED = {"extension": "extended", "suspension": "suspended"}


def extension_decided(keeper: Keeper, event: supervision.ExtensionDecided) -> None:
    """延期 granted or refused."""
    _request_decided(keeper, event, "extension")


def suspension_decided(keeper: Keeper, event: supervision.SuspensionDecided) -> None:
    """挂账 granted or refused."""
    _request_decided(keeper, event, "suspension")


def _request_decided(
    keeper: Keeper, event: supervision.ExtensionDecided | supervision.SuspensionDecided, kind: str
) -> None:
    if event.granted:
        for who in (keeper.unit(event.unit_id, event.dispatch_id), keeper.street):
            keeper.count(who, f"{kind}_granted")
            keeper.count(who, f"orders_{_HAPPENED[kind]}", event.dispatch_id)
    due_at, by = keeper.books.requests.pop(f"{kind}/{event.dispatch_id}", None), keeper.account(event.decided_by)
    if due_at is not None and by:
        _answered(keeper, facts.dispatcher(by), f"{kind}/{event.dispatch_id}", due_at)


def attention_needed(keeper: Keeper, event: supervision.AttentionNeeded) -> None:
    """A question before a person."""
    limit = limit_of(event.reason, keeper.district.settings.stage_limits)
    due_at = deadline(keeper.at, limit, keeper.district.calendar).due_at
    keeper.books.asked[event.reason] = Asked(queue=event.queue, due_at=due_at)


def answer_moved(keeper: Keeper, event: supervision.AnswerDueMoved) -> None:
    """The calendar of a year was announced: answers are judged by what is shown from now on."""
    books = keeper.books
    if event.what == "first_contact":
        keeper.move_contact(event.due_at, provisional=event.provisional)
    elif event.reason is not None and event.reason in books.asked:
        books.asked[event.reason].due_at = event.due_at
    elif (request := f"{event.what}/{event.dispatch_id}") in books.requests:
        books.requests[request] = event.due_at


def attention_settled(keeper: Keeper, event: supervision.AttentionSettled) -> None:
    """Whoever it was put before answered it. What fell away is nobody's; leaders are not scored."""
    asked, by = keeper.books.asked.pop(event.reason, None), keeper.account(event.settled_by)
    if asked is None or not event.answered or not by or asked.queue == "leader":
        return
    who = facts.shift_lead(by) if asked.queue == "shift_lead" else facts.dispatcher(by)
    _answered(keeper, who, event.reason, asked.due_at)


def _answered(keeper: Keeper, who: Subject, what: str, due_at: datetime) -> None:
    """A question was answered, in time or not."""
    keeper.judge(who, QUESTION, f"{what}/{due_at.isoformat()}", due_at, on_time=keeper.at <= due_at)


def closed(keeper: Keeper, event: supervision.CaseClosed) -> None:
    """结案. Closed by hand when somebody vouched for it, and no recheck, review or answer had passed it. What an emergency
    service has taken over whole is closed by that.
    """
    books, by = keeper.books, keeper.account(event.closed_by)
    keeper.count(keeper.street, "closed", keeper.case_id)
    keeper.judge_contact(reached=False)
    if event.forced:
        keeper.count(keeper.street, "forced", keeper.case_id)
    elif by and event.closing_condition_met and not books.passed:
        books.closed_by = by
        keeper.count(facts.shift_lead(by), "closed_by_hand", keeper.case_id)
