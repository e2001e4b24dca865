"""Permissions: who may see routing decisions, and who may make them."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.events.command import CaseRouted
from services.chassis.auth import Caller
from services.routing.domain.case import OpenQuestion, RoutingCase
from services.routing.domain.index import ListIndex

DISPATCHERS = ("dispatcher", "shift_lead")
"""Roles at a centre that decide when the responsibility list gives no lead."""

CONVENORS = ("unit_clerk", "handler", "team_leader")
"""Roles that decide for a joint team in the unit that convenes the team. The leaders of this unit decide too."""

DESKS = (*DISPATCHERS, "intake_clerk", "hotline", "leader", "assessor", "administrator")
"""Roles at a centre that may see the routing decisions of cases in the area of the centre."""

READERS = (*DESKS, *CONVENORS)


def may_decide(index: ListIndex, queue: str, caller: Caller) -> bool:
    """Return whether the caller may decide cases in the queue of this centre.

    The caller must be a dispatcher whose areas contain an area of the centre. So a dispatcher of a street does not
    decide cases in the queue of the county.
    """
    if not caller.has(*DISPATCHERS):
        return False
    centre = index.district.centres.get(queue)
    return not caller.areas or (centre is not None and any(caller.covers(area) for area in centre.areas))


def convenes(index: ListIndex, team_id: str | None, caller: Caller) -> bool:
    """Return whether the caller decides for the unit that convenes this joint team; False if there is no team."""
    team = index.district.teams.get(team_id or "")
    return team is not None and caller.unit_id == team.convenor and caller.has(*CONVENORS, "leader")


def may_answer(index: ListIndex, waiting: OpenQuestion, caller: Caller) -> bool:
    """Return whether the caller may answer the question as dispatcher of its queue or as convenor of its joint team."""
    return convenes(index, waiting.team_id, caller) or may_decide(index, waiting.queue, caller)


def queues_and_teams(index: ListIndex, caller: Caller) -> tuple[list[str], list[str]]:
    """Return the centres in whose queue the caller may decide, and the joint teams for which the caller decides."""
    centres = [centre for centre in index.district.centres if may_decide(index, centre, caller)]
    teams = [team for team in index.district.teams if convenes(index, team, caller)]
    return centres, teams


def is_within_reach(index: ListIndex, state: RoutingCase, caller: Caller) -> bool:
    """Return whether the caller may know that the case exists.

    A caller without a unit may know a case in the caller's area. A caller of a unit may know a case if the unit
    convenes the joint team that surveys the case or has surveyed it. Other callers get the error that the case is
    unknown.
    """
    if state.filed is None:
        return False
    if caller.unit_id is None:
        return caller.covers(state.filed.area)
    asked = state.waiting.team_id if state.waiting is not None else None
    surveyed = index.joint_team(state.filed.area) if state.rule == "joint_survey" else None
    return convenes(index, asked, caller) or convenes(index, surveyed.id if surveyed is not None else None, caller)


def may_see(index: ListIndex, state: RoutingCase, routed: Iterable[CaseRouted], caller: Caller) -> bool:
    """Return whether the caller may see the decisions of a case.

    The staff of a centre may see the cases in the area of the centre. A unit may see the cases for which the unit was
    chosen or convenes the joint survey. `routed`: the decisions of the case.
    """
    if caller.kind == "service":
        return True
    if caller.unit_id is None:
        return caller.has(*DESKS) and state.filed is not None and caller.covers(state.filed.area)
    if state.waiting is not None and convenes(index, state.waiting.team_id, caller):
        return True
    own = caller.unit_and_team_ids(index.district)
    return any(each.unit_id in own for event in routed for each in event.assignments)
