"""延期 and 挂账: what is granted, and what the rules do not allow."""

from __future__ import annotations

from datetime import datetime

import pytest

from contracts.events.handling import ExtensionRequested, SuspensionRequested
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
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import DESK, LEAD, at, person

DISPATCHER = person("dispatcher")


def at_work(milestones: tuple[str, ...] = ("1 work_day",)) -> Life:
    """Dispatched and signed on Wednesday 03-11 at 09:00."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), milestones), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00"), milestones), town.signed())
    return life


def more_time(life: Life, when: str, **late: datetime) -> None:
    asked = ExtensionRequested(dispatch_id=LEAD, unit_id="sanitation", note="缺配件", requested_by=DESK)
    life.hear(asked, at=at(when), **late)


def park(life: Life, until: datetime) -> None:
    life.hear(
        SuspensionRequested(dispatch_id=LEAD, unit_id="sanitation", until=until, note="待春季补植", requested_by=DESK)
    )


def test_an_extension_adds_one_original_limit_to_the_last_open_milestone() -> None:
    """2 urgent hours and 1 work day: the second is due a work day later, the first is not touched."""
    life = at_work(("2 urgent_hour", "1 work_day"))
    more_time(life, "03-11 10:00")
    life.answer(DISPATCHER, passed=True, kind="extension")
    decided = life.told(ExtensionDecided)[0]
    assert decided.granted
    assert [each.due_at for each in decided.milestones] == [at("03-11 11:00"), at("03-13 09:00")]
    assert [(event.reason, event.due_at) for event in life.told(DeadlineMoved)] == [("extension", at("03-13 09:00"))]
    assert life.count("extension_granted") == 1


def test_a_yellow_light_turns_green_again_with_more_time_and_yellow_later() -> None:
    """Lights compare used clock time with the limit including extensions."""
    life = at_work()
    life.until(at("03-11 17:30"))
    assert life.lights("handle") == ["yellow"]
    more_time(life, "03-11 17:30")
    life.answer(DISPATCHER, passed=True, kind="extension")
    assert life.lights("handle") == ["yellow", "green*"]
    life.until(at("03-13 09:01"))
    assert life.lights("handle") == ["yellow", "green*", "yellow", "red"]


def test_at_most_two_are_granted_and_refusals_do_not_count() -> None:
    """The third is refused by rule, whoever asks."""
    life = at_work()
    more_time(life, "03-11 10:00")
    life.answer(DISPATCHER, passed=False, note="可以按时完成", kind="extension")
    for _ in range(2):
        more_time(life, "03-11 10:00")
        life.answer(DISPATCHER, passed=True, kind="extension")
    more_time(life, "03-11 10:00")
    with pytest.raises(problems.ExtensionRefusedByRule) as refused:
        life.answer(DISPATCHER, passed=True, kind="extension")
    assert refused.value.members["why"] == "used_up"
    assert life.clock("handle").due_at == at("03-16 09:00")


def test_none_is_granted_when_asked_after_it_was_overdue() -> None:
    """Judged from when it was asked, not from when it is decided."""
    life = at_work()
    more_time(life, "03-11 17:00")
    life.until(at("03-12 10:00"))
    assert life.lights("handle") == ["yellow", "red"]
    life.answer(DISPATCHER, passed=True, kind="extension")
    assert life.lights("handle")[-1] == "green*"
    assert life.count("overdue") == 0
    late = at_work()
    more_time(late, "03-12 09:01")
    with pytest.raises(problems.ExtensionRefusedByRule, match="already passed when it was requested"):
        late.answer(DISPATCHER, passed=True, kind="extension")


def test_with_more_time_granted_late_everything_comes_again_when_it_is_really_due() -> None:
    """Asked in time, decided after 200 %: nobody need say why it was late, and the new limit urges, asks and orders."""
    life = at_work()
    more_time(life, "03-11 17:00")
    life.until(at("03-13 09:00"))
    assert {each.reason for each in life.told(AttentionNeeded)} == {"request_undecided", "overdue_twofold"}
    clock_id = next(key for key, each in life.state.clocks.items() if each.name == "handle")
    assert clock_id in life.state.notices
    life.answer(DISPATCHER, passed=True, kind="extension")
    assert (life.lights("handle")[-1], life.clock("handle").due_at) == ("yellow*", at("03-13 09:00"))
    assert clock_id not in life.state.notices
    assert "overdue_twofold" in {each.reason for each in life.told(AttentionSettled)}
    assert life.count("supervision_orders") == 0
    life.until(at("03-13 10:00"))
    assert (len(life.told(OverdueNotified)), clock_id in life.state.notices) == (2, True)
    life.until(at("03-16 09:00"))
    assert [each.kind for each in life.told(SupervisionOrderIssued)] == ["overdue", "leader", "overdue"]
    assert life.count("supervision_orders") == 1


@pytest.mark.parametrize(("decided", "urged"), [("03-12 10:00", 2), ("03-11 17:30", 2), ("03-11 12:00", 1)])
def test_each_limit_urges_once(decided: str, urged: int) -> None:
    """At 80 % of what is granted, also where the limit before had urged; never twice for one limit."""
    life = at_work()
    more_time(life, "03-11 11:00")
    life.until(at(decided))
    life.answer(DISPATCHER, passed=True, kind="extension")
    life.until(at("03-13 08:59"))
    assert len(life.told(UnitUrged)) == urged


def test_urgent_limits_are_never_extended() -> None:
    """None on urgent minutes and hours."""
    life = at_work(("2 urgent_hour",))
    more_time(life, "03-11 09:30")
    with pytest.raises(problems.ExtensionRefusedByRule, match="urgent"):
        life.answer(DISPATCHER, passed=True, kind="extension")


def test_a_suspension_stands_the_clock_still_and_ends_by_itself() -> None:
    """Situation 18: parked on the first day until 03-16 09:00; then what was left runs on."""
    life = at_work()
    life.now = at("03-11 15:00")
    park(life, at("03-16 09:00"))
    life.answer(DISPATCHER, passed=True, kind="suspension")
    assert life.told(SuspensionDecided)[0].granted
    assert len(life.told(ClockPaused)) == 1
    assert life.status == "suspended"
    life.until(at("03-16 08:59"))
    assert life.lights("handle") == []
    life.until(at("03-16 09:00"))
    ended = life.told(SuspensionEnded)[0]
    assert [each.due_at for each in ended.milestones] == [at("03-16 15:00")]
    assert life.status == "handling"
    life.until(at("03-16 15:00"))
    assert life.lights("handle") == ["yellow", "red"]


@pytest.mark.parametrize(
    ("until", "why"), [("03-11 08:00", "past"), ("03-12 09:00", "used_up")], ids=["a date that is over", "a second one"]
)
def test_a_suspension_is_granted_once_and_to_a_date_to_come(until: str, why: str) -> None:
    """One suspension for a dispatch, and never backwards."""
    life = at_work()
    if why == "used_up":
        park(life, at("03-11 10:00"))
        life.answer(DISPATCHER, passed=True, kind="suspension")
    park(life, at(until))
    with pytest.raises(problems.SuspensionRefusedByRule) as refused:
        life.answer(DISPATCHER, passed=True, kind="suspension")
    assert refused.value.members["why"] == why


def test_a_suspension_lasts_a_year_at_most() -> None:
    """A district setting, 365 days."""
    life = at_work()
    park(life, at("03-11 09:00").replace(year=2027, day=12))
    with pytest.raises(problems.SuspensionRefusedByRule, match="longer than the maximum"):
        life.answer(DISPATCHER, passed=True, kind="suspension")


def test_only_dispatchers_decide() -> None:
    """Not the leader of the unit that asks, nor a clerk."""
    life = at_work()
    more_time(life, "03-11 10:00")
    for caller in (person("intake_clerk"), person("dispatcher", unit_id="sanitation")):
        with pytest.raises(NotAllowed):
            life.answer(caller, passed=True, kind="extension")


def test_a_request_falls_away_with_the_work() -> None:
    """Completed while it waited: nothing to decide."""
    life = at_work()
    more_time(life, "03-11 10:00")
    task_id, _ = life.task("extension")
    life.hear(town.completed())
    assert life.state.tasks[task_id].status == "cancelled"
    parked = at_work()
    park(parked, at("03-20 09:00"))
    parked.answer(DISPATCHER, passed=True, kind="suspension")
    parked.hear(town.completed())
    assert not any(name.startswith("resume:") for name in parked.timers)


@pytest.mark.parametrize(("granted", "due"), [(True, "03-19 08:30"), (False, "03-16 14:30")])
def test_what_is_decided_during_a_rework_says_when_the_rework_is_due(*, granted: bool, due: str) -> None:
    """The unit and its terminal show what the decision says: the first order's milestones are over."""
    life = at_work(("5 work_day",))
    life.hear(town.completed(), town.all_completed(), at=at("03-11 12:00"))
    life.assign("bo")
    life.answer(town.in_the_field("bo"), passed=False)
    more_time(life, "03-11 14:30")
    life.answer(DISPATCHER, passed=granted, kind="extension")
    (decided,) = life.told(ExtensionDecided)[0].milestones
    assert (decided.name, decided.due_at) == ("返工", life.clock("handle").due_at)
    park(life, at("03-12 09:00"))
    life.answer(DISPATCHER, passed=True, kind="suspension")
    life.until(at("03-12 09:00"))
    (ended,) = life.told(SuspensionEnded)[0].milestones
    assert (ended.name, ended.due_at) == ("返工", life.clock("handle").due_at)
    assert ended.due_at == at(due)


def test_a_request_of_a_rework_falls_away_with_the_rework() -> None:
    """Nobody is asked why it was not decided, and it gives the next rework nothing."""
    life = at_work(("5 work_day",))
    life.hear(town.completed(), town.all_completed(), at=at("03-11 12:00"))
    life.assign("bo")
    life.answer(town.in_the_field("bo"), passed=False)
    more_time(life, "03-11 14:30")
    task_id, _ = life.task("extension")
    life.hear(town.completed(round_=1), town.all_completed(round_=1), at=at("03-11 15:00"))
    life.assign("bo")
    life.answer(town.in_the_field("bo"), passed=False)
    assert (life.status, life.state.tasks[task_id].status) == ("rework", "cancelled")
    life.until(at("03-12 12:00"))
    assert "request_undecided" not in {each.reason for each in life.told(AttentionNeeded)}


def test_nothing_is_said_of_a_suspension_whose_case_is_over_by_its_date() -> None:
    life = at_work()
    park(life, at("03-16 09:00"))
    life.answer(DISPATCHER, passed=True, kind="suspension")
    life.act(case_actions.force_close, "长期无法联系", person("leader"))
    life.until(at("03-16 09:00"))
    assert life.told(SuspensionEnded) == []


def test_more_time_for_what_stands_still_says_the_instant_at_which_it_will_be_due() -> None:
    """Not the one that it would have if it ran on at once: the date of the suspension is known."""
    life = at_work(("2 work_day",))
    park(life, at("03-16 09:00"))
    life.answer(DISPATCHER, passed=True, kind="suspension")
    more_time(life, "03-12 10:00")
    life.answer(DISPATCHER, passed=True, kind="extension")
    (told,) = [each.due_at for each in life.told(ExtensionDecided)[0].milestones]
    life.until(at("03-16 09:00"))
    assert [each.due_at for each in life.told(SuspensionEnded)[0].milestones] == [told]
    assert life.clock("handle").due_at == told == at("03-20 09:00")


def test_work_done_before_the_date_ends_the_suspension() -> None:
    """Else a rework would find the order parked for good: its timer is gone with the completion."""
    life = at_work()
    park(life, at("03-20 09:00"))
    life.answer(DISPATCHER, passed=True, kind="suspension")
    life.hear(town.completed(), town.all_completed(), at=at("03-12 10:00"))
    assert len(life.told(SuspensionEnded)) == 1
    life.assign("bo")
    life.answer(town.in_the_field("bo"), passed=False)
    assert life.status == "rework"
    assert not life.clock("handle").paused


def test_a_return_and_a_suspension_at_once_are_two_reasons_to_stand_still() -> None:
    """The clock runs on when the last of them is gone."""
    life = at_work()
    park(life, at("03-11 15:00"))
    life.hear(town.returned("requested"), at=at("03-11 10:00"))
    life.now = at("03-11 10:30")
    life.answer(DISPATCHER, passed=True, kind="suspension")
    life.until(at("03-11 15:00"))
    assert life.clock("handle").paused, "the return is not decided yet"
    life.hear(town.returned("refused"), at=at("03-11 16:00"))
    assert life.clock("handle").due_at == at("03-12 15:00")


def test_a_request_that_nobody_decides_comes_before_the_director_once() -> None:
    """Four work hours, as its task says; decided, done or taken back, nobody need look any more."""
    life = at_work(("5 work_day",))
    more_time(life, "03-11 09:30")
    park(life, at("03-20 09:00"))
    _, task = life.task("extension")
    assert task.due_at == at("03-11 15:30")
    life.until(at("03-11 15:29"))
    assert life.told(AttentionNeeded) == []
    life.until(at("03-11 15:30"))
    assert [(each.reason, each.queue) for each in life.told(AttentionNeeded)] == [("request_undecided", "leader")]
    life.answer(DISPATCHER, passed=True, kind="extension")
    assert life.told(AttentionSettled) == [], "the other still waits"
    life.answer(DISPATCHER, passed=False, kind="suspension")
    assert [each.reason for each in life.told(AttentionSettled)] == ["request_undecided"]
    more_time(life, "03-11 16:00")
    life.hear(town.completed(), at=at("03-11 17:00"))
    assert not any(name.startswith(attention.ESCALATION_TIMER) for name in life.timers)


def test_a_silent_director_is_passed_over_with_a_request_too() -> None:
    """Like every question before a leader."""
    life = at_work(("5 work_day",))
    more_time(life, "03-11 09:30")
    life.until(at("03-13 09:00"))
    assert [each.reason for each in life.told(AttentionNeeded)] == ["request_undecided", "director_silent"]
