"""核查: who rechecks, by when, and what follows from the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from contracts.common import Mode, Photo
from contracts.events.supervision import (
    AttentionNeeded,
    CaseClosed,
    RecheckAssigned,
    RecheckRecorded,
    RecheckRequested,
    ReviewRequested,
    ReworkOrdered,
    SupervisionOrderIssued,
)
from contracts.registry import Shift
from services.chassis.problems import NotAllowed, NotPossibleNow
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.policies.recheck import Finding
from services.supervision.domain.primitives import officers
from services.supervision.domain.problems import CaseUnknown, TaskUnknown
from services.supervision.workers.rechecks import Unassigned, plan_assignments
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import FAR, HOME, NEXT_DOOR, SCHOOL, at, in_the_field, person
from tests.unit.supervision.sample_events import CASE, LEAD

PHOTO = Photo(sha256="0" * 64, role="after")


def handled_case(
    outcome: str = "solved", when: datetime = at("03-11 11:00"), district: RegistrySnapshot | None = None, **filed: Any
) -> CaseDriver:
    """Return a case that its unit has completed."""
    driver = CaseDriver(district or sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00"), **filed), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")), sample_events.signed())
    driver.apply(sample_events.completed(outcome), sample_events.all_completed(outcome), at=when)
    return driver


@pytest.mark.parametrize(
    ("mode", "queue", "due"),
    [
        ("site", "officer", "03-11 12:00"),
        ("photo", "officer", "03-11 12:00"),
        ("callback", "desk", "03-12 11:00"),
        ("document", "desk", "03-12 11:00"),
    ],
)
def test_the_recheck_mode_of_the_condition_decides_who_rechecks(mode: str, queue: str, due: str) -> None:
    """Site and photo: an officer within an hour; call-back and document: the desk within a work day."""
    driver = handled_case(recheck_mode=mode)
    _, task = driver.task("recheck")
    assert (task.queue, task.due_at) == (queue, at(due))
    request = driver.events_of(RecheckRequested)[0]
    assert (request.round, request.mode, request.closing_condition, request.officer_id) == (1, mode, "清理干净", None)


def test_the_hour_counts_from_the_next_shift_if_nobody_is_on_duty() -> None:
    """Completed at 20:00; the officers come at 08:00."""
    driver = handled_case(when=at("03-11 20:00"))
    assert driver.task("recheck")[1].due_at == at("03-12 09:00")
    assert driver.clock("recheck").started_at == at("03-12 08:00")


def test_the_hour_counts_at_once_if_a_neighbour_is_on_duty() -> None:
    """The own officer's next shift does not postpone the recheck."""
    night = Shift(id="night-bo", officer="bo", areas=(NEXT_DOOR,), starts="18:00", ends="08:00")
    driver = handled_case(when=at("03-11 22:00"), district=sample_district.make_district([night]))
    assert officers.candidates(driver.district, HOME, driver.now, ()) == ["bo"]
    assert driver.task("recheck")[1].due_at == at("03-11 23:00")


def test_without_a_roster_the_shift_lead_is_asked() -> None:
    district = sample_district.make_district()
    empty = {key: each for key, each in district.shifts.items() if key == "day-lane"}
    driver = CaseDriver(type(district).from_records(1, {**_records(district), "shift": empty}))
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")), sample_events.completed(), sample_events.all_completed())
    assert [(event.reason, event.queue) for event in driver.events_of(AttentionNeeded)] == [
        ("nobody_on_duty", "shift_lead")
    ]


def _records(district: Any) -> dict[str, Any]:
    return {
        "district": {district.settings.id: district.settings},
        "grid": district.grids,
        "officer": district.officers,
        "unit": district.units,
    }


@pytest.mark.parametrize(
    ("grid", "excluded", "expected"),
    [
        pytest.param(HOME, (), ["ann", "bo", "cai"], id="the duty grid's officer first, then the neighbours'"),
        pytest.param(HOME, ("ann",), ["bo", "cai"], id="not whoever reported or settled it"),
        pytest.param(SCHOOL, (), ["ann", "bo", "cai"], id="a dedicated grid is looked at by its neighbours"),
        pytest.param(FAR, ("cai", "bo"), ["ann"], id="further neighbours when the near ones had a part in it"),
    ],
)
def test_possible_rechecking_officers_are_independent_and_nearest_first(
    grid: str, excluded: tuple[str, ...], expected: list[str]
) -> None:
    """Lane leads never recheck; the officer of a dedicated grid never rechecks that grid."""
    found = officers.candidates(sample_district.make_district(), grid, at("03-11 10:00"), excluded)
    assert [each for each in found if each != "dan"] == expected
    assert ("dan" in found) == (grid != SCHOOL)


def test_an_officer_off_duty_is_not_assigned() -> None:
    assert officers.candidates(sample_district.make_district(), HOME, at("03-11 22:00"), ()) == []


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ({}, "ann"),
        ({"ann": 3}, "ann"),
        ({"ann": 4}, "bo"),
        ({"ann": 5, "bo": 4, "cai": 3}, "cai"),
        ({"ann": 6, "bo": 4, "cai": 5, "dan": 9}, "bo"),
        ({"ann": 4, "bo": 4, "cai": 4, "dan": 4}, "ann"),
    ],
)
def test_the_nearest_free_officer_is_assigned_otherwise_the_one_with_least_tasks(
    load: dict[str, int], expected: str
) -> None:
    """The officer of the duty grid comes before an idle neighbour; if all are busy, the one with the fewest tasks."""
    waiting = [Unassigned(LEAD, CASE, HOME, ("dan",))]
    busy: dict[tuple[Mode, str], int] = {("actual", officer_id): tasks for officer_id, tasks in load.items()}
    assert plan_assignments(sample_district.make_district(), waiting, busy, at("03-11 10:00"))[LEAD] == expected


def test_tasks_of_exercises_do_not_count_as_work_for_real_rechecks() -> None:
    """Tasks of exercises count among exercises."""
    waiting = [Unassigned(LEAD, CASE, HOME, ()), Unassigned(sample_events.CO, CASE, HOME, (), "exercise")]
    plan = plan_assignments(sample_district.make_district(), waiting, {("exercise", "ann"): 9}, at("03-11 10:00"))
    assert plan[LEAD] == "ann"
    assert plan[sample_events.CO] != "ann"


def test_many_tasks_at_once_are_spread_over_the_officers() -> None:
    """An officer's new task counts when the next one is assigned; a task that nobody can do stays unassigned."""
    waiting = [Unassigned(key, CASE, HOME, ()) for key in (LEAD, sample_events.CO)]
    waiting.append(Unassigned(sample_events.PROPERTY, CASE, HOME, ("ann", "bo", "cai", "dan")))
    plan = plan_assignments(sample_district.make_district(), waiting, {("actual", "ann"): 3}, at("03-11 10:00"))
    assert plan[LEAD] == "ann"
    assert plan[sample_events.CO] != "ann"
    assert sample_events.PROPERTY not in plan


def test_only_the_assigned_officer_can_claim_and_answer_a_recheck() -> None:
    """The case closes as solved."""
    driver = handled_case(reporter_officer_id="ann")
    driver.assign("bo")
    assert [event.officer_id for event in driver.events_of(RecheckAssigned)] == ["bo"]
    task_id = driver.task("recheck")[0]
    with pytest.raises(problems.TaskTaken):
        driver.run(task_actions.claim, task_id, in_the_field("cai"))
    driver.run(task_actions.claim, task_id, in_the_field("bo"))
    assert driver.status == "rechecking"
    driver.answer(in_the_field("bo"), passed=True)
    assert [(event.outcome, event.closing_condition_met) for event in driver.events_of(CaseClosed)] == [
        ("solved", True)
    ]
    assert (
        driver.count("recheck_due", "bo"),
        driver.count("recheck_on_time", "bo"),
        driver.count("recheck_passed"),
    ) == (
        1,
        1,
        1,
    )


def test_a_reporter_or_handler_cannot_recheck_the_case() -> None:
    """Independence is checked when the task is answered."""
    driver = handled_case(reporter_officer_id="ann", handler_officer_id="bo")
    for officer_id in ("ann", "bo", "lane"):
        with pytest.raises(problems.NotIndependent):
            driver.answer(in_the_field(officer_id), passed=True)
    with pytest.raises(NotAllowed):
        driver.answer(person("intake_clerk"), passed=True)


def test_a_repeated_answer_changes_nothing_and_another_one_is_refused() -> None:
    """A terminal repeats an answer whose confirmation was lost."""
    driver = handled_case()
    task_id, _ = driver.task("recheck")
    driver.answer(in_the_field("ann"), passed=True)
    before = len(driver.events)
    driver.run(task_actions.answer, task_id, Finding(passed=True, note="看过"), in_the_field("ann"))
    assert len(driver.events) == before
    with pytest.raises(problems.TaskTaken):
        driver.run(task_actions.answer, task_id, Finding(passed=False, note="没好"), in_the_field("bo"))


@pytest.mark.parametrize("mode", ["site", "photo"])
def test_a_recheck_on_site_needs_a_photo_and_a_failed_one_a_note(mode: str) -> None:
    driver = handled_case(recheck_mode=mode)
    for photos in ((), (PHOTO.model_copy(update={"role": "before"}),)):
        with pytest.raises(problems.PhotoNeeded):
            driver.answer(in_the_field("ann"), passed=True, photos=photos)
    with pytest.raises(problems.NoteNeeded):
        driver.answer(in_the_field("ann"), passed=False, note="", photos=(PHOTO,))
    driver.answer(in_the_field("ann"), passed=True, photos=(PHOTO,))
    assert driver.events_of(RecheckRecorded)[0].photos == (PHOTO,)


def test_a_failed_recheck_orders_a_rework_with_half_the_limit() -> None:
    """One work day becomes four work hours, in the next round of the same dispatch."""
    driver = handled_case()
    driver.answer(in_the_field("ann"), passed=False)
    order = driver.events_of(ReworkOrdered)[0]
    assert (order.dispatch_id, order.round, order.reason) == (LEAD, 1, "recheck_failed")
    assert [(each.amount, each.unit, each.due_at) for each in order.milestones] == [(4, "work_hour", at("03-11 17:00"))]
    assert (driver.status, driver.running_clocks()) == ("rework", ["case", "handle"])
    driver.apply(sample_events.completed(round_=1), sample_events.all_completed(round_=1), at=at("03-11 15:00"))
    assert driver.events_of(RecheckRequested)[-1].round == 2
    assert (driver.count("completed"), driver.count("reworked"), driver.count("recheck_failed")) == (1, 1, 1)


def test_a_rework_has_at_least_an_hour() -> None:
    driver = CaseDriver(sample_district.make_district())
    milestones = ("1 urgent_hour",)
    driver.apply(
        sample_events.received(at("03-11 09:00")),
        sample_events.filed(at("03-11 09:00"), milestones),
        at=at("03-11 09:00"),
    )
    driver.apply(
        sample_events.dispatched(at("03-11 09:00"), milestones),
        sample_events.completed(),
        sample_events.all_completed(),
    )
    driver.answer(in_the_field("ann"), passed=False)
    assert driver.events_of(ReworkOrdered)[0].milestones[0].due_at == at("03-11 10:00")


def test_the_third_failed_recheck_goes_to_the_leader() -> None:
    """Two reworks are automatic; the third also causes a supervision order."""
    driver = handled_case()
    for round_ in (1, 2, 3):
        assert driver.events_of(SupervisionOrderIssued) == []
        driver.answer(in_the_field("ann"), passed=False)
        driver.apply(sample_events.completed(round_=round_), sample_events.all_completed(round_=round_))
    assert [(event.kind, event.unit_id) for event in driver.events_of(SupervisionOrderIssued)] == [
        ("rework", "sanitation")
    ]
    assert [(event.reason, event.queue) for event in driver.events_of(AttentionNeeded)] == [
        ("third_recheck_failure", "leader")
    ]
    assert len(driver.events_of(ReworkOrdered)) == 3


@pytest.mark.parametrize("outcome", ["explained", "not_solvable"])
def test_an_explained_case_is_reviewed_by_a_leader_instead(outcome: str) -> None:
    """Nothing changed on site, so nothing can be rechecked there."""
    driver = handled_case(outcome)
    assert driver.events_of(RecheckRequested) == []
    assert driver.events_of(ReviewRequested)[0].outcome == outcome
    assert driver.status == "awaiting_review"
    with pytest.raises(NotPossibleNow):
        driver.run(case_actions.close, "已解释", person("shift_lead"))
    with pytest.raises(CaseUnknown):
        driver.run(task_actions.review, Finding(passed=True, note="属实"), person("leader", unit_id="sanitation"))
    driver.run(task_actions.review, Finding(passed=True, note="属实"), person("leader"))
    assert driver.events_of(CaseClosed)[0].outcome == "explained"


def test_tasks_of_an_invisible_case_are_refused_like_unknown_ones() -> None:
    """This is checked before any other reason to refuse."""
    driver, elsewhere = handled_case("explained"), {"areas": ("370522002",)}
    task_id, _ = driver.task("review")
    with pytest.raises(CaseUnknown):
        driver.run(task_actions.review, Finding(passed=True, note="属实"), person("leader", **elsewhere))
    for role in ("leader", "shift_lead", "assessor", "dispatcher"):
        for key in (task_id, UUID(int=1)):
            with pytest.raises(TaskUnknown) as refused:
                driver.run(task_actions.answer, key, Finding(passed=True, note="属实"), person(role, **elsewhere))
            assert refused.value.members == {"task": str(key)}
    caller = person("officer", officer_id="officer-fengyi-05")
    with pytest.raises(TaskUnknown):
        driver.run(task_actions.answer, task_id, Finding(passed=True, note="属实"), caller)


def test_a_refused_review_orders_a_rework() -> None:
    driver = handled_case("not_solvable")
    driver.run(task_actions.review, Finding(passed=False, note="可以解决"), person("leader"))
    assert [event.reason for event in driver.events_of(ReworkOrdered)] == ["review_refused"]


@pytest.mark.parametrize(
    ("outcome", "closed"),
    [
        ("solved", "solved"),
        ("persuaded", "solved"),
        ("ordered", "solved"),
        ("mediated", "mediated"),
        ("transferred_to_enforcement", "handed_over"),
    ],
)
def test_the_outcome_of_the_case_follows_from_that_of_the_work(outcome: str, closed: str) -> None:
    driver = handled_case(outcome)
    driver.answer(in_the_field("ann"), passed=True)
    assert driver.events_of(CaseClosed)[0].outcome == closed


def test_a_confidential_case_is_closed_without_a_recheck() -> None:
    """The completion by the competent unit closes it."""
    driver = handled_case("transferred_to_enforcement", confidential=True)
    assert driver.events_of(RecheckRequested) == []
    assert driver.events_of(CaseClosed)[0].outcome == "handed_over"


def test_a_completion_of_an_earlier_round_requests_no_recheck() -> None:
    """It arrives after the rework was ordered."""
    driver = handled_case()
    driver.answer(in_the_field("ann"), passed=False)
    driver.apply(sample_events.all_completed(round_=0))
    assert len(driver.events_of(RecheckRequested)) == 1


def test_an_overdue_recheck_counts_for_its_officer() -> None:
    """An unassigned task counts for nobody."""
    driver = handled_case()
    driver.assign("ann")
    driver.advance_to(at("03-11 12:00"))
    assert (driver.count("recheck_due", "ann"), driver.count("recheck_on_time", "ann")) == (1, 0)
    late = handled_case()
    late.advance_to(at("03-11 12:00"))
    assert not any(figure == "recheck_due" for _, figure in late.facts)
    assert late.state.overdue


def test_a_call_back_is_answered_by_the_desk_of_the_area() -> None:
    driver = handled_case(recheck_mode="callback")
    with pytest.raises(problems.TaskUnknown):
        driver.answer(person("intake_clerk", areas=(FAR[:9] + "002",)), passed=True)
    driver.answer(person("intake_clerk", areas=(NEXT_DOOR[:9],)), passed=True)
    assert driver.events_of(RecheckRecorded)[0].recorded_by.role == "intake_clerk"


def test_the_centre_or_a_grid_lead_assigns_another_independent_officer() -> None:
    """Nobody who had a part in the case can be assigned."""
    driver = handled_case(reporter_officer_id="bo")
    driver.assign("ann")
    task_id, _ = driver.task("recheck")
    lead = person("grid_lead", areas=(HOME[:12],))
    for caller, officer_id in ((person("shift_lead"), "cai"), (lead, "ann"), (person("dispatcher"), "cai")):
        driver.run(task_actions.assign, task_id, officer_id, caller)
    assert [event.officer_id for event in driver.events_of(RecheckAssigned)] == ["ann", "cai", "ann", "cai"]
    with pytest.raises(problems.OfficerUnsuitable):
        driver.run(task_actions.assign, task_id, "bo", lead)
    for caller in (
        person("grid_lead", areas=("370522002",)),
        person("dispatcher", unit_id="water"),
        in_the_field("ann"),
    ):
        with pytest.raises(problems.TaskUnknown):
            driver.run(task_actions.assign, task_id, "ann", caller)
    driver.run(task_actions.claim, task_id, in_the_field("cai"))
    driver.advance_to(at("03-11 12:00"))
    assert (driver.count("recheck_due", "cai"), driver.count("recheck_due", "ann")) == (1, 0)


def test_a_grid_lead_may_answer_for_an_officer_who_has_not_begun() -> None:
    """A task that an officer has claimed can only be answered by that officer."""
    driver = handled_case()
    driver.assign("ann")
    lead = person("grid_lead", officer_id="bo", areas=(HOME[:12],))
    driver.answer(lead, passed=True)
    assert driver.events_of(RecheckRecorded)[0].officer_id == "bo"
    begun = handled_case()
    begun.assign("ann")
    begun.run(task_actions.claim, begun.task("recheck")[0], in_the_field("ann"))
    with pytest.raises(problems.TaskTaken):
        begun.answer(lead, passed=True)
