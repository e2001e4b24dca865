"""What is sealed of a confidential case, and how a place given later changes it."""

from __future__ import annotations

from contracts.common import Place
from services.chassis.forms import Location
from services.intake.domain.confidential import ConfidentialDetails

SAID = Location(longitude=118.3, latitude=37.6, crs="gcj02")
GRID, NEXT, COMMUNITY = "370522001003005", "370522001003006", "370522001003"
POINT = Place(grid_code=GRID, longitude=118.25, latitude=37.49, accuracy_m=8, address="某巷1号")


def test_the_place_is_kept_with_its_point_in_our_own_coordinates() -> None:
    told = ConfidentialDetails().with_place(POINT, "c-1", SAID)
    assert told.location == Location(longitude=118.25, latitude=37.49, crs="cgcs2000", accuracy_m=8)
    assert (told.grid_code, told.address, told.component_id) == (GRID, "某巷1号", "c-1")
    assert told.with_place(POINT, "c-1") == told, "the same place changes nothing"


def test_another_place_takes_nothing_of_the_former_along() -> None:
    told = ConfidentialDetails(description="异常").with_place(POINT, None).with_place(Place(grid_code=NEXT), None)
    assert told == ConfidentialDetails(description="异常", grid_code=NEXT)


def test_what_was_told_before_anybody_knew_the_grid_stays_until_somebody_says_better() -> None:
    told = ConfidentialDetails(address="某巷1号", location=SAID).with_place(Place(grid_code=GRID), None)
    assert told == ConfidentialDetails(address="某巷1号", location=SAID, grid_code=GRID)


def test_an_address_alone_leaves_the_point_where_it_was() -> None:
    told = ConfidentialDetails().with_place(POINT, None)
    assert told.with_place(Place(grid_code=COMMUNITY, address="某巷2号"), None) == told.model_copy(
        update={"address": "某巷2号"}
    )
    assert told.with_place(None, None) == told
