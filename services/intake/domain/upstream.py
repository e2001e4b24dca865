"""Orders of the upstream platform: the return of an order that is not ours, and the platform's decision about it.

An order can be returned once. If the platform refuses the return, we file the order. The district may allow the return
of an order that was filed at once; the unit with the dispatch then continues to work until the platform accepts.

An order that is sent again belongs to the same case, until the platform takes the order back. After that, an order with
the same number is a new report.
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
    """The numbers that identify an order of the upstream platform or a handed-over case."""

    mode: Mode
    channel_number: str
    """Phone number that names the sending platform, such as 12345 or 110; empty if it has none."""
    number: str


def upstream_order(channel: Channel, external: External | None, mode: Mode) -> UpstreamOrder | None:
    """Return the order or handed-over case that a report comes from; `None` for any other report.

    A report without a number of the sending platform comes from no order.
    """
    if channel not in ("upstream", "emergency") or external is None or not (number := (external.number or "").strip()):
        return None
    return UpstreamOrder(mode, (external.channel_number or "").strip(), number)


def order_of_case(state: IntakeCase) -> UpstreamOrder | None:
    """Return the order that the case belongs to; `None` without an order or after the platform took the order back."""
    if state.report is None or (state.upstream_return is not None and state.upstream_return.accepted):
        return None
    return upstream_order(state.report.channel, state.report.external, state.report.mode)


def send_back(case: Case[IntakeCase], reason: UpstreamReason, note: str, by: Actor) -> None:
    """Return the order to the upstream platform 退回上级. A repeated call changes nothing.

    Unless the case is filed, no deadline runs until the platform decides. Raises `NotFromUpstream`, and
    `NotPossibleNow` if a return was refused before.
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
    """Record the platform's decision about a returned order. Raises `NotPossibleNow`.

    If the platform takes the order back, the case ends: it is not filed or, if it is filed already, voided. If the
    platform refuses, the desk must file the case; a case that is filed already continues.
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
    """Raise `CaseUnknown` or `NotAllowed` unless the caller is the sending platform or the shift lead."""
    if may_decide(case.state, caller):
        return
    if is_upstream_key(caller):
        raise CaseUnknown(case=case.state.received_report.case_number)
    raise NotAllowed(roles="shift_lead")


def may_decide(state: IntakeCase, caller: Caller) -> bool:
    """Return whether the caller may record the platform's decision about this order."""
    sender = state.received_report.reported_by
    if is_upstream_key(caller):
        return (sender.kind, sender.id) == (caller.kind, caller.id)
    return caller.has("shift_lead")


def is_upstream_key(caller: Caller) -> bool:
    """Return whether the caller is an API key of the upstream platform."""
    return caller.kind == "key" and "upstream" in caller.channels
