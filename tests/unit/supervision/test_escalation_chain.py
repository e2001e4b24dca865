"""The escalation chain: the unit's leader, the director of the centre, the county leader in charge."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.events.supervision import AttentionNeeded, SupervisionOrderIssued
from contracts.registry import Centre
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.actions import task_actions
from services.supervision.domain.policies.recheck import Finding
from services.supervision.domain.primitives import access
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import HOME, at, person

STREET, COUNTY = HOME[:9], HOME[:6]


def district_with_director() -> RegistrySnapshot:
    """Return the district with a street centre that has a director, and a county leader in charge."""
    plain = sample_district.make_district(leader_in_charge="分管副县长", leader_in_charge_en="County leader in charge")
    centre = Centre(
        id="lijin",
        level="street",
        name="街道中心",
        name_en="Street centre",
        areas=(STREET,),
        director="街道中心主任",
        director_en="Director of the street centre",
    )
    records = {kind: dict(found) for kind, found in plain.records.items()}
    return RegistrySnapshot.from_records(1, {**records, Centre.KIND: {centre.id: centre}})


@pytest.fixture
def late_case() -> CaseDriver:
    """Return a case that nobody signs; at 15:00 twice the two work hours are over."""
    driver = CaseDriver(district_with_director())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")))
    driver.advance_to(at("03-11 15:30"))
    return driver


def attention_reasons(driver: CaseDriver) -> list[tuple[str, str | None]]:
    return [(event.reason, event.post) for event in driver.events_of(AttentionNeeded)]


def test_at_twice_the_limit_the_units_leader_gets_an_order_and_the_director_a_question(late_case: CaseDriver) -> None:
    assert [event.kind for event in late_case.events_of(SupervisionOrderIssued)][-1] == "leader"
    assert ("overdue_twofold", "街道中心主任") in attention_reasons(late_case)
    assert "director_silent" not in dict(attention_reasons(late_case))


def test_a_silent_director_is_escalated_once_to_the_county_leader(late_case: CaseDriver) -> None:
    late_case.advance_to(late_case.now + timedelta(days=5))
    silent = [event for event in late_case.events_of(AttentionNeeded) if event.reason == "director_silent"]
    assert [(event.post, event.post_en) for event in silent] == [("分管副县长", "County leader in charge")]


def test_a_director_who_answers_is_not_escalated(late_case: CaseDriver) -> None:
    task_id, _ = late_case.task("attention")
    late_case.run(task_actions.answer, task_id, Finding(passed=True, note="已约谈"), person("leader", areas=(STREET,)))
    late_case.advance_to(late_case.state.tasks[task_id].due_at + timedelta(minutes=5))
    assert "director_silent" not in dict(attention_reasons(late_case))


def test_only_county_leaders_see_and_answer_the_last_step(late_case: CaseDriver) -> None:
    """A street's director neither sees nor settles what went over their head."""
    late_case.advance_to(late_case.now + timedelta(days=5))
    task_id, task = next((key, each) for key, each in late_case.state.tasks.items() if each.reason == "director_silent")
    assert task.grid_code == COUNTY
    case = late_case.case()
    with pytest.raises(problems.TaskUnknown):
        access.require_task(case, task_id, task, person("leader", areas=(STREET,)))
    late_case.run(task_actions.answer, task_id, Finding(passed=True, note="县里协调"), person("leader"))
    assert not late_case.state.tasks[task_id].waiting


def test_a_task_without_its_own_place_has_the_place_of_the_case(late_case: CaseDriver) -> None:
    """Otherwise the leader of one street would see late cases of another."""
    assert {task.grid_code for task in late_case.state.tasks.values()} == {HOME}
