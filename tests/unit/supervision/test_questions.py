"""Questions to people: who is judged by the time of the answer, and which questions end without one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid5

import pytest

from contracts.common import Actor
from contracts.events.acceptance import VerificationRecorded, VerificationRequested
from contracts.events.supervision import AttentionNeeded, AttentionSettled
from contracts.figures import SUBJECTS
from services.supervision.domain.actions import case_actions
from services.supervision.domain.evaluation.score_entries.facts import FactKey
from services.supervision.domain.policies import feedback
from services.supervision.domain.primitives import attention
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import HOME, at, person
from tests.unit.supervision.sample_events import CASE, REPORT

MORNING = at("03-11 09:00")
TASK = uuid5(CASE, "verification")
SHIFT_LEAD = person("shift_lead")


def judged_questions(driver: CaseDriver) -> set[tuple[str, str]]:
    """Return account and figure of the questions that count."""
    keys = (FactKey.parse(text) for text, fact in driver.state.scores.facts.items() if fact.counts)
    return {(key.subject_id, key.figure) for key in keys if key.kind in SUBJECTS and key.figure.startswith("question")}


def settled_questions(driver: CaseDriver) -> list[tuple[str, bool | None]]:
    return [(event.reason, event.answered) for event in driver.events_of(AttentionSettled)]


def unverified_case() -> CaseDriver:
    """Return a case without verification about which the shift lead was asked days ago."""
    driver = CaseDriver(sample_district.make_district())
    asked = VerificationRequested(task_id=TASK, mode="site", grid_code=HOME, officer_id="ann", due_at=at("03-11 09:30"))
    driver.apply(sample_events.received(MORNING), asked, at=MORNING)
    driver.advance_to(at("03-16 09:00"))
    assert [event.reason for event in driver.events_of(AttentionNeeded)] == ["task_overdue"]
    return driver


def unchecked_case(**filed: str) -> CaseDriver:
    """Return a handled case that nobody rechecked for days."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(MORNING), sample_events.filed(MORNING, **filed), at=MORNING)
    driver.apply(
        sample_events.dispatched(MORNING),
        sample_events.signed(),
        sample_events.completed(),
        sample_events.all_completed(),
    )
    driver.advance_to(at("03-16 09:00"))
    assert "task_overdue" in {event.reason for event in driver.events_of(AttentionNeeded)}
    return driver


def test_a_question_is_judged_by_the_time_of_its_answer() -> None:
    driver = unverified_case()
    driver.answer(SHIFT_LEAD, passed=True, kind="attention")
    assert settled_questions(driver) == [("task_overdue", True)]
    assert judged_questions(driver) == {("shift_lead", "question_due"), ("shift_lead", "question_overdue")}


def test_a_clerk_who_does_the_late_task_answers_no_question() -> None:
    """The verification counts for the clerk; the shift lead's question ends."""
    driver = unverified_case()
    clerk = Actor(kind="account", id="clerk", role="intake_clerk")
    driver.apply(VerificationRecorded(task_id=TASK, result="confirmed", mode="phone", note="属实", recorded_by=clerk))
    assert settled_questions(driver) == [("task_overdue", None)]
    assert judged_questions(driver) == set()
    assert driver.count("verified", "clerk") == 1


def test_a_late_recheck_by_the_desk_answers_no_question() -> None:
    driver = unchecked_case(recheck_mode="document")
    driver.answer(person("assessor"), passed=True)
    assert driver.status == "awaiting_feedback"
    assert (set(settled_questions(driver)), judged_questions(driver)) == ({("task_overdue", None)}, set())


@pytest.mark.parametrize(
    ("decide", "caller", "accounts"),
    [(case_actions.close, "shift_lead", {"shift_lead"}), (case_actions.force_close, "leader", set[str]())],
)
def test_deciding_the_case_answers_the_questions_of_the_own_role(
    decide: Callable[..., None], caller: str, accounts: set[str]
) -> None:
    """Closed by the shift lead, the question is answered; closed by force by a leader, it ends."""
    driver = unchecked_case()
    driver.run(decide, "情况已核", person(caller))
    assert {account for account, _ in judged_questions(driver)} == accounts


@pytest.mark.parametrize(("caller", "accounts"), [("shift_lead", {"shift_lead"}), ("leader", set[str]())])
def test_reopening_answers_the_question_about_the_second_not_solved(caller: str, accounts: set[str]) -> None:
    driver = unchecked_case()
    driver.run(case_actions.close, "情况已核", SHIFT_LEAD)
    before = judged_questions(driver)
    driver.run(attention.request_attention, "second_not_solved", "shift_lead")
    driver.now = at("03-20 09:00")
    driver.run(case_actions.reopen, "再处置", person(caller, f"other-{caller}"))
    assert {account for account, _ in judged_questions(driver) - before} == {f"other-{each}" for each in accounts}


def test_recording_feedback_answers_no_question() -> None:
    """The first "not solved" reopens automatically."""
    driver = unchecked_case()
    driver.run(case_actions.close, "情况已核", SHIFT_LEAD)
    before = judged_questions(driver)
    driver.run(attention.request_attention, "other_reporter_not_solved", "shift_lead")
    driver.run(
        case_actions.give_feedback,
        REPORT,
        feedback.FeedbackAnswer(solved=False, satisfied="dissatisfied"),
        person("hotline"),
    )
    assert (driver.status, judged_questions(driver)) == ("rework", before)
