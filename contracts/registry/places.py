"""Where: centres, communities, grids, and the things that stand in them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from contracts.base import Amount, Count, Day
from contracts.registry.base import AreaPrefix, CategoryId, CommunityCode, Entity, GridCode, Key, Latitude, Longitude

GridKind = Literal["base", "dedicated", "micro"]
ManagementLevel = Literal["county", "street", "community"]
"""管理层级: which level looks after a road, a green or a thing; the responsibility list may tell them apart."""
Ring = tuple[tuple[Longitude, Latitude], ...]
"""A closed ring of `(longitude, latitude)`, first point repeated at the end, CGCS2000."""


class Centre(Entity):
    """A command centre 中心 of the county or a street; each case has one responsible centre."""

    KIND: ClassVar[str] = "centre"

    id: Key
    level: Literal["county", "street"]
    name: str
    name_en: str
    areas: tuple[AreaPrefix, ...] = Field(min_length=1)
    above: Key | None = None
    """The centre it calls for help (乡呼县应)."""
    director: str = ""
    """Post of the director: a step of escalation."""
    director_en: str = ""


class Community(Entity):
    """A community 社区; `id` is its 12-digit code."""

    KIND: ClassVar[str] = "community"

    id: CommunityCode
    name: str
    name_en: str
    street: str = Field(pattern=r"^[0-9]{9}$")
    street_name: str
    street_name_en: str
    households: Count = Field(ge=0)


class Grid(Entity):
    """A grid 网格; `id` is its code. Closed with `valid_to`, never deleted."""

    KIND: ClassVar[str] = "grid"

    id: GridCode
    kind: GridKind
    name: str
    name_en: str
    community: CommunityCode
    parent: GridCode | None = None
    """Of a micro grid: the base or dedicated grid it is part of."""
    households: Count | None = Field(default=None, ge=0)
    polygon: Ring | None = None
    geometry: Literal["made_up", "surveyed"] = "surveyed"
    """`made_up`: drawn for a demonstration, not the real border."""
    aliases: tuple[str, ...] = ()
    """Departments' own codes of the same ground, as `department:code`."""
    managed_by: ManagementLevel | None = None
    """Level that looks after what lies here, where one level does."""
    borrowed: str = ""
    """Said of a place that does not really lie here, where it comes from."""
    valid_from: Day
    valid_to: Day | None = None
    """First day on which it is no longer valid."""


class Component(Entity):
    """A component 部件: a thing with a place and, if known, an owner (权属) or maintainer (养护)."""

    KIND: ClassVar[str] = "component"

    id: str = Field(pattern=r"^[0-9]{17}$")
    """6 division + 5 category + 6 serial (after GB/T 47678.5)."""
    category: CategoryId
    name: str
    name_en: str
    grid: GridCode
    longitude: Longitude
    latitude: Latitude
    owner_unit: Key | None = None
    maintainer_unit: Key | None = None
    managed_by: ManagementLevel | None = None
    """Level that looks after it; absent: that of its grid."""
    borrowed: str = ""


class PatrolPoint(Entity):
    """A duty point 巡查点 that a patrol passes: patrol completion is visits made ÷ visits due in the shift.

    Due in the shifts whose area names its grid: who is on call for a whole street by night does not walk its rounds.
    """

    KIND: ClassVar[str] = "patrol_point"

    id: Key
    grid: GridCode
    name: str
    name_en: str
    longitude: Longitude
    latitude: Latitude
    radius_m: float | None = Field(default=None, gt=0)
    """A check-in this near counts as a visit, metres; none: as near as the district says."""
    visits_per_shift: Amount = Field(default=2, ge=1)
    """Rounds in which it is passed."""
