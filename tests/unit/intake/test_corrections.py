"""Corrections of filed cases: sent back by a dispatcher, or corrected during handling."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.common import Actor, Place
from contracts.events.acceptance import CaseCorrected, CaseFiled
from contracts.events.command import CaseSentBack
from contracts.events.supervision import CaseClosed, CaseReopened
from contracts.registry import FilingCondition
from services.chassis.auth import SYSTEM
from services.chassis.cases import Case
from services.chassis.problems import NotAllowed, NotPossibleNow
from services.intake import events
from services.intake.api.forms import CorrectForm, FileForm, component_from, place_from
from services.intake.domain import attachments, desk, filing, verification
from services.intake.domain.case import IntakeCase, Status
from services.intake.domain.problems import ComponentUnknown, OnlyBeforeFiling, PlaceMissing
from tests.unit.intake.sample_cases import apply_event, case_at, event_names, last_event, triaged_case
from tests.unit.intake.sample_district import CLERK, LITTER, NOON, OFFICER, SHIFT_LEAD, VENDOR, lijin

DISPATCHER = Actor(kind="account", id="dispatcher", role="dispatcher")
SENT_BACK = CaseSentBack(round=1, reason="wrong_category", note="应为占道经营", decided_by=DISPATCHER)
SECRET = next(each.id for each in lijin().categories.values() if each.confidential)


def condition(category_id: str) -> FilingCondition:
    return lijin().conditions_of(category_id)[0]


def filed_case() -> Case[IntakeCase]:
    case = triaged_case(condition_id="06010-1")
    assert isinstance(last_event(case), CaseFiled)
    return case


def sent_back_case() -> Case[IntakeCase]:
    case = filed_case()
    apply_event(case, events.on_case_sent_back, SENT_BACK)
    return case


def test_a_case_sent_back_keeps_its_data_and_gets_a_new_deadline() -> None:
    """退回受理: the desk sees who filed the case. Source: transition tables in use (`return_to_acceptor`)."""
    case = sent_back_case()
    state = case.state
    assert event_names(case)[-2:] == ["CaseFiled", "FilingAwaited"]
    assert (state.status, state.missing, state.condition_id) == ("awaiting_filing", ("decision",), "06010-1")
    assert state.due_at == NOON + timedelta(minutes=15)
    assert state.sent_back_to_desk is not None
    assert (state.sent_back_to_desk.note, state.sent_back_to_desk.filed_by) == ("应为占道经营", OFFICER.actor())
    assert set(state.possible) >= {"file", "verify", "not_file", "attach"}


def test_a_case_filed_again_keeps_its_number_and_its_times() -> None:
    case = sent_back_case()
    before = next(each.event for each in case.emitted if isinstance(each.event, CaseFiled))
    desk.file(case, condition(VENDOR), None, None, CLERK, {})
    again = last_event(case)
    assert isinstance(again, CaseFiled)
    assert (again.case_number, again.category_id) == (before.case_number, VENDOR)
    assert again.reported_at == before.reported_at
    assert (case.state.status, case.state.sent_back_to_desk) == ("filed", None)


def test_a_verification_of_a_case_sent_back_leaves_the_filing_to_a_person() -> None:
    """Otherwise the system would file what the dispatcher has just refused."""
    case = sent_back_case()
    desk.verify(case, "phone", "是哪一类？", CLERK.actor(), {})
    assert case.state.task is not None
    verification.record_answer(case, case.state.task.task_id, "confirmed", CLERK, open_tasks={}, note="核实")
    assert (case.state.status, case.state.missing) == ("awaiting_filing", ("decision",))


def test_a_case_sent_back_while_merged_waits_for_the_desk_after_detaching() -> None:
    host, case = filed_case(), filed_case()
    cases = {host.id: host, case.id: case}
    attachments.attach(cases, case, host.id, "merged", CLERK.actor())
    apply_event(case, events.on_case_sent_back, SENT_BACK)
    assert case.state.status == "attached"
    desk.detach(cases, case, "两件事", CLERK, {})
    assert (case.state.status, event_names(case)[-1]) == ("awaiting_filing", "FilingAwaited")


def test_a_case_sent_back_and_closed_waits_for_the_desk_only_after_reopening() -> None:
    case = sent_back_case()
    closed = CaseClosed(outcome="forced", closing_condition_met=False, forced=True, closed_by=SYSTEM)
    apply_event(case, events.on_case_closed, closed)
    assert (case.state.status, case.state.due_at, case.state.ended_at) == ("filed", None, NOON)
    apply_event(case, events.on_case_reopened, CaseReopened(reason="by_hand", reopened_by=SYSTEM))
    assert (case.state.status, event_names(case)[-1]) == ("awaiting_filing", "FilingAwaited")


def test_an_ended_case_is_not_sent_back() -> None:
    case = filed_case()
    filing.void(case, "误立", SHIFT_LEAD.actor())
    apply_event(case, events.on_case_sent_back, SENT_BACK)
    assert (case.state.status, event_names(case)[-1]) == ("voided", "CaseVoided")


def test_a_correction_states_all_fields_of_a_filing_and_keeps_the_filer() -> None:
    """更正: the case continues. Repeating it changes nothing."""
    case = filed_case()
    place = Place(grid_code="370522001003006")
    for _ in range(2):
        desk.correct(case, condition(VENDOR), place, None, "现场为占道经营", CLERK)
    assert event_names(case).count("CaseCorrected") == 1
    event = last_event(case)
    assert isinstance(event, CaseCorrected)
    assert (event.category_id, event.place, event.note) == (VENDOR, place, "现场为占道经营")
    assert (event.filed_by, event.corrected_by) == (OFFICER.actor(), CLERK.actor())
    assert event.milestones == condition(VENDOR).milestones
    assert (case.state.status, case.state.category_id) == ("filed", VENDOR)


def test_only_an_open_filed_case_is_corrected_by_a_filing_role_and_never_to_confidential() -> None:
    with pytest.raises(NotPossibleNow):
        desk.correct(sent_back_case(), condition(VENDOR), None, None, "…", CLERK)
    with pytest.raises(NotAllowed):
        desk.correct(filed_case(), condition(VENDOR), None, None, "…", OFFICER)
    with pytest.raises(OnlyBeforeFiling):
        desk.correct(filed_case(), condition(SECRET), None, None, "…", CLERK)
    ended = case_at(NOON, filed_case().state)
    ended.state.ended_at = NOON
    with pytest.raises(NotPossibleNow):
        desk.correct(ended, condition(VENDOR), None, None, "…", CLERK)


def test_a_correction_of_a_confidential_case_states_only_that_it_moved() -> None:
    """The encrypted details decide whether anything changed; the event keeps the community."""
    case, other = triaged_case(category_id=SECRET), Place(grid_code="370522001003006", address="某巷1号")
    for moved in (False, True):
        desk.correct(case, condition(SECRET), other, None, "…", CLERK, moved=moved)
        assert event_names(case).count("CaseCorrected") == moved
    assert last_event(case).place == case.state.place == Place(grid_code="370522001003")


def test_a_confidential_case_is_not_filed_as_ordinary_without_its_grid() -> None:
    case = triaged_case(category_id=SECRET)
    apply_event(case, events.on_case_sent_back, SENT_BACK)
    with pytest.raises(PlaceMissing):
        desk.file(case, condition(VENDOR), None, None, CLERK, {})


@pytest.mark.parametrize("status", ["answered", "settled"])
def test_an_answered_or_settled_case_waits_for_the_desk_after_reopening(status: Status) -> None:
    case = filed_case()
    case.state.status, case.state.ended_at = status, NOON
    apply_event(case, events.on_case_reopened, CaseReopened(reason="by_hand", reopened_by=SYSTEM))
    assert (case.state.status, case.state.ended_at, event_names(case)[-1]) == ("awaiting_filing", None, "FilingAwaited")


def test_an_address_alone_corrects_the_address_of_the_known_place() -> None:
    case = filed_case()
    before = case.state.place
    form = CorrectForm(category_id=LITTER, note="门牌号报错", address="某巷1号")
    desk.correct(case, condition(LITTER), place_from(form, case), None, form.note, CLERK)
    assert before is not None
    assert last_event(case).place == before.model_copy(update={"address": "某巷1号"})


COVER = "37052201002000001"


def test_the_component_can_be_set_changed_and_removed() -> None:
    """A form without the field keeps it; null removes it."""
    case = filed_case()
    for form, wanted in (({"component_id": COVER}, COVER), ({}, COVER), ({"component_id": None}, None)):
        correction = CorrectForm.model_validate({"category_id": VENDOR, "note": "…", **form})
        desk.correct(case, condition(VENDOR), None, component_from(correction, case), "…", CLERK)
        assert (case.state.component_id, last_event(case).component_id) == (wanted, wanted)
    assert event_names(case).count("CaseCorrected") == 2, "a form without the field changes nothing"
    with pytest.raises(ComponentUnknown):
        component_from(FileForm(category_id=VENDOR, component_id="37052201002099999"), case)


def test_a_second_filing_keeps_handler_and_joint_team() -> None:
    """The officer who settled it is not sent to recheck it; a recurring case goes to a joint team."""
    case = triaged_case(condition_id="06010-1", category_id=LITTER, photos=[])
    filing.file(case, condition(LITTER), SYSTEM, joint=True, handler_officer_id="o-1")
    apply_event(case, events.on_case_sent_back, SENT_BACK)
    desk.file(case, condition(VENDOR), None, None, CLERK, {})
    assert (last_event(case).joint, last_event(case).handler_officer_id) == (True, "o-1")
