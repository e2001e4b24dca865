"""Mobile teams 机动组: the convening unit sees the team's cases and replies to supervision orders about them."""

from __future__ import annotations

import pytest

from contracts.events.supervision import OverdueExplained, SupervisionOrderReplied
from contracts.registry import Team
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.views import SupervisionView, case_view
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import HOME, at, person
from tests.unit.supervision.sample_events import CASE

CONVENOR = Caller(kind="key", id="key-1", roles=frozenset({"unit_clerk"}), unit_id="sanitation")
LEADER = person("team_leader", team_id="mobile")
OTHER_UNIT = Caller(kind="key", id="key-2", roles=frozenset({"unit_clerk"}), unit_id="housing")


def district_with_team(kind: str = "mobile") -> RegistrySnapshot:
    """Return the district with a team whose dispatches go to the sanitation unit."""
    plain = sample_district.make_district()
    team = Team.model_validate(
        {
            "id": "mobile",
            "kind": kind,
            "name": "机动组",
            "name_en": "Mobile team",
            "convenor": "sanitation",
            "areas": [HOME[:6]],
        }
    )
    records = {each: dict(found) for each, found in plain.records.items()}
    return RegistrySnapshot.from_records(1, {**records, Team.KIND: {team.id: team}})


def case_with_order(kind: str = "mobile") -> CaseDriver:
    """Return a case dispatched to the team, with a leader's supervision order about it."""
    driver = CaseDriver(district_with_team(kind))
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00"), unit_id="mobile"))
    driver.run(case_actions.issue_order, None, "leader", "请今日办结", person("leader"))
    return driver


def view_of(driver: CaseDriver, caller: Caller) -> SupervisionView:
    case: SupervisionCase = Case(
        CASE, Aggregate(), driver.state, service="supervision", now=driver.now, district=driver.district, cause=""
    )
    return case_view(case, caller)


@pytest.mark.parametrize("caller", [CONVENOR, LEADER], ids=["the convenor's key", "the team's leader"])
def test_the_convenor_or_the_leader_replies_for_the_team(caller: Caller) -> None:
    driver = case_with_order()
    assert access.may_see(driver.state, caller, driver.district)
    [notice] = view_of(driver, caller).notices
    assert (notice.unit_id, {each.unit_id for each in view_of(driver, caller).clocks}) == ("mobile", {"mobile"})
    driver.run(case_actions.reply_to_notice, notice.notice_id, "今晚办结", caller)
    [reply] = driver.events_of(SupervisionOrderReplied)
    assert (reply.unit_id, reply.text, reply.on_time) == ("mobile", "今晚办结", True)
    driver.advance_to(at("03-11 11:30"))
    [late] = view_of(driver, caller).notices
    driver.run(case_actions.reply_to_notice, late.notice_id, "车辆故障", caller)
    assert [each.text for each in driver.events_of(OverdueExplained)] == ["车辆故障"]


def test_other_units_do_not_reply_nor_the_convenor_of_a_joint_team() -> None:
    """联合处置队: each unit of a joint team has its own dispatch."""
    for driver, caller in ((case_with_order(), OTHER_UNIT), (case_with_order("joint"), CONVENOR)):
        assert not access.may_see(driver.state, caller, driver.district)
        assert view_of(driver, caller).notices == ()
        [notice_id] = driver.state.notices
        with pytest.raises(problems.OrderUnknown):
            driver.run(case_actions.reply_to_notice, notice_id, "不是我们的", caller)


def test_the_convening_unit_does_not_recheck_the_teams_work() -> None:
    driver = case_with_order()
    driver.apply(sample_events.signed(unit_id="mobile"), sample_events.completed(unit_id="mobile"))
    judge = person("officer", unit_id="sanitation", officer_id="bo")
    with pytest.raises(problems.NotIndependent):
        driver.run(access.require_independent, judge)
