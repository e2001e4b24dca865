"""改派: another unit leads now. The one before keeps the place safe at most, and owes nothing more by any clock."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

from contracts.events.acceptance import CaseCorrected
from contracts.events.command import DispatchWithdrawn
from contracts.events.supervision import ClockStopped, OverdueNotified, SupervisionOrderIssued, UnitUrged
from contracts.figures import DECISION, HANDLING
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.test_requests import at_work, more_time, park
from tests.unit.supervision.town import CASE, DESK, LEAD, at

NEW = uuid5(CASE, "new lead")
FOUR_HOURS = ("4 work_hour",)


def led_by_water(life: Life, when: datetime) -> None:
    """The desk corrects what it is, and the list names another unit."""
    filed = town.filed(at("03-11 09:00"), FOUR_HOURS, category_id="GB/matter/06013")
    life.hear(CaseCorrected.model_validate({**dict(filed), "note": "类别", "corrected_by": DESK}), at=when)
    life.hear(town.routed(2), at=when)
    life.hear(town.dispatched(when, FOUR_HOURS, dispatch_id=NEW, unit_id="water", round=2), at=when)


def test_the_former_leads_clocks_end_when_the_new_order_goes_out() -> None:
    """It may report that the place is safe and nothing else: it is neither urged nor ordered, nor counted overdue."""
    life = at_work(FOUR_HOURS)
    led_by_water(life, at("03-11 11:00"))
    assert {each.unit_id for each in life.state.clocks.values() if each.dispatch_id} == {"water"}
    stopped = [each for each in life.told(ClockStopped) if each.dispatch_id == LEAD and each.name == "handle"]
    assert [(each.cancelled, each.on_time) for each in stopped] == [(True, True)]
    life.until(at("03-12 12:00"))
    for told in (UnitUrged, SupervisionOrderIssued, OverdueNotified):
        assert {each.unit_id for each in life.told(told)} <= {"water"}
    withdrawn = DispatchWithdrawn(dispatch_id=LEAD, unit_id="sanitation", reason="re_routed", note="")
    life.hear(town.signed(NEW, "water"), withdrawn)
    assert [life.count(each) for each in (HANDLING.due, HANDLING.missed)] == [0, 0]


def test_a_return_that_waits_is_no_question_any_more_and_nobody_is_late_with_it() -> None:
    life = at_work(FOUR_HOURS)
    life.hear(town.returned("requested"), at=at("03-11 10:00"))
    led_by_water(life, at("03-11 10:02"))
    assert "dispatch" not in life.running()
    assert life.flow.dispatches[LEAD].status == "handling"
    life.until(at("03-11 10:30"))
    assert life.told(OverdueNotified) == []
    assert not [who for who, figure in life.facts if figure == DECISION.missed]


def test_nor_does_it_get_more_time_or_a_suspension() -> None:
    life = at_work(FOUR_HOURS)
    more_time(life, "03-11 10:00")
    park(life, at("03-20 09:00"))
    led_by_water(life, at("03-11 10:30"))
    assert [task.kind for task in life.state.tasks.values() if task.waiting] == []


def test_the_unit_that_leads_again_with_other_limits_is_judged_by_these() -> None:
    life = at_work(FOUR_HOURS)
    life.hear(town.dispatched(at("03-11 11:00"), ("2 work_day",), dispatch_id=NEW, round=2), at=at("03-11 11:00"))
    (handle,) = [each for each in life.state.clocks.values() if each.name == "handle"]
    assert handle.dispatch_id == NEW
