"""Entities of officers, responsible units, teams and shifts."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field, model_validator

from contracts.base import Contract, Day
from contracts.common import Agency
from contracts.registry.base import AreaPrefix, Entity, GridCode, Key, LocalTime

OfficerRole = Literal["officer", "lane_lead", "helper", "grid_lead", "instructor", "team_leader"]
UnitKind = Literal[
    "authority", "street_unit", "enterprise", "contractor", "property_company", "owners_committee", "social_org"
]
COORDINATED_KINDS: frozenset[UnitKind] = frozenset({"property_company", "owners_committee", "social_org"})
"""Kinds of coordinated units.

These units are asked, not ordered: the light of such a unit never turns red, and a late case is escalated to the
superior authority of the unit.
"""


class Officer(Entity):
    """An officer in the field: 网格员, 街巷长, 协管员, 网格长, 指导员 or 组长."""

    KIND: ClassVar[str] = "officer"

    id: Key
    role: OfficerRole
    other_roles: tuple[OfficerRole, ...] = ()
    """Further roles of the same person. A grid lead may not also have a role of level 4."""
    level: int = Field(default=4, ge=1, le=4)
    """1 to 3 for grid leads of a street, community or grid; 4 for all others."""
    name: str
    """Name used at work."""
    name_en: str
    contact: str = ""
    """Contact at work, shown to residents; never a private number."""
    primary_grid: GridCode | None = None
    grids: tuple[GridCode, ...] = ()
    """All grids of the officer, including `primary_grid`."""
    areas: tuple[AreaPrefix, ...] = ()
    """Areas of a grid lead or instructor; empty for others."""
    valid_to: Day | None = None


class Unit(Entity):
    """A responsible unit 责任单位, which can receive dispatches."""

    KIND: ClassVar[str] = "unit"

    id: Key
    name: str
    name_en: str
    kind: UnitKind
    agency: Agency | None = None
    """Phone number of the unit if it is an emergency service. A dispatch that an emergency plan or a person sends to
    the unit is then a hand-over 移交. `None` for other units."""
    escalates_to: Key | None = None
    """Superior authority of the unit; a coordinated unit must have one."""
    areas: tuple[AreaPrefix, ...] = ()
    """Areas in which the unit works; empty means the whole district."""
    leader: str = ""
    """Post of the head of the unit, to whom a supervision order goes if the unit is very late (`UrgeSteps.leader`)."""
    leader_en: str = ""
    contact: str = ""
    valid_to: Day | None = None

    @property
    def coordinated(self) -> bool:
        """Return True for a coordinated unit, which is asked, not ordered 协调."""
        return self.kind in COORDINATED_KINDS


class Team(Entity):
    """A joint team 联合处置队 or a mobile team 机动组.

    A joint team consists of a convenor and member units. A mobile team is on the road and gives first response.
    """

    KIND: ClassVar[str] = "team"

    id: Key
    kind: Literal["joint", "mobile"]
    name: str
    name_en: str
    convenor: Key
    """Unit that convenes a joint team, and leads until a lead is named; for a mobile team the unit that receives the
    dispatches of the team."""
    members: tuple[Key, ...] = ()
    areas: tuple[AreaPrefix, ...] = Field(min_length=1)
    leader_officer: Key | None = None


class Leave(Contract):
    """A leave 请假 of the person who holds a shift."""

    first_day: Day
    last_day: Day
    """Last day of the leave. A shift that begins on this day is still part of the leave."""
    stand_in: Key | None = None
    """Officer who replaces the person; `None` means `Shift.stand_in`."""

    @model_validator(mode="after")
    def _check_days(self) -> Leave:
        if self.last_day < self.first_day:
            raise ValueError("请假的末日不得早于首日 / a leave ends on its first day or later")
        return self


class Shift(Entity):
    """A shift 班次 of an officer, team or unit in some areas: either repeated daily or single."""

    KIND: ClassVar[str] = "shift"

    id: Key
    officer: Key | None = None
    team: Key | None = None
    unit: Key | None = None
    areas: tuple[AreaPrefix, ...] = Field(min_length=1)
    starts: LocalTime | None = None
    ends: LocalTime | None = None
    """End of a daily shift, in local time; if it is not after `starts`, it is on the next day."""
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    """Weekdays on which a daily shift begins, as ISO numbers (Monday is 1)."""
    valid_from: Day | None = None
    """First day on which a daily shift begins; `None` means no restriction."""
    valid_to: Day | None = None
    """First day on which a daily shift no longer begins; `None` means no restriction."""
    starts_at: AwareDatetime | None = None
    """Start of a single shift; `None` for a daily one."""
    ends_at: AwareDatetime | None = None
    """End of a single shift; `None` for a daily one."""
    stand_in: Key | None = None
    """Officer who replaces the person who holds the shift, during a leave."""
    absent: bool = False
    """True if `stand_in` replaces the person who holds the shift until this is changed."""
    leave: tuple[Leave, ...] = ()
    """Leaves with known first and last days."""

    @model_validator(mode="after")
    def _check_holder_and_times(self) -> Shift:
        if sum(holder is not None for holder in (self.officer, self.team, self.unit)) != 1:
            raise ValueError(
                "班次须且只能指明 officer、team、unit 之一 / a shift names exactly one of officer, team, unit"
            )
        daily = self.starts is not None and self.ends is not None
        single = self.starts_at is not None and self.ends_at is not None
        if daily == single:
            raise ValueError(
                "班次或为每日（starts、ends），或为单次（starts_at、ends_at） / a shift is either daily (starts, ends) or single (starts_at, ends_at)"
            )
        if single and not _before(self.starts_at, self.ends_at):
            raise ValueError("单次班次的结束须晚于开始 / a single shift ends after it starts")
        if not all(1 <= day <= 7 for day in self.weekdays):
            raise ValueError("weekdays 为 1 至 7（周一为 1） / weekdays are ISO numbers 1 to 7")
        if self.absent and self.stand_in is None:
            raise ValueError("请假的班次须有替班人 / an absent holder needs a stand-in")
        if self.stand_in is None and any(leave.stand_in is None for leave in self.leave):
            raise ValueError("请假须有替班人，写在请假或班次上 / a leave needs a stand-in, its own or the shift's")
        return self


def _before(first: datetime | None, second: datetime | None) -> bool:
    return first is not None and second is not None and first < second
