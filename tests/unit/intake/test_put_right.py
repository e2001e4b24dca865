"""What the desk filed is put right: sent back by a dispatcher, or corrected while it goes on."""

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
from tests.unit.intake.kit import (
    CLERK,
    LITTER,
    NOON,
    OFFICER,
    SHIFT_LEAD,
    VENDOR,
    case_at,
    hear,
    last,
    lijin,
    told,
    triaged,
)

DISPATCHER = Actor(kind="account", id="dispatcher", role="dispatcher")
BACK = CaseSentBack(round=1, reason="wrong_category", note="应为占道经营", decided_by=DISPATCHER)
SECRET = next(each.id for each in lijin().categories.values() if each.confidential)


def condition(category_id: str) -> FilingCondition:
    return lijin().conditions_of(category_id)[0]


def filed() -> Case[IntakeCase]:
    case = triaged(condition_id="06010-1")
    assert isinstance(last(case), CaseFiled)
    return case


def sent_back() -> Case[IntakeCase]:
    case = filed()
    hear(case, events.on_case_sent_back, BACK)
    return case


def test_what_was_filled_in_is_kept_and_the_desks_time_begins_anew() -> None:
    """退回受理: first to whoever filed it. Source: transition tables in use (`return_to_acceptor`)."""
    case = sent_back()
    state = case.state
    assert told(case)[-2:] == ["CaseFiled", "FilingAwaited"]
    assert (state.status, state.missing, state.condition_id) == ("awaiting_filing", ("decision",), "06010-1")
    assert state.due_at == NOON + timedelta(minutes=15)
    assert state.sent_back_to_desk is not None
    assert (state.sent_back_to_desk.note, state.sent_back_to_desk.filed_by) == ("应为占道经营", OFFICER.actor())
    assert set(state.possible) >= {"file", "verify", "not_file", "attach"}


def test_filed_anew_it_is_the_same_case_with_the_same_promise() -> None:
    case = sent_back()
    before = next(each.event for each in case.emitted if isinstance(each.event, CaseFiled))
    desk.file(case, condition(VENDOR), None, None, CLERK, {})
    again = last(case)
    assert isinstance(again, CaseFiled)
    assert (again.case_number, again.category_id) == (before.case_number, VENDOR)
    assert again.reported_at == before.reported_at
    assert (case.state.status, case.state.sent_back_to_desk) == ("filed", None)


def test_a_verification_of_what_was_sent_back_leaves_the_filing_to_a_person() -> None:
    """Else the machine would file what the dispatcher had just refused."""
    case = sent_back()
    desk.verify(case, "phone", "是哪一类？", CLERK.actor(), {})
    assert case.state.task is not None
    verification.record_answer(case, case.state.task.task_id, "confirmed", CLERK, open_tasks={}, note="核实")
    assert (case.state.status, case.state.missing) == ("awaiting_filing", ("decision",))


def test_merged_meanwhile_it_stands_before_the_desk_when_that_is_undone() -> None:
    host, case = filed(), filed()
    cases = {host.id: host, case.id: case}
    attachments.attach(cases, case, host.id, "merged", CLERK.actor())
    hear(case, events.on_case_sent_back, BACK)
    assert case.state.status == "attached"
    desk.detach(cases, case, "两件事", CLERK, {})
    assert (case.state.status, told(case)[-1]) == ("awaiting_filing", "FilingAwaited")


def test_closed_by_force_meanwhile_nobody_files_it_and_opened_again_the_desk_does() -> None:
    case = sent_back()
    closed = CaseClosed(outcome="forced", closing_condition_met=False, forced=True, closed_by=SYSTEM)
    hear(case, events.on_case_closed, closed)
    assert (case.state.status, case.state.due_at, case.state.ended_at) == ("filed", None, NOON)
    hear(case, events.on_case_reopened, CaseReopened(reason="by_hand", reopened_by=SYSTEM))
    assert (case.state.status, told(case)[-1]) == ("awaiting_filing", "FilingAwaited")


def test_what_has_ended_is_not_sent_back() -> None:
    case = filed()
    filing.void(case, "误立", SHIFT_LEAD.actor())
    hear(case, events.on_case_sent_back, BACK)
    assert (case.state.status, told(case)[-1]) == ("voided", "CaseVoided")


def test_a_correction_says_all_that_filing_says_and_changes_nothing_else() -> None:
    """更正: the case goes on; whoever filed it stays who filed it. Repeating it changes nothing."""
    case = filed()
    place = Place(grid_code="370522001003006")
    for _ in range(2):
        desk.correct(case, condition(VENDOR), place, None, "现场为占道经营", CLERK)
    assert told(case).count("CaseCorrected") == 1
    event = last(case)
    assert isinstance(event, CaseCorrected)
    assert (event.category_id, event.place, event.note) == (VENDOR, place, "现场为占道经营")
    assert (event.filed_by, event.corrected_by) == (OFFICER.actor(), CLERK.actor())
    assert event.milestones == condition(VENDOR).milestones
    assert (case.state.status, case.state.category_id) == ("filed", VENDOR)


def test_only_filed_cases_are_corrected_by_whoever_may_file_and_never_into_confidence() -> None:
    with pytest.raises(NotPossibleNow):
        desk.correct(sent_back(), condition(VENDOR), None, None, "…", CLERK)
    with pytest.raises(NotAllowed):
        desk.correct(filed(), condition(VENDOR), None, None, "…", OFFICER)
    with pytest.raises(OnlyBeforeFiling):
        desk.correct(filed(), condition(SECRET), None, None, "…", CLERK)
    ended = case_at(NOON, filed().state)
    ended.state.ended_at = NOON
    with pytest.raises(NotPossibleNow):
        desk.correct(ended, condition(VENDOR), None, None, "…", CLERK)


def test_of_a_confidential_case_a_correction_tells_that_it_moved_and_not_where_to() -> None:
    """What is sealed says whether anything changes: without that, and within its community, it is what it was."""
    case, other = triaged(category_id=SECRET), Place(grid_code="370522001003006", address="某巷1号")
    for moved in (False, True):
        desk.correct(case, condition(SECRET), other, None, "…", CLERK, moved=moved)
        assert told(case).count("CaseCorrected") == moved
    assert last(case).place == case.state.place == Place(grid_code="370522001003")


def test_what_was_told_in_confidence_is_not_filed_in_the_open_without_its_grid() -> None:
    case = triaged(category_id=SECRET)
    hear(case, events.on_case_sent_back, BACK)
    with pytest.raises(PlaceMissing):
        desk.file(case, condition(VENDOR), None, None, CLERK, {})


@pytest.mark.parametrize("status", ["answered", "settled"])
def test_opened_again_what_was_answered_or_settled_comes_before_the_desk(status: Status) -> None:
    case = filed()
    case.state.status, case.state.ended_at = status, NOON
    hear(case, events.on_case_reopened, CaseReopened(reason="by_hand", reopened_by=SYSTEM))
    assert (case.state.status, case.state.ended_at, told(case)[-1]) == ("awaiting_filing", None, "FilingAwaited")


def test_an_address_alone_puts_that_of_the_known_place_right() -> None:
    case = filed()
    before = case.state.place
    form = CorrectForm(category_id=LITTER, note="门牌号报错", address="某巷1号")
    desk.correct(case, condition(LITTER), place_from(form, case), None, form.note, CLERK)
    assert before is not None
    assert last(case).place == before.model_copy(update={"address": "某巷1号"})


COVER = "37052201002000001"


def test_the_component_can_be_named_changed_and_taken_away() -> None:
    """Left out it stays: whoever keeps the thing must act, and the desk may learn of it last. Null says it is about
    none.
    """
    case = filed()
    for form, wanted in (({"component_id": COVER}, COVER), ({}, COVER), ({"component_id": None}, None)):
        told_now = CorrectForm.model_validate({"category_id": VENDOR, "note": "…", **form})
        desk.correct(case, condition(VENDOR), None, component_from(told_now, case), "…", CLERK)
        assert (case.state.component_id, last(case).component_id) == (wanted, wanted)
    assert told(case).count("CaseCorrected") == 2, "left out it changes nothing"
    with pytest.raises(ComponentUnknown):
        component_from(FileForm(category_id=VENDOR, component_id="37052201002099999"), case)


def test_what_was_known_of_it_before_holds_when_it_is_filed_once_more() -> None:
    """Who settled it before is not sent to recheck it, and where it keeps coming back a joint team acts."""
    case = triaged(condition_id="06010-1", category_id=LITTER, photos=[])
    filing.file(case, condition(LITTER), SYSTEM, joint=True, handler_officer_id="o-1")
    hear(case, events.on_case_sent_back, BACK)
    desk.file(case, condition(VENDOR), None, None, CLERK, {})
    assert (last(case).joint, last(case).handler_officer_id) == (True, "o-1")
