"""Conversion between the four coordinate systems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.common import Crs
from services.chassis.coordinates import distance_m, from_cgcs2000, to_cgcs2000

BEIJING = (116.404, 39.915)


def test_the_reference_points_of_public_converters_are_met() -> None:
    """The points come from gcoord and coordtransform."""
    assert from_cgcs2000(BEIJING, "gcj02") == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)
    gcj = to_cgcs2000(BEIJING, "gcj02")
    assert from_cgcs2000(gcj, "bd09") == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-7)


@pytest.mark.parametrize(
    ("city", "point", "metres"),
    [
        ("Beijing", (116.397, 39.909), 555),
        ("Shanghai", (121.474, 31.230), 481),
        ("Shenzhen", (114.058, 22.543), 606),
        ("Chengdu", (104.066, 30.572), 363),
        ("Urumqi", (87.617, 43.826), 266),
        ("Harbin", (126.535, 45.803), 511),
    ],
)
def test_the_shift_of_gcj02_matches_published_values(city: str, point: tuple[float, float], metres: int) -> None:
    assert distance_m(point, from_cgcs2000(point, "gcj02")) == pytest.approx(metres, abs=15), city


def test_wgs84_is_stored_without_conversion() -> None:
    assert to_cgcs2000((118.25, 37.49), "wgs84") == to_cgcs2000((118.25, 37.49), "cgcs2000") == (118.25, 37.49)


@given(
    st.floats(min_value=74, max_value=134),
    st.floats(min_value=18.5, max_value=53),
    st.sampled_from(["gcj02", "bd09"]),
)
def test_a_round_trip_moves_a_point_by_less_than_a_centimetre(longitude: float, latitude: float, crs: Crs) -> None:
    point = (longitude, latitude)
    assert distance_m(point, to_cgcs2000(from_cgcs2000(point, crs), crs)) < 0.01


def test_a_degree_of_latitude_is_111_km() -> None:
    assert distance_m((118.25, 37.0), (118.25, 38.0)) == pytest.approx(111_320, rel=0.001)
