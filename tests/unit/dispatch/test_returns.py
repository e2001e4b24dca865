"""Returns 退单: within the window, decided by the dispatcher, and somebody always keeps the place safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.clocks import deadline
from contracts.events import command, handling
from contracts.events.supervision import SuspensionDecided
from contracts.registry import CalendarDay
from services.dispatch.domain.dispatches import answers, returns
from services.dispatch.domain.dispatches.problems import DispatchNotOpenForThis, ReturnWindowOver, UnitUnknown
from tests.unit.dispatch.kit import AFTER, DESK, FIXED, MORNING, UNIT, House, dispatched, district, filed, routed, to


def test_a_return_is_a_request_with_a_reason_and_asking_again_changes_nothing() -> None:
    house = dispatched(to("sanitation")).ask_return("sanitation").ask_return("sanitation")
    assert len(house.all(handling.ReturnRequested)) == 1
    assert house.order("sanitation").status == "return_requested"


def test_after_four_office_hours_it_is_too_late() -> None:
    house = dispatched(to("sanitation")).later(hours=6)
    house.ask_return("sanitation")  # 15:00: lunch does not count, the window ends then
    late = dispatched(to("sanitation")).later(hours=6, seconds=1)
    with pytest.raises(ReturnWindowOver):
        late.ask_return("sanitation")


def test_until_when_an_order_may_be_returned_moves_with_the_calendar_that_is_announced() -> None:
    """Sent on New Year's Eve at 16:00: two office hours are left of the year, and Monday turns out to be a holiday."""
    eve = datetime(2026, 12, 31, 8, tzinfo=UTC)
    house = House()
    house.at = eve
    house.hear(filed(), routed(to("sanitation")))
    monday = eve + timedelta(days=3, hours=18)
    assert (house.order("sanitation").return_until, house.state.provisional) == (monday, True)
    house.district = district(2, (CalendarDay(id="2027-01-04", working=False),), announced_years=(2027,))
    house.do("sanitation", lambda on: returns.apply_new_calendar(on.case))
    assert (house.order("sanitation").return_until, house.state.provisional) == (monday + timedelta(days=1), False)
    house.at = monday + timedelta(hours=23)
    house.ask_return("sanitation")
    assert house.order("sanitation").status == "return_requested"
    house.district = district(3)
    house.do("sanitation", lambda on: returns.apply_new_calendar(on.case))
    assert house.order("sanitation").return_until == monday + timedelta(days=1), "what stands is moved by nothing"


def test_a_suggested_unit_must_exist() -> None:
    house = dispatched(to("sanitation"))
    with pytest.raises(UnitUnknown):
        house.do("sanitation", lambda on: returns.request_return(on, UNIT, "wrong_area", "不在", "nobody"))


def test_what_is_not_signed_yet_is_to_be_signed_as_much_later_as_the_clocks_stood() -> None:
    """Shown to the unit, and told with the refusal: after a refused return, and through a suspension."""
    house = dispatched(to("sanitation"))
    before = house.order("sanitation").sign_due_at
    house.later(minutes=30).ask_return("sanitation").later(hours=1).refuse("sanitation")
    assert house.order("sanitation").sign_due_at == before + timedelta(hours=1)
    assert house.told[-1][1].data.sign_due_at == before + timedelta(hours=1)
    house.hear(
        SuspensionDecided(
            dispatch_id=house.order("sanitation").id,
            unit_id="sanitation",
            granted=True,
            until=house.at + timedelta(days=7),
            decided_by=DESK,
        )
    )
    assert house.order("sanitation").sign_due_at == before + timedelta(hours=1, days=7)


def test_what_is_signed_is_told_no_instant_to_sign() -> None:
    house = dispatched(to("sanitation")).sign("sanitation")
    before = house.order("sanitation").sign_due_at
    house.ask_return("sanitation").later(hours=1).refuse("sanitation")
    assert (house.order("sanitation").sign_due_at, house.told[-1][1].data.sign_due_at) == (before, None)


def test_a_refused_return_gives_back_the_time_that_the_decision_took() -> None:
    house = dispatched(to("sanitation")).later(hours=1).ask_return("sanitation").later(hours=1).refuse("sanitation")
    order = house.order("sanitation")
    assert order.status == "handling"
    assert order.milestones[0].due_at == MORNING + timedelta(hours=3)
    on_time = deadline(MORNING, FIXED, house.district.calendar).due_at
    assert order.milestones[1].due_at == on_time + timedelta(hours=1)
    assert house.messages()[-1] == "dispatch.return_refused"


def test_a_night_that_the_decision_took_moves_the_urgent_limit_only() -> None:
    house = dispatched(to("sanitation")).later(hours=1).ask_return("sanitation")
    before = house.order("sanitation").milestones
    house.later(hours=24).refuse("sanitation")
    after = house.order("sanitation").milestones
    assert after[0].due_at - before[0].due_at == timedelta(hours=24)
    assert after[1].due_at == before[1].due_at + timedelta(days=1), "24 hours hold exactly one office day"


def test_refusing_again_changes_nothing() -> None:
    house = dispatched(to("sanitation")).ask_return("sanitation").refuse("sanitation").refuse("sanitation")
    assert len(house.all(handling.ReturnRefused)) == 1


def test_an_accepted_return_lets_everybody_go_at_once_but_the_first_receiver() -> None:
    """Signed or not: until another lead signs, whoever had it first keeps the place safe, and who comes after
    does not.
    """
    house = dispatched(to("sanitation"), to("parks", "co")).ask_return("sanitation")
    house.accept("sanitation").accept("sanitation").ask_return("parks").accept("parks")
    assert len(house.all(handling.ReturnAccepted)) == 2
    house.hear(routed(to("housing"), round_=2, withdrawn=(house.order("sanitation").id,)))
    house.ask_return("housing").accept("housing")
    kept = [each.unit_id for each in house.state.dispatches if each.awaiting_reassignment]
    assert kept == ["sanitation"]
    assert {unit: house.messages(unit)[-1] for unit in ("sanitation", "parks", "housing")} == {
        "sanitation": "dispatch.created",
        "parks": "dispatch.withdrawn",
        "housing": "dispatch.withdrawn",
    }
    house.hear(routed(to("parks"), round_=3)).sign("parks")
    assert house.order("sanitation").status == "withdrawn"


def test_the_first_receiver_keeps_the_place_safe_until_another_lead_has_signed() -> None:
    house = dispatched(to("sanitation")).sign("sanitation").ask_return("sanitation").accept("sanitation")
    first = house.order("sanitation")
    assert first.awaiting_reassignment
    assert house.messages("sanitation") == ["dispatch.created"]
    house.do("sanitation", lambda on: answers.report_progress(on, UNIT, "已围挡", None, ()))
    with pytest.raises(DispatchNotOpenForThis) as refused:
        house.complete("sanitation", AFTER)
    assert refused.value.members["possible"] == ["progress"]
    house.hear(routed(to("housing"), round_=2, withdrawn=(first.id,)))
    assert house.order("sanitation").awaiting_reassignment
    house.sign("housing")
    assert not house.order("sanitation").awaiting_reassignment
    assert house.messages("sanitation")[-1] == "dispatch.withdrawn"
    assert house.last(command.DispatchWithdrawn).reason == "return_accepted"


def test_a_re_route_withdraws_an_unsigned_order_at_once_and_a_signed_one_after_the_new_lead_signs() -> None:
    unsigned = dispatched(to("sanitation"))
    unsigned.hear(routed(to("housing"), round_=2, withdrawn=(unsigned.order("sanitation").id,)))
    assert unsigned.order("sanitation").status == "withdrawn"
    signed = dispatched(to("sanitation")).sign("sanitation")
    signed.hear(routed(to("housing"), round_=2, withdrawn=(signed.order("sanitation").id,)))
    assert signed.order("sanitation").status == "handling"
    signed.sign("housing")
    assert signed.order("sanitation").status == "withdrawn"
    assert signed.last(command.DispatchWithdrawn).reason == "re_routed"


def test_the_new_lead_completes_the_case_though_the_old_one_still_kept_it_safe() -> None:
    house = dispatched(to("sanitation")).sign("sanitation")
    house.hear(routed(to("housing"), round_=2, withdrawn=(house.order("sanitation").id,)))
    house.complete("housing", AFTER)
    assert house.last(handling.HandlingCompleted).lead_unit_id == "housing"


def test_a_co_unit_returns_only_its_own_part() -> None:
    house = dispatched(to("sanitation"), to("housing", "co")).complete("sanitation", AFTER)
    house.ask_return("housing").accept("housing")
    assert house.last(handling.ReturnAccepted).role == "co"
    assert house.last(handling.HandlingCompleted).lead_unit_id == "sanitation"
