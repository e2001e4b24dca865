"""Conversion of the place that a caller gives into the place of a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import get_args

from contracts.common import Crs, Place
from contracts.events.discovery import PlaceDoubt
from contracts.registry import Component
from services.chassis.coordinates import Point, to_cgcs2000
from services.chassis.forms import Location
from services.chassis.registry_snapshot import RegistrySnapshot, is_valid
from services.intake.domain.grids import GridIndex
from services.intake.domain.problems import GridUnknown


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """A place as the caller gave it."""

    point: Point | None = None
    crs: Crs = "wgs84"
    accuracy_m: float | None = None
    grid_code: str | None = None
    address: str | None = None
    """The address, with personal data masked."""

    @classmethod
    def of(cls, location: Location | None, grid_code: str | None, address: str | None = None) -> GivenPlace:
        """Return the place that the fields of a form describe."""
        if location is None:
            return cls(grid_code=grid_code, address=address)
        point = (location.longitude, location.latitude)
        return cls(point, location.crs, location.accuracy_m, grid_code, address)


def place_of_component(component: Component, address: str | None = None) -> Place:
    """Return the place of a component."""
    return Place(grid_code=component.grid, longitude=component.longitude, latitude=component.latitude, address=address)


@dataclass(frozen=True, slots=True)
class Located:
    """The place that was found, the doubt about it, or both."""

    place: Place | None = None
    doubt: PlaceDoubt | None = None


def locate(given: GivenPlace, district: RegistrySnapshot, index: GridIndex, on: date) -> Located:
    """Return the place of a report and the doubt about it, by the point or, without a point, by the grid code.

    A given grid code is only a claim: if the point lies in another grid, the point counts. The doubt is then
    `crs_suspect` if another coordinate system would put the point into the claimed grid, and otherwise `grid_mismatch`.
    If the point lies in no grid, the claimed grid counts. Without a place, the doubt is `outside_area` or
    `address_only`. Raises `GridUnknown` for a code that is not in force.
    """
    claim = given.grid_code
    if claim is not None and (claim not in district.grids or not is_valid(district.grids[claim], on)):
        raise GridUnknown(grid_code=claim)
    if given.point is None:
        if claim is not None:
            return Located(Place(grid_code=claim, address=given.address))
        return Located(doubt="address_only")
    point = to_cgcs2000(given.point, given.crs)
    found = index.grid_at(point, on)
    if found is None:
        if claim is None:
            return Located(doubt="outside_area")
        return Located(Place(grid_code=claim, address=given.address), _doubt(given, claim, index, on))
    place = Place(
        grid_code=found.id,
        longitude=round(point[0], 7),
        latitude=round(point[1], 7),
        accuracy_m=given.accuracy_m,
        address=given.address,
    )
    if claim is None or _same_grid(claim, found.id):
        return Located(place)
    return Located(place, _doubt(given, claim, index, on))


def _doubt(given: GivenPlace, claim: str, index: GridIndex, on: date) -> PlaceDoubt:
    assert given.point is not None
    for crs in _other_systems(given.crs):
        grid = index.grid_at(to_cgcs2000(given.point, crs), on)
        if grid is not None and _same_grid(claim, grid.id):
            return "crs_suspect"
    return "grid_mismatch"


def _other_systems(crs: Crs) -> Iterable[Crs]:
    """Return the coordinate systems to try instead of the stated one. WGS-84 and CGCS2000 count as one."""
    same = {"wgs84", "cgcs2000"}
    return (each for each in get_args(Crs) if each != crs and not {each, crs} <= same)


def _same_grid(claim: str, found: str) -> bool:
    """Return whether both codes belong to one base grid. A micro grid is a part of a base grid."""
    return claim[:15] == found[:15]
