"""Public and encrypted parts of a confidential case.

Events carry only the community, the limits and a confidentiality flag. Only the competent unit may read
the encrypted parts.
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from contracts.base import StoredDocument
from contracts.common import Photo, Place
from contracts.grid_codes import community_of
from contracts.registry import Category, FilingCondition
from services.chassis.forms import Location

_CLOSES = "主管单位已答复处理结果"
_CLOSES_EN = "The competent unit has answered with the result"


class ConfidentialDetails(StoredDocument):
    """The parts of a confidential case that are only stored encrypted: text, photos, exact place and component."""

    model_config = ConfigDict(frozen=True)

    description: str = ""
    photos: tuple[Photo, ...] = ()
    address: str | None = None
    location: Location | None = None
    """The point of the place in CGCS2000; the point as it was given, if that point lies in no grid."""
    grid_code: str | None = None
    component_id: str | None = None

    def with_place(
        self, place: Place | None, component_id: str | None, given_point: Location | None = None
    ) -> ConfidentialDetails:
        """Return the details with another place and component.

        `place` is `None` if the place has not changed. `given_point` is the point in the coordinate system of the
        request. While the grid is unknown, the address and the point that were given before are kept unless the new
        place has its own.
        """
        changes: dict[str, Any] = {"component_id": component_id}
        if place is not None:
            before = self if self.grid_code is None else ConfidentialDetails()
            changes["address"] = place.address or before.address
            if not is_community_only(place):
                changes |= {
                    "grid_code": place.grid_code,
                    "location": location_of(place) or given_point or before.location,
                }
        return self.model_copy(update=changes)

    @property
    def grid_place(self) -> Place | None:
        """The grid without a point, to be published if the case is filed as not confidential after all.

        `None` if no grid is known.
        """
        return Place(grid_code=self.grid_code) if self.grid_code is not None else None


def location_of(place: Place | None) -> Location | None:
    """Return the point of a place, or `None`."""
    if place is None or place.longitude is None or place.latitude is None:
        return None
    return Location(longitude=place.longitude, latitude=place.latitude, crs="cgcs2000", accuracy_m=place.accuracy_m)


def public_place(place: Place | None, confidential: bool) -> Place | None:
    """Return the place that events and intake's own state may hold.

    For a confidential case, this is the community without the grid.
    """
    return Place(grid_code=community_of(place.grid_code)) if place is not None and confidential else place


def is_community_only(place: Place) -> bool:
    """Return whether the place names a community instead of a grid."""
    return community_of(place.grid_code) == place.grid_code


def public_condition(condition: FilingCondition, category: Category) -> FilingCondition:
    """Return the filing condition as events may carry it.

    For a confidential category, only the texts change: situation, closing condition and milestone names would reveal
    the problem, so general texts replace them. The competent unit reads the original texts from intake.
    """
    if not category.confidential:
        return condition
    steps = (
        each.model_copy(update={"name": f"第{number}步", "name_en": f"Step {number}"})
        for number, each in enumerate(condition.milestones, start=1)
    )
    public_texts = {
        "id": category.major,
        "text": category.major_name,
        "text_en": category.major_name_en,
        "closing_condition": _CLOSES,
        "closing_condition_en": _CLOSES_EN,
        "milestones": tuple(steps),
    }
    return condition.model_copy(update=public_texts)


def details_for_unit(condition: FilingCondition, category: Category) -> dict[str, object]:
    """Return category and filing condition for the competent unit, with the texts that events leave out."""
    named = {"id": category.id, "name": category.name, "name_en": category.name_en}
    wanted = {"id", "text", "text_en", "closing_condition", "closing_condition_en", "milestones"}
    return {"category": named, "condition": condition.model_dump(mode="json", include=wanted)}
