"""Need to know: a unit sees its own dispatches, a desk those of its area, others none."""

from __future__ import annotations

import pytest

from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed
from services.dispatch.domain.dispatches import access
from services.dispatch.domain.dispatches.problems import DispatchUnknown
from services.dispatch.domain.dispatches.views import ViewContext, dispatch_view
from tests.unit.dispatch.case_driver import CaseDriver, caller, dispatched, responder
from tests.unit.dispatch.sample_district import GRID
from tests.unit.dispatch.sample_events import CASE, assignment


@pytest.fixture
def driver() -> CaseDriver:
    return dispatched(
        assignment("sanitation"), assignment("property", "co", coordinated=True), assignment("mobile", "first_response")
    )


def sees(driver: CaseDriver, who: Caller, unit_id: str) -> bool:
    assert driver.state.filed_case is not None
    return access.may_see(who, driver.dispatch_of(unit_id), driver.state.filed_case, driver.district)


def test_a_unit_sees_only_its_own_dispatches(driver: CaseDriver) -> None:
    clerk = caller("unit_clerk", unit="parks")
    assert not sees(driver, clerk, "sanitation")
    assert sees(driver, caller("unit_clerk", unit="sanitation"), "sanitation")
    assert not sees(driver, caller("unit_clerk", unit="sanitation"), "property")


def test_an_account_of_a_unit_with_a_role_of_the_centre_sees_only_its_unit(driver: CaseDriver) -> None:
    assert not sees(driver, caller("leader", "dispatcher", unit="parks"), "sanitation")


def test_the_authority_above_a_coordinated_unit_sees_its_dispatch_but_does_not_answer(
    driver: CaseDriver,
) -> None:
    authority = caller("unit_clerk", unit="housing")
    assert sees(driver, authority, "property")
    with pytest.raises(DispatchUnknown):
        responder(driver, authority, "property")


def test_a_team_leader_and_the_convening_unit_see_and_answer_dispatches_of_the_team(driver: CaseDriver) -> None:
    assert sees(driver, caller("team_leader", team_id="mobile"), "mobile")
    assert sees(driver, caller("unit_clerk", unit="sanitation"), "mobile")
    assert responder(driver, caller("team_leader", team_id="mobile"), "mobile").confirms


def test_a_desk_sees_and_answers_only_in_its_area(driver: CaseDriver) -> None:
    near, far = caller("dispatcher", areas=(GRID[:9],)), caller("dispatcher", areas=("370522002",))
    assert sees(driver, near, "sanitation")
    assert responder(driver, near, "sanitation").for_unit
    assert not sees(driver, far, "sanitation")
    with pytest.raises(DispatchUnknown):
        responder(driver, far, "sanitation")


def test_officers_and_residents_see_no_dispatches(driver: CaseDriver) -> None:
    assert not sees(driver, caller("officer"), "sanitation")
    assert not sees(driver, Caller(kind="resident", id="x"), "sanitation")


def test_an_administrator_sees_but_neither_answers_nor_decides(driver: CaseDriver) -> None:
    assert sees(driver, caller("administrator"), "sanitation")
    with pytest.raises(NotAllowed):
        responder(driver, caller("administrator"), "sanitation")


def test_a_handler_answers_but_does_not_confirm_for_the_unit(driver: CaseDriver) -> None:
    assert not responder(driver, caller("handler", unit="sanitation"), "sanitation").confirms


def test_a_confidential_dispatch_shows_neither_text_nor_exact_place() -> None:
    driver = dispatched(assignment("sanitation"), confidential=True)
    assert driver.state.filed_case is not None
    shown = dispatch_view(
        CASE,
        1,
        driver.state,
        driver.dispatch_of("sanitation"),
        driver.state.filed_case,
        ViewContext(caller("dispatcher"), driver.now, driver.district, ""),
    )
    assert shown.description == ""
    assert shown.photos == ()
    assert shown.place.model_dump(exclude_none=True) == {"community": GRID[:12]}


def test_the_view_lists_possible_actions_and_partners(driver: CaseDriver) -> None:
    assert driver.state.filed_case is not None
    shown = dispatch_view(
        CASE,
        3,
        driver.state,
        driver.dispatch_of("sanitation"),
        driver.state.filed_case,
        ViewContext(caller("dispatcher"), driver.now, driver.district, "https://x"),
    )
    assert shown.version == 3
    assert "release-co-unit" in shown.possible
    assert {each.unit_id for each in shown.partners} == {"property", "mobile"}
    assert shown.due_at == shown.milestones[0].due_at
