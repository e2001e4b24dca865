"""Questions before people: who is judged by when they were answered, and what falls away with what others did."""

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
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, HOME, REPORT, at, person

MORNING = at("03-11 09:00")
TASK = uuid5(CASE, "verification")
SHIFT_LEAD = person("shift_lead")


def judged(life: Life) -> set[tuple[str, str]]:
    """Whose questions count: account and figure."""
    keys = (FactKey.parse(text) for text, fact in life.state.scores.facts.items() if fact.counts)
    return {(key.subject_id, key.figure) for key in keys if key.kind in SUBJECTS and key.figure.startswith("question")}


def settled(life: Life) -> list[tuple[str, bool | None]]:
    return [(event.reason, event.answered) for event in life.told(AttentionSettled)]


def unverified() -> Life:
    """Nobody has verified it, and the shift lead was asked days ago."""
    life = Life(town.town())
    asked = VerificationRequested(task_id=TASK, mode="site", grid_code=HOME, officer_id="ann", due_at=at("03-11 09:30"))
    life.hear(town.received(MORNING), asked, at=MORNING)
    life.until(at("03-16 09:00"))
    assert [event.reason for event in life.told(AttentionNeeded)] == ["task_overdue"]
    return life


def unchecked(**filed: str) -> Life:
    """Handled, and nobody has rechecked it for days."""
    life = Life(town.town())
    life.hear(town.received(MORNING), town.filed(MORNING, **filed), at=MORNING)
    life.hear(town.dispatched(MORNING), town.signed(), town.completed(), town.all_completed())
    life.until(at("03-16 09:00"))
    assert "task_overdue" in {event.reason for event in life.told(AttentionNeeded)}
    return life


def test_whoever_answers_the_question_is_judged_by_when() -> None:
    life = unverified()
    life.answer(SHIFT_LEAD, passed=True, kind="attention")
    assert settled(life) == [("task_overdue", True)]
    assert judged(life) == {("shift_lead", "question_due"), ("shift_lead", "question_overdue")}


def test_a_clerk_who_does_the_late_task_has_answered_no_question() -> None:
    """The verification counts for them; what the shift lead was asked falls away."""
    life = unverified()
    clerk = Actor(kind="account", id="clerk", role="intake_clerk")
    life.hear(VerificationRecorded(task_id=TASK, result="confirmed", mode="phone", note="属实", recorded_by=clerk))
    assert settled(life) == [("task_overdue", None)]
    assert judged(life) == set()
    assert life.count("verified", "clerk") == 1


def test_nor_has_the_desk_that_does_a_late_recheck() -> None:
    life = unchecked(recheck_mode="document")
    life.answer(person("assessor"), passed=True)
    assert life.status == "awaiting_feedback"
    assert (set(settled(life)), judged(life)) == ({("task_overdue", None)}, set())


@pytest.mark.parametrize(
    ("decide", "caller", "whose"),
    [(case_actions.close, "shift_lead", {"shift_lead"}), (case_actions.force_close, "leader", set[str]())],
)
def test_whoever_decides_the_case_has_answered_what_was_put_before_their_post(
    decide: Callable[..., None], caller: str, whose: set[str]
) -> None:
    """Closed by hand by the shift lead, that was the answer; closed by force by a leader, it fell away."""
    life = unchecked()
    life.act(decide, "情况已核", person(caller))
    assert {account for account, _ in judged(life)} == whose


@pytest.mark.parametrize(("caller", "whose"), [("shift_lead", {"shift_lead"}), ("leader", set[str]())])
def test_opening_it_again_answers_the_second_no(caller: str, whose: set[str]) -> None:
    life = unchecked()
    life.act(case_actions.close, "情况已核", SHIFT_LEAD)
    before = judged(life)
    life.act(attention.request_attention, "second_not_solved", "shift_lead")
    life.now = at("03-20 09:00")
    life.act(case_actions.reopen, "再处置", person(caller, f"other-{caller}"))
    assert {account for account, _ in judged(life) - before} == {f"other-{each}" for each in whose}


def test_whoever_writes_down_what_a_reporter_says_has_answered_no_question() -> None:
    """The first no opens the case again by itself, whatever was asked meanwhile."""
    life = unchecked()
    life.act(case_actions.close, "情况已核", SHIFT_LEAD)
    before = judged(life)
    life.act(attention.request_attention, "other_reporter_not_solved", "shift_lead")
    life.act(
        case_actions.give_feedback,
        REPORT,
        feedback.FeedbackAnswer(solved=False, satisfied="dissatisfied"),
        person("hotline"),
    )
    assert (life.status, judged(life)) == ("rework", before)
