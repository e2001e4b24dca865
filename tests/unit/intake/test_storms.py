"""Storms collect reports under one parent; control areas answer them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.common import Place
from contracts.events.acceptance import CaseAnswered, CaseAttached, CaseFiled
from contracts.events.acceptance.storms import ReplyGiven, StormDeclared, StormEnded
from services.chassis.auth import Caller
from services.chassis.cases import Case, MoreCasesNeeded
from services.intake.domain import areas, desk, storms
from services.intake.domain.areas import Area, matching_area
from services.intake.domain.case import IntakeCase, IntakeCases
from services.intake.domain.duplicates import Verdict
from services.intake.domain.problems import (
    AreaOver,
    CategoryUnknown,
    CategoryUnsuitable,
    OutOfYourArea,
    PeriodInvalid,
    PolygonInvalid,
)
from services.intake.domain.triage import triage
from services.intake.store.rows import report_row
from tests.unit.intake.sample_cases import BEFORE_AFTER, case_at, event_names, reported_case, triaged_case
from tests.unit.intake.sample_district import (
    ADVICE,
    CLERK,
    GAS,
    GRID,
    LITTER,
    NOON,
    OFFICER,
    RESIDENT,
    SECRET,
    SHIFT_LEAD,
    grid_index,
    lijin,
    location,
    middle,
)

FLOODED = "GB30428-2-2013/event/05-06"
ELSEWHERE = "370522001007002"
PARENT = UUID(int=77)


def around(grid: str = GRID, half: float = 0.0015) -> tuple[tuple[float, float], ...]:
    """Return a closed square around the middle of a grid."""
    x, y = middle(grid)
    return (
        (x - half, y - half),
        (x + half, y - half),
        (x + half, y + half),
        (x - half, y + half),
        (x - half, y - half),
    )


def area(kind: Any = "control", category: str = LITTER, **more: Any) -> Area:
    given: dict[str, Any] = {
        "id": uuid4(),
        "kind": kind,
        "name": "暴雨",
        "category_ids": (category,),
        "polygon": around(),
        "starts_at": NOON - timedelta(hours=2),
        "ends_at": NOON + timedelta(hours=6),
        "declared_by": SHIFT_LEAD.actor(),
        "declared_at": NOON - timedelta(hours=1),
        "answer": "正在施工，11月30日恢复。",
        "answer_en": "Works until 30 November.",
        "parent_case_id": PARENT if kind == "storm" else None,
        **more,
    }
    return Area.model_validate(given)


def declared_storm(**more: Any) -> tuple[Area, Case[IntakeCase]]:
    """Return a storm with its parent case."""
    declared, parent = area("storm", FLOODED, **more), case_at(case_id=PARENT)
    condition = lijin().conditions["05-06-1"]
    storms.declare_storm(parent, declared, condition, Place(grid_code=GRID), 9)
    return declared, parent


def flood_report(caller: Caller = RESIDENT, **fields: Any) -> Case[IntakeCase]:
    return reported_case(caller, category_id=FLOODED, photos=[], **fields)


def by_id(*cases: Case[IntakeCase]) -> IntakeCases:
    return {case.id: case for case in cases}


def test_declaring_a_storm_opens_and_files_one_parent_case() -> None:
    _, parent = declared_storm(note="红色预警")
    assert event_names(parent) == ["ReportReceived", "StormDeclared", "CaseFiled"]
    declared, filed = parent.emitted[1].event, parent.emitted[2].event
    assert isinstance(declared, StormDeclared)
    assert isinstance(filed, CaseFiled)
    assert filed.emergency
    assert declared.category_ids == (FLOODED,)
    assert parent.state.status == "filed"


def test_a_report_in_a_storm_is_attached_to_the_parent_at_triage() -> None:
    declared, parent = declared_storm()
    case = flood_report()
    with pytest.raises(MoreCasesNeeded) as need:
        triage(by_id(case), case, Verdict(), {}, [declared])
    assert need.value.ids == {PARENT}
    triage(by_id(case, parent), case, Verdict(), {}, [declared])
    attached = case.emitted[-1].event
    assert isinstance(attached, CaseAttached)
    assert (attached.rule, attached.host_case_id) == ("polygon", PARENT)
    assert event_names(parent)[-1] == "ReportJoined"
    assert case.state.area_id == declared.id


def test_an_earlier_case_in_the_polygon_is_attached_too() -> None:
    case = triaged_case(RESIDENT, category_id=FLOODED, photos=[])
    assert case.state.status == "filed", "an emergency never waits"
    declared, parent = declared_storm()
    assert storms.apply_area(by_id(case, parent), case, declared)
    assert case.state.attached_to == PARENT


def test_a_reply_reaches_every_reporter_once_also_later_ones() -> None:
    declared, parent = declared_storm()
    early, late = flood_report(), flood_report()
    cases = by_id(parent, early, late)
    triage(cases, early, Verdict(), {}, [declared])
    assert storms.reply_to_reporters(cases, parent, "正在抽排", "Being pumped", SHIFT_LEAD.actor()) == 1
    storms.reply_to_reporters(cases, parent, "正在抽排", "Being pumped", SHIFT_LEAD.actor())
    triage(cases, late, Verdict(), {}, [declared])
    for case in (early, late):
        replies = [each.event for each in case.emitted if isinstance(each.event, ReplyGiven)]
        assert [(each.text, each.storm_id, each.report_id) for each in replies] == [("正在抽排", declared.id, case.id)]


def test_an_ended_storm_or_a_closed_parent_accepts_no_reports() -> None:
    declared, parent = declared_storm()
    storms.end_storm(parent, "雨停", SHIFT_LEAD.actor())
    storms.end_storm(parent, "雨停", SHIFT_LEAD.actor())
    assert [type(each.event) for each in parent.emitted].count(StormEnded) == 1
    case = flood_report()
    triage(by_id(case, parent), case, Verdict(), {}, [declared])
    assert event_names(case)[-1] == "CaseFiled"
    _, closed = declared_storm()
    closed.state.ended_at = NOON
    assert not storms.accepts_reports(closed.state)


def test_a_storm_is_never_found_as_a_duplicate() -> None:
    """The parent's point is only the middle of the polygon, and similarity to an attached report is not enough."""
    declared, parent = declared_storm()
    assert report_row(parent)["findable_until"] == "-infinity"
    accepted, like_it, like_both = flood_report(), flood_report(), flood_report()
    cases = by_id(parent, accepted, like_it, like_both)
    triage(cases, accepted, Verdict(), {}, [declared])
    triage(cases, like_it, Verdict(accepted.id), {}, [])
    triage(cases, like_both, Verdict(PARENT), {}, [])
    assert [each.state.attached_to for each in (accepted, like_it, like_both)] == [PARENT, None, None]
    assert event_names(like_it)[-1] == event_names(like_both)[-1] == "CaseFiled"


def test_a_case_that_a_person_detached_from_a_storm_stays_out() -> None:
    declared, parent = declared_storm()
    case = flood_report()
    cases = by_id(case, parent)
    triage(cases, case, Verdict(), {}, [declared])
    desk.detach(cases, case, "另有原因", SHIFT_LEAD, {})
    assert case.state.status == "filed"
    assert matching_area(case.state, [declared], lijin()) is None


def test_a_control_area_answers_a_report_at_once_and_keeps_it() -> None:
    declared = area()
    case = reported_case(RESIDENT, photos=[])
    triage(by_id(case), case, Verdict(), {}, [declared])
    answered = case.emitted[-1].event
    assert isinstance(answered, CaseAnswered)
    assert (answered.answer, answered.control_area_id) == ("正在施工，11月30日恢复。", declared.id)
    assert event_names(case) == ["ReportReceived", "CaseAnswered"]
    assert (case.state.status, case.state.area_id) == ("answered", declared.id)


@pytest.mark.parametrize(
    ("caller", "fields"),
    [
        (RESIDENT, {"location": location(ELSEWHERE)}),
        (RESIDENT, {"category_id": "GB47678-5-2026/matter/09001"}),
        (RESIDENT, {"location": None, "address": "利一路8号"}),
        (CLERK, {"channel": "upstream"}),
        (CLERK, {"channel": "emergency"}),
        (CLERK, {"channel": "camera"}),
        (SHIFT_LEAD, {"channel": "hotline", "mode": "exercise"}),
        (OFFICER, {"condition_id": "06010-1", "photos": BEFORE_AFTER, "settlement": {"what_was_done": "清走"}}),
    ],
    ids=[
        "elsewhere",
        "another matter",
        "place unknown",
        "upstream",
        "emergency centre",
        "unseen frame",
        "exercise",
        "settled",
    ],
)
def test_a_control_area_does_not_answer_other_reports(caller: Caller, fields: dict[str, Any]) -> None:
    case = reported_case(caller, **fields)
    assert matching_area(case.state, [area()], lijin()) is None


def test_a_report_with_only_a_grid_is_located_in_the_middle_of_the_grid() -> None:
    inside, outside = (
        reported_case(RESIDENT, location=None, grid_code=GRID),
        reported_case(RESIDENT, location=None, grid_code=ELSEWHERE),
    )
    assert matching_area(inside.state, [area()], lijin()) is not None
    assert matching_area(outside.state, [area()], lijin()) is None


@pytest.mark.parametrize(
    ("starts", "ends", "ended", "accepted"),
    [(-1, 1, None, True), (1, 2, None, False), (-2, 0, None, False), (0, 1, None, True), (-1, 1, 0, False)],
)
def test_the_period_includes_its_start_and_excludes_its_end(
    starts: int, ends: int, ended: int | None, accepted: bool
) -> None:
    declared = area(
        starts_at=NOON + timedelta(hours=starts),
        ends_at=NOON + timedelta(hours=ends),
        ended_at=None if ended is None else NOON + timedelta(hours=ended),
    )
    assert (matching_area(reported_case(RESIDENT).state, [declared], lijin()) is not None) is accepted


def test_the_area_declared_last_wins() -> None:
    older, newer = area(), area(declared_at=NOON)
    assert matching_area(reported_case(RESIDENT).state, [newer, older], lijin()) == newer


def test_a_polygon_is_closed_and_must_lie_in_the_callers_area() -> None:
    ring = around()
    assert areas.closed_ring(ring[:-1], "cgcs2000", SHIFT_LEAD, grid_index()) == ring
    confined = Caller(kind="account", id="lead", roles=frozenset({"shift_lead"}), areas=("370522002",))
    with pytest.raises(OutOfYourArea):
        areas.closed_ring(ring, "cgcs2000", confined, grid_index())


@pytest.mark.parametrize(
    ("callers_areas", "covered"),
    [((), True), (("370522001",), True), (("370522002",), False), (("370522001", "370522002"), True)],
    ids=["no limit", "the area", "another area", "both"],
)
def test_an_area_covers_a_polygon_if_it_contains_all_its_grids(callers_areas: tuple[str, ...], covered: bool) -> None:
    caller = Caller(kind="account", id="lead", roles=frozenset({"shift_lead"}), areas=callers_areas)
    assert areas.covers_polygon(caller, around(), grid_index()) is covered


def test_no_area_covers_a_polygon_outside_the_district() -> None:
    assert not areas.covers_polygon(SHIFT_LEAD, ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.0)), grid_index())


@pytest.mark.parametrize(
    "corners",
    [
        ((118.25, 37.49), (118.26, 37.49), (118.25, 37.49)),
        ((118.25, 37.49), (118.26, 37.50), (118.26, 37.49), (118.25, 37.50)),
        ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1)),
    ],
    ids=["a line", "crosses itself", "nowhere near"],
)
def test_an_invalid_polygon_is_refused(corners: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(PolygonInvalid):
        areas.closed_ring(corners, "cgcs2000", SHIFT_LEAD, grid_index())


@pytest.mark.parametrize(
    ("category", "kind", "refused"),
    [
        ("no/such/thing", "storm", CategoryUnknown),
        (ADVICE, "control", CategoryUnsuitable),
        (SECRET, "storm", CategoryUnsuitable),
        (GAS, "control", CategoryUnsuitable),
    ],
)
def test_an_unsuitable_category_is_refused(category: str, kind: Any, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        areas.check_categories([category], kind, lijin())
    areas.check_categories([FLOODED], "storm", lijin())


def test_a_period_must_not_be_over() -> None:
    areas.check_period(NOON, NOON + timedelta(hours=1), NOON)
    for starts, ends in ((1, 1), (2, 1), (-2, -1), (-1, 0)):
        with pytest.raises(PeriodInvalid):
            areas.check_period(NOON + timedelta(hours=starts), NOON + timedelta(hours=ends), NOON)


def test_an_ended_area_cannot_be_ended_again() -> None:
    with pytest.raises(AreaOver):
        storms.require_running(area(ended_at=NOON))
