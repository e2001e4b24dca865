"""Corrections of filed cases: clocks continue as promised, and figures follow the corrected case."""

from __future__ import annotations

from uuid import uuid4

from contracts.common import Actor, Place
from contracts.events import acceptance, command
from contracts.events.discovery import External
from contracts.events.supervision import ClockStopped
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at
from tests.unit.supervision.sample_events import OTHER_CLERK, corrected

DISPATCHER = Actor(kind="account", id="dispatcher", role="dispatcher")
SENT_BACK = command.CaseSentBack(round=1, reason="wrong_place", note="在桥东", decided_by=DISPATCHER)
ELSEWHERE = "370522002001001"


def filed_case() -> CaseDriver:
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    return driver


def sent_back_case() -> CaseDriver:
    driver = filed_case()
    driver.apply(SENT_BACK, at=at("03-11 09:10"))
    awaited = acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:25"))
    driver.apply(awaited, at=at("03-11 09:10"))
    return driver


def test_sending_back_stops_the_dispatchers_clock_and_starts_the_desks() -> None:
    driver = sent_back_case()
    assert driver.status == "awaiting_filing"
    assert driver.running_clocks() == ["case", "file"]
    assert [(each.name, each.on_time, each.cancelled) for each in driver.events_of(ClockStopped)] == [
        ("dispatch", True, False)
    ]


def test_the_promise_continues_and_changes_only_with_the_case() -> None:
    """It never restarts; the category decides its length, the registration its start."""
    driver = sent_back_case()
    promise = driver.clock("case")
    driver.apply(sample_events.filed(at("03-11 09:00"), filed_by=OTHER_CLERK), at=at("03-11 09:20"))
    assert driver.clock("case") == promise
    assert driver.running_clocks() == ["case", "dispatch"]
    driver.apply(corrected(case_due_at=at("03-13 09:00")), at=at("03-11 10:00"))
    assert (driver.clock("case").started_at, driver.clock("case").due_at) == (promise.started_at, at("03-13 09:00"))
    assert [each.cancelled for each in driver.events_of(ClockStopped) if each.name == "case"] == [True]


def test_a_second_filing_counts_for_the_new_street_and_against_the_first_clerk() -> None:
    """Both clerks filed, one of them wrongly; the case counts once."""
    driver = sent_back_case()
    driver.apply(
        sample_events.filed(at("03-11 09:00"), filed_by=OTHER_CLERK, place=Place(grid_code=ELSEWHERE)),
        at=at("03-11 09:20"),
    )
    assert driver.count("filed", HOME[:9]) == 0
    assert driver.count("filed", ELSEWHERE[:9]) == 1
    assert (driver.count("filed", DESK.id), driver.count("misfiled", DESK.id)) == (1, 1)
    assert (driver.count("filed", OTHER_CLERK.id), driver.count("misfiled", OTHER_CLERK.id)) == (1, 0)


def test_correcting_the_own_filing_is_not_counted_as_wrong() -> None:
    driver = filed_case()
    driver.apply(corrected(by=DESK), at=at("03-11 09:05"))
    assert driver.count("misfiled", DESK.id) == 0
    driver.apply(corrected(by=OTHER_CLERK, severity=3), at=at("03-11 09:06"))
    assert driver.count("misfiled", DESK.id) == 1


def test_a_case_that_is_not_filed_after_all_does_not_count_as_filed() -> None:
    driver = sent_back_case()
    driver.apply(acceptance.CaseNotFiled(reason="not_ours", decided_by=OTHER_CLERK), at=at("03-11 09:20"))
    assert (driver.count("filed", HOME[:9]), driver.count("not_filed", HOME[:9])) == (0, 1)
    assert driver.running_clocks() == []


def upstream_report_joined(due: str) -> acceptance.ReportJoined:
    return acceptance.ReportJoined(
        report_id=uuid4(),
        attached_case_id=uuid4(),
        attached_case_number="LJ-2",
        channel="upstream",
        reported_at=at("03-11 09:05"),
        external=External(channel_number="12345", number="DY1", due_at=at(due)),
    )


def test_an_attached_upstream_report_brings_its_deadline_and_takes_it_away() -> None:
    """The earlier deadline wins; a replaced promise is not judged and returns when the report is detached."""
    driver = filed_case()
    promised = driver.clock("case").due_at
    later, sooner = upstream_report_joined("03-20 09:00"), upstream_report_joined("03-11 13:00")
    driver.apply(later, at=at("03-11 09:05"))
    assert driver.clock("case").due_at == promised
    driver.apply(sooner, at=at("03-11 09:06"))
    assert (driver.clock("case").due_at, driver.clock("case").started_at) == (at("03-11 13:00"), at("03-11 09:00"))
    driver.apply(corrected(case_due_at=at("03-13 09:00")), at=at("03-11 09:30"))
    assert driver.clock("case").due_at == at("03-11 13:00"), "the earlier deadline wins over the corrected promise"
    driver.apply(acceptance.ReportLeft(report_id=sooner.report_id, attached_case_id=sooner.attached_case_id))
    assert driver.clock("case").due_at == at("03-13 09:00")
    assert all(each.cancelled for each in driver.events_of(ClockStopped))


def test_a_report_attached_to_a_closed_case_starts_no_promise() -> None:
    driver = filed_case()
    driver.apply(
        sample_events.dispatched(at("03-11 09:00")),
        sample_events.signed(),
        sample_events.completed(),
        sample_events.all_completed(),
        at=at("03-11 10:00"),
    )
    driver.answer(sample_district.in_the_field("ann"), passed=True)
    driver.apply(upstream_report_joined("03-11 13:00"), at=at("03-11 11:00"))
    assert "case" not in driver.running_clocks()
