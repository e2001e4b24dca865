"""What is counted of clocks: deadlines that were kept, and those that ran over."""

from __future__ import annotations

from uuid import UUID

from contracts.events import supervision
from contracts.figures import CLOSING, DECISION, FILING, HANDLING, SAFETY, SIGNING, Deadline
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import BookedClock, BookedOrder, BookedPause
from services.supervision.domain.evaluation.score_entries.facts import Key, Subject
from services.supervision.domain.evaluation.score_entries.reporting import deadline_of
from services.supervision.domain.evaluation.score_entries.scorer import Keeper


def clock_started(keeper: Keeper, event: supervision.ClockStarted) -> None:
    """Watch it. Clocks of a dispatch that was sent back for rework are counted apart, and closing is judged once: what a case
    that was opened again is to be closed by counts for nothing.
    """
    order = keeper.books.orders.get(event.dispatch_id) if event.dispatch_id else None
    again = order.reworks > 0 if order is not None else event.name == "case" and keeper.books.closing_judged
    clock = BookedClock(
        name=event.name, due_at=event.due_at, dispatch_id=event.dispatch_id, task_id=event.task_id,
        centre_id=event.centre_id, milestone=event.milestone or "", coordinated=event.coordinated, rework=again,
    )  # fmt: skip
    keeper.books.clocks[event.clock_id] = clock
    if order is not None and clock.name == "handle" and not clock.rework:
        order.running.add(event.clock_id)
        order.due_at = max(order.due_at or clock.due_at, clock.due_at)


def clock_paused(keeper: Keeper, event: supervision.ClockPaused) -> None:
    """It stands still; with the clocks of an order, the order's time."""
    order = _running_order(keeper, event.clock_id)
    if order is not None and all(each.until is not None for each in order.pauses):
        order.pauses.append(BookedPause(since=keeper.at))


def clock_resumed(keeper: Keeper, event: supervision.ClockResumed) -> None:
    """It runs on, and is due later."""
    order = _running_order(keeper, event.clock_id)
    if order is not None and order.pauses and order.pauses[-1].until is None:
        order.pauses[-1].until = keeper.at
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
        _did_not_run_over(keeper, event.clock_id, clock)


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
        keeper.judge(who, FILING, clock_id, clock.due_at, on_time=on_time)


def _sign(keeper: Keeper, _: UUID, clock: BookedClock, on_time: bool) -> None:
    order = _order(keeper, clock)
    if order is not None and _counts(SIGNING, asked=clock.coordinated):
        unit = keeper.unit(order.unit_id, clock.dispatch_id)
        keeper.judge(unit, SIGNING, clock.dispatch_id, clock.due_at, on_time=on_time)


def _handle(keeper: Keeper, clock_id: UUID, clock: BookedClock, on_time: bool) -> None:
    """The last clock of a completed order judges it; the first milestone of an emergency says whether it was made safe."""
    order = _order(keeper, clock)
    if order is None or clock.rework:
        return
    unit = keeper.unit(order.unit_id, clock.dispatch_id)
    if _first_of_emergency(keeper, clock, order):
        _made_safe(keeper, clock_id, clock, on_time)
        if _counts(SAFETY, asked=clock.coordinated):
            keeper.judge(unit, SAFETY, clock.dispatch_id, clock.due_at, on_time=on_time)
    if order.done and not order.running and _counts(HANDLING, asked=order.coordinated):
        due_at = order.due_at or clock.due_at
        kept = not order.late if HANDLING.every_milestone else on_time
        keeper.judge(unit, HANDLING, clock.dispatch_id, due_at, on_time=kept)
        if unit is not None and keeper.counts(unit, HANDLING.due, clock.dispatch_id):
            keeper.count(unit, "due_completed", clock.dispatch_id, due_at)


def _counts(deadline: Deadline, *, asked: bool) -> bool:
    """Whether a deadline counts for a unit that was ordered, or (`asked`) for a coordinated one."""
    return not (asked and deadline.ordered_only)


def _first_of_emergency(keeper: Keeper, clock: BookedClock, order: BookedOrder) -> bool:
    return keeper.books.emergency and order.role != "co" and clock.milestone == order.first and not clock.rework


def _made_safe(keeper: Keeper, clock_id: UUID, clock: BookedClock, on_time: bool) -> None:
    """For the street an emergency is one, however many units were sent: the first that is safe, or late, decides."""
    if keeper.books.safety in (None, clock_id):
        keeper.books.safety = clock_id
        keeper.judge(keeper.street, SAFETY, keeper.case_id, clock.due_at, on_time=on_time)


def _dispatch(keeper: Keeper, clock_id: UUID, clock: BookedClock, on_time: bool) -> None:
    """Decided, or called the county in time: counted for the centre whose minutes they were, once."""
    keeper.judge(keeper.deciding(clock), DECISION, clock_id, clock.due_at, on_time=on_time)


def _promise(keeper: Keeper, _: UUID, clock: BookedClock, on_time: bool) -> None:
    """The promise to the reporter, for the street and for whoever closed by hand."""
    if clock.rework:
        return
    keeper.books.closing_judged = True
    by = facts.shift_lead(keeper.books.closed_by) if keeper.books.closed_by else None
    for who in (keeper.street, by):
        keeper.judge(who, CLOSING, keeper.case_id, clock.due_at, on_time=on_time)
    if keeper.counts(keeper.street, CLOSING.due, keeper.case_id):
        keeper.count(keeper.street, "due_closed", keeper.case_id, clock.due_at)


def _no_judgement(_keeper: Keeper, _clock_id: UUID, _clock: BookedClock, _on_time: bool) -> None:
    """Judged elsewhere: by the decision or the answer that stopped it."""


_JUDGED = {"dispatch": _dispatch, "sign": _sign, "handle": _handle, "case": _promise}


def _ran_over(keeper: Keeper, clock_id: UUID, clock: BookedClock) -> None:
    """A coordinated unit is asked, not ordered: it is never overdue."""
    if clock.coordinated or clock.red:
        return
    clock.red = True
    order = _order(keeper, clock)
    for who, missed, about in _against(keeper, clock_id, clock):
        keeper.judge(who, missed, about, clock.due_at, on_time=False)
    if order is None:
        return
    if clock.rework:
        keeper.count(keeper.unit(order.unit_id, clock.dispatch_id), "rework_overdue", clock_id, clock.due_at)
    elif clock.name == "handle":
        order.late.add(clock_id)
        if _first_of_emergency(keeper, clock, order):
            _made_safe(keeper, clock_id, clock, False)


def _did_not_run_over(keeper: Keeper, clock_id: UUID, clock: BookedClock) -> None:
    """A light is corrected. An order that was late for another milestone stays late."""
    clock.red = False
    order = _order(keeper, clock)
    if order is not None:
        order.late.discard(clock_id)
    for who, missed, about in _against(keeper, clock_id, clock):
        if missed is not HANDLING or order is None or not order.late:
            keeper.take_back(who, missed, about)
    if order is not None and clock.rework:
        unit = keeper.unit(order.unit_id, clock.dispatch_id)
        if unit is not None:
            keeper.strike(unit, "rework_overdue", clock_id, "corrected")
    if keeper.books.safety == clock_id:
        keeper.books.safety = None
        keeper.take_back(keeper.street, SAFETY, keeper.case_id)


Missed = tuple[Subject | None, Deadline, object]
"""Whose deadline, which, and of what."""


def _against(keeper: Keeper, clock_id: UUID, clock: BookedClock) -> list[Missed]:
    """What a clock that ran over shows to have been due and missed, though nobody has done it yet."""
    order = _order(keeper, clock)
    if order is not None:
        unit = keeper.unit(order.unit_id, clock.dispatch_id)
        if clock.name == "sign":
            return [(unit, SIGNING, clock.dispatch_id)]
        if clock.name != "handle" or clock.rework:
            return []
        first = _first_of_emergency(keeper, clock, order)
        return [(unit, HANDLING, clock.dispatch_id), *([(unit, SAFETY, clock.dispatch_id)] if first else [])]
    task = keeper.books.tasks.get(clock.task_id) if clock.task_id else None
    if task is not None:
        return [(facts.officer(task.officer_id), deadline_of(task), clock.task_id)] if task.officer_id else []
    by_name: dict[str, Missed] = {
        "file": (keeper.street, FILING, clock_id),
        "dispatch": (keeper.deciding(clock), DECISION, clock_id),
        "case": (keeper.street, CLOSING, keeper.case_id),
    }
    return [by_name[clock.name]] if clock.name in by_name and not clock.rework else []


def overrun(keeper: Keeper, clock_id: UUID | None) -> Key | None:
    """As what a running clock of an order that is past its limit counts against its unit; none where it is not past it, or
    counts against nobody.
    """
    clock = keeper.books.clocks.get(clock_id) if clock_id is not None else None
    unit = keeper.unit_of(_order(keeper, clock)) if clock is not None and clock.red else None
    if clock is None or unit is None:
        return None
    if clock.rework:
        return Key(unit.kind, unit.id, "rework_overdue", str(clock_id))
    missed = SIGNING.missed if clock.name == "sign" else HANDLING.missed
    return Key(unit.kind, unit.id, missed, str(clock.dispatch_id))


def _order(keeper: Keeper, clock: BookedClock) -> BookedOrder | None:
    """The order whose unit the clock runs against; none while the centre decides about it."""
    return keeper.books.orders.get(clock.dispatch_id) if clock.dispatch_id and clock.name != "dispatch" else None
