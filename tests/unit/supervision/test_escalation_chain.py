"""Who is told when nobody answers: the unit's leader, the director of the centre, the county leader in charge."""

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
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import HOME, at, person

STREET, COUNTY = HOME[:9], HOME[:6]


def district() -> RegistrySnapshot:
    """The town with a street centre that has a director, and a county leader in charge."""
    plain = town.town(leader_in_charge="分管副县长", leader_in_charge_en="County leader in charge")
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
def late() -> Life:
    """A case that nobody signs for: at 15:00 twice the two work hours are over."""
    life = Life(district())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00")))
    life.until(at("03-11 15:30"))
    return life


def asked(life: Life) -> list[tuple[str, str | None]]:
    return [(event.reason, event.post) for event in life.told(AttentionNeeded)]


def test_at_twice_the_limit_the_units_leader_is_ordered_and_the_director_is_asked(late: Life) -> None:
    assert [event.kind for event in late.told(SupervisionOrderIssued)][-1] == "leader"
    assert ("overdue_twofold", "街道中心主任") in asked(late)
    assert "director_silent" not in dict(asked(late))


def test_a_silent_director_is_passed_over_to_the_county_leader_once(late: Life) -> None:
    late.until(late.now + timedelta(days=5))
    silent = [event for event in late.told(AttentionNeeded) if event.reason == "director_silent"]
    assert [(event.post, event.post_en) for event in silent] == [("分管副县长", "County leader in charge")]


def test_a_director_who_answers_is_not_passed_over(late: Life) -> None:
    task_id, _ = late.task("attention")
    late.act(task_actions.answer, task_id, Finding(passed=True, note="已约谈"), person("leader", areas=(STREET,)))
    late.until(late.state.tasks[task_id].due_at + timedelta(minutes=5))
    assert "director_silent" not in dict(asked(late))


def test_the_last_step_is_for_those_who_lead_the_whole_county(late: Life) -> None:
    """A street's director neither sees nor settles what went over their head."""
    late.until(late.now + timedelta(days=5))
    task_id, task = next((key, each) for key, each in late.state.tasks.items() if each.reason == "director_silent")
    assert task.grid_code == COUNTY
    case = late.case()
    with pytest.raises(problems.TaskUnknown):
        access.require_task(case, task_id, task, person("leader", areas=(STREET,)))
    late.act(task_actions.answer, task_id, Finding(passed=True, note="县里协调"), person("leader"))
    assert not late.state.tasks[task_id].waiting


def test_tasks_without_a_place_of_their_own_lie_where_their_case_lies(late: Life) -> None:
    """Else the leader of one street would read in the list what another street's is late with."""
    assert {task.grid_code for task in late.state.tasks.values()} == {HOME}
