"""Visibility of figures: an assessor sees the own area, and a street only if the whole street is in it."""

from __future__ import annotations

import pytest

from contracts.figures import Subject
from services.chassis.auth import Caller
from services.supervision.api.subjects import may_see
from tests.unit.supervision.sample_district import make_district

COUNTY, STREET, OTHER_STREET, COMMUNITY = "370522", "370522001", "370522002", "370522001003"


@pytest.mark.parametrize(
    ("areas", "kind", "subject", "sees"),
    [
        ((), "county", COUNTY, True),
        ((), "street", STREET, True),
        ((COUNTY,), "county", COUNTY, True),
        ((COUNTY,), "street", STREET, True),
        ((STREET,), "county", COUNTY, False),
        ((STREET,), "street", STREET, True),
        ((STREET,), "street", OTHER_STREET, False),
        ((COMMUNITY,), "county", COUNTY, False),
        ((COMMUNITY,), "street", STREET, False),
        ((COMMUNITY, OTHER_STREET), "street", OTHER_STREET, True),
    ],
)
def test_a_street_or_the_county_is_visible_if_its_whole_area_is_in_the_own_areas(
    areas: tuple[str, ...], kind: Subject, subject: str, sees: bool
) -> None:
    """The figures of a street are also those of its other communities."""
    assessor = Caller(kind="account", id="a", roles=frozenset({"assessor"}), areas=areas)
    assert may_see(kind, subject, assessor, make_district()) is sees
