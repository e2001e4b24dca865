"""Deadlines and the calendar: announced holidays, promises of other platforms, and late entries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.events.supervision import (
    DeadlineMoved,
)
from services.supervision.domain.primitives import clocks
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import at


@pytest.mark.parametrize("due", ["03-11 20:00", "03-11 08:00"])
def test_an_external_deadline_outside_office_hours_counts_in_real_time(due: str) -> None:
    """The upstream platform may ask for tonight or for this morning."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 18:30")), at=at("03-11 18:30"))
    driver.apply(sample_events.filed(at("03-11 18:30"), case_due_at=at(due)))
    assert driver.clock("case").due_at == at(due)
    driver.advance_to(at("03-11 20:01"))
    assert driver.lights("case")[-1] == "red"


def test_provisional_deadlines_are_computed_again_when_the_calendar_is_announced() -> None:
    """The timer moves with the deadline."""
    driver = CaseDriver(sample_district.make_district())
    start = at("12-30 17:00")
    driver.apply(sample_events.received(start), sample_events.filed(start, ("3 work_day",)), at=start)
    driver.apply(sample_events.dispatched(start, ("3 work_day",)), sample_events.signed())
    handle = driver.clock_started("handle")
    assert handle.provisional
    driver.district = sample_district.make_district(sample_district.ANNOUNCED, announced_years=(2027,))
    driver.run(clocks.recompute_deadlines)
    moved = [event for event in driver.events_of(DeadlineMoved) if event.clock_id == handle.clock_id]
    assert [(event.reason, event.provisional) for event in moved] == [("calendar", False)]
    assert moved[0].due_at > handle.due_at
    before = len(driver.events)
    driver.run(clocks.recompute_deadlines)
    assert len(driver.events) == before, "the same calendar moves nothing"


def test_a_moved_deadline_names_its_milestone_and_moves_its_task() -> None:
    """The unit's dispatch finds its milestone by name, a review its deadline by the task."""
    driver = CaseDriver(sample_district.make_district())
    start = at("12-30 17:00")
    driver.apply(sample_events.received(start), sample_events.filed(start, ("3 work_day",)), at=start)
    driver.apply(sample_events.dispatched(start, ("3 work_day",)), sample_events.signed())
    driver.apply(sample_events.completed("explained"), sample_events.all_completed("explained"), at=at("12-31 17:30"))
    before = driver.task("review")[1].due_at
    driver.district = sample_district.make_district(sample_district.ANNOUNCED, announced_years=(2027,))
    driver.run(clocks.recompute_deadlines)
    assert {event.name: event.milestone for event in driver.events_of(DeadlineMoved)} == {"review": None, "case": None}
    assert driver.task("review")[1].due_at > before
    working = CaseDriver(sample_district.make_district())
    working.apply(
        sample_events.received(start),
        sample_events.filed(start, ("3 work_day",)),
        sample_events.dispatched(start, ("3 work_day",)),
        at=start,
    )
    working.district = driver.district
    working.run(clocks.recompute_deadlines)
    assert {event.milestone for event in working.events_of(DeadlineMoved) if event.name == "handle"} == {"第1步"}


def test_an_external_deadline_does_not_move_with_the_calendar() -> None:
    """The upstream platform promised an instant, not working days."""
    driver = CaseDriver(sample_district.make_district())
    start, due_at = at("12-30 17:00"), at("12-30 17:00").replace(year=2027, month=1, day=6)
    external = {"channel_number": "12345", "number": "1", "due_at": due_at}
    driver.apply(
        sample_events.received(start),
        sample_events.filed(start, ("9 work_day",), external=external, case_due_at=due_at),
        at=start,
    )
    assert not driver.clock_started("case").provisional
    driver.district = sample_district.make_district(sample_district.ANNOUNCED, announced_years=(2027,))
    driver.run(clocks.recompute_deadlines)
    assert driver.clock("case").due_at == due_at


def test_the_clock_of_a_late_entry_starts_at_its_registration() -> None:
    """补录: it happened at nine and was registered at eleven; the whole limit runs from eleven."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 09:00"), registered_at=at("03-11 11:00")), at=at("03-11 11:00"))
    driver.apply(sample_events.filed(at("03-11 09:00"), case_due_at=at("03-12 11:00")), at=at("03-11 11:05"))
    assert driver.clock("case").started_at == at("03-11 11:00")
    assert driver.clock("case").granted == timedelta(hours=8)
