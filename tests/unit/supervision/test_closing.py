"""Closing by hand and by force, reopening, reminders and supervision orders by people, and who may do so."""

from __future__ import annotations

import pytest

from contracts.events import acceptance, command
from contracts.events.supervision import (
    CaseClosed,
    CaseReopened,
    ClockStopped,
    ReworkOrdered,
    SupervisionOrderIssued,
    SupervisionOrderReplied,
    UnitUrged,
)
from services.chassis.problems import NotPossibleNow
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.policies.recheck import Finding
from services.supervision.domain.views import case_view
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_cases import case_completed_by_three_units, case_of_three_units
from tests.unit.supervision.sample_district import DESK, DISPATCHER, LEADER, SHIFT_LEAD, at, in_the_field, person
from tests.unit.supervision.sample_events import CO, LEAD

MERGED = acceptance.CaseAttached(host_case_id=LEAD, host_case_number="LJ-1", rule="merged", decided_by=DESK)
UNDONE = acceptance.CaseDetached(host_case_id=LEAD, decided_by=DESK)


def test_a_reminder_goes_to_one_dispatch_or_to_all_open_ones() -> None:
    """One dispatch when it is named, all open ones otherwise; who has completed is left alone."""
    driver = case_of_three_units()
    driver.apply(sample_events.completed(dispatch_id=CO, unit_id="water"))
    driver.run(case_actions.urge, None, "请抓紧", DISPATCHER)
    assert [event.unit_id for event in driver.events_of(UnitUrged)] == ["sanitation", "property"]
    driver.run(case_actions.urge, LEAD, "请抓紧", DISPATCHER)
    assert [event.dispatch_id for event in driver.events_of(UnitUrged)][2:] == [LEAD]
    assert driver.count("urged") == 2
    with pytest.raises(problems.DispatchUnknown):
        driver.run(case_actions.urge, CO, "请抓紧", DISPATCHER)


def test_the_shift_lead_closes_only_a_handled_case() -> None:
    """Before that it is refused, with what is possible instead."""
    driver = case_of_three_units()
    with pytest.raises(NotPossibleNow) as refused:
        driver.run(case_actions.close, "现场看过", SHIFT_LEAD)
    assert refused.value.members["possible"] == ["urge", "order"]
    driver = case_completed_by_three_units()
    driver.run(case_actions.close, "现场看过", SHIFT_LEAD)
    closed = driver.events_of(CaseClosed)[0]
    assert (closed.outcome, closed.forced, closed.closing_condition_met) == ("solved", False, True)
    assert driver.status == "evaluated"
    assert driver.running_clocks() == []
    assert driver.timers == {}


def test_closing_again_changes_nothing() -> None:
    """Repeating a call in its resulting state is answered as done."""
    driver = case_completed_by_three_units()
    driver.run(case_actions.close, "好", SHIFT_LEAD)
    said = len(driver.events)
    driver.run(case_actions.close, "好", SHIFT_LEAD)
    driver.run(case_actions.force_close, "好", LEADER)
    assert len(driver.events) == said


def test_force_closing_cancels_open_clocks_and_judges_only_the_promise() -> None:
    """Open clocks end without a judgement, only the promise to the reporter is judged."""
    driver = case_of_three_units()
    driver.run(case_actions.force_close, "长期无法联系", LEADER)
    closed = driver.events_of(CaseClosed)[0]
    assert (closed.outcome, closed.forced, closed.closing_condition_met) == ("forced", True, False)
    judged = {
        event.name for event in driver.events_of(ClockStopped) if not event.cancelled and event.stopped_at == driver.now
    }
    assert "case" in judged
    assert "handle" not in judged
    assert driver.running_clocks() == []


def test_reopening_by_hand_goes_back_to_the_same_unit_with_the_original_limit() -> None:
    """It is a rework with the full limit; the promise to the reporter does not start again."""
    driver = case_completed_by_three_units()
    driver.run(case_actions.close, "好", SHIFT_LEAD)
    driver.now = at("03-12 09:00")
    driver.run(case_actions.reopen, "又堆上了", SHIFT_LEAD)
    assert [event.reason for event in driver.events_of(CaseReopened)] == ["by_hand"]
    order = driver.events_of(ReworkOrdered)[0]
    assert [(each.amount, each.unit, each.due_at) for each in order.milestones] == [(1, "work_day", at("03-13 09:00"))]
    assert driver.running_clocks() == ["handle"]
    assert driver.status == "rework"


@pytest.mark.parametrize(
    "caller",
    [
        person("leader", unit_id="sanitation"),
        person("shift_lead", areas=("370522002",)),
        in_the_field("ann"),
        person("unit_clerk", unit_id="sanitation"),
    ],
    ids=["leader of a unit", "shift lead of another street", "an officer", "clerk of a unit"],
)
def test_only_the_responsible_centre_acts_on_a_case(caller: object) -> None:
    """Others do not even learn that the case exists."""
    for action, arguments in (
        (case_actions.force_close, ("x",)),
        (case_actions.close, ("x",)),
        (case_actions.urge, (None, "x")),
        (case_actions.issue_order, (None, "leader", "x")),
        (case_actions.reopen, ("x",)),
    ):
        driver = case_completed_by_three_units()
        if action is case_actions.reopen:
            driver.run(case_actions.close, "好", SHIFT_LEAD)
        with pytest.raises(problems.CaseUnknown):
            driver.run(action, *arguments, caller)


@pytest.mark.parametrize(
    "end",
    [
        acceptance.CaseNotFiled(reason="not_ours", decided_by=DESK),
        acceptance.CaseWithdrawn(withdrawn_by=DESK),
        acceptance.CaseAttached(host_case_id=LEAD, host_case_number="LJ-1", rule="by_hand", decided_by=DESK),
    ],
    ids=["not filed", "withdrawn", "attached"],
)
def test_a_case_that_ends_without_closing_has_no_clocks_tasks_or_timers(end: acceptance.CaseNotFiled) -> None:
    """Clocks and tasks fall away, timers with them."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 09:00")), at=at("03-11 09:00"))
    driver.apply(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:15")))
    driver.apply(end, at=at("03-11 09:10"))
    assert (driver.running_clocks(), driver.timers) == ([], {})
    assert case_view(driver.case(), SHIFT_LEAD).possible == ()


def test_undoing_a_merge_starts_the_dispatchers_clock_again() -> None:
    """The dispatches were withdrawn and must be created again; the promise runs on from the report."""
    driver = case_of_three_units()
    driver.apply(MERGED)
    assert (driver.running_clocks(), driver.status) == ([], "attached")
    withdrawn = [
        command.DispatchWithdrawn(dispatch_id=key, unit_id="u", reason="merged") for key in driver.state.dispatches
    ]
    driver.apply(*withdrawn, UNDONE, at=at("03-11 10:00"))
    assert driver.running_clocks() == ["case", "dispatch"]
    assert driver.clock("case").started_at == at("03-11 09:00")
    assert driver.status == "awaiting_dispatch"


def test_undoing_a_merge_of_a_handled_case_requests_the_recheck_again() -> None:
    """Back where it was: nobody has looked yet."""
    driver = case_completed_by_three_units()
    driver.apply(MERGED)
    assert driver.running_clocks() == []
    driver.apply(UNDONE)
    assert (driver.status, driver.running_clocks()) == ("awaiting_recheck", ["case", "recheck"])
    assert driver.task("recheck")[1].excluded == []


def test_a_case_force_closed_before_its_completion_is_decided_again_after_reopening() -> None:
    """Nobody can do it again, so command decides anew, in its minutes."""
    driver = case_of_three_units()
    driver.run(case_actions.force_close, "误操作", LEADER)
    withdrawn = [
        command.DispatchWithdrawn(dispatch_id=key, unit_id="u", reason="case_ended") for key in driver.state.dispatches
    ]
    driver.apply(*withdrawn)
    driver.run(case_actions.reopen, "群众反映仍在", SHIFT_LEAD)
    assert (driver.status, driver.running_clocks()) == ("awaiting_dispatch", ["dispatch"])
    assert driver.events_of(ReworkOrdered) == []


def test_a_claimed_question_is_answered_by_its_claimant() -> None:
    """Questions for the shift lead and others are tasks like the rest."""
    driver = case_of_three_units()
    driver.run(case_actions.issue_order, LEAD, "important", "说明情况", LEADER)
    driver.advance_to(at("03-12 09:00"))
    task_id, _ = driver.task("attention")
    driver.run(task_actions.claim, task_id, LEADER)
    with pytest.raises(problems.TaskTaken):
        driver.run(task_actions.claim, task_id, person("leader", "another"))
    driver.run(task_actions.answer, task_id, Finding(passed=True, note="已约谈"), LEADER)
    with pytest.raises(problems.TaskTaken):
        driver.run(task_actions.claim, task_id, person("leader", "another"))


def test_an_open_case_cannot_be_reopened_and_a_repeated_reopening_changes_nothing() -> None:
    """An open case is not "already reopened" unless somebody reopened it."""
    driver = case_of_three_units()
    with pytest.raises(NotPossibleNow):
        driver.run(case_actions.reopen, "x", SHIFT_LEAD)
    driver = case_completed_by_three_units()
    driver.run(case_actions.close, "好", SHIFT_LEAD)
    driver.run(case_actions.reopen, "又堆上了", SHIFT_LEAD)
    driver.run(case_actions.reopen, "又堆上了", SHIFT_LEAD)
    assert len(driver.events_of(CaseReopened)) == 1


def test_an_order_can_be_issued_before_a_unit_has_the_case() -> None:
    """It goes to the officer or the desk that the case waits for; the centre replies."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 09:00")), at=at("03-11 09:00"))
    driver.run(case_actions.issue_order, None, "important", "请尽快受理", LEADER)
    verification_request = acceptance.VerificationRequested(
        task_id=LEAD, mode="site", due_at=at("03-11 09:35"), officer_id="ann"
    )
    driver.apply(verification_request, at=at("03-11 09:05"))
    driver.run(case_actions.issue_order, None, "important", "请尽快核实", LEADER)
    driver.apply(sample_events.filed(at("03-11 09:00")), at=at("03-11 09:20"))
    driver.run(case_actions.issue_order, None, "leader", "请尽快派遣", LEADER)
    assert [(each.officer_id, each.role) for each in driver.events_of(SupervisionOrderIssued)] == [
        (None, "shift_lead"),
        ("ann", None),
        (None, "dispatcher"),
    ]
    driver.run(
        case_actions.reply_to_notice, driver.events_of(SupervisionOrderIssued)[-1].order_id, "正在协调", SHIFT_LEAD
    )
    assert [each.on_time for each in driver.events_of(SupervisionOrderReplied)] == [True]
    with pytest.raises(problems.DispatchUnknown):
        driver.run(case_actions.issue_order, CO, "leader", "…", LEADER)
