"""The clock of the dispatcher's decisions: returns, surveys and escalation to the county."""

from __future__ import annotations

import pytest

from contracts.clocks import deadline
from contracts.events import acceptance, command
from contracts.events.supervision import (
    ClockStopped,
    OverdueNotified,
    SupervisionOrderIssued,
    UnitUrged,
)
from contracts.registry import Centre
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_cases import dispatched_case
from tests.unit.supervision.sample_district import DESK, HOME, at
from tests.unit.supervision.sample_events import CO, PROPERTY


def test_an_accepted_return_ends_the_dispatch_and_starts_the_dispatchers_clock() -> None:
    """All clocks of the returned dispatch end."""
    driver = dispatched_case()
    driver.apply(sample_events.returned("requested"), at=at("03-11 09:30"))
    driver.apply(sample_events.returned("accepted"), at=at("03-11 10:00"))
    assert driver.running_clocks() == ["case", "dispatch"]
    assert driver.clock("dispatch").due_at == at("03-11 10:15")
    cancelled = [event.name for event in driver.events_of(ClockStopped) if event.cancelled]
    assert sorted(cancelled) == ["handle", "sign"]


def test_a_joint_survey_has_its_own_limit() -> None:
    """乡呼县应: a dispute about responsibility has one work day instead of the fifteen minutes to dispatch."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    survey = command.DecisionNeeded(
        round=3,
        queue="county",
        reason="joint_survey",
        due_at=at("03-12 09:00"),
        list_version=1,
        explanation="x",
        explanation_en="x",
    )
    driver.apply(survey)
    assert (driver.clock("dispatch").unit, driver.clock("dispatch").due_at) == ("work_day", at("03-12 09:00"))


def test_a_return_request_has_its_own_deadline() -> None:
    """Otherwise an undecided request would pause the unit's clocks without end."""
    driver = dispatched_case(("5 work_hour",))
    driver.apply(sample_events.returned("requested"), at=at("03-11 09:30"))
    assert (driver.running_clocks(), driver.clock("dispatch").due_at) == (
        ["case", "dispatch", "handle", "sign"],
        at("03-11 09:45"),
    )
    assert driver.clock("handle").paused
    assert not driver.clock("dispatch").paused


def test_an_undecided_return_request_is_a_matter_of_the_dispatcher() -> None:
    """The unit gets no reminders or orders for it."""
    driver = dispatched_case(("5 work_hour",))
    driver.apply(sample_events.returned("requested"), at=at("03-11 09:30"))
    driver.advance_to(at("03-11 11:00"))
    assert driver.lights("dispatch") == ["yellow", "red"]
    assert [(event.name, event.role, event.unit_id) for event in driver.events_of(OverdueNotified)] == [
        ("dispatch", "dispatcher", None)
    ]
    assert driver.events_of(UnitUrged) == driver.events_of(SupervisionOrderIssued) == []
    assert not driver.state.notices, "the unit need not reply"


def test_every_decision_of_a_return_is_judged_by_its_own_clock() -> None:
    driver = dispatched_case(("5 work_hour",))
    driver.apply(sample_events.returned("requested"), at=at("03-11 09:30"))
    driver.apply(sample_events.returned("refused"), at=at("03-11 11:00"))
    assert driver.running_clocks() == ["case", "handle", "sign"]
    assert driver.count("overdue", "sanitation") == 0
    assert (driver.count("decision_due", "desk"), driver.count("decided_on_time", "desk")) == (1, 0)
    driver.apply(sample_events.returned("requested"), at=at("03-11 11:30"))
    driver.apply(sample_events.returned("accepted"), at=at("03-11 11:40"))
    assert [event.on_time for event in driver.events_of(ClockStopped) if event.name == "dispatch"] == [
        True,
        False,
        True,
    ]
    assert (driver.count("decision_due", "desk"), driver.count("decided_on_time", "desk")) == (2, 1)
    assert driver.running_clocks() == ["case", "dispatch"], "finding another unit has its own clock"
    driver.apply(sample_events.dispatched(at("03-11 11:50"), dispatch_id=CO, unit_id="housing"), at=at("03-11 11:50"))
    assert "dispatch" not in driver.running_clocks()


def test_a_return_request_of_a_co_unit_has_its_own_clock() -> None:
    """A new lead does not decide it; a withdrawn dispatch judges nobody."""
    driver = dispatched_case()
    driver.apply(sample_events.dispatched(at("03-11 09:00"), dispatch_id=CO, unit_id="housing", role="co"))
    driver.apply(sample_events.returned("requested", CO, "housing"), at=at("03-11 09:10"))
    driver.apply(sample_events.returned("requested"), at=at("03-11 09:12"))
    driver.apply(sample_events.returned("accepted"), at=at("03-11 09:13"))
    driver.apply(
        sample_events.dispatched(at("03-11 09:14"), dispatch_id=PROPERTY, unit_id="water"), at=at("03-11 09:14")
    )
    assert driver.clock("dispatch").dispatch_id == CO
    withdrawn = command.DispatchWithdrawn(dispatch_id=CO, unit_id="housing", reason="by_hand")
    driver.apply(withdrawn, at=at("03-11 09:40"))
    assert "dispatch" not in driver.running_clocks()
    assert driver.events_of(ClockStopped)[-1].cancelled


STREET = HOME[:9]
COUNTY = Centre(id="county", level="county", name="县", name_en="County", areas=("370522",))


def case_escalated(when: str) -> CaseDriver:
    """Return a case whose dispatcher's decision, due at 09:15, was escalated to the county, which has a work day."""
    district = sample_district.make_district([COUNTY])
    driver = CaseDriver(district)
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    needed = command.DecisionNeeded(
        round=1,
        queue="lijin",
        reason="no_match",
        due_at=at("03-11 09:16"),
        list_version=1,
        explanation="x",
        explanation_en="x",
    )
    driver.apply(needed, at=at("03-11 09:01"))
    assert driver.clock("dispatch").due_at == at("03-11 09:15"), "the dispatcher's clock continues"
    driver.advance_to(at(when))
    due_at = deadline(at(when), sample_district.limit("1 work_day"), district.calendar).due_at
    driver.apply(needed.model_copy(update={"queue": "county", "due_at": due_at}), at=at(when))
    assert (driver.clock("dispatch").due_at, driver.clock("dispatch").centre_id) == (due_at, "county")
    return driver


@pytest.mark.parametrize(
    ("escalated_at", "on_time"), [("03-11 09:10", 1), ("03-11 09:40", 0)], ids=["in time", "too late"]
)
def test_the_street_is_judged_when_it_escalates_the_decision(escalated_at: str, on_time: int) -> None:
    driver = case_escalated(escalated_at)
    assert driver.events_of(ClockStopped)[-1].on_time == bool(on_time)
    assert (driver.count("decision_due", STREET), driver.count("decided_on_time", STREET)) == (1, on_time)


@pytest.mark.parametrize("escalated_at", ["03-11 09:10", "03-11 09:40"], ids=["in time", "too late"])
def test_an_escalated_decision_is_due_for_the_county_and_no_longer_for_the_street(escalated_at: str) -> None:
    driver = case_escalated(escalated_at)
    notices_before = len(driver.events_of(OverdueNotified))
    driver.advance_to(at("03-12 18:00"))
    assert [(event.role, event.centre_id) for event in driver.events_of(OverdueNotified)[notices_before:]] == [
        ("dispatcher", "county")
    ]
    driver.apply(sample_events.dispatched(at("03-12 18:00")), at=at("03-12 18:00"))
    assert (driver.count("decision_due", "370522"), driver.count("decided_on_time", "370522")) == (1, 0)
    assert driver.count("decision_due", STREET) == 1


def test_a_renewed_question_to_the_county_does_not_judge_the_street_again() -> None:
    """The street was judged when it escalated the case."""
    driver = CaseDriver(sample_district.make_district([COUNTY]))
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    asked = sample_events.needed(1, at("03-12 09:05")).model_copy(update={"queue": "county"})
    driver.apply(asked, at=at("03-11 09:05"))
    host = {"host_case_id": sample_events.CASE, "host_case_number": "", "rule": "merged", "decided_by": DESK}
    driver.apply(acceptance.CaseAttached.model_validate(host), at=at("03-11 10:00"))
    driver.apply(acceptance.CaseDetached(host_case_id=sample_events.CASE, decided_by=DESK), at=at("03-11 11:00"))
    driver.apply(asked.model_copy(update={"round": 2, "due_at": at("03-12 11:00")}), at=at("03-11 11:00"))
    assert (driver.clock("dispatch").due_at, driver.clock("dispatch").centre_id) == (at("03-12 11:00"), "county")
    assert driver.count("decision_due", STREET) == 1
