"""Who: officers, responsible units, teams, and when they are on duty."""

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
"""Asked, not ordered: no red light, escalation goes to the authority above."""


class Officer(Entity):
    """A post in the field, by its work name: 网格员 officer, 街巷长 lane lead, 协管员 helper, 网格长, 指导员, 组长."""

    KIND: ClassVar[str] = "officer"

    id: Key
    role: OfficerRole
    other_roles: tuple[OfficerRole, ...] = ()
    """What the same person also does; grid leads may hold no post of level 4."""
    level: int = Field(default=4, ge=1, le=4)
    """1–3 for grid leads (street, community, grid), 4 for everybody else."""
    name: str
    """Work name."""
    name_en: str
    contact: str = ""
    """Work contact that residents may see; never a private number."""
    primary_grid: GridCode | None = None
    grids: tuple[GridCode, ...] = ()
    """Every grid of theirs, the primary one included."""
    areas: tuple[AreaPrefix, ...] = ()
    """Of grid leads and instructors: what they look after."""
    valid_to: Day | None = None


class Unit(Entity):
    """A responsible unit 责任单位."""

    KIND: ClassVar[str] = "unit"

    id: Key
    name: str
    name_en: str
    kind: UnitKind
    agency: Agency | None = None
    """An emergency service: when a plan calls it, the dispatch is a hand-off 移交; ordinary work of its own it gets like any unit."""
    escalates_to: Key | None = None
    """The authority above; required of coordinated units."""
    areas: tuple[AreaPrefix, ...] = ()
    """Where it works; empty: the whole district."""
    leader: str = ""
    """Post of its leader: the first step of escalation."""
    leader_en: str = ""
    contact: str = ""
    valid_to: Day | None = None

    @property
    def coordinated(self) -> bool:
        """Whether it is asked rather than ordered 协调."""
        return self.kind in COORDINATED_KINDS


class Team(Entity):
    """A joint team 联合处置队 (a convenor and member units) or a mobile team 机动组 (on the road)."""

    KIND: ClassVar[str] = "team"

    id: Key
    kind: Literal["joint", "mobile"]
    name: str
    name_en: str
    convenor: Key
    """Unit that calls the team and leads until a lead is named; of a mobile team the unit that gets its dispatches."""
    members: tuple[Key, ...] = ()
    areas: tuple[AreaPrefix, ...] = Field(min_length=1)
    leader_officer: Key | None = None


class Leave(Contract):
    """Days 请假 on which the holder of a shift does not take it up."""

    first_day: Day
    last_day: Day
    """The last day of leave; a shift that begins on it is not taken up either."""
    stand_in: Key | None = None
    """Who has the duty instead; none: the shift's own stand-in."""

    @model_validator(mode="after")
    def _in_order(self) -> Leave:
        if self.last_day < self.first_day:
            raise ValueError("请假的末日不得早于首日 / a leave ends on its first day or later")
        return self


class Shift(Entity):
    """A shift 班次 of an officer, a team or a unit over an area, daily or from one instant to another."""

    KIND: ClassVar[str] = "shift"

    id: Key
    officer: Key | None = None
    team: Key | None = None
    unit: Key | None = None
    areas: tuple[AreaPrefix, ...] = Field(min_length=1)
    starts: LocalTime | None = None
    ends: LocalTime | None = None
    """Daily shift, local time; an end not later than the start is on the next day."""
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    """ISO weekdays on which a daily shift begins."""
    valid_from: Day | None = None
    valid_to: Day | None = None
    """Days between which a daily shift begins; the second is not included."""
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    """A single shift."""
    stand_in: Key | None = None
    """Officer who stands in while the holder is on leave."""
    absent: bool = False
    """The holder is on leave until further notice: the stand-in has the duty."""
    leave: tuple[Leave, ...] = ()
    """Leave of which the days are known."""

    @model_validator(mode="after")
    def _one_holder_one_pattern(self) -> Shift:
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
