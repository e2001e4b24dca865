"""并案, its undoing and reopening: running clocks, and events that arrive too late."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from contracts.events import acceptance, command
from contracts.events.command import DispatchWithdrawn
from contracts.events.discovery import External
from services.supervision.domain.actions import case_actions
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at
from tests.unit.supervision.sample_events import CASE, LEAD

HOST = uuid5(CASE, "host")
MERGED = acceptance.CaseAttached(host_case_id=HOST, host_case_number="LJ-9", rule="merged", decided_by=DESK)
UNDONE = acceptance.CaseDetached(host_case_id=HOST, decided_by=DESK)
LEADER = sample_district.person("leader")


def led_case(**changes: Any) -> CaseDriver:
    """Return a case dispatched and signed at 09:00."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00"), **changes), sample_events.signed(), at=at("03-11 09:00"))
    return driver


def led_by_fire_brigade() -> CaseDriver:
    return led_case(handover={"agency": "119", "mode": "joint"})


def withdrawn_by_merge(dispatch_id: UUID = LEAD) -> DispatchWithdrawn:
    return DispatchWithdrawn(dispatch_id=dispatch_id, unit_id="sanitation", reason="merged")


def upstream_report_joined(due: str) -> acceptance.ReportJoined:
    return acceptance.ReportJoined(
        report_id=uuid4(),
        attached_case_id=uuid4(),
        attached_case_number="LJ-2",
        channel="upstream",
        reported_at=at("03-11 09:05"),
        external=External(channel_number="12345", number="DY1", due_at=at(due)),
    )


def test_undoing_a_merge_restores_the_deadline_of_a_leading_emergency_service() -> None:
    """The service had the case all the time."""
    driver = led_by_fire_brigade()
    due = driver.clock("handle").due_at
    driver.apply(MERGED, at=at("03-11 10:00"))
    assert driver.running_clocks() == []
    driver.apply(UNDONE, at=at("03-11 11:00"))
    assert (driver.running_clocks(), driver.clock("handle").due_at, driver.status) == (
        ["case", "handle"],
        due,
        "handling",
    )


def test_undoing_a_merge_needs_no_new_lead_if_only_co_units_had_work_left() -> None:
    driver = led_case()
    driver.apply(sample_events.completed(), MERGED, UNDONE, at=at("03-11 10:00"))
    assert driver.running_clocks() == ["case"]


def test_undoing_a_merge_starts_the_dispatchers_clock_even_if_withdrawals_arrive_later() -> None:
    driver = led_case()
    driver.apply(MERGED, UNDONE, sample_events.needed(2, at("03-11 10:15")), at=at("03-11 10:00"))
    late = uuid5(CASE, "late")
    driver.apply(
        sample_events.dispatched(at("03-11 10:00"), dispatch_id=late),
        withdrawn_by_merge(),
        withdrawn_by_merge(late),
        at=at("03-11 10:01"),
    )
    assert driver.running_clocks() == ["case", "dispatch"]


def test_completion_by_the_lead_ends_the_question_of_another_lead() -> None:
    """The question counts for nobody."""
    driver = led_case()
    driver.apply(sample_events.needed(2, at("03-11 10:15")), at=at("03-11 10:00"))
    assert "dispatch" in driver.running_clocks()
    driver.apply(sample_events.completed(), at=at("03-11 10:05"))
    assert "dispatch" not in driver.running_clocks()
    driver.apply(sample_events.needed(3, at("03-11 10:21")), at=at("03-11 10:06"))
    assert "dispatch" not in driver.running_clocks(), "also if the question crosses the completion"
    assert driver.count("decision_due", HOME[:9]) == 1, "only the first decision counts"


def test_a_late_completion_of_an_earlier_round_does_not_end_the_rework() -> None:
    """It was stated before the service applied the force closing and the reopening."""
    driver = led_by_fire_brigade()
    driver.run(case_actions.force_close, "领导决定", LEADER)
    driver.run(case_actions.reopen, "仍有浓烟", LEADER)
    driver.apply(sample_events.completed(round_=0), at=at("03-11 10:00"))
    assert (driver.running_clocks(), driver.status) == (["handle"], "rework")
    driver.apply(sample_events.completed(round_=1), at=at("03-11 11:00"))
    assert driver.running_clocks() == []


@pytest.mark.parametrize("when", ["before the closing", "while it is closed", "once it is open again"])
def test_a_future_external_deadline_runs_again_after_reopening(when: str) -> None:
    """The promise was judged at closing; the external deadline runs but counts for nothing."""
    driver, joined_report = led_case(), upstream_report_joined("03-20 09:00")
    if when == "before the closing":
        driver.apply(joined_report, at=at("03-11 09:05"))
    driver.run(case_actions.force_close, "领导决定", LEADER)
    if when == "while it is closed":
        driver.apply(joined_report)
    judged = driver.count("closing_due", HOME[:9])
    driver.run(case_actions.reopen, "未清", LEADER)
    if when == "once it is open again":
        assert "case" not in driver.running_clocks(), "the promise to the reporter does not start again"
        driver.apply(joined_report)
    assert driver.clock("case").due_at == at("03-20 09:00")
    driver.advance_to(at("03-20 09:01"))
    assert driver.lights("case")[-1] == "red"
    driver.run(case_actions.force_close, "领导决定", LEADER)
    assert (driver.count("closing_due", HOME[:9]), driver.count("closing_overdue", HOME[:9])) == (judged, 0)


def test_a_past_external_deadline_does_not_run_again() -> None:
    driver = led_case()
    driver.apply(upstream_report_joined("03-11 10:00"), at=at("03-11 09:05"))
    driver.run(case_actions.force_close, "领导决定", LEADER)
    driver.advance_to(at("03-11 11:00"))
    driver.run(case_actions.reopen, "未清", LEADER)
    assert "case" not in driver.running_clocks()


def test_a_correction_or_an_undone_merge_does_not_restart_the_promise_of_a_reopened_case() -> None:
    driver = led_case()
    driver.run(case_actions.force_close, "领导决定", LEADER)
    driver.run(case_actions.reopen, "未清", LEADER)
    fields = {
        **dict(sample_events.filed(at("03-11 09:00"), case_due_at=at("03-13 09:00"))),
        "note": "",
        "corrected_by": DESK,
    }
    driver.apply(acceptance.CaseCorrected.model_validate(fields))
    assert "case" not in driver.running_clocks()
    driver.apply(MERGED, UNDONE)
    assert "case" not in driver.running_clocks()


def test_a_renewed_dispatch_does_not_end_a_later_question() -> None:
    """A correction asked who must act; the lead's dispatch was renewed after the undone merge."""
    driver = led_case()
    driver.apply(MERGED, UNDONE, at=at("03-11 10:00"))
    again = command.CaseDispatched.model_validate(
        {**dict(sample_events.dispatched(at("03-11 10:00"), dispatch_id=uuid4())), "round": 2}
    )
    driver.apply(withdrawn_by_merge(), sample_events.needed(3, at("03-11 10:15")), again, at=at("03-11 10:00"))
    assert driver.running_clocks() == ["case", "dispatch", "handle", "sign"]
