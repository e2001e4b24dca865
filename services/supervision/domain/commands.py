"""What people do: guards first, then the decision. A call repeated in its resulting state changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from contracts.supervision import OrderReplied, OverdueExplained, UnitUrged
from services.chassis.auth import Caller
from services.supervision.domain import (
    access,
    attention,
    closing,
    escalation,
    evaluation,
    feedback,
    recheck,
    reopening,
    requests,
)
from services.supervision.domain import problems as refusals
from services.supervision.domain.counting import count
from services.supervision.domain.facts import unit
from services.supervision.domain.recheck import Finding
from services.supervision.domain.state import Notice, SupervisionCase, Task, tell

Action = Literal["urge", "order", "claim", "answer", "review", "close", "force-close", "reopen", "feedback"]

_TO_UNITS: tuple[Action, ...] = ("urge", "order")
_TO_TASKS: tuple[Action, ...] = ("claim", "answer")

HANDLED = frozenset({"awaiting_recheck", "rechecking", "awaiting_review"})
"""Statuses in which the units have done their part."""

PHOTO_MODES = frozenset({"photo"})
"""Recheck modes that are nothing without a photo."""


def possible(case: SupervisionCase) -> tuple[Action, ...]:
    """What could be done with the case now, by whoever may."""
    flow = case.state.flow
    if flow.voided or flow.withdrawn or flow.not_filed or flow.attached_to:
        return ()
    if flow.closed:
        waiting = any(report.asked == "waiting" for report in case.state.reports.values())
        again: tuple[Action, ...] = ("reopen",) if case.state.lead() is not None else ()
        return (*again, "feedback") if waiting else again
    actions: list[Action] = []
    if any(dispatch.open for dispatch in flow.dispatches.values()):
        actions += _TO_UNITS
    if any(task.waiting for task in case.state.tasks.values()):
        actions += _TO_TASKS
    if flow.review == "awaiting":
        actions.append("review")
    if flow.status in HANDLED:
        actions.append("close")
    return (*actions, "force-close") if flow.filed else tuple(actions)


def urge(case: SupervisionCase, dispatch_id: UUID | None, text: str, caller: Caller) -> None:
    """催办: remind one unit, or every unit that still owes something."""
    _require(case, caller, "urge")
    for key in _meant(case, dispatch_id):
        unit_id = case.state.orders[key].unit_id
        tell(case, UnitUrged(dispatch_id=key, unit_id=unit_id, text=text, urged_by=caller.actor()))
        count(case, unit(unit_id), "urged", f"{case.cause}/{key}", case.now)


def order(
    case: SupervisionCase, dispatch_id: UUID | None, kind: Literal["leader", "important"], text: str, caller: Caller
) -> None:
    """督办 by a person, any time. For a coordinated unit it goes to the authority above it."""
    _require(case, caller, "order")
    for key in _meant(case, dispatch_id):
        watched = case.state.orders[key]
        named = case.district.units.get(watched.unit_id)
        above = named.escalates_to if watched.coordinated and named is not None else None
        escalation.order(case, kind, key, above or watched.unit_id, (text, ""), by=caller.actor())


def reply(case: SupervisionCase, notice_id: UUID, text: str, caller: Caller) -> None:
    """The unit answers a formal order, or says why it is late. The centre's people may enter it for a unit."""
    notice = case.state.notices.get(notice_id)
    if notice is None or not _concerns(notice, caller):
        raise refusals.OrderUnknown(order=str(notice_id))
    actor, on_time = caller.actor(), case.now <= notice.reply_due_at
    if notice_id in case.state.clocks:
        tell(
            case,
            OverdueExplained(
                clock_id=notice_id,
                dispatch_id=notice.dispatch_id,
                unit_id=notice.unit_id,
                text=text,
                explained_by=actor,
            ),
        )
    else:
        tell(
            case,
            OrderReplied(
                order_id=notice_id, dispatch_id=notice.dispatch_id, unit_id=notice.unit_id, text=text, on_time=on_time,
                replied_by=actor,
            ),
        )  # fmt: skip
        case.clear_timer(f"{escalation.REPLY}:{notice_id}")
    del case.state.notices[notice_id]


def close(case: SupervisionCase, note: str, caller: Caller) -> None:
    """结案 by the shift lead, who vouches for the closing condition; only after the units have done their part."""
    if case.state.flow.closed:
        return
    _require(case, caller, "close")
    closing.close(case, closing.outcome_of(case.state.outcome), note, caller.actor())


def force_close(case: SupervisionCase, note: str, caller: Caller) -> None:
    """强制结案: whatever is open falls away, and whoever forced it answers for that."""
    if case.state.flow.closed:
        return
    _require(case, caller, "force-close")
    closing.close(case, "forced", note, caller.actor(), forced=True, met=False)


def reopen(case: SupervisionCase, note: str, caller: Caller) -> None:
    """Open again by hand: back to the same unit with the original limit."""
    if case.state.flow.filed and not case.state.over:
        return
    _require(case, caller, "reopen")
    feedback.withdraw_questions(case)
    reopening.reopen(case, "by_hand", note, caller.actor())


def claim(case: SupervisionCase, task_id: UUID, caller: Caller) -> None:
    """Take a task, so that nobody else does the same."""
    task = _task(case, task_id, caller)
    if task.status == "claimed" and task.claimed_by == caller.id:
        return
    _require_free(task, caller)
    if task.kind == "recheck":
        recheck.claim(case, task_id, caller.officer_id if task.queue == "officer" else None, caller.actor())
    else:
        task.status, task.claimed_by = "claimed", caller.id
        case.state.changes.tasks.add(task_id)


def answer(case: SupervisionCase, task_id: UUID, finding: Finding, caller: Caller) -> None:
    """Do a task: a recheck passes or fails, a request is granted or refused, a review approves or not, a question is
    settled.
    """
    task = _task(case, task_id, caller)
    if task.status == "answered" and task.passed == finding.passed and task.claimed_by == caller.id:
        return
    _require_free(task, caller)
    if task.mode in PHOTO_MODES and not finding.photos:
        raise refusals.PhotoNeeded
    if not finding.passed and not finding.note:
        raise refusals.NoteNeeded
    if task.kind == "recheck" and task.status == "open":
        recheck.claim(case, task_id, caller.officer_id if task.queue == "officer" else None, caller.actor())
    task.claimed_by = caller.id
    _ANSWERS[task.kind](case, task_id, task, finding, caller)


def review(case: SupervisionCase, finding: Finding, caller: Caller) -> None:
    """The leader's decision about a case that was explained or could not be solved."""
    found = [key for key, task in case.state.tasks.items() if task.kind == "review" and task.status != "cancelled"]
    if not found:
        _refuse(case)
    answer(case, found[-1], finding, caller)


def voice(case: SupervisionCase, report_id: UUID, said: feedback.Voice, caller: Caller) -> None:
    """A reporter's answer, by themselves or entered by whoever called them back."""
    report = case.state.reports.get(report_id)
    if report is None:
        raise refusals.ReportUnknown(report=str(report_id))
    if report.asked == "answered" and (report.solved, report.satisfied) == (said.solved, said.satisfied):
        return
    if report.asked != "waiting":
        raise refusals.FeedbackNotOpen
    feedback.record(case, report_id, said, caller.actor())


def _recheck(case: SupervisionCase, task_id: UUID, _: Task, finding: Finding, caller: Caller) -> None:
    recheck.answer(case, task_id, finding, caller.actor())


def _review(case: SupervisionCase, task_id: UUID, _: Task, finding: Finding, caller: Caller) -> None:
    closing.review(case, task_id, approved=finding.passed, note=finding.note, by=caller.actor())


def _extension(case: SupervisionCase, task_id: UUID, task: Task, finding: Finding, caller: Caller) -> None:
    if finding.passed and (why := requests.why_no_extension(case, task)) is not None:
        raise refusals.ExtensionRefusedByRule(why=why)
    requests.decide_extension(case, task_id, granted=finding.passed, note=finding.note, by=caller.actor())


def _suspension(case: SupervisionCase, task_id: UUID, task: Task, finding: Finding, caller: Caller) -> None:
    if finding.passed and (why := requests.why_no_suspension(case, task)) is not None:
        raise refusals.SuspensionRefusedByRule(why=why)
    requests.decide_suspension(case, task_id, granted=finding.passed, note=finding.note, by=caller.actor())


def _attention(case: SupervisionCase, task_id: UUID, task: Task, finding: Finding, caller: Caller) -> None:
    task.passed = finding.passed
    attention.settle(case, task_id, finding.note, caller.actor())
    evaluation.evaluate_if_final(case)


_ANSWERS = {
    "recheck": _recheck,
    "review": _review,
    "extension": _extension,
    "suspension": _suspension,
    "attention": _attention,
}


def _require(case: SupervisionCase, caller: Caller, action: Action) -> None:
    access.require_case(case, caller)
    if action not in possible(case):
        _refuse(case)


def _refuse(case: SupervisionCase) -> None:
    raise refusals.NotPossibleNow(status=case.state.flow.status, possible=list(possible(case)))


def _meant(case: SupervisionCase, dispatch_id: UUID | None) -> Sequence[UUID]:
    open_ones = [key for key, each in case.state.flow.dispatches.items() if each.open and key in case.state.orders]
    if dispatch_id is None:
        return open_ones
    if dispatch_id not in open_ones:
        raise refusals.DispatchUnknown(dispatch=str(dispatch_id))
    return [dispatch_id]


def _task(case: SupervisionCase, task_id: UUID, caller: Caller) -> Task:
    task = case.state.tasks.get(task_id)
    if task is None:
        raise refusals.TaskUnknown(task=str(task_id))
    access.require_task(case, task, caller)
    return task


def _require_free(task: Task, caller: Caller) -> None:
    if task.status == "cancelled":
        raise refusals.TaskFallenAway
    assigned_elsewhere = task.officer_id is not None and task.officer_id != caller.officer_id
    if task.status == "answered" or (task.status == "claimed" and task.claimed_by != caller.id) or assigned_elsewhere:
        raise refusals.TaskTaken


def _concerns(notice: Notice, caller: Caller) -> bool:
    return access.of_centre(caller) or (caller.unit_id is not None and caller.unit_id == notice.unit_id)
