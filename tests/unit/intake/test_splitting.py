"""拆分: one report about two problems becomes two cases, and can become one again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.events.acceptance import CaseSplit, ReportJoined
from services.chassis.cases import Case
from services.chassis.problems import NotPossibleNow, PhotosMissing
from services.intake.domain import desk, splitting
from services.intake.domain.case import IntakeCase
from services.intake.domain.duplicates import Verdict
from services.intake.domain.problems import NotForConfidential
from services.intake.domain.receiving import ReportIds
from services.intake.domain.splitting import Part
from services.intake.domain.triage import triage
from tests.unit.intake.sample_cases import PHOTO, case_at, event_names, last_event, triaged_case
from tests.unit.intake.sample_district import CLERK, LAMP, NOON, lijin

CATEGORY = lijin().categories[LAMP]
SECRET = next(each for each in lijin().categories.values() if each.confidential)

COVER, STREET_LAMP = "37052201002000001", "37052201037000001"


def part(**changes: Any) -> Part:
    return Part(
        **{"description": "路灯也不亮", "note": "另一件事", "category": CATEGORY, "condition_id": None, **changes}
    )


def split_later(case: Case[IntakeCase], given_part: Part | None = None) -> Case[IntakeCase]:
    """Split the case half an hour later; return the part."""
    later = case_at(NOON + timedelta(minutes=30), case.state, case.id)
    child = case_at(later.now)
    identity = ReportIds(serial=8, reporter_ref=uuid4())
    splitting.split({later.id: later, child.id: child}, later, given_part or part(), child.id, identity, CLERK.actor())
    case.emitted.extend(later.emitted)
    return child


def test_the_part_has_reporter_and_times_of_its_origin_and_is_no_second_report() -> None:
    case = triaged_case(condition_id="06010-1")
    child = split_later(case, part(photos=(PHOTO["sha256"],)))
    report, origin = child.state.received_report, case.state.received_report
    assert event_names(child) == ["ReportReceived", "CaseLinked"]
    assert event_names(case)[-2:] == ["CaseSplit", "CaseLinked"]
    split_event = next(each.event for each in case.emitted if isinstance(each.event, CaseSplit))
    assert (split_event.child_case_id, split_event.child_case_number) == (child.id, report.case_number)
    assert (report.registered_at, report.reported_by) == (origin.registered_at, origin.reported_by)
    assert (report.split_from, report.category_id, report.place) == (case.id, LAMP, origin.place)
    assert report.case_number != origin.case_number
    assert [photo.sha256 for photo in report.photos] == [PHOTO["sha256"]]
    parent = child.state.parent()
    assert parent is not None
    assert parent.case_id == case.id


def test_an_undone_split_attaches_the_part_and_its_reporter_is_asked_once() -> None:
    case = triaged_case(condition_id="06010-1")
    child = split_later(case)
    triage({child.id: child}, child, Verdict(), {})
    cases = {case.id: case, child.id: child}
    for _ in range(2):
        splitting.undo_split(cases, child, "一件事", CLERK.actor())
    assert (child.state.status, child.state.attached_to) == ("attached", case.id)
    joined = last_event(case)
    assert isinstance(joined, ReportJoined)
    assert (joined.reporter_ref, joined.feedback_wanted) == (None, False)
    desk.detach(cases, child, "确为两件事", CLERK, {})
    assert child.state.status != "attached", "a detached part is separate again"


def test_an_impossible_split_or_undoing_is_refused() -> None:
    case = triaged_case(condition_id="06010-1")
    with pytest.raises(NotPossibleNow):
        splitting.undo_split({case.id: case}, case, "一件事", CLERK.actor())
    with pytest.raises(PhotosMissing):
        split_later(case, part(photos=("f" * 64,)))
    with pytest.raises(NotForConfidential):
        split_later(case, part(category=SECRET))
    case.state.ended_at = NOON
    with pytest.raises(NotPossibleNow):
        split_later(case)


def test_a_part_has_its_own_component_and_undoing_states_the_reason() -> None:
    case = triaged_case(condition_id="06010-1", component_id=COVER)
    assert split_later(case).state.component_id is None
    child = split_later(case, part(component_id=STREET_LAMP))
    assert child.state.component_id == STREET_LAMP
    triage({child.id: child}, child, Verdict(), {})
    splitting.undo_split({case.id: case, child.id: child}, child, "一件事", CLERK.actor())
    assert (last_event(child).rule, last_event(child).note) == ("split_undone", "一件事")
