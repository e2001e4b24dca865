"""Information added by reporters and contacts with them: who gets it, and who may state it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from contracts.events.acceptance.reporters import InformationAdded, ReporterContacted
from contracts.masking import WITHHELD
from services.chassis.auth import Caller
from services.chassis.cases import MoreCasesNeeded
from services.chassis.problems import NotPossibleNow
from services.intake.domain import attachments, filing, reporters
from services.intake.domain.problems import CaseUnknown, ConfidentialNotAmended, NoReporter
from tests.unit.intake.sample_cases import event_names, last_event, reported_case, triaged_case
from tests.unit.intake.sample_district import CLERK, OFFICER, RESIDENT, SECRET, SHIFT_LEAD

BY = CLERK.actor()


def test_added_information_goes_to_the_case_and_to_its_host() -> None:
    host, case = triaged_case(condition_id="06010-1"), reported_case(RESIDENT)
    cases = {host.id: host, case.id: case}
    reporters.add_information(cases, case, "晚上更臭", (), BY)
    assert (event_names(case)[-1], event_names(host)[-1]) == ("InformationAdded", "CaseFiled")
    attachments.attach(cases, case, host.id, "by_hand", BY)
    with pytest.raises(MoreCasesNeeded):
        reporters.add_information({case.id: case}, case, "又来了", (), BY)
    reporters.add_information(cases, case, "又来了", (), BY)
    for each in (case, host):
        added = last_event(each)
        assert isinstance(added, InformationAdded)
        assert (added.report_id, added.text) == (case.id, "又来了")


def test_nothing_is_added_to_an_ended_case() -> None:
    case = reported_case(RESIDENT, category_id=None, photos=[])
    filing.record_not_filed(case, "not_ours", "", BY)
    with pytest.raises(NotPossibleNow):
        reporters.add_information({case.id: case}, case, "再看看", (), BY)


def test_no_text_about_a_confidential_case_enters_an_event() -> None:
    case = reported_case(OFFICER, category_id=SECRET, photos=[])
    with pytest.raises(ConfidentialNotAmended):
        reporters.add_information({case.id: case}, case, "还有一人", (), BY)
    reporters.record_contact(case, "phone", True, "他说……", BY)
    assert last_event(case).note == WITHHELD


def test_a_contact_needs_a_reporter() -> None:
    case = triaged_case(RESIDENT, photos=[])
    reporters.record_contact(case, "visit", False, "不在家", BY)
    contacted = last_event(case)
    assert isinstance(contacted, ReporterContacted)
    assert (contacted.reached, contacted.means) == (False, "visit")
    tip = triaged_case(RESIDENT, request_type="tip", photos=[])
    with pytest.raises(NoReporter):
        reporters.record_contact(tip, "phone", True, "", BY)


UNIT = Caller(kind="account", id="u", roles=frozenset({"unit_clerk"}), unit_id="sanitation")
ELSEWHERE = Caller(kind="account", id="c", roles=frozenset({"intake_clerk"}), areas=("370522002",))


@pytest.mark.parametrize(
    ("caller", "has_it", "allowed"),
    [
        (CLERK, False, True),
        (SHIFT_LEAD, False, True),
        (UNIT, True, True),
        (UNIT, False, False),
        (ELSEWHERE, False, False),
        (OFFICER, False, False),
    ],
)
def test_the_desk_of_the_area_and_a_dispatched_unit_record_contacts(
    caller: Caller, has_it: bool, allowed: bool
) -> None:
    case = triaged_case(RESIDENT, photos=[])
    case.state.dispatches = {uuid4(): "sanitation"} if has_it else {}
    _check_access(lambda: reporters.require_contact_access(case, caller), allowed)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [("own token", True), ("another token", False), ("desk", True), ("officer", False), ("sender", True)],
)
def test_the_reporter_the_sender_and_the_desk_may_add_information(who: str, allowed: bool) -> None:
    case = triaged_case(OFFICER if who == "sender" else RESIDENT, photos=[])
    tokens = {"own token": str(case.id), "another token": "x"}
    caller = {"desk": CLERK, "officer": OFFICER, "sender": OFFICER}.get(who) or Caller(
        kind="resident", id="r", case_id=tokens[who], report_id=tokens[who]
    )
    _check_access(lambda: reporters.require_sender_or_desk(case, caller), allowed)


def _check_access(asked: Any, allowed: bool) -> None:
    if allowed:
        asked()
    else:
        with pytest.raises(CaseUnknown):
            asked()
