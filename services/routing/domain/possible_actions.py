"""What can be done instead of what is refused: read from the table of transitions, by what routing knows of the case and who
asks.
"""

from __future__ import annotations

from typing import Any

from contracts.transitions import ACTIONS, FILED, Transition, from_status, named
from contracts.transitions.model import Before
from services.chassis.auth import Caller, acts_for_centre
from services.chassis.problems import Language, RefusedWithAlternatives
from services.routing.domain.access import DISPATCHERS, concerns, is_asked
from services.routing.domain.case import OpenDispatch, RoutingCase
from services.routing.domain.index import ListIndex

_AWAITING_DISPATCH = "awaiting_dispatch"

_WAYS_OUT = frozenset({"refuse-handover", "request-return"})
"""Two ways out of an order: an emergency service refuses its hand-over, everybody else asks for a return."""


class NotPossibleHere(RefusedWithAlternatives):
    """Refused in the state that the case is in. `possible_actions` is what the caller could do here, `actions_elsewhere` what others do with it
    at the services whose business it is.
    """

    status = 409

    def shown(self, language: Language) -> dict[str, Any]:
        others = named(ACTIONS, self.members.get("elsewhere", ()))
        return {**super().shown(language), "elsewhere": others.en if language == "en" else others.zh}


def possible_actions(index: ListIndex, state: RoutingCase, caller: Caller) -> list[str]:
    """What the caller could do at routing now: they decide a case that waits for them, and nothing else."""
    waiting = state.waiting
    if waiting is None or not concerns(index, state, caller) or not is_asked(index, waiting, caller):
        return []
    of_dispatchers = caller.has(*DISPATCHERS) and acts_for_centre(caller)
    can = {
        "decide": True,
        "escalate": of_dispatchers and can_escalate(index, state),
        "send-back": of_dispatchers and not state.led,
    }
    return [row.action for row in from_status(_status(state)) if row.owner == "routing" and can.get(row.action)]


def actions_elsewhere(state: RoutingCase) -> list[str]:
    """Of a case whose lead has completed, whatever may be done with it; of another that waits for nobody here, what would bring
    it before a person again.
    """
    rows = [row for row in from_status(_status(state)) if row.action]
    if state.handled and not state.ended:
        return list(dict.fromkeys(row.action for row in rows))
    lead = _lead(state)
    handed_over = lead is not None and lead.handover is not None
    back = dict.fromkeys(row.action for row in rows if row.after != _status(state) and _leads_back(row))
    return [each for each in back if (each == "refuse-handover") == handed_over or each not in _WAYS_OUT]


def can_escalate(index: ListIndex, state: RoutingCase) -> bool:
    """Whether the centre above can still be called."""
    centre = index.district.centres.get(state.waiting.queue) if state.waiting is not None else None
    return not state.escalated and centre is not None and centre.above is not None


def _status(state: RoutingCase) -> Before:
    """The status as far as routing hears of it."""
    if state.voided:
        return "voided"
    if state.closed:
        return "closed"
    if state.attached:
        return "attached"
    if state.waiting is not None:
        return _AWAITING_DISPATCH
    if state.handled:
        return "awaiting_recheck"
    lead = _lead(state)
    return "handling" if lead is not None and lead.signed else "awaiting_signature"


def _lead(state: RoutingCase) -> OpenDispatch | None:
    """The lead's order; none while it is on its way."""
    return next((order for order in state.orders.values() if order.role == "lead" and not order.returned), None)


def _leads_back(row: Transition) -> bool:
    """Whether it brings the case before command again, by itself or with one more step while it stays open."""
    if row.after == _AWAITING_DISPATCH:
        return True
    return row.after in FILED and any(
        each.after == _AWAITING_DISPATCH and each.action for each in from_status(row.after)
    )
