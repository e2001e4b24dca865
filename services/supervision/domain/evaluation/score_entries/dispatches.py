"""What is counted of command and handling: decisions, orders, returns, completions, requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from contracts.clocks import Pause, deadline, elapsed
from contracts.events import command, handling
from contracts.figures import DECISION
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import ScoredDispatch
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.recurrences import count_recurrence
from services.supervision.domain.evaluation.score_entries.scorer import Scorer


def on_case_routed(scorer: Scorer, event: command.CaseRouted) -> None:
    """Who decided: a person, or the list. Calling somebody in or sending them ahead is decided by hand, too, but says nothing
    about who acts; calling off decides nothing at all.
    """
    if event.calls_off:
        return
    by = scorer.account_of(event.decided_by)
    if not event.beside:
        scorer.scores.decided_by = by
    scorer.count(_dispatcher(by), "decided", event.round)


def on_case_dispatched(scorer: Scorer, event: command.CaseDispatched) -> None:
    """An order for its unit. The lead's order ends command's minutes, and shows whether the lead before was wrong."""
    scores = scorer.scores
    figure = "dispatched" if event.handover is None else "handed_over"
    scorer.count(facts.unit(event.unit_id), figure, event.dispatch_id)
    scorer.count(scorer.street, "dispatched", event.dispatch_id)
    if event.role == "lead":
        _judge_decision(scorer, scores.decided_by, None)
        _count_wrong_dispatch(scorer, event.unit_id)
        scorer.await_first_contact()
    scores.dispatches[event.dispatch_id] = ScoredDispatch(
        unit_id=event.unit_id, role=event.role, at=scorer.at, place=len(scores.dispatches), coordinated=event.coordinated,
        handover=event.handover is not None, first=event.milestones[0].name if event.milestones else "", decided_by=scores.decided_by,
        time_unit=event.milestones[-1].unit if event.milestones else "work_hour",
    )  # fmt: skip


def _judge_decision(scorer: Scorer, by: str, returned: UUID | None) -> None:
    """Command has decided, in time or not: who acts, or whether the order that is named may be given back."""
    for clock_id, clock in scorer.scores.clocks.items():
        if clock.name == "dispatch" and clock.dispatch_id == returned:
            for who in (scorer.street_of_decision(clock), _dispatcher(by)):
                scorer.judge(who, DECISION, clock_id, clock.due_at, on_time=scorer.at <= clock.due_at)


def _count_wrong_dispatch(scorer: Scorer, unit_id: str) -> None:
    """Wrong dispatch: the lead changed after an accepted return. It counts for whoever had chosen the former one."""
    returned = scorer.scores.returned
    if returned is None:
        return
    scorer.scores.returned = None
    before = scorer.scores.dispatches[returned]
    if before.unit_id != unit_id:
        scorer.count(scorer.street, "wrong_dispatch", returned)
        scorer.count(_dispatcher(before.decided_by), "wrong_dispatch", returned)


def on_dispatch_ended(scorer: Scorer, event: command.DispatchWithdrawn | handling.CoUnitReleased) -> None:
    """The unit owes nothing more."""
    order = scorer.scores.dispatches.get(event.dispatch_id)
    if order is not None:
        order.gone_at = scorer.at


def on_dispatch_signed(scorer: Scorer, event: handling.DispatchSigned) -> None:
    """A hand-over is acknowledged: how long that took is reported of the emergency service, and judged by nobody here."""
    order = scorer.scores.dispatches.get(event.dispatch_id)
    if order is None or not order.handover:
        return
    said_at = min(event.by_phone.at, scorer.at) if event.by_phone is not None else scorer.at
    minutes = round(max(said_at - order.at, timedelta(0)) / timedelta(minutes=1))
    scorer.count(facts.unit(order.unit_id), "acknowledged", event.dispatch_id)
    if minutes:
        scorer.count(facts.unit(order.unit_id), "acknowledgement_minutes", event.dispatch_id, amount=minutes)


def on_handover_refused(scorer: Scorer, event: handling.HandoverRefused) -> None:
    """An emergency service does not take it: nobody was wrong, and it is not theirs."""
    order = scorer.scores.dispatches.get(event.dispatch_id)
    if order is not None:
        order.gone_at = scorer.at


def on_return_requested(scorer: Scorer, event: handling.ReturnRequested) -> None:
    """退单. Asked for again after it was refused 推诿."""
    for who in (facts.unit(event.unit_id), scorer.street):
        scorer.count(who, "return_requested")
    scorer.count(scorer.unit(event.unit_id, event.dispatch_id), "orders_returned", event.dispatch_id)
    order = scorer.scores.dispatches.get(event.dispatch_id)
    if order is not None and order.refused:
        for who in (facts.unit(event.unit_id), scorer.street):
            scorer.count(who, "shuffled", event.dispatch_id)


def on_return_accepted(scorer: Scorer, event: handling.ReturnAccepted) -> None:
    """The unit was right; whoever had refused before was not."""
    by, order = scorer.account_of(event.decided_by), scorer.scores.dispatches.get(event.dispatch_id)
    _judge_decision(scorer, by, event.dispatch_id)
    for who in (facts.unit(event.unit_id), scorer.street):
        scorer.count(who, "return_accepted", event.dispatch_id)
    scorer.count(_dispatcher(by), "returns_accepted", event.dispatch_id)
    if order is None:
        return
    order.gone_at = scorer.at
    scorer.count(_dispatcher(order.refused_by), "refused_wrongly", event.dispatch_id)
    scorer.reverse_about(("shuffled",), event.dispatch_id)
    if order.role == "lead":
        scorer.scores.returned = event.dispatch_id


def on_return_refused(scorer: Scorer, event: handling.ReturnRefused) -> None:
    """The unit keeps it."""
    by, order = scorer.account_of(event.decided_by), scorer.scores.dispatches.get(event.dispatch_id)
    _judge_decision(scorer, by, event.dispatch_id)
    for who in (facts.unit(event.unit_id), scorer.street):
        scorer.count(who, "return_refused")
    scorer.count(_dispatcher(by), "returns_refused")
    if order is not None:
        order.refused, order.refused_by = True, by


def on_work_completed(scorer: Scorer, event: handling.WorkCompleted) -> None:
    """Done for the first time. Whether in time is judged when its clocks have stopped; reworks are counted apart."""
    order = scorer.scores.dispatches.get(event.dispatch_id)
    if order is not None:
        order.done_round = max(order.done_round, event.rework_round)
    if order is not None and event.rework_round == 0 and order.running_clocks:
        order.done = True
        minutes = handling_minutes(order, scorer.at, scorer.district)
        for who in (scorer.unit(event.unit_id, event.dispatch_id), scorer.street):
            scorer.count(who, "completed", event.dispatch_id)
            if minutes:
                scorer.count(who, "handling_minutes", event.dispatch_id, amount=minutes)
        count_recurrence(scorer)


def handling_minutes(order: ScoredDispatch, until: datetime, district: RegistrySnapshot) -> int:
    """Working time from dispatch to `until`, whole minutes, without the time in which a return was asked for or the
    order was suspended. What is urgent is worked on through the night: there every minute is working time.

    Source: 平均处置时长 as evaluation systems in use show it; the standard's annexes leave open which time that is.
    """
    unit = order.time_unit if order.time_unit.startswith("urgent") else "work_hour"
    pauses = [Pause(each.since, each.until) for each in order.pauses if each.since < until]
    return round(elapsed(order.at, until, unit, district.calendar, pauses) / timedelta(minutes=1))


def on_extension_requested(scorer: Scorer, event: handling.ExtensionRequested) -> None:
    """延期 is asked for."""
    _count_request(scorer, event, "extension")


def on_suspension_requested(scorer: Scorer, event: handling.SuspensionRequested) -> None:
    """挂账 is asked for."""
    _count_request(scorer, event, "suspension")


def _count_request(
    scorer: Scorer, event: handling.ExtensionRequested | handling.SuspensionRequested, kind: str
) -> None:
    limit = scorer.district.settings.stage_limits.return_window
    due_at = deadline(scorer.at, limit, scorer.district.calendar).due_at
    scorer.scores.requests[f"{kind}/{event.dispatch_id}"] = due_at
    scorer.count(scorer.unit(event.unit_id, event.dispatch_id), f"{kind}_requested")


def _dispatcher(account: str) -> Subject | None:
    return facts.dispatcher(account) if account else None
