"""The encrypted details of a confidential case and how a later place changes them."""

from __future__ import annotations

from contracts.common import Place
from services.chassis.forms import Location
from services.intake.domain.confidential import ConfidentialDetails

GIVEN_LOCATION = Location(longitude=118.3, latitude=37.6, crs="gcj02")
GRID, NEXT, COMMUNITY = "370522001003005", "370522001003006", "370522001003"
POINT = Place(grid_code=GRID, longitude=118.25, latitude=37.49, accuracy_m=8, address="某巷1号")


def test_the_place_is_stored_with_its_point_in_our_coordinates() -> None:
    details = ConfidentialDetails().with_place(POINT, "c-1", GIVEN_LOCATION)
    assert details.location == Location(longitude=118.25, latitude=37.49, crs="cgcs2000", accuracy_m=8)
    assert (details.grid_code, details.address, details.component_id) == (GRID, "某巷1号", "c-1")
    assert details.with_place(POINT, "c-1") == details, "the same place changes nothing"


def test_another_place_replaces_all_of_the_former_one() -> None:
    details = ConfidentialDetails(description="异常").with_place(POINT, None).with_place(Place(grid_code=NEXT), None)
    assert details == ConfidentialDetails(description="异常", grid_code=NEXT)


def test_details_given_before_the_grid_was_known_are_kept() -> None:
    details = ConfidentialDetails(address="某巷1号", location=GIVEN_LOCATION).with_place(Place(grid_code=GRID), None)
    assert details == ConfidentialDetails(address="某巷1号", location=GIVEN_LOCATION, grid_code=GRID)


def test_an_address_alone_does_not_change_the_point() -> None:
    details = ConfidentialDetails().with_place(POINT, None)
    assert details.with_place(Place(grid_code=COMMUNITY, address="某巷2号"), None) == details.model_copy(
        update={"address": "某巷2号"}
    )
    assert details.with_place(None, None) == details
