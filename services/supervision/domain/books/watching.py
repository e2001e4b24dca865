"""What is counted of supervision: clocks that were kept or ran over, tasks, questions, orders, reworks, closings."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts import supervision
from contracts.clocks import Pause, deadline
from services.supervision.domain.books import facts
from services.supervision.domain.books.facts import Subject
from services.supervision.domain.books.keeper import Keeper
from services.supervision.domain.books.reports import hand_on, task_done
from services.supervision.domain.books.state import Asked, BookedClock, BookedOrder, BookedTask
from services.supervision.domain.questions import limit_of


def clock_started(keeper: Keeper, event: supervision.ClockStarted) -> None:
    """Watch it. Clocks of a dispatch that was sent back for rework are counted apart."""
    order = keeper.books.orders.get(event.dispatch_id) if event.dispatch_id else None
    clock = BookedClock(
        name=event.name, due_at=event.due_at, dispatch_id=event.dispatch_id, task_id=event.task_id,
        centre_id=event.centre_id, milestone=event.milestone or "", coordinated=event.coordinated, rework=order is not None and order.reworks > 0,
    )  # fmt: skip
    keeper.books.clocks[event.clock_id] = clock
    if order is not None and clock.name == "handle" and not clock.rework:
        order.running.add(event.clock_id)
        order.due_at = max(order.due_at or clock.due_at, clock.due_at)


def clock_paused(keeper: Keeper, event: supervision.ClockPaused) -> None:
    """It stands still; with the clocks of an order, the order's time."""
    order = _running_order(keeper, event.clock_id)
    if order is not None and all(each.until is not None for each in order.pauses):
        order.pauses.append(Pause(keeper.at))


def clock_resumed(keeper: Keeper, event: supervision.ClockResumed) -> None:
    """It runs on, and is due later."""
    order = _running_order(keeper, event.clock_id)
    if order is not None and order.pauses and order.pauses[-1].until is None:
        order.pauses[-1] = Pause(order.pauses[-1].since, keeper.at)
    clock_moved(keeper, event)


def _running_order(keeper: Keeper, clock_id: UUID) -> BookedOrder | None:
    """The order that this clock is a handling clock of."""
    clock = keeper.books.clocks.get(clock_id)
    order = _order(keeper, clock) if clock is not None else None
    return order if order is not None and clock_id in order.running else None


def clock_moved(keeper: Keeper, event: supervision.ClockResumed | supervision.DeadlineMoved) -> None:
    """It is due at another instant."""
    clock = keeper.books.clocks.get(event.clock_id)
    if clock is None:
        return
    clock.due_at = event.due_at
    if clock.task_id is not None and clock.task_id in keeper.books.tasks:
        keeper.books.tasks[clock.task_id].due_at = event.due_at
    order = _order(keeper, clock)
    if order is not None and event.clock_id in order.running:
        order.due_at = max(keeper.books.clocks[each].due_at for each in order.running if each in keeper.books.clocks)


def light_changed(keeper: Keeper, event: supervision.LightChanged) -> None:
    """Red: it ran over. A corrected light takes that back."""
    clock = keeper.books.clocks.get(event.clock_id)
    if clock is None:
        return
    if event.light == "red":
        _ran_over(keeper, event.clock_id, clock)
    elif event.corrected and clock.red:
        clock.red = False
        for subject, figure, about in (*_late(keeper, event.clock_id, clock), *_due(keeper, event.clock_id, clock)):
            keeper.strike(subject, figure, about, "corrected")
        if (order := _order(keeper, clock)) is not None:
            order.late.discard(event.clock_id)


def clock_stopped(keeper: Keeper, event: supervision.ClockStopped) -> None:
    """It ended: in time or not. A cancelled one judges nobody, unless it had run over before."""
    clock = keeper.books.clocks.pop(event.clock_id, None)
    if clock is None:
        return
    if not event.on_time:
        _ran_over(keeper, event.clock_id, clock)
    order = _order(keeper, clock)
    if order is not None:
        order.running.discard(event.clock_id)
    if clock.name == "file":
        _filing(keeper, event.clock_id, clock, on_time=event.on_time)
    elif not event.cancelled:
        _JUDGED.get(clock.name, _no_judgement)(keeper, event.clock_id, clock, event.on_time)


def _filing(keeper: Keeper, clock_id: UUID, clock: BookedClock, *, on_time: bool) -> None:
    """The desk's clock ends with its decision, whichever it was; one that falls away judges nobody."""
    desk, keeper.books.desk = keeper.books.desk, None
    if desk is None:
        return
    for who in (keeper.street, facts.intake_clerk(desk) if desk else None):
        keeper.count(who, "filing_due", clock_id, clock.due_at)
        if on_time:
            keeper.count(who, "filed_on_time", clock_id, clock.due_at)


def _sign(keeper: Keeper, _: UUID, clock: BookedClock, on_time: bool) -> None:
    order = _order(keeper, clock)
    if order is not None:
        unit = keeper.unit(order.unit_id, clock.dispatch_id)
        keeper.count(unit, "sign_due", clock.dispatch_id, clock.due_at)
        if on_time:
            keeper.count(unit, "signed_on_time", clock.dispatch_id, clock.due_at)


def _handle(keeper: Keeper, _: UUID, clock: BookedClock, on_time: bool) -> None:
    """The last clock of a completed order judges it; the first milestone of an emergency says whether it was made safe."""
    order = _order(keeper, clock)
    if order is None or clock.rework:
        return
    unit = keeper.unit(order.unit_id, clock.dispatch_id)
    if keeper.books.emergency and order.role != "co" and clock.milestone == order.first:
        for who, about in ((unit, clock.dispatch_id), (keeper.street, keeper.case_id)):
            keeper.count(who, "emergency_due", about, clock.due_at)
            if on_time:
                keeper.count(who, "emergency_safe", about, clock.due_at)
    if order.done and not order.running and not order.coordinated:
        keeper.count(unit, "handling_due", clock.dispatch_id, order.due_at)
        if not order.late:
            keeper.count(unit, "completed_on_time", clock.dispatch_id, order.due_at)


def _dispatch(keeper: Keeper, clock_id: UUID, clock: BookedClock, on_time: bool) -> None:
    """Decided, or called the county in time: counted for the centre whose minutes they were, once."""
    keeper.count(keeper.deciding(clock), "decision_due", clock_id, clock.due_at)
    if on_time:
        keeper.count(keeper.deciding(clock), "decided_on_time", clock_id, clock.due_at)


def _promise(keeper: Keeper, _: UUID, clock: BookedClock, on_time: bool) -> None:
    """The promise to the reporter, for the street and for whoever closed by hand."""
    by = facts.shift_lead(keeper.books.closed_by) if keeper.books.closed_by else None
    for who in (keeper.street, by):
        keeper.count(who, "closing_due", keeper.case_id, clock.due_at)
        if on_time:
            keeper.count(who, "closed_on_time", keeper.case_id, clock.due_at)
    keeper.count(keeper.street, "due_closed", keeper.case_id, clock.due_at)


def _no_judgement(_keeper: Keeper, _clock_id: UUID, _clock: BookedClock, _on_time: bool) -> None:
    """Judged elsewhere: by the decision or the answer that stopped it."""


_JUDGED = {"dispatch": _dispatch, "sign": _sign, "handle": _handle, "case": _promise}


def _ran_over(keeper: Keeper, clock_id: UUID, clock: BookedClock) -> None:
    """A coordinated unit is asked, not ordered: it is never overdue."""
    if clock.coordinated or clock.red:
        return
    clock.red = True
    for subject, figure, about in (*_due(keeper, clock_id, clock), *_late(keeper, clock_id, clock)):
        keeper.count(subject, figure, about, clock.due_at)
    order = _order(keeper, clock)
    if order is not None and clock.name == "handle" and not clock.rework:
        order.late.add(clock_id)


Counted = tuple[Subject, str, object]
"""Whose figure, which, and of what."""


def _due(keeper: Keeper, clock_id: UUID, clock: BookedClock) -> list[Counted]:
    """What a clock that ran over shows to have been due, though nobody has done it yet."""
    order, street = _order(keeper, clock), keeper.street
    by_name: dict[str, list[Counted]] = {
        "file": [(street, "filing_due", clock_id)],
        "dispatch": [(keeper.deciding(clock), "decision_due", clock_id)],
        "case": [(street, "closing_due", keeper.case_id)],
    }
    if order is not None and not clock.rework:
        unit = keeper.unit(order.unit_id, clock.dispatch_id)
        first = keeper.books.emergency and order.role != "co" and clock.milestone == order.first
        by_name["handle"] = [(street, "emergency_due", keeper.case_id)] if first else []
        if unit is not None:
            by_name["sign"] = [(unit, "sign_due", clock.dispatch_id)]
            by_name["handle"].append((unit, "handling_due", clock.dispatch_id))
            if first:
                by_name["handle"].append((unit, "emergency_due", clock.dispatch_id))
    task = keeper.books.tasks.get(clock.task_id) if clock.task_id else None
    if task is not None and task.officer_id is not None:
        by_name[clock.name] = [(facts.officer(task.officer_id), "task_due", clock.task_id)]
    return by_name.get(clock.name, [])


def _late(keeper: Keeper, clock_id: UUID, clock: BookedClock) -> list[Counted]:
    """What counts against somebody."""
    order = _order(keeper, clock)
    task = keeper.books.tasks.get(clock.task_id) if clock.task_id else None
    if task is not None:
        return [(facts.officer(task.officer_id), "task_overdue", clock.task_id)] if task.officer_id else []
    if clock.name == "case":
        return [(keeper.street, "closing_overdue", keeper.case_id)]
    unit = keeper.unit(order.unit_id, clock.dispatch_id) if order is not None else None
    if unit is None:
        return []
    if clock.name == "sign":
        return [(unit, "sign_overdue", clock.dispatch_id)]
    return [(unit, "rework_overdue", clock_id) if clock.rework else (unit, "overdue", clock.dispatch_id)]


def _order(keeper: Keeper, clock: BookedClock) -> BookedOrder | None:
    """The order whose unit the clock runs against; none while the centre decides about it."""
    return keeper.books.orders.get(clock.dispatch_id) if clock.dispatch_id and clock.name != "dispatch" else None


def recheck_requested(keeper: Keeper, event: supervision.RecheckRequested) -> None:
    """A task; whose it is comes later."""
    keeper.books.passed = False
    keeper.books.tasks[event.task_id] = BookedTask(
        due_at=event.due_at, officer_id=event.officer_id, sample=event.sample
    )


def recheck_given(keeper: Keeper, event: supervision.RecheckAssigned | supervision.RecheckClaimed) -> None:
    """From now on it is this officer's time; one that already ran over stays with whoever let it."""
    if event.officer_id is not None:
        hand_on(keeper, event.task_id, event.officer_id)


def recheck_passed_on(keeper: Keeper, event: supervision.RecheckPassedOn) -> None:
    """It is nobody's time until somebody has the task."""
    hand_on(keeper, event.task_id, None)


def recheck_recorded(keeper: Keeper, event: supervision.RecheckRecorded) -> None:
    """The answer, for the unit, and for whoever looked."""
    books = keeper.books
    task = books.tasks.pop(event.task_id, None)
    if task is None:
        return
    books.passed = event.passed
    if not task.sample:
        keeper.count(keeper.lead, "recheck_passed" if event.passed else "recheck_failed", event.task_id)
    if task.sample and books.settled_by:
        held = "sample_passed" if event.passed else "sample_failed"
        keeper.count(facts.officer(books.settled_by), held, event.task_id)
    task_done(keeper, event.task_id, task, event.officer_id, event.recorded_by, on_time=event.on_time)


def sample_failed(keeper: Keeper, _: supervision.SampleFailed) -> None:
    """撤销计分: what did not hold was not settled."""
    if keeper.books.settled_by:
        keeper.strike(facts.officer(keeper.books.settled_by), "settled", keeper.case_id, "corrected")


def review_recorded(keeper: Keeper, event: supervision.ReviewRecorded) -> None:
    """A leader's approval closes it."""
    keeper.books.passed = event.approved


def rework_ordered(keeper: Keeper, event: supervision.ReworkOrdered) -> None:
    """返工."""
    order = keeper.books.orders.get(event.dispatch_id)
    if order is not None:
        order.reworks += 1
    keeper.books.passed = False
    keeper.count(keeper.unit(event.unit_id, event.dispatch_id), "reworked")
    keeper.count(keeper.street, "reworked")


def urged(keeper: Keeper, event: supervision.UnitUrged) -> None:
    """催办."""
    keeper.count(keeper.unit(event.unit_id, event.dispatch_id), "urged")


def ordered(keeper: Keeper, event: supervision.OrderIssued) -> None:
    """督办."""
    keeper.count(keeper.unit(event.unit_id, event.dispatch_id), "ordered", event.order_id)


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
        keeper.count(keeper.unit(event.unit_id, event.dispatch_id), f"{kind}_granted")
    due_at, by = keeper.books.requests.pop(f"{kind}/{event.dispatch_id}", None), keeper.account(event.decided_by)
    if due_at is not None and by:
        _answered(keeper, facts.dispatcher(by), due_at)


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
    """Somebody decided it. Leaders are not scored."""
    asked, by = keeper.books.asked.pop(event.reason, None), keeper.account(event.settled_by)
    if asked is None or not by or asked.queue == "leader":
        return
    who = facts.shift_lead(by) if asked.queue == "shift_lead" else facts.dispatcher(by)
    _answered(keeper, who, asked.due_at)


def _answered(keeper: Keeper, who: Subject, due_at: datetime) -> None:
    """A question was answered, in time or not."""
    about = f"{due_at.isoformat()}/{keeper.at.isoformat()}"
    keeper.count(who, "question_due", about, due_at)
    if keeper.at <= due_at:
        keeper.count(who, "question_on_time", about, due_at)


def closed(keeper: Keeper, event: supervision.CaseClosed) -> None:
    """结案. Closed by hand when no recheck, review or answer had passed it."""
    books, by = keeper.books, keeper.account(event.closed_by)
    keeper.count(keeper.street, "closed", keeper.case_id)
    keeper.judge_contact(reached=False)
    if event.forced:
        keeper.count(keeper.street, "forced", keeper.case_id)
    elif by and not books.passed:
        books.closed_by = by
        keeper.count(facts.shift_lead(by), "closed_by_hand", keeper.case_id)
