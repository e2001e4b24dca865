"""Attachments of reports and cases: both sides change in one transaction, chains are avoided, and all can be undone."""

from __future__ import annotations

from uuid import uuid4

import pytest

from contracts.events.acceptance import (
    CaseAttached,
    CaseDetached,
    CaseFiled,
    ReportJoined,
    ReportLeft,
    VerificationPassedOn,
    VerificationRequested,
)
from services.chassis.auth import SYSTEM
from services.chassis.cases import Case, MoreCasesNeeded
from services.chassis.problems import NotPossibleNow
from services.intake.domain import attachments, desk, filing, verification, verifiers
from services.intake.domain.case import IntakeCase, IntakeCases, NamedLink
from services.intake.domain.duplicates import ComparableReport, Verdict
from services.intake.domain.problems import CaseUnknown, HostUnsuitable, NotYourTask, OfficerUnsuitable, ReportedByYou
from services.intake.domain.triage import triage
from tests.unit.intake.sample_cases import case_at, event_names, last_event, reported_case, triaged_case
from tests.unit.intake.sample_district import CLERK, LITTER, NOON, OFFICER, RESIDENT, SHIFT_LEAD

CONDITION = "06010-1"


def by_id(*cases: Case[IntakeCase]) -> IntakeCases:
    return {case.id: case for case in cases}


def test_a_certain_duplicate_is_attached_at_triage() -> None:
    host, case = triaged_case(condition_id=CONDITION), reported_case(RESIDENT)
    triage(by_id(host, case), case, Verdict(host=host.id), {})
    assert event_names(case) == ["ReportReceived", "CaseAttached"]
    joined = last_event(host)
    assert isinstance(joined, ReportJoined)
    assert (joined.attached_case_id, joined.report_id) == (case.id, case.state.received_report.report_id)
    assert (case.state.status, case.state.possible) == ("attached", ("detach", "link"))


def test_the_host_is_locked_too() -> None:
    case, host_id = reported_case(RESIDENT), uuid4()
    with pytest.raises(MoreCasesNeeded) as need:
        triage(by_id(case), case, Verdict(host=host_id), {})
    assert need.value.ids == {host_id}


def test_a_report_for_an_attached_host_is_attached_to_the_host_of_that_host() -> None:
    host, middle, case = triaged_case(condition_id=CONDITION), reported_case(), reported_case(RESIDENT)
    attachments.attach(by_id(host, middle), middle, host.id, "by_hand", SYSTEM)
    triage(by_id(host, middle, case), case, Verdict(host=middle.id), {})
    assert case.state.attached_to == host.id


def test_a_host_that_has_ended_is_ignored() -> None:
    host, case = triaged_case(RESIDENT, condition_id=CONDITION), reported_case(condition_id=CONDITION)
    filing.withdraw(host, "x", SYSTEM)
    triage(by_id(host, case), case, Verdict(host=host.id), {})
    assert isinstance(last_event(case), CaseFiled)


def test_followers_move_to_the_new_host_so_that_no_chain_forms() -> None:
    first, second, third = (
        triaged_case(condition_id=CONDITION),
        triaged_case(condition_id=CONDITION),
        reported_case(RESIDENT),
    )
    everyone = by_id(first, second, third)
    attachments.attach(everyone, third, second.id, "by_hand", SYSTEM)
    desk.attach(everyone, second, first.id, SYSTEM)
    assert (second.state.attached_to, third.state.attached_to) == (first.id, first.id)
    assert {each.case_id for each in first.state.joined} == {second.id, third.id}
    assert second.state.joined == []
    attached = [each.event for each in second.emitted if isinstance(each.event, CaseAttached)]
    assert attached[-1].rule == "merged"


def test_an_unsuitable_host_is_refused_with_the_alternative() -> None:
    host, middle, case = (
        triaged_case(condition_id=CONDITION),
        reported_case(),
        triaged_case(RESIDENT, condition_id=CONDITION),
    )
    everyone = by_id(host, middle, case)
    attachments.attach(everyone, middle, host.id, "by_hand", SYSTEM)
    for unsuitable, why, instead in (
        (case.id, "same", "Choose another case"),
        (middle.id, "attached", f"Attach this case to {host.state.received_report.case_number}"),
    ):
        with pytest.raises(HostUnsuitable) as refused:
            desk.attach(everyone, case, unsuitable, SYSTEM)
        assert (refused.value.members["why"], refused.value.members["instead"]) == (why, instead)
        assert refused.value.text("zh") != refused.value.text("en")
    nobody = case_at()
    with pytest.raises(CaseUnknown):
        desk.attach(by_id(case, nobody), case, nobody.id, SYSTEM)


def test_the_reporter_of_an_attached_report_does_not_verify_its_host() -> None:
    """This holds by officer id and by account, and ends when the report is detached."""
    host, case = triaged_case(RESIDENT, condition_id=CONDITION), triaged_case(condition_id=CONDITION)
    assert host.state.task is not None
    assert verifiers.is_listed_for(host.state, OFFICER, host.district)
    everyone = by_id(host, case)
    desk.attach(everyone, case, host.id, SYSTEM)
    joined = next(each.event for each in host.emitted if isinstance(each.event, ReportJoined))
    assert joined.reporter_officer_id == OFFICER.officer_id
    assert not verifiers.is_listed_for(host.state, OFFICER, host.district)
    with pytest.raises(ReportedByYou):
        verification.record_answer(host, host.state.task.task_id, "confirmed", OFFICER, open_tasks={})
    with pytest.raises(OfficerUnsuitable):
        verification.assign(host, host.state.task.task_id, OFFICER.officer_id or "", SHIFT_LEAD)
    desk.detach(everyone, case, "", SHIFT_LEAD, {})
    assert verifiers.is_listed_for(host.state, OFFICER, host.district)


def test_a_verifier_who_turns_out_to_be_a_reporter_loses_the_task() -> None:
    """The task is passed on at once with the reason; a later answer of the former verifier is refused."""
    host, own = triaged_case(RESIDENT, condition_id=CONDITION), triaged_case(condition_id=CONDITION)
    task = host.state.task
    assert task is not None
    assert task.officer_id == own.state.received_report.reported_by.officer_id
    everyone = by_id(host, own)
    desk.attach(everyone, own, host.id, SYSTEM)
    event = last_event(host)
    assert isinstance(event, VerificationPassedOn)
    assert (event.officer_id, event.reason, event.note, event.passed_on_by) == (
        task.officer_id,
        "reported",
        "",
        SYSTEM,
    )
    assert verification.assign_waiting(host, {}) not in (None, task.officer_id)
    with pytest.raises(ReportedByYou) as refused:
        verification.record_answer(host, task.task_id, "confirmed", OFFICER, open_tasks={})
    assert host.state.task is not None
    assert refused.value.members["officer_id"] == host.state.task.officer_id
    with pytest.raises(NotYourTask):
        verification.pass_on(host, task.task_id, "不能核实", OFFICER, {})
    desk.detach(everyone, own, "另一处", SHIFT_LEAD, {})
    verification.assign(host, task.task_id, task.officer_id or "", SHIFT_LEAD)
    assert host.state.task.officer_id == task.officer_id, "after detaching, the officer may verify again"


def test_a_verifier_loses_the_task_when_a_followed_or_split_report_is_attached() -> None:
    """A whole case may be merged with its followers, or a part returned to its origin."""
    host, between, own = (
        triaged_case(RESIDENT, condition_id=CONDITION),
        triaged_case(RESIDENT),
        triaged_case(condition_id=CONDITION),
    )
    everyone = by_id(host, between, own)
    attachments.attach(everyone, own, between.id, "by_hand", SYSTEM)
    assert "VerificationPassedOn" not in event_names(host)
    for rule in ("by_hand", "split_undone"):
        attachments.attach(everyone, between, host.id, rule, SYSTEM)
        assert event_names(host).count("VerificationPassedOn") == 1
        assert host.state.task is not None
        assert host.state.task.officer_id is None


def test_a_report_of_another_person_does_not_change_the_verification() -> None:
    host, other = triaged_case(RESIDENT, condition_id=CONDITION), triaged_case(RESIDENT, condition_id=CONDITION)
    before = host.state.task
    desk.attach(by_id(host, other), other, host.id, SYSTEM)
    assert host.state.task == before
    assert "VerificationPassedOn" not in event_names(host)


def test_attaching_twice_changes_nothing() -> None:
    host, case = triaged_case(condition_id=CONDITION), triaged_case(RESIDENT, condition_id=CONDITION)
    desk.attach(by_id(host, case), case, host.id, SYSTEM)
    desk.attach(by_id(host, case), case, host.id, SYSTEM)
    assert event_names(case).count("CaseAttached") == 1
    assert len(host.state.joined) == 1


def test_a_detached_case_continues_where_it_was() -> None:
    host = triaged_case(condition_id=CONDITION)
    fresh, filed = reported_case(RESIDENT, condition_id=CONDITION), triaged_case(condition_id=CONDITION)
    everyone = by_id(host, fresh, filed)
    triage(everyone, fresh, Verdict(host=host.id), {})
    desk.attach(everyone, filed, host.id, SYSTEM)
    desk.detach(everyone, fresh, "另一处", CLERK, {})
    assert isinstance(last_event(host), ReportLeft)
    assert isinstance(last_event(fresh), VerificationRequested)
    desk.detach(everyone, filed, "另一处", CLERK, {})
    assert (type(last_event(filed)), filed.state.status) == (CaseDetached, "filed"), (
        "the other services restore the rest"
    )
    assert event_names(filed).count("CaseFiled") == 1
    assert host.state.joined == []
    with pytest.raises(CaseUnknown):
        desk.detach(by_id(case_at()), case_at(), "x", CLERK, {})


def test_an_answered_case_cannot_be_attached() -> None:
    host, case = triaged_case(condition_id=CONDITION), triaged_case(photos=[], request_type="inquiry")
    desk.answer(case, None, "好", SYSTEM)
    with pytest.raises(NotPossibleNow):
        desk.attach(by_id(host, case), case, host.id, SYSTEM)


def test_a_link_is_recorded_once_on_both_sides() -> None:
    parent, child = triaged_case(condition_id=CONDITION), triaged_case(condition_id=CONDITION)
    everyone = by_id(parent, child)
    for _ in range(2):
        desk.link(everyone, parent, "child", child.id, {})
    assert (last_event(parent).relation, last_event(child).relation) == ("child", "parent")
    assert event_names(parent).count("CaseLinked") == 1
    link = child.state.parent()
    assert link is not None
    assert link.case_id == parent.id


def test_situation_6_linking_a_suggested_duplicate_lets_it_continue() -> None:
    first, second = triaged_case(condition_id=CONDITION), reported_case(RESIDENT, condition_id=CONDITION)
    near = ComparableReport(first.id, first.state.received_report.case_number, LITTER, None, None, None, NOON, NOON)
    triage(by_id(second), second, Verdict(suggested=near), {})
    assert second.state.status == "awaiting_filing"
    desk.link(by_id(first, second), second, "related", first.id, {})
    assert isinstance(last_event(second), VerificationRequested)
    assert second.state.possible_duplicate_of is None


def test_a_recurrence_is_linked_and_handled_separately() -> None:
    before, again = triaged_case(condition_id=CONDITION), reported_case(condition_id=CONDITION)
    triage(by_id(before, again), again, Verdict(recurrences=(before.id,)), {})
    assert event_names(again) == ["ReportReceived", "CaseLinked", "CaseFiled"]
    assert last_event(before).relation == "recurrence"


@pytest.mark.parametrize("real_is_host", [True, False])
def test_an_exercise_and_an_actual_case_are_neither_attached_nor_linked(real_is_host: bool) -> None:
    """Otherwise nobody would handle an actual case that follows an exercise."""
    real, exercise = (
        triaged_case(condition_id=CONDITION),
        triaged_case(SHIFT_LEAD, mode="exercise", channel="walk_in", photos=[]),
    )
    case, host = (exercise, real) if real_is_host else (real, exercise)
    for refused in (
        lambda: desk.attach(by_id(real, exercise), case, host.id, SYSTEM),
        lambda: desk.link(by_id(real, exercise), case, "related", host.id, {}),
    ):
        with pytest.raises(HostUnsuitable) as caught:
            refused()
        assert caught.value.members["why"] == "mode"
    attachments.link_named_case(by_id(real, exercise), case, NamedLink(relation="related", case_id=host.id))
    assert (case.state.links, host.state.joined) == ([], [])


def test_undoing_a_merge_restores_its_followers() -> None:
    """A follower that was detached meanwhile stays detached."""
    host, merged, follower, gone = (
        triaged_case(condition_id=CONDITION),
        reported_case(),
        reported_case(RESIDENT),
        reported_case(RESIDENT),
    )
    everyone = by_id(host, merged, follower, gone)
    for each in (follower, gone):
        attachments.attach(everyone, each, merged.id, "by_hand", SYSTEM)
    attachments.attach(everyone, merged, host.id, "by_hand", SYSTEM)
    desk.detach(everyone, gone, "不是一件事", CLERK, {})
    desk.detach(everyone, merged, "不是一件事", CLERK, {})
    assert (follower.state.attached_to, gone.state.attached_to) == (merged.id, None)
    assert [each.case_id for each in merged.state.joined] == [follower.id]
    assert host.state.joined == []
    assert merged.state.moved_followers == []


def test_when_the_host_is_withdrawn_its_first_follower_becomes_the_host() -> None:
    """No other report is lost."""
    host, second, third = triaged_case(RESIDENT, photos=[]), reported_case(RESIDENT), reported_case(RESIDENT)
    everyone = by_id(host, second, third)
    for each in (second, third):
        triage(everyone, each, Verdict(host=host.id), {})
    for _ in range(2):
        desk.withdraw(everyone, host, "已解决", RESIDENT.actor(), {})
    assert event_names(host)[-3:] == ["ReportLeft", "ReportLeft", "CaseWithdrawn"]
    assert (host.state.status, host.state.joined) == ("withdrawn", [])
    assert "VerificationRequested" in event_names(second)
    assert second.state.status == "verifying"
    assert (third.state.status, third.state.attached_to) == ("attached", second.id)
