"""Permissions to see routing decisions and to make them."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.events.command import CaseRouted
from services.chassis.auth import Caller
from services.routing.domain.case import OpenQuestion, RoutingCase
from services.routing.domain.index import ListIndex

DISPATCHERS = ("dispatcher", "shift_lead")
"""Roles that decide when the list cannot."""

CONVENORS = ("unit_clerk", "handler", "team_leader")
"""Roles that speak for a unit. With the unit's leaders they decide for the joint team that it convenes."""

DESKS = (*DISPATCHERS, "intake_clerk", "hotline", "leader", "assessor", "administrator")
"""Roles at a centre that may see explanations in their area."""

READERS = (*DESKS, *CONVENORS)


def may_decide(index: ListIndex, queue: str, caller: Caller) -> bool:
    """Return whether the caller is a dispatcher and the caller's areas contain the centre of the queue.

    A street's dispatcher does not decide cases of the county's queue.
    """
    if not caller.has(*DISPATCHERS):
        return False
    centre = index.district.centres.get(queue)
    return not caller.areas or (centre is not None and any(caller.covers(area) for area in centre.areas))


def convenes(index: ListIndex, team_id: str | None, caller: Caller) -> bool:
    """Return whether the caller decides for the unit that convenes the team."""
    team = index.district.teams.get(team_id or "")
    return team is not None and caller.unit_id == team.convenor and caller.has(*CONVENORS, "leader")


def may_answer(index: ListIndex, waiting: OpenQuestion, caller: Caller) -> bool:
    """Return whether the caller may answer the question, as dispatcher of its queue or convenor of its team."""
    return convenes(index, waiting.team_id, caller) or may_decide(index, waiting.queue, caller)


def queues_and_teams(index: ListIndex, caller: Caller) -> tuple[list[str], list[str]]:
    """Return centres whose queue the caller works on, and joint teams for whose surveys the caller decides."""
    centres = [centre for centre in index.district.centres if may_decide(index, centre, caller)]
    teams = [team for team in index.district.teams if convenes(index, team, caller)]
    return centres, teams


def is_within_reach(index: ListIndex, state: RoutingCase, caller: Caller) -> bool:
    """Return whether the case concerns the caller's centre, or a joint team that the caller's unit convenes.

    To anybody else the case appears as unknown.
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

    The centre's desks see their area. A unit sees cases that it was chosen for or whose survey it convenes.
    """
    if caller.kind == "service":
        return True
    if caller.unit_id is None:
        return caller.has(*DESKS) and state.filed is not None and caller.covers(state.filed.area)
    if state.waiting is not None and convenes(index, state.waiting.team_id, caller):
        return True
    own = caller.unit_and_team_ids(index.district)
    return any(each.unit_id in own for event in routed for each in event.assignments)
