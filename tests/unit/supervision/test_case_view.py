"""The view of a case: who sees it, and what it shows."""

from __future__ import annotations

import pytest

from contracts.transitions import from_status
from services.chassis.auth import Caller
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions
from services.supervision.domain.primitives import access
from services.supervision.domain.views import case_view
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_cases import case_completed_by_three_units, case_of_three_units
from tests.unit.supervision.sample_district import LEADER, SHIFT_LEAD, at, in_the_field, person
from tests.unit.supervision.sample_events import CO


def test_the_view_shows_possible_actions_and_one_clock_with_its_light() -> None:
    """The worst light, then the earliest deadline, as on the card."""
    driver = case_of_three_units()
    driver.advance_to(at("03-11 10:40"))
    shown = case_view(driver.case(), SHIFT_LEAD)
    assert (shown.status, shown.clock, shown.light, shown.possible) == (
        "awaiting_signature",
        "sign",
        "yellow",
        ("urge", "order"),
    )
    assert max(shown.clocks, key=lambda clock: clock.share_used).name == "sign"
    assert {clock.unit_id for clock in shown.clocks if clock.coordinated} == {"property"}


def test_a_unit_sees_only_its_own_clocks_and_notices() -> None:
    """Need to know: neither the partners' deadlines, nor what people of the centre have to do, nor who reported."""
    driver = case_of_three_units()
    driver.run(case_actions.issue_order, CO, "leader", "说明情况", LEADER)
    water = case_view(driver.case(), person("unit_clerk", unit_id="water"))
    assert {clock.unit_id for clock in water.clocks} == {"water"}
    assert [notice.unit_id for notice in water.notices] == ["water"]
    assert (water.tasks, water.reports, water.possible) == ((), (), ())
    assert case_view(driver.case(), person("unit_clerk", unit_id="sanitation")).notices == ()


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
def test_a_case_is_visible_to_its_centre_its_units_and_officers_of_its_community(caller: Caller, sees: bool) -> None:
    """A confidential case is not visible to officers."""
    driver = case_of_three_units()
    assert access.may_see(driver.state, caller, driver.district) is sees
    secret = CaseDriver(sample_district.make_district())
    secret.apply(
        sample_events.received(at("03-11 09:00")),
        sample_events.filed(at("03-11 09:00"), confidential=True),
        at=at("03-11 09:00"),
    )
    assert not access.may_see(secret.state, in_the_field("ann"), secret.district)


def test_a_caller_without_access_gets_the_same_refusal_for_a_closed_case() -> None:
    """The rights of the caller are checked before the state of the case."""
    driver = case_completed_by_three_units()
    driver.run(case_actions.close, "好", SHIFT_LEAD)
    caller = person("shift_lead", areas=("370522002",))
    for action in (case_actions.close, case_actions.force_close, case_actions.reopen):
        with pytest.raises(problems.CaseUnknown):
            driver.run(action, "x", caller)


def test_possible_actions_follow_the_table_of_transitions() -> None:
    """Supervision offers to close, to force or to reopen exactly where the table has a row for the status."""
    reopened = case_completed_by_three_units()
    reopened.run(case_actions.close, "好", SHIFT_LEAD)
    forced = case_of_three_units()
    forced.run(case_actions.force_close, "无法联系", LEADER)
    explained = case_of_three_units()
    explained.apply(sample_events.completed("explained"), sample_events.all_completed("explained"))
    for driver in (case_of_three_units(), case_completed_by_three_units(), reopened, forced, explained):
        rows = {row.action for row in from_status(driver.flow.status) if row.owner == "supervision"}
        offered = {each for who in (SHIFT_LEAD, LEADER) for each in case_view(driver.case(), who).possible}
        for action in ("close", "force-close", "reopen", "review"):
            assert (action in offered) == (action in rows), (driver.status, action)
