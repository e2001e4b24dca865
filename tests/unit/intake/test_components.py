"""A component 部件 that contradicts the category: refused where somebody can choose again, put before the clerk
elsewhere.
"""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis.auth import Caller
from services.intake.domain import desk, splitting, verification
from services.intake.domain.problems import ComponentContradicts
from services.intake.domain.receiving import ReportIds
from services.intake.domain.splitting import Part
from tests.unit.intake.kit import (
    CLERK,
    GAS,
    LAMP,
    LITTER,
    NOON,
    OFFICER,
    RESIDENT,
    SHIFT_LEAD,
    case_at,
    last,
    lijin,
    report,
    told,
    triaged,
)

COVER, LIGHT = "37052201002000001", "37052201037000001"
"""A sewage manhole cover and a street lamp, both of major 01."""


def condition(category_id: str) -> Any:
    return lijin().conditions_of(category_id)[0]


def test_an_officer_on_site_is_asked_to_choose_again() -> None:
    with pytest.raises(ComponentContradicts) as raised:
        report(category_id=LAMP, component_id=COVER)
    assert "污水井盖" in raised.value.text("zh")
    assert "Sewage manhole cover" in raised.value.text("en")
    assert report(category_id=LAMP, component_id=LIGHT).state.component_id == LIGHT


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
def test_every_other_report_is_taken_whole(caller: Caller, fields: dict[str, Any]) -> None:
    case = report(caller, category_id=LAMP, component_id=COVER, **fields)
    assert (case.state.category_id, case.state.component_id) == (LAMP, COVER)


def test_a_contradicting_report_of_a_department_waits_for_the_clerk() -> None:
    case = triaged(CLERK, channel="department", category_id=LAMP, condition_id="01037-1", component_id=COVER)
    assert told(case)[-1] == "FilingAwaited"
    assert "component" in last(case).missing
    filed = triaged(CLERK, channel="department", category_id=LAMP, condition_id="01037-1", component_id=LIGHT)
    assert told(filed)[-1] == "CaseFiled"


def test_a_confirmed_report_of_a_resident_waits_for_the_clerk() -> None:
    case = triaged(RESIDENT, category_id=LAMP, condition_id="01037-1", component_id=COVER)
    task = case.state.task
    assert task is not None
    case.state.task, case.state.verified = None, True
    verification.file_or_wait(case, CLERK.actor())
    assert last(case).missing == ("component",)


def test_an_emergency_is_filed_as_it_was_told() -> None:
    """It never waits; routing does not let the component decide."""
    case = triaged(category_id=GAS, component_id=COVER)
    assert told(case)[-1] == "CaseFiled"


def test_the_clerk_files_under_a_matching_category_or_without_the_component() -> None:
    case = triaged(CLERK, channel="department", category_id=LAMP, condition_id="01037-1", component_id=COVER)
    with pytest.raises(ComponentContradicts):
        desk.file(case, condition(LAMP), None, COVER, CLERK, {})
    assert case.state.status == "awaiting_filing"
    desk.file(case, condition(LAMP), None, None, CLERK, {})
    assert (told(case)[-1], last(case).component_id) == ("CaseFiled", None)


def test_a_correction_may_not_introduce_a_contradiction() -> None:
    case = triaged(CLERK, channel="department", category_id=LITTER, condition_id="06010-1", component_id=COVER)
    assert told(case)[-1] == "CaseFiled", "litter beside a manhole names the manhole as its place"
    with pytest.raises(ComponentContradicts):
        desk.correct(case, condition(LAMP), None, COVER, "路灯", CLERK)
    desk.correct(case, condition(LAMP), None, LIGHT, "路灯", CLERK)
    assert last(case).component_id == LIGHT


def test_a_part_may_not_contradict_itself() -> None:
    case, child = triaged(RESIDENT, category_id=LITTER), case_at()
    part = Part("路灯不亮", "另一件事", lijin().categories[LAMP], "01037-1", component_id=COVER)
    with pytest.raises(ComponentContradicts):
        splitting.split({case.id: case, child.id: child}, case, part, child.id, ReportIds(8), SHIFT_LEAD.actor())
