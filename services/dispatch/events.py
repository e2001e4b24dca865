"""Events in: what the other services say, and what follows for orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts import acceptance, command, discovery, evaluation, floods, reporters, supervision, upstream
from contracts.base import Event
from contracts.envelope import Envelope
from services.chassis.cases import Handler
from services.dispatch.domain.orders import above, gateway, handovers, notices, outgoing
from services.dispatch.domain.orders.state import Dispatch, DispatchCase, DispatchedCase, Matter


def on_report_received(case: DispatchedCase, event: discovery.ReportReceived, _: Envelope) -> None:
    """An exercise must be recognisable in every message; whoever handed it to us or ordered it gets an answer."""
    case.state.mode = event.mode
    handovers.received(case, event)
    above.received(case, event)
    gateway.received(case, event)


def on_case_filed(case: DispatchedCase, event: acceptance.CaseFiled, _: Envelope) -> None:
    """Everything that units are told is in here."""
    case.state.matter = Matter.of(event)
    handovers.answer(case, "Ack")
    above.progressed(case, "filed")
    gateway.filed(case, event)


def on_case_not_filed(case: DispatchedCase, event: acceptance.CaseNotFiled, _: Envelope) -> None:
    """Whoever handed it to us has it back, and hears why."""
    handovers.answer(case, "Error", event.note or event.reason)
    above.ended(case, "not_filed", event.reason, event.note)
    gateway.reporters(case, "report_not_filed")


def on_case_withdrawn(case: DispatchedCase, event: acceptance.CaseWithdrawn, _: Envelope) -> None:
    """The reporter took it back: nothing is left to do."""
    handovers.answer(case, "Result", handovers.ended("withdrawn", event.note))
    above.ended(case, "withdrawn", note=event.note)


def on_case_answered(case: DispatchedCase, event: acceptance.CaseAnswered, _: Envelope) -> None:
    """The answer is the result that goes back."""
    case.state.answer = event.answer


def on_returned_upstream(case: DispatchedCase, event: upstream.ReturnedUpstream, _: Envelope) -> None:
    """退回上级."""
    above.returned(case, event)


def on_report_joined(case: DispatchedCase, event: acceptance.ReportJoined, _: Envelope) -> None:
    """What the platform above ordered or an emergency service handed to us may be among what is attached; whoever
    reported it hears the result.
    """
    handovers.joined(case, event)
    above.joined(case, event)
    gateway.joined(case, event)


def on_report_left(case: DispatchedCase, event: acceptance.ReportLeft, _: Envelope) -> None:
    """It goes its own way again."""
    handovers.left(case, event)
    above.left(case, event)
    gateway.left(case, event)


def on_case_linked(case: DispatchedCase, event: acceptance.CaseLinked, _: Envelope) -> None:
    """Whoever was called in from outside hears of the second case."""
    handovers.linked(case, event)


def on_information_added(case: DispatchedCase, event: reporters.InformationAdded, _: Envelope) -> None:
    """Whoever works on it is told."""
    if case.state.matter is None:
        return
    for dispatch in case.state.dispatches:
        if dispatch.open:
            notices.information_added(case, dispatch, case.state.matter, event)


def on_case_routed(case: DispatchedCase, event: command.CaseRouted, _: Envelope) -> None:
    """Orders go out."""
    outgoing.route(case, event, _matter(case))


def on_unit_urged(case: DispatchedCase, event: supervision.UnitUrged, _: Envelope) -> None:
    """催办."""
    dispatch = _meant(case, event)
    if dispatch is not None:
        notices.urged(case, dispatch, _matter(case), event)
        gateway.unit(case, event.unit_id or dispatch.unit_id, "unit_urged")


def on_order_issued(case: DispatchedCase, event: supervision.OrderIssued, _: Envelope) -> None:
    """督办."""
    dispatch = _meant(case, event)
    if dispatch is not None:
        notices.ordered(case, dispatch, _matter(case), event)
        gateway.unit(case, event.unit_id or dispatch.unit_id, "order_issued")


_REOPENED = frozenset({"reporter_not_solved", "by_hand"})
"""Why rework is ordered of a case that was closed: who has it again was woken when it was opened."""


def on_answer_due_moved(case: DispatchedCase, event: supervision.AnswerDueMoved, _: Envelope) -> None:
    """Of a formal order the unit was told until when it replies; of other answers nobody outside was told an instant."""
    dispatch = _meant(case, event)
    if event.what == "order_reply" and event.about is not None and dispatch is not None:
        notices.reply_due_moved(case, dispatch, _matter(case), event.about, event)


def on_rework_ordered(case: DispatchedCase, event: supervision.ReworkOrdered, _: Envelope) -> None:
    """返工: the same order is open again, with the milestones of the new clock and no evidence yet.

    Where the case was voided meanwhile, the order is taken back in the same breath.
    """
    dispatch = case.state.find(event.dispatch_id)
    case.state.rework_round = max(case.state.rework_round, event.round)
    if dispatch is None or dispatch.rework_round >= event.round:
        return
    dispatch.rework_round = event.round
    dispatch.milestones, dispatch.reached, dispatch.photos = event.milestones, {}, ()
    dispatch.outcome, dispatch.completed_at = None, None
    dispatch.extension_requested_at = dispatch.suspension_requested_until = None
    if case.state.ended:
        outgoing.withdraw(case, dispatch, _matter(case), "case_ended")
    else:
        notices.rework(case, dispatch, _matter(case), event)
        if event.reason not in _REOPENED:
            gateway.unit(case, dispatch.unit_id, "rework_ordered")
        above.progressed(case, "rework", dispatch.unit_id)


def on_extension_decided(case: DispatchedCase, event: supervision.ExtensionDecided, _: Envelope) -> None:
    """延期: supervision says the milestones as they now are; another may be asked for."""
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None:
        dispatch.extension_requested_at = None
        dispatch.extensions += event.granted
        dispatch.milestones = event.milestones
        notices.extension_decided(case, dispatch, _matter(case), event)


def on_suspension_decided(case: DispatchedCase, event: supervision.SuspensionDecided, _: Envelope) -> None:
    """挂账."""
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None:
        dispatch.suspension_requested_until = None
        dispatch.suspensions += event.granted
        if event.granted:
            dispatch.suspended, dispatch.suspended_until = True, event.until
        notices.suspension_decided(case, dispatch, _matter(case), event)


def on_suspension_ended(case: DispatchedCase, event: supervision.SuspensionEnded, _: Envelope) -> None:
    """The clocks run on."""
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is not None and dispatch.suspended:
        dispatch.suspended, dispatch.suspended_until = False, None
        dispatch.milestones = event.milestones


def on_deadline_moved(case: DispatchedCase, event: supervision.DeadlineMoved, _: Envelope) -> None:
    """More time, or the calendar of that year was announced: the order says the instants as they now are."""
    dispatch = case.state.find(event.dispatch_id)
    if dispatch is None:
        return
    if event.name == "sign":
        dispatch.sign_due_at = event.due_at
    moved = {"due_at": event.due_at, "provisional": event.provisional}
    dispatch.milestones = tuple(
        each.model_copy(update=moved) if event.name == "handle" and each.name == event.milestone else each
        for each in dispatch.milestones
    )


def on_case_closed(case: DispatchedCase, event: supervision.CaseClosed, _: Envelope) -> None:
    """结案: who completed hears that it is closed; who did not (forced close) is let go; the platform above and the
    reporters have the result.
    """
    if case.state.ended:
        return
    told = _told(case, event)
    above.ended(case, event.outcome, note=told)
    handovers.answer(case, "Result", handovers.ended(event.outcome, told))
    gateway.reporters(case, "report_closed")
    case.state.ended = "closed"
    if case.state.matter is None:
        return
    for dispatch in case.state.dispatches:
        if dispatch.status == "completed":
            notices.closed(case, dispatch, case.state.matter, event.outcome, event.note)
    outgoing.withdraw_all(case, case.state.matter, "case_ended", event.note)


def on_case_reopened(case: DispatchedCase, event: supervision.CaseReopened, _: Envelope) -> None:
    """Open again: everybody who had completed hears so, once; what is to be done follows as a rework order."""
    if case.state.ended == "closed":
        case.state.ended = ""
        for dispatch in case.state.dispatches:
            if dispatch.status == "completed":
                notices.reopened(case, dispatch, _matter(case), event)
                gateway.unit(case, dispatch.unit_id, "case_reopened")
        handovers.answer(case, "Update", "重新处置 Open again.")
        above.progressed(case, "reopened")


def on_case_voided(case: DispatchedCase, event: acceptance.CaseVoided, _: Envelope) -> None:
    """作废 beats everything."""
    if case.state.matter is not None:
        outgoing.withdraw_all(case, case.state.matter, "case_ended", event.note)
    handovers.answer(case, "Result", handovers.ended("voided", event.note))
    above.ended(case, "voided", note=event.note)
    case.state.ended = "voided"


def on_case_attached(case: DispatchedCase, event: acceptance.CaseAttached, _: Envelope) -> None:
    """Merged into another case, whose orders go on: these are taken back."""
    handovers.attached(case, event)
    if case.state.matter is not None:
        outgoing.withdraw_all(case, case.state.matter, "merged", event.host_case_number)
    case.state.ended = case.state.ended or "merged"
    above.attached(case)


def on_case_detached(case: DispatchedCase, _: acceptance.CaseDetached, __: Envelope) -> None:
    """The merge was wrong: routing decides anew, and its orders may go out."""
    if case.state.ended == "merged":
        case.state.ended = ""
    handovers.detached(case)
    above.detached(case)


def waking(step: Callable[[DispatchedCase, Any], None]) -> Handler[DispatchCase]:
    """The gateway is asked to tell somebody; for orders nothing follows."""

    def handler(case: DispatchedCase, event: Event, _: Envelope) -> None:
        step(case, event)

    return handler


EVENTS: dict[type[Event], Handler[DispatchCase]] = {
    discovery.ReportReceived: on_report_received,
    acceptance.CaseFiled: on_case_filed,
    acceptance.CaseNotFiled: on_case_not_filed,
    acceptance.CaseWithdrawn: on_case_withdrawn,
    acceptance.CaseAnswered: on_case_answered,
    acceptance.ReportJoined: on_report_joined,
    acceptance.ReportLeft: on_report_left,
    acceptance.CaseLinked: on_case_linked,
    reporters.InformationAdded: on_information_added,
    upstream.ReturnedUpstream: on_returned_upstream,
    acceptance.CaseVoided: on_case_voided,
    acceptance.CaseAttached: on_case_attached,
    acceptance.CaseDetached: on_case_detached,
    command.CaseRouted: on_case_routed,
    supervision.UnitUrged: on_unit_urged,
    supervision.OrderIssued: on_order_issued,
    supervision.AnswerDueMoved: on_answer_due_moved,
    supervision.ReworkOrdered: on_rework_ordered,
    supervision.ExtensionDecided: on_extension_decided,
    supervision.SuspensionDecided: on_suspension_decided,
    supervision.SuspensionEnded: on_suspension_ended,
    supervision.DeadlineMoved: on_deadline_moved,
    supervision.CaseClosed: on_case_closed,
    supervision.CaseReopened: on_case_reopened,
    acceptance.VerificationRequested: waking(gateway.task_assigned),
    acceptance.VerificationAssigned: waking(gateway.task_assigned),
    supervision.RecheckRequested: waking(gateway.task_assigned),
    supervision.RecheckAssigned: waking(gateway.task_assigned),
    supervision.TaskEscalated: waking(gateway.task_escalated),
    supervision.OverdueNotified: waking(gateway.overdue),
    supervision.AttentionNeeded: waking(gateway.attention_needed),
    floods.ReplyGiven: waking(gateway.replied),
    evaluation.FeedbackRequested: waking(gateway.feedback_asked),
    evaluation.CallBackTried: waking(gateway.call_back_tried),
}  # type: ignore[dict-item]


def _matter(case: DispatchedCase) -> Matter:
    """Routing and supervision speak of filed cases only, and their events wait for `case_filed`."""
    if case.state.matter is None:
        raise LookupError(f"case {case.id} was never filed")
    return case.state.matter


def _told(case: DispatchedCase, event: supervision.CaseClosed) -> str:
    """What the lead says it did, or the answer that was given, or what was said at the closing. In confidence: nothing."""
    matter, lead = case.state.matter, case.state.lead()
    if matter is not None and matter.confidential:
        return ""
    return case.state.answer or (lead.note if lead is not None else "") or event.note


def _meant(
    case: DispatchedCase, event: supervision.UnitUrged | supervision.OrderIssued | supervision.AnswerDueMoved
) -> Dispatch | None:
    """The order an urge or a formal order is about: as named, else the open one of the named unit, else the lead's."""
    named = case.state.find(event.dispatch_id)
    if named is not None:
        return named
    if event.unit_id is None:
        return case.state.lead()
    return next((each for each in case.state.dispatches if each.open and each.unit_id == event.unit_id), None)
