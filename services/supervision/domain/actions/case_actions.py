"""Actions of people on a case: each checks the permission first, then decides.

Repeating a closing, a reopening or an answer changes nothing. Repeating a reminder or a supervision order sends another
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from contracts.events.evaluation import CallBackResult
from contracts.events.supervision import OverdueExplained, SupervisionOrderReplied, UnitUrged
from services.chassis.auth import Caller
from services.supervision.domain import problems as refusals
from services.supervision.domain.actions import guards
from services.supervision.domain.evaluation.final_figures import evaluate_if_final
from services.supervision.domain.lifecycle import closing, reopening
from services.supervision.domain.policies import feedback
from services.supervision.domain.primitives import access, attention, feedback_questions, supervision_orders
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.report_state import Report


def urge(case: SupervisionCase, dispatch_id: UUID | None, text: str, caller: Caller) -> None:
    """Remind 催办 the unit of the given dispatch; without `dispatch_id`, remind every unit with an open dispatch."""
    guards.require_possible(case, caller, "urge")
    text = case.state.withhold(text)
    for key in _open_dispatches(case, dispatch_id):
        unit_id = case.state.dispatches[key].unit_id
        emit_event(case, UnitUrged(dispatch_id=key, unit_id=unit_id, text=text, urged_by=caller.actor()))


def issue_order(
    case: SupervisionCase, dispatch_id: UUID | None, kind: Literal["leader", "important"], text: str, caller: Caller
) -> None:
    """Issue a supervision order 督办 by hand.

    The order for a coordinated unit goes to the authority above that unit. If no unit has an open dispatch, the order
    goes to an officer or role of the centre.
    """
    guards.require_possible(case, caller, "order")
    text = case.state.withhold(text)
    keys = _open_dispatches(case, dispatch_id)
    if not keys:
        supervision_orders.issue_inside_centre(case, kind, (text, ""), caller.actor())
    for key in keys:
        dispatch = case.state.dispatches[key]
        unit = case.district.units.get(dispatch.unit_id)
        authority = unit.escalates_to if dispatch.coordinated and unit is not None else None
        supervision_orders.issue(case, kind, key, authority or dispatch.unit_id, (text, ""), by=caller.actor())


def reply_to_notice(case: SupervisionCase, notice_id: UUID, text: str, caller: Caller) -> None:
    """Record a unit's reply to a supervision order or an overdue notice.

    The centre may enter the reply for the unit.
    """
    notice = case.state.notices.get(notice_id)
    in_own_area = access.has_centre_role(caller) and caller.covers(access.grid_of(case.state))
    if notice is None or not (in_own_area or notice.unit_id in caller.unit_and_team_ids(case.district)):
        raise refusals.OrderUnknown(order=str(notice_id))
    actor, on_time = caller.actor(), case.now <= notice.reply_due_at
    text = case.state.withhold(text)
    if notice_id in case.state.clocks:
        emit_event(
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
        emit_event(
            case,
            SupervisionOrderReplied(
                order_id=notice_id,
                dispatch_id=notice.dispatch_id,
                unit_id=notice.unit_id,
                text=text,
                on_time=on_time,
                replied_by=actor,
            ),
        )
        case.clear_timer(f"{supervision_orders.REPLY_TIMER}:{notice_id}")
    del case.state.notices[notice_id]


def close(case: SupervisionCase, note: str, caller: Caller) -> None:
    """Close 结案 the case by hand.

    The shift lead confirms that the closing condition is met and must not have taken part in the work.
    """
    access.require_case(case, caller)
    if case.state.flow.closed:
        return
    guards.require_possible(case, caller, "close")
    access.require_independent(case, caller)
    attention.answer_all(case, note, caller)
    closing.close(case, closing.outcome_of(case.state.outcome), case.state.withhold(note), caller.actor())
    evaluate_if_final(case)


def force_close(case: SupervisionCase, note: str, caller: Caller) -> None:
    """Close 强制结案 the case by force although work is still open."""
    access.require_case(case, caller)
    if case.state.flow.closed:
        return
    guards.require_possible(case, caller, "force-close")
    attention.answer_all(case, note, caller)
    closing.close(case, "forced", case.state.withhold(note), caller.actor(), forced=True, met=False)
    evaluate_if_final(case)


def reopen(case: SupervisionCase, note: str, caller: Caller) -> None:
    """Reopen the case by hand. The same unit handles it again within the original limit."""
    access.require_case(case, caller)
    if case.state.reopened and not case.state.ended:
        return
    guards.require_possible(case, caller, "reopen")
    attention.answer_all(case, note, caller)
    feedback_questions.withdraw_questions(case)
    reopening.reopen(case, "by_hand", case.state.withhold(note), caller.actor())


def give_feedback(
    case: SupervisionCase, report_id: UUID, feedback_answer: feedback.FeedbackAnswer, caller: Caller
) -> None:
    """Record a reporter's answer, which the reporter gave or the centre entered after a call-back."""
    report = case.state.reports.get(report_id)
    if report is None:
        raise refusals.ReportUnknown(report=str(report_id))
    if report.asked == "answered" and (report.solved, report.satisfied) == (
        feedback_answer.solved,
        feedback_answer.satisfied,
    ):
        return
    if report.asked != "waiting":
        raise _feedback_not_open(case, report, caller)
    feedback.record(case, report_id, feedback_answer.redacted(case), caller.actor())
    evaluate_if_final(case)


def record_failed_call(
    case: SupervisionCase, report_id: UUID, result: CallBackResult, note: str, caller: Caller
) -> None:
    """Record a call-back that brought no answer. Raises `ReportUnknown`, `FeedbackNotOpen`."""
    report = case.state.reports.get(report_id)
    if report is None:
        raise refusals.ReportUnknown(report=str(report_id))
    if report.asked != "waiting":
        raise _feedback_not_open(case, report, caller)
    feedback.record_failed_call(case, report_id, result, case.state.withhold(note), caller.actor())
    evaluate_if_final(case)


def _feedback_not_open(case: SupervisionCase, report: Report, caller: Caller) -> refusals.FeedbackNotOpen:
    """Return the problem with the reason why the centre does not wait for this feedback."""
    why = "not_closed" if not case.state.flow.closed else "answered" if report.asked == "answered" else "period_ended"
    return refusals.FeedbackNotOpen(why, guards.possible_actions(case, caller))


def _open_dispatches(case: SupervisionCase, dispatch_id: UUID | None) -> Sequence[UUID]:
    open_ones = [key for key, each in case.state.flow.dispatches.items() if each.open and key in case.state.dispatches]
    if dispatch_id is None:
        return open_ones
    if dispatch_id not in open_ones:
        raise refusals.DispatchUnknown(dispatch=str(dispatch_id))
    return [dispatch_id]
