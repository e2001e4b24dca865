"""Which caller may see which case. Access depends on the caller, and on the area and the participants of the case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from services.chassis.auth import Caller
from services.tracking.domain.summary import Summary

CENTRE_ROLES = frozenset({"intake_clerk", "hotline", "shift_lead", "dispatcher", "leader", "assessor", "administrator"})
"""Roles of a command centre. People with these roles see every case in their areas."""

NOT_HELD = frozenset({"returned", "withdrawn", "released"})
"""Statuses of a dispatch that is no longer with its unit."""

FIELD_ROLES = frozenset({"officer", "lane_lead", "helper", "grid_lead", "instructor", "team_leader"})
"""Roles of field work. People with these roles see the cases in their grids."""


@dataclass(frozen=True, slots=True)
class Audience:
    """The properties of a case that decide who may see it."""

    area: str
    """Grid code of the case, else the code of its community, else empty."""
    participants: frozenset[str]
    """Participants of the case, as in `Summary.participants`."""

    @classmethod
    def of(cls, case: Summary) -> Audience:
        """Return the audience of a case."""
        return cls(area_of(case), frozenset(case.participants))


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases a caller may see. Callers with equal scopes share one channel of the board."""

    everywhere: bool = False
    areas: tuple[str, ...] = ()
    """Beginnings of grid codes. The caller sees every case whose area begins with one of them."""
    participants: tuple[str, ...] = ()
    """The caller as a participant: `unit:…`, `officer:…`, `actor:…`. The caller sees cases of any of these."""

    def sees(self, audience: Audience) -> bool:
        """Return whether the caller may see that the case exists."""
        if self.everywhere:
            return True
        if self.areas and audience.area.startswith(self.areas):
            return True
        return not audience.participants.isdisjoint(self.participants)

    def knows(self, case: Summary) -> bool:
        """Return whether the caller may know the content of the case.

        Only members of units that currently have a dispatch of a confidential case may know its content.
        """
        if not case.facts.confidential:
            return True
        holders = {f"unit:{each.unit_id}" for each in case.facts.dispatches.values() if each.status not in NOT_HELD}
        return not holders.isdisjoint(self.participants)

    def for_board(self) -> Scope:
        """Return the caller's scope for the board.

        The board leaves out cases that the caller may see for no other reason than having reported them.
        """
        if self.everywhere or self.areas:
            return Scope(self.everywhere, self.areas)
        return Scope(participants=tuple(each for each in self.participants if not each.startswith("actor:")))


def area_of(case: Summary) -> str:
    """Return the code of the narrowest known area of a case; empty if no area is known."""
    if case.place is not None and not case.facts.confidential:
        return case.place.grid_code
    return case.community or ""


def scope_of(caller: Caller, officer_grids: tuple[str, ...], unit_and_team_ids: Collection[str]) -> Scope:
    """Return the scope of a caller. The caller must not be a resident.

    Members of a unit see the cases dispatched to the unit. The key of a reporting system sees the cases that the system
    reported. `officer_grids`: grids of a field worker whose account names no areas. `unit_and_team_ids`: units and
    teams to which the caller belongs.
    """
    if caller.kind == "service":
        return Scope(everywhere=True)
    own = [*(f"unit:{each}" for each in sorted(unit_and_team_ids)), f"actor:{caller.id}"]
    if caller.unit_id is not None or caller.is_channel:
        return Scope(participants=tuple(own))
    if caller.officer_id is not None:
        own.append(f"officer:{caller.officer_id}")
    if caller.roles & CENTRE_ROLES:
        return Scope(everywhere=not caller.areas, areas=tuple(sorted(caller.areas)), participants=tuple(own))
    if caller.roles & FIELD_ROLES:
        return Scope(areas=tuple(sorted(caller.areas or officer_grids)), participants=tuple(own))
    return Scope(participants=tuple(own))
