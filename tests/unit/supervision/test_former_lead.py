"""改派: after another unit became lead, the former lead has no running clock."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

from contracts.events.acceptance import CaseCorrected
from contracts.events.command import DispatchWithdrawn
from contracts.events.supervision import ClockStopped, OverdueNotified, SupervisionOrderIssued, UnitUrged
from contracts.figures import DECISION, HANDLING
from tests.unit.supervision import sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_cases import request_extension, request_suspension, signed_case
from tests.unit.supervision.sample_district import DESK, at
from tests.unit.supervision.sample_events import CASE, LEAD

NEW_LEAD = uuid5(CASE, "new lead")
FOUR_HOURS = ("4 work_hour",)


def correct_to_water(driver: CaseDriver, when: datetime) -> None:
    """Correct the case so that the list names another unit."""
    filed = sample_events.filed(at("03-11 09:00"), FOUR_HOURS, category_id="GB/matter/06013")
    driver.apply(CaseCorrected.model_validate({**dict(filed), "note": "类别", "corrected_by": DESK}), at=when)
    driver.apply(sample_events.routed(2), at=when)
    driver.apply(sample_events.dispatched(when, FOUR_HOURS, dispatch_id=NEW_LEAD, unit_id="water", round=2), at=when)


def test_the_clocks_of_the_former_lead_end_when_the_new_dispatch_is_created() -> None:
    """It gets no reminders or orders and is not counted overdue."""
    driver = signed_case(FOUR_HOURS)
    correct_to_water(driver, at("03-11 11:00"))
    assert {each.unit_id for each in driver.state.clocks.values() if each.dispatch_id} == {"water"}
    stopped = [each for each in driver.events_of(ClockStopped) if each.dispatch_id == LEAD and each.name == "handle"]
    assert [(each.cancelled, each.on_time) for each in stopped] == [(True, True)]
    driver.advance_to(at("03-12 12:00"))
    for event_type in (UnitUrged, SupervisionOrderIssued, OverdueNotified):
        assert {each.unit_id for each in driver.events_of(event_type)} <= {"water"}
    withdrawn = DispatchWithdrawn(dispatch_id=LEAD, unit_id="sanitation", reason="re_routed", note="")
    driver.apply(sample_events.signed(NEW_LEAD, "water"), withdrawn)
    assert [driver.count(each) for each in (HANDLING.due, HANDLING.missed)] == [0, 0]


def test_a_pending_return_of_the_former_lead_ends_without_a_judgement() -> None:
    driver = signed_case(FOUR_HOURS)
    driver.apply(sample_events.returned("requested"), at=at("03-11 10:00"))
    correct_to_water(driver, at("03-11 10:02"))
    assert "dispatch" not in driver.running_clocks()
    assert driver.flow.dispatches[LEAD].status == "handling"
    driver.advance_to(at("03-11 10:30"))
    assert driver.events_of(OverdueNotified) == []
    assert not [who for who, figure in driver.facts if figure == DECISION.missed]


def test_a_former_lead_gets_no_extension_or_suspension() -> None:
    driver = signed_case(FOUR_HOURS)
    request_extension(driver, "03-11 10:00")
    request_suspension(driver, at("03-20 09:00"))
    correct_to_water(driver, at("03-11 10:30"))
    assert [task.kind for task in driver.state.tasks.values() if task.waiting] == []


def test_a_unit_that_leads_again_has_the_new_limits() -> None:
    driver = signed_case(FOUR_HOURS)
    driver.apply(
        sample_events.dispatched(at("03-11 11:00"), ("2 work_day",), dispatch_id=NEW_LEAD, round=2),
        at=at("03-11 11:00"),
    )
    (handle,) = [each for each in driver.state.clocks.values() if each.name == "handle"]
    assert handle.dispatch_id == NEW_LEAD
