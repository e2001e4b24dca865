"""曾超期，不计: an exempt case counts no figure about time, but it stays known that it was overdue."""

from __future__ import annotations

from uuid import uuid4

import pytest

from contracts.events.acceptance import CaseAttached, FilingAwaited
from contracts.events.evaluation import AppealDecided, CaseEvaluated
from contracts.events.supervision import SupervisionOrderIssued
from contracts.figures import DEADLINES, FIGURES
from contracts.figures import Subject as FigureSubject
from services.chassis.auth import SYSTEM, Caller
from services.supervision.domain.actions import case_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.problems import OwnAppeal
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_cases import signed_case
from tests.unit.supervision.sample_district import HOME, at, in_the_field, make_district, person
from tests.unit.supervision.sample_events import (
    REPORT,
    all_completed,
    completed,
    dispatched,
    filed,
    progressed,
    received,
    routed,
    signed,
    storm_declared,
)


def late_case(*, storm: bool) -> CaseDriver:
    """Return a case signed and completed long after its limits."""
    driver = CaseDriver(make_district())
    driver.apply(received(at("03-11 09:00"), feedback_wanted=False), at=at("03-11 09:00"))
    if storm:
        driver.apply(storm_declared())
    driver.apply(filed(at("03-11 09:00")), dispatched(at("03-11 09:00")), at=at("03-11 09:00"))
    driver.advance_to(at("03-16 09:00"))
    driver.apply(signed(), completed(), all_completed(), at=at("03-16 09:00"))
    return driver


OF_TIME = {name for each in FIGURES.values() for name, meaning in each.items() if meaning.excluded_in_storms}


def test_in_a_storm_no_lateness_is_counted() -> None:
    counted = {figure for _, figure in late_case(storm=False).facts}
    assert {"overdue", "handling_due", "sign_due", "urged", "supervision_orders"} <= counted
    spared = late_case(storm=True)
    assert {figure for _, figure in spared.facts} & OF_TIME == set()
    assert spared.count("completed") == 1, "completed work still counts"


def test_an_exempt_case_is_still_marked_as_overdue() -> None:
    driver = late_case(storm=True)
    assert driver.state.overdue
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=True)
    evaluated = driver.events_of(CaseEvaluated)[-1]
    assert (evaluated.was_overdue, evaluated.exempt_reason) == (True, "storm")


def test_a_case_attached_to_a_storm_is_exempt_also_for_earlier_counts() -> None:
    driver = CaseDriver(make_district())
    driver.apply(
        received(at("03-11 09:00")), filed(at("03-11 09:00")), dispatched(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.advance_to(at("03-16 09:00"))
    assert (driver.count("overdue"), driver.count("urged") > 0, driver.count("supervision_orders") > 0) == (
        1,
        True,
        True,
    )
    merged = CaseAttached(
        host_case_id=uuid4(), host_case_number="LJ-20260311-000009", rule="polygon", decided_by=SYSTEM
    )
    driver.apply(merged, at=at("03-16 09:00"))
    assert (driver.count("overdue"), driver.count("urged"), driver.count("supervision_orders")) == (0, 0, 0)
    assert driver.state.overdue


def test_a_manual_merge_exempts_nobody() -> None:
    driver = CaseDriver(make_district())
    driver.apply(
        received(at("03-11 09:00")), filed(at("03-11 09:00")), dispatched(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.advance_to(at("03-16 09:00"))
    driver.apply(
        CaseAttached(host_case_id=uuid4(), host_case_number="LJ-20260311-000009", rule="merged", decided_by=SYSTEM),
        at=at("03-16 09:00"),
    )
    assert driver.count("overdue") == 1


def uphold_appeal(driver: CaseDriver, kind: FigureSubject, subject: str, *figures: str) -> None:
    """Lodge an appeal and uphold it."""
    driver.run(appeals.lodge, Subject(kind, subject), figures, "线路故障", person("leader"))
    driver.answer(person("assessor"), passed=True, note="属实", kind="appeal")


def late_emergency() -> CaseDriver:
    """Return an emergency not made safe within half an hour and not repaired within four."""
    driver, steps = CaseDriver(make_district()), ("30 urgent_minute", "4 urgent_hour")
    when = at("03-11 09:00")
    driver.apply(
        received(when, reporter_ref=REPORT), filed(when, steps, emergency=True), dispatched(when, steps), at=when
    )
    driver.advance_to(at("03-11 15:00"))
    driver.apply(signed(), completed(), all_completed(), at=at("03-11 15:00"))
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=True)
    return driver


def test_an_upheld_appeal_removes_all_figures_of_the_lateness_and_no_others() -> None:
    """The late order, what was due, and that it was not made safe; nothing that was counted of other things."""
    driver = late_emergency()
    assert (driver.count("overdue"), driver.count("handling_due"), driver.count("emergency_missed")) == (1, 1, 1)
    uphold_appeal(driver, "unit", "sanitation", "overdue")
    left = {figure for subject, figure in driver.facts if subject == "sanitation"}
    assert not left & {"overdue", "handling_due", "due_completed", "emergency_missed", "emergency_due"}
    assert {"sign_due", "sign_overdue", "contact_due", "contact_missed", "completed"} <= left
    assert driver.count("emergency_missed", HOME[:9]) == 1, "the street's figures need their own appeal"


def test_an_emergency_made_safe_still_counts_if_the_repair_is_exempt() -> None:
    """Otherwise the rate could exceed one."""
    driver, steps = CaseDriver(make_district()), ("30 urgent_minute", "4 urgent_hour")
    when = at("03-11 09:00")
    driver.apply(received(when), filed(when, steps, emergency=True), dispatched(when, steps), at=when)
    driver.apply(signed(), progressed(), at=at("03-11 09:10"))
    driver.advance_to(at("03-11 15:00"))
    driver.apply(completed(), all_completed())
    uphold_appeal(driver, "unit", "sanitation", "overdue")
    assert (driver.count("emergency_safe"), driver.count("emergency_due"), driver.count("handling_due")) == (1, 1, 0)


def test_orders_caused_by_an_exempt_overrun_are_removed() -> None:
    """Reminders before the limit and orders by people still count."""
    driver = late_with_orders()
    assert (driver.count("supervision_orders"), driver.count("urged")) == (5, 3)
    uphold_appeal(driver, "unit", "sanitation", "overdue")
    assert (driver.count("supervision_orders"), driver.count("urged")) == (3, 3)
    assert driver.count("sign_overdue") == 1
    booked = [
        each.reason for each in driver.score_entries if each.key.figure == "supervision_orders" and each.value < 0
    ]
    assert booked == ["exempt", "exempt"]


def test_orders_caused_by_an_exempt_late_signature_are_removed() -> None:
    driver = late_with_orders()
    uphold_appeal(driver, "unit", "sanitation", "sign_overdue")
    assert (driver.count("supervision_orders"), driver.count("overdue")) == (3, 1)


def test_orders_after_an_exemption_are_not_counted() -> None:
    """They are still issued."""
    driver = signed_case()
    driver.advance_to(at("03-12 10:00"))
    assert (driver.count("overdue"), driver.count("supervision_orders")) == (1, 0)
    uphold_appeal(driver, "unit", "sanitation", "overdue")
    driver.advance_to(at("03-16 09:00"))
    assert len(driver.events_of(SupervisionOrderIssued)) == 2
    assert driver.count("supervision_orders") == 0


def test_orders_caused_by_a_corrected_overrun_are_not_counted() -> None:
    """The work was done in time, but its event arrived late."""
    driver = signed_case()
    driver.advance_to(at("03-16 09:00"))
    assert (driver.count("supervision_orders"), driver.count("urged"), driver.count("pending_handling_overdue")) == (
        2,
        1,
        1,
    )
    driver.apply(completed(), at=at("03-11 16:00"), received_at=at("03-16 09:00"))
    assert (driver.count("supervision_orders"), driver.count("overdue"), driver.count("pending_handling_overdue")) == (
        0,
        0,
        0,
    )
    assert driver.count("completed_on_time") == 1


def late_with_orders() -> CaseDriver:
    """Return a case signed and completed late, with five orders and three reminders.

    Both clocks reminded once and gave two orders each; the dispatcher reminded once, and a leader gave one order.
    """
    driver = CaseDriver(make_district())
    driver.apply(
        received(at("03-11 09:00")), filed(at("03-11 09:00")), dispatched(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.advance_to(at("03-16 09:00"))
    driver.run(case_actions.urge, None, "请抓紧", person("dispatcher"))
    driver.run(case_actions.issue_order, None, "important", "限期", person("leader"))
    driver.apply(signed(), completed(), all_completed())
    return driver


def test_a_closing_after_its_exemption_counts_in_no_rate() -> None:
    """The street's late closing is exempt while the case is open: closed later, it is in no rate."""
    driver = late_case(storm=False)
    uphold_appeal(driver, "street", HOME[:9], "closing_overdue")
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=True)
    counted = {figure for subject, figure in driver.facts if subject == HOME[:9]}
    assert not counted & {"closing_due", "closing_overdue", "due_closed", "closed_on_time"}
    assert "closed" in counted


@pytest.mark.parametrize(
    ("kind", "subject", "missed"),
    [
        ("street", HOME[:9], "filing_overdue"),
        ("street", HOME[:9], "decision_overdue"),
        ("street", HOME[:9], "contact_missed"),
        ("intake_clerk", "desk", "filing_overdue"),
        ("dispatcher", "desk", "decision_overdue"),
        ("unit", "sanitation", "contact_missed"),
    ],
)
def test_an_upheld_appeal_removes_the_miss_and_its_due_figure(kind: FigureSubject, subject: str, missed: str) -> None:
    """Filed after an hour, dispatched after another, and nobody contacted the reporter."""
    driver = CaseDriver(make_district())
    waits = FilingAwaited(missing=("condition",), due_at=at("03-11 09:15"))
    driver.apply(received(at("03-11 09:00"), reporter_ref=REPORT), waits, at=at("03-11 09:00"))
    driver.advance_to(at("03-11 10:00"))
    driver.apply(filed(at("03-11 10:00")), at=at("03-11 10:00"))
    driver.advance_to(at("03-11 11:00"))
    driver.apply(routed(), dispatched(at("03-11 11:00")), signed(), completed(), all_completed(), at=at("03-11 11:00"))
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=True)
    due = next(each.due for each in DEADLINES if each.missed == missed)
    assert (driver.count(missed, subject), driver.count(due, subject)) == (1, 1)
    uphold_appeal(driver, kind, subject)
    assert (driver.count(missed, subject), driver.count(due, subject)) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "areas", "roles", "subject"),
    [
        ("street", (HOME[:9],), ("leader",), HOME[:9]),
        ("street", (HOME[:9], "370522002"), ("leader",), None),
        ("street", (HOME[:9], HOME[:12]), ("leader",), HOME[:9]),
        ("street", (HOME[:12],), ("leader",), None),
        ("street", (HOME[:12], HOME[:9] + "002"), ("leader",), None),
        ("street", (HOME,), ("leader",), None),
        ("street", (HOME[:9],), ("dispatcher",), None),
        ("street", (), ("leader",), "370522"),
        ("county", (), ("leader",), "370522"),
        ("county", (HOME[:9],), ("leader",), None),
    ],
)
def test_a_leader_appeals_for_the_whole_street_or_county_of_the_own_areas(
    kind: FigureSubject, areas: tuple[str, ...], roles: tuple[str, ...], subject: str | None
) -> None:
    """Figures under the county's code are its own decisions and cases without a place."""
    caller = Caller(kind="account", id="somebody", roles=frozenset(roles), areas=areas)
    expected = None if subject is None else Subject("street", subject)
    assert appeals.own_subject(kind, caller, make_district()) == expected


def test_an_appeal_is_not_decided_by_the_appellant() -> None:
    """One account may hold several roles in a small centre."""
    driver = late_case(storm=False)
    clerk = Caller(kind="account", id="clerk", roles=frozenset({"unit_clerk"}), unit_id="sanitation")
    driver.run(appeals.lodge, Subject("unit", "sanitation"), (), "停电", clerk)
    with pytest.raises(OwnAppeal):
        driver.answer(Caller(kind="account", id="clerk", roles=frozenset({"assessor"})), passed=True, kind="appeal")
    driver.answer(person("assessor"), passed=True, kind="appeal")
    assert driver.events_of(AppealDecided)[0].upheld
