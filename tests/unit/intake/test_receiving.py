"""Rules of accepting a report: channels, times, what is kept out of the event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.common import Place
from services.chassis.problems import Problem
from services.intake.domain import problems
from services.intake.domain.submission import Submission
from tests.unit.intake.kit import (
    BEFORE_AFTER,
    CLERK,
    GRID,
    LAMP,
    LITTER,
    NOON,
    OFFICER,
    PHOTO,
    SECRET,
    VENDOR,
    at,
    lijin,
    report,
)


def test_number_is_prefix_date_in_shanghai_and_serial() -> None:
    assert report().state.received_report.case_number == "LJ-20261123-000007"
    assert report(now=NOON + timedelta(hours=14)).state.received_report.case_number == "LJ-20261124-000007"


def test_the_first_event_carries_what_was_said_and_where() -> None:
    case = report()
    event = case.state.received_report
    assert [each.event for each in case.emitted] == [event]
    assert event.report_id == case.id
    assert event.place is not None
    assert event.place.grid_code[:15] == GRID
    assert event.officer_grids == lijin().officers["officer-jincheng-05"].grids
    assert (event.category_id, event.reported_at, event.registered_at) == (LITTER, NOON, NOON)


def test_a_caller_may_name_only_its_own_channels() -> None:
    with pytest.raises(problems.ChannelNotAllowed):
        report(OFFICER, channel="hotline")


@pytest.mark.parametrize("field", [{"frame_confirmed": True}, {"mode": "exercise"}])
def test_what_only_the_desk_may_say(field: dict[str, Any]) -> None:
    with pytest.raises(problems.DeskOnly):
        report(OFFICER, **field)
    report(CLERK, channel="camera", **field)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"category_id": "GB47678-5-2026/matter/99999"}, problems.CategoryUnknown),
        ({"condition_id": "01037-1"}, problems.ConditionUnknown),
        ({"component_id": "3" * 17}, problems.ComponentUnknown),
        ({"location": None, "grid_code": "370522001003999"}, problems.GridUnknown),
        ({"occurred_at": NOON + timedelta(hours=1)}, problems.TimeImplausible),
        ({"captured_at": NOON - timedelta(days=31)}, problems.TimeImplausible),
    ],
)
def test_refused(fields: dict[str, Any], problem: type[Problem]) -> None:
    with pytest.raises(problem):
        report(**fields)


def test_condition_completes_the_category_and_a_single_condition_needs_no_naming() -> None:
    assert report(category_id=None, condition_id="06010-1").state.category_id == LITTER
    only = next(each for each in lijin().categories if len(lijin().conditions_of(each)) == 1)
    assert report(category_id=only).state.condition_id == lijin().conditions_of(only)[0].id


def test_situation_20_captured_offline_keeps_its_time_and_the_promise_runs_from_acceptance() -> None:
    captured = NOON - timedelta(hours=2, minutes=35)
    event = report(captured_at=captured).state.received_report
    assert (event.occurred_at, event.reported_at, event.registered_at) == (captured, captured, NOON)


def test_a_component_is_a_place() -> None:
    component = next(iter(lijin().components.values()))
    place = report(location=None, component_id=component.id).state.place
    assert place is not None
    assert (place.grid_code, place.longitude) == (component.grid, component.longitude)


def test_free_text_is_masked_before_it_is_anything() -> None:
    event = report(
        description="找张三13812345678", location=None, grid_code=GRID, address="鲁E12345旁"
    ).state.received_report
    assert "5678" not in event.model_dump_json()
    assert "12345" not in event.model_dump_json()


def test_a_confidential_report_tells_its_community_and_major_only() -> None:
    """Neither text, photo, point nor category name of class 15 enters an event."""
    case = report(category_id=SECRET, description="某某异常")
    event = case.state.received_report
    assert (event.description, event.photos, event.address) == ("", (), None)
    assert event.place is not None
    assert (event.place.grid_code, event.place.longitude) == (GRID[:12], None)
    assert event.category_name == "保密线索"
    assert event.confidential


def test_of_a_confidential_report_the_case_knows_its_community_only() -> None:
    """Where exactly it is, and at which component, is sealed apart."""
    component = next(iter(lijin().components.values()))
    case = report(category_id=SECRET, component_id=component.id, address="某巷1号")
    state = case.state
    assert state.place == Place(grid_code=GRID[:12])
    assert (state.given_location, state.component_id) == (None, None)
    assert "某巷" not in state.model_dump_json()


def test_who_agreed_to_be_reached_is_told_on_as_a_starred_number_and_nobody_else_is() -> None:
    told = {"channel": "hotline", "reporter": {"name": "张三", "phone": "13812345678", "contact_consent": True}}
    assert report(CLERK, **told).state.received_report.caller_masked == "138********"
    for hidden in (
        {"request_type": "tip"},
        {"category_id": SECRET},
        {"reporter": {**told["reporter"], "anonymous": True}},
        {"reporter": {"phone": "13812345678"}},
    ):
        assert report(CLERK, **{**told, **hidden}).state.received_report.caller_masked is None


def test_tips_name_no_reporter() -> None:
    assert report(CLERK, channel="hotline").state.received_report.reporter_ref is not None
    assert report(CLERK, channel="hotline", request_type="tip").state.received_report.reporter_ref is None


@pytest.mark.parametrize(
    "fields",
    [
        {"photos": [PHOTO]},
        {"condition_id": "01037-1", "category_id": LAMP},
        {"location": None, "address": "利一路"},
    ],
)
def test_settling_needs_a_settleable_condition_both_photos_and_a_grid(fields: dict[str, Any]) -> None:
    settled = {"condition_id": "06010-1", "photos": BEFORE_AFTER, "settlement": {"what_was_done": "已清理"}}
    with pytest.raises(problems.NotSettleable):
        report(**{**settled, **fields})
    assert report(**settled).state.received_report.settlement is not None


def test_a_mediated_dispute_needs_no_photo() -> None:
    settled = {"condition_id": "09001-1", "category_id": VENDOR, "photos": []}
    outcome = {"outcome": "mediated", "what_was_done": "口头调解"}
    assert report(**settled, settlement=outcome).state.received_report.settlement is not None


def test_nobody_at_the_desk_settles_on_the_spot() -> None:
    with pytest.raises(problems.NotSettleable):
        report(CLERK, channel="hotline", condition_id="06010-1", photos=BEFORE_AFTER, settlement={"what_was_done": "x"})


def test_a_point_without_its_system_is_refused_in_words() -> None:
    with pytest.raises(ValidationError, match="coordinate system"):
        Submission.model_validate({"channel": "resident", "location": {"longitude": 118.2, "latitude": 37.4}})


@pytest.mark.parametrize(
    "wrong", [{}, {"location": at(), "misspelt": 1}, {"location": at(), "occurred_at": "2026-11-23T09:05:00"}]
)
def test_nowhere_misspelt_or_without_zone_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Submission.model_validate({"channel": "resident", **wrong})
