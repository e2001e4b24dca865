"""Whoever worked on a case never says that it is solved: not from another desk, not by a second account, not for his unit.

A small centre has fourteen posts and seven people, so one account may hold several desks; this one rule stays.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from contracts.acceptance import ReportJoined
from contracts.handling import ProgressReported
from contracts.places import Actor
from contracts.supervision import CaseClosed
from services.chassis.auth import Caller
from services.supervision.domain import commands, problems
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import LEAD, at, in_the_field, person

SMALL_CENTRE = frozenset({"intake_clerk", "dispatcher", "shift_lead", "assessor", "leader"})
"""All desks of a centre."""


def everything(account: str, **more: Any) -> Caller:
    return Caller(kind="account", id=account, roles=SMALL_CENTRE, **more)


def handled(by: Actor, outcome: str = "solved", **filed: Any) -> Life:
    """A case that this person completed, or entered as completed for the unit."""
    life = Life(town.town())
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


@pytest.mark.parametrize("joins", ["before the work was done", "while it waits"])
def test_whoever_reported_what_was_attached_does_not_recheck_the_host(joins: str) -> None:
    joined = ReportJoined(
        report_id=uuid4(), attached_case_id=uuid4(), attached_case_number="LJ-2", channel="grid_terminal",
        reporter_officer_id="ann", reported_at=at("03-11 10:00"),
    )  # fmt: skip
    life, unit = Life(town.town()), Actor(kind="key", id="unit-key", unit_id="sanitation")
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    early = [joined] if joins == "before the work was done" else []
    life.hear(town.dispatched(at("03-11 09:00")), town.signed(), *early)
    work = town.completed("solved").model_copy(update={"completed_by": unit})
    life.hear(work, town.all_completed("solved"), at=at("03-11 11:00"))
    if not early:
        life.hear(joined)
    with pytest.raises(problems.NotIndependent):
        life.answer(in_the_field("ann"), passed=True)


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
        life.act(commands.close, "已完成", everything("seven-in-one"))
    life.act(commands.close, "已完成", everything("a colleague"))
    assert life.told(CaseClosed)


def test_nor_reviews_what_he_explained() -> None:
    life = handled(Actor(kind="account", id="seven-in-one"), "explained")
    with pytest.raises(problems.NotIndependent):
        life.answer(everything("seven-in-one"), passed=True, kind="review")
    life.answer(everything("a colleague"), passed=True, kind="review")
    assert life.told(CaseClosed)[0].outcome == "explained"


def test_a_second_account_for_the_same_post_is_the_same_person() -> None:
    """An officer handled it under one account; the other account of that post rechecks nothing, and is given nothing."""
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
