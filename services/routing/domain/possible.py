"""What can be done instead of what is refused: read from the table of transitions, by what routing knows of the case."""

from __future__ import annotations

from contracts.transitions import FILED, Transition, from_status
from contracts.transitions.model import Before
from services.chassis.problems import Instead
from services.routing.domain.case import Order, RoutingCase
from services.routing.domain.index import ListIndex

_COMMAND = "awaiting_dispatch"

_OF_ORDERS = frozenset({"refuse-handover", "request-return"})
"""Two ways out of an order: an emergency service refuses its hand-over, everybody else asks for a return."""


class NotHere(Instead):
    """Refused in the state that the case is in."""

    status = 409


def possible(index: ListIndex, state: RoutingCase) -> list[str]:
    """Of a case that waits for a person, what that person may do; of one whose lead has completed, whatever may be done with it;
    else what would bring it before a person again.
    """
    rows = [row for row in from_status(_standing(state)) if row.action]
    if state.waiting is not None:
        cannot = {"escalate": not can_call(index, state), "send-back": state.led}
        return [row.action for row in rows if row.owner == "routing" and not cannot.get(row.action, False)]
    if state.handled and not state.ended:
        return list(dict.fromkeys(row.action for row in rows))
    lead = _lead(state)
    handed_over = lead is not None and lead.handoff is not None
    back = dict.fromkeys(row.action for row in rows if row.after != _standing(state) and _leads_back(row))
    return [each for each in back if (each == "refuse-handover") == handed_over or each not in _OF_ORDERS]


def can_call(index: ListIndex, state: RoutingCase) -> bool:
    """Whether the centre above can still be called."""
    centre = index.district.centres.get(state.waiting.queue) if state.waiting is not None else None
    return not state.escalated and centre is not None and centre.above is not None


def _standing(state: RoutingCase) -> Before:
    """The status as far as routing hears of it."""
    if state.voided:
        return "voided"
    if state.closed:
        return "closed"
    if state.attached:
        return "attached"
    if state.waiting is not None:
        return _COMMAND
    if state.handled:
        return "awaiting_recheck"
    lead = _lead(state)
    return "handling" if lead is not None and lead.signed else "awaiting_signature"


def _lead(state: RoutingCase) -> Order | None:
    """The lead's order; none while it is on its way."""
    return next((order for order in state.orders.values() if order.role == "lead" and not order.returned), None)


def _leads_back(row: Transition) -> bool:
    """Whether it brings the case before command again, by itself or with one more step while it stays open."""
    if row.after == _COMMAND:
        return True
    return row.after in FILED and any(each.after == _COMMAND and each.action for each in from_status(row.after))
