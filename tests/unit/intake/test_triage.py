"""Triage: which reports are filed directly, which are verified first and how, and which wait for a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.common import Channel
from contracts.events.acceptance import CaseFiled, FilingAwaited, VerificationRequested
from services.chassis.auth import Caller
from services.intake.domain.duplicates import ComparableReport, Verdict
from services.intake.domain.triage import triage
from services.intake.domain.views import view
from tests.unit.intake.sample_cases import BEFORE_AFTER, case_at, event_names, last_event, reported_case, triaged_case
from tests.unit.intake.sample_district import (
    ADVICE,
    BURST,
    CLERK,
    GAS,
    LITTER,
    NIGHT,
    NOON,
    OFFICER,
    RESIDENT,
    SECRET,
    UNLISTED,
    VENDOR,
    lijin,
    location,
)

DIRECT_CHANNELS: tuple[Channel, ...] = ("grid_terminal", "patrol_team", "department", "emergency", "upstream")
OTHER_CHANNELS: tuple[Channel, ...] = (
    "lane_lead",
    "helper",
    "hotline",
    "walk_in",
    "resident",
    "open311",
    "public_liaison",
)
GRID_WITHOUT_NIGHT_SHIFT = "370522002001001"
LITTER_CONDITION = "06010-1"


def caller_of_channel(channel: Channel) -> Caller:
    return Caller(kind="account", id="somebody", roles=frozenset({"officer"}), channels=frozenset({channel}))


@pytest.mark.parametrize("channel", DIRECT_CHANNELS)
def test_a_complete_report_of_a_direct_channel_is_filed_at_once(channel: Channel) -> None:
    case = triaged_case(caller_of_channel(channel), condition_id=LITTER_CONDITION)
    assert event_names(case) == ["ReportReceived", "CaseFiled"]
    assert case.state.status == "filed"


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ({"category_id": None}, ("category", "condition")),
        ({"photos": []}, ("photo",)),
        ({"location": None, "address": "利一路8号"}, ("place",)),
    ],
)
def test_an_incomplete_report_of_a_direct_channel_lists_what_is_missing(
    without: dict[str, Any], missing: tuple[str, ...]
) -> None:
    fields = {"condition_id": LITTER_CONDITION, **without}
    if "category_id" in without:
        fields.pop("condition_id")
    case = triaged_case(**fields)
    assert isinstance(last_event(case), FilingAwaited)
    assert last_event(case).missing == missing
    assert case.state.missing == missing


@pytest.mark.parametrize("channel", OTHER_CHANNELS)
def test_a_report_of_another_channel_is_verified_by_the_mode_of_the_condition(channel: Channel) -> None:
    case = triaged_case(caller_of_channel(channel), condition_id=LITTER_CONDITION)
    event = last_event(case)
    assert isinstance(event, VerificationRequested)
    assert event.mode == lijin().conditions[LITTER_CONDITION].verify_mode == "site"
    assert event.officer_id in {each.id for each in lijin().officers_on_duty(event.grid_code or "", NOON)}
    assert event.requested_by is None, "a rule requests it"


@pytest.mark.parametrize("channel", [*DIRECT_CHANNELS, *OTHER_CHANNELS])
def test_a_category_without_condition_waits_at_the_desk_without_a_verification(channel: Channel) -> None:
    """The whole national list can be chosen; no report is lost, and no officer is sent in vain."""
    case = triaged_case(caller_of_channel(channel), category_id=UNLISTED, condition_id=None)
    assert isinstance(last_event(case), FilingAwaited)
    assert "condition" in last_event(case).missing
    shown = view(case, CLERK)
    assert shown.missing == last_event(case).missing
    assert UNLISTED in shown.note
    assert "filing condition" in shown.note_en


def test_a_report_that_can_be_filed_has_no_note() -> None:
    shown = view(triaged_case(photos=[], condition_id=LITTER_CONDITION), CLERK)
    assert (shown.note, shown.note_en) == ("", "")


def test_a_condition_may_require_verification_by_phone() -> None:
    case = triaged_case(CLERK, channel="hotline", category_id="LOCAL-370522/matter/12003")
    assert (last_event(case).mode, last_event(case).officer_id) == ("phone", None)


def test_a_condition_without_verification_is_filed() -> None:
    condition = next(
        each
        for each in lijin().conditions.values()
        if each.verify_mode == "none"
        and not lijin().categories[each.category].answerable
        and not lijin().categories[each.category].confidential
    )
    case = triaged_case(RESIDENT, category_id=condition.category, condition_id=condition.id, photos=[])
    assert isinstance(last_event(case), CaseFiled)


def test_situation_11_an_emergency_never_waits() -> None:
    case = triaged_case(RESIDENT, category_id=GAS, photos=[])
    assert isinstance(last_event(case), CaseFiled)
    assert last_event(case).emergency


def test_an_emergency_by_severity_does_not_wait_either() -> None:
    grave = next(
        each
        for each in lijin().conditions.values()
        if each.severity <= lijin().settings.emergency_severity and not lijin().categories[each.category].emergency
    )
    case = triaged_case(RESIDENT, category_id=grave.category, condition_id=grave.id, photos=[])
    assert isinstance(last_event(case), CaseFiled)


def test_an_emergency_without_a_place_waits_for_it() -> None:
    case = triaged_case(RESIDENT, category_id=GAS, location=None, address="利一路附近")
    assert isinstance(last_event(case), FilingAwaited)
    assert "place" in last_event(case).missing


def test_situation_12_a_camera_report_waits_until_a_person_has_confirmed_the_frame() -> None:
    frame = [{"sha256": "c" * 64, "role": "frame"}]
    seen = triaged_case(CLERK, channel="camera", category_id=BURST, photos=frame, frame_confirmed=True)
    assert isinstance(last_event(seen), CaseFiled)
    unseen = triaged_case(caller_of_channel("camera"), category_id=BURST, photos=frame)
    assert isinstance(last_event(unseen), FilingAwaited)
    assert "decision" in last_event(unseen).missing


@pytest.mark.parametrize("request_type", ["inquiry", "suggestion", "praise"])
def test_an_inquiry_suggestion_or_praise_waits_for_the_desk(request_type: str) -> None:
    case = triaged_case(CLERK, channel="hotline", request_type=request_type)
    assert "decision" in last_event(case).missing


def test_situation_23_advice_waits_for_the_desk_for_any_channel() -> None:
    assert isinstance(last_event(triaged_case(category_id=ADVICE)), FilingAwaited)


def test_a_category_that_became_confidential_is_filed_by_a_person() -> None:
    """If the system filed it, its text would be lost, because it was not encrypted before."""
    case, secret = reported_case(), next(each for each in lijin().conditions.values() if each.category == SECRET)
    case.state.category_id, case.state.condition_id = SECRET, secret.id
    triage({case.id: case}, case, Verdict(), {})
    assert (case.state.status, case.state.missing) == ("awaiting_filing", ("decision",))


def test_a_confidential_report_needs_neither_verification_nor_photos() -> None:
    case = triaged_case(category_id=SECRET, photos=[])
    assert isinstance(last_event(case), CaseFiled)
    assert last_event(case).condition_text == "保密线索"


def test_a_settlement_waits_for_approval() -> None:
    case = triaged_case(condition_id=LITTER_CONDITION, photos=BEFORE_AFTER, settlement={"what_was_done": "已清理"})
    assert event_names(case) == ["ReportReceived"]
    assert (case.state.status, case.state.possible) == ("settled", ("settlement", "link"))


@pytest.mark.parametrize("now", [NOON, NIGHT])
def test_a_verification_is_due_30_minutes_after_its_request_while_an_officer_is_on_duty(now: datetime) -> None:
    event = last_event(triaged_case(RESIDENT, now=now, condition_id=LITTER_CONDITION))
    assert event.officer_id is not None
    assert event.due_at == now + timedelta(minutes=30)


def test_a_verification_without_an_officer_on_duty_is_due_30_minutes_after_the_next_shift_begins() -> None:
    place = location(GRID_WITHOUT_NIGHT_SHIFT)
    event = last_event(triaged_case(RESIDENT, now=NIGHT, condition_id=LITTER_CONDITION, location=place))
    assert event.officer_id is None
    assert event.due_at.astimezone(lijin().zone).strftime("%H:%M") == "08:30"


def test_the_reporting_officer_never_verifies() -> None:
    lead = Caller(
        kind="account",
        id="x",
        roles=frozenset({"lane_lead"}),
        officer_id="officer-jincheng-05",
        channels=frozenset({"lane_lead"}),
    )
    case = triaged_case(lead, condition_id=LITTER_CONDITION)
    assert last_event(case).officer_id != "officer-jincheng-05"


def test_a_suggested_duplicate_waits_for_a_person_before_a_verification() -> None:
    """Situation 6: the reports are similar but perhaps not the same."""
    case, other = reported_case(RESIDENT, condition_id=LITTER_CONDITION), case_at()
    near = ComparableReport(other.id, "LJ-20261123-000001", LITTER, None, None, None, NOON, NOON)
    triage({case.id: case}, case, Verdict(suggested=near), {})
    assert isinstance(last_event(case), FilingAwaited)
    assert (last_event(case).possible_duplicate_of, last_event(case).missing) == (other.id, ("decision",))


def test_a_suggested_duplicate_does_not_stop_a_direct_report() -> None:
    case, other = reported_case(condition_id=LITTER_CONDITION), case_at()
    near = ComparableReport(other.id, "LJ-20261123-000001", LITTER, None, None, None, NOON, NOON)
    triage({case.id: case}, case, Verdict(suggested=near), {})
    assert isinstance(last_event(case), CaseFiled)
    assert last_event(case).possible_duplicate_of == other.id


def test_triage_twice_changes_nothing() -> None:
    """A report may be found again after a crash or by two replicas."""
    case = triaged_case(condition_id=LITTER_CONDITION)
    before = event_names(case)
    triage({case.id: case}, case, Verdict(), {})
    assert event_names(case) == before


def test_a_filing_has_all_data_that_routing_needs() -> None:
    case = triaged_case(OFFICER, category_id=VENDOR, location=location(accuracy_m=8))
    event = last_event(case)
    condition = lijin().conditions["09001-1"]
    assert (event.milestones, event.evidence, event.severity) == (
        condition.milestones,
        condition.evidence,
        condition.severity,
    )
    assert (event.community, event.centre_id) == (
        event.place.grid_code[:12],
        lijin().centre_for(event.place.grid_code).id,
    )
    assert (event.reporter_officer_id, event.filed_by.id) == ("officer-jincheng-05", "officer")
    assert (event.case_due_at - NOON).total_seconds() == 2 * 3600


def test_an_earlier_external_deadline_wins() -> None:
    due = NOON.replace(hour=4)
    fields = {"condition_id": LITTER_CONDITION, "channel": "upstream"}
    case = triaged_case(CLERK, **fields, external={"number": "A1", "due_at": due.isoformat()})
    assert last_event(case).case_due_at == due
    later = NOON.replace(year=2027)
    case = triaged_case(CLERK, **fields, external={"number": "A1", "due_at": later.isoformat()})
    assert last_event(case).case_due_at < later
