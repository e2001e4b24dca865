"""Storms 灾情归并 and control areas 统一答复区: polygons in which many reports with one cause are expected.

The centre declares a polygon, a period and a list of categories. In a storm, one parent case collects all reports. In
a control area, every report is answered with a fixed text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict
from shapely.geometry import Point as ShapelyPoint
from shapely.geometry import Polygon
from shapely.validation import explain_validity

from contracts.common import Actor, Channel, Crs, Place
from contracts.events.acceptance.storms import Corner
from services.chassis.auth import Caller
from services.chassis.coordinates import Point, to_cgcs2000
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.case import IntakeCase
from services.intake.domain.duplicates import is_comparable
from services.intake.domain.grids import GridIndex
from services.intake.domain.problems import (
    CategoryUnknown,
    CategoryUnsuitable,
    OutOfYourArea,
    PeriodInvalid,
    PolygonInvalid,
)

_NEVER_ANSWERED_AUTOMATICALLY: frozenset[Channel] = frozenset({"upstream", "emergency"})
"""Channels whose reports a person always answers, even inside a control area."""


class Area(BaseModel):
    """A declared storm or control area."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: Literal["storm", "control"]
    name: str
    name_en: str = ""
    category_ids: tuple[str, ...]
    polygon: tuple[Corner, ...]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: str = ""
    answer: str = ""
    """Fixed answer to reports in a control area; empty for a storm."""
    answer_en: str = ""
    parent_case_id: UUID | None = None
    """Parent case of a storm; `None` for a control area."""
    declared_by: Actor
    declared_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    """When somebody ended the storm or control area before `ends_at`; `None` if nobody did."""

    def covers(self, point: Point) -> bool:
        """Return whether the point lies inside the polygon or on its border."""
        return Polygon(self.polygon).intersects(ShapelyPoint(point))

    def in_force(self, at: datetime) -> bool:
        """Return whether the storm or control area accepts reports made at this instant."""
        return self.ended_at is None and self.starts_at <= at < self.ends_at


def matching_area(state: IntakeCase, areas: Iterable[Area], district: RegistrySnapshot) -> Area | None:
    """Return the storm or control area that this report belongs to, or `None`.

    If several match, the one declared last wins. No area applies to a settlement on the spot, a confidential report, an
    exercise, or a camera detection that nobody has confirmed. A control area does not answer emergencies or reports
    from another authority. A report that a person has detached from a storm or control area is not put into it again.
    """
    report, here = state.received_report, point_of(state.place, district)
    exempt = report.settlement is not None or report.confidential or report.mode != "actual"
    unconfirmed = report.channel == "camera" and not state.frame_confirmed
    if exempt or unconfirmed or here is None:
        return None
    condition = district.conditions.get(state.condition_id or "")
    urgent = district.is_emergency(state.category_id or "", condition.severity if condition else 4)
    found = [
        area
        for area in areas
        if state.category_id in area.category_ids
        and area.in_force(report.reported_at)
        and state.area_id != area.id
        and not (area.kind == "control" and (urgent or report.channel in _NEVER_ANSWERED_AUTOMATICALLY))
        and area.covers(here)
    ]
    return max(found, key=lambda area: (area.declared_at, area.id), default=None)


def closed_ring(corners: Sequence[Corner], crs: Crs, caller: Caller, index: GridIndex) -> tuple[Corner, ...]:
    """Return the polygon as a closed ring in CGCS2000.

    Raises `PolygonInvalid`, and `OutOfYourArea` if the caller's area does not contain the polygon.
    """
    points = [to_cgcs2000(corner, crs) for corner in corners]
    if len(set(points)) < 3:
        raise PolygonInvalid(why="至少要有三个不同的顶点", why_en="it needs at least three different corners")
    closed = tuple(points) if points[0] == points[-1] else (*points, points[0])
    shape = Polygon(closed)
    if not shape.is_valid or shape.area == 0:
        raise PolygonInvalid(why="边界不能自交", why_en=explain_validity(shape))
    codes = index.codes_within(closed)
    if not codes:
        raise PolygonInvalid(why="不在本区任何网格内", why_en="it touches no grid of the district")
    if not all(caller.covers(code) for code in codes):
        raise OutOfYourArea
    return closed


def covers_polygon(caller: Caller, polygon: Sequence[Corner], index: GridIndex) -> bool:
    """Return whether the caller's area contains every grid that the polygon touches."""
    codes = index.codes_within(polygon)
    return bool(codes) and all(caller.covers(code) for code in codes)


def point_inside(polygon: Sequence[Corner]) -> Point:
    """Return a point inside the polygon, near its middle."""
    inside = Polygon(polygon).representative_point()
    return inside.x, inside.y


def check_categories(
    category_ids: Sequence[str], kind: Literal["storm", "control"], district: RegistrySnapshot
) -> None:
    """Raise `CategoryUnknown`, or `CategoryUnsuitable` if the category does not fit this kind of area.

    Advice and confidential categories fit neither kind. Emergencies do not fit a control area.
    """
    for category_id in category_ids:
        category = district.categories.get(category_id)
        if category is None:
            raise CategoryUnknown(category_id=category_id)
        if not is_comparable(category, category.confidential) or (kind == "control" and category.emergency):
            raise CategoryUnsuitable(category_id=category_id)


def check_period(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raise `PeriodInvalid` if the period is empty or already over."""
    if not starts_at < ends_at or ends_at <= now:
        raise PeriodInvalid


def point_of(place: Place | None, district: RegistrySnapshot) -> Point | None:
    """Return the point of a place; without one, a point near the middle of its grid.

    Return `None` if the place is unknown or its grid has no polygon.
    """
    if place is None:
        return None
    if place.longitude is not None and place.latitude is not None:
        return place.longitude, place.latitude
    grid = district.grids.get(place.grid_code)
    return point_inside(grid.polygon) if grid is not None and grid.polygon is not None else None
