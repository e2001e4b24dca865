"""重复立案: of two cases at one place the later one repeats the earlier."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

import pytest

from contracts.events.acceptance import CaseLinked, CaseVoided, Relation
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at, in_the_field, make_district
from tests.unit.supervision.sample_events import (
    CASE,
    all_completed,
    completed,
    dispatched,
    filed,
    received,
    returned,
    signed,
)

STREET = HOME[:9]
MORNING = at("03-11 09:00")
EARLIER, LATER = "LJ-20260306-000009", "LJ-20260311-000002"


def linked(number: str = EARLIER, relation: Relation = "recurrence") -> CaseLinked:
    return CaseLinked(relation=relation, other_case_id=uuid5(CASE, number), other_case_number=number)


def reported_case(when: datetime = MORNING) -> CaseDriver:
    driver = CaseDriver(make_district())
    driver.apply(received(when, feedback_wanted=False), at=when)
    return driver


def repeat_counts(driver: CaseDriver) -> tuple[int, int]:
    """Return the repeats counted for the area and for the unit."""
    return driver.count("repeat_filed", STREET), driver.count("repeat_completed")


def test_a_repeat_counts_for_its_area_when_filed_and_for_its_unit_when_completed() -> None:
    """Before filing there is no case, and before the signature the dispatch may still go to another unit."""
    driver = reported_case()
    driver.apply(linked())
    assert repeat_counts(driver) == (0, 0)
    driver.apply(filed(MORNING), dispatched(MORNING))
    assert repeat_counts(driver) == (1, 0)
    driver.apply(signed(), completed(), all_completed())
    assert repeat_counts(driver) == (1, 1)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (linked(), (1, 1)),
        (linked(LATER), (0, 0)),
        (linked(relation="related"), (0, 0)),
        (linked(relation="parent"), (0, 0)),
    ],
)
def test_only_the_later_of_two_linked_cases_is_the_repeat(link: CaseLinked, expected: tuple[int, int]) -> None:
    """Both cases hear of the link."""
    driver = reported_case()
    driver.apply(filed(MORNING), dispatched(MORNING), link, signed(), completed(), all_completed())
    assert repeat_counts(driver) == expected


def test_a_repeat_of_two_cases_counts_once() -> None:
    """Also when the desk finds out after the work was done."""
    driver = reported_case()
    driver.apply(filed(MORNING), dispatched(MORNING), signed(), completed(), all_completed())
    driver.apply(linked(), linked("LJ-20260308-000001"))
    assert repeat_counts(driver) == (1, 1)


def test_a_link_after_the_end_of_a_case_makes_no_repeat() -> None:
    """The earlier one of the two is closed: that it came back is counted with what came."""
    driver = reported_case()
    driver.apply(filed(MORNING), dispatched(MORNING), signed(), completed(), all_completed())
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=True)
    driver.apply(linked())
    assert repeat_counts(driver) == (0, 0)


def test_a_returned_dispatch_is_no_repeat_of_its_unit() -> None:
    """It counts for the unit that does the work."""
    driver = reported_case()
    driver.apply(linked(), filed(MORNING), dispatched(MORNING), returned("requested"), returned("accepted"))
    again = uuid5(CASE, "again")
    driver.apply(dispatched(MORNING, dispatch_id=again, unit_id="water", round=2))
    driver.apply(signed(again, "water"), completed(dispatch_id=again, unit_id="water"))
    assert (driver.count("repeat_completed"), driver.count("repeat_completed", "water")) == (0, 1)


def test_a_voided_repeat_counts_for_nobody() -> None:
    driver = reported_case()
    driver.apply(linked(), filed(MORNING), dispatched(MORNING), signed(), completed(), all_completed())
    driver.apply(CaseVoided(note="误立", decided_by=DESK))
    assert repeat_counts(driver) == (0, 0)
