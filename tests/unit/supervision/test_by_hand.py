"""发核实, 发核查, 督查: what people send, urge and order is theirs; what a rule or a clock does at once is nobody's
work.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid5

import pytest

from contracts.common import Actor
from contracts.events import acceptance
from contracts.events.supervision import AttentionNeeded, AttentionSettled, RecheckAssigned, SupervisionOrderIssued
from contracts.registry import Centre
from services.chassis.auth import Caller
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.test_exempt import declared
from tests.unit.supervision.town import CASE, DESK, HOME, at, person

TASK = uuid5(CASE, "verification")
STREET = HOME[:9]


def sent(by: Actor | None = DESK, task: Any = TASK) -> acceptance.VerificationRequested:
    return acceptance.VerificationRequested(
        task_id=task, mode="site", grid_code=HOME, officer_id="ann", due_at=at("03-11 10:00"), requested_by=by
    )


def at_the_desk() -> Life:
    """It came in at nine; somebody has a quarter of an hour to decide about it."""
    life = Life(town.town())
    waits = acceptance.FilingAwaited(missing=("condition",), due_at=at("03-11 09:15"))
    life.hear(town.received(at("03-11 09:00"), place={"grid_code": HOME}), waits, at=at("03-11 09:00"))
    return life


def figures(life: Life, subject: str, *names: str) -> dict[str, int]:
    return {name: life.count(name, subject) for name in names if life.count(name, subject)}


SENDING = ("verify_sent", "verify_sending_due", "verify_sent_on_time", "verify_sent_late")


@pytest.mark.parametrize(("when", "judged"), [("09:10", "verify_sent_on_time"), ("09:20", "verify_sent_late")])
def test_a_verification_sent_by_hand_is_judged_by_the_desks_own_time(when: str, judged: str) -> None:
    """A quarter of an hour from when it came before a person."""
    life = at_the_desk()
    life.until(at(f"03-11 {when}"))
    life.hear(sent(), at=at(f"03-11 {when}"))
    assert figures(life, "desk", *SENDING) == {"verify_sent": 1, "verify_sending_due": 1, judged: 1}


def test_each_sending_has_what_was_left_of_that_time() -> None:
    """Sent with ten minutes used, the answer leaves five: sent again after six, that is late."""
    life = at_the_desk()
    life.hear(sent(), at=at("03-11 09:10"))
    life.hear(
        acceptance.VerificationRecorded(task_id=TASK, result="other", officer_id="ann", recorded_by=town.DESK),
        acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:45")),
        at=at("03-11 09:40"),
    )
    life.until(at("03-11 09:46"))
    life.hear(sent(task=uuid5(CASE, "again")), at=at("03-11 09:46"))
    assert figures(life, "desk", *SENDING[1:]) == {
        "verify_sending_due": 2,
        "verify_sent_on_time": 1,
        "verify_sent_late": 1,
    }


def test_what_a_rule_sends_at_once_is_nobodys_work() -> None:
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00"), place={"grid_code": HOME}), sent(by=None), at=at("03-11 09:00"))
    assert {figure for _, figure in life.facts} & set(SENDING) == set()


def test_a_late_sending_may_be_appealed() -> None:
    life = at_the_desk()
    life.until(at("03-11 09:20"))
    life.hear(sent(), at=at("03-11 09:20"))
    life.act(appeals.lodge, Subject("intake_clerk", "desk"), (), "系统中断", person("intake_clerk", "desk"))
    life.answer(person("assessor"), passed=True, note="属实", kind="appeal")
    assert figures(life, "desk", *SENDING) == {"verify_sent": 1}


def test_whoever_gives_a_verification_to_an_officer_by_hand_has_sent_it() -> None:
    """Once, however often they change their mind; the nearest officer is found by the system."""
    life = at_the_desk()
    life.hear(sent(by=None), at=at("03-11 09:00"))
    for officer, by in (("bo", DESK), ("cai", DESK), ("ann", Actor(kind="system", id="gridloop"))):
        life.hear(
            acceptance.VerificationAssigned(task_id=TASK, officer_id=officer, due_at=at("03-11 10:00"), assigned_by=by)
        )
    assert figures(life, "desk", *SENDING) == {"verify_sent": 1}


NOBODY = "nobody_on_duty"


def nobody_on_duty() -> Life:
    """Done; whoever may recheck it is not on any roster of this week."""
    life = Life(town.town([each.model_copy(update={"areas": ("370522009",)}) for each in town.town().shifts.values()]))
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00")), town.signed(), town.completed(), town.all_completed())
    return life


def test_a_shift_lead_who_sends_somebody_where_nobody_was_on_duty_has_decided_the_question() -> None:
    """And has sent a recheck; the system's choice decides it for nobody."""
    life = nobody_on_duty()
    assert NOBODY in {each.reason for each in life.told(AttentionNeeded)}
    life.act(task_actions.assign, life.task("recheck")[0], "bo", person("shift_lead", "sun"))
    assert life.told(RecheckAssigned)[0].assigned_by == person("shift_lead", "sun").actor()
    assert [each.reason for each in life.told(AttentionSettled)] == [NOBODY]
    assert figures(life, "sun", "recheck_sent", "question_due", "question_on_time") == {
        "recheck_sent": 1,
        "question_due": 1,
        "question_on_time": 1,
    }
    found = nobody_on_duty()
    found.assign("bo")
    assert {figure for _, figure in found.facts} & {"recheck_sent", "question_due"} == set()


@pytest.mark.parametrize(("role", "decided"), [("shift_lead", 1), ("intake_clerk", 0)])
def test_so_has_a_shift_lead_who_sends_somebody_to_verify_and_a_clerk_has_not(role: str, decided: int) -> None:
    """It falls away all the same: the clerk was not asked."""
    life = at_the_desk()
    life.hear(sent(by=None).model_copy(update={"officer_id": None, "nobody_on_duty": True}), at=at("03-11 09:01"))
    sun = Actor(kind="account", id="sun", role=role)
    due_at = at("03-11 10:00")
    life.hear(acceptance.VerificationAssigned(task_id=TASK, officer_id="bo", due_at=due_at, assigned_by=sun))
    assert [each.reason for each in life.told(AttentionSettled)] == [NOBODY]
    assert (life.count("verify_sent", "sun"), life.count("question_on_time", "sun")) == (1, decided)


def in_hand() -> Life:
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00")))
    return life


@pytest.mark.parametrize(
    ("who", "counted"),
    [
        (person("dispatcher", "he"), {"reminders_sent": 1, "supervision_orders_given": 1}),
        (person("shift_lead", "he"), {"reminders_sent": 1, "supervision_orders_given": 1}),
        (person("leader", "he"), {}),
    ],
)
def test_who_urges_and_orders_by_hand_has_done_a_dispatchers_work_and_leaders_are_not_scored(
    who: Caller, counted: dict[str, int]
) -> None:
    life = in_hand()
    life.act(case_actions.urge, None, "请抓紧", who)
    life.act(case_actions.issue_order, None, "important", "限期", who)
    assert figures(life, "he", "reminders_sent", "supervision_orders_given") == counted
    assert figures(life, "sanitation", "urged", "supervision_orders") == {"urged": 1, "supervision_orders": 1}


def test_what_the_clock_urges_and_orders_by_itself_is_nobodys_work() -> None:
    life = in_hand()
    life.until(at("03-16 09:00"))
    assert life.count("supervision_orders")
    assert {figure for _, figure in life.facts} & {"reminders_sent", "supervision_orders_given"} == set()


def ordered(life: Life) -> Life:
    life.act(case_actions.issue_order, None, "important", "请办结", person("leader"))
    return life


def test_while_no_unit_has_it_a_supervision_order_counts_against_the_officer_it_waits_for() -> None:
    life = at_the_desk()
    life.hear(sent(), at=at("03-11 09:05"))
    ordered(life)
    assert life.told(SupervisionOrderIssued)[0].officer_id == "ann"
    assert figures(life, "ann", "supervision_orders") == {"supervision_orders": 1}
    life.act(appeals.lodge, Subject("officer", "ann"), ("supervision_orders",), "正在途中", town.in_the_field("ann"))
    life.answer(person("assessor"), passed=True, note="属实", kind="appeal")
    assert figures(life, "ann", "supervision_orders") == {}


def test_a_supervision_order_to_a_desk_counts_for_the_street_whose_desk_it_is() -> None:
    assert figures(ordered(at_the_desk()), STREET, "supervision_orders_in_house") == {"supervision_orders_in_house": 1}


def test_called_in_the_countys_desk_answers_for_the_county() -> None:
    """The street had called it; the order goes to whoever has to decide now."""
    county = Centre(id="lijin-county", level="county", name="县中心", name_en="County centre", areas=("370522",))
    life = Life(town.town([county]))
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    called = town.needed(1, at("03-11 10:00")).model_copy(update={"queue": "lijin-county"})
    life.hear(called, at=at("03-11 09:10"))
    ordered(life)
    assert figures(life, STREET, "supervision_orders_in_house") == {}
    assert figures(life, "370522", "supervision_orders_in_house") == {"supervision_orders_in_house": 1}


def test_in_a_storm_supervision_orders_in_house_count_for_nobody_either() -> None:
    life = at_the_desk()
    life.hear(declared())
    assert figures(ordered(life), STREET, "supervision_orders_in_house") == {}
