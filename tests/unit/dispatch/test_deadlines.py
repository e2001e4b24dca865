"""Deadlines of a dispatch: milestones, signature, extensions and suspensions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.events import acceptance, command, handling, supervision
from contracts.registry import Limit
from contracts.registry.settings import StageLimits
from services.dispatch.domain.dispatches import actions, answers, deadlines
from services.dispatch.domain.dispatches.problems import (
    ExtensionNotPossible,
    SuspensionNotPossible,
)
from tests.unit.dispatch.case_driver import UNIT, CaseDriver, dispatched
from tests.unit.dispatch.sample_district import MORNING, make_district
from tests.unit.dispatch.sample_events import CASE, DESK, SAFE, assignment, filed, routed


def test_each_milestone_runs_from_the_creation_of_the_dispatch_on_its_own_clock() -> None:
    driver = dispatched(assignment("sanitation"))
    stated = driver.last(command.CaseDispatched)
    assert [each.name for each in stated.milestones] == ["围挡", "修复"]
    assert stated.milestones[0].due_at == MORNING + timedelta(hours=2)
    # 09:00 + 8 office hours (3 before lunch, 4 after) = 09:00 of the next working day
    assert stated.milestones[1].due_at == MORNING + timedelta(days=1)
    assert stated.sign_due_at == MORNING + timedelta(hours=2)


def test_an_emergency_is_signed_within_thirty_minutes_and_a_hand_over_within_five() -> None:
    driver = dispatched(
        assignment("sanitation"),
        assignment("fire", "first_response", handover=command.HandoverTarget(agency="119")),
        emergency=True,
    )
    assert driver.dispatch_of("sanitation").sign_due_at == MORNING + timedelta(minutes=30)
    assert driver.dispatch_of("fire").sign_due_at == MORNING + timedelta(minutes=5)


def test_the_deadline_to_sign_is_never_after_the_first_milestone() -> None:
    """On Monday at 17:30 two office hours end on Tuesday at 09:30; the first milestone is due at 19:30."""
    driver = CaseDriver().advance(hours=8, minutes=30).apply(filed(), routed(assignment("sanitation")))
    first = driver.dispatch_of("sanitation").milestones[0]
    assert first.due_at == driver.now + timedelta(hours=2)
    assert driver.last(command.CaseDispatched).sign_due_at == first.due_at
    driver.advance(minutes=30).request_return("sanitation").advance(hours=12).refuse_return("sanitation")
    dispatch = driver.dispatch_of("sanitation")
    assert dispatch.sign_due_at == dispatch.milestones[0].due_at == first.due_at + timedelta(hours=12)


def test_a_pause_does_not_move_the_deadline_to_sign_past_the_first_milestone() -> None:
    """Two urgent hours to sign from 11:30, one office hour for the work; both pause from 11:40 to 15:00."""
    start, calendar = (
        MORNING + timedelta(hours=2, minutes=30),
        make_district(stage_limits=StageLimits(sign=Limit(amount=2, unit="urgent_hour"))),
    )
    hour = acceptance.Milestone(name="修复", name_en="fixed", amount=1, unit="work_hour")
    milestones = deadlines.due_milestones(start, [hour], calendar)
    due = deadlines.signature_due(start, milestones, calendar, handed_over=False, emergency=False)
    assert (due, milestones[0].due_at) == (start + timedelta(hours=2), start + timedelta(hours=3))
    pause = start + timedelta(minutes=10), start + timedelta(hours=3, minutes=30)
    moved = deadlines.signature_moved_by_pause(due, milestones, *pause, calendar, handed_over=False, emergency=False)
    assert (
        moved
        == deadlines.milestones_moved_by_pause(milestones, *pause, calendar)[0].due_at
        < due + (pause[1] - pause[0])
    )


def test_an_ordinary_dispatch_to_an_emergency_service_has_the_ordinary_deadline_to_sign() -> None:
    assert dispatched(assignment("fire")).dispatch_of("fire").sign_due_at == MORNING + timedelta(hours=2)


def test_an_assignment_may_have_its_own_milestones() -> None:
    driver = dispatched(assignment("sanitation"), assignment("fire", "first_response", milestones=(SAFE,)))
    assert [each.name for each in driver.dispatch_of("fire").milestones] == [SAFE.name]


def test_an_extension_is_requested_before_the_deadline_and_never_for_an_urgent_limit() -> None:
    urgent = dispatched(assignment("sanitation", milestones=(SAFE,)))
    with pytest.raises(ExtensionNotPossible) as refused:
        urgent.run("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    for language, listed in (("zh", "现在可以：签收"), ("en", "Possible now: sign")):
        assert listed in refused.value.text(language), "the refusal lists the actions in words"
    late = dispatched(assignment("sanitation")).advance(days=3)
    with pytest.raises(ExtensionNotPossible):
        late.run("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    driver = dispatched(assignment("sanitation"))
    driver.run("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    driver.run("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    assert len(driver.events_of(handling.ExtensionRequested)) == 1


def test_a_granted_extension_moves_the_milestones_and_permits_another_request() -> None:
    driver = dispatched(assignment("sanitation"))
    driver.run("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    dispatch = driver.dispatch_of("sanitation")
    moved = tuple(each.model_copy(update={"due_at": each.due_at + timedelta(days=1)}) for each in dispatch.milestones)
    driver.apply(
        supervision.ExtensionDecided(
            dispatch_id=dispatch.id, unit_id="sanitation", granted=True, milestones=moved, decided_by=DESK
        )
    )
    assert driver.dispatch_of("sanitation").milestones == moved
    assert driver.webhook_types()[-1] == "dispatch.extension_decided"
    assert "request-extension" in actions.possible_actions(
        driver.state, driver.dispatch_of("sanitation"), driver.now, driver.district.settings
    )


def test_extensions_and_suspensions_have_a_maximum_number() -> None:
    """Two extensions and one suspension; the refusal lists what is possible instead."""
    driver = dispatched(assignment("sanitation"))
    dispatch = driver.dispatch_of("sanitation")
    granted = supervision.ExtensionDecided(
        dispatch_id=dispatch.id, unit_id="sanitation", granted=True, milestones=dispatch.milestones, decided_by=DESK
    )
    driver.apply(granted, granted.model_copy(update={"granted": False}), granted)
    with pytest.raises(ExtensionNotPossible) as refused:
        driver.run("sanitation", lambda on: answers.request_extension(on, UNIT, "雨天"))
    assert "complete" in refused.value.members["possible"]
    assert "request-extension" not in refused.value.members["possible"]
    parked = supervision.SuspensionDecided(
        dispatch_id=dispatch.id,
        unit_id="sanitation",
        granted=True,
        until=driver.now + timedelta(days=1),
        decided_by=DESK,
    )
    driver.apply(
        parked,
        supervision.SuspensionEnded(dispatch_id=dispatch.id, unit_id="sanitation", milestones=dispatch.milestones),
    )
    with pytest.raises(SuspensionNotPossible) as refused_again:
        driver.run(
            "sanitation", lambda on: answers.request_suspension(on, UNIT, driver.now + timedelta(days=9), "待春季")
        )
    assert "request-suspension" not in refused_again.value.members["possible"]


def test_a_dispatch_follows_moved_deadlines() -> None:
    """Supervision computes provisional deadlines again; the inbox shows the new instants."""
    driver = dispatched(assignment("sanitation"))
    dispatch = driver.dispatch_of("sanitation")
    later = driver.now + timedelta(days=9)
    moved = supervision.DeadlineMoved(
        clock_id=CASE, name="handle", dispatch_id=dispatch.id, milestone="修复", due_at=later, reason="calendar"
    )
    driver.apply(moved, moved.model_copy(update={"name": "sign", "milestone": None}))
    assert [each.due_at == later for each in driver.dispatch_of("sanitation").milestones] == [False, True]
    assert driver.dispatch_of("sanitation").sign_due_at == later


def test_a_suspension_lasts_at_most_a_year_and_ends_by_itself() -> None:
    driver = dispatched(assignment("sanitation"))
    with pytest.raises(SuspensionNotPossible):
        driver.run(
            "sanitation", lambda on: answers.request_suspension(on, UNIT, driver.now + timedelta(days=366), "待春季")
        )
    until = driver.sign("sanitation").now + timedelta(days=100)
    driver.run("sanitation", lambda on: answers.request_suspension(on, UNIT, until, "待春季"))
    dispatch = driver.dispatch_of("sanitation")
    driver.apply(
        supervision.SuspensionDecided(
            dispatch_id=dispatch.id, unit_id="sanitation", granted=True, until=until, decided_by=DESK
        )
    )
    assert driver.dispatch_of("sanitation").status == "suspended"
    assert driver.webhooks[-1][1].data.until == until
    driver.apply(
        supervision.SuspensionEnded(dispatch_id=dispatch.id, unit_id="sanitation", milestones=dispatch.milestones)
    )
    assert driver.dispatch_of("sanitation").status == "handling"
