"""Entities of centres, communities, grids, components and patrol points."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from contracts.base import Amount, Count, Day
from contracts.registry.base import AreaPrefix, CategoryId, CommunityCode, Entity, GridCode, Key, Latitude, Longitude

GridKind = Literal["base", "dedicated", "micro"]
ManagementLevel = Literal["county", "street", "community"]
"""Level that maintains a road, green area or component 管理层级; entries of the responsibility list may depend on
it."""
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
    """Centre that it calls for help 乡呼县应."""
    director: str = ""
    """Post of the director, a step of escalation."""
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
    """A grid 网格; `id` is its code. A grid is closed with `valid_to` and never deleted."""

    KIND: ClassVar[str] = "grid"

    id: GridCode
    kind: GridKind
    name: str
    name_en: str
    community: CommunityCode
    parent: GridCode | None = None
    """The base or dedicated grid that a micro grid belongs to."""
    households: Count | None = Field(default=None, ge=0)
    polygon: Ring | None = None
    geometry: Literal["made_up", "surveyed"] = "surveyed"
    """`made_up` marks a border drawn for a demonstration."""
    aliases: tuple[str, ...] = ()
    """Codes of the same area in departments, as `department:code`."""
    managed_by: ManagementLevel | None = None
    """Level that maintains everything in the grid, if there is one."""
    moved_from: str = ""
    """Origin of a sample place that was moved here for a demonstration."""
    valid_from: Day
    valid_to: Day | None = None
    """First day after the end of validity."""


class Component(Entity):
    """A component 部件 with its place and, if known, its owner 权属 and maintainer 养护."""

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
    """Level that maintains the component; `None` means the level of its grid."""
    moved_from: str = ""


class PatrolPoint(Entity):
    """A patrol point 巡查点. Patrol completion is visits made divided by visits due in a shift.

    Visits are due only in shifts whose areas name the grid itself, not in shifts for a whole street.
    """

    KIND: ClassVar[str] = "patrol_point"

    id: Key
    grid: GridCode
    name: str
    name_en: str
    longitude: Longitude
    latitude: Latitude
    radius_m: float | None = Field(default=None, gt=0)
    """Radius of a visit in metres; `None` means the radius of the district settings."""
    visits_per_shift: Amount = Field(default=2, ge=1)
    """Visits due per shift."""
