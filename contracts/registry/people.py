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
"""Kinds of coordinated units, which are asked, not ordered: no red light, escalation to the superior authority."""


class Officer(Entity):
    """A post in the field: 网格员, 街巷长, 协管员, 网格长, 指导员 or 组长."""

    KIND: ClassVar[str] = "officer"

    id: Key
    role: OfficerRole
    other_roles: tuple[OfficerRole, ...] = ()
    """Further roles of the same person. Grid leads may not hold a post of level 4."""
    level: int = Field(default=4, ge=1, le=4)
    """1–3 for grid leads (street, community, grid), 4 for everybody else."""
    name: str
    """Work name."""
    name_en: str
    contact: str = ""
    """Work contact shown to residents; never a private number."""
    primary_grid: GridCode | None = None
    grids: tuple[GridCode, ...] = ()
    """All grids of the officer, the primary one included."""
    areas: tuple[AreaPrefix, ...] = ()
    """Areas of grid leads and instructors."""
    valid_to: Day | None = None


class Unit(Entity):
    """A responsible unit 责任单位."""

    KIND: ClassVar[str] = "unit"

    id: Key
    name: str
    name_en: str
    kind: UnitKind
    agency: Agency | None = None
    """Number of an emergency service. If a plan or a person calls it in, the dispatch is a hand-over 移交."""
    escalates_to: Key | None = None
    """Superior authority; required for coordinated units."""
    areas: tuple[AreaPrefix, ...] = ()
    """Areas of the unit; empty means the whole district."""
    leader: str = ""
    """Post of the leader, the first step of escalation."""
    leader_en: str = ""
    contact: str = ""
    valid_to: Day | None = None

    @property
    def coordinated(self) -> bool:
        """Return True if the unit is asked, not ordered 协调."""
        return self.kind in COORDINATED_KINDS


class Team(Entity):
    """A joint team 联合处置队 (a convenor and member units) or a mobile team 机动组 (on the road)."""

    KIND: ClassVar[str] = "team"

    id: Key
    kind: Literal["joint", "mobile"]
    name: str
    name_en: str
    convenor: Key
    """Unit that convenes a joint team and leads until a lead is named; for a mobile team the unit that receives its
    dispatches."""
    members: tuple[Key, ...] = ()
    areas: tuple[AreaPrefix, ...] = Field(min_length=1)
    leader_officer: Key | None = None


class Leave(Contract):
    """A leave 请假 of the holder of a shift."""

    first_day: Day
    last_day: Day
    """Last day; a shift that begins on this day is covered by the leave, too."""
    stand_in: Key | None = None
    """Replacement; `None` means the stand-in of the shift."""

    @model_validator(mode="after")
    def _check_days(self) -> Leave:
        if self.last_day < self.first_day:
            raise ValueError("请假的末日不得早于首日 / a leave ends on its first day or later")
        return self


class Shift(Entity):
    """A shift 班次 of an officer, team or unit in some areas, either daily or single."""

    KIND: ClassVar[str] = "shift"

    id: Key
    officer: Key | None = None
    team: Key | None = None
    unit: Key | None = None
    areas: tuple[AreaPrefix, ...] = Field(min_length=1)
    starts: LocalTime | None = None
    ends: LocalTime | None = None
    """Local times of a daily shift; an end not after the start is on the next day."""
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    """ISO weekdays on which a daily shift begins."""
    valid_from: Day | None = None
    valid_to: Day | None = None
    """Period in which a daily shift begins, without the last day."""
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    """Start and end of a single shift."""
    stand_in: Key | None = None
    """Officer who replaces the holder during leave."""
    absent: bool = False
    """True if the stand-in replaces the holder until further notice."""
    leave: tuple[Leave, ...] = ()
    """Leaves with known days."""

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
