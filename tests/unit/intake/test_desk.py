"""The desk: filing, answering, settlements, and what each status refuses."""

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
from tests.unit.intake.sample_cases import BEFORE_AFTER, apply_event, case_at, event_names, last_event, triaged_case
from tests.unit.intake.sample_district import (
    ADVICE,
    CLERK,
    GRID,
    LITTER,
    NOON,
    OFFICER,
    RESIDENT,
    SECRET,
    SHIFT_LEAD,
    UNLISTED,
    lijin,
)

ACTOR = CLERK.actor()


def condition(condition_id: str = "06010-1") -> FilingCondition:
    return lijin().conditions[condition_id]


def settled_case() -> Case[IntakeCase]:
    return triaged_case(condition_id="06010-1", photos=BEFORE_AFTER, settlement={"what_was_done": "已清理"})


def test_filing_an_unverified_report_requests_a_verification_first() -> None:
    case = triaged_case(RESIDENT, category_id=None)
    desk.file(case, condition(), None, None, CLERK, {})
    asked = last_event(case)
    assert isinstance(asked, VerificationRequested)
    assert asked.requested_by == CLERK.actor(), "the clerk requested the verification"
    desk.file(case, condition(), None, None, CLERK, {})
    assert event_names(case).count("VerificationRequested") == 1, "repeating it changes nothing"


def test_a_confidential_report_filed_as_an_ordinary_case_is_not_verified() -> None:
    """The officer could not be told what to look for; the unit reads the confidential details."""
    case = triaged_case(RESIDENT, category_id=SECRET, location=None, address="某巷1号")
    assert case.state.status == "awaiting_filing"
    assert condition().verify_mode == "site"
    desk.file(case, condition(), Place(grid_code=GRID), None, CLERK, {})
    assert isinstance(last_event(case), CaseFiled)
    assert not last_event(case).confidential
    assert case.state.task is None


def test_a_case_with_attached_reports_cannot_become_confidential() -> None:
    """The attached reports would stay readable."""
    case, other = triaged_case(photos=[], condition_id="06010-1"), triaged_case()
    cases = {case.id: case, other.id: other}
    desk.attach(cases, other, case.id, CLERK.actor())
    secret = filing.condition_of(SECRET, None, lijin())
    with pytest.raises(ReportsAttached):
        desk.file(case, secret, None, None, CLERK, {})
    desk.detach(cases, other, "另案", CLERK, {})
    desk.file(case, secret, None, None, CLERK, {})
    assert last_event(case).confidential


def test_the_desks_deadline_pauses_during_verification() -> None:
    """Requested after ten of fifteen minutes and answered twenty minutes later, five minutes remain."""
    case = triaged_case(RESIDENT, category_id=None)
    asked = case_at(NOON + timedelta(minutes=10), case.state, case.id)
    desk.verify(asked, "phone", "几号楼？", CLERK.actor(), {})
    task, said = asked.state.task, last_event(asked)
    assert task is not None
    assert isinstance(said, VerificationRequested)
    assert said.requested_by == CLERK.actor()
    answered = case_at(NOON + timedelta(minutes=30), asked.state, case.id)
    verification.record_answer(answered, task.task_id, "other", CLERK, open_tasks={})
    assert answered.state.due_at == NOON + timedelta(minutes=35)


def test_a_waiting_case_keeps_its_deadline() -> None:
    """Looking again at what is missing gives nobody more time."""
    case = triaged_case(RESIDENT, category_id=None)
    due_at = case.state.due_at
    later = case_at(NOON + timedelta(minutes=10), case.state, case.id)
    filing.await_filing(later, decision=True)
    assert last_event(later).due_at == due_at == NOON + timedelta(minutes=15)


def test_filing_a_report_of_our_own_staff_files_it() -> None:
    case = triaged_case(photos=[], condition_id="06010-1")
    desk.file(case, condition(), None, None, CLERK, {})
    assert isinstance(last_event(case), CaseFiled)
    assert last_event(case).filed_by.id == "clerk"
    desk.file(case, condition(), None, None, CLERK, {})
    assert event_names(case).count("CaseFiled") == 1, "repeating it changes nothing"


def test_filing_a_camera_report_confirms_its_frame() -> None:
    case = triaged_case(CLERK, channel="camera", category_id=LITTER)
    desk.file(case, condition(), None, None, CLERK, {})
    assert isinstance(last_event(case), CaseFiled)


def test_filing_needs_a_place() -> None:
    case = triaged_case(location=None, address="利一路", condition_id="06010-1")
    with pytest.raises(PlaceMissing):
        desk.file(case, condition(), None, None, CLERK, {})
    desk.file(case, condition(), Place(grid_code=GRID), None, CLERK, {})
    assert last_event(case).place.grid_code == GRID


def test_a_condition_must_belong_to_the_category() -> None:
    with pytest.raises(ConditionUnknown):
        filing.condition_of(LITTER, "01037-1", lijin())


def test_a_category_without_condition_is_refused_with_the_alternative() -> None:
    for category_id, refusal, says in (
        (UNLISTED, CategoryWithoutCondition, "有立案条件的类别"),
        ("GB47678-5-2026/component/01037", ComponentNotMatter, "GB47678-5-2026/matter/01037"),
    ):
        with pytest.raises(refusal) as raised:
            filing.condition_of(category_id, None, lijin())
        assert says in raised.value.text("zh")


def test_situation_23_an_inquiry_is_answered_and_never_dispatched() -> None:
    case = triaged_case(CLERK, channel="hotline", category_id=ADVICE, request_type="inquiry", photos=[])
    article = next(iter(lijin().knowledge.values()))
    desk.answer(case, article.id, "", ACTOR)
    assert isinstance(last_event(case), CaseAnswered)
    assert (last_event(case).answer, case.state.possible) == (article.answer, ("link",))


def test_only_inquiries_are_answered() -> None:
    case = triaged_case(photos=[])
    with pytest.raises(NotAnswerable) as refused:
        desk.answer(case, None, "好的", ACTOR)
    assert {"file", "verify", "not_file"} <= set(refused.value.members["possible"])
    assert "request a verification" in refused.value.text("en")


def test_an_approved_settlement_is_recorded_and_finished() -> None:
    case = settled_case()
    desk.decide_settlement(case, approved=True, note="", decided_by=ACTOR)
    event = last_event(case)
    assert isinstance(event, SettlementRecorded)
    assert (event.approved, event.officer_id) == (True, OFFICER.officer_id)
    assert event.sampled == desk.is_sampled(case.id, lijin().settings.sample_rate, lijin().settings.sample_seed)
    assert case.state.possible == ("link",)


def test_the_desks_deadline_moves_with_an_announced_calendar() -> None:
    """Only the event about its own clock moves it, and only while it is open."""
    case = settled_case()
    before, later = case.state.due_at, NOON + timedelta(days=9)
    moved = DeadlineMoved(clock_id=UUID(int=1), name="settlement", due_at=later, reason="calendar")
    apply_event(case, events.on_deadline_moved, moved.model_copy(update={"name": "case"}))
    assert case.state.due_at == before
    apply_event(case, events.on_deadline_moved, moved)
    assert case.state.due_at == later
    desk.decide_settlement(case, approved=True, note="", decided_by=ACTOR)
    apply_event(case, events.on_deadline_moved, moved)
    assert case.state.due_at is None


def test_a_refused_settlement_is_filed_without_another_verification() -> None:
    case = settled_case()
    desk.decide_settlement(case, approved=False, note="照片不清", decided_by=ACTOR)
    assert isinstance(last_event(case), FilingAwaited)
    desk.file(case, condition(), None, None, CLERK, {})
    assert isinstance(last_event(case), CaseFiled)


def test_situation_19_a_failed_sample_becomes_a_case_with_its_officer_as_handler() -> None:
    case = settled_case()
    desk.decide_settlement(case, approved=True, note="", decided_by=ACTOR)
    apply_event(case, events.on_sample_failed, SampleFailed(task_id=UUID(int=1)))
    assert isinstance(last_event(case), CaseFiled)
    assert last_event(case).handler_officer_id == OFFICER.officer_id
    assert case.state.status == "filed"
    apply_event(case, events.on_sample_failed, SampleFailed(task_id=UUID(int=1)))
    assert event_names(case).count("CaseFiled") == 1


def test_sampling_is_seeded_and_has_the_published_rate() -> None:
    ids = [UUID(int=number * 7919) for number in range(20_000)]
    drawn = [desk.is_sampled(each, 0.05, "gridloop") for each in ids]
    assert drawn == [desk.is_sampled(each, 0.05, "gridloop") for each in ids]
    assert drawn != [desk.is_sampled(each, 0.05, "another seed") for each in ids]
    assert 0.045 < sum(drawn) / len(drawn) < 0.055
    assert not any(desk.is_sampled(each, 0, "gridloop") for each in ids)
    assert all(desk.is_sampled(each, 1, "gridloop") for each in ids)


def test_a_closed_case_accepts_no_reports_until_it_is_reopened() -> None:
    case = triaged_case(condition_id="06010-1")
    assert case.state.open
    closed = CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM)
    apply_event(case, events.on_case_closed, closed)
    assert (case.state.open, case.state.outcome, case.state.ended_at) == (False, "solved", case.now)
    apply_event(case, events.on_case_reopened, CaseReopened(reason="by_hand", reopened_by=SYSTEM))
    assert case.state.open


def test_a_report_can_end_as_not_filed_or_withdrawn() -> None:
    case = triaged_case(RESIDENT, condition_id="06010-1")
    filing.not_file(case, "permitted", "有占道许可", ACTOR)
    filing.not_file(case, "permitted", "有占道许可", ACTOR)
    assert event_names(case).count("CaseNotFiled") == 1
    withdrawn = triaged_case(RESIDENT, condition_id="06010-1")
    filing.withdraw(withdrawn, "已解决", ACTOR)
    filing.withdraw(withdrawn, "已解决", ACTOR)
    assert (withdrawn.state.status, withdrawn.state.task) == ("withdrawn", None)


def test_a_filed_case_is_voided_instead_of_withdrawn() -> None:
    case = triaged_case(condition_id="06010-1")
    with pytest.raises(NotPossibleNow, match="void"):
        filing.withdraw(case, "撤回", ACTOR)
    filing.void(case, "立案有误", ACTOR)
    filing.void(case, "立案有误", ACTOR)
    assert event_names(case).count("CaseVoided") == 1


def district_where_shift_leads_file() -> RegistrySnapshot:
    """Return the sample district in which only the shift lead files."""
    found = lijin()
    settings = found.settings.model_copy(update={"filing_roles": ("shift_lead",)})
    return dataclasses.replace(found, settings=settings)


def in_strict_district(case: Case[IntakeCase]) -> Case[IntakeCase]:
    return Case(
        case.id,
        case.aggregate,
        case.state,
        service="intake",
        now=NOON,
        district=district_where_shift_leads_file(),
        cause="test",
    )


def test_a_clerk_without_the_filing_role_may_only_request_a_verification() -> None:
    """The filing role is a setting of the district; some cities separate acceptance from filing."""
    case = in_strict_district(triaged_case(photos=[], condition_id="06010-1"))
    with pytest.raises(NotAllowed, match="shift lead"):
        desk.file(case, condition(), None, None, CLERK, {})
    both = dataclasses.replace(SHIFT_LEAD, roles=frozenset({"intake_clerk", "shift_lead"}))
    desk.file(case, condition(), None, None, both.acting_as("intake_clerk"), {})
    filed = last_event(case)
    assert isinstance(filed, CaseFiled)
    assert filed.filed_by.role == "shift_lead", "the shift lead's role authorises the filing"
    asked = in_strict_district(triaged_case(RESIDENT, category_id=None))
    desk.file(asked, condition(), None, None, CLERK, {})
    assert isinstance(last_event(asked), VerificationRequested), "a clerk may request the verification"


def test_a_confirmed_report_waits_for_the_shift_lead_if_only_that_role_files() -> None:
    """Officers' own reports and emergencies are filed as everywhere."""
    case = triaged_case(RESIDENT, condition_id="06010-1")
    task = case.state.task
    assert task is not None
    strict = in_strict_district(case)
    verification.record_answer(strict, task.task_id, "confirmed", SHIFT_LEAD, note="电话问过", open_tasks={})
    assert (type(last_event(strict)), strict.state.status) == (FilingAwaited, "awaiting_filing")
    desk.file(strict, condition(), None, None, SHIFT_LEAD, {})
    assert strict.state.status == "filed"


@pytest.mark.parametrize("status", POSSIBLE)
def test_the_desk_offers_exactly_the_actions_of_the_table_of_transitions(status: Status) -> None:
    """`link`, `split` and `unsplit` change no status and are not in the table."""
    standing = FILED if status == "filed" else (status,)
    rows = {row.action for row in TABLE if row.owner == "intake" and set(standing) & set(row.before) and row.action}
    assert set(POSSIBLE[status]) - {"link", "split", "unsplit"} == rows


def test_a_refusal_lists_the_possible_actions_in_both_languages() -> None:
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


def test_an_action_outside_the_table_is_refused_with_the_possible_ones() -> None:
    case = triaged_case(condition_id="06010-1")
    refused = NotPossibleNow
    for step in (
        lambda: desk.file(case, condition("06012-1"), None, None, CLERK, {}),
        lambda: desk.verify(case, "site", "", CLERK.actor(), {}),
        lambda: desk.answer(case, None, "x", ACTOR),
        lambda: desk.decide_settlement(case, approved=True, note="", decided_by=ACTOR),
        lambda: filing.not_file(case, "not_ours", "", ACTOR),
    ):
        with pytest.raises(refused) as problem:
            step()
        assert problem.value.members["possible"] == [each for each in POSSIBLE["filed"] if each != "unsplit"]


def test_a_verification_is_requested_on_site_or_by_phone() -> None:
    for mode in ("site", "phone"):
        case = triaged_case(RESIDENT, category_id=None)
        desk.verify(case, mode, "几楼？", CLERK.actor(), {})
        assert (last_event(case).mode, last_event(case).question) == (mode, "几楼？")
        desk.verify(case, mode, "几楼？", CLERK.actor(), {})
        assert event_names(case).count("VerificationRequested") == 1
