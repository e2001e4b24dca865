"""Who may see which case (need-to-know): decided from the caller and from who had a part in the case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.chassis.auth import Caller
from services.tracking.domain.summary import Summary

CENTRE_ROLES = frozenset({"intake_clerk", "hotline", "shift_lead", "dispatcher", "leader", "assessor", "administrator"})
"""Roles of a command centre: they see every case of their areas."""

NOT_HELD = frozenset({"returned", "withdrawn", "released"})
"""Statuses of a dispatch that is not its unit's any more."""

FIELD_ROLES = frozenset({"officer", "lane_lead", "helper", "grid_lead", "instructor", "team_leader"})
"""Roles on the street: they see the cases of their grids."""


@dataclass(frozen=True, slots=True)
class Audience:
    """What of a case decides who may see it."""

    area: str
    """Grid code, else community code, else empty: not yet known."""
    participants: frozenset[str]
    """As `Record.people`."""

    @classmethod
    def of(cls, case: Summary) -> Audience:
        """The audience of a case."""
        return cls(area_of(case), frozenset(case.participants))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see. Equal scopes see the same, so they share one board channel."""

    everywhere: bool = False
    areas: tuple[str, ...] = ()
    """Beginnings of grid codes."""
    participants: tuple[str, ...] = ()
    """Parts in a case that let the caller see it: `unit:…`, `officer:…`, `actor:…`."""
    case_id: UUID | None = None
    """A resident sees the one case that their follow token is for."""

    def sees(self, case_id: UUID, audience: Audience) -> bool:
        """Whether the case may be shown to the caller at all."""
        if self.everywhere or case_id == self.case_id:
            return True
        if self.areas and audience.area.startswith(self.areas):
            return True
        return not audience.participants.isdisjoint(self.participants)

    def knows(self, case: Summary) -> bool:
        """Whether the caller may know what the case is about: of a confidential one only the units that have it may,
        not one that gave it back or lost it.
        """
        if not case.facts.confidential:
            return True
        having = {f"unit:{each.unit_id}" for each in case.facts.dispatches.values() if each.status not in NOT_HELD}
        return not having.isdisjoint(self.participants)

    def for_board(self) -> Scope:
        """The scope of the board: what a caller reported elsewhere is theirs to look up, not a card on their board."""
        part = (
            ()
            if self.everywhere or self.areas
            else tuple(who for who in self.participants if not who.startswith("actor:"))
        )
        return Scope(self.everywhere, self.areas, part)


def area_of(case: Summary) -> str:
    """The narrowest area known of a case."""
    if case.place is not None and not case.facts.confidential:
        return case.place.grid_code
    return case.community or ""


def scope_of(caller: Caller, officer_grids: tuple[str, ...], houses: Collection[str]) -> Scope:
    """The scope of a caller. A unit's people see what was dispatched to the unit, its leader and its key included; the key
    of a system that reports sees what it reported, whatever its roles. `houses` are the unit and the teams whose orders they get, `officer_grids` the grids of a caller in the field whose
    account names no areas.
    """
    if caller.kind == "service":
        return Scope(everywhere=True)
    if caller.kind == "resident":
        return Scope(case_id=UUID(caller.case_id) if caller.case_id else None)
    own = [*(f"unit:{each}" for each in sorted(houses)), f"actor:{caller.id}"]
    if caller.unit_id is not None or caller.is_channel:
        return Scope(participants=tuple(own))
    if caller.officer_id is not None:
        own.append(f"officer:{caller.officer_id}")
    if caller.roles & CENTRE_ROLES:
        return Scope(everywhere=not caller.areas, areas=tuple(sorted(caller.areas)), participants=tuple(own))
    if caller.roles & FIELD_ROLES:
        return Scope(areas=tuple(sorted(caller.areas or officer_grids)), participants=tuple(own))
    return Scope(participants=tuple(own))
