"""One table: event type → what it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.base import Event
from contracts.case_state import CaseState
from contracts.events import acceptance, command, discovery, evaluation, handling, supervision
from contracts.events.acceptance import reporters, storms
from services.supervision.domain.books import deadlines, orders, repeats, reports, voices, watching
from services.supervision.domain.books.keeper import Keeper
from services.supervision.domain.books.standing import stand

Rule = Callable[[Keeper, Any], None]

WHILE_OPEN: Mapping[type[Event], Rule] = {
    acceptance.VerificationRequested: reports.verification_requested,
    acceptance.VerificationAssigned: reports.verification_given,
    acceptance.VerificationPassedOn: reports.verification_given,
    acceptance.VerificationRecorded: reports.verification_recorded,
    acceptance.CaseLinked: repeats.linked,
    acceptance.CaseFiled: reports.filed,
    acceptance.CaseCorrected: reports.corrected,
    command.CaseSentBack: reports.sent_back,
    acceptance.CaseNotFiled: reports.not_filed,
    acceptance.CaseAnswered: reports.answered,
    acceptance.SettlementRecorded: reports.settlement_recorded,
    command.CaseRouted: orders.routed,
    command.CaseDispatched: orders.dispatched,
    handling.DispatchSigned: orders.signed,
    handling.HandoverRefused: orders.handover_refused,
    handling.ReturnRequested: orders.return_requested,
    handling.ReturnAccepted: orders.return_accepted,
    handling.ReturnRefused: orders.return_refused,
    handling.WorkCompleted: orders.completed,
    handling.ExtensionRequested: orders.extension_requested,
    handling.SuspensionRequested: orders.suspension_requested,
}
"""What counts only of a case that is not over: facts that come later stay in the timeline and change nothing."""

ALWAYS: Mapping[type[Event], Rule] = {
    discovery.ReportReceived: reports.received,
    acceptance.CaseVoided: reports.voided,
    acceptance.CaseAttached: reports.attached,
    acceptance.CaseDetached: reports.detached,
    storms.StormDeclared: reports.storm_declared,
    reporters.ReporterContacted: voices.contacted,
    command.DispatchWithdrawn: orders.taken_back,
    handling.CoUnitReleased: orders.taken_back,
    supervision.ClockStarted: deadlines.clock_started,
    supervision.ClockPaused: deadlines.clock_paused,
    supervision.ClockResumed: deadlines.clock_resumed,
    supervision.DeadlineMoved: deadlines.clock_moved,
    supervision.AnswerDueMoved: watching.answer_moved,
    supervision.LightChanged: deadlines.light_changed,
    supervision.ClockStopped: deadlines.clock_stopped,
    supervision.RecheckRequested: watching.recheck_requested,
    supervision.RecheckAssigned: watching.recheck_given,
    supervision.RecheckClaimed: watching.recheck_given,
    supervision.RecheckPassedOn: watching.recheck_passed_on,
    supervision.RecheckRecorded: watching.recheck_recorded,
    supervision.SampleFailed: watching.sample_failed,
    supervision.ReviewRecorded: watching.review_recorded,
    supervision.ReworkOrdered: watching.rework_ordered,
    supervision.UnitUrged: watching.urged,
    supervision.OrderIssued: watching.ordered,
    supervision.ExtensionDecided: watching.extension_decided,
    supervision.SuspensionDecided: watching.suspension_decided,
    supervision.AttentionNeeded: watching.attention_needed,
    supervision.AttentionSettled: watching.attention_settled,
    supervision.CaseClosed: watching.closed,
    supervision.CaseReopened: reports.reopened,
    evaluation.FeedbackRecorded: voices.said,
    evaluation.CallBackTried: voices.call_back_tried,
    evaluation.AppealLodged: voices.appeal_lodged,
    evaluation.AppealDecided: voices.appeal_decided,
}
"""What counts whatever became of the case, its own service's facts among it."""


def is_over(flow: CaseState) -> bool:
    """Closed, or ended without being filed."""
    return bool(flow.closed or flow.voided or flow.withdrawn or flow.not_filed or flow.attached_to)


def enter(keeper: Keeper, event: Event, flow: CaseState, *, was_over: bool) -> None:
    """Enter an event; `flow` is the case after it, `was_over`: it had ended before.

    What stands is looked at with facts of our own only: by then a recount has heard the same, in whatever order. What is no
    case (a request for help) stands nowhere.
    """
    rule = ALWAYS.get(type(event)) or (None if was_over else WHILE_OPEN.get(type(event)))
    if rule is not None:
        rule(keeper, event)
    if event.SOURCE == "supervision" and keeper.books.case_number:
        stand(keeper, flow, over=is_over(flow))
