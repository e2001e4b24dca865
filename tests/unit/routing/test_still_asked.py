"""What a person was asked and has not decided is still asked: through a correction, a merge undone, the desk, a
reopening.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.events.command import CaseRouted, DecisionNeeded
from contracts.events.supervision import CaseClosed, CaseReopened
from services.routing.domain.manual_decision import decide_by_hand, escalate, send_back
from tests.unit.routing.desk import CLERK, COUNTY_DISPATCHER, STREET_DISPATCHER, Desk, filed
from tests.unit.routing.test_put_right import corrected
from tests.unit.routing.test_rounds import COUNTY_TEAM, LIST, MERGED, NOON, STREET_TEAM, UNDONE, names, taken_back
from tests.unit.routing.town import FIXED, SAFE, town

LATER = timedelta(minutes=10)
FORCED = CaseClosed(outcome="forced", closing_condition_met=False, forced=True, closed_by=CLERK)
REOPENED = CaseReopened(reason="by_hand", reopened_by=CLERK)


def surveyed() -> Desk:
    """Two units say that it is not theirs; the third that the list names is not asked 乡呼县应."""
    desk = Desk(town(*LIST, STREET_TEAM, COUNTY_TEAM)).say(filed()).dispatch_all().sign("greens")
    return desk.give_back("greens").dispatch_all().give_back("roads")


def called() -> Desk:
    """The street has called the county."""
    return Desk(town()).say(filed()).do(escalate, STREET_DISPATCHER)


def said_to_be_one() -> Desk:
    """The unit says that another case is about the same."""
    desk = Desk(town(*LIST)).say(filed()).dispatch_all().sign("greens")
    return desk.give_back("greens", reason="duplicate")


PENDING = pytest.mark.parametrize("pending", [surveyed, called, said_to_be_one])


def about(needed: DecisionNeeded) -> tuple[Any, ...]:
    return needed.reason, needed.queue, needed.team_id, needed.gap, needed.candidates


def leads_since(desk: Desk, said: int) -> list[str]:
    """Who was asked to lead after so many words."""
    routed = [each for each in desk.said[said:] if isinstance(each, CaseRouted)]
    return [unit for each in routed for unit, role in names(each).items() if role == "lead"]


@PENDING
def test_a_correction_that_asks_the_list_nothing_else_leaves_the_question_where_it_is(
    pending: Callable[[], Desk],
) -> None:
    """The point moved inside its grid, or another condition with other limits: nothing is said, whoever decides goes by
    it.
    """
    desk = pending()
    before, said = desk.state.waiting, len(desk.said)
    desk.at += LATER
    longer = FIXED.model_copy(update={"amount": 9})
    desk.say(corrected("06010"), corrected("06010", milestones=(SAFE, longer)))
    assert (desk.state.waiting, len(desk.said)) == (before, said)
    assert desk.state.question_at(desk.at).milestones == (SAFE, longer)


@PENDING
def test_corrected_to_what_the_list_may_answer_otherwise_the_list_is_asked(pending: Callable[[], Desk]) -> None:
    desk = pending()
    said = len(desk.said)
    desk.say(corrected("06010", severity=2))
    assert leads_since(desk, said) == ([] if pending is called else ["greens"])
    if pending is called:
        assert (desk.needed.reason, desk.needed.queue) == ("no_match", "centre-one")


@PENDING
def test_a_merge_undone_asks_the_same_people_the_same_question_with_its_time_anew(pending: Callable[[], Desk]) -> None:
    """乡呼县应 and what a unit said are not lost: no unit gets the order that they have not decided."""
    desk = pending()
    before, said = desk.needed, len(desk.said)
    desk.say(MERGED, *taken_back(desk, *[order.unit_id for order in desk.state.dispatches.values()]))
    assert desk.state.question_outcome == "merged"
    desk.at += LATER
    desk.say(UNDONE)
    assert leads_since(desk, said) == []
    assert about(desk.needed) == about(before)
    assert (desk.needed.round > before.round, desk.said[-1]) == (True, desk.needed)
    assert desk.state.question_outcome == "open"


@PENDING
def test_so_does_a_reopening_and_a_filing_that_says_what_it_said_before(pending: Callable[[], Desk]) -> None:
    desk = pending()
    before, said = desk.needed, len(desk.said)
    desk.say(FORCED, REOPENED)
    assert (about(desk.needed), leads_since(desk, said)) == (about(before), [])
    desk.do(send_back, "unclear", "看不清", COUNTY_DISPATCHER).say(MERGED, UNDONE)
    assert desk.state.waiting is None, "before the desk nobody is asked"
    desk.say(filed())
    if pending is said_to_be_one:
        assert desk.routed.assignments[0].unit_id == "greens", "the desk has found out that there is something to do"
    else:
        assert (about(desk.needed), leads_since(desk, said)) == (about(before), [])


def test_filed_anew_as_something_else_the_question_before_is_over() -> None:
    desk = surveyed().do(send_back, "wrong_category", "应为绿化", COUNTY_DISPATCHER).say(filed(severity=2))
    assert desk.state.waiting is None
    assert names(desk.routed)["greens"] == "lead"


def test_orders_that_are_heard_of_late_do_not_hide_the_question() -> None:
    """Facts of two services cross: what a merge took back is given again after the question was put again, and says
    less.
    """
    desk = surveyed()
    took = taken_back(desk, "homes")
    desk.say(MERGED, UNDONE, *took)
    assert names(desk.routed) == {"homes": "co"}
    assert (desk.said[-1], desk.needed.reason) == (desk.needed, "joint_survey")


def test_the_county_that_was_called_before_a_merge_decides_after_its_undoing() -> None:
    desk = called()
    took = desk.needed.due_at - desk.at
    desk.say(MERGED)
    desk.at += LATER
    desk.say(UNDONE)
    assert desk.needed.due_at - desk.at == took
    desk.do(decide_by_hand, "roads", (), "", COUNTY_DISPATCHER)
    assert names(desk.routed) == {"roads": "lead"}


def test_the_survey_of_a_dispute_has_its_working_day_from_the_undoing() -> None:
    desk = surveyed().say(MERGED)
    desk.at += timedelta(days=1)
    assert desk.say(UNDONE).needed.due_at == NOON + timedelta(days=2)
