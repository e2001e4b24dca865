"""Entities of centres, communities, grids, components and patrol points."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from contracts.base import Amount, Count, Day
from contracts.registry.base import AreaPrefix, CategoryId, CommunityCode, Entity, GridCode, Key, Latitude, Longitude

GridKind = Literal["base", "dedicated", "micro"]
ManagementLevel = Literal["county", "street", "community"]
"""Level of administration 管理层级 that maintains a road, green area or component. Entries of the responsibility list
may depend on it."""
Ring = tuple[tuple[Longitude, Latitude], ...]
"""A closed ring of `(longitude, latitude)` in CGCS2000; the last point equals the first."""


class Centre(Entity):
    """A command centre 指挥中心 of the county or of a street. Each case has one responsible centre."""

    KIND: ClassVar[str] = "centre"

    id: Key
    level: Literal["county", "street"]
    name: str
    name_en: str
    areas: tuple[AreaPrefix, ...] = Field(min_length=1)
    above: Key | None = None
    """County centre that this centre calls for help 乡呼县应; `None` for the county centre."""
    director: str = ""
    """Post of the director. Decisions that are late are escalated to the director."""
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
    """A grid 网格; `id` is its code. A grid that is no longer used gets a `valid_to`; it is never deleted."""

    KIND: ClassVar[str] = "grid"

    id: GridCode
    kind: GridKind
    name: str
    name_en: str
    community: CommunityCode
    parent: GridCode | None = None
    """Base or dedicated grid that contains a micro grid; `None` for other grids."""
    households: Count | None = Field(default=None, ge=0)
    polygon: Ring | None = None
    geometry: Literal["made_up", "surveyed"] = "surveyed"
    """`made_up` if the border was drawn for a demonstration."""
    aliases: tuple[str, ...] = ()
    """Codes that departments use for the same area, as `department:code`."""
    managed_by: ManagementLevel | None = None
    """Level of administration that maintains everything in the grid; `None` if it differs within the grid."""
    moved_from: str = ""
    """For sample data: real place that was moved here for a demonstration; empty for real grids."""
    valid_from: Day
    valid_to: Day | None = None
    """First day on which the grid is no longer valid; `None` while it is in use."""


class Component(Entity):
    """A component 部件 with its place and, if known, its owner 权属 and its maintainer 养护."""

    KIND: ClassVar[str] = "component"

    id: str = Field(pattern=r"^[0-9]{17}$")
    """Code of the component: 6 digits for the division, 5 for the category and 6 serial digits (after GB/T 47678.5)."""
    category: CategoryId
    name: str
    name_en: str
    grid: GridCode
    longitude: Longitude
    latitude: Latitude
    owner_unit: Key | None = None
    maintainer_unit: Key | None = None
    managed_by: ManagementLevel | None = None
    """Level of administration that maintains the component; `None` means the level of its grid."""
    moved_from: str = ""


class PatrolPoint(Entity):
    """A patrol point 巡查点, which officers visit on patrol.

    Patrol completion is the number of visits made divided by the number of visits due in a shift. Visits are due only
    in shifts whose areas name the grid itself, not in shifts for a whole street.
    """

    KIND: ClassVar[str] = "patrol_point"

    id: Key
    grid: GridCode
    name: str
    name_en: str
    longitude: Longitude
    latitude: Latitude
    radius_m: float | None = Field(default=None, gt=0)
    """Distance in metres within which an officer has visited the point; `None` means the radius of the district
    settings."""
    visits_per_shift: Amount = Field(default=2, ge=1)
    """Number of visits due in each shift."""
