"""Components 部件 that contradict the category: refused if the reporter can choose again, else left to the clerk."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis.auth import Caller
from services.intake.domain import desk, splitting, verification
from services.intake.domain.problems import ComponentContradicts
from services.intake.domain.receiving import ReportIds
from services.intake.domain.splitting import Part
from tests.unit.intake.sample_cases import case_at, event_names, last_event, reported_case, triaged_case
from tests.unit.intake.sample_district import CLERK, GAS, LAMP, LITTER, NOON, OFFICER, RESIDENT, SHIFT_LEAD, lijin

COVER, LIGHT = "37052201002000001", "37052201037000001"
"""A sewage manhole cover and a street lamp, both of major 01."""


def condition(category_id: str) -> Any:
    return lijin().conditions_of(category_id)[0]


def test_an_officer_on_site_must_choose_again() -> None:
    with pytest.raises(ComponentContradicts) as raised:
        reported_case(category_id=LAMP, component_id=COVER)
    assert "污水井盖" in raised.value.text("zh")
    assert "Sewage manhole cover" in raised.value.text("en")
    assert reported_case(category_id=LAMP, component_id=LIGHT).state.component_id == LIGHT


@pytest.mark.parametrize(
    ("caller", "fields"),
    [
        (RESIDENT, {}),
        (CLERK, {"channel": "hotline"}),
        (CLERK, {"channel": "department"}),
        (OFFICER, {"captured_at": NOON}),
    ],
    ids=["resident", "hotline", "department", "officer without signal"],
)
def test_every_other_report_is_accepted_unchanged(caller: Caller, fields: dict[str, Any]) -> None:
    case = reported_case(caller, category_id=LAMP, component_id=COVER, **fields)
    assert (case.state.category_id, case.state.component_id) == (LAMP, COVER)


def test_a_contradicting_report_of_a_department_waits_for_the_clerk() -> None:
    case = triaged_case(CLERK, channel="department", category_id=LAMP, condition_id="01037-1", component_id=COVER)
    assert event_names(case)[-1] == "FilingAwaited"
    assert "component" in last_event(case).missing
    filed = triaged_case(CLERK, channel="department", category_id=LAMP, condition_id="01037-1", component_id=LIGHT)
    assert event_names(filed)[-1] == "CaseFiled"


def test_a_confirmed_contradicting_report_waits_for_the_clerk() -> None:
    case = triaged_case(RESIDENT, category_id=LAMP, condition_id="01037-1", component_id=COVER)
    task = case.state.task
    assert task is not None
    case.state.task, case.state.verified = None, True
    verification.file_or_wait(case, CLERK.actor())
    assert last_event(case).missing == ("component",)


def test_an_emergency_is_filed_despite_a_contradiction() -> None:
    """An emergency never waits, and routing ignores the component."""
    case = triaged_case(category_id=GAS, component_id=COVER)
    assert event_names(case)[-1] == "CaseFiled"


def test_the_clerk_files_under_a_matching_category_or_without_the_component() -> None:
    case = triaged_case(CLERK, channel="department", category_id=LAMP, condition_id="01037-1", component_id=COVER)
    with pytest.raises(ComponentContradicts):
        desk.file(case, condition(LAMP), None, COVER, CLERK, {})
    assert case.state.status == "awaiting_filing"
    desk.file(case, condition(LAMP), None, None, CLERK, {})
    assert (event_names(case)[-1], last_event(case).component_id) == ("CaseFiled", None)


def test_a_correction_must_not_introduce_a_contradiction() -> None:
    case = triaged_case(CLERK, channel="department", category_id=LITTER, condition_id="06010-1", component_id=COVER)
    assert event_names(case)[-1] == "CaseFiled", "a component may also only state the place"
    with pytest.raises(ComponentContradicts):
        desk.correct(case, condition(LAMP), None, COVER, "路灯", CLERK)
    desk.correct(case, condition(LAMP), None, LIGHT, "路灯", CLERK)
    assert last_event(case).component_id == LIGHT


def test_a_split_part_must_not_contradict_itself() -> None:
    case, child = triaged_case(RESIDENT, category_id=LITTER), case_at()
    part = Part("路灯不亮", "另一件事", lijin().categories[LAMP], "01037-1", component_id=COVER)
    with pytest.raises(ComponentContradicts):
        splitting.split({case.id: case, child.id: child}, case, part, child.id, ReportIds(8), SHIFT_LEAD.actor())
