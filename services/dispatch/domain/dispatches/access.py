"""Need to know: who may see an order, and who may answer it. Units see theirs only; the centre's desks see their area."""

from __future__ import annotations

from collections.abc import Mapping

from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed, Problem
from services.chassis.registry_snapshot import District
from services.dispatch.domain.dispatches import sms_gateway, upstream_platform
from services.dispatch.domain.dispatches.actions import Action
from services.dispatch.domain.dispatches.answers import Answering
from services.dispatch.domain.dispatches.problems import DispatchUnknown
from services.dispatch.domain.dispatches.state import Dispatch, Matter

OUTSIDE = frozenset({upstream_platform.RECIPIENT, sms_gateway.RECIPIENT})
"""Who gets messages of their own and is no unit: the platform above us, and the city's SMS gateway."""

UNIT_ROLES = ("unit_clerk", "handler", "team_leader", "leader")
"""Who reads a unit's orders."""

CENTRE_ROLES = ("dispatcher", "shift_lead", "intake_clerk", "leader", "assessor", "administrator")
"""Who reads the orders of an area."""

DESK = ("dispatcher", "shift_lead")
"""Who decides on returns, and enters what a unit says by phone 补录."""

ANSWERS = ("unit_clerk", "handler", "team_leader", *DESK)
"""Who answers for a unit, or enters its answer."""

_CONFIRMING = ("unit_clerk", "team_leader")
"""Whose word is the unit's; a handler's completion waits for theirs."""

CLERK_ANSWERS = (*_CONFIRMING, *DESK)
"""Who speaks for the whole unit: returns, time, other units."""

ROLES: Mapping[Action, tuple[str, ...]] = {
    "sign": ANSWERS,
    "refuse-handover": CLERK_ANSWERS,
    "request-return": CLERK_ANSWERS,
    "accept-return": DESK,
    "refuse-return": DESK,
    "assign": CLERK_ANSWERS,
    "revoke": CLERK_ANSWERS,
    "progress": ANSWERS,
    "complete": ANSWERS,
    "request-extension": CLERK_ANSWERS,
    "request-suspension": CLERK_ANSWERS,
    "release-co-unit": CLERK_ANSWERS,
}
"""Who calls what; the doors of the API let in the same."""


def may_see(caller: Caller, dispatch: Dispatch, matter: Matter, district: District) -> bool:
    """Whether the caller may read the order at all."""
    own = caller.houses(district)
    if own:
        return dispatch.unit_id in own or _answers_for_coordinated(own, dispatch, district)
    return caller.has(*CENTRE_ROLES) and caller.covers(matter.place.grid_code)


def answering(caller: Caller, dispatch: Dispatch, matter: Matter, district: District) -> Answering:
    """The caller as the one who answers. Raises `DispatchUnknown` for orders of other units and areas."""
    own = caller.houses(district)
    if own:
        if dispatch.unit_id not in own:
            raise DispatchUnknown(dispatch=str(dispatch.id))
        return Answering(caller.acting_as(*_CONFIRMING).actor(), for_unit=False, confirms=caller.has(*_CONFIRMING))
    require_desk(caller, dispatch, matter, district)
    return Answering(caller.acting_as(*DESK).actor(), for_unit=True)


def may(caller: Caller, action: Action, dispatch: Dispatch, matter: Matter, district: District) -> bool:
    """Whether the caller is one who does this with this order: by role, unit and area, and by whose word completes it."""
    try:
        if ROLES[action] == DESK:
            require_desk(caller, dispatch, matter, district)
            return True
        who = answering(caller, dispatch, matter, district)
    except Problem:
        return False
    return caller.has(*ROLES[action]) and (action != "complete" or who.may_complete(dispatch))


def require_desk(caller: Caller, dispatch: Dispatch, matter: Matter, district: District) -> None:
    """Raises unless a dispatcher of the case's area calls."""
    if not may_see(caller, dispatch, matter, district):
        raise DispatchUnknown(dispatch=str(dispatch.id))
    if caller.houses(district) or not caller.has(*DESK):
        raise NotAllowed(roles=", ".join(DESK))


def _answers_for_coordinated(own: frozenset[str], dispatch: Dispatch, district: District) -> bool:
    """The authority above a coordinated unit is urged in its place, so it sees what about."""
    unit = district.units.get(dispatch.unit_id)
    return unit is not None and unit.coordinated and unit.escalates_to in own


def recipients(caller: Caller, district: District) -> frozenset[str]:
    """For whom the caller may manage endpoints: their houses; what is outside for its own key. Empty for the centre."""
    if caller.kind == "key" and "upstream" in caller.channels:
        return frozenset({upstream_platform.RECIPIENT})
    if caller.has("gateway"):
        return frozenset({sms_gateway.RECIPIENT})
    return caller.houses(district)
