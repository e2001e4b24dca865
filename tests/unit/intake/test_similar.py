"""Rules of likeness: attached only when sure, suggested when near, linked when it comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from contracts.registry.settings import DuplicateRules
from services.chassis.coordinates import Point
from services.intake.domain.duplicates import (
    ComparableReport,
    Verdict,
    find_duplicate,
    is_comparable,
    related_categories,
)
from tests.unit.intake.kit import ADVICE, LAMP, LITTER, NOON, SECRET, lijin

HERE = (118.25, 37.49)
RULES = DuplicateRules()
METRE = 1 / 111_320


def north(metres: float) -> Point:
    return HERE[0], HERE[1] + metres * METRE


def known(number: int, minutes_ago: float = 0, **fields: object) -> ComparableReport:
    when = NOON - timedelta(minutes=minutes_ago)
    return replace(ComparableReport(UUID(int=number), f"LJ-{number}", LITTER, None, HERE, 5, when, when), **fields)  # type: ignore[arg-type]


NEW = known(9)


def verdict(*others: ComparableReport, new: ComparableReport = NEW, now: datetime = NOON) -> Verdict:
    return find_duplicate(new, others, RULES, now)


@pytest.mark.parametrize(
    ("metres", "minutes", "expected"),
    [
        (14, 119, "attached"),
        (16, 119, "suggested"),
        (14, 121, "suggested"),
        (49, 23 * 60, "suggested"),
        (51, 10, "neither"),
        (10, 25 * 60, "neither"),
    ],
)
def test_radius_and_hours(metres: float, minutes: float, expected: str) -> None:
    found = verdict(known(1, minutes, point=north(metres)))
    got = "attached" if found.host else "suggested" if found.suggested else "neither"
    assert got == expected


def test_another_category_is_never_sure() -> None:
    found = verdict(known(1, 5, category_id=LAMP))
    assert found.host is None
    assert found.suggested is not None


def test_the_same_component_in_another_category_is_for_a_person_to_compare() -> None:
    """The crash and the guardrail that it broke: one component, two cases (situation 1)."""
    new = replace(NEW, component_id="3" * 17)
    found = verdict(known(1, 5, component_id="3" * 17, category_id=LAMP), new=new)
    assert found.host is None
    assert found.suggested is not None


def test_the_same_component_is_sure_at_any_distance_and_age() -> None:
    new = replace(NEW, component_id="3" * 17, point=None)
    found = verdict(known(1, 5 * 24 * 60, component_id="3" * 17, point=north(900)), new=new)
    assert (found.host, found.rule) == (UUID(int=1), "same_component")


def test_a_vague_point_makes_nothing_sure() -> None:
    found = verdict(known(1, 5, accuracy_m=200))
    assert found.host is None
    assert found.suggested is not None


def test_without_a_point_nothing_is_near() -> None:
    assert verdict(known(1, 5), new=replace(NEW, point=None)) == Verdict()


def test_the_nearest_is_the_host() -> None:
    assert verdict(known(1, 30, point=north(12)), known(2, 5, point=north(3))).host == UUID(int=2)


def test_of_two_at_the_same_instant_exactly_one_is_the_host() -> None:
    first, second = known(1), known(2)
    assert find_duplicate(second, [first], RULES, NOON).host == first.case_id
    assert find_duplicate(first, [second], RULES, NOON).host is None


def test_one_that_was_triaged_first_is_the_host_though_it_came_later() -> None:
    """The earlier one committed late: by then the other had been filed."""
    late, filed = known(1, 1), replace(known(2), triaged=True)
    assert find_duplicate(late, [filed], RULES, NOON).host == filed.case_id


def test_closed_days_ago_is_a_recurrence_not_a_host() -> None:
    closed = known(1, 60, ended_at=NOON - timedelta(days=6))
    assert verdict(closed) == Verdict(recurrences=(UUID(int=1),))
    assert verdict(replace(closed, ended_at=NOON - timedelta(days=8))) == Verdict()


def test_a_radius_of_zero_switches_a_rule_off() -> None:
    rules = DuplicateRules(attach_metres=0, suggest_metres=0)
    assert find_duplicate(NEW, [known(1, 5)], rules, NOON) == Verdict()


def test_advice_and_confidential_matters_are_never_compared() -> None:
    categories = lijin().categories
    assert is_comparable(categories[LITTER], confidential=False)
    assert not is_comparable(categories[ADVICE], confidential=False)
    assert not is_comparable(categories[SECRET], confidential=True)
    assert not is_comparable(None, confidential=False)


def test_situation_6_categories_that_share_a_word_are_related() -> None:
    """A compound's own camera and a public one are reported with the same words."""
    compound, public = "LOCAL-370522/matter/12003", "GB47678-5-2026/matter/01050"
    assert public in related_categories(lijin().categories[compound], lijin())
    assert LITTER not in related_categories(lijin().categories[compound], lijin())
