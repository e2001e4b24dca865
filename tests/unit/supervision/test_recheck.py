"""核查: by whom, by when, and what follows from the answer."""

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
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, FAR, HOME, LEAD, NEXT_DOOR, SCHOOL, at, in_the_field, person

PHOTO = Photo(sha256="0" * 64, role="after")


def handled(
    outcome: str = "solved", when: datetime = at("03-11 11:00"), district: RegistrySnapshot | None = None, **filed: Any
) -> Life:
    """A case whose unit has done its part."""
    life = Life(district or town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), **filed), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00")), town.signed())
    life.hear(town.completed(outcome), town.all_completed(outcome), at=when)
    return life


@pytest.mark.parametrize(
    ("mode", "queue", "due"),
    [
        ("site", "officer", "03-11 12:00"),
        ("photo", "officer", "03-11 12:00"),
        ("callback", "desk", "03-12 11:00"),
        ("document", "desk", "03-12 11:00"),
    ],
)
def test_the_mode_of_the_condition_decides_who_looks(mode: str, queue: str, due: str) -> None:
    """Site and photo are an officer's task of an hour; call-back and document the desk's, of a work day."""
    life = handled(recheck_mode=mode)
    _, task = life.task("recheck")
    assert (task.queue, task.due_at) == (queue, at(due))
    request = life.told(RecheckRequested)[0]
    assert (request.round, request.mode, request.closing_condition, request.officer_id) == (1, mode, "清理干净", None)


def test_an_hour_counts_from_the_next_shift_when_nobody_is_on_duty() -> None:
    """Completed at 20:00; the officers come at 08:00."""
    life = handled(when=at("03-11 20:00"))
    assert life.task("recheck")[1].due_at == at("03-12 09:00")
    assert life.clock("recheck").started_at == at("03-12 08:00")


def test_an_hour_counts_from_now_when_somebody_next_door_is_on_duty() -> None:
    """Who can be sent at night is sent at night; the own officer's next shift does not put it off."""
    night = Shift(id="night-bo", officer="bo", areas=(NEXT_DOOR,), starts="18:00", ends="08:00")
    life = handled(when=at("03-11 22:00"), district=town.town([night]))
    assert officers.candidates(life.district, HOME, life.now, ()) == ["bo"]
    assert life.task("recheck")[1].due_at == at("03-11 23:00")


def test_no_roster_no_promise() -> None:
    """Where nobody will be on duty the shift lead is told."""
    district = town.town()
    empty = {key: each for key, each in district.shifts.items() if key == "day-lane"}
    life = Life(type(district).from_records(1, {**_records(district), "shift": empty}))
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00")), town.completed(), town.all_completed())
    assert [(event.reason, event.queue) for event in life.told(AttentionNeeded)] == [("nobody_on_duty", "shift_lead")]


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
def test_who_may_recheck(grid: str, excluded: tuple[str, ...], expected: list[str]) -> None:
    """Officers on duty, independent, nearest first; lane leads never, a dedicated grid's own officer never for it."""
    found = officers.candidates(town.town(), grid, at("03-11 10:00"), excluded)
    assert [each for each in found if each != "dan"] == expected
    assert ("dan" in found) == (grid != SCHOOL)


def test_at_night_nobody_may_recheck() -> None:
    """Who is not on duty is not sent."""
    assert officers.candidates(town.town(), HOME, at("03-11 22:00"), ()) == []


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
def test_the_nearest_free_officer_goes_then_whoever_has_least(load: dict[str, int], expected: str) -> None:
    """The duty grid's own before an idle neighbour, as for verifications; when all are busy the least so, and the
    nearest.
    """
    waiting = [Unassigned(LEAD, CASE, HOME, ("dan",))]
    busy: dict[tuple[Mode, str], int] = {("actual", officer_id): tasks for officer_id, tasks in load.items()}
    assert plan_assignments(town.town(), waiting, busy, at("03-11 10:00"))[LEAD] == expected


def test_an_exercise_keeps_nobody_from_a_real_recheck() -> None:
    """Tasks of exercises count among exercises."""
    waiting = [Unassigned(LEAD, CASE, HOME, ()), Unassigned(town.CO, CASE, HOME, (), "exercise")]
    plan = plan_assignments(town.town(), waiting, {("exercise", "ann"): 9}, at("03-11 10:00"))
    assert plan[LEAD] == "ann"
    assert plan[town.CO] != "ann"


def test_a_wave_of_tasks_is_spread() -> None:
    """What one task takes counts for the next; a task nobody can do stays unassigned."""
    waiting = [Unassigned(key, CASE, HOME, ()) for key in (LEAD, town.CO)]
    waiting.append(Unassigned(town.PROPERTY, CASE, HOME, ("ann", "bo", "cai", "dan")))
    plan = plan_assignments(town.town(), waiting, {("actual", "ann"): 3}, at("03-11 10:00"))
    assert plan[LEAD] == "ann"
    assert plan[town.CO] != "ann"
    assert town.PROPERTY not in plan


def test_the_task_goes_to_one_officer_and_others_are_kept_off() -> None:
    """Assigned to Bo: Cai may not take it, Bo may and passes it; the case closes as solved."""
    life = handled(reporter_officer_id="ann")
    life.assign("bo")
    assert [event.officer_id for event in life.told(RecheckAssigned)] == ["bo"]
    task_id = life.task("recheck")[0]
    with pytest.raises(problems.TaskTaken):
        life.act(task_actions.claim, task_id, in_the_field("cai"))
    life.act(task_actions.claim, task_id, in_the_field("bo"))
    assert life.status == "rechecking"
    life.answer(in_the_field("bo"), passed=True)
    assert [(event.outcome, event.closing_condition_met) for event in life.told(CaseClosed)] == [("solved", True)]
    assert (life.count("recheck_due", "bo"), life.count("recheck_on_time", "bo"), life.count("recheck_passed")) == (
        1,
        1,
        1,
    )


def test_whoever_reported_or_settled_it_cannot_recheck_it() -> None:
    """Independence is checked when the task is answered, whoever it was given to."""
    life = handled(reporter_officer_id="ann", handler_officer_id="bo")
    for officer_id in ("ann", "bo", "lane"):
        with pytest.raises(problems.NotIndependent):
            life.answer(in_the_field(officer_id), passed=True)
    with pytest.raises(NotAllowed):
        life.answer(person("intake_clerk"), passed=True)


def test_an_answered_task_answered_again_alike_changes_nothing() -> None:
    """A lost answer is repeated by the terminal; another's answer comes too late."""
    life = handled()
    task_id, _ = life.task("recheck")
    life.answer(in_the_field("ann"), passed=True)
    said = len(life.said)
    life.act(task_actions.answer, task_id, Finding(passed=True, note="看过"), in_the_field("ann"))
    assert len(life.said) == said
    with pytest.raises(problems.TaskTaken):
        life.act(task_actions.answer, task_id, Finding(passed=False, note="没好"), in_the_field("bo"))


@pytest.mark.parametrize("mode", ["site", "photo"])
def test_a_recheck_in_the_street_needs_a_photo_of_now_and_a_failure_needs_words(mode: str) -> None:
    """Neither "seen" without a picture of afterwards nor "not solved" without a reason."""
    life = handled(recheck_mode=mode)
    for photos in ((), (PHOTO.model_copy(update={"role": "before"}),)):
        with pytest.raises(problems.PhotoNeeded):
            life.answer(in_the_field("ann"), passed=True, photos=photos)
    with pytest.raises(problems.NoteNeeded):
        life.answer(in_the_field("ann"), passed=False, note="", photos=(PHOTO,))
    life.answer(in_the_field("ann"), passed=True, photos=(PHOTO,))
    assert life.told(RecheckRecorded)[0].photos == (PHOTO,)


def test_a_failed_recheck_sends_it_back_with_half_the_limit() -> None:
    """One work day → four work hours, the same dispatch, the next round; rework is counted apart."""
    life = handled()
    life.answer(in_the_field("ann"), passed=False)
    order = life.told(ReworkOrdered)[0]
    assert (order.dispatch_id, order.round, order.reason) == (LEAD, 1, "recheck_failed")
    assert [(each.amount, each.unit, each.due_at) for each in order.milestones] == [(4, "work_hour", at("03-11 17:00"))]
    assert (life.status, life.running()) == ("rework", ["case", "handle"])
    life.hear(town.completed(round_=1), town.all_completed(round_=1), at=at("03-11 15:00"))
    assert life.told(RecheckRequested)[-1].round == 2
    assert (life.count("completed"), life.count("reworked"), life.count("recheck_failed")) == (1, 1, 1)


def test_a_rework_has_at_least_an_hour() -> None:
    """Half of an hour would be no time at all."""
    life = Life(town.town())
    milestones = ("1 urgent_hour",)
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), milestones), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00"), milestones), town.completed(), town.all_completed())
    life.answer(in_the_field("ann"), passed=False)
    assert life.told(ReworkOrdered)[0].milestones[0].due_at == at("03-11 10:00")


def test_the_third_failure_goes_before_the_leader() -> None:
    """Two reworks by themselves; the third also as a supervision order, and the leader of the centre is told."""
    life = handled()
    for round_ in (1, 2, 3):
        assert life.told(SupervisionOrderIssued) == []
        life.answer(in_the_field("ann"), passed=False)
        life.hear(town.completed(round_=round_), town.all_completed(round_=round_))
    assert [(event.kind, event.unit_id) for event in life.told(SupervisionOrderIssued)] == [("rework", "sanitation")]
    assert [(event.reason, event.queue) for event in life.told(AttentionNeeded)] == [
        ("third_recheck_failure", "leader")
    ]
    assert len(life.told(ReworkOrdered)) == 3


@pytest.mark.parametrize("outcome", ["explained", "not_solvable"])
def test_what_was_only_explained_goes_to_a_leader_instead(outcome: str) -> None:
    """Nothing changed in the street that anybody could recheck."""
    life = handled(outcome)
    assert life.told(RecheckRequested) == []
    assert life.told(ReviewRequested)[0].outcome == outcome
    assert life.status == "awaiting_review"
    with pytest.raises(NotPossibleNow):
        life.act(case_actions.close, "已解释", person("shift_lead"))
    with pytest.raises(CaseUnknown):
        life.act(task_actions.review, Finding(passed=True, note="属实"), person("leader", unit_id="sanitation"))
    life.act(task_actions.review, Finding(passed=True, note="属实"), person("leader"))
    assert life.told(CaseClosed)[0].outcome == "explained"


def test_tasks_and_reviews_of_a_foreign_case_answer_like_unknown_ones() -> None:
    """Whatever the caller's role, and whatever else would speak against it."""
    life, elsewhere = handled("explained"), {"areas": ("370522002",)}
    task_id, _ = life.task("review")
    with pytest.raises(CaseUnknown):
        life.act(task_actions.review, Finding(passed=True, note="属实"), person("leader", **elsewhere))
    for role in ("leader", "shift_lead", "assessor", "dispatcher"):
        for key in (task_id, UUID(int=1)):
            with pytest.raises(TaskUnknown) as refused:
                life.act(task_actions.answer, key, Finding(passed=True, note="属实"), person(role, **elsewhere))
            assert refused.value.members == {"task": str(key)}
    stranger = person("officer", officer_id="officer-fengyi-05")
    with pytest.raises(TaskUnknown):
        life.act(task_actions.answer, task_id, Finding(passed=True, note="属实"), stranger)


def test_a_refused_review_sends_it_back() -> None:
    """The leader does not believe it."""
    life = handled("not_solvable")
    life.act(task_actions.review, Finding(passed=False, note="可以解决"), person("leader"))
    assert [event.reason for event in life.told(ReworkOrdered)] == ["review_refused"]


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
def test_the_outcome_of_closing_follows_that_of_the_work(outcome: str, closed: str) -> None:
    """What the unit did is what the case is closed as."""
    life = handled(outcome)
    life.answer(in_the_field("ann"), passed=True)
    assert life.told(CaseClosed)[0].outcome == closed


def test_nobody_rechecks_a_confidential_case() -> None:
    """The competent unit's word closes it: no officer, no desk, no leader may look."""
    life = handled("transferred_to_enforcement", confidential=True)
    assert life.told(RecheckRequested) == []
    assert life.told(CaseClosed)[0].outcome == "handed_over"


def test_a_stale_completion_asks_for_no_recheck() -> None:
    """The completion of a former round arrives after the rework was ordered."""
    life = handled()
    life.answer(in_the_field("ann"), passed=False)
    life.hear(town.all_completed(round_=0))
    assert len(life.told(RecheckRequested)) == 1


def test_an_overdue_recheck_counts_for_the_officer_who_had_it() -> None:
    """Assigned in time and not done: due, not on time; a task nobody had is nobody's fault."""
    life = handled()
    life.assign("ann")
    life.until(at("03-11 12:00"))
    assert (life.count("recheck_due", "ann"), life.count("recheck_on_time", "ann")) == (1, 0)
    late = handled()
    late.until(at("03-11 12:00"))
    assert not any(figure == "recheck_due" for _, figure in late.facts)
    assert late.state.overdue


def test_the_desk_calls_back() -> None:
    """Call-backs are claimed and answered by the desk of the area."""
    life = handled(recheck_mode="callback")
    with pytest.raises(problems.TaskUnknown):
        life.answer(person("intake_clerk", areas=(FAR[:9] + "002",)), passed=True)
    life.answer(person("intake_clerk", areas=(NEXT_DOOR[:9],)), passed=True)
    assert life.told(RecheckRecorded)[0].recorded_by.role == "intake_clerk"


def test_the_centre_or_a_grid_lead_sends_another_officer() -> None:
    """On leave, too far, too busy: whoever leads may send somebody else, but nobody who had a part in it."""
    life = handled(reporter_officer_id="bo")
    life.assign("ann")
    task_id, _ = life.task("recheck")
    lead = person("grid_lead", areas=(HOME[:12],))
    for caller, officer_id in ((person("shift_lead"), "cai"), (lead, "ann"), (person("dispatcher"), "cai")):
        life.act(task_actions.assign, task_id, officer_id, caller)
    assert [event.officer_id for event in life.told(RecheckAssigned)] == ["ann", "cai", "ann", "cai"]
    with pytest.raises(problems.OfficerUnsuitable):
        life.act(task_actions.assign, task_id, "bo", lead)
    for stranger in (
        person("grid_lead", areas=("370522002",)),
        person("dispatcher", unit_id="water"),
        in_the_field("ann"),
    ):
        with pytest.raises(problems.TaskUnknown):
            life.act(task_actions.assign, task_id, "ann", stranger)
    life.act(task_actions.claim, task_id, in_the_field("cai"))
    life.until(at("03-11 12:00"))
    assert (life.count("recheck_due", "cai"), life.count("recheck_due", "ann")) == (1, 0)


def test_a_grid_lead_steps_in_for_an_officer_who_has_not_begun() -> None:
    """What an officer has claimed is theirs; what was only given to them a grid lead may do."""
    life = handled()
    life.assign("ann")
    lead = person("grid_lead", officer_id="bo", areas=(HOME[:12],))
    life.answer(lead, passed=True)
    assert life.told(RecheckRecorded)[0].officer_id == "bo"
    begun = handled()
    begun.assign("ann")
    begun.act(task_actions.claim, begun.task("recheck")[0], in_the_field("ann"))
    with pytest.raises(problems.TaskTaken):
        begun.answer(lead, passed=True)
