"""Orders from the city's platform above us: what is not ours is sent back once; refused there, it is ours to file.

One that was filed directly may be sent back where the district says so. Somebody has it already, and goes on with it until
it is taken back: what may be dangerous lies nowhere while two offices write to each other.

An order sent again is the same order: it has one case, whatever became of that, until the platform takes it back. What is
taken back is theirs; sent once more afterwards it is a new report with a case of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.common import Actor, Channel, Mode
from contracts.events.acceptance.upstream import ReturnedUpstream, UpstreamReason, UpstreamReturnDecided
from contracts.events.discovery import External
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.problems import NotAllowed
from services.intake.domain import filing
from services.intake.domain.case import IntakeCase, SentBack, guard
from services.intake.domain.problems import CaseUnknown, NotFromUpstream


@dataclass(frozen=True, slots=True)
class Order:
    """What makes an order from above the same order."""

    mode: Mode
    channel_number: str
    """Empty where the platform does not say by which of its channels it came."""
    number: str


def order_of(channel: Channel, external: External | None, mode: Mode) -> Order | None:
    """The order that a report is, or the matter that an emergency service handed over; none without a number there."""
    if channel not in ("upstream", "emergency") or external is None or not (number := (external.number or "").strip()):
        return None
    return Order(mode, (external.channel_number or "").strip(), number)


def held(state: IntakeCase) -> Order | None:
    """The order that this case answers for; none once it was taken back above."""
    if state.report is None or (state.sent_back is not None and state.sent_back.accepted):
        return None
    return order_of(state.report.channel, state.report.external, state.report.mode)


def send_back(case: Case[IntakeCase], reason: UpstreamReason, note: str, by: Actor) -> None:
    """退回上级. It waits for the answer from above, and unless it is filed nobody's clock runs meanwhile. Repeating it changes
    nothing.

    Raises `NotFromUpstream`, `NotPossibleNow`: once refused, it is not asked again.
    """
    state = case.state
    if state.sent_back is not None and state.sent_back.waiting:
        return
    if not state.ordered_above:
        raise NotFromUpstream
    guard(case, "return_upstream")
    case.emit(ReturnedUpstream(reason=reason, note=state.kept(note), external=state.known.external, returned_by=by))
    state.sent_back = SentBack(reason=reason)
    if state.status == "filed":
        return
    state.status, state.task, state.missing, state.due_at, state.desk_left = "awaiting_filing", None, (), None, None


def decide(case: Case[IntakeCase], accepted: bool, note: str, by: Actor) -> None:
    """The answer from above: accepted, it is not filed here, or void; refused, the desk files it, or it goes on as it is.

    Raises `NotPossibleNow`.
    """
    state = case.state
    if state.sent_back is not None and state.sent_back.accepted is accepted:
        return
    guard(case, "decide_return")
    assert state.sent_back is not None
    state.sent_back.accepted = accepted
    case.emit(UpstreamReturnDecided(accepted=accepted, note=state.kept(note), decided_by=by))
    if accepted and state.status == "filed":
        filing.annul(case, note, by)
    elif accepted:
        filing.refuse(case, state.sent_back.reason, note, by)
    elif state.status != "filed":
        filing.await_filing(case, decision=True, photo=False)


def require_decider(case: Case[IntakeCase], caller: Caller) -> None:
    """The platform that sent the order, or the shift lead who was told by phone. Raises `CaseUnknown`, `NotAllowed`."""
    if may_decide(case.state, caller):
        return
    if speaks_for_upstream(caller):
        raise CaseUnknown(case=case.state.known.case_number)
    raise NotAllowed(roles="shift_lead")


def may_decide(state: IntakeCase, caller: Caller) -> bool:
    """Whether the caller gives the answer from above about this order."""
    sender = state.known.reported_by
    if speaks_for_upstream(caller):
        return (sender.kind, sender.id) == (caller.kind, caller.id)
    return caller.has("shift_lead")


def speaks_for_upstream(caller: Caller) -> bool:
    """Whether this is the key of the platform above."""
    return caller.kind == "key" and "upstream" in caller.channels
