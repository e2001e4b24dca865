"""Who sees whose figures: whoever sees all does so in their area, and of a street as a whole only who has all of it."""

from __future__ import annotations

import pytest

from contracts.figures import Subject
from services.chassis.auth import Caller
from services.supervision.api.subjects import may_see
from tests.unit.supervision.town import town

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
def test_a_street_or_the_county_is_seen_by_whose_area_holds_all_of_it(
    areas: tuple[str, ...], kind: Subject, subject: str, sees: bool
) -> None:
    """Somebody of one community saw the figures of the whole street, which are also other communities'."""
    assessor = Caller(kind="account", id="a", roles=frozenset({"assessor"}), areas=areas)
    assert may_see(kind, subject, assessor, town()) is sees
