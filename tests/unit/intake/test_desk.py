"""Rules of the desk: filing, answering, approving, and what is refused in each status."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.common import Place
from contracts.events.acceptance import (
    CaseAnswered,
    CaseFiled,
    FilingAwaited,
    SettlementRecorded,
    VerificationRequested,
)
from contracts.events.supervision import CaseClosed, CaseReopened, DeadlineMoved, SampleFailed
from contracts.registry import FilingCondition
from contracts.transitions import FILED, TABLE
from services.chassis.auth import SYSTEM
from services.chassis.cases import Case
from services.chassis.problems import NotAllowed, NotPossibleNow
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake import events
from services.intake.domain import desk, filing, verification
from services.intake.domain.case import POSSIBLE, IntakeCase, Status
from services.intake.domain.problems import (
    CategoryWithoutCondition,
    ComponentNotMatter,
    ConditionUnknown,
    NotAnswerable,
    PlaceMissing,
    ReportsAttached,
)
from tests.unit.intake.kit import (
    ADVICE,
    BEFORE_AFTER,
    CLERK,
    GRID,
    LITTER,
    NOON,
    OFFICER,
    RESIDENT,
    SECRET,
    SHIFT_LEAD,
    UNLISTED,
    case_at,
    hear,
    last,
    lijin,
    told,
    triaged,
)

LEAD = CLERK.actor()


def condition(condition_id: str = "06010-1") -> FilingCondition:
    return lijin().conditions[condition_id]


def settled() -> Case[IntakeCase]:
    return triaged(condition_id="06010-1", photos=BEFORE_AFTER, settlement={"what_was_done": "已清理"})


def test_filing_what_nobody_has_verified_asks_for_that_first() -> None:
    case = triaged(RESIDENT, category_id=None)
    desk.file(case, condition(), None, None, CLERK, {})
    asked = last(case)
    assert isinstance(asked, VerificationRequested)
    assert asked.requested_by == CLERK.actor(), "who decided that it must be asked has sent it"
    desk.file(case, condition(), None, None, CLERK, {})
    assert told(case).count("VerificationRequested") == 1, "repeating it changes nothing"


def test_what_was_told_in_confidence_is_verified_by_nobody_also_where_it_is_filed_in_the_open() -> None:
    """An officer would be sent to see it and not be told what; the unit that gets it reads what was told."""
    case = triaged(RESIDENT, category_id=SECRET, location=None, address="某巷1号")
    assert case.state.status == "awaiting_filing"
    assert condition().verify_mode == "site"
    desk.file(case, condition(), Place(grid_code=GRID), None, CLERK, {})
    assert isinstance(last(case), CaseFiled)
    assert not last(case).confidential
    assert case.state.task is None


def test_what_others_are_attached_to_does_not_turn_confidential_over_their_heads() -> None:
    """What they told would stay in the open, and tell what it is about."""
    case, other = triaged(photos=[], condition_id="06010-1"), triaged()
    cases = {case.id: case, other.id: other}
    desk.attach(cases, other, case.id, CLERK.actor())
    secret = filing.condition_of(SECRET, None, lijin())
    with pytest.raises(ReportsAttached):
        desk.file(case, secret, None, None, CLERK, {})
    desk.detach(cases, other, "另案", CLERK, {})
    desk.file(case, secret, None, None, CLERK, {})
    assert last(case).confidential


def test_the_desks_time_stands_still_while_it_is_verified() -> None:
    """Asked after ten of its fifteen minutes, answered twenty minutes later: five are left, not fifteen."""
    case = triaged(RESIDENT, category_id=None)
    asked = case_at(NOON + timedelta(minutes=10), case.state, case.id)
    desk.verify(asked, "phone", "几号楼？", CLERK.actor(), {})
    task, said = asked.state.task, last(asked)
    assert task is not None
    assert isinstance(said, VerificationRequested)
    assert said.requested_by == CLERK.actor()
    answered = case_at(NOON + timedelta(minutes=30), asked.state, case.id)
    verification.record_answer(answered, task.task_id, "other", CLERK, open_tasks={})
    assert answered.state.due_at == NOON + timedelta(minutes=35)


def test_a_case_that_waits_already_keeps_its_deadline() -> None:
    """Looking again at what is missing gives nobody more time."""
    case = triaged(RESIDENT, category_id=None)
    due_at = case.state.due_at
    later = case_at(NOON + timedelta(minutes=10), case.state, case.id)
    filing.await_filing(later, decision=True)
    assert last(later).due_at == due_at == NOON + timedelta(minutes=15)


def test_filing_what_our_own_people_reported_files_it() -> None:
    case = triaged(photos=[], condition_id="06010-1")
    desk.file(case, condition(), None, None, CLERK, {})
    assert isinstance(last(case), CaseFiled)
    assert last(case).filed_by.id == "clerk"
    desk.file(case, condition(), None, None, CLERK, {})
    assert told(case).count("CaseFiled") == 1, "repeating it changes nothing"


def test_filing_a_cameras_detection_confirms_its_frame() -> None:
    case = triaged(CLERK, channel="camera", category_id=LITTER)
    desk.file(case, condition(), None, None, CLERK, {})
    assert isinstance(last(case), CaseFiled)


def test_filing_needs_a_place_and_takes_one() -> None:
    case = triaged(location=None, address="利一路", condition_id="06010-1")
    with pytest.raises(PlaceMissing):
        desk.file(case, condition(), None, None, CLERK, {})
    desk.file(case, condition(), Place(grid_code=GRID), None, CLERK, {})
    assert last(case).place.grid_code == GRID


def test_a_condition_must_be_of_the_category() -> None:
    with pytest.raises(ConditionUnknown):
        filing.condition_of(LITTER, "01037-1", lijin())


def test_a_category_without_condition_is_not_filed_and_the_desk_is_told_what_to_choose() -> None:
    for category_id, refusal, says in (
        (UNLISTED, CategoryWithoutCondition, "有立案条件的类别"),
        ("GB47678-5-2026/component/01037", ComponentNotMatter, "GB47678-5-2026/matter/01037"),
    ):
        with pytest.raises(refusal) as raised:
            filing.condition_of(category_id, None, lijin())
        assert says in raised.value.text("zh")


def test_situation_23_an_inquiry_is_answered_and_never_dispatched() -> None:
    case = triaged(CLERK, channel="hotline", category_id=ADVICE, request_type="inquiry", photos=[])
    article = next(iter(lijin().knowledge.values()))
    desk.answer(case, article.id, "", LEAD)
    assert isinstance(last(case), CaseAnswered)
    assert (last(case).answer, case.state.possible) == (article.answer, ("link",))


def test_only_inquiries_are_answered() -> None:
    case = triaged(photos=[])
    with pytest.raises(NotAnswerable) as refused:
        desk.answer(case, None, "好的", LEAD)
    assert {"file", "verify", "not_file"} <= set(refused.value.members["possible"])
    assert "request a verification" in refused.value.text("en")


def test_an_approved_settlement_is_recorded_and_owed_no_more() -> None:
    case = settled()
    desk.decide_settlement(case, approved=True, note="", decided_by=LEAD)
    event = last(case)
    assert isinstance(event, SettlementRecorded)
    assert (event.approved, event.officer_id) == (True, OFFICER.officer_id)
    assert event.sampled == desk.is_sampled(case.id, lijin().settings.sample_rate, lijin().settings.sample_seed)
    assert case.state.possible == ("link",)


def test_what_the_desk_owes_is_due_when_its_clock_says_after_a_calendar_was_announced() -> None:
    """And nothing else of the case moves it, nor anything once it is decided."""
    case = settled()
    before, later = case.state.due_at, NOON + timedelta(days=9)
    moved = DeadlineMoved(clock_id=UUID(int=1), name="settlement", due_at=later, reason="calendar")
    hear(case, events.on_deadline_moved, moved.model_copy(update={"name": "case"}))
    assert case.state.due_at == before
    hear(case, events.on_deadline_moved, moved)
    assert case.state.due_at == later
    desk.decide_settlement(case, approved=True, note="", decided_by=LEAD)
    hear(case, events.on_deadline_moved, moved)
    assert case.state.due_at is None


def test_a_refused_settlement_waits_to_be_filed_without_another_verification() -> None:
    case = settled()
    desk.decide_settlement(case, approved=False, note="照片不清", decided_by=LEAD)
    assert isinstance(last(case), FilingAwaited)
    desk.file(case, condition(), None, None, CLERK, {})
    assert isinstance(last(case), CaseFiled)


def test_situation_19_a_failed_sample_becomes_a_case_its_officer_may_not_recheck() -> None:
    case = settled()
    desk.decide_settlement(case, approved=True, note="", decided_by=LEAD)
    hear(case, events.on_sample_failed, SampleFailed(task_id=UUID(int=1)))
    assert isinstance(last(case), CaseFiled)
    assert last(case).handler_officer_id == OFFICER.officer_id
    assert case.state.status == "filed"
    hear(case, events.on_sample_failed, SampleFailed(task_id=UUID(int=1)))
    assert told(case).count("CaseFiled") == 1


def test_sampling_is_seeded_and_has_the_published_rate() -> None:
    ids = [UUID(int=number * 7919) for number in range(20_000)]
    drawn = [desk.is_sampled(each, 0.05, "gridloop") for each in ids]
    assert drawn == [desk.is_sampled(each, 0.05, "gridloop") for each in ids]
    assert drawn != [desk.is_sampled(each, 0.05, "another seed") for each in ids]
    assert 0.045 < sum(drawn) / len(drawn) < 0.055
    assert not any(desk.is_sampled(each, 0, "gridloop") for each in ids)
    assert all(desk.is_sampled(each, 1, "gridloop") for each in ids)


def test_closed_takes_no_more_reports_and_reopened_does() -> None:
    case = triaged(condition_id="06010-1")
    assert case.state.open
    closed = CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM)
    hear(case, events.on_case_closed, closed)
    assert (case.state.open, case.state.outcome, case.state.ended_at) == (False, "solved", case.now)
    hear(case, events.on_case_reopened, CaseReopened(reason="by_hand", reopened_by=SYSTEM))
    assert case.state.open


def test_ends_without_filing() -> None:
    case = triaged(RESIDENT, condition_id="06010-1")
    filing.not_file(case, "permitted", "有占道许可", LEAD)
    filing.not_file(case, "permitted", "有占道许可", LEAD)
    assert told(case).count("CaseNotFiled") == 1
    withdrawn = triaged(RESIDENT, condition_id="06010-1")
    filing.withdraw(withdrawn, "已解决", LEAD)
    filing.withdraw(withdrawn, "已解决", LEAD)
    assert (withdrawn.state.status, withdrawn.state.task) == ("withdrawn", None)


def test_a_filed_case_is_voided_not_withdrawn() -> None:
    case = triaged(condition_id="06010-1")
    with pytest.raises(NotPossibleNow, match="void"):
        filing.withdraw(case, "撤回", LEAD)
    filing.void(case, "立案有误", LEAD)
    filing.void(case, "立案有误", LEAD)
    assert told(case).count("CaseVoided") == 1


def only_the_shift_lead_files() -> RegistrySnapshot:
    """The district's setting, changed."""
    found = lijin()
    settings = found.settings.model_copy(update={"filing_roles": ("shift_lead",)})
    return dataclasses.replace(found, settings=settings)


def at_a_strict_desk(case: Case[IntakeCase]) -> Case[IntakeCase]:
    return Case(
        case.id,
        case.aggregate,
        case.state,
        service="intake",
        now=NOON,
        district=only_the_shift_lead_files(),
        cause="test",
    )


def test_where_only_the_shift_lead_files_a_clerk_may_have_it_verified_but_not_file_it() -> None:
    """The filing role is a setting of the district: some cities part accepting from filing."""
    case = at_a_strict_desk(triaged(photos=[], condition_id="06010-1"))
    with pytest.raises(NotAllowed, match="shift lead"):
        desk.file(case, condition(), None, None, CLERK, {})
    both = dataclasses.replace(SHIFT_LEAD, roles=frozenset({"intake_clerk", "shift_lead"}))
    desk.file(case, condition(), None, None, both.acting_as("intake_clerk"), {})
    filed = last(case)
    assert isinstance(filed, CaseFiled)
    assert filed.filed_by.role == "shift_lead", "it is that post that lets them file here"
    asked = at_a_strict_desk(triaged(RESIDENT, category_id=None))
    desk.file(asked, condition(), None, None, CLERK, {})
    assert isinstance(last(asked), VerificationRequested), "to ask whether it is true is the clerk's business"


def test_where_only_the_shift_lead_files_what_was_confirmed_waits_for_the_shift_lead() -> None:
    """A confirmation is not a filing; officers' own reports and emergencies are filed as everywhere."""
    case = triaged(RESIDENT, condition_id="06010-1")
    task = case.state.task
    assert task is not None
    strict = at_a_strict_desk(case)
    verification.record_answer(strict, task.task_id, "confirmed", SHIFT_LEAD, note="电话问过", open_tasks={})
    assert (type(last(strict)), strict.state.status) == (FilingAwaited, "awaiting_filing")
    desk.file(strict, condition(), None, None, SHIFT_LEAD, {})
    assert strict.state.status == "filed"


@pytest.mark.parametrize("status", POSSIBLE)
def test_what_the_desk_offers_is_what_the_table_of_transitions_allows(status: Status) -> None:
    """One table for every service: intake's list of what is possible names the actions of its rows, and those from
    which no status follows; undoing a split is attaching.
    """
    standing = FILED if status == "filed" else (status,)
    rows = {row.action for row in TABLE if row.owner == "intake" and set(standing) & set(row.before) and row.action}
    assert set(POSSIBLE[status]) - {"link", "split", "unsplit"} == rows


def test_a_refusal_says_in_words_what_is_possible() -> None:
    """In the words of the table, in both languages."""
    refused = NotPossibleNow("awaiting_filing", POSSIBLE["awaiting_filing"])
    assert (
        refused.text("zh")
        == "现在是“待立案”，不能这样做。现在可以：立案、下达核实、不予立案、答复、撤回、并案、关联、拆分、撤销拆分、退回上级平台。"
    )
    assert refused.text("en").startswith(
        "Not possible in the status “Awaiting filing”. Possible now: file, request a verification,"
    )
    assert refused.body("en")["status"] == 409


def test_whatever_the_table_does_not_allow_is_refused_with_what_is_possible() -> None:
    case = triaged(condition_id="06010-1")
    refused = NotPossibleNow
    for step in (
        lambda: desk.file(case, condition("06012-1"), None, None, CLERK, {}),
        lambda: desk.verify(case, "site", "", CLERK.actor(), {}),
        lambda: desk.answer(case, None, "x", LEAD),
        lambda: desk.decide_settlement(case, approved=True, note="", decided_by=LEAD),
        lambda: filing.not_file(case, "not_ours", "", LEAD),
    ):
        with pytest.raises(refused) as problem:
            step()
        assert problem.value.members["possible"] == [each for each in POSSIBLE["filed"] if each != "unsplit"]


def test_verify_sends_it_to_the_street_or_the_phone() -> None:
    for mode in ("site", "phone"):
        case = triaged(RESIDENT, category_id=None)
        desk.verify(case, mode, "几楼？", CLERK.actor(), {})
        assert (last(case).mode, last(case).question) == (mode, "几楼？")
        desk.verify(case, mode, "几楼？", CLERK.actor(), {})
        assert told(case).count("VerificationRequested") == 1
