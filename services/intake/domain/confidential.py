"""What events say of a confidential matter: that it is one, in which community, and how long it may take; and what its unit
alone reads.
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from contracts.base import Stored
from contracts.common import Photo, Place, community_of
from contracts.registry import Category, FilingCondition
from services.chassis.forms import Location

_CLOSES = "主管单位已答复处理结果"
_CLOSES_EN = "The competent unit has answered that it is dealt with"


class ConfidentialDetails(Stored):
    """What is sealed of a confidential case: words, photos, and where exactly it is. Nothing of it is kept anywhere else."""

    model_config = ConfigDict(frozen=True)

    description: str = ""
    photos: tuple[Photo, ...] = ()
    address: str | None = None
    location: Location | None = None
    """The point of the place in CGCS2000; as it was given, where that lies in no grid."""
    grid_code: str | None = None
    component_id: str | None = None

    def at(self, place: Place | None, component_id: str | None, said: Location | None = None) -> ConfidentialDetails:
        """The same in another place (none: where it was) and about this component. `said`: the point as it was given.

        What was told of a place whose grid nobody knew stays until somebody says better.
        """
        changes: dict[str, Any] = {"component_id": component_id}
        if place is not None:
            before = self if self.grid_code is None else ConfidentialDetails()
            changes["address"] = place.address or before.address
            if not is_community_only(place):
                changes |= {"grid_code": place.grid_code, "location": location_of(place) or said or before.location}
        return self.model_copy(update=changes)

    @property
    def grid_place(self) -> Place | None:
        """The grid alone: all that is told of the place where it is filed in the open after all."""
        return Place(grid_code=self.grid_code) if self.grid_code is not None else None


def location_of(place: Place | None) -> Location | None:
    """The point of a place, if it has one."""
    if place is None or place.longitude is None or place.latitude is None:
        return None
    return Location(
        longitude=place.longitude, latitude=place.latitude, crs="cgcs2000", accuracy_m=place.accuracy_m
    )  # fmt: skip


def public_place(place: Place | None, confidential: bool) -> Place | None:
    """The place as events carry it and intake itself keeps it: of a confidential case its community only."""
    return Place(grid_code=community_of(place.grid_code)) if place is not None and confidential else place


def is_community_only(place: Place) -> bool:
    """Whether no grid is known of it here."""
    return community_of(place.grid_code) == place.grid_code


def public_condition(condition: FilingCondition, category: Category) -> FilingCondition:
    """The condition as events carry it. Of a confidential category the limits and the modes stand; situation, way of closing
    and the names of the milestones would say what it is about: the competent unit reads them at intake.
    """
    if not category.confidential:
        return condition
    steps = (
        each.model_copy(update={"name": f"第{number}步", "name_en": f"Step {number}"})
        for number, each in enumerate(condition.milestones, start=1)
    )
    told = {
        "id": category.major, "text": category.major_name, "text_en": category.major_name_en,
        "closing_condition": _CLOSES, "closing_condition_en": _CLOSES_EN, "milestones": tuple(steps),
    }  # fmt: skip
    return condition.model_copy(update=told)


def details_for_unit(condition: FilingCondition, category: Category) -> dict[str, object]:
    """What its events left out: for the competent unit, with the text."""
    named = {"id": category.id, "name": category.name, "name_en": category.name_en}
    wanted = {"id", "text", "text_en", "closing_condition", "closing_condition_en", "milestones"}
    return {"category": named, "condition": condition.model_dump(mode="json", include=wanted)}
