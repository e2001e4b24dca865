"""Actions of people on tasks. Repeating an action changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from services.chassis.auth import Caller
from services.supervision.domain import problems as refusals
from services.supervision.domain.actions import guards
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.final_figures import evaluate_if_final
from services.supervision.domain.lifecycle import closing, unit_requests
from services.supervision.domain.policies import recheck
from services.supervision.domain.policies.recheck import Finding
from services.supervision.domain.primitives import access, attention, officers
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.task_state import Task, TaskKind

PHOTO_MODES = frozenset({"site", "photo"})
"""Recheck modes that need a photo of the place after the work."""


def claim(case: SupervisionCase, task_id: UUID, caller: Caller) -> None:
    """Claim a task, so that nobody else does it."""
    task = _require_task(case, task_id, caller)
    if task.status == "claimed" and task.claimed_by == caller.id:
        return
    access.require_available(task, caller)
    if task.kind == "recheck":
        caller = caller.acting_as(*access.QUEUES[task.queue])
        recheck.claim(case, task_id, caller.officer_id if task.queue == "officer" else None, caller.actor())
    else:
        task.status, task.claimed_by = "claimed", caller.id
        case.state.changes.tasks.add(task_id)


def assign(case: SupervisionCase, task_id: UUID, officer_id: str, caller: Caller) -> None:
    """Assign a field task to this officer, even if another officer has it."""
    task = case.state.tasks.get(task_id)
    if task is None or task.queue != "officer" or not access.may_assign(task, caller):
        raise refusals.TaskUnknown(task=str(task_id))
    if task.waiting and task.officer_id == officer_id:
        return
    if not task.waiting:
        raise refusals.TaskCancelled
    if not officers.may_recheck(case.district, officer_id, task.grid_code, task.excluded):
        raise refusals.OfficerUnsuitable(officer=officer_id)
    attention.answer_all(case, "", caller, "nobody_on_duty")
    recheck.assign(case, task_id, officer_id, caller.actor())


def pass_on(case: SupervisionCase, task_id: UUID, note: str, caller: Caller) -> None:
    """Pass on the caller's field task with a reason."""
    task = case.state.tasks.get(task_id)
    if task is None or task.queue != "officer" or caller.officer_id is None:
        raise refusals.TaskUnknown(task=str(task_id))
    if caller.officer_id in task.declined and task.officer_id != caller.officer_id:
        return
    if task.officer_id != caller.officer_id:
        raise refusals.TaskUnknown(task=str(task_id))
    if not task.waiting:
        raise refusals.TaskCancelled
    recheck.pass_on(case, task_id, caller.officer_id, case.state.withhold(note), caller.actor())


def answer(case: SupervisionCase, task_id: UUID, finding: Finding, caller: Caller) -> None:
    """Answer a task: a recheck, a review, a unit's request, a question or an appeal."""
    task = _require_task(case, task_id, caller)
    if task.status == "answered" and task.passed == finding.passed and task.claimed_by == caller.id:
        return
    access.require_available(task, caller)
    if task.mode in PHOTO_MODES and all(photo.role != "after" for photo in finding.photos):
        raise refusals.PhotoNeeded
    if not finding.passed and not finding.note:
        raise refusals.NoteNeeded
    caller = caller.acting_as(*access.QUEUES[task.queue])
    if task.kind == "recheck" and task.status == "open":
        recheck.claim(case, task_id, caller.officer_id if task.queue == "officer" else None, caller.actor())
    task.claimed_by = caller.id
    redacted_finding = finding.model_copy(update={"note": case.state.withhold(finding.note)})
    _ANSWERS[task.kind](case, task_id, task, redacted_finding, caller)
    evaluate_if_final(case)


def review(case: SupervisionCase, finding: Finding, caller: Caller) -> None:
    """Record the leader's decision about a case whose outcome is `explained` or `not_solvable`."""
    access.require_case(case, caller)
    found = guards.review_task_of(case)
    if found is None:
        guards.refuse_action(case, caller)
    answer(case, found, finding, caller)


def _recheck(case: SupervisionCase, task_id: UUID, _: Task, finding: Finding, caller: Caller) -> None:
    recheck.answer(case, task_id, finding, caller.actor())


def _review(case: SupervisionCase, task_id: UUID, _: Task, finding: Finding, caller: Caller) -> None:
    closing.review(case, task_id, approved=finding.passed, note=finding.note, by=caller.actor())


def _extension(case: SupervisionCase, task_id: UUID, task: Task, finding: Finding, caller: Caller) -> None:
    if finding.passed and (why := unit_requests.why_no_extension(case, task)) is not None:
        raise refusals.ExtensionRefusedByRule(**_refusal_fields(why))
    unit_requests.decide_extension(case, task_id, granted=finding.passed, note=finding.note, by=caller.actor())


def _suspension(case: SupervisionCase, task_id: UUID, task: Task, finding: Finding, caller: Caller) -> None:
    if finding.passed and (why := unit_requests.why_no_suspension(case, task)) is not None:
        raise refusals.SuspensionRefusedByRule(**_refusal_fields(why))
    unit_requests.decide_suspension(case, task_id, granted=finding.passed, note=finding.note, by=caller.actor())


def _refusal_fields(why: unit_requests.Refusal) -> dict[str, str]:
    words = unit_requests.REFUSALS[why]
    return {"why": why, "why_zh": words.zh, "why_en": words.en}


def _attention(case: SupervisionCase, task_id: UUID, task: Task, finding: Finding, caller: Caller) -> None:
    task.passed = finding.passed
    attention.settle(case, task_id, finding.note, caller.actor(), answered=True)


def _appeal(case: SupervisionCase, task_id: UUID, _: Task, finding: Finding, caller: Caller) -> None:
    if not finding.note:
        raise refusals.NoteNeeded
    appeals.decide(case, task_id, upheld=finding.passed, note=finding.note, by=caller.actor())


_ANSWERS: Mapping[TaskKind, Callable[[SupervisionCase, UUID, Task, Finding, Caller], None]] = {
    "recheck": _recheck,
    "review": _review,
    "extension": _extension,
    "suspension": _suspension,
    "attention": _attention,
    "appeal": _appeal,
}


def _require_task(case: SupervisionCase, task_id: UUID, caller: Caller) -> Task:
    task = case.state.tasks.get(task_id)
    if task is None:
        raise refusals.TaskUnknown(task=str(task_id))
    access.require_task(case, task_id, task, caller)
    return task
