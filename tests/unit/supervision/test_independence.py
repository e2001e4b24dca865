"""Whoever worked on a case never says that it is solved: not from another desk, not by a second account, not for his
unit.

A small centre has fourteen posts and seven people, so one account may hold several desks; this one rule stays.
"""

from __future__ import annotations

from typing import Any

import pytest

from contracts.common import Actor, Place
from contracts.events.acceptance import CaseCorrected, ReportJoined, ReportLeft
from contracts.events.handling import ProgressReported
from contracts.events.supervision import AttentionNeeded, CaseClosed, RecheckPassedOn, RecheckRecorded, ReviewRecorded
from services.chassis.auth import SYSTEM, Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.policies.recheck import Finding
from services.supervision.workers.rechecks import Unassigned, plan_assignments
from tests.unit.supervision import town
from tests.unit.supervision.life import AFTER, Life
from tests.unit.supervision.town import CASE, HOME, LEAD, SECOND_REPORT, at, in_the_field, person

SMALL_CENTRE = frozenset({"intake_clerk", "dispatcher", "shift_lead", "assessor", "leader"})
"""All desks of a centre."""


def everything(account: str, **more: Any) -> Caller:
    return Caller(kind="account", id=account, roles=SMALL_CENTRE, **more)


def handled(by: Actor, outcome: str = "solved", *, district: RegistrySnapshot | None = None, **filed: Any) -> Life:
    """A case that this person completed, or entered as completed for the unit."""
    life = Life(district or town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), **filed), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00")), town.signed())
    work = town.completed(outcome).model_copy(update={"completed_by": by})
    life.hear(work, town.all_completed(outcome), at=at("03-11 11:00"))
    return life


@pytest.mark.parametrize("mode", ["callback", "document"])
def test_one_account_may_hold_every_desk(mode: str) -> None:
    """It files, dispatches, watches and rechecks, as long as somebody else did the work."""
    life = handled(Actor(kind="key", id="unit-key", unit_id="sanitation"), recheck_mode=mode)
    life.answer(everything("seven-in-one"), passed=True)
    assert life.told(CaseClosed)[0].outcome == "solved"


def test_whoever_holds_every_desk_is_recorded_in_the_role_that_let_them_act() -> None:
    """A leader's approval is a leader's, and a call-back the desk's: all was the assessor's, who comes first in the
    alphabet.
    """
    life = handled(Actor(kind="key", id="unit-key", unit_id="sanitation"), "not_solvable")
    life.answer(everything("seven-in-one"), passed=True, kind="review")
    assert life.told(ReviewRecorded)[0].decided_by.role == "leader"
    called = handled(Actor(kind="key", id="unit-key", unit_id="sanitation"), recheck_mode="callback")
    called.answer(everything("seven-in-one"), passed=True)
    assert called.told(RecheckRecorded)[0].recorded_by.role == "intake_clerk"


UNIT = Actor(kind="key", id="unit-key", unit_id="sanitation")


def joined(officer_id: str = "ann") -> ReportJoined:
    return ReportJoined(
        report_id=SECOND_REPORT,
        attached_case_id=CASE,
        attached_case_number="LJ-2",
        channel="grid_terminal",
        reporter_officer_id=officer_id,
        reported_at=at("03-11 10:00"),
    )


def who_has_it(life: Life) -> tuple[str | None, str | None]:
    """The officer of the recheck, and of its clock."""
    return life.task("recheck")[1].officer_id, life.clock("recheck").officer_id


@pytest.mark.parametrize("joins", ["before the work was done", "while it waits"])
def test_whoever_reported_what_was_attached_does_not_recheck_the_host(joins: str) -> None:
    life, unit = Life(town.town()), UNIT
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    early = [joined()] if joins == "before the work was done" else []
    life.hear(town.dispatched(at("03-11 09:00")), town.signed(), *early)
    work = town.completed("solved").model_copy(update={"completed_by": unit})
    life.hear(work, town.all_completed("solved"), at=at("03-11 11:00"))
    if not early:
        life.hear(joined())
    with pytest.raises(problems.NotIndependent):
        life.answer(in_the_field("ann"), passed=True)


@pytest.mark.parametrize("begun", [False, True])
def test_whoever_has_the_recheck_and_turns_out_to_have_reported_it_too_has_it_no_more(*, begun: bool) -> None:
    """A report of theirs is attached meanwhile: the task goes on by itself and says why, also one that they had
    begun.
    """
    life = handled(UNIT)
    life.assign("ann")
    if begun:
        life.act(task_actions.claim, life.task("recheck")[0], in_the_field("ann"))
    life.hear(joined())
    said = [(event.officer_id, event.reason, event.passed_on_by) for event in life.told(RecheckPassedOn)]
    assert said == [("ann", "reported", SYSTEM)]
    assert (life.status, who_has_it(life)) == ("awaiting_recheck", (None, None))
    task_id, task = life.task("recheck")
    waiting = [Unassigned(task_id, CASE, HOME, (*task.excluded, *task.declined))]
    assert plan_assignments(life.district, waiting, {}, life.now) == {task_id: "dan"}
    with pytest.raises(problems.NotIndependent):
        life.answer(in_the_field("ann"), passed=True)
    life.assign("dan")
    life.answer(in_the_field("dan"), passed=True)
    assert (life.count("rechecked", "dan"), life.count("recheck_due", "ann")) == (1, 0)


def test_detached_again_it_is_nobodys_hindrance() -> None:
    life = handled(UNIT)
    life.assign("ann")
    life.hear(joined(), ReportLeft(report_id=SECOND_REPORT, attached_case_id=CASE))
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=True)
    assert life.told(CaseClosed)


def test_a_report_of_somebody_else_leaves_the_recheck_where_it_is() -> None:
    life = handled(UNIT)
    life.assign("ann")
    life.hear(joined("cai"))
    assert (life.told(RecheckPassedOn), who_has_it(life)) == ([], ("ann", "ann"))
    assert life.task("recheck")[1].excluded == ["cai"]


def test_whoever_works_on_it_while_it_is_rechecked_has_the_recheck_no_more() -> None:
    """A first responder may still be at it when lead and co-units are done."""
    life = handled(UNIT)
    life.assign("ann")
    helper = Actor(kind="account", id="account-ann", officer_id="ann")
    life.hear(ProgressReported(dispatch_id=town.CO, unit_id="housing", note="已围挡", reported_by=helper))
    assert [(event.officer_id, event.reason) for event in life.told(RecheckPassedOn)] == [("ann", "handled")]


def test_what_has_run_over_stays_with_whoever_let_it() -> None:
    life = handled(UNIT)
    life.assign("ann")
    life.until(at("03-11 12:10"))
    life.hear(joined())
    assert who_has_it(life) == (None, "ann")
    life.answer(in_the_field("bo"), passed=True)
    assert (life.count("recheck_due", "ann"), life.count("recheck_on_time", "ann")) == (1, 0)


@pytest.mark.parametrize(("bo_comes", "due", "asked"), [("14:00", "03-11 15:00", []), (None, None, ["nobody_on_duty"])])
def test_with_nobody_else_on_duty_its_time_counts_from_the_next_shift(
    bo_comes: str | None, due: str | None, asked: list[str]
) -> None:
    """With nobody to come within a week a person is asked. The same for what an officer passes on."""
    shifts = {"day-ann": ("08:00", "18:00"), **({"day-bo": (bo_comes, "18:00")} if bo_comes else {})}
    for taken in (True, False):
        life = handled(UNIT, district=on_shift(shifts))
        life.assign("ann")
        if taken:
            life.hear(joined())
        else:
            life.act(task_actions.pass_on, life.task("recheck")[0], "车坏了", in_the_field("ann"))
        expected = at(due) if due else None
        assert [event.due_at for event in life.told(RecheckPassedOn)] == [expected]
        assert [event.reason for event in life.told(AttentionNeeded)] == asked
        due_at = expected or at("03-11 12:00")
        assert (life.task("recheck")[1].due_at, life.clock("recheck").due_at) == (due_at, due_at)
        if due:
            life.until(at("03-11 14:30"))
            life.answer(in_the_field("bo"), passed=True)
            assert (life.count("recheck_on_time", "bo"), life.count("recheck_due", "ann")) == (1, 0)


def test_corrected_meanwhile_it_is_rechecked_as_what_it_is_and_where_it_is_now() -> None:
    """Another grid, so another officer; what changes neither place, way nor closing condition leaves the task alone."""
    life = handled(UNIT)
    life.assign("ann")
    before = life.task("recheck")[0]
    life.hear(corrected(severity=3))
    assert (life.task("recheck")[0], who_has_it(life)) == (before, ("ann", "ann"))
    life.hear(corrected(place=Place(grid_code=town.FAR)))
    task_id, task = life.task("recheck")
    assert task_id != before
    assert (task.grid_code, task.officer_id, life.status) == (town.FAR, None, "awaiting_recheck")
    with pytest.raises(problems.TaskCancelled):
        life.act(task_actions.answer, before, Finding(passed=True, photos=(AFTER,)), in_the_field("ann"))
    plan = plan_assignments(life.district, [Unassigned(task_id, CASE, task.grid_code, ())], {}, life.now)
    assert plan == {task_id: "cai"}
    life.hear(corrected(recheck_mode="document"))
    assert life.task("recheck")[1].queue == "desk"


def corrected(**changes: Any) -> CaseCorrected:
    told = dict(town.filed(at("03-11 09:00"), **changes))
    return CaseCorrected.model_validate({**told, "note": "", "corrected_by": town.DESK})


def on_shift(hours: dict[str, tuple[str, str]]) -> RegistrySnapshot:
    """The town with these shifts only."""
    records = {kind: dict(found) for kind, found in town.town().records.items()}
    records["shift"] = {
        key: each.model_copy(update={"starts": hours[key][0], "ends": hours[key][1]})
        for key, each in records["shift"].items()
        if key in hours
    }
    return RegistrySnapshot.from_records(1, records)


@pytest.mark.parametrize("mode", ["callback", "document"])
def test_who_entered_the_work_does_not_recheck_it_from_another_desk(mode: str) -> None:
    life = handled(Actor(kind="account", id="seven-in-one"), recheck_mode=mode)
    with pytest.raises(problems.NotIndependent):
        life.answer(everything("seven-in-one"), passed=True)
    life.answer(everything("a colleague"), passed=True)
    assert life.status != "awaiting_recheck"


def test_nor_closes_it_by_hand() -> None:
    """Closing by hand vouches for the closing condition: that is a recheck by another name."""
    life = handled(Actor(kind="account", id="seven-in-one"))
    with pytest.raises(problems.NotIndependent):
        life.act(case_actions.close, "已完成", everything("seven-in-one"))
    life.act(case_actions.close, "已完成", everything("a colleague"))
    assert life.told(CaseClosed)


def test_nor_reviews_what_he_explained() -> None:
    life = handled(Actor(kind="account", id="seven-in-one"), "explained")
    with pytest.raises(problems.NotIndependent):
        life.answer(everything("seven-in-one"), passed=True, kind="review")
    life.answer(everything("a colleague"), passed=True, kind="review")
    assert life.told(CaseClosed)[0].outcome == "explained"


def test_a_second_account_for_the_same_post_is_the_same_person() -> None:
    """An officer handled it under one account; the other account of that post rechecks nothing, and is given
    nothing.
    """
    life = handled(Actor(kind="account", id="first", officer_id="ann"))
    assert "ann" in life.task("recheck")[1].excluded
    with pytest.raises(problems.NotIndependent):
        life.answer(person("officer", "second", officer_id="ann"), passed=True)


def test_nobody_of_a_unit_that_worked_on_it_rechecks_it() -> None:
    """Also a co-unit's officer, who himself did nothing."""
    life = handled(Actor(kind="key", id="unit-key", unit_id="sanitation"))
    with pytest.raises(problems.NotIndependent):
        life.answer(person("officer", "bo-of-the-unit", officer_id="bo", unit_id="sanitation"), passed=True)


def test_who_reported_progress_has_worked_on_it_too() -> None:
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), recheck_mode="document"))
    life.hear(town.dispatched(at("03-11 09:00")), at=at("03-11 09:00"))
    helper = Actor(kind="account", id="helping-hand")
    life.hear(ProgressReported(dispatch_id=LEAD, unit_id="sanitation", note="已围挡", reported_by=helper))
    life.hear(town.completed(), town.all_completed(), at=at("03-11 11:00"))
    with pytest.raises(problems.NotIndependent):
        life.answer(everything("helping-hand"), passed=True)
