"""更正 and 退回受理: whoever works on it is told what it is, and nobody is asked twice for what is done."""

from __future__ import annotations

from typing import Any

from contracts.case_state import CaseState, fold
from contracts.common import Place
from contracts.events.acceptance import CaseCorrected, CaseNotFiled
from contracts.events.command import CaseDispatched
from services.dispatch.domain.dispatches import actions
from tests.unit.dispatch.kit import AFTER, DESK, GRID, dispatched, filed, routed, to


def corrected(note: str = "位置有误", **fields: Any) -> CaseCorrected:
    return CaseCorrected.model_validate({**dict(filed(**fields)), "note": note, "corrected_by": DESK})


def test_open_orders_hear_what_it_is_now_and_finished_ones_do_not() -> None:
    house = dispatched(to("sanitation"), to("housing", "co"))
    house.sign("housing").complete("housing", AFTER)
    house.hear(corrected(place=Place(grid_code=GRID, address="津苑路南口"), category_name="建筑垃圾"))
    assert house.messages("sanitation")[-1] == "dispatch.corrected"
    assert "dispatch.corrected" not in house.messages("housing")
    data = house.told[-1][1].data
    assert (data.place.address, data.category.name, data.note) == ("津苑路南口", "建筑垃圾", "位置有误")
    assert data.milestones == house.order("sanitation").milestones, "the order's limits stay; others come with another"


def test_filed_once_more_nobody_outside_hears_again_that_it_is() -> None:
    house = dispatched(to("fire", "first_response"))
    woken, messages = list(house.woken), house.messages("fire")
    house.hear(filed(category_name="建筑垃圾"))
    assert house.woken == woken
    assert house.messages("fire") == [*messages, "dispatch.corrected"]


def test_a_lead_that_was_chosen_while_the_work_was_being_completed_comes_too_late() -> None:
    """What was done is rechecked; nobody is sent out for it again."""
    house = dispatched(to("sanitation"))
    house.sign("sanitation").complete("sanitation", AFTER)
    house.hear(routed(to("housing"), round_=2, withdrawn=(house.order("sanitation").id,)))
    assert [each.unit_id for each in house.all(CaseDispatched)] == ["sanitation"]
    assert house.order("sanitation").status == "completed"


def test_a_former_lead_that_had_asked_to_give_it_back_is_asked_no_more() -> None:
    """It keeps the place safe until the new lead signs; nobody decides whether it may go, and the desk is not asked."""
    house = dispatched(to("sanitation")).sign("sanitation").ask_return("sanitation")
    house.hear(corrected(), routed(to("housing"), round_=2, withdrawn=(house.order("sanitation").id,)))
    former = house.order("sanitation")
    assert (former.awaiting_reassignment, former.status, former.return_request) == (True, "handling", None)
    assert actions.possible_actions(house.state, former, house.at, house.district.settings) == ("progress",)
    told = CaseState()
    for event in house.said:
        fold(told, event)
    assert told.dispatches[former.id].status == former.status
    assert house.sign("housing").order("sanitation").status == "withdrawn"


def test_not_filed_after_all_who_was_sent_out_is_let_go() -> None:
    house = dispatched(to("sanitation", "first_response"))
    house.hear(CaseNotFiled(reason="not_ours", note="属邻县", decided_by=DESK))
    assert house.order("sanitation").status == "withdrawn"
