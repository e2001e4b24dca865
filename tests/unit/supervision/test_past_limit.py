"""超期未处置 and 超期未结案: what is past its limit counts from that minute until it is done or exempt."""

from __future__ import annotations

import pytest

from services.supervision.domain.actions import case_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import HOME, at, in_the_field, person
from tests.unit.supervision.sample_events import CO, PROPERTY, REPORT, corrected, storm_declared

STREET = HOME[:9]
HANDLING_OVERDUE, CLOSING_OVERDUE = "pending_handling_overdue", "pending_closing_overdue"


def dispatched_case(*milestones: str, day: str = "03-11", **changes: object) -> CaseDriver:
    """Return a case filed and dispatched at nine; by default with a limit of one work day."""
    driver, when = CaseDriver(sample_district.make_district()), at(f"{day} 09:00")
    steps = milestones or ("1 work_day",)
    driver.apply(sample_events.received(when, reporter_ref=REPORT), sample_events.filed(when, **changes), at=when)
    driver.apply(sample_events.dispatched(when, steps), at=when)
    return driver


def overdue_counts(driver: CaseDriver) -> tuple[int, int]:
    """Return how many overdue dispatches the unit and the street have."""
    return driver.count(HANDLING_OVERDUE), driver.count(HANDLING_OVERDUE, STREET)


def complete_and_recheck(driver: CaseDriver, *, passed: bool = True) -> None:
    round_ = driver.flow.rework_round
    driver.apply(sample_events.completed(round_=round_), sample_events.all_completed(round_=round_))
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=passed)


def uphold_appeal(driver: CaseDriver, kind: str, subject: str, *figures: str) -> None:
    driver.run(appeals.lodge, Subject(kind, subject), figures, "线路故障", person("leader"))  # type: ignore[arg-type]
    driver.answer(person("assessor"), passed=True, note="属实", kind="appeal")


def test_an_overdue_dispatch_counts_until_it_is_completed() -> None:
    """Each change counts in its month; that it was overdue still counts."""
    driver = dispatched_case(day="03-30")
    driver.advance_to(at("03-31 08:59"))
    assert overdue_counts(driver) == (0, 0)
    driver.advance_to(at("03-31 09:01"))
    assert overdue_counts(driver) == (1, 1)
    driver.advance_to(at("04-01 10:00"))
    driver.apply(sample_events.completed())
    assert (overdue_counts(driver), driver.count("overdue")) == ((0, 0), 1)
    booked = {
        (each.key.kind, each.month, each.value) for each in driver.score_entries if each.key.figure == HANDLING_OVERDUE
    }
    assert booked == {(kind, *entry) for kind in ("unit", "street") for entry in (("2026-03", 1), ("2026-04", -1))}


def test_a_case_with_several_overdue_dispatches_counts_once_for_the_street() -> None:
    driver = dispatched_case()
    driver.apply(
        sample_events.dispatched(at("03-11 09:00"), dispatch_id=CO, unit_id="water", role="co"), at=at("03-11 09:00")
    )
    driver.advance_to(at("03-13 09:00"))
    assert (overdue_counts(driver), driver.count(HANDLING_OVERDUE, "water")) == ((1, 1), 1)
    driver.apply(sample_events.completed())
    assert (overdue_counts(driver), driver.count(HANDLING_OVERDUE, "water")) == ((0, 1), 1)


def test_a_late_milestone_that_is_reached_is_no_longer_overdue() -> None:
    """Made safe late, with the repair still in time: the case was overdue, but nothing is past its limit now."""
    driver = dispatched_case("30 urgent_minute", "4 urgent_hour", emergency=True)
    driver.advance_to(at("03-11 09:40"))
    assert overdue_counts(driver) == (1, 1)
    driver.apply(sample_events.signed(), sample_events.progressed(), at=at("03-11 09:45"))
    assert (overdue_counts(driver), driver.count("overdue"), driver.count("pending_handling")) == ((0, 0), 1, 1)
    driver.advance_to(at("03-11 13:01"))
    assert overdue_counts(driver) == (1, 1)


def test_a_coordinated_unit_and_an_acknowledged_service_are_never_overdue() -> None:
    """A property company, and what an emergency service has taken."""
    driver = dispatched_case()
    driver.apply(
        sample_events.dispatched(
            at("03-11 09:00"), dispatch_id=PROPERTY, unit_id="property", role="co", coordinated=True
        ),
        sample_events.completed(),
    )
    driver.advance_to(at("03-20 09:00"))
    assert (
        overdue_counts(driver),
        driver.count("pending_handling", "property"),
        driver.count(HANDLING_OVERDUE, "property"),
    ) == (
        (0, 0),
        1,
        0,
    )


def test_a_late_rework_counts_and_is_exempted_as_a_rework() -> None:
    driver = dispatched_case()
    driver.advance_to(at("03-13 09:00"))
    uphold_appeal(driver, "unit", "sanitation", "overdue")
    complete_and_recheck(driver, passed=False)
    assert overdue_counts(driver) == (0, 0)
    driver.advance_to(driver.now.replace(day=16))
    assert (overdue_counts(driver), driver.count("rework_overdue")) == ((1, 1), 1)
    complete_and_recheck(driver)
    assert (overdue_counts(driver), driver.status) == ((0, 0), "awaiting_feedback")


@pytest.mark.parametrize("why", ["appeal", "storm"])
def test_an_exempt_dispatch_is_not_overdue_not_even_at_the_end_of_the_month(why: str) -> None:
    """It stays exempt while the work goes on."""
    driver = dispatched_case(day="03-30")
    driver.advance_to(at("04-01 09:00"))
    assert overdue_counts(driver) == (1, 1)
    if why == "appeal":
        uphold_appeal(driver, "unit", "sanitation", "overdue")
    else:
        driver.apply(storm_declared())
    driver.advance_to(at("04-03 09:00"))
    driver.run(case_actions.urge, None, "请抓紧", person("dispatcher"))
    assert (overdue_counts(driver), driver.count("pending_handling")) == ((0, 0), 1)
    by_month = [each.month for each in driver.score_entries if each.key[:3] == ("unit", "sanitation", HANDLING_OVERDUE)]
    assert by_month == ["2026-03", "2026-03"]


def test_a_case_past_its_closing_limit_counts_until_it_is_closed() -> None:
    """A late closing still counts as closed late."""
    driver = dispatched_case()
    driver.advance_to(at("03-13 18:00"))
    assert driver.count(CLOSING_OVERDUE, STREET) == 0
    driver.advance_to(at("03-16 12:00"))
    assert (driver.count(CLOSING_OVERDUE, STREET), driver.count("closing_overdue", STREET)) == (1, 1)
    complete_and_recheck(driver)
    assert (driver.count(CLOSING_OVERDUE, STREET), driver.count("closing_overdue", STREET)) == (0, 1)


def test_an_exempt_closing_is_not_overdue() -> None:
    driver = dispatched_case()
    driver.advance_to(at("03-16 12:00"))
    uphold_appeal(driver, "street", STREET, "closing_overdue")
    driver.run(case_actions.urge, None, "请抓紧", person("dispatcher"))
    assert (
        driver.count(CLOSING_OVERDUE, STREET),
        driver.count("pending_handling", STREET),
        driver.count(HANDLING_OVERDUE, STREET),
    ) == (
        0,
        1,
        1,
    )


def test_a_corrected_case_is_overdue_in_its_new_street() -> None:
    driver, elsewhere = dispatched_case(), "370522002001001"
    driver.advance_to(at("03-16 12:00"))
    driver.apply(corrected(grid=elsewhere))
    assert (driver.count(CLOSING_OVERDUE, STREET), driver.count(HANDLING_OVERDUE, STREET)) == (0, 0)
    assert (driver.count(CLOSING_OVERDUE, elsewhere[:9]), driver.count(HANDLING_OVERDUE, elsewhere[:9])) == (1, 1)
