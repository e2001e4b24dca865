"""Rules of filing: who files directly, who is verified first and how, what waits for a person."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.common import Channel
from contracts.events.acceptance import CaseFiled, FilingAwaited, VerificationRequested
from services.chassis.auth import Caller
from services.intake.domain import verifiers
from services.intake.domain.duplicates import ComparableReport, Verdict
from services.intake.domain.triage import triage
from services.intake.domain.views import view
from tests.unit.intake.kit import (
    ADVICE,
    BEFORE_AFTER,
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
    at,
    case_at,
    last,
    lijin,
    report,
    told,
    triaged,
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
LITTER_CONDITION = "06010-1"


def by(channel: Channel) -> Caller:
    return Caller(kind="account", id="somebody", roles=frozenset({"officer"}), channels=frozenset({channel}))


@pytest.mark.parametrize("channel", DIRECT_CHANNELS)
def test_direct_channels_file_at_once_when_everything_is_there(channel: Channel) -> None:
    case = triaged(by(channel), condition_id=LITTER_CONDITION)
    assert told(case) == ["ReportReceived", "CaseFiled"]
    assert case.state.status == "filed"


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ({"category_id": None}, ("category", "condition")),
        ({"photos": []}, ("photo",)),
        ({"location": None, "address": "利一路8号"}, ("place",)),
    ],
)
def test_a_direct_report_that_lacks_something_says_what(without: dict[str, Any], missing: tuple[str, ...]) -> None:
    fields = {"condition_id": LITTER_CONDITION, **without}
    if "category_id" in without:
        fields.pop("condition_id")
    case = triaged(**fields)
    assert isinstance(last(case), FilingAwaited)
    assert last(case).missing == missing
    assert case.state.missing == missing


@pytest.mark.parametrize("channel", OTHER_CHANNELS)
def test_all_others_are_verified_first_by_the_mode_of_the_condition(channel: Channel) -> None:
    case = triaged(by(channel), condition_id=LITTER_CONDITION)
    event = last(case)
    assert isinstance(event, VerificationRequested)
    assert event.mode == lijin().conditions[LITTER_CONDITION].verify_mode == "site"
    assert event.officer_id in {each.id for each in lijin().officers_on_duty(event.grid_code or "", NOON)}
    assert event.requested_by is None, "a rule sends it, at once"


@pytest.mark.parametrize("channel", [*DIRECT_CHANNELS, *OTHER_CHANNELS])
def test_what_has_no_condition_waits_at_the_desk_and_nobody_is_sent_out(channel: Channel) -> None:
    """The national list is in the catalogue whole: choosing from it loses no report, and no officer walks in vain."""
    case = triaged(by(channel), category_id=UNLISTED, condition_id=None)
    assert isinstance(last(case), FilingAwaited)
    assert "condition" in last(case).missing
    shown = view(case, CLERK)
    assert shown.missing == last(case).missing
    assert UNLISTED in shown.note
    assert "filing condition" in shown.note_en


def test_what_can_be_filed_carries_no_note() -> None:
    shown = view(triaged(photos=[], condition_id=LITTER_CONDITION), CLERK)
    assert (shown.note, shown.note_en) == ("", "")


def test_a_condition_may_be_verified_by_phone() -> None:
    case = triaged(CLERK, channel="hotline", category_id="LOCAL-370522/matter/12003")
    assert (last(case).mode, last(case).officer_id) == ("phone", None)


def test_a_condition_that_needs_no_verification_is_filed() -> None:
    condition = next(
        each
        for each in lijin().conditions.values()
        if each.verify_mode == "none"
        and not lijin().categories[each.category].answerable
        and not lijin().categories[each.category].confidential
    )
    case = triaged(RESIDENT, category_id=condition.category, condition_id=condition.id, photos=[])
    assert isinstance(last(case), CaseFiled)


def test_situation_11_emergencies_never_wait() -> None:
    case = triaged(RESIDENT, category_id=GAS, photos=[])
    assert isinstance(last(case), CaseFiled)
    assert last(case).emergency


def test_an_emergency_by_severity_does_not_wait_either() -> None:
    grave = next(
        each
        for each in lijin().conditions.values()
        if each.severity <= lijin().settings.emergency_severity and not lijin().categories[each.category].emergency
    )
    case = triaged(RESIDENT, category_id=grave.category, condition_id=grave.id, photos=[])
    assert isinstance(last(case), CaseFiled)


def test_an_emergency_nobody_can_find_waits_for_its_place() -> None:
    case = triaged(RESIDENT, category_id=GAS, location=None, address="利一路附近")
    assert isinstance(last(case), FilingAwaited)
    assert "place" in last(case).missing


def test_situation_12_a_camera_waits_until_a_person_has_seen_the_frame() -> None:
    frame = [{"sha256": "c" * 64, "role": "frame"}]
    seen = triaged(CLERK, channel="camera", category_id=BURST, photos=frame, frame_confirmed=True)
    assert isinstance(last(seen), CaseFiled)
    unseen = triaged(by("camera"), category_id=BURST, photos=frame)
    assert isinstance(last(unseen), FilingAwaited)
    assert "decision" in last(unseen).missing


@pytest.mark.parametrize("request_type", ["inquiry", "suggestion", "praise"])
def test_words_wait_for_the_desk_to_answer(request_type: str) -> None:
    case = triaged(CLERK, channel="hotline", request_type=request_type)
    assert "decision" in last(case).missing


def test_situation_23_advice_waits_for_the_desk_whoever_asks() -> None:
    assert isinstance(last(triaged(category_id=ADVICE)), FilingAwaited)


def test_what_was_told_in_the_open_and_is_confidential_since_is_filed_by_a_person() -> None:
    """A release may make a category confidential: filed by the machine its words would be lost, as nobody had sealed
    them.
    """
    case, secret = report(), next(each for each in lijin().conditions.values() if each.category == SECRET)
    case.state.category_id, case.state.condition_id = SECRET, secret.id
    triage({case.id: case}, case, Verdict(), {})
    assert (case.state.status, case.state.missing) == ("awaiting_filing", ("decision",))


def test_confidential_reports_are_neither_verified_nor_photographed() -> None:
    case = triaged(category_id=SECRET, photos=[])
    assert isinstance(last(case), CaseFiled)
    assert last(case).condition_text == "保密线索"


def test_settled_on_the_spot_waits_for_approval_and_says_nothing_more() -> None:
    case = triaged(condition_id=LITTER_CONDITION, photos=BEFORE_AFTER, settlement={"what_was_done": "已清理"})
    assert told(case) == ["ReportReceived"]
    assert (case.state.status, case.state.possible) == ("settled", ("settlement", "link"))


def test_nobody_on_duty_the_clock_starts_with_the_next_shift() -> None:
    by_day, by_night = (triaged(RESIDENT, now=now, condition_id=LITTER_CONDITION) for now in (NOON, NIGHT))
    assert (last(by_day).due_at - NOON).total_seconds() == 30 * 60
    grid = last(by_night).grid_code
    starts = verifiers.next_duty_start(grid, NIGHT, lijin(), ())
    if last(by_night).officer_id is None and starts is not None:
        assert (last(by_night).due_at - starts).total_seconds() == 30 * 60


def test_the_reporting_officer_never_verifies() -> None:
    lead = Caller(
        kind="account",
        id="x",
        roles=frozenset({"lane_lead"}),
        officer_id="officer-jincheng-05",
        channels=frozenset({"lane_lead"}),
    )
    case = triaged(lead, condition_id=LITTER_CONDITION)
    assert last(case).officer_id != "officer-jincheng-05"


def test_a_suggested_duplicate_is_compared_before_anybody_is_sent() -> None:
    """Situation 6: similar, but perhaps not the same: a person decides."""
    case, other = report(RESIDENT, condition_id=LITTER_CONDITION), case_at()
    near = ComparableReport(other.id, "LJ-20261123-000001", LITTER, None, None, None, NOON, NOON)
    triage({case.id: case}, case, Verdict(suggested=near), {})
    assert isinstance(last(case), FilingAwaited)
    assert (last(case).possible_duplicate_of, last(case).missing) == (other.id, ("decision",))


def test_a_suggested_duplicate_does_not_hold_up_an_officer() -> None:
    case, other = report(condition_id=LITTER_CONDITION), case_at()
    near = ComparableReport(other.id, "LJ-20261123-000001", LITTER, None, None, None, NOON, NOON)
    triage({case.id: case}, case, Verdict(suggested=near), {})
    assert isinstance(last(case), CaseFiled)
    assert last(case).possible_duplicate_of == other.id


def test_triage_twice_changes_nothing() -> None:
    """A report found again after a crash, or by two replicas, is taken one step only."""
    case = triaged(condition_id=LITTER_CONDITION)
    before = told(case)
    triage({case.id: case}, case, Verdict(), {})
    assert told(case) == before


def test_what_is_filed_carries_all_that_command_needs() -> None:
    case = triaged(OFFICER, category_id=VENDOR, location=at(accuracy_m=8))
    event = last(case)
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


def test_an_earlier_outside_deadline_wins() -> None:
    due = NOON.replace(hour=4)
    fields = {"condition_id": LITTER_CONDITION, "channel": "upstream"}
    case = triaged(CLERK, **fields, external={"number": "A1", "due_at": due.isoformat()})
    assert last(case).case_due_at == due
    later = NOON.replace(year=2027)
    case = triaged(CLERK, **fields, external={"number": "A1", "due_at": later.isoformat()})
    assert last(case).case_due_at < later
