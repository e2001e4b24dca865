"""Need to know: who may see an order, and who may answer it. Units see theirs only; the centre's desks see their area."""

from __future__ import annotations

from collections.abc import Mapping

from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed, Problem
from services.chassis.registry_snapshot import District
from services.dispatch.domain.dispatches import sms_gateway, upstream_platform
from services.dispatch.domain.dispatches.actions import Action
from services.dispatch.domain.dispatches.answers import Responder
from services.dispatch.domain.dispatches.problems import DispatchUnknown
from services.dispatch.domain.dispatches.state import Dispatch, FiledCase

OUTSIDE_RECIPIENTS = frozenset({upstream_platform.RECIPIENT, sms_gateway.RECIPIENT})
"""Who gets messages of their own and is no unit: the platform above us, and the city's SMS gateway."""

UNIT_ROLES = ("unit_clerk", "handler", "team_leader", "leader")
"""Who reads a unit's orders."""

CENTRE_ROLES = ("dispatcher", "shift_lead", "intake_clerk", "leader", "assessor", "administrator")
"""Who reads the orders of an area."""

DESK_ROLES = ("dispatcher", "shift_lead")
"""Who decides on returns, and enters what a unit says by phone 补录."""

ANSWER_ROLES = ("unit_clerk", "handler", "team_leader", *DESK_ROLES)
"""Who answers for a unit, or enters its answer."""

_CONFIRMING_ROLES = ("unit_clerk", "team_leader")
"""Whose word is the unit's; a handler's completion waits for theirs."""

CLERK_ANSWER_ROLES = (*_CONFIRMING_ROLES, *DESK_ROLES)
"""Who speaks for the whole unit: returns, time, other units."""

ROLES: Mapping[Action, tuple[str, ...]] = {
    "sign": ANSWER_ROLES,
    "refuse-handover": CLERK_ANSWER_ROLES,
    "request-return": CLERK_ANSWER_ROLES,
    "accept-return": DESK_ROLES,
    "refuse-return": DESK_ROLES,
    "assign": CLERK_ANSWER_ROLES,
    "revoke": CLERK_ANSWER_ROLES,
    "progress": ANSWER_ROLES,
    "complete": ANSWER_ROLES,
    "request-extension": CLERK_ANSWER_ROLES,
    "request-suspension": CLERK_ANSWER_ROLES,
    "release-co-unit": CLERK_ANSWER_ROLES,
}
"""Who calls what; the doors of the API let in the same."""


def may_see(caller: Caller, dispatch: Dispatch, filed_case: FiledCase, district: District) -> bool:
    """Whether the caller may read the order at all."""
    own = caller.houses(district)
    if own:
        return dispatch.unit_id in own or _supervises_coordinated_unit(own, dispatch, district)
    return caller.has(*CENTRE_ROLES) and caller.covers(filed_case.place.grid_code)


def responder_for(caller: Caller, dispatch: Dispatch, filed_case: FiledCase, district: District) -> Responder:
    """The caller as the one who answers. Raises `DispatchUnknown` for orders of other units and areas."""
    own = caller.houses(district)
    if own:
        if dispatch.unit_id not in own:
            raise DispatchUnknown(dispatch=str(dispatch.id))
        return Responder(
            caller.acting_as(*_CONFIRMING_ROLES).actor(), for_unit=False, confirms=caller.has(*_CONFIRMING_ROLES)
        )
    require_desk(caller, dispatch, filed_case, district)
    return Responder(caller.acting_as(*DESK_ROLES).actor(), for_unit=True)


def may_do(caller: Caller, action: Action, dispatch: Dispatch, filed_case: FiledCase, district: District) -> bool:
    """Whether the caller is one who does this with this order: by role, unit and area, and by whose word completes it."""
    try:
        if ROLES[action] == DESK_ROLES:
            require_desk(caller, dispatch, filed_case, district)
            return True
        responder = responder_for(caller, dispatch, filed_case, district)
    except Problem:
        return False
    return caller.has(*ROLES[action]) and (action != "complete" or responder.may_complete(dispatch))


def require_desk(caller: Caller, dispatch: Dispatch, filed_case: FiledCase, district: District) -> None:
    """Raises unless a dispatcher of the case's area calls."""
    if not may_see(caller, dispatch, filed_case, district):
        raise DispatchUnknown(dispatch=str(dispatch.id))
    if caller.houses(district) or not caller.has(*DESK_ROLES):
        raise NotAllowed(roles=", ".join(DESK_ROLES))


def _supervises_coordinated_unit(own: frozenset[str], dispatch: Dispatch, district: District) -> bool:
    """The authority above a coordinated unit is urged in its place, so it sees what about."""
    unit = district.units.get(dispatch.unit_id)
    return unit is not None and unit.coordinated and unit.escalates_to in own


def manageable_recipients(caller: Caller, district: District) -> frozenset[str]:
    """For whom the caller may manage endpoints: their houses; what is outside for its own key. Empty for the centre."""
    if caller.kind == "key" and "upstream" in caller.channels:
        return frozenset({upstream_platform.RECIPIENT})
    if caller.has("gateway"):
        return frozenset({sms_gateway.RECIPIENT})
    return caller.houses(district)
