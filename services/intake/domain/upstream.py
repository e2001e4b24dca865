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
from services.intake.domain.case import IntakeCase, UpstreamReturn, require_possible
from services.intake.domain.problems import CaseUnknown, NotFromUpstream


@dataclass(frozen=True, slots=True)
class UpstreamOrder:
    """What makes an order from above the same order."""

    mode: Mode
    channel_number: str
    """Empty where the platform does not say by which of its channels it came."""
    number: str


def upstream_order(channel: Channel, external: External | None, mode: Mode) -> UpstreamOrder | None:
    """The order that a report is, or the matter that an emergency service handed over; none without a number there."""
    if channel not in ("upstream", "emergency") or external is None or not (number := (external.number or "").strip()):
        return None
    return UpstreamOrder(mode, (external.channel_number or "").strip(), number)


def order_of_case(state: IntakeCase) -> UpstreamOrder | None:
    """The order that this case answers for; none once it was taken back above."""
    if state.report is None or (state.upstream_return is not None and state.upstream_return.accepted):
        return None
    return upstream_order(state.report.channel, state.report.external, state.report.mode)


def send_back(case: Case[IntakeCase], reason: UpstreamReason, note: str, by: Actor) -> None:
    """退回上级. It waits for the answer from above, and unless it is filed nobody's clock runs meanwhile. Repeating it changes
    nothing.

    Raises `NotFromUpstream`, `NotPossibleNow`: once refused, it is not asked again.
    """
    state = case.state
    if state.upstream_return is not None and state.upstream_return.waiting:
        return
    if not state.is_from_upstream:
        raise NotFromUpstream
    require_possible(case, "return_upstream")
    case.emit(
        ReturnedUpstream(
            reason=reason, note=state.public_text(note), external=state.received_report.external, returned_by=by
        )
    )
    state.upstream_return = UpstreamReturn(reason=reason)
    if state.status == "filed":
        return
    state.status, state.task, state.missing, state.due_at, state.filing_time_left = (
        "awaiting_filing",
        None,
        (),
        None,
        None,
    )


def record_decision(case: Case[IntakeCase], accepted: bool, note: str, by: Actor) -> None:
    """The answer from above: accepted, it is not filed here, or void; refused, the desk files it, or it goes on as it is.

    Raises `NotPossibleNow`.
    """
    state = case.state
    if state.upstream_return is not None and state.upstream_return.accepted is accepted:
        return
    require_possible(case, "decide_return")
    assert state.upstream_return is not None
    state.upstream_return.accepted = accepted
    case.emit(UpstreamReturnDecided(accepted=accepted, note=state.public_text(note), decided_by=by))
    if accepted and state.status == "filed":
        filing.record_voided(case, note, by)
    elif accepted:
        filing.record_not_filed(case, state.upstream_return.reason, note, by)
    elif state.status != "filed":
        filing.await_filing(case, decision=True, photo=False)


def require_decider(case: Case[IntakeCase], caller: Caller) -> None:
    """The platform that sent the order, or the shift lead who was told by phone. Raises `CaseUnknown`, `NotAllowed`."""
    if may_decide(case.state, caller):
        return
    if is_upstream_key(caller):
        raise CaseUnknown(case=case.state.received_report.case_number)
    raise NotAllowed(roles="shift_lead")


def may_decide(state: IntakeCase, caller: Caller) -> bool:
    """Whether the caller gives the answer from above about this order."""
    sender = state.received_report.reported_by
    if is_upstream_key(caller):
        return (sender.kind, sender.id) == (caller.kind, caller.id)
    return caller.has("shift_lead")


def is_upstream_key(caller: Caller) -> bool:
    """Whether this is the key of the platform above."""
    return caller.kind == "key" and "upstream" in caller.channels
