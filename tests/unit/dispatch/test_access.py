"""Need to know: a unit its own orders, a desk its area, nobody else anything."""

from __future__ import annotations

import pytest

from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed
from services.dispatch.domain.dispatches import access
from services.dispatch.domain.dispatches.problems import DispatchUnknown
from services.dispatch.domain.dispatches.views import ViewContext, dispatch_view
from tests.unit.dispatch.kit import CASE, GRID, House, answering, caller, dispatched, to


@pytest.fixture
def house() -> House:
    return dispatched(to("sanitation"), to("property", "co", coordinated=True), to("mobile", "first_response"))


def sees(house: House, who: Caller, unit_id: str) -> bool:
    assert house.state.filed_case is not None
    return access.may_see(who, house.order(unit_id), house.state.filed_case, house.district)


def test_a_unit_sees_its_own_orders_only(house: House) -> None:
    clerk = caller("unit_clerk", unit="parks")
    assert not sees(house, clerk, "sanitation")
    assert sees(house, caller("unit_clerk", unit="sanitation"), "sanitation")
    assert not sees(house, caller("unit_clerk", unit="sanitation"), "property")


def test_a_unit_account_with_a_role_of_the_centre_stays_a_units(house: House) -> None:
    assert not sees(house, caller("leader", "dispatcher", unit="parks"), "sanitation")


def test_the_authority_above_a_coordinated_unit_sees_what_it_is_urged_about_but_does_not_answer(house: House) -> None:
    upstream_orders = caller("unit_clerk", unit="housing")
    assert sees(house, upstream_orders, "property")
    with pytest.raises(DispatchUnknown):
        answering(house, upstream_orders, "property")


def test_a_mobile_teams_orders_belong_to_its_leader_and_to_the_unit_that_gets_them(house: House) -> None:
    assert sees(house, caller("team_leader", team_id="mobile"), "mobile")
    assert sees(house, caller("unit_clerk", unit="sanitation"), "mobile")
    assert answering(house, caller("team_leader", team_id="mobile"), "mobile").confirms


def test_a_desk_sees_and_answers_in_its_area_only(house: House) -> None:
    near, far = caller("dispatcher", areas=(GRID[:9],)), caller("dispatcher", areas=("370522002",))
    assert sees(house, near, "sanitation")
    assert answering(house, near, "sanitation").for_unit
    assert not sees(house, far, "sanitation")
    with pytest.raises(DispatchUnknown):
        answering(house, far, "sanitation")


def test_officers_and_residents_see_no_orders(house: House) -> None:
    assert not sees(house, caller("officer"), "sanitation")
    assert not sees(house, Caller(kind="resident", id="x"), "sanitation")


def test_an_administrator_may_look_but_neither_answer_nor_decide(house: House) -> None:
    assert sees(house, caller("administrator"), "sanitation")
    with pytest.raises(NotAllowed):
        answering(house, caller("administrator"), "sanitation")


def test_a_handler_answers_but_does_not_confirm_for_the_unit(house: House) -> None:
    assert not answering(house, caller("handler", unit="sanitation"), "sanitation").confirms


def test_a_confidential_order_shows_neither_text_nor_place_to_anybody_here() -> None:
    house = dispatched(to("sanitation"), confidential=True)
    assert house.state.filed_case is not None
    shown = dispatch_view(
        CASE,
        1,
        house.state,
        house.order("sanitation"),
        house.state.filed_case,
        ViewContext(caller("dispatcher"), house.at, house.district, ""),
    )
    assert shown.description == ""
    assert shown.photos == ()
    assert shown.place.model_dump(exclude_none=True) == {"community": GRID[:12]}


def test_the_view_says_what_is_possible_and_who_else_works_on_it(house: House) -> None:
    assert house.state.filed_case is not None
    shown = dispatch_view(
        CASE,
        3,
        house.state,
        house.order("sanitation"),
        house.state.filed_case,
        ViewContext(caller("dispatcher"), house.at, house.district, "https://x"),
    )
    assert shown.version == 3
    assert "release-co-unit" in shown.possible
    assert {each.unit_id for each in shown.partners} == {"property", "mobile"}
    assert shown.due_at == shown.milestones[0].due_at
