"""并案, its undoing and reopening: which clocks run, and which words are too late to count."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from contracts.events import acceptance, command
from contracts.events.command import DispatchWithdrawn
from contracts.events.discovery import External
from services.supervision.domain.actions import case_actions
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, DESK, HOME, LEAD, at

HOST = uuid5(CASE, "host")
MERGED = acceptance.CaseAttached(host_case_id=HOST, host_case_number="LJ-9", rule="merged", decided_by=DESK)
UNDONE = acceptance.CaseDetached(host_case_id=HOST, decided_by=DESK)
LEADER = town.person("leader")


def led(**changes: Any) -> Life:
    """Filed and with its lead since 09:00."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00"), **changes), town.signed(), at=at("03-11 09:00"))
    return life


def by_fire() -> Life:
    return led(handover={"agency": "119", "mode": "joint"})


def taken_back(dispatch_id: UUID = LEAD) -> DispatchWithdrawn:
    return DispatchWithdrawn(dispatch_id=dispatch_id, unit_id="sanitation", reason="merged")


def joined(due: str) -> acceptance.ReportJoined:
    return acceptance.ReportJoined(
        report_id=uuid4(),
        attached_case_id=uuid4(),
        attached_case_number="LJ-2",
        channel="upstream",
        reported_at=at("03-11 09:05"),
        external=External(channel_number="12345", number="DY1", due_at=at(due)),
    )


def test_undone_an_emergency_service_that_leads_has_it_by_the_deadline_that_it_had() -> None:
    """It was theirs all the while; nobody decides who else should act."""
    life = by_fire()
    due = life.clock("handle").due_at
    life.hear(MERGED, at=at("03-11 10:00"))
    assert life.running() == []
    life.hear(UNDONE, at=at("03-11 11:00"))
    assert (life.running(), life.clock("handle").due_at, life.status) == (["case", "handle"], due, "handling")


def test_undone_while_only_co_units_had_work_left_nobody_has_to_find_a_lead() -> None:
    life = led()
    life.hear(town.completed(), MERGED, UNDONE, at=at("03-11 10:00"))
    assert life.running() == ["case"]


def test_undone_command_has_its_minutes_also_where_the_withdrawals_are_heard_of_later() -> None:
    life = led()
    life.hear(MERGED, UNDONE, town.needed(2, at("03-11 10:15")), at=at("03-11 10:00"))
    late = uuid5(CASE, "late")
    life.hear(
        town.dispatched(at("03-11 10:00"), dispatch_id=late), taken_back(), taken_back(late), at=at("03-11 10:01")
    )
    assert life.running() == ["case", "dispatch"]


def test_once_the_lead_has_completed_nobody_decides_who_else_should_act() -> None:
    """A question that a correction had raised falls away, and counts for nobody."""
    life = led()
    life.hear(town.needed(2, at("03-11 10:15")), at=at("03-11 10:00"))
    assert "dispatch" in life.running()
    life.hear(town.completed(), at=at("03-11 10:05"))
    assert "dispatch" not in life.running()
    life.hear(town.needed(3, at("03-11 10:21")), at=at("03-11 10:06"))
    assert "dispatch" not in life.running(), "nor where the question crosses the completion"
    assert life.count("decision_due", HOME[:9]) == 1, "the first decision alone"


def test_a_late_word_about_the_first_handling_does_not_end_the_rework() -> None:
    """Said before they heard that the case was closed by force and opened again: each answer counts for its own
    round.
    """
    life = by_fire()
    life.act(case_actions.force_close, "领导决定", LEADER)
    life.act(case_actions.reopen, "仍有浓烟", LEADER)
    life.hear(town.completed(round_=0), at=at("03-11 10:00"))
    assert (life.running(), life.status) == (["handle"], "rework")
    life.hear(town.completed(round_=1), at=at("03-11 11:00"))
    assert life.running() == []


@pytest.mark.parametrize("when", ["before the closing", "while it is closed", "once it is open again"])
def test_a_deadline_from_outside_that_is_still_ahead_runs_on_a_case_opened_again(when: str) -> None:
    """The promise was judged at the closing, and stands: what runs now is the platform's deadline, and counts for
    nothing.
    """
    life, order = led(), joined("03-20 09:00")
    if when == "before the closing":
        life.hear(order, at=at("03-11 09:05"))
    life.act(case_actions.force_close, "领导决定", LEADER)
    if when == "while it is closed":
        life.hear(order)
    judged = life.count("closing_due", HOME[:9])
    life.act(case_actions.reopen, "未清", LEADER)
    if when == "once it is open again":
        assert "case" not in life.running(), "the promise to the reporter does not start again"
        life.hear(order)
    assert life.clock("case").due_at == at("03-20 09:00")
    life.until(at("03-20 09:01"))
    assert life.lights("case")[-1] == "red"
    life.act(case_actions.force_close, "领导决定", LEADER)
    assert (life.count("closing_due", HOME[:9]), life.count("closing_overdue", HOME[:9])) == (judged, 0)


def test_a_deadline_that_is_over_does_not_run_again() -> None:
    life = led()
    life.hear(joined("03-11 10:00"), at=at("03-11 09:05"))
    life.act(case_actions.force_close, "领导决定", LEADER)
    life.until(at("03-11 11:00"))
    life.act(case_actions.reopen, "未清", LEADER)
    assert "case" not in life.running()


def test_neither_a_correction_nor_a_merge_undone_starts_the_promise_of_a_reopened_case_again() -> None:
    life = led()
    life.act(case_actions.force_close, "领导决定", LEADER)
    life.act(case_actions.reopen, "未清", LEADER)
    told = {**dict(town.filed(at("03-11 09:00"), case_due_at=at("03-13 09:00"))), "note": "", "corrected_by": DESK}
    life.hear(acceptance.CaseCorrected.model_validate(told))
    assert "case" not in life.running()
    life.hear(MERGED, UNDONE)
    assert "case" not in life.running()


def test_an_order_given_again_does_not_answer_the_question_asked_since() -> None:
    """A correction asks who must act; merged and undone, the lead has its order again, and the question is
    still open.
    """
    life = led()
    life.hear(MERGED, UNDONE, at=at("03-11 10:00"))
    again = command.CaseDispatched.model_validate(
        {**dict(town.dispatched(at("03-11 10:00"), dispatch_id=uuid4())), "round": 2}
    )
    life.hear(taken_back(), town.needed(3, at("03-11 10:15")), again, at=at("03-11 10:00"))
    assert life.running() == ["case", "dispatch", "handle", "sign"]
