"""Acceptance of a report: channels, times, and what stays out of the event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.common import Place
from services.chassis.problems import Problem
from services.intake.domain import problems
from services.intake.domain.submission import Submission
from tests.unit.intake.sample_cases import BEFORE_AFTER, PHOTO, reported_case
from tests.unit.intake.sample_district import CLERK, GRID, LAMP, LITTER, NOON, OFFICER, SECRET, VENDOR, lijin, location


def test_the_number_has_prefix_local_date_and_serial() -> None:
    assert reported_case().state.received_report.case_number == "LJ-20261123-000007"
    assert reported_case(now=NOON + timedelta(hours=14)).state.received_report.case_number == "LJ-20261124-000007"


def test_the_first_event_has_the_report_and_its_place() -> None:
    case = reported_case()
    event = case.state.received_report
    assert [each.event for each in case.emitted] == [event]
    assert event.report_id == case.id
    assert event.place is not None
    assert event.place.grid_code[:15] == GRID
    assert event.officer_grids == lijin().officers["officer-jincheng-05"].grids
    assert (event.category_id, event.reported_at, event.registered_at) == (LITTER, NOON, NOON)


def test_a_caller_may_use_only_its_own_channels() -> None:
    with pytest.raises(problems.ChannelNotAllowed):
        reported_case(OFFICER, channel="hotline")


@pytest.mark.parametrize("field", [{"frame_confirmed": True}, {"mode": "exercise"}])
def test_only_the_desk_may_set_a_field(field: dict[str, Any]) -> None:
    with pytest.raises(problems.DeskOnly):
        reported_case(OFFICER, **field)
    reported_case(CLERK, channel="camera", **field)


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
def test_an_invalid_field_is_refused(fields: dict[str, Any], problem: type[Problem]) -> None:
    with pytest.raises(problem):
        reported_case(**fields)


def test_a_condition_gives_the_category_and_a_single_condition_is_chosen() -> None:
    assert reported_case(category_id=None, condition_id="06010-1").state.category_id == LITTER
    only = next(each for each in lijin().categories if len(lijin().conditions_of(each)) == 1)
    assert reported_case(category_id=only).state.condition_id == lijin().conditions_of(only)[0].id


def test_situation_20_an_offline_report_keeps_its_time_and_is_registered_at_acceptance() -> None:
    captured = NOON - timedelta(hours=2, minutes=35)
    event = reported_case(captured_at=captured).state.received_report
    assert (event.occurred_at, event.reported_at, event.registered_at) == (captured, captured, NOON)


def test_a_component_gives_the_place() -> None:
    component = next(iter(lijin().components.values()))
    place = reported_case(location=None, component_id=component.id).state.place
    assert place is not None
    assert (place.grid_code, place.longitude) == (component.grid, component.longitude)


def test_free_text_is_masked() -> None:
    event = reported_case(
        description="找张三13812345678", location=None, grid_code=GRID, address="鲁E12345旁"
    ).state.received_report
    assert "5678" not in event.model_dump_json()
    assert "12345" not in event.model_dump_json()


def test_a_confidential_report_states_only_community_and_major() -> None:
    """No text, photo, point or category name of class 15 enters an event."""
    case = reported_case(category_id=SECRET, description="某某异常")
    event = case.state.received_report
    assert (event.description, event.photos, event.address) == ("", (), None)
    assert event.place is not None
    assert (event.place.grid_code, event.place.longitude) == (GRID[:12], None)
    assert event.category_name == "保密线索"
    assert event.confidential


def test_the_case_of_a_confidential_report_knows_only_its_community() -> None:
    """The exact place and the component are in the encrypted details."""
    component = next(iter(lijin().components.values()))
    case = reported_case(category_id=SECRET, component_id=component.id, address="某巷1号")
    state = case.state
    assert state.place == Place(grid_code=GRID[:12])
    assert (state.given_location, state.component_id) == (None, None)
    assert "某巷" not in state.model_dump_json()


def test_a_reporter_who_agreed_is_named_by_a_masked_number() -> None:
    fields = {"channel": "hotline", "reporter": {"name": "张三", "phone": "13812345678", "contact_consent": True}}
    assert reported_case(CLERK, **fields).state.received_report.caller_masked == "138********"
    for hidden in (
        {"request_type": "tip"},
        {"category_id": SECRET},
        {"reporter": {**fields["reporter"], "anonymous": True}},
        {"reporter": {"phone": "13812345678"}},
    ):
        assert reported_case(CLERK, **{**fields, **hidden}).state.received_report.caller_masked is None


def test_a_tip_has_no_reporter() -> None:
    assert reported_case(CLERK, channel="hotline").state.received_report.reporter_ref is not None
    assert reported_case(CLERK, channel="hotline", request_type="tip").state.received_report.reporter_ref is None


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
        reported_case(**{**settled, **fields})
    assert reported_case(**settled).state.received_report.settlement is not None


def test_a_mediated_dispute_needs_no_photo() -> None:
    settled = {"condition_id": "09001-1", "category_id": VENDOR, "photos": []}
    outcome = {"outcome": "mediated", "what_was_done": "口头调解"}
    assert reported_case(**settled, settlement=outcome).state.received_report.settlement is not None


def test_nobody_at_the_desk_settles_on_the_spot() -> None:
    with pytest.raises(problems.NotSettleable):
        reported_case(
            CLERK, channel="hotline", condition_id="06010-1", photos=BEFORE_AFTER, settlement={"what_was_done": "x"}
        )


def test_a_point_without_its_coordinate_system_is_refused() -> None:
    with pytest.raises(ValidationError, match="coordinate system"):
        Submission.model_validate({"channel": "resident", "location": {"longitude": 118.2, "latitude": 37.4}})


@pytest.mark.parametrize(
    "wrong",
    [{}, {"location": location(), "misspelt": 1}, {"location": location(), "occurred_at": "2026-11-23T09:05:00"}],
)
def test_a_report_without_place_with_an_unknown_field_or_without_time_zone_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Submission.model_validate({"channel": "resident", **wrong})
