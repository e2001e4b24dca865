"""Rules of attaching: two events in one transaction, no chains, undone when wrong."""

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
from tests.unit.intake.kit import (
    CLERK,
    LITTER,
    NOON,
    OFFICER,
    RESIDENT,
    SHIFT_LEAD,
    case_at,
    last,
    report,
    told,
    triaged,
)

CONDITION = "06010-1"


def together(*cases: Case[IntakeCase]) -> IntakeCases:
    return {case.id: case for case in cases}


def test_sure_at_triage_the_report_follows_its_host_and_is_nothing_of_its_own() -> None:
    host, case = triaged(condition_id=CONDITION), report(RESIDENT)
    triage(together(host, case), case, Verdict(host=host.id), {})
    assert told(case) == ["ReportReceived", "CaseAttached"]
    joined = last(host)
    assert isinstance(joined, ReportJoined)
    assert (joined.attached_case_id, joined.report_id) == (case.id, case.state.received_report.report_id)
    assert (case.state.status, case.state.possible) == ("attached", ("detach", "link"))


def test_the_host_is_locked_too() -> None:
    case, host_id = report(RESIDENT), uuid4()
    with pytest.raises(MoreCasesNeeded) as need:
        triage(together(case), case, Verdict(host=host_id), {})
    assert need.value.ids == {host_id}


def test_a_host_that_was_attached_meanwhile_leads_to_its_own_host() -> None:
    host, middle, case = triaged(condition_id=CONDITION), report(), report(RESIDENT)
    attachments.attach(together(host, middle), middle, host.id, "by_hand", SYSTEM)
    triage(together(host, middle, case), case, Verdict(host=middle.id), {})
    assert case.state.attached_to == host.id


def test_a_host_that_ended_meanwhile_is_none() -> None:
    host, case = triaged(RESIDENT, condition_id=CONDITION), report(condition_id=CONDITION)
    filing.withdraw(host, "x", SYSTEM)
    triage(together(host, case), case, Verdict(host=host.id), {})
    assert isinstance(last(case), CaseFiled)


def test_what_had_joined_moves_on_so_that_no_chain_forms() -> None:
    first, second, third = triaged(condition_id=CONDITION), triaged(condition_id=CONDITION), report(RESIDENT)
    everyone = together(first, second, third)
    attachments.attach(everyone, third, second.id, "by_hand", SYSTEM)
    desk.attach(everyone, second, first.id, SYSTEM)
    assert (second.state.attached_to, third.state.attached_to) == (first.id, first.id)
    assert {each.case_id for each in first.state.joined} == {second.id, third.id}
    assert second.state.joined == []
    attached = [each.event for each in second.emitted if isinstance(each.event, CaseAttached)]
    assert attached[-1].rule == "merged"


def test_nobody_is_attached_to_himself_to_somebody_attached_or_to_nobody() -> None:
    host, middle, case = triaged(condition_id=CONDITION), report(), triaged(RESIDENT, condition_id=CONDITION)
    everyone = together(host, middle, case)
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
        desk.attach(together(case, nobody), case, nobody.id, SYSTEM)


def test_whoever_reported_an_attached_report_does_not_verify_its_host() -> None:
    """They have a part in it from then on, by post and by account, and no more once it was detached again."""
    host, case = triaged(RESIDENT, condition_id=CONDITION), triaged(condition_id=CONDITION)
    assert host.state.task is not None
    assert verifiers.is_listed_for(host.state, OFFICER, host.district)
    everyone = together(host, case)
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


def test_whoever_has_the_verification_and_turns_out_to_have_reported_it_too_has_it_no_more() -> None:
    """It goes on by itself, at once, and says why; what they answer after that is refused with whose it is now."""
    host, own = triaged(RESIDENT, condition_id=CONDITION), triaged(condition_id=CONDITION)
    task = host.state.task
    assert task is not None
    assert task.officer_id == own.state.received_report.reported_by.officer_id
    everyone = together(host, own)
    desk.attach(everyone, own, host.id, SYSTEM)
    said = last(host)
    assert isinstance(said, VerificationPassedOn)
    assert (said.officer_id, said.reason, said.note, said.passed_on_by) == (task.officer_id, "reported", "", SYSTEM)
    assert verification.assign_waiting(host, {}) not in (None, task.officer_id)
    with pytest.raises(ReportedByYou) as refused:
        verification.record_answer(host, task.task_id, "confirmed", OFFICER, open_tasks={})
    assert host.state.task is not None
    assert refused.value.members["officer_id"] == host.state.task.officer_id
    with pytest.raises(NotYourTask):
        verification.pass_on(host, task.task_id, "不能核实", OFFICER, {})
    desk.detach(everyone, own, "另一处", SHIFT_LEAD, {})
    verification.assign(host, task.task_id, task.officer_id or "", SHIFT_LEAD)
    assert host.state.task.officer_id == task.officer_id, "what was detached is nobody's hindrance"


def test_nor_where_it_comes_with_another_case_or_is_a_part_that_was_split_off() -> None:
    """A whole case is merged with the reports attached to it; a part follows again the case it came from."""
    host, between, own = triaged(RESIDENT, condition_id=CONDITION), triaged(RESIDENT), triaged(condition_id=CONDITION)
    everyone = together(host, between, own)
    attachments.attach(everyone, own, between.id, "by_hand", SYSTEM)
    assert "VerificationPassedOn" not in told(host)
    for rule in ("by_hand", "split_undone"):
        attachments.attach(everyone, between, host.id, rule, SYSTEM)
        assert told(host).count("VerificationPassedOn") == 1
        assert host.state.task is not None
        assert host.state.task.officer_id is None


def test_a_report_of_somebody_else_leaves_the_verification_where_it_is() -> None:
    host, other = triaged(RESIDENT, condition_id=CONDITION), triaged(RESIDENT, condition_id=CONDITION)
    before = host.state.task
    desk.attach(together(host, other), other, host.id, SYSTEM)
    assert host.state.task == before
    assert "VerificationPassedOn" not in told(host)


def test_attaching_twice_changes_nothing() -> None:
    host, case = triaged(condition_id=CONDITION), triaged(RESIDENT, condition_id=CONDITION)
    desk.attach(together(host, case), case, host.id, SYSTEM)
    desk.attach(together(host, case), case, host.id, SYSTEM)
    assert told(case).count("CaseAttached") == 1
    assert len(host.state.joined) == 1


def test_detached_it_goes_on_where_it_was() -> None:
    host = triaged(condition_id=CONDITION)
    fresh, filed = report(RESIDENT, condition_id=CONDITION), triaged(condition_id=CONDITION)
    everyone = together(host, fresh, filed)
    triage(everyone, fresh, Verdict(host=host.id), {})
    desk.attach(everyone, filed, host.id, SYSTEM)
    desk.detach(everyone, fresh, "另一处", CLERK, {})
    assert isinstance(last(host), ReportLeft)
    assert isinstance(last(fresh), VerificationRequested)
    desk.detach(everyone, filed, "另一处", CLERK, {})
    assert (type(last(filed)), filed.state.status) == (CaseDetached, "filed"), "the others bring back what was taken"
    assert told(filed).count("CaseFiled") == 1
    assert host.state.joined == []
    with pytest.raises(CaseUnknown):
        desk.detach(together(case_at()), case_at(), "x", CLERK, {})


def test_what_is_settled_cannot_be_attached() -> None:
    host, case = triaged(condition_id=CONDITION), triaged(photos=[], request_type="inquiry")
    desk.answer(case, None, "好", SYSTEM)
    with pytest.raises(NotPossibleNow):
        desk.attach(together(host, case), case, host.id, SYSTEM)


def test_links_are_known_on_both_sides_once() -> None:
    parent, child = triaged(condition_id=CONDITION), triaged(condition_id=CONDITION)
    everyone = together(parent, child)
    for _ in range(2):
        desk.link(everyone, parent, "child", child.id, {})
    assert (last(parent).relation, last(child).relation) == ("child", "parent")
    assert told(parent).count("CaseLinked") == 1
    link = child.state.parent()
    assert link is not None
    assert link.case_id == parent.id


def test_situation_6_two_cases_after_all_linking_them_lets_the_second_go_on() -> None:
    first, second = triaged(condition_id=CONDITION), report(RESIDENT, condition_id=CONDITION)
    near = ComparableReport(first.id, first.state.received_report.case_number, LITTER, None, None, None, NOON, NOON)
    triage(together(second), second, Verdict(suggested=near), {})
    assert second.state.status == "awaiting_filing"
    desk.link(together(first, second), second, "related", first.id, {})
    assert isinstance(last(second), VerificationRequested)
    assert second.state.possible_duplicate_of is None


def test_a_recurrence_is_linked_and_goes_its_own_way() -> None:
    before, again = triaged(condition_id=CONDITION), report(condition_id=CONDITION)
    triage(together(before, again), again, Verdict(recurrences=(before.id,)), {})
    assert told(again) == ["ReportReceived", "CaseLinked", "CaseFiled"]
    assert last(before).relation == "recurrence"


@pytest.mark.parametrize("real_is_host", [True, False])
def test_an_exercise_and_what_is_real_are_neither_joined_nor_linked(real_is_host: bool) -> None:
    """A real case that followed an exercise would be handled by nobody."""
    real, drill = triaged(condition_id=CONDITION), triaged(SHIFT_LEAD, mode="exercise", channel="walk_in", photos=[])
    case, host = (drill, real) if real_is_host else (real, drill)
    for refused in (
        lambda: desk.attach(together(real, drill), case, host.id, SYSTEM),
        lambda: desk.link(together(real, drill), case, "related", host.id, {}),
    ):
        with pytest.raises(HostUnsuitable) as caught:
            refused()
        assert caught.value.members["why"] == "mode"
    attachments.link_named_case(together(real, drill), case, NamedLink(relation="related", case_id=host.id))
    assert (case.state.links, host.state.joined) == ([], [])


def test_what_a_merge_brought_along_comes_back_when_it_is_undone() -> None:
    """Unless somebody has meanwhile said otherwise about it."""
    host, merged, follower, gone = triaged(condition_id=CONDITION), report(), report(RESIDENT), report(RESIDENT)
    everyone = together(host, merged, follower, gone)
    for each in (follower, gone):
        attachments.attach(everyone, each, merged.id, "by_hand", SYSTEM)
    attachments.attach(everyone, merged, host.id, "by_hand", SYSTEM)
    desk.detach(everyone, gone, "不是一件事", CLERK, {})
    desk.detach(everyone, merged, "不是一件事", CLERK, {})
    assert (follower.state.attached_to, gone.state.attached_to) == (merged.id, None)
    assert [each.case_id for each in merged.state.joined] == [follower.id]
    assert host.state.joined == []
    assert merged.state.moved_followers == []


def test_when_the_first_reporter_takes_it_back_the_others_go_on() -> None:
    """The first that had joined stands alone again, which the others follow: nobody else's report is lost."""
    host, second, third = triaged(RESIDENT, photos=[]), report(RESIDENT), report(RESIDENT)
    everyone = together(host, second, third)
    for each in (second, third):
        triage(everyone, each, Verdict(host=host.id), {})
    for _ in range(2):
        desk.withdraw(everyone, host, "已解决", RESIDENT.actor(), {})
    assert told(host)[-3:] == ["ReportLeft", "ReportLeft", "CaseWithdrawn"]
    assert (host.state.status, host.state.joined) == ("withdrawn", [])
    assert "VerificationRequested" in told(second)
    assert second.state.status == "verifying"
    assert (third.state.status, third.state.attached_to) == ("attached", second.id)
