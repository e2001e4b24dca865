"""Counting of routing and handling: routing decisions, dispatches, returns, completions and requests of units."""

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
    """Count a routing decision of a person.

    A decision that only adds a hand-over or a first response counts, but does not choose the lead. A decision that only
    withdraws dispatches does not count.
    """
    if event.only_withdraws:
        return
    by = scorer.account_of(event.decided_by)
    if not event.is_supplementary:
        scorer.scores.decided_by = by
    scorer.count(_dispatcher(by), "decided", event.round)


def on_case_dispatched(scorer: Scorer, event: command.CaseDispatched) -> None:
    """Count a dispatch for its unit and the street.

    A lead dispatch is also the decision that the centre had to make, so this decision is judged.
    """
    scores = scorer.scores
    figure = "dispatched" if event.handover is None else "handed_over"
    scorer.count(facts.unit(event.unit_id), figure, event.dispatch_id)
    scorer.count(scorer.street, "dispatched", event.dispatch_id)
    if event.role == "lead":
        _judge_decision(scorer, scores.decided_by, None)
        _count_wrong_dispatch(scorer, event.unit_id)
        scorer.await_first_contact()
    scores.dispatches[event.dispatch_id] = ScoredDispatch(
        unit_id=event.unit_id,
        role=event.role,
        at=scorer.at,
        place=len(scores.dispatches),
        coordinated=event.coordinated,
        handover=event.handover is not None,
        first=event.milestones[0].name if event.milestones else "",
        decided_by=scores.decided_by,
        time_unit=event.milestones[-1].unit if event.milestones else "work_hour",
    )


def _judge_decision(scorer: Scorer, by: str, returned: UUID | None) -> None:
    """Judge whether the centre decided in time.

    The centre had to choose a unit or, for a `returned` dispatch, to decide whether to accept the return.
    """
    for clock_id, clock in scorer.scores.clocks.items():
        if clock.name == "dispatch" and clock.dispatch_id == returned:
            for who in (scorer.street_of_decision(clock), _dispatcher(by)):
                scorer.judge(who, DECISION, clock_id, clock.due_at, on_time=scorer.at <= clock.due_at)


def _count_wrong_dispatch(scorer: Scorer, unit_id: str) -> None:
    """Count a wrong dispatch if another unit leads after the former lead returned its dispatch.

    The wrong dispatch counts for the street and for the person who chose the former lead.
    """
    returned = scorer.scores.returned
    if returned is None:
        return
    scorer.scores.returned = None
    former = scorer.scores.dispatches[returned]
    if former.unit_id != unit_id:
        scorer.count(scorer.street, "wrong_dispatch", returned)
        scorer.count(_dispatcher(former.decided_by), "wrong_dispatch", returned)


def on_dispatch_ended(scorer: Scorer, event: command.DispatchWithdrawn | handling.CoUnitReleased) -> None:
    """Record when a dispatch was withdrawn or released."""
    dispatch = scorer.scores.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.gone_at = scorer.at


def on_dispatch_signed(scorer: Scorer, event: handling.DispatchSigned) -> None:
    """Count how long an emergency service took to acknowledge a hand-over. The time is reported but not judged."""
    dispatch = scorer.scores.dispatches.get(event.dispatch_id)
    if dispatch is None or not dispatch.handover:
        return
    minutes = round(max(event.signed_at(scorer.at) - dispatch.at, timedelta(0)) / timedelta(minutes=1))
    scorer.count(facts.unit(dispatch.unit_id), "acknowledged", event.dispatch_id)
    if minutes:
        scorer.count(facts.unit(dispatch.unit_id), "acknowledgement_minutes", event.dispatch_id, amount=minutes)


def on_handover_refused(scorer: Scorer, event: handling.HandoverRefused) -> None:
    """Record that the emergency service refused the hand-over."""
    dispatch = scorer.scores.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.gone_at = scorer.at


def on_return_requested(scorer: Scorer, event: handling.ReturnRequested) -> None:
    """Count a requested return 退单.

    If a return of this dispatch was refused before, also count a repeated request 推诿.
    """
    for who in (facts.unit(event.unit_id), scorer.street):
        scorer.count(who, "return_requested")
    scorer.count(scorer.unit(event.unit_id, event.dispatch_id), "dispatches_returned", event.dispatch_id)
    dispatch = scorer.scores.dispatches.get(event.dispatch_id)
    if dispatch is not None and dispatch.refused:
        for who in (facts.unit(event.unit_id), scorer.street):
            scorer.count(who, "return_requested_again", event.dispatch_id)


def on_return_accepted(scorer: Scorer, event: handling.ReturnAccepted) -> None:
    """Count an accepted return. If a return of this dispatch was refused before, count that refusal as wrong."""
    by, dispatch = scorer.account_of(event.decided_by), scorer.scores.dispatches.get(event.dispatch_id)
    _judge_decision(scorer, by, event.dispatch_id)
    for who in (facts.unit(event.unit_id), scorer.street):
        scorer.count(who, "return_accepted", event.dispatch_id)
    scorer.count(_dispatcher(by), "returns_accepted", event.dispatch_id)
    if dispatch is None:
        return
    dispatch.gone_at = scorer.at
    scorer.count(_dispatcher(dispatch.refused_by), "refused_wrongly", event.dispatch_id)
    scorer.reverse_about(("return_requested_again",), event.dispatch_id)
    if dispatch.role == "lead":
        scorer.scores.returned = event.dispatch_id


def on_return_refused(scorer: Scorer, event: handling.ReturnRefused) -> None:
    """Count a refused return."""
    by, dispatch = scorer.account_of(event.decided_by), scorer.scores.dispatches.get(event.dispatch_id)
    _judge_decision(scorer, by, event.dispatch_id)
    for who in (facts.unit(event.unit_id), scorer.street):
        scorer.count(who, "return_refused")
    scorer.count(_dispatcher(by), "returns_refused")
    if dispatch is not None:
        dispatch.refused, dispatch.refused_by = True, by


def on_work_completed(scorer: Scorer, event: handling.WorkCompleted) -> None:
    """Count the first completion of a dispatch.

    The deadlines are judged when the clocks stop. A completion of a rework is not counted here.
    """
    dispatch = scorer.scores.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.done_round = max(dispatch.done_round, event.rework_round)
    if dispatch is not None and event.rework_round == 0 and dispatch.running_clocks:
        dispatch.done = True
        minutes = handling_minutes(dispatch, scorer.at, scorer.district)
        for who in (scorer.unit(event.unit_id, event.dispatch_id), scorer.street):
            scorer.count(who, "completed", event.dispatch_id)
            if minutes:
                scorer.count(who, "handling_minutes", event.dispatch_id, amount=minutes)
        count_recurrence(scorer)


def handling_minutes(dispatch: ScoredDispatch, until: datetime, district: RegistrySnapshot) -> int:
    """Return the minutes from the dispatch to `until`, without pauses: working minutes, or all minutes if urgent.

    Source: 平均处置时长 of systems in use; the standard leaves the definition open.
    """
    unit = dispatch.time_unit if dispatch.time_unit.startswith("urgent") else "work_hour"
    pauses = [Pause(each.since, each.until) for each in dispatch.pauses if each.since < until]
    return round(elapsed(dispatch.at, until, unit, district.calendar, pauses) / timedelta(minutes=1))


def on_extension_requested(scorer: Scorer, event: handling.ExtensionRequested) -> None:
    """Count a request for an extension 延期."""
    _count_request(scorer, event, "extension")


def on_suspension_requested(scorer: Scorer, event: handling.SuspensionRequested) -> None:
    """Count a request for a suspension 挂账."""
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
