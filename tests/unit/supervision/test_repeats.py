"""重复立案: of two cases at one place the later one repeats the earlier, for its area and for whoever did the work."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

import pytest

from contracts.events.acceptance import CaseLinked, CaseVoided, Relation
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import (
    CASE,
    DESK,
    HOME,
    all_completed,
    at,
    completed,
    dispatched,
    filed,
    in_the_field,
    received,
    returned,
    signed,
    town,
)

STREET = HOME[:9]
MORNING = at("03-11 09:00")
EARLIER, LATER = "LJ-20260306-000009", "LJ-20260311-000002"


def linked(number: str = EARLIER, relation: Relation = "recurrence") -> CaseLinked:
    return CaseLinked(relation=relation, other_case_id=uuid5(CASE, number), other_case_number=number)


def reported(when: datetime = MORNING) -> Life:
    life = Life(town())
    life.hear(received(when, feedback_wanted=False), at=when)
    return life


def counted(life: Life) -> tuple[int, int]:
    """For the area, and for the unit."""
    return life.count("repeat_filed", STREET), life.count("repeat_completed")


def test_a_repeat_counts_for_its_area_when_filed_and_for_its_unit_when_completed() -> None:
    """Not before: what is not filed is no case, and an order may still turn out to be another unit's."""
    life = reported()
    life.hear(linked())
    assert counted(life) == (0, 0)
    life.hear(filed(MORNING), dispatched(MORNING))
    assert counted(life) == (1, 0)
    life.hear(signed(), completed(), all_completed())
    assert counted(life) == (1, 1)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (linked(), (1, 1)),
        (linked(LATER), (0, 0)),
        (linked(relation="related"), (0, 0)),
        (linked(relation="parent"), (0, 0)),
    ],
)
def test_only_the_later_of_two_recurrences_is_the_repeat(link: CaseLinked, expected: tuple[int, int]) -> None:
    """Both cases hear of the link."""
    life = reported()
    life.hear(filed(MORNING), dispatched(MORNING), link, signed(), completed(), all_completed())
    assert counted(life) == expected


def test_a_repeat_of_two_counts_once() -> None:
    """Also when the desk finds out after the work was done."""
    life = reported()
    life.hear(filed(MORNING), dispatched(MORNING), signed(), completed(), all_completed())
    life.hear(linked(), linked("LJ-20260308-000001"))
    assert counted(life) == (1, 1)


def test_a_case_that_is_over_becomes_no_repeat() -> None:
    """The earlier one of the two is closed: that it came back is counted with what came."""
    life = reported()
    life.hear(filed(MORNING), dispatched(MORNING), signed(), completed(), all_completed())
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=True)
    life.hear(linked())
    assert counted(life) == (0, 0)


def test_a_returned_order_is_no_repeat_of_its_unit() -> None:
    """It counts for whoever does the work."""
    life = reported()
    life.hear(linked(), filed(MORNING), dispatched(MORNING), returned("requested"), returned("accepted"))
    again = uuid5(CASE, "again")
    life.hear(dispatched(MORNING, dispatch_id=again, unit_id="water", round=2))
    life.hear(signed(again, "water"), completed(dispatch_id=again, unit_id="water"))
    assert (life.count("repeat_completed"), life.count("repeat_completed", "water")) == (0, 1)


def test_a_voided_repeat_counts_for_nobody() -> None:
    life = reported()
    life.hear(linked(), filed(MORNING), dispatched(MORNING), signed(), completed(), all_completed())
    life.hear(CaseVoided(note="误立", decided_by=DESK))
    assert counted(life) == (0, 0)
