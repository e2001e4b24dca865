"""What a mobile team 机动组 owes, the unit that gets its dispatches answers
for: it sees the case, and replies to a formal
order.
"""

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
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, HOME, at, person

CONVENOR = Caller(kind="key", id="key-1", roles=frozenset({"unit_clerk"}), unit_id="sanitation")
LEADER = person("team_leader", team_id="mobile")
STRANGER = Caller(kind="key", id="key-2", roles=frozenset({"unit_clerk"}), unit_id="housing")


def district(kind: str = "mobile") -> RegistrySnapshot:
    """The town with a team whose dispatches go to the sanitation unit."""
    plain = town.town()
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


def ordered(kind: str = "mobile") -> Life:
    """A case that the team has, and a leader's supervision order about it."""
    life = Life(district(kind))
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00"), unit_id="mobile"))
    life.act(case_actions.issue_order, None, "leader", "请今日办结", person("leader"))
    return life


def shown(life: Life, caller: Caller) -> SupervisionView:
    case: SupervisionCase = Case(
        CASE, Aggregate(), life.state, service="supervision", now=life.now, district=life.district, cause=""
    )
    return case_view(case, caller)


@pytest.mark.parametrize("caller", [CONVENOR, LEADER], ids=["the convenor's key", "the team's leader"])
def test_a_supervision_order_to_the_team_is_answered_for_it(caller: Caller) -> None:
    life = ordered()
    assert access.may_see(life.state, caller, life.district)
    [notice] = shown(life, caller).notices
    assert (notice.unit_id, {each.unit_id for each in shown(life, caller).clocks}) == ("mobile", {"mobile"})
    life.act(case_actions.reply_to_notice, notice.notice_id, "今晚办结", caller)
    [reply] = life.told(SupervisionOrderReplied)
    assert (reply.unit_id, reply.text, reply.on_time) == ("mobile", "今晚办结", True)
    life.until(at("03-11 11:30"))
    [late] = shown(life, caller).notices
    life.act(case_actions.reply_to_notice, late.notice_id, "车辆故障", caller)
    assert [each.text for each in life.told(OverdueExplained)] == ["车辆故障"]


def test_nobody_else_answers_for_it_nor_the_convenor_for_a_joint_team() -> None:
    """A joint team 联合处置队 calls units together; each of them has, and answers for, an order of its own."""
    for life, caller in ((ordered(), STRANGER), (ordered("joint"), CONVENOR)):
        assert not access.may_see(life.state, caller, life.district)
        assert shown(life, caller).notices == ()
        [notice_id] = life.state.notices
        with pytest.raises(problems.OrderUnknown):
            life.act(case_actions.reply_to_notice, notice_id, "不是我们的", caller)


def test_who_answers_for_the_team_does_not_judge_its_work() -> None:
    life = ordered()
    life.hear(town.signed(unit_id="mobile"), town.completed(unit_id="mobile"))
    judge = person("officer", unit_id="sanitation", officer_id="bo")
    with pytest.raises(problems.NotIndependent):
        life.act(access.require_independent, judge)
