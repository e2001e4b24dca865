"""Permissions: which dispatches a caller may read, and which actions a caller may do with them.

Units see their own dispatches. The staff of a centre see the dispatches in the area of the centre.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed, Problem
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches import sms_gateway, upstream_platform
from services.dispatch.domain.dispatches.actions import Action
from services.dispatch.domain.dispatches.answers import Responder
from services.dispatch.domain.dispatches.problems import DispatchUnknown
from services.dispatch.domain.dispatches.state import Dispatch, FiledCase

OUTSIDE_RECIPIENTS = frozenset({upstream_platform.RECIPIENT, sms_gateway.RECIPIENT})
"""Recipients that are not units of the county: the upstream platform and the SMS gateway of the city."""

UNIT_ROLES = ("unit_clerk", "handler", "team_leader", "leader")
"""Roles in a unit that may read the dispatches of the unit."""

CENTRE_ROLES = ("dispatcher", "shift_lead", "intake_clerk", "leader", "assessor", "administrator")
"""Roles at a centre that may read the dispatches in the area of the centre."""

DESK_ROLES = ("dispatcher", "shift_lead")
"""Roles at a centre that decide on returns and enter phone answers of units 补录."""

ANSWER_ROLES = ("unit_clerk", "handler", "team_leader", *DESK_ROLES)
"""Roles that answer a dispatch: people of the unit, and dispatchers who enter phone answers of the unit."""

_CONFIRMING_ROLES = ("unit_clerk", "team_leader")
"""Roles in a unit that may complete a dispatch that was assigned to a crew."""

CLERK_ANSWER_ROLES = (*_CONFIRMING_ROLES, *DESK_ROLES)
"""Roles that may take the actions which bind the whole unit; see `ROLES`."""

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
"""For each action, the roles that may do it. The routes of the API require the same roles."""


def may_see(caller: Caller, dispatch: Dispatch, filed_case: FiledCase, district: RegistrySnapshot) -> bool:
    """Return whether the caller may read the dispatch."""
    own_units = caller.unit_and_team_ids(district)
    if own_units:
        return dispatch.unit_id in own_units or _supervises_coordinated_unit(own_units, dispatch, district)
    return caller.has(*CENTRE_ROLES) and caller.covers(filed_case.place.grid_code)


def responder_for(caller: Caller, dispatch: Dispatch, filed_case: FiledCase, district: RegistrySnapshot) -> Responder:
    """Return the caller as responder of the dispatch.

    Raises `DispatchUnknown` if the dispatch belongs to another unit or, for a caller of a centre, lies in another area.
    Raises `NotAllowed` if a caller of a centre is no dispatcher.
    """
    own_units = caller.unit_and_team_ids(district)
    if own_units:
        if dispatch.unit_id not in own_units:
            raise DispatchUnknown(dispatch=str(dispatch.id))
        return Responder(
            caller.acting_as(*_CONFIRMING_ROLES).actor(), for_unit=False, confirms=caller.has(*_CONFIRMING_ROLES)
        )
    require_desk(caller, dispatch, filed_case, district)
    return Responder(caller.acting_as(*DESK_ROLES).actor(), for_unit=True)


def may_do(
    caller: Caller, action: Action, dispatch: Dispatch, filed_case: FiledCase, district: RegistrySnapshot
) -> bool:
    """Return whether the caller may do this action with the dispatch.

    The role, the unit and the area of the caller decide. To complete a dispatch of a crew, the caller must also be
    allowed to confirm the work of the crew.
    """
    try:
        if ROLES[action] == DESK_ROLES:
            require_desk(caller, dispatch, filed_case, district)
            return True
        responder = responder_for(caller, dispatch, filed_case, district)
    except Problem:
        return False
    return caller.has(*ROLES[action]) and (action != "complete" or responder.may_complete(dispatch))


def require_desk(caller: Caller, dispatch: Dispatch, filed_case: FiledCase, district: RegistrySnapshot) -> None:
    """Raise `DispatchUnknown` or `NotAllowed` unless the caller is a dispatcher whose area contains the case."""
    if not may_see(caller, dispatch, filed_case, district):
        raise DispatchUnknown(dispatch=str(dispatch.id))
    if caller.unit_and_team_ids(district) or not caller.has(*DESK_ROLES):
        raise NotAllowed(roles=", ".join(DESK_ROLES))


def _supervises_coordinated_unit(own_units: frozenset[str], dispatch: Dispatch, district: RegistrySnapshot) -> bool:
    """Return whether the dispatch has a coordinated unit and one of `own_units` is the authority above this unit.

    Reminders to a coordinated unit go to the authority above it. Therefore this authority may see the dispatch.
    """
    unit = district.units.get(dispatch.unit_id)
    return unit is not None and unit.coordinated and unit.escalates_to in own_units


def manageable_recipients(caller: Caller, district: RegistrySnapshot) -> frozenset[str]:
    """Return the recipients whose endpoints the caller may manage; empty for the staff of a centre."""
    if caller.kind == "key" and "upstream" in caller.channels:
        return frozenset({upstream_platform.RECIPIENT})
    if caller.has("gateway"):
        return frozenset({sms_gateway.RECIPIENT})
    return caller.unit_and_team_ids(district)
