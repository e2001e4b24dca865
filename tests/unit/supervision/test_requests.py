"""Extensions 延期 and suspensions 挂账: what is granted and what the rules forbid."""

from __future__ import annotations

import pytest

from contracts.events.supervision import (
    AttentionNeeded,
    AttentionSettled,
    ClockPaused,
    DeadlineMoved,
    ExtensionDecided,
    OverdueNotified,
    SupervisionOrderIssued,
    SuspensionDecided,
    SuspensionEnded,
    UnitUrged,
)
from services.chassis.problems import NotAllowed
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions
from services.supervision.domain.primitives import attention
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.sample_cases import request_extension, request_suspension, signed_case
from tests.unit.supervision.sample_district import at, person

DISPATCHER = person("dispatcher")


def test_an_extension_adds_one_original_limit_to_the_last_open_milestone() -> None:
    """2 urgent hours and 1 work day: only the second milestone moves, by a work day."""
    driver = signed_case(("2 urgent_hour", "1 work_day"))
    request_extension(driver, "03-11 10:00")
    driver.answer(DISPATCHER, passed=True, kind="extension")
    decided = driver.events_of(ExtensionDecided)[0]
    assert decided.granted
    assert [each.due_at for each in decided.milestones] == [at("03-11 11:00"), at("03-13 09:00")]
    assert [(event.reason, event.due_at) for event in driver.events_of(DeadlineMoved)] == [
        ("extension", at("03-13 09:00"))
    ]
    assert driver.count("extension_granted") == 1


def test_an_extension_turns_the_light_green_again() -> None:
    """Lights compare the used time with the limit including extensions."""
    driver = signed_case()
    driver.advance_to(at("03-11 17:30"))
    assert driver.lights("handle") == ["yellow"]
    request_extension(driver, "03-11 17:30")
    driver.answer(DISPATCHER, passed=True, kind="extension")
    assert driver.lights("handle") == ["yellow", "green*"]
    driver.advance_to(at("03-13 09:01"))
    assert driver.lights("handle") == ["yellow", "green*", "yellow", "red"]


def test_at_most_two_extensions_are_granted_and_refusals_do_not_count() -> None:
    """The third is refused by rule, whoever asks."""
    driver = signed_case()
    request_extension(driver, "03-11 10:00")
    driver.answer(DISPATCHER, passed=False, note="可以按时完成", kind="extension")
    for _ in range(2):
        request_extension(driver, "03-11 10:00")
        driver.answer(DISPATCHER, passed=True, kind="extension")
    request_extension(driver, "03-11 10:00")
    with pytest.raises(problems.ExtensionRefusedByRule) as refused:
        driver.answer(DISPATCHER, passed=True, kind="extension")
    assert refused.value.members["why"] == "used_up"
    assert driver.clock("handle").due_at == at("03-16 09:00")


def test_an_extension_must_be_requested_before_the_deadline() -> None:
    """The time of the request counts, not that of the decision."""
    driver = signed_case()
    request_extension(driver, "03-11 17:00")
    driver.advance_to(at("03-12 10:00"))
    assert driver.lights("handle") == ["yellow", "red"]
    driver.answer(DISPATCHER, passed=True, kind="extension")
    assert driver.lights("handle")[-1] == "green*"
    assert driver.count("overdue") == 0
    late = signed_case()
    request_extension(late, "03-12 09:01")
    with pytest.raises(problems.ExtensionRefusedByRule, match="already passed when it was requested"):
        late.answer(DISPATCHER, passed=True, kind="extension")


def test_a_late_extension_repeats_all_steps_at_the_new_limit() -> None:
    """Requested in time, decided after 200 %: the open notice ends, and the new limit reminds and orders again."""
    driver = signed_case()
    request_extension(driver, "03-11 17:00")
    driver.advance_to(at("03-13 09:00"))
    assert {each.reason for each in driver.events_of(AttentionNeeded)} == {"request_undecided", "overdue_twofold"}
    clock_id = next(key for key, each in driver.state.clocks.items() if each.name == "handle")
    assert clock_id in driver.state.notices
    driver.answer(DISPATCHER, passed=True, kind="extension")
    assert (driver.lights("handle")[-1], driver.clock("handle").due_at) == ("yellow*", at("03-13 09:00"))
    assert clock_id not in driver.state.notices
    assert "overdue_twofold" in {each.reason for each in driver.events_of(AttentionSettled)}
    assert driver.count("supervision_orders") == 0
    driver.advance_to(at("03-13 10:00"))
    assert (len(driver.events_of(OverdueNotified)), clock_id in driver.state.notices) == (2, True)
    driver.advance_to(at("03-16 09:00"))
    assert [each.kind for each in driver.events_of(SupervisionOrderIssued)] == ["overdue", "leader", "overdue"]
    assert driver.count("supervision_orders") == 1


@pytest.mark.parametrize(("decided", "urged"), [("03-12 10:00", 2), ("03-11 17:30", 2), ("03-11 12:00", 1)])
def test_each_limit_reminds_once(decided: str, urged: int) -> None:
    """At 80 % of the granted time, even if the former limit had reminded."""
    driver = signed_case()
    request_extension(driver, "03-11 11:00")
    driver.advance_to(at(decided))
    driver.answer(DISPATCHER, passed=True, kind="extension")
    driver.advance_to(at("03-13 08:59"))
    assert len(driver.events_of(UnitUrged)) == urged


def test_an_urgent_limit_is_never_extended() -> None:
    """None on urgent minutes and hours."""
    driver = signed_case(("2 urgent_hour",))
    request_extension(driver, "03-11 09:30")
    with pytest.raises(problems.ExtensionRefusedByRule, match="urgent"):
        driver.answer(DISPATCHER, passed=True, kind="extension")


def test_a_suspension_pauses_the_clock_and_ends_by_itself() -> None:
    """Situation 18: suspended until 03-16 09:00, then the rest of the limit runs."""
    driver = signed_case()
    driver.now = at("03-11 15:00")
    request_suspension(driver, at("03-16 09:00"))
    driver.answer(DISPATCHER, passed=True, kind="suspension")
    assert driver.events_of(SuspensionDecided)[0].granted
    assert len(driver.events_of(ClockPaused)) == 1
    assert driver.status == "suspended"
    driver.advance_to(at("03-16 08:59"))
    assert driver.lights("handle") == []
    driver.advance_to(at("03-16 09:00"))
    ended = driver.events_of(SuspensionEnded)[0]
    assert [each.due_at for each in ended.milestones] == [at("03-16 15:00")]
    assert driver.status == "handling"
    driver.advance_to(at("03-16 15:00"))
    assert driver.lights("handle") == ["yellow", "red"]


@pytest.mark.parametrize(
    ("until", "why"), [("03-11 08:00", "past"), ("03-12 09:00", "used_up")], ids=["a date that is over", "a second one"]
)
def test_a_suspension_is_granted_once_and_only_until_a_future_date(until: str, why: str) -> None:
    """One suspension for a dispatch, and never backwards."""
    driver = signed_case()
    if why == "used_up":
        request_suspension(driver, at("03-11 10:00"))
        driver.answer(DISPATCHER, passed=True, kind="suspension")
    request_suspension(driver, at(until))
    with pytest.raises(problems.SuspensionRefusedByRule) as refused:
        driver.answer(DISPATCHER, passed=True, kind="suspension")
    assert refused.value.members["why"] == why


def test_a_suspension_lasts_at_most_a_year() -> None:
    """A district setting, 365 days."""
    driver = signed_case()
    request_suspension(driver, at("03-11 09:00").replace(year=2027, day=12))
    with pytest.raises(problems.SuspensionRefusedByRule, match="longer than the maximum"):
        driver.answer(DISPATCHER, passed=True, kind="suspension")


def test_only_dispatchers_of_the_centre_decide() -> None:
    """Leaders of the unit that asks and clerks are refused."""
    driver = signed_case()
    request_extension(driver, "03-11 10:00")
    for caller in (person("intake_clerk"), person("dispatcher", unit_id="sanitation")):
        with pytest.raises(NotAllowed):
            driver.answer(caller, passed=True, kind="extension")


def test_a_request_ends_with_the_completion() -> None:
    """Completed while it waited: nothing to decide."""
    driver = signed_case()
    request_extension(driver, "03-11 10:00")
    task_id, _ = driver.task("extension")
    driver.apply(sample_events.completed())
    assert driver.state.tasks[task_id].status == "cancelled"
    parked = signed_case()
    request_suspension(parked, at("03-20 09:00"))
    parked.answer(DISPATCHER, passed=True, kind="suspension")
    parked.apply(sample_events.completed())
    assert not any(name.startswith("resume:") for name in parked.timers)


@pytest.mark.parametrize(("granted", "due"), [(True, "03-19 08:30"), (False, "03-16 14:30")])
def test_a_decision_during_a_rework_states_the_deadline_of_the_rework(*, granted: bool, due: str) -> None:
    """The unit and its terminal show what the decision says: the first order's milestones are over."""
    driver = signed_case(("5 work_day",))
    driver.apply(sample_events.completed(), sample_events.all_completed(), at=at("03-11 12:00"))
    driver.assign("bo")
    driver.answer(sample_district.in_the_field("bo"), passed=False)
    request_extension(driver, "03-11 14:30")
    driver.answer(DISPATCHER, passed=granted, kind="extension")
    (decided,) = driver.events_of(ExtensionDecided)[0].milestones
    assert (decided.name, decided.due_at) == ("返工", driver.clock("handle").due_at)
    request_suspension(driver, at("03-12 09:00"))
    driver.answer(DISPATCHER, passed=True, kind="suspension")
    driver.advance_to(at("03-12 09:00"))
    (ended,) = driver.events_of(SuspensionEnded)[0].milestones
    assert (ended.name, ended.due_at) == ("返工", driver.clock("handle").due_at)
    assert ended.due_at == at(due)


def test_a_request_during_a_rework_ends_with_that_rework() -> None:
    """Nobody is asked why it was not decided, and it gives the next rework nothing."""
    driver = signed_case(("5 work_day",))
    driver.apply(sample_events.completed(), sample_events.all_completed(), at=at("03-11 12:00"))
    driver.assign("bo")
    driver.answer(sample_district.in_the_field("bo"), passed=False)
    request_extension(driver, "03-11 14:30")
    task_id, _ = driver.task("extension")
    driver.apply(sample_events.completed(round_=1), sample_events.all_completed(round_=1), at=at("03-11 15:00"))
    driver.assign("bo")
    driver.answer(sample_district.in_the_field("bo"), passed=False)
    assert (driver.status, driver.state.tasks[task_id].status) == ("rework", "cancelled")
    driver.advance_to(at("03-12 12:00"))
    assert "request_undecided" not in {each.reason for each in driver.events_of(AttentionNeeded)}


def test_a_suspension_of_a_closed_case_ends_silently() -> None:
    driver = signed_case()
    request_suspension(driver, at("03-16 09:00"))
    driver.answer(DISPATCHER, passed=True, kind="suspension")
    driver.run(case_actions.force_close, "长期无法联系", person("leader"))
    driver.advance_to(at("03-16 09:00"))
    assert driver.events_of(SuspensionEnded) == []


def test_an_extension_during_a_suspension_states_the_deadline_after_it() -> None:
    """The end of the suspension is known, so the deadline can be stated."""
    driver = signed_case(("2 work_day",))
    request_suspension(driver, at("03-16 09:00"))
    driver.answer(DISPATCHER, passed=True, kind="suspension")
    request_extension(driver, "03-12 10:00")
    driver.answer(DISPATCHER, passed=True, kind="extension")
    (stated_due_at,) = [each.due_at for each in driver.events_of(ExtensionDecided)[0].milestones]
    driver.advance_to(at("03-16 09:00"))
    assert [each.due_at for each in driver.events_of(SuspensionEnded)[0].milestones] == [stated_due_at]
    assert driver.clock("handle").due_at == stated_due_at == at("03-20 09:00")


def test_completion_ends_the_suspension() -> None:
    """Otherwise a rework would find its dispatch suspended without a timer."""
    driver = signed_case()
    request_suspension(driver, at("03-20 09:00"))
    driver.answer(DISPATCHER, passed=True, kind="suspension")
    driver.apply(sample_events.completed(), sample_events.all_completed(), at=at("03-12 10:00"))
    assert len(driver.events_of(SuspensionEnded)) == 1
    driver.assign("bo")
    driver.answer(sample_district.in_the_field("bo"), passed=False)
    assert driver.status == "rework"
    assert not driver.clock("handle").paused


def test_a_return_and_a_suspension_pause_the_clock_until_both_have_ended() -> None:
    """The clock runs on when the last of them is gone."""
    driver = signed_case()
    request_suspension(driver, at("03-11 15:00"))
    driver.apply(sample_events.returned("requested"), at=at("03-11 10:00"))
    driver.now = at("03-11 10:30")
    driver.answer(DISPATCHER, passed=True, kind="suspension")
    driver.advance_to(at("03-11 15:00"))
    assert driver.clock("handle").paused, "the return is still pending"
    driver.apply(sample_events.returned("refused"), at=at("03-11 16:00"))
    assert driver.clock("handle").due_at == at("03-12 15:00")


def test_an_undecided_request_goes_to_the_director_once() -> None:
    """After four work hours; a decision, the completion or a withdrawal ends the question."""
    driver = signed_case(("5 work_day",))
    request_extension(driver, "03-11 09:30")
    request_suspension(driver, at("03-20 09:00"))
    _, task = driver.task("extension")
    assert task.due_at == at("03-11 15:30")
    driver.advance_to(at("03-11 15:29"))
    assert driver.events_of(AttentionNeeded) == []
    driver.advance_to(at("03-11 15:30"))
    assert [(each.reason, each.queue) for each in driver.events_of(AttentionNeeded)] == [
        ("request_undecided", "leader")
    ]
    driver.answer(DISPATCHER, passed=True, kind="extension")
    assert driver.events_of(AttentionSettled) == [], "the other request still waits"
    driver.answer(DISPATCHER, passed=False, kind="suspension")
    assert [each.reason for each in driver.events_of(AttentionSettled)] == ["request_undecided"]
    request_extension(driver, "03-11 16:00")
    driver.apply(sample_events.completed(), at=at("03-11 17:00"))
    assert not any(name.startswith(attention.ESCALATION_TIMER) for name in driver.timers)


def test_a_silent_director_is_escalated_for_a_request_too() -> None:
    """Like every question before a leader."""
    driver = signed_case(("5 work_day",))
    request_extension(driver, "03-11 09:30")
    driver.advance_to(at("03-13 09:00"))
    assert [each.reason for each in driver.events_of(AttentionNeeded)] == ["request_undecided", "director_silent"]
