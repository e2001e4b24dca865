"""Random but possible lives of a case: four services that hear each other late, and act on what they have heard.

A life is what the log holds in the end: for each source its facts in order, each with what its maker had applied of the
others. Every service acts on its own view only, so facts of different sources really are concurrent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid5

from contracts.base import CASE_SOURCES, Event
from contracts.case_state import CaseState, DispatchState, fold
from contracts.common import Actor, Place
from contracts.events import acceptance, command, discovery, evaluation, handling, supervision
from contracts.events.acceptance import upstream

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CASE = UUID("0193f3c0-0000-7000-8000-000000000001")
WHO = Actor(kind="system", id="test")
AGENCY = "fire"
"""An emergency service: takes a hand-over or refuses it, and asks for no time."""
SUSPENDABLE = frozenset({"awaiting_signature", "handling", "rework", "return_requested"})
REPORTS = (uuid5(CASE, "first"), uuid5(CASE, "second"))


@dataclass(frozen=True)
class Told:
    """One fact with its place in the order of causes."""

    source: str
    sequence: int
    after: dict[str, int]
    event: Event


@dataclass
class Party:
    """A service: what it has said, what it has heard, and what follows from both."""

    name: str
    said: list[Told] = field(default_factory=list[Told])
    heard: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CASE_SOURCES, 0))
    view: CaseState = field(default_factory=CaseState)
    memory: dict[str, int] = field(default_factory=dict[str, int])

    def state(self, event: Event) -> None:
        after = {source: mark for source, mark in self.heard.items() if source != self.name and mark}
        self.said.append(Told(self.name, len(self.said) + 1, after, event))
        self.heard[self.name] = len(self.said)
        fold(self.view, event)

    def hear(self, told: Told) -> bool:
        """Apply the next fact of a source, if its causes are here (rule 4)."""
        if told.sequence != self.heard[told.source] + 1 or not reached(told, self.heard):
            return False
        self.heard[told.source] += 1
        fold(self.view, told.event)
        REACTIONS.get(self.name, _nothing)(self, told.event)
        return True


def reached(told: Told, marks: dict[str, int]) -> bool:
    """Whether everything its maker had applied is among the marks."""
    return all(marks[source] >= mark for source, mark in told.after.items())


def live(seed: int) -> list[Told]:
    """A life from the report on, cut off at some point. Equal seeds give equal lives."""
    chance = Random(seed)
    steps = chance.choice((20, 60, 120, 160))
    parties = {name: Party(name) for name in CASE_SOURCES}
    parties["intake"].state(_received(chance))
    for _ in range(steps):
        party = parties[chance.choice((*CASE_SOURCES, "routing", "dispatch"))]
        if chance.random() < 0.5:
            for other in chance.sample(list(parties.values()), 3):
                _listen(party, other, chance)
        else:
            possible = list(ACTS[party.name](party, chance))
            if possible:
                chance.choice(possible)()
    return [told for party in parties.values() for told in party.said]


def _listen(party: Party, other: Party, chance: Random) -> None:
    """Hear some of what is new, as far as its causes are here."""
    news = other.said[party.heard[other.name] :] if other is not party else []
    for told in news[: chance.randint(1, 6)]:
        if not party.hear(told):
            return


def arrive(life: list[Told], chance: Random, *, causes: bool) -> Iterator[Event]:
    """The facts in an order in which a reader may meet them: each source's own kept, and `causes` before effects."""
    marks = dict.fromkeys(CASE_SOURCES, 0)
    queues = {source: [told for told in life if told.source == source] for source in CASE_SOURCES}
    while any(queues.values()):
        ready = [queue for queue in queues.values() if queue and (not causes or reached(queue[0], marks))]
        told = chance.choice(ready).pop(0)
        marks[told.source] += 1
        yield told.event


Acts = Iterator[Callable[[], None]]


def _over(state: CaseState) -> bool:
    return bool(state.voided or state.closed or state.withdrawn or state.not_filed or state.attached_to)


def _intake(me: Party, chance: Random) -> Acts:
    state = me.view
    if state.voided or state.not_filed or state.withdrawn or state.closed or state.answered:
        return
    if state.attached_to:
        yield lambda: me.state(acceptance.CaseDetached(host_case_id=CASE, decided_by=WHO))
        return
    if state.filed:
        if chance.random() < 0.1:
            yield lambda: me.state(_corrected())
        if chance.random() < 0.02:
            yield lambda: me.state(acceptance.CaseVoided(note="", decided_by=WHO))
            yield lambda: me.state(_attached("merged"))
            yield lambda: me.state(_attached("merged"))
        return
    if state.settlement == "waiting":
        yield lambda: me.state(_settlement(approved=True))
        yield lambda: me.state(_settlement(approved=False))
    if state.status in ("reported", "awaiting_filing"):
        yield lambda: me.state(_filed())
        yield lambda: me.state(acceptance.VerificationRequested(task_id=CASE, mode="site", due_at=NOW))
        yield lambda: me.state(acceptance.FilingAwaited(missing=("decision",), due_at=NOW))
    if state.status in ("awaiting_filing", "verifying") and chance.random() < 0.1:
        yield lambda: me.state(upstream.ReturnedUpstream(reason="outside_area", note="", returned_by=WHO))
        yield lambda: me.state(acceptance.CaseNotFiled(reason="not_ours", decided_by=WHO))
        yield lambda: me.state(acceptance.CaseWithdrawn(withdrawn_by=WHO))
    if state.status == "awaiting_filing" and chance.random() < 0.1:
        yield lambda: me.state(acceptance.CaseAnswered(answer="", answered_by=WHO))
    if state.status in ("reported", "awaiting_filing", "verifying") and chance.random() < 0.1:
        yield lambda: me.state(_attached("by_hand"))
    if state.verifying:
        yield lambda: me.state(acceptance.VerificationRecorded(task_id=CASE, result="confirmed", recorded_by=WHO))


def _nothing(me: Party, event: Event) -> None:
    """Most services make nothing of most facts."""


def _routing(me: Party, chance: Random) -> Acts:
    state = me.view
    if not state.filed or _over(state) or me.memory.get("sent_back"):
        return
    over = sum(
        each.dispatch_status in ("returned", "withdrawn") and each.role == "lead" for each in state.dispatches.values()
    )
    if state.routed_round <= over:
        yield lambda: me.state(_routed(state.routed_round + 1))
        if state.decision_needed_round <= over:
            yield lambda: me.state(_needed(over + 1))
        elif state.lead is None and chance.random() < 0.3:
            yield lambda: _send_back(me, state.decision_needed_round)


def _send_back(me: Party, round_: int) -> None:
    me.memory["sent_back"] = 1
    me.state(command.CaseSentBack(round=round_, reason="unclear", note="", decided_by=WHO))


def _ask_anew(me: Party, event: Event) -> None:
    """What routing does in the breath in which it hears of a correction, or of a case filed once more."""
    if isinstance(event, acceptance.CaseCorrected):
        if not _over(me.view) and me.view.lead is not None and me.view.lead.open:
            me.state(_routed(me.view.routed_round + 1))
    elif isinstance(event, acceptance.CaseFiled):
        me.memory["sent_back"] = 0


def _take_in_again(me: Party, event: Event) -> None:
    """What a dispatcher sends back stands before the desk again, unless it has ended; so does what was answered or
    settled and is opened again.
    """
    state = me.view
    sent_back = isinstance(event, command.CaseSentBack) and state.filed
    opened = isinstance(event, supervision.CaseReopened) and (state.answered or state.settlement == "approved")
    if (sent_back or (opened and not state.filed)) and not _over(state):
        me.state(acceptance.FilingAwaited(missing=("decision",), due_at=NOW))


def _dispatch(me: Party, chance: Random) -> Acts:
    state = me.view
    if _over(state):
        return
    done = state.lead is not None and state.lead.status == "completed"
    if state.routed_round > me.memory.get("sent", 0) and not done:
        yield lambda: _send(me, state.routed_round)
    for dispatch_id, each in state.dispatches.items():
        yield from _answers(me, dispatch_id, each, returns=chance.random() < 0.2)
    if (
        state.lead is not None
        and state.lead.status == "completed"
        and not any(each.open for each in state.dispatches.values())
        and state.handled_round < state.rework_round
    ):
        yield lambda: me.state(_handled(state.rework_round))


def _take_back(me: Party, event: Event) -> None:
    """The case has ended, or follows another: every open order is taken back in the same breath."""
    ends = (
        acceptance.CaseVoided,
        acceptance.CaseAttached,
        acceptance.CaseNotFiled,
        acceptance.CaseWithdrawn,
        supervision.CaseClosed,
    )
    for dispatch_id, each in me.view.dispatches.items() if isinstance(event, ends) else ():
        if each.open:
            merged = isinstance(event, acceptance.CaseAttached)
            me.state(_withdrawn(dispatch_id, "merged" if merged else "case_ended"))


def _answers(me: Party, dispatch_id: UUID, order: DispatchState, *, returns: bool) -> Acts:
    about, status, round_ = {"dispatch_id": dispatch_id, "unit_id": "u"}, order.status, order.rework_round
    if status in ("awaiting_signature", "suspended") and order.dispatch_status == "awaiting_signature":
        yield lambda: me.state(handling.DispatchSigned(**about, signed_by=WHO))
    elif status in ("handling", "rework", "suspended"):
        yield lambda: me.state(handling.ProgressReported(**about, note="", reported_by=WHO))
        yield lambda: me.state(
            handling.WorkCompleted(
                **about, role="lead", outcome="solved", note="", rework_round=round_, completed_by=WHO
            )
        )
    if returns and status == "awaiting_signature" and order.unit_id == AGENCY:
        yield lambda: me.state(handling.HandoverRefused(**about, role="lead", note="", refused_by=WHO))
    if returns and status in ("awaiting_signature", "handling"):
        yield lambda: me.state(handling.ReturnRequested(**about, reason="not_our_function", note="", requested_by=WHO))
    if status == "return_requested":
        yield lambda: me.state(handling.ReturnAccepted(**about, role="lead", reason="not_our_function", decided_by=WHO))
        yield lambda: me.state(handling.ReturnRefused(**about, note="", decided_by=WHO))


def _supervision(me: Party, chance: Random) -> Acts:
    state = me.view
    if state.voided or state.attached_to or state.withdrawn or state.not_filed:
        return
    if state.closed:
        yield from _after_closing(me, state)
        return
    if state.answered and not me.memory.get("reopened"):
        yield lambda: me.state(_closed("answered"))
    if state.settlement == "approved" and not state.filed and not me.memory.get("reopened"):
        yield from _sampling(me, state)
    for dispatch_id, each in state.dispatches.items():
        if each.unit_id != AGENCY and each.status in SUSPENDABLE and not each.suspended:
            yield lambda dispatch_id=dispatch_id: me.state(_suspension(dispatch_id))
        if each.suspended and each.open:
            yield lambda dispatch_id=dispatch_id: me.state(_suspension_ended(dispatch_id))
    if state.filed and state.handled_round >= state.rework_round:
        yield from _rechecking(me, state)
    if state.filed and chance.random() < 0.05:
        yield lambda: me.state(_closed("forced"))


def _watch(me: Party, event: Event) -> None:
    """What supervision does in the breath in which it hears of work done, of an undone merge, or of it done twice."""
    state = me.view
    if isinstance(event, handling.WorkCompleted) and state.dispatches[event.dispatch_id].suspended:
        me.state(_suspension_ended(event.dispatch_id))
    handled = state.filed and state.handled_round >= state.rework_round and not _over(state)
    if handled and isinstance(event, acceptance.CaseDetached):
        me.state(_review() if state.review else _recheck())
    elif handled and isinstance(event, handling.HandlingCompleted):
        me.state(_review() if me.memory.setdefault("reviewed", len(me.said) % 3) == 0 else _recheck())


def _sampling(me: Party, state: CaseState) -> Acts:
    if state.sample_failed:
        return
    if state.recheck == "":
        yield lambda: me.state(_closed("settled_on_the_spot"))
        yield lambda: me.state(_recheck())
    elif state.recheck == "awaiting":
        yield lambda: me.state(supervision.RecheckClaimed(task_id=CASE, claimed_by=WHO))
    elif state.recheck == "claimed":
        yield lambda: _rechecked(me, passed=True, then=_closed("settled_on_the_spot"))
        yield lambda: _rechecked(me, passed=False, then=supervision.SampleFailed(task_id=CASE))


def _rechecked(me: Party, *, passed: bool, then: Event) -> None:
    me.state(supervision.RecheckRecorded(task_id=CASE, round=1, passed=passed, recorded_by=WHO))
    me.state(then)


def _reviewed(me: Party, *, approved: bool, then: Event) -> None:
    me.state(supervision.ReviewRecorded(review_id=CASE, approved=approved, note="", decided_by=WHO))
    me.state(then)


def _rechecking(me: Party, state: CaseState) -> Acts:
    lead = next((key for key, each in state.dispatches.items() if each is state.lead), None)
    again = _rework(lead, state.rework_round + 1) if lead is not None and state.rework_round < 3 else _closed("forced")
    if state.review == "awaiting":
        yield lambda: _reviewed(me, approved=True, then=_closed("explained"))
        yield lambda: _reviewed(me, approved=False, then=again)
    elif state.recheck == "awaiting":
        yield lambda: me.state(supervision.RecheckClaimed(task_id=CASE, claimed_by=WHO))
        yield lambda: me.state(_closed("solved"))
    elif state.recheck == "claimed":
        yield lambda: _rechecked(me, passed=True, then=_closed("solved"))
        yield lambda: _rechecked(me, passed=False, then=again)
        yield lambda: me.state(_passed_on())


def _after_closing(me: Party, state: CaseState) -> Acts:
    for report in REPORTS:
        if report in state.feedback_open:
            yield lambda report=report: me.state(
                evaluation.FeedbackRecorded(report_id=report, solved=True, recorded_by=WHO)
            )
            yield lambda report=report: me.state(evaluation.FeedbackLapsed(report_id=report))
        elif not state.evaluated:
            yield lambda report=report: me.state(evaluation.FeedbackRequested(report_id=report, due_at=NOW))
    if state.evaluated:
        yield from _appeal(me)
    if not state.feedback_open and not state.evaluated:
        yield lambda: me.state(evaluation.CaseEvaluated(outcome=state.outcome))
    if (state.filed and state.rework_round < 3) or state.answered or state.settlement == "approved":
        yield lambda: _reopen(me, state)


def _reopen(me: Party, state: CaseState) -> None:
    """Nobody is asked any more; whoever had completed it does it again, else command or the desk decides anew."""
    me.memory["reopened"] = 1
    for report in sorted(state.feedback_open):
        me.state(evaluation.FeedbackLapsed(report_id=report))
    lead = next((key for key, each in state.dispatches.items() if each is state.lead), None)
    done = lead is not None and state.dispatches[lead].status == "completed"
    round_ = state.rework_round + 1
    if lead is None or not done:
        me.state(supervision.CaseReopened(reason="by_hand", reopened_by=WHO))
        return
    me.state(supervision.CaseReopened(reason="by_hand", reopened_by=WHO, dispatch_id=lead, rework_round=round_))
    me.state(_rework(lead, round_))


def _appeal(me: Party) -> Acts:
    about = {"appeal_id": CASE, "kind": "unit", "subject_id": "unit-a", "figures": ("overdue",)}
    yield lambda: me.state(evaluation.AppealLodged(**about, text="", due_at=NOW, lodged_by=WHO))
    yield lambda: me.state(evaluation.AppealDecided(**about, upheld=True, note="", decided_by=WHO))


ACTS: dict[str, Callable[[Party, Random], Acts]] = {
    "intake": _intake,
    "routing": _routing,
    "dispatch": _dispatch,
    "supervision": _supervision,
}


REACTIONS: dict[str, Callable[[Party, Event], None]] = {
    "intake": _take_in_again,
    "routing": _ask_anew,
    "dispatch": _take_back,
    "supervision": _watch,
}
"""What a service does as soon as it hears a fact, whatever else it might do."""


def _received(chance: Random) -> Event:
    settled = discovery.Settlement(outcome="settled_on_the_spot", what_was_done="") if chance.random() < 0.2 else None
    return discovery.ReportReceived(
        report_id=REPORTS[0],
        case_number="LJ-20261123-000001",
        channel="grid_terminal",
        occurred_at=NOW,
        reported_at=NOW,
        registered_at=NOW,
        reported_by=WHO,
        settlement=settled,
    )


def _filed() -> Event:
    return acceptance.CaseFiled(
        case_number="LJ-20261123-000001",
        report_id=REPORTS[0],
        channel="grid_terminal",
        request_type="complaint",
        category_id="GB/matter/06010",
        category_name="",
        category_name_en="",
        condition_id="06010-1",
        condition_text="",
        condition_text_en="",
        closing_condition="",
        closing_condition_en="",
        milestones=(),
        verify_mode="site",
        recheck_mode="site",
        severity=4,
        place=Place(grid_code="370522001001001"),
        community="370522001001",
        centre_id="c",
        reported_at=NOW,
        filed_by=WHO,
        case_due_at=NOW,
    )


def _corrected() -> Event:
    return acceptance.CaseCorrected.model_validate({**dict(_filed()), "note": "", "corrected_by": WHO})


def _attached(rule: str) -> Event:
    return acceptance.CaseAttached.model_validate(
        {"host_case_id": CASE, "host_case_number": "", "rule": rule, "decided_by": WHO}
    )


def _settlement(*, approved: bool) -> Event:
    return acceptance.SettlementRecorded(approved=approved, sampled=True, grid_code="370522001001001", decided_by=WHO)


def _routed(round_: int) -> Event:
    return command.CaseRouted(
        round=round_,
        rule="responsibility_list",
        list_version=1,
        assignments=(),
        candidates=(),
        explanation="",
        explanation_en="",
        decided_by=WHO,
    )


def _needed(round_: int) -> Event:
    return command.DecisionNeeded(
        round=round_, queue="c", reason="no_match", due_at=NOW, list_version=1, explanation="", explanation_en=""
    )


def _send(me: Party, round_: int) -> None:
    me.memory["sent"] = round_
    former = [key for key, each in me.view.dispatches.items() if each.role == "lead" and each.open]
    for role in ("lead", "co"):
        me.state(
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
        me.state(_withdrawn(dispatch_id, "re_routed"))


def _withdrawn(dispatch_id: UUID, reason: str) -> Event:
    return command.DispatchWithdrawn.model_validate({"dispatch_id": dispatch_id, "unit_id": "u", "reason": reason})


def _handled(round_: int) -> Event:
    return handling.HandlingCompleted(
        lead_dispatch_id=CASE, lead_unit_id="u", outcome="solved", rework_round=round_, units=("u",)
    )


def _suspension(dispatch_id: UUID) -> Event:
    return supervision.SuspensionDecided(dispatch_id=dispatch_id, unit_id="u", granted=True, until=NOW, decided_by=WHO)


def _suspension_ended(dispatch_id: UUID) -> Event:
    return supervision.SuspensionEnded(dispatch_id=dispatch_id, unit_id="u", milestones=())


def _recheck() -> Event:
    return supervision.RecheckRequested(
        task_id=CASE,
        round=1,
        mode="site",
        grid_code="370522001001001",
        due_at=NOW,
        closing_condition="",
        closing_condition_en="",
    )


def _passed_on() -> Event:
    return supervision.RecheckPassedOn(task_id=CASE, officer_id="o", note="", passed_on_by=WHO)


def _review() -> Event:
    return supervision.ReviewRequested(review_id=CASE, outcome="explained", due_at=NOW)


def _rework(dispatch_id: UUID, round_: int) -> Event:
    return supervision.ReworkOrdered(
        dispatch_id=dispatch_id, unit_id="u", round=round_, reason="recheck_failed", note="", milestones=()
    )


def _closed(outcome: str) -> Event:
    return supervision.CaseClosed.model_validate(
        {"outcome": outcome, "closing_condition_met": True, "closed_by": WHO, "forced": outcome == "forced"}
    )
