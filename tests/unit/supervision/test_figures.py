"""Figures of a scorecard and what they count."""

from __future__ import annotations

import pytest

from contracts.common import Actor, Place
from contracts.events import acceptance, command
from services.supervision.domain.actions import case_actions
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at, in_the_field
from tests.unit.supervision.sample_events import LEAD

ANN = Actor(kind="account", id="account-ann", role="officer", officer_id="ann")


def test_an_offline_report_counts_at_its_arrival_and_attends_the_shift_of_its_creation() -> None:
    """Reports older than the limit of check-ins attend no shift."""
    by, now = Actor(kind="account", id="one", role="officer", officer_id="ann"), at("03-11 09:00")
    for created, done_at in (("03-10 23:00", at("03-10 23:00")), ("03-01 09:00", None), ("03-11 09:00", None)):
        driver = CaseDriver(sample_district.make_district())
        driver.apply(
            sample_events.received(now, reported_by=by, occurred_at=at(created), reported_at=at(created)), at=now
        )
        (booked,) = (
            each for each in driver.score_entries if (each.key.subject_id, each.key.figure) == ("ann", "reported")
        )
        assert (booked.at, booked.done_at) == (now, done_at), created


def test_an_officers_report_attached_to_another_case_is_valid() -> None:
    """If it is detached and filed, it counts as filed instead."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 09:00"), reported_by=ANN), at=at("03-11 09:00"))
    joined = acceptance.CaseAttached(
        host_case_id=LEAD, host_case_number="LJ-1", rule="near_in_place_and_time", decided_by=DESK
    )
    driver.apply(joined)
    assert (driver.count("reported", "ann"), driver.count("attached", "ann")) == (1, 1)
    driver.apply(acceptance.CaseDetached(host_case_id=LEAD, decided_by=DESK))
    driver.apply(sample_events.filed(at("03-11 09:10"), reporter_officer_id="ann"), at=at("03-11 09:10"))
    assert (driver.count("attached", "ann"), driver.count("filed", "ann")) == (0, 1)


def test_a_repeated_return_request_counts_unless_it_is_accepted() -> None:
    """推诿: for the unit and its street."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(
        sample_events.dispatched(at("03-11 09:00")),
        sample_events.returned("requested"),
        sample_events.returned("refused"),
    )
    assert driver.count("return_requested_again") == 0
    driver.apply(sample_events.returned("requested"))
    assert (driver.count("return_requested_again"), driver.count("return_requested_again", HOME[:9])) == (1, 1)
    driver.apply(sample_events.returned("accepted"))
    assert (driver.count("return_requested_again"), driver.count("return_requested_again", HOME[:9])) == (0, 0)


def test_pending_figures_follow_the_case_and_are_booked_in_their_months() -> None:
    """Filed and dispatched in March, completed in April."""
    driver, street = CaseDriver(sample_district.make_district()), HOME[:9]
    pending = ("pending_filing", "pending_dispatch", "pending_handling", "pending_closing")

    def pending_counts() -> list[int]:
        return [driver.count(each, street) for each in pending]

    waits = acceptance.FilingAwaited(missing=("condition",), due_at=at("03-30 09:15"))
    driver.apply(
        sample_events.received(at("03-30 09:00"), feedback_wanted=False, place={"grid_code": HOME}),
        waits,
        at=at("03-30 09:00"),
    )
    assert pending_counts() == [1, 0, 0, 0]
    driver.apply(sample_events.filed(at("03-30 09:05")), at=at("03-30 09:05"))
    assert pending_counts() == [0, 1, 0, 0]
    driver.apply(sample_events.dispatched(at("03-30 09:10")), at=at("03-30 09:10"))
    assert (pending_counts(), driver.count("pending_handling")) == ([0, 0, 1, 0], 1)
    driver.advance_to(at("04-01 09:00"))
    driver.apply(sample_events.completed(), sample_events.all_completed())
    assert (pending_counts(), driver.count("pending_handling")) == ([0, 0, 0, 1], 0)
    driver.assign("ann")
    driver.answer(in_the_field("ann"), passed=True)
    assert pending_counts() == [0, 0, 0, 0]
    booked = [
        (each.month, each.value, each.late)
        for each in driver.score_entries
        if each.key[:3] == ("unit", "sanitation", pending[2])
    ]
    assert booked == [("2026-03", 1, False), ("2026-04", -1, False)]


@pytest.mark.parametrize(("done", "counted"), [("03-11 16:00", (1, 1, 1)), ("03-13 09:00", (1, 1, 0)), ("", (1, 0, 0))])
def test_a_due_dispatch_counts_as_on_time_late_or_open(done: str, counted: tuple[int, ...]) -> None:
    """处置率: the rest is still pending."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")))
    driver.advance_to(at(done or "03-13 09:00"))
    if done:
        driver.apply(sample_events.completed())
    assert tuple(map(driver.count, ("handling_due", "due_completed", "completed_on_time"))) == counted


@pytest.mark.parametrize(("channel", "publics"), [("hotline", 1), ("grid_terminal", 0), ("camera", 0)])
def test_a_case_reported_by_the_public_counts_as_such_while_it_is_filed(channel: str, publics: int) -> None:
    """监督举报率."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00"), channel=channel),
        sample_events.filed(at("03-11 09:00")),
        at=at("03-11 09:00"),
    )
    assert (driver.count("filed", HOME[:9]), driver.count("filed_public", HOME[:9])) == (1, publics)
    driver.apply(command.CaseSentBack(round=1, reason="wrong_place", note="", decided_by=DESK))
    driver.apply(acceptance.CaseNotFiled(reason="not_ours", decided_by=DESK))
    assert (driver.count("filed", HOME[:9]), driver.count("filed_public", HOME[:9])) == (0, 0)


def test_a_street_counts_answered_settled_returned_and_rechecked_cases() -> None:
    """§6.1: 当即办理, 自行处置, 回退, 核查. An answer that is reopened does not count."""
    street, morning = HOME[:9], at("03-11 09:00")

    def figures(driver: CaseDriver, *names: str) -> list[int]:
        return [driver.count(each, street) for each in names]

    answered = CaseDriver(sample_district.make_district())
    answered.apply(sample_events.received(morning, request_type="inquiry", place=Place(grid_code=HOME)), at=morning)
    answered.apply(acceptance.CaseAnswered(answer="已答复", answered_by=sample_district.DESK), at=morning)
    assert figures(answered, "answered", "closed") == [1, 1]
    answered.run(case_actions.reopen, "答复有误", sample_district.person("shift_lead"))
    assert figures(answered, "answered") == [0]

    handled = CaseDriver(sample_district.make_district())
    handled.apply(
        sample_events.received(morning), sample_events.filed(morning), sample_events.dispatched(morning), at=morning
    )
    handled.apply(sample_events.returned("requested"), sample_events.returned("refused"), at=at("03-11 09:30"))
    handled.apply(sample_events.completed(), sample_events.all_completed(), at=at("03-11 10:00"))
    handled.answer(sample_district.in_the_field("ann"), passed=False)
    assert figures(handled, "return_requested", "return_refused", "return_accepted", "recheck_failed") == [1, 1, 0, 1]
