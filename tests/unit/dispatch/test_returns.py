"""Returns 退单: within the window, decided by the dispatcher; one unit always keeps the place safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.clocks import deadline
from contracts.events import command, handling
from contracts.events.supervision import SuspensionDecided
from contracts.registry import CalendarDay
from services.dispatch.domain.dispatches import answers, returns
from services.dispatch.domain.dispatches.problems import DispatchNotOpenForThis, ReturnWindowOver, UnitUnknown
from tests.unit.dispatch.case_driver import UNIT, CaseDriver, dispatched
from tests.unit.dispatch.sample_district import MORNING, make_district
from tests.unit.dispatch.sample_events import AFTER, DESK, FIXED, assignment, filed, routed


def test_a_repeated_return_request_changes_nothing() -> None:
    driver = dispatched(assignment("sanitation")).request_return("sanitation").request_return("sanitation")
    assert len(driver.events_of(handling.ReturnRequested)) == 1
    assert driver.dispatch_of("sanitation").status == "return_requested"


def test_a_return_is_possible_for_four_office_hours() -> None:
    driver = dispatched(assignment("sanitation")).advance(hours=6)
    driver.request_return("sanitation")  # 15:00: lunch does not count, the window ends then
    late = dispatched(assignment("sanitation")).advance(hours=6, seconds=1)
    with pytest.raises(ReturnWindowOver):
        late.request_return("sanitation")


def test_the_return_window_moves_when_the_calendar_is_announced() -> None:
    """Dispatched on New Year's Eve at 16:00: two office hours are left of the year, and Monday turns out to be a
    holiday.
    """
    eve = datetime(2026, 12, 31, 8, tzinfo=UTC)
    driver = CaseDriver()
    driver.now = eve
    driver.apply(filed(), routed(assignment("sanitation")))
    monday = eve + timedelta(days=3, hours=18)
    assert (driver.dispatch_of("sanitation").return_until, driver.state.provisional) == (monday, True)
    driver.district = make_district(2, (CalendarDay(id="2027-01-04", working=False),), announced_years=(2027,))
    driver.run("sanitation", lambda on: returns.apply_new_calendar(on.case))
    assert (driver.dispatch_of("sanitation").return_until, driver.state.provisional) == (
        monday + timedelta(days=1),
        False,
    )
    driver.now = monday + timedelta(hours=23)
    driver.request_return("sanitation")
    assert driver.dispatch_of("sanitation").status == "return_requested"
    driver.district = make_district(3)
    driver.run("sanitation", lambda on: returns.apply_new_calendar(on.case))
    assert driver.dispatch_of("sanitation").return_until == monday + timedelta(days=1), "a final window does not move"


def test_a_suggested_unit_must_exist() -> None:
    driver = dispatched(assignment("sanitation"))
    with pytest.raises(UnitUnknown):
        driver.run("sanitation", lambda on: returns.request_return(on, UNIT, "wrong_area", "不在", "nobody"))


def test_the_deadline_to_sign_moves_by_the_time_of_a_pause() -> None:
    """Covers a refused return and a suspension; the unit gets the new deadline with the refusal."""
    driver = dispatched(assignment("sanitation"))
    before = driver.dispatch_of("sanitation").sign_due_at
    driver.advance(minutes=30).request_return("sanitation").advance(hours=1).refuse_return("sanitation")
    assert driver.dispatch_of("sanitation").sign_due_at == before + timedelta(hours=1)
    assert driver.webhooks[-1][1].data.sign_due_at == before + timedelta(hours=1)
    driver.apply(
        SuspensionDecided(
            dispatch_id=driver.dispatch_of("sanitation").id,
            unit_id="sanitation",
            granted=True,
            until=driver.now + timedelta(days=7),
            decided_by=DESK,
        )
    )
    assert driver.dispatch_of("sanitation").sign_due_at == before + timedelta(hours=1, days=7)


def test_a_refused_return_of_a_signed_dispatch_has_no_deadline_to_sign() -> None:
    driver = dispatched(assignment("sanitation")).sign("sanitation")
    before = driver.dispatch_of("sanitation").sign_due_at
    driver.request_return("sanitation").advance(hours=1).refuse_return("sanitation")
    assert (driver.dispatch_of("sanitation").sign_due_at, driver.webhooks[-1][1].data.sign_due_at) == (before, None)


def test_a_refused_return_moves_the_deadlines_by_the_time_of_the_decision() -> None:
    driver = (
        dispatched(assignment("sanitation"))
        .advance(hours=1)
        .request_return("sanitation")
        .advance(hours=1)
        .refuse_return("sanitation")
    )
    dispatch = driver.dispatch_of("sanitation")
    assert dispatch.status == "handling"
    assert dispatch.milestones[0].due_at == MORNING + timedelta(hours=3)
    on_time = deadline(MORNING, FIXED, driver.district.calendar).due_at
    assert dispatch.milestones[1].due_at == on_time + timedelta(hours=1)
    assert driver.webhook_types()[-1] == "dispatch.return_refused"


def test_the_time_of_a_decision_counts_on_the_clock_of_each_milestone() -> None:
    driver = dispatched(assignment("sanitation")).advance(hours=1).request_return("sanitation")
    before = driver.dispatch_of("sanitation").milestones
    driver.advance(hours=24).refuse_return("sanitation")
    after = driver.dispatch_of("sanitation").milestones
    assert after[0].due_at - before[0].due_at == timedelta(hours=24)
    assert after[1].due_at == before[1].due_at + timedelta(days=1), "24 hours hold exactly one office day"


def test_a_repeated_refusal_changes_nothing() -> None:
    driver = (
        dispatched(assignment("sanitation"))
        .request_return("sanitation")
        .refuse_return("sanitation")
        .refuse_return("sanitation")
    )
    assert len(driver.events_of(handling.ReturnRefused)) == 1


def test_an_accepted_return_withdraws_all_but_the_first_receiver() -> None:
    """The first receiver, signed or not, keeps the place safe until another lead signs; later units do not."""
    driver = dispatched(assignment("sanitation"), assignment("parks", "co")).request_return("sanitation")
    driver.accept_return("sanitation").accept_return("sanitation").request_return("parks").accept_return("parks")
    assert len(driver.events_of(handling.ReturnAccepted)) == 2
    driver.apply(routed(assignment("housing"), round_=2, withdrawn=(driver.dispatch_of("sanitation").id,)))
    driver.request_return("housing").accept_return("housing")
    kept = [each.unit_id for each in driver.state.dispatches if each.awaiting_reassignment]
    assert kept == ["sanitation"]
    assert {unit: driver.webhook_types(unit)[-1] for unit in ("sanitation", "parks", "housing")} == {
        "sanitation": "dispatch.created",
        "parks": "dispatch.withdrawn",
        "housing": "dispatch.withdrawn",
    }
    driver.apply(routed(assignment("parks"), round_=3)).sign("parks")
    assert driver.dispatch_of("sanitation").status == "withdrawn"


def test_the_first_receiver_keeps_the_place_safe_until_another_lead_signs() -> None:
    driver = (
        dispatched(assignment("sanitation")).sign("sanitation").request_return("sanitation").accept_return("sanitation")
    )
    first = driver.dispatch_of("sanitation")
    assert first.awaiting_reassignment
    assert driver.webhook_types("sanitation") == ["dispatch.created"]
    driver.run("sanitation", lambda on: answers.report_progress(on, UNIT, "已围挡", None, ()))
    with pytest.raises(DispatchNotOpenForThis) as refused:
        driver.complete("sanitation", AFTER)
    assert refused.value.members["possible"] == ["progress"]
    driver.apply(routed(assignment("housing"), round_=2, withdrawn=(first.id,)))
    assert driver.dispatch_of("sanitation").awaiting_reassignment
    driver.sign("housing")
    assert not driver.dispatch_of("sanitation").awaiting_reassignment
    assert driver.webhook_types("sanitation")[-1] == "dispatch.withdrawn"
    assert driver.last(command.DispatchWithdrawn).reason == "return_accepted"


def test_rerouting_withdraws_an_unsigned_dispatch_at_once_and_a_signed_one_when_the_new_lead_signs() -> None:
    unsigned = dispatched(assignment("sanitation"))
    unsigned.apply(routed(assignment("housing"), round_=2, withdrawn=(unsigned.dispatch_of("sanitation").id,)))
    assert unsigned.dispatch_of("sanitation").status == "withdrawn"
    signed = dispatched(assignment("sanitation")).sign("sanitation")
    signed.apply(routed(assignment("housing"), round_=2, withdrawn=(signed.dispatch_of("sanitation").id,)))
    assert signed.dispatch_of("sanitation").status == "handling"
    signed.sign("housing")
    assert signed.dispatch_of("sanitation").status == "withdrawn"
    assert signed.last(command.DispatchWithdrawn).reason == "re_routed"


def test_the_new_lead_may_complete_while_the_old_one_keeps_the_place_safe() -> None:
    driver = dispatched(assignment("sanitation")).sign("sanitation")
    driver.apply(routed(assignment("housing"), round_=2, withdrawn=(driver.dispatch_of("sanitation").id,)))
    driver.complete("housing", AFTER)
    assert driver.last(handling.HandlingCompleted).lead_unit_id == "housing"


def test_a_co_unit_returns_only_its_own_part() -> None:
    driver = dispatched(assignment("sanitation"), assignment("housing", "co")).complete("sanitation", AFTER)
    driver.request_return("housing").accept_return("housing")
    assert driver.last(handling.ReturnAccepted).role == "co"
    assert driver.last(handling.HandlingCompleted).lead_unit_id == "sanitation"
