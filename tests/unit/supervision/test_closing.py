"""Closing by hand and by force, urging and ordering by people, and who may."""

from __future__ import annotations

import pytest

from contracts.events import acceptance, command
from contracts.events.supervision import (
    AttentionNeeded,
    CaseClosed,
    CaseReopened,
    ClockStopped,
    OverdueExplained,
    ReworkOrdered,
    SupervisionOrderIssued,
    SupervisionOrderReplied,
    UnitUrged,
)
from contracts.transitions import from_status
from services.chassis.auth import Caller
from services.chassis.problems import NotPossibleNow
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.policies.recheck import Finding
from services.supervision.domain.primitives import access
from services.supervision.domain.views import case_view
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CO, DESK, LEAD, PROPERTY, at, in_the_field, person

MERGED = acceptance.CaseAttached(host_case_id=LEAD, host_case_number="LJ-1", rule="merged", decided_by=DESK)
UNDONE = acceptance.CaseDetached(host_case_id=LEAD, decided_by=DESK)
SHIFT_LEAD, LEADER, DISPATCHER = person("shift_lead"), person("leader"), person("dispatcher")


def at_work() -> Life:
    """A case in the hands of a lead, a co-unit and a property company."""
    life = Life(town.town())
    life.hear(
        town.received(at("03-11 09:00"), feedback_wanted=False), town.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    life.hear(town.dispatched(at("03-11 09:00")))
    life.hear(town.dispatched(at("03-11 09:00"), dispatch_id=CO, unit_id="water", role="co"))
    life.hear(town.dispatched(at("03-11 09:00"), dispatch_id=PROPERTY, unit_id="property", role="co", coordinated=True))
    return life


def handled() -> Life:
    """The units have done their part."""
    life = at_work()
    life.hear(
        town.completed(),
        town.completed(dispatch_id=CO, unit_id="water"),
        town.completed(dispatch_id=PROPERTY, unit_id="property"),
        town.all_completed(),
        at=at("03-11 11:00"),
    )
    return life


def test_a_person_urges_every_unit_that_still_owes_something() -> None:
    """One dispatch when it is named, all open ones otherwise; who has completed is left alone."""
    life = at_work()
    life.hear(town.completed(dispatch_id=CO, unit_id="water"))
    life.act(case_actions.urge, None, "请抓紧", DISPATCHER)
    assert [event.unit_id for event in life.told(UnitUrged)] == ["sanitation", "property"]
    life.act(case_actions.urge, LEAD, "请抓紧", DISPATCHER)
    assert [event.dispatch_id for event in life.told(UnitUrged)][2:] == [LEAD]
    assert life.count("urged") == 2
    with pytest.raises(problems.DispatchUnknown):
        life.act(case_actions.urge, CO, "请抓紧", DISPATCHER)


def test_a_supervision_order_to_a_coordinated_unit_goes_to_the_authority_above_it() -> None:
    """督办 any time; it needs a reply in one work day."""
    life = at_work()
    life.act(case_actions.issue_order, PROPERTY, "leader", "请督促", LEADER)
    order = life.told(SupervisionOrderIssued)[0]
    assert (order.unit_id, order.kind, order.reply_due_at) == ("housing", "leader", at("03-12 09:00"))
    assert order.issued_by.role == "leader"


def test_the_authority_that_is_asked_to_step_in_sees_the_case_and_the_clock_it_is_about() -> None:
    """And nobody sees it by being an authority alone; what it replied does not shut it out again."""
    life, clerk = at_work(), person("unit_clerk", unit_id="housing")
    assert not access.may_see(life.state, clerk, life.district)
    life.act(case_actions.issue_order, PROPERTY, "leader", "请督促", LEADER)
    life.act(case_actions.reply_to_notice, life.told(SupervisionOrderIssued)[0].order_id, "已约谈物业", clerk)
    assert access.may_see(life.state, clerk, life.district)
    assert {clock.unit_id for clock in case_view(life.case(), clerk).clocks} == {"property"}


def test_a_supervision_order_is_answered_by_its_unit() -> None:
    """Another unit sees no such order; answered in time the leader is not bothered."""
    life = at_work()
    life.act(case_actions.issue_order, LEAD, "leader", "说明情况", LEADER)
    order_id = life.told(SupervisionOrderIssued)[0].order_id
    with pytest.raises(problems.OrderUnknown):
        life.act(case_actions.reply_to_notice, order_id, "不是我们", person("unit_clerk", unit_id="water"))
    life.act(case_actions.reply_to_notice, order_id, "明日完成", person("unit_clerk", unit_id="sanitation"))
    assert [(event.text, event.on_time) for event in life.told(SupervisionOrderReplied)] == [("明日完成", True)]
    assert not any(name.startswith("reply:") for name in life.timers)


def test_an_unanswered_order_goes_before_a_leader() -> None:
    """When the reply is due and none came."""
    life = at_work()
    life.act(case_actions.issue_order, LEAD, "important", "说明情况", LEADER)
    life.until(at("03-12 09:00"))
    assert ("supervision_order_unanswered", "leader") in {
        (event.reason, event.queue) for event in life.told(AttentionNeeded)
    }


def test_an_overdue_notice_is_answered_with_the_reason() -> None:
    """超期告知: why is it late?"""
    life = at_work()
    life.until(at("03-11 11:00"))
    notice_id = next(key for key, each in life.state.notices.items() if each.unit_id == "sanitation")
    life.act(case_actions.reply_to_notice, notice_id, "夜班未交接", person("unit_clerk", unit_id="sanitation"))
    assert life.told(OverdueExplained)[0].text == "夜班未交接"
    assert notice_id not in life.state.notices


def test_whoever_owes_a_reply_reads_what_is_asked_and_since_when() -> None:
    """督办 with the words of whoever ordered, 超期告知 with the clock's name in both languages; to nobody else's
    unit.
    """
    life, clerk = at_work(), person("unit_clerk", unit_id="sanitation")
    life.act(case_actions.issue_order, LEAD, "important", "请今日办结", LEADER)
    life.until(at("03-11 11:00"))
    order, late = case_view(life.case(), clerk).notices
    assert (order.kind, order.text, order.text_en) == ("supervision_order", "请今日办结", "")
    assert (order.issued_at, order.reply_due_at) == (at("03-11 09:00"), at("03-12 09:00"))
    assert (late.kind, late.issued_at) == ("overdue_notice", at("03-11 11:00"))
    assert "签收时限已过，请于回复期限前说明超期原因" in late.text
    assert "the time to sign has passed. Explain the delay by the reply date" in late.text_en
    assert {each.unit_id for each in case_view(life.case(), person("unit_clerk", unit_id="water")).notices} == {"water"}


def test_a_centre_answers_for_the_units_of_its_own_area_only() -> None:
    life = at_work()
    life.act(case_actions.issue_order, LEAD, "leader", "说明情况", LEADER)
    order_id = life.told(SupervisionOrderIssued)[0].order_id
    with pytest.raises(problems.OrderUnknown):
        life.act(case_actions.reply_to_notice, order_id, "明日完成", person("dispatcher", areas=("370523",)))
    life.act(case_actions.reply_to_notice, order_id, "明日完成", person("dispatcher", areas=("370522",)))


def test_the_shift_lead_closes_only_after_the_units_have_done_their_part() -> None:
    """Before that it is refused, with what is possible instead."""
    life = at_work()
    with pytest.raises(NotPossibleNow) as refused:
        life.act(case_actions.close, "现场看过", SHIFT_LEAD)
    assert refused.value.members["possible"] == ["urge", "order"]
    life = handled()
    life.act(case_actions.close, "现场看过", SHIFT_LEAD)
    closed = life.told(CaseClosed)[0]
    assert (closed.outcome, closed.forced, closed.closing_condition_met) == ("solved", False, True)
    assert life.status == "evaluated"
    assert life.running() == []
    assert life.timers == {}


def test_closing_again_changes_nothing() -> None:
    """Repeating a call in its resulting state is answered as done."""
    life = handled()
    life.act(case_actions.close, "好", SHIFT_LEAD)
    said = len(life.said)
    life.act(case_actions.close, "好", SHIFT_LEAD)
    life.act(case_actions.force_close, "好", LEADER)
    assert len(life.said) == said


def test_force_closing_drops_what_is_open_and_keeps_the_mark() -> None:
    """Open clocks end without a judgement, only the promise to the reporter is judged."""
    life = at_work()
    life.act(case_actions.force_close, "长期无法联系", LEADER)
    closed = life.told(CaseClosed)[0]
    assert (closed.outcome, closed.forced, closed.closing_condition_met) == ("forced", True, False)
    judged = {event.name for event in life.told(ClockStopped) if not event.cancelled and event.stopped_at == life.now}
    assert "case" in judged
    assert "handle" not in judged
    assert life.running() == []


def test_reopening_by_hand_goes_back_to_the_same_unit_with_the_original_limit() -> None:
    """As rework, but not half the time; the promise to the reporter does not start again."""
    life = handled()
    life.act(case_actions.close, "好", SHIFT_LEAD)
    life.now = at("03-12 09:00")
    life.act(case_actions.reopen, "又堆上了", SHIFT_LEAD)
    assert [event.reason for event in life.told(CaseReopened)] == ["by_hand"]
    order = life.told(ReworkOrdered)[0]
    assert [(each.amount, each.unit, each.due_at) for each in order.milestones] == [(1, "work_day", at("03-13 09:00"))]
    assert life.running() == ["handle"]
    assert life.status == "rework"


@pytest.mark.parametrize(
    "caller",
    [
        person("leader", unit_id="sanitation"),
        person("shift_lead", areas=("370522002",)),
        in_the_field("ann"),
        person("unit_clerk", unit_id="sanitation"),
    ],
    ids=["a unit's own leader", "another street's shift lead", "an officer", "a unit's clerk"],
)
def test_only_the_responsible_centre_acts_on_a_case(caller: object) -> None:
    """Who is not of the centre, or not of its area, learns not even that the case exists."""
    for action, arguments in (
        (case_actions.force_close, ("x",)),
        (case_actions.close, ("x",)),
        (case_actions.urge, (None, "x")),
        (case_actions.issue_order, (None, "leader", "x")),
        (case_actions.reopen, ("x",)),
    ):
        life = handled()
        if action is case_actions.reopen:
            life.act(case_actions.close, "好", SHIFT_LEAD)
        with pytest.raises(problems.CaseUnknown):
            life.act(action, *arguments, caller)


@pytest.mark.parametrize(
    "end",
    [
        acceptance.CaseNotFiled(reason="not_ours", decided_by=DESK),
        acceptance.CaseWithdrawn(withdrawn_by=DESK),
        acceptance.CaseAttached(host_case_id=LEAD, host_case_number="LJ-1", rule="by_hand", decided_by=DESK),
    ],
    ids=["not filed", "withdrawn", "attached"],
)
def test_a_case_that_ends_without_closing_owes_nothing(end: acceptance.CaseNotFiled) -> None:
    """Clocks and tasks fall away, timers with them."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:15")))
    life.hear(end, at=at("03-11 09:10"))
    assert (life.running(), life.timers) == ([], {})
    assert case_view(life.case(), SHIFT_LEAD).possible == ()


def test_a_merge_that_is_undone_brings_the_case_back_to_command() -> None:
    """Its orders were withdrawn, so they must go out again; the promise has run on from when it was reported."""
    life = at_work()
    life.hear(MERGED)
    assert (life.running(), life.status) == ([], "attached")
    withdrawn = [
        command.DispatchWithdrawn(dispatch_id=key, unit_id="u", reason="merged") for key in life.state.dispatches
    ]
    life.hear(*withdrawn, UNDONE, at=at("03-11 10:00"))
    assert life.running() == ["case", "dispatch"]
    assert life.clock("case").started_at == at("03-11 09:00")
    assert life.status == "awaiting_dispatch"


def test_a_merge_that_is_undone_after_the_work_was_done_asks_for_the_recheck_again() -> None:
    """Back where it was: nobody has looked yet."""
    life = handled()
    life.hear(MERGED)
    assert life.running() == []
    life.hear(UNDONE)
    assert (life.status, life.running()) == ("awaiting_recheck", ["case", "recheck"])
    assert life.task("recheck")[1].excluded == []


def test_a_case_forced_closed_before_anybody_had_done_it_can_be_opened_again() -> None:
    """Nobody can do it again, so command decides anew, in its minutes."""
    life = at_work()
    life.act(case_actions.force_close, "误操作", LEADER)
    withdrawn = [
        command.DispatchWithdrawn(dispatch_id=key, unit_id="u", reason="case_ended") for key in life.state.dispatches
    ]
    life.hear(*withdrawn)
    life.act(case_actions.reopen, "群众反映仍在", SHIFT_LEAD)
    assert (life.status, life.running()) == ("awaiting_dispatch", ["dispatch"])
    assert life.told(ReworkOrdered) == []


def test_the_view_says_what_is_possible_and_shows_one_clock_with_its_own_light() -> None:
    """The gravest light, then the earliest deadline, as on the card."""
    life = at_work()
    life.until(at("03-11 10:40"))
    shown = case_view(life.case(), SHIFT_LEAD)
    assert (shown.status, shown.clock, shown.light, shown.possible) == (
        "awaiting_signature",
        "sign",
        "yellow",
        ("urge", "order"),
    )
    assert max(shown.clocks, key=lambda clock: clock.share_used).name == "sign"
    assert {clock.unit_id for clock in shown.clocks if clock.coordinated} == {"property"}


def test_a_unit_sees_its_own_clocks_and_nothing_of_the_others() -> None:
    """Need to know: neither the partners' deadlines, nor what people of the centre have to do, nor who reported."""
    life = at_work()
    life.act(case_actions.issue_order, CO, "leader", "说明情况", LEADER)
    water = case_view(life.case(), person("unit_clerk", unit_id="water"))
    assert {clock.unit_id for clock in water.clocks} == {"water"}
    assert [notice.unit_id for notice in water.notices] == ["water"]
    assert (water.tasks, water.reports, water.possible) == ((), (), ())
    assert case_view(life.case(), person("unit_clerk", unit_id="sanitation")).notices == ()


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (person("dispatcher"), True),
        (person("dispatcher", areas=("370522002",)), False),
        (person("unit_clerk", unit_id="water"), True),
        (person("unit_leader", unit_id="housing"), False),
        (in_the_field("ann"), True),
        (in_the_field("nobody"), False),
        (person("resident"), False),
    ],
)
def test_who_sees_a_case(caller: Caller, sees: bool) -> None:
    """The centre of the area, units with an order, officers of the community; a confidential one not the street."""
    life = at_work()
    assert access.may_see(life.state, caller, life.district) is sees
    secret = Life(town.town())
    secret.hear(
        town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), confidential=True), at=at("03-11 09:00")
    )
    assert not access.may_see(secret.state, in_the_field("ann"), secret.district)


def test_a_claimed_question_is_answered_by_whoever_claimed_it() -> None:
    """Questions for the shift lead and others are tasks like the rest."""
    life = at_work()
    life.act(case_actions.issue_order, LEAD, "important", "说明情况", LEADER)
    life.until(at("03-12 09:00"))
    task_id, _ = life.task("attention")
    life.act(task_actions.claim, task_id, LEADER)
    with pytest.raises(problems.TaskTaken):
        life.act(task_actions.claim, task_id, person("leader", "another"))
    life.act(task_actions.answer, task_id, Finding(passed=True, note="已约谈"), LEADER)
    with pytest.raises(problems.TaskTaken):
        life.act(task_actions.claim, task_id, person("leader", "another"))


def test_a_stranger_hears_nothing_of_a_closed_case_either() -> None:
    """Whoever may not act is refused before it is looked at whether there is anything left to do."""
    life = handled()
    life.act(case_actions.close, "好", SHIFT_LEAD)
    stranger = person("shift_lead", areas=("370522002",))
    for action in (case_actions.close, case_actions.force_close, case_actions.reopen):
        with pytest.raises(problems.CaseUnknown):
            life.act(action, "x", stranger)


def test_reopening_what_was_never_closed_is_refused_and_reopening_twice_is_once() -> None:
    """An open case is not "already reopened" unless somebody reopened it."""
    life = at_work()
    with pytest.raises(NotPossibleNow):
        life.act(case_actions.reopen, "x", SHIFT_LEAD)
    life = handled()
    life.act(case_actions.close, "好", SHIFT_LEAD)
    life.act(case_actions.reopen, "又堆上了", SHIFT_LEAD)
    life.act(case_actions.reopen, "又堆上了", SHIFT_LEAD)
    assert len(life.told(CaseReopened)) == 1


def test_what_is_possible_follows_the_table_of_transitions() -> None:
    """Wherever supervision offers to close, to force or to reopen, the table has a row of the status; and never
    else.
    """
    reopened = handled()
    reopened.act(case_actions.close, "好", SHIFT_LEAD)
    forced = at_work()
    forced.act(case_actions.force_close, "无法联系", LEADER)
    explained = at_work()
    explained.hear(town.completed("explained"), town.all_completed("explained"))
    for life in (at_work(), handled(), reopened, forced, explained):
        rows = {row.action for row in from_status(life.flow.status) if row.owner == "supervision"}
        offered = {each for who in (SHIFT_LEAD, LEADER) for each in case_view(life.case(), who).possible}
        for action in ("close", "force-close", "reopen", "review"):
            assert (action in offered) == (action in rows), (life.status, action)


def test_a_supervision_order_is_issued_any_time_also_while_no_unit_has_the_case() -> None:
    """督办: to the officer whose task it waits for, or the desk that it waits at; the centre's people reply."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), at=at("03-11 09:00"))
    life.act(case_actions.issue_order, None, "important", "请尽快受理", LEADER)
    asked = acceptance.VerificationRequested(task_id=LEAD, mode="site", due_at=at("03-11 09:35"), officer_id="ann")
    life.hear(asked, at=at("03-11 09:05"))
    life.act(case_actions.issue_order, None, "important", "请尽快核实", LEADER)
    life.hear(town.filed(at("03-11 09:00")), at=at("03-11 09:20"))
    life.act(case_actions.issue_order, None, "leader", "请尽快派遣", LEADER)
    assert [(each.officer_id, each.role) for each in life.told(SupervisionOrderIssued)] == [
        (None, "shift_lead"),
        ("ann", None),
        (None, "dispatcher"),
    ]
    life.act(case_actions.reply_to_notice, life.told(SupervisionOrderIssued)[-1].order_id, "正在协调", SHIFT_LEAD)
    assert [each.on_time for each in life.told(SupervisionOrderReplied)] == [True]
    with pytest.raises(problems.DispatchUnknown):
        life.act(case_actions.issue_order, CO, "leader", "…", LEADER)
