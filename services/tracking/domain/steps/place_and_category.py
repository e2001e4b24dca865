"""Place and category, which several events of intake set."""

from __future__ import annotations

from contracts.common import Place
from contracts.grid_codes import community_of
from services.tracking.domain.summary import NamedCategory, Summary


def set_place(case: Summary, place: Place | None) -> None:
    """Set place and community of the case. `None` changes nothing."""
    if place is not None:
        case.place = place
        case.community = community_of(place.grid_code)


def set_category(case: Summary, category_id: str | None, name: str | None, name_en: str | None) -> None:
    """Set the category of the case with the names from the event. Without a category id this changes nothing."""
    if category_id is not None:
        case.category = NamedCategory(id=category_id, name=name or "", name_en=name_en or "")
