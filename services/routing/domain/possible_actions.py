"""Actions that are possible instead of a refused one, read from the table of transitions."""

from __future__ import annotations

from typing import Any

from contracts.transitions import ACTIONS, FILED, Transition, from_status, named
from contracts.transitions.model import Before
from services.chassis.auth import Caller, acts_for_centre
from services.chassis.problems import Language, RefusedWithAlternatives
from services.routing.domain.access import DISPATCHERS, is_within_reach, may_answer
from services.routing.domain.case import OpenDispatch, RoutingCase
from services.routing.domain.index import ListIndex

_AWAITING_DISPATCH = "awaiting_dispatch"

_WAYS_OUT = frozenset({"refuse-handover", "request-return"})
"""Ways out of a dispatch: an emergency service refuses its hand-over, other units request a return."""


class NotPossibleHere(RefusedWithAlternatives):
    """Refused in the present state of the case.

    `possible` are actions that the caller can take in routing; `elsewhere` are actions of others in other services.
    """

    status = 409

    def shown(self, language: Language) -> dict[str, Any]:
        """Return the members of the answer, with the names of actions in this language."""
        others = named(ACTIONS, self.members.get("elsewhere", ()))
        return {**super().shown(language), "elsewhere": others.en if language == "en" else others.zh}


def possible_actions(index: ListIndex, state: RoutingCase, caller: Caller) -> list[str]:
    """Return the actions that the caller can take in routing now."""
    waiting = state.waiting
    if waiting is None or not is_within_reach(index, state, caller) or not may_answer(index, waiting, caller):
        return []
    of_dispatchers = caller.has(*DISPATCHERS) and acts_for_centre(caller)
    can = {
        "decide": True,
        "escalate": of_dispatchers and can_escalate(index, state),
        "send-back": of_dispatchers and not state.has_lead,
    }
    return [row.action for row in from_status(_status(state)) if row.owner == "routing" and can.get(row.action)]


def actions_elsewhere(state: RoutingCase) -> list[str]:
    """Return actions outside routing that help.

    For a completed case these are all possible actions; for another case without an open question, those that bring
    it before a person again.
    """
    rows = [row for row in from_status(_status(state)) if row.action]
    if state.handled and not state.ended:
        return list(dict.fromkeys(row.action for row in rows))
    lead = _lead(state)
    is_handover = lead is not None and lead.handover is not None
    back = dict.fromkeys(row.action for row in rows if row.after != _status(state) and _leads_back(row))
    return [each for each in back if (each == "refuse-handover") == is_handover or each not in _WAYS_OUT]


def can_escalate(index: ListIndex, state: RoutingCase) -> bool:
    """Return whether there is a centre above that has not been called yet."""
    centre = index.district.centres.get(state.waiting.queue) if state.waiting is not None else None
    return not state.escalated and centre is not None and centre.above is not None


def _status(state: RoutingCase) -> Before:
    """Return the status of the case as far as routing knows it."""
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
    """Return the lead's dispatch; `None` while it is pending."""
    return next(
        (dispatch for dispatch in state.dispatches.values() if dispatch.role == "lead" and not dispatch.returned), None
    )


def _leads_back(row: Transition) -> bool:
    """Return whether the transition brings the case back to routing, directly or after one more action."""
    if row.after == _AWAITING_DISPATCH:
        return True
    return row.after in FILED and any(
        each.after == _AWAITING_DISPATCH and each.action for each in from_status(row.after)
    )
