"""Duplicates: attached only if certain, suggested if similar, linked if recurring."""

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
from tests.unit.intake.sample_district import ADVICE, LAMP, LITTER, NOON, SECRET, lijin

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
def test_distance_and_age_decide_between_attached_suggested_and_neither(
    metres: float, minutes: float, expected: str
) -> None:
    found = verdict(known(1, minutes, point=north(metres)))
    got = "attached" if found.host else "suggested" if found.suggested else "neither"
    assert got == expected


def test_another_category_is_never_certain() -> None:
    found = verdict(known(1, 5, category_id=LAMP))
    assert found.host is None
    assert found.suggested is not None


def test_the_same_component_in_another_category_is_only_suggested() -> None:
    """A crash and the guardrail that it broke: one component, two cases (situation 1)."""
    new = replace(NEW, component_id="3" * 17)
    found = verdict(known(1, 5, component_id="3" * 17, category_id=LAMP), new=new)
    assert found.host is None
    assert found.suggested is not None


def test_the_same_component_is_certain_at_any_distance_and_age() -> None:
    new = replace(NEW, component_id="3" * 17, point=None)
    found = verdict(known(1, 5 * 24 * 60, component_id="3" * 17, point=north(900)), new=new)
    assert (found.host, found.rule) == (UUID(int=1), "same_component")


def test_an_inaccurate_point_is_never_certain() -> None:
    found = verdict(known(1, 5, accuracy_m=200))
    assert found.host is None
    assert found.suggested is not None


def test_a_report_without_a_point_has_no_duplicates() -> None:
    assert verdict(known(1, 5), new=replace(NEW, point=None)) == Verdict()


def test_the_nearest_report_is_the_host() -> None:
    assert verdict(known(1, 30, point=north(12)), known(2, 5, point=north(3))).host == UUID(int=2)


def test_of_two_simultaneous_reports_exactly_one_is_the_host() -> None:
    first, second = known(1), known(2)
    assert find_duplicate(second, [first], RULES, NOON).host == first.case_id
    assert find_duplicate(first, [second], RULES, NOON).host is None


def test_a_report_that_was_triaged_first_is_the_host() -> None:
    """The earlier report was committed later."""
    late, filed = known(1, 1), replace(known(2), triaged=True)
    assert find_duplicate(late, [filed], RULES, NOON).host == filed.case_id


def test_a_report_closed_some_days_ago_is_a_recurrence() -> None:
    closed = known(1, 60, ended_at=NOON - timedelta(days=6))
    assert verdict(closed) == Verdict(recurrences=(UUID(int=1),))
    assert verdict(replace(closed, ended_at=NOON - timedelta(days=8))) == Verdict()


def test_a_radius_of_zero_disables_a_rule() -> None:
    rules = DuplicateRules(attach_metres=0, suggest_metres=0)
    assert find_duplicate(NEW, [known(1, 5)], rules, NOON) == Verdict()


def test_advice_and_confidential_reports_are_never_compared() -> None:
    categories = lijin().categories
    assert is_comparable(categories[LITTER], confidential=False)
    assert not is_comparable(categories[ADVICE], confidential=False)
    assert not is_comparable(categories[SECRET], confidential=True)
    assert not is_comparable(None, confidential=False)


def test_situation_6_categories_with_a_common_word_are_related() -> None:
    """A compound's camera and a public camera are reported with the same words."""
    compound, public = "LOCAL-370522/matter/12003", "GB47678-5-2026/matter/01050"
    assert public in related_categories(lijin().categories[compound], lijin())
    assert LITTER not in related_categories(lijin().categories[compound], lijin())
