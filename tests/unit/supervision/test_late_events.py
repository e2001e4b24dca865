"""Events that arrive late: clocks are judged by the time of the event, and lights and counts are corrected."""

from __future__ import annotations

from contracts.events import acceptance
from contracts.events.handling import ReturnRequested
from contracts.events.supervision import (
    ClockStopped,
    UnitUrged,
)
from tests.unit.supervision import sample_events
from tests.unit.supervision.sample_cases import dispatched_case
from tests.unit.supervision.sample_district import DESK, HOME, at


def test_a_late_event_corrects_the_light_and_the_count() -> None:
    """Completed at 13:50, received at 16:30."""
    driver = dispatched_case(("5 work_hour",))
    driver.apply(sample_events.signed(), at=at("03-11 09:30"))
    driver.advance_to(at("03-11 16:30"))
    assert driver.lights("handle") == ["yellow", "red"]
    assert driver.count("overdue") == 1
    driver.apply(sample_events.completed(), at=at("03-11 13:50"), received_at=at("03-11 16:30"))
    assert driver.lights("handle") == ["yellow", "red", "green*"]
    assert driver.events_of(ClockStopped)[-1].on_time
    assert not driver.state.overdue
    assert (driver.count("overdue"), driver.count("handling_due"), driver.count("completed_on_time")) == (0, 1, 1)


def test_a_late_return_request_corrects_the_light_and_red_may_come_again() -> None:
    """The clock paused at 14:00; after the refusal it runs out once."""
    driver = dispatched_case(("5 work_hour",))
    driver.apply(sample_events.signed(), at=at("03-11 09:30"))
    driver.advance_to(at("03-11 16:30"))
    request = sample_events.returned("requested")
    assert isinstance(request, ReturnRequested)
    driver.apply(request, at=at("03-11 14:00"), received_at=at("03-11 16:31"))
    assert driver.lights("handle") == ["yellow", "red", "green*"]
    driver.apply(sample_events.returned("refused"), at=at("03-11 17:00"))
    driver.advance_to(at("03-12 18:00"))
    assert driver.lights("handle") == ["yellow", "red", "green*", "yellow", "red"]
    assert len(driver.events_of(UnitUrged)) == 1, "one reminder per clock"
    assert driver.count("overdue") == 1


def test_a_late_completion_is_overdue_even_before_a_timer_fired() -> None:
    """After an outage the event may arrive before the timer; it is judged by its time, without a red light."""
    driver = dispatched_case(("5 work_hour",))
    driver.apply(sample_events.signed(), at=at("03-11 09:30"))
    driver.apply(sample_events.completed(), at=at("03-12 09:00"), received_at=at("03-12 10:00"))
    assert not driver.events_of(ClockStopped)[-1].on_time
    assert (driver.count("overdue"), driver.count("completed_on_time")) == (1, 0)


def test_a_late_completion_does_not_erase_the_overdue_mark() -> None:
    driver = dispatched_case(("2 work_hour",))
    driver.advance_to(at("03-11 14:00"))
    driver.apply(sample_events.completed(), at=at("03-11 15:00"))
    assert driver.state.overdue
    assert driver.count("overdue") == 1


def test_events_after_the_end_change_nothing() -> None:
    """A dispatch that was created while the case was voided starts no clock."""
    driver = dispatched_case()
    driver.apply(acceptance.CaseVoided(note="误立", decided_by=DESK), at=at("03-11 10:00"))
    driver.apply(
        sample_events.dispatched(at("03-11 10:01"), dispatch_id=sample_events.CO, unit_id="water", role="co"),
        sample_events.signed(),
    )
    assert driver.running_clocks() == []
    assert driver.timers == {}
    assert driver.status == "voided"
    assert driver.facts == {
        ("desk", "filed"): 1,
        ("desk", "misfiled"): 1,
        ("desk", "voided"): 1,
        (HOME[:9], "voided"): 1,
    }


def test_a_replay_emits_the_same_events_with_the_same_ids() -> None:
    """Ids derive from their causes."""
    drivers = [dispatched_case(), dispatched_case()]
    for driver in drivers:
        driver.advance_to(at("03-12 12:00"))
    assert [event.to_bytes() for event in drivers[0].events] == [event.to_bytes() for event in drivers[1].events]
