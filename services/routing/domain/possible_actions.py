"""Actions that an error message suggests instead of a refused action. They come from the table of transitions."""

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

_GIVING_UP = frozenset({"refuse-handover", "request-return"})
"""Actions by which a unit gives up a dispatch: an emergency service refuses it, other units request a return."""


class NotPossibleHere(RefusedWithAlternatives):
    """Error for an action that is not possible in the present state of the case.

    `possible`: actions that the caller can do in the routing service instead. `elsewhere`: actions in other services,
    perhaps of other people, that help.
    """

    status = 409

    def shown(self, language: Language) -> dict[str, Any]:
        """Return the members of the error response, with the names of actions in this language."""
        others = named(ACTIONS, self.members.get("elsewhere", ()))
        return {**super().shown(language), "elsewhere": others.en if language == "en" else others.zh}


def possible_actions(index: ListIndex, state: RoutingCase, caller: Caller) -> list[str]:
    """Return the actions on the case that the caller can do in the routing service now."""
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
    """Return actions in other services that help when a person cannot decide about the case now.

    If the lead has completed its work, return all possible actions. Otherwise return the actions after which routing
    decides again.
    """
    rows = [row for row in from_status(_status(state)) if row.action]
    if state.handled and not state.ended:
        return list(dict.fromkeys(row.action for row in rows))
    lead = _lead(state)
    is_handover = lead is not None and lead.handover is not None
    back = dict.fromkeys(row.action for row in rows if row.after != _status(state) and _leads_back(row))
    return [each for each in back if (each == "refuse-handover") == is_handover or each not in _GIVING_UP]


def can_escalate(index: ListIndex, state: RoutingCase) -> bool:
    """Return whether the open question can be escalated: there is a centre above, and the case was not escalated."""
    centre = index.district.centres.get(state.waiting.queue) if state.waiting is not None else None
    return not state.escalated and centre is not None and centre.above is not None


def _status(state: RoutingCase) -> Before:
    """Return the status of the case, as far as the routing service knows it."""
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
    """Return the dispatch of the lead; `None` if there is no lead or its dispatch is still pending."""
    return next(
        (dispatch for dispatch in state.dispatches.values() if dispatch.role == "lead" and not dispatch.returned), None
    )


def _leads_back(row: Transition) -> bool:
    """Return whether routing must decide again after this transition, at once or after one more action."""
    if row.after == _AWAITING_DISPATCH:
        return True
    return row.after in FILED and any(
        each.after == _AWAITING_DISPATCH and each.action for each in from_status(row.after)
    )
