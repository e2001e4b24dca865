"""Where and when reports of a kind are expected: a storm 风暴 has one case for all of them, a control area 管控区 one answer.

Both are a polygon, a period and categories, declared by the centre for as long as something lasts. A storm gathers: its
parent case takes in every report. A control area answers: what is reported is known, and until when.
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
from services.chassis.registry_snapshot import District
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
"""Channels whose orders a person answers, whatever is known."""


class Area(BaseModel):
    """A storm or a control area as it was declared."""

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
    """What whoever reports in a control area is told."""
    answer_en: str = ""
    parent_case_id: UUID | None = None
    """Of a storm."""
    declared_by: Actor
    declared_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    """When it was ended before its time."""

    def covers(self, point: Point) -> bool:
        """Whether the point lies in it, its border included."""
        return Polygon(self.polygon).intersects(ShapelyPoint(point))

    def in_force(self, at: datetime) -> bool:
        """Whether a report made at this instant falls into its period."""
        return self.ended_at is None and self.starts_at <= at < self.ends_at


def matching_area(state: IntakeCase, areas: Iterable[Area], district: District) -> Area | None:
    """The storm or control area that this report belongs to, the one declared last first; none for what stands alone.

    What an officer has settled, what is confidential, an exercise, and a detection nobody has looked at stand alone. A
    control area leaves emergencies and orders from above to people. What a person took out of an area stays out of it.
    """
    report, here = state.received_report, point_of(state.place, district)
    alone = report.settlement is not None or report.confidential or report.mode != "actual"
    unseen = report.channel == "camera" and not state.frame_confirmed
    if alone or unseen or here is None:
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
    """The polygon as a closed ring in CGCS2000. Raises `PolygonInvalid`, `OutOfYourArea`."""
    points = [to_cgcs2000(corner, crs) for corner in corners]
    if len(set(points)) < 3:
        raise PolygonInvalid(why="至少要有三个不同的顶点", why_en="it needs three different corners at least")
    closed = tuple(points) if points[0] == points[-1] else (*points, points[0])
    shape = Polygon(closed)
    if not shape.is_valid or shape.area == 0:
        raise PolygonInvalid(why="边界不能自交", why_en=explain_validity(shape))
    codes = index.codes_within(closed)
    if not codes:
        raise PolygonInvalid(why="不在本区任何网格内", why_en="it touches none of our grids")
    if not all(caller.covers(code) for code in codes):
        raise OutOfYourArea
    return closed


def point_inside(polygon: Sequence[Corner]) -> Point:
    """A point inside the polygon, near its middle."""
    inside = Polygon(polygon).representative_point()
    return inside.x, inside.y


def check_categories(category_ids: Sequence[str], kind: Literal["storm", "control"], district: District) -> None:
    """Raises `CategoryUnknown`; `CategoryUnsuitable` for what is never one problem of many, or never waits."""
    for category_id in category_ids:
        category = district.categories.get(category_id)
        if category is None:
            raise CategoryUnknown(category_id=category_id)
        if not is_comparable(category, category.confidential) or (kind == "control" and category.emergency):
            raise CategoryUnsuitable(category_id=category_id)


def check_period(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raises `PeriodInvalid`."""
    if not starts_at < ends_at or ends_at <= now:
        raise PeriodInvalid


def point_of(place: Place | None, district: District) -> Point | None:
    """Where the report is; known by its grid only, the middle of the grid stands for it."""
    if place is None:
        return None
    if place.longitude is not None and place.latitude is not None:
        return place.longitude, place.latitude
    grid = district.grids.get(place.grid_code)
    return point_inside(grid.polygon) if grid is not None and grid.polygon is not None else None
