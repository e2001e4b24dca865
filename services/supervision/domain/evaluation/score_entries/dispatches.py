"""What is counted of command and handling: decisions, orders, returns, completions, requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from contracts.clocks import Pause, deadline, elapsed
from contracts.events import command, handling
from contracts.figures import DECISION
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import BookedOrder
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.recurrences import count_repeat
from services.supervision.domain.evaluation.score_entries.scorer import Keeper


def routed(keeper: Keeper, event: command.CaseRouted) -> None:
    """Who decided: a person, or the list. Calling somebody in or sending them ahead is decided by hand, too, but says nothing
    about who acts; calling off decides nothing at all.
    """
    if event.calls_off:
        return
    by = keeper.account(event.decided_by)
    if not event.beside:
        keeper.books.routed_by = by
    keeper.count(_dispatcher(by), "decided", event.round)


def dispatched(keeper: Keeper, event: command.CaseDispatched) -> None:
    """An order for its unit. The lead's order ends command's minutes, and shows whether the lead before was wrong."""
    books = keeper.books
    figure = "dispatched" if event.handover is None else "handed_over"
    keeper.count(facts.unit(event.unit_id), figure, event.dispatch_id)
    keeper.count(keeper.street, "dispatched", event.dispatch_id)
    if event.role == "lead":
        _decided(keeper, books.routed_by, None)
        _wrong_before(keeper, event.unit_id)
        keeper.await_contact()
    books.orders[event.dispatch_id] = BookedOrder(
        unit_id=event.unit_id, role=event.role, at=keeper.at, place=len(books.orders), coordinated=event.coordinated,
        handover=event.handover is not None, first=event.milestones[0].name if event.milestones else "", decided_by=books.routed_by,
        time_unit=event.milestones[-1].unit if event.milestones else "work_hour",
    )  # fmt: skip


def _decided(keeper: Keeper, by: str, returned: UUID | None) -> None:
    """Command has decided, in time or not: who acts, or whether the order that is named may be given back."""
    for clock_id, clock in keeper.books.clocks.items():
        if clock.name == "dispatch" and clock.dispatch_id == returned:
            for who in (keeper.deciding(clock), _dispatcher(by)):
                keeper.judge(who, DECISION, clock_id, clock.due_at, on_time=keeper.at <= clock.due_at)


def _wrong_before(keeper: Keeper, unit_id: str) -> None:
    """Wrong dispatch: the lead changed after an accepted return. It counts for whoever had chosen the former one."""
    returned = keeper.books.returned
    if returned is None:
        return
    keeper.books.returned = None
    before = keeper.books.orders[returned]
    if before.unit_id != unit_id:
        keeper.count(keeper.street, "wrong_dispatch", returned)
        keeper.count(_dispatcher(before.decided_by), "wrong_dispatch", returned)


def taken_back(keeper: Keeper, event: command.DispatchWithdrawn | handling.CoUnitReleased) -> None:
    """The unit owes nothing more."""
    order = keeper.books.orders.get(event.dispatch_id)
    if order is not None:
        order.gone_at = keeper.at


def signed(keeper: Keeper, event: handling.DispatchSigned) -> None:
    """A hand-over is acknowledged: how long that took is reported of the emergency service, and judged by nobody here."""
    order = keeper.books.orders.get(event.dispatch_id)
    if order is None or not order.handover:
        return
    said_at = min(event.by_phone.at, keeper.at) if event.by_phone is not None else keeper.at
    minutes = round(max(said_at - order.at, timedelta(0)) / timedelta(minutes=1))
    keeper.count(facts.unit(order.unit_id), "acknowledged", event.dispatch_id)
    if minutes:
        keeper.count(facts.unit(order.unit_id), "acknowledgement_minutes", event.dispatch_id, amount=minutes)


def handover_refused(keeper: Keeper, event: handling.HandoverRefused) -> None:
    """An emergency service does not take it: nobody was wrong, and it is not theirs."""
    order = keeper.books.orders.get(event.dispatch_id)
    if order is not None:
        order.gone_at = keeper.at


def return_requested(keeper: Keeper, event: handling.ReturnRequested) -> None:
    """退单. Asked for again after it was refused 推诿."""
    for who in (facts.unit(event.unit_id), keeper.street):
        keeper.count(who, "return_requested")
    keeper.count(keeper.unit(event.unit_id, event.dispatch_id), "orders_returned", event.dispatch_id)
    order = keeper.books.orders.get(event.dispatch_id)
    if order is not None and order.refused:
        for who in (facts.unit(event.unit_id), keeper.street):
            keeper.count(who, "shuffled", event.dispatch_id)


def return_accepted(keeper: Keeper, event: handling.ReturnAccepted) -> None:
    """The unit was right; whoever had refused before was not."""
    by, order = keeper.account(event.decided_by), keeper.books.orders.get(event.dispatch_id)
    _decided(keeper, by, event.dispatch_id)
    for who in (facts.unit(event.unit_id), keeper.street):
        keeper.count(who, "return_accepted", event.dispatch_id)
    keeper.count(_dispatcher(by), "returns_accepted", event.dispatch_id)
    if order is None:
        return
    order.gone_at = keeper.at
    keeper.count(_dispatcher(order.refused_by), "refused_wrongly", event.dispatch_id)
    keeper.strike_of(("shuffled",), event.dispatch_id)
    if order.role == "lead":
        keeper.books.returned = event.dispatch_id


def return_refused(keeper: Keeper, event: handling.ReturnRefused) -> None:
    """The unit keeps it."""
    by, order = keeper.account(event.decided_by), keeper.books.orders.get(event.dispatch_id)
    _decided(keeper, by, event.dispatch_id)
    for who in (facts.unit(event.unit_id), keeper.street):
        keeper.count(who, "return_refused")
    keeper.count(_dispatcher(by), "returns_refused")
    if order is not None:
        order.refused, order.refused_by = True, by


def completed(keeper: Keeper, event: handling.WorkCompleted) -> None:
    """Done for the first time. Whether in time is judged when its clocks have stopped; reworks are counted apart."""
    order = keeper.books.orders.get(event.dispatch_id)
    if order is not None:
        order.done_round = max(order.done_round, event.rework_round)
    if order is not None and event.rework_round == 0 and order.running:
        order.done = True
        minutes = handling_minutes(order, keeper.at, keeper.district)
        for who in (keeper.unit(event.unit_id, event.dispatch_id), keeper.street):
            keeper.count(who, "completed", event.dispatch_id)
            if minutes:
                keeper.count(who, "handling_minutes", event.dispatch_id, amount=minutes)
        count_repeat(keeper)


def handling_minutes(order: BookedOrder, until: datetime, district: RegistrySnapshot) -> int:
    """Working time from dispatch to `until`, whole minutes, without the time in which a return was asked for or the
    order was suspended. What is urgent is worked on through the night: there every minute is working time.

    Source: 平均处置时长 as evaluation systems in use show it; the standard's annexes leave open which time that is.
    """
    unit = order.time_unit if order.time_unit.startswith("urgent") else "work_hour"
    pauses = [Pause(each.since, each.until) for each in order.pauses if each.since < until]
    return round(elapsed(order.at, until, unit, district.calendar, pauses) / timedelta(minutes=1))


def extension_requested(keeper: Keeper, event: handling.ExtensionRequested) -> None:
    """延期 is asked for."""
    _requested(keeper, event, "extension")


def suspension_requested(keeper: Keeper, event: handling.SuspensionRequested) -> None:
    """挂账 is asked for."""
    _requested(keeper, event, "suspension")


def _requested(keeper: Keeper, event: handling.ExtensionRequested | handling.SuspensionRequested, kind: str) -> None:
    limit = keeper.district.settings.stage_limits.return_window
    due_at = deadline(keeper.at, limit, keeper.district.calendar).due_at
    keeper.books.requests[f"{kind}/{event.dispatch_id}"] = due_at
    keeper.count(keeper.unit(event.unit_id, event.dispatch_id), f"{kind}_requested")


def _dispatcher(account: str) -> Subject | None:
    return facts.dispatcher(account) if account else None
