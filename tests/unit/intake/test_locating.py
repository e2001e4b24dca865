"""Locating a report: the point decides about the grid, a claimed grid is only compared, and an outside point is
accepted with a note.
"""

from __future__ import annotations

from datetime import date

import pytest

from services.chassis.coordinates import Point, from_cgcs2000
from services.intake.domain.locating import GivenPlace, Located, locate
from services.intake.domain.problems import GridUnknown
from tests.unit.intake.sample_district import GRID, grid_index, lijin, middle

TODAY = date(2026, 11, 23)
FAR_AWAY = (121.5, 31.2)


def find(point: Point | None = None, crs: str = "wgs84", **fields: str) -> Located:
    return locate(GivenPlace(point=point, crs=crs, **fields), lijin(), grid_index(), TODAY)  # type: ignore[arg-type]


@pytest.mark.parametrize("crs", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_a_spot_has_the_same_grid_in_every_coordinate_system(crs: str) -> None:
    found = find(from_cgcs2000(middle(GRID), crs), crs)  # type: ignore[arg-type]
    assert found.doubt is None
    assert found.place is not None
    assert found.place.grid_code[:15] == GRID
    assert (found.place.longitude, found.place.latitude) == pytest.approx(middle(GRID), abs=1e-6)


def test_the_narrowest_grid_counts() -> None:
    micro = next(grid.id for grid in lijin().grids.values() if grid.kind == "micro")
    found = find(middle(micro))
    assert found.place is not None
    assert found.place.grid_code == micro


def test_a_grid_code_alone_is_a_place_without_a_point() -> None:
    found = find(grid_code=GRID, address="村委会东")
    assert found.place is not None
    assert (found.place.grid_code, found.place.longitude, found.place.address) == (GRID, None, "村委会东")


def test_an_address_alone_waits_for_a_person() -> None:
    assert find(address="利一路8号") == Located(None, "address_only")


def test_a_point_outside_every_grid_is_reported() -> None:
    assert find(FAR_AWAY) == Located(None, "outside_area")


def test_a_wrong_coordinate_system_is_suspected_if_the_claimed_grid_fits_another() -> None:
    """A known error: GPS coordinates labelled as GCJ-02, or the other way round."""
    found = find(from_cgcs2000(middle(GRID), "gcj02"), "wgs84", grid_code=GRID)
    assert found.doubt == "crs_suspect"


def test_a_claimed_grid_that_fits_nowhere_is_a_mismatch_and_the_point_counts() -> None:
    elsewhere = "370522001001001"
    found = find(middle(GRID), grid_code=elsewhere)
    assert found.doubt == "grid_mismatch"
    assert found.place is not None
    assert found.place.grid_code[:15] == GRID


def test_claiming_the_parent_of_a_micro_grid_is_no_mismatch() -> None:
    micro = next(grid for grid in lijin().grids.values() if grid.kind == "micro")
    assert find(middle(micro.id), grid_code=micro.parent or "").doubt is None


def test_an_unknown_grid_is_refused() -> None:
    with pytest.raises(GridUnknown):
        find(grid_code="370522001003999")
