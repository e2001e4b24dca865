"""Random but possible histories of a case.

Four simulated services apply each other's events late and act on what they have applied so far. A history is what the
log holds in the end: for each source its events in order, each with its dependencies. Every service acts on its own
view only, so events of different sources really are concurrent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from uuid import UUID, uuid5

from contracts.base import CASE_SOURCES, Event
from contracts.case_state import CaseState, DispatchState
from contracts.events import acceptance, command, evaluation, handling, supervision
from contracts.events.acceptance import upstream
from tests.contract.plain_events import (
    AGENCY,
    CASE,
    NOW,
    REPORTS,
    WHO,
    attached_event,
    closed_event,
    corrected_event,
    filed_event,
    handled_event,
    needed_event,
    passed_on_event,
    received_event,
    recheck_event,
    review_event,
    rework_event,
    routed_event,
    settlement_event,
    suspension_ended_event,
    suspension_event,
    withdrawn_event,
)
from tests.contract.simulated_service import SimulatedService, StatedEvent, dependencies_applied

SUSPENDABLE = frozenset({"awaiting_signature", "handling", "rework", "return_requested"})


def random_history(seed: int) -> list[StatedEvent]:
    """Return a history that begins with the report and stops at some point. Equal seeds give equal histories."""
    chance = Random(seed)
    steps = chance.choice((20, 60, 120, 160))
    services = {name: SimulatedService(name, REACTIONS[name]) for name in CASE_SOURCES}
    services["intake"].emit(received_event(chance))
    for _ in range(steps):
        service = services[chance.choice((*CASE_SOURCES, "routing", "dispatch"))]
        if chance.random() < 0.5:
            for other in chance.sample(list(services.values()), 3):
                _apply_some(service, other, chance)
        else:
            possible = list(ACTIONS[service.name](service, chance))
            if possible:
                chance.choice(possible)()
    return [stated for service in services.values() for stated in service.stated]


def _apply_some(service: SimulatedService, other: SimulatedService, chance: Random) -> None:
    """Apply some new events of the other service, up to the first whose dependencies are missing."""
    news = other.stated[service.applied[other.name] :] if other is not service else []
    for stated in news[: chance.randint(1, 6)]:
        if not service.apply(stated):
            return


def arrival_order(history: list[StatedEvent], chance: Random, *, causes: bool) -> Iterator[Event]:
    """Yield the events in a possible order of arrival.

    The order within each source is kept. With `causes`, no event comes before its dependencies.
    """
    positions = dict.fromkeys(CASE_SOURCES, 0)
    queues = {source: [stated for stated in history if stated.source == source] for source in CASE_SOURCES}
    while any(queues.values()):
        ready = [
            queue for queue in queues.values() if queue and (not causes or dependencies_applied(queue[0], positions))
        ]
        stated = chance.choice(ready).pop(0)
        positions[stated.source] += 1
        yield stated.event


Actions = Iterator[Callable[[], None]]


def _has_ended(state: CaseState) -> bool:
    return bool(state.voided or state.closed or state.withdrawn or state.not_filed or state.attached_to)


def _intake(service: SimulatedService, chance: Random) -> Actions:
    state = service.view
    if state.voided or state.not_filed or state.withdrawn or state.closed or state.answered:
        return
    if state.attached_to:
        yield lambda: service.emit(acceptance.CaseDetached(host_case_id=CASE, decided_by=WHO))
        return
    if state.filed:
        if chance.random() < 0.1:
            yield lambda: service.emit(corrected_event())
        if chance.random() < 0.02:
            yield lambda: service.emit(acceptance.CaseVoided(note="", decided_by=WHO))
            yield lambda: service.emit(attached_event("merged"))
            yield lambda: service.emit(attached_event("merged"))
        return
    if state.settlement == "waiting":
        yield lambda: service.emit(settlement_event(approved=True))
        yield lambda: service.emit(settlement_event(approved=False))
    if state.status in ("reported", "awaiting_filing"):
        yield lambda: service.emit(filed_event())
        yield lambda: service.emit(acceptance.VerificationRequested(task_id=CASE, mode="site", due_at=NOW))
        yield lambda: service.emit(acceptance.FilingAwaited(missing=("decision",), due_at=NOW))
    if state.status in ("awaiting_filing", "verifying") and chance.random() < 0.1:
        yield lambda: service.emit(upstream.ReturnedUpstream(reason="outside_area", note="", returned_by=WHO))
        yield lambda: service.emit(acceptance.CaseNotFiled(reason="not_ours", decided_by=WHO))
        yield lambda: service.emit(acceptance.CaseWithdrawn(withdrawn_by=WHO))
    if state.status == "awaiting_filing" and chance.random() < 0.1:
        yield lambda: service.emit(acceptance.CaseAnswered(answer="", answered_by=WHO))
    if state.status in ("reported", "awaiting_filing", "verifying") and chance.random() < 0.1:
        yield lambda: service.emit(attached_event("by_hand"))
    if state.verifying:
        yield lambda: service.emit(acceptance.VerificationRecorded(task_id=CASE, result="confirmed", recorded_by=WHO))


def _routing(service: SimulatedService, chance: Random) -> Actions:
    state = service.view
    if not state.filed or _has_ended(state) or service.memory.get("sent_back"):
        return
    over = sum(
        each.dispatch_status in ("returned", "withdrawn") and each.role == "lead" for each in state.dispatches.values()
    )
    if state.routed_round <= over:
        yield lambda: service.emit(routed_event(state.routed_round + 1))
        if state.decision_needed_round <= over:
            yield lambda: service.emit(needed_event(over + 1))
        elif state.lead is None and chance.random() < 0.3:
            yield lambda: _send_back(service, state.decision_needed_round)


def _send_back(service: SimulatedService, round_: int) -> None:
    service.memory["sent_back"] = 1
    service.emit(command.CaseSentBack(round=round_, reason="unclear", note="", decided_by=WHO))


def _route_again(service: SimulatedService, event: Event) -> None:
    """Route again at once when a case is corrected; accept new decisions when it is filed again."""
    if isinstance(event, acceptance.CaseCorrected):
        if not _has_ended(service.view) and service.view.lead is not None and service.view.lead.open:
            service.emit(routed_event(service.view.routed_round + 1))
    elif isinstance(event, acceptance.CaseFiled):
        service.memory["sent_back"] = 0


def _await_filing_again(service: SimulatedService, event: Event) -> None:
    """Put a case before the desk again when a dispatcher sends it back, or when it was answered or settled and is
    reopened. An ended case stays as it is.
    """
    state = service.view
    sent_back = isinstance(event, command.CaseSentBack) and state.filed
    opened = isinstance(event, supervision.CaseReopened) and (state.answered or state.settlement == "approved")
    if (sent_back or (opened and not state.filed)) and not _has_ended(state):
        service.emit(acceptance.FilingAwaited(missing=("decision",), due_at=NOW))


def _dispatch(service: SimulatedService, chance: Random) -> Actions:
    state = service.view
    if _has_ended(state):
        return
    done = state.lead is not None and state.lead.status == "completed"
    if state.routed_round > service.memory.get("sent", 0) and not done:
        yield lambda: _dispatch_round(service, state.routed_round)
    for dispatch_id, each in state.dispatches.items():
        yield from _unit_answers(service, dispatch_id, each, returns=chance.random() < 0.2)
    if (
        state.lead is not None
        and state.lead.status == "completed"
        and not any(each.open for each in state.dispatches.values())
        and state.handled_round < state.rework_round
    ):
        yield lambda: service.emit(handled_event(state.rework_round))


def _withdraw_open_dispatches(service: SimulatedService, event: Event) -> None:
    """Withdraw every open dispatch at once when the case ends or is attached to another."""
    ends = (
        acceptance.CaseVoided,
        acceptance.CaseAttached,
        acceptance.CaseNotFiled,
        acceptance.CaseWithdrawn,
        supervision.CaseClosed,
    )
    for dispatch_id, each in service.view.dispatches.items() if isinstance(event, ends) else ():
        if each.open:
            merged = isinstance(event, acceptance.CaseAttached)
            service.emit(withdrawn_event(dispatch_id, "merged" if merged else "case_ended"))


def _unit_answers(service: SimulatedService, dispatch_id: UUID, order: DispatchState, *, returns: bool) -> Actions:
    about, status, round_ = {"dispatch_id": dispatch_id, "unit_id": "u"}, order.status, order.rework_round
    if status in ("awaiting_signature", "suspended") and order.dispatch_status == "awaiting_signature":
        yield lambda: service.emit(handling.DispatchSigned(**about, signed_by=WHO))
    elif status in ("handling", "rework", "suspended"):
        yield lambda: service.emit(handling.ProgressReported(**about, note="", reported_by=WHO))
        yield lambda: service.emit(
            handling.WorkCompleted(
                **about, role="lead", outcome="solved", note="", rework_round=round_, completed_by=WHO
            )
        )
    if returns and status == "awaiting_signature" and order.unit_id == AGENCY:
        yield lambda: service.emit(handling.HandoverRefused(**about, role="lead", note="", refused_by=WHO))
    if returns and status in ("awaiting_signature", "handling"):
        yield lambda: service.emit(
            handling.ReturnRequested(**about, reason="not_our_function", note="", requested_by=WHO)
        )
    if status == "return_requested":
        yield lambda: service.emit(
            handling.ReturnAccepted(**about, role="lead", reason="not_our_function", decided_by=WHO)
        )
        yield lambda: service.emit(handling.ReturnRefused(**about, note="", decided_by=WHO))


def _supervision(service: SimulatedService, chance: Random) -> Actions:
    state = service.view
    if state.voided or state.attached_to or state.withdrawn or state.not_filed:
        return
    if state.closed:
        yield from _after_closing(service, state)
        return
    if state.answered and not service.memory.get("reopened"):
        yield lambda: service.emit(closed_event("answered"))
    if state.settlement == "approved" and not state.filed and not service.memory.get("reopened"):
        yield from _sampling(service, state)
    for dispatch_id, each in state.dispatches.items():
        if each.unit_id != AGENCY and each.status in SUSPENDABLE and not each.suspended:
            yield lambda dispatch_id=dispatch_id: service.emit(suspension_event(dispatch_id))
        if each.suspended and each.open:
            yield lambda dispatch_id=dispatch_id: service.emit(suspension_ended_event(dispatch_id))
    if state.filed and state.handled_round >= state.rework_round:
        yield from _rechecking(service, state)
    if state.filed and chance.random() < 0.05:
        yield lambda: service.emit(closed_event("forced"))


def _request_checks(service: SimulatedService, event: Event) -> None:
    """Request the recheck or review at once when work is completed or a merge is undone."""
    state = service.view
    if isinstance(event, handling.WorkCompleted) and state.dispatches[event.dispatch_id].suspended:
        service.emit(suspension_ended_event(event.dispatch_id))
    handled = state.filed and state.handled_round >= state.rework_round and not _has_ended(state)
    if handled and isinstance(event, acceptance.CaseDetached):
        service.emit(review_event() if state.review else recheck_event())
    elif handled and isinstance(event, handling.HandlingCompleted):
        service.emit(
            review_event() if service.memory.setdefault("reviewed", len(service.stated) % 3) == 0 else recheck_event()
        )


def _sampling(service: SimulatedService, state: CaseState) -> Actions:
    if state.sample_failed:
        return
    if state.recheck == "":
        yield lambda: service.emit(closed_event("settled_on_the_spot"))
        yield lambda: service.emit(recheck_event())
    elif state.recheck == "awaiting":
        yield lambda: service.emit(supervision.RecheckClaimed(task_id=CASE, claimed_by=WHO))
    elif state.recheck == "claimed":
        yield lambda: _rechecked(service, passed=True, then=closed_event("settled_on_the_spot"))
        yield lambda: _rechecked(service, passed=False, then=supervision.SampleFailed(task_id=CASE))


def _rechecked(service: SimulatedService, *, passed: bool, then: Event) -> None:
    service.emit(supervision.RecheckRecorded(task_id=CASE, round=1, passed=passed, recorded_by=WHO))
    service.emit(then)


def _reviewed(service: SimulatedService, *, approved: bool, then: Event) -> None:
    service.emit(supervision.ReviewRecorded(review_id=CASE, approved=approved, note="", decided_by=WHO))
    service.emit(then)


def _rechecking(service: SimulatedService, state: CaseState) -> Actions:
    lead = next((key for key, each in state.dispatches.items() if each is state.lead), None)
    again = (
        rework_event(lead, state.rework_round + 1)
        if lead is not None and state.rework_round < 3
        else closed_event("forced")
    )
    if state.review == "awaiting":
        yield lambda: _reviewed(service, approved=True, then=closed_event("explained"))
        yield lambda: _reviewed(service, approved=False, then=again)
    elif state.recheck == "awaiting":
        yield lambda: service.emit(supervision.RecheckClaimed(task_id=CASE, claimed_by=WHO))
        yield lambda: service.emit(closed_event("solved"))
    elif state.recheck == "claimed":
        yield lambda: _rechecked(service, passed=True, then=closed_event("solved"))
        yield lambda: _rechecked(service, passed=False, then=again)
        yield lambda: service.emit(passed_on_event())


def _after_closing(service: SimulatedService, state: CaseState) -> Actions:
    for report in REPORTS:
        if report in state.feedback_open:
            yield lambda report=report: service.emit(
                evaluation.FeedbackRecorded(report_id=report, solved=True, recorded_by=WHO)
            )
            yield lambda report=report: service.emit(evaluation.FeedbackLapsed(report_id=report))
        elif not state.evaluated:
            yield lambda report=report: service.emit(evaluation.FeedbackRequested(report_id=report, due_at=NOW))
    if state.evaluated:
        yield from _appeal(service)
    if not state.feedback_open and not state.evaluated:
        yield lambda: service.emit(evaluation.CaseEvaluated(outcome=state.outcome))
    if (state.filed and state.rework_round < 3) or state.answered or state.settlement == "approved":
        yield lambda: _reopen(service, state)


def _reopen(service: SimulatedService, state: CaseState) -> None:
    """Let open questions lapse; order rework from the lead that completed the case, if there is one."""
    service.memory["reopened"] = 1
    for report in sorted(state.feedback_open):
        service.emit(evaluation.FeedbackLapsed(report_id=report))
    lead = next((key for key, each in state.dispatches.items() if each is state.lead), None)
    done = lead is not None and state.dispatches[lead].status == "completed"
    round_ = state.rework_round + 1
    if lead is None or not done:
        service.emit(supervision.CaseReopened(reason="by_hand", reopened_by=WHO))
        return
    service.emit(supervision.CaseReopened(reason="by_hand", reopened_by=WHO, dispatch_id=lead, rework_round=round_))
    service.emit(rework_event(lead, round_))


def _appeal(service: SimulatedService) -> Actions:
    about = {"appeal_id": CASE, "kind": "unit", "subject_id": "unit-a", "figures": ("overdue",)}
    yield lambda: service.emit(evaluation.AppealLodged(**about, text="", due_at=NOW, lodged_by=WHO))
    yield lambda: service.emit(evaluation.AppealDecided(**about, upheld=True, note="", decided_by=WHO))


ACTIONS: dict[str, Callable[[SimulatedService, Random], Actions]] = {
    "intake": _intake,
    "routing": _routing,
    "dispatch": _dispatch,
    "supervision": _supervision,
}

REACTIONS: dict[str, Callable[[SimulatedService, Event], None]] = {
    "intake": _await_filing_again,
    "routing": _route_again,
    "dispatch": _withdraw_open_dispatches,
    "supervision": _request_checks,
}
"""The reaction of each service to an event."""


def _dispatch_round(service: SimulatedService, round_: int) -> None:
    service.memory["sent"] = round_
    former = [key for key, each in service.view.dispatches.items() if each.role == "lead" and each.open]
    for role in ("lead", "co"):
        service.emit(
            command.CaseDispatched.model_validate(
                {
                    "dispatch_id": uuid5(CASE, f"{role}/{round_}"),
                    "unit_id": AGENCY if round_ == 2 else "u",
                    "role": role,
                    "round": round_,
                    "milestones": (),
                    "sign_due_at": NOW,
                }
            )
        )
        if round_ > 1:
            break
    for dispatch_id in former:
        service.emit(withdrawn_event(dispatch_id, "re_routed"))
