"""One table: event type → what it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.base import Event
from contracts.case_state import CaseState
from contracts.events import acceptance, command, discovery, evaluation, handling, supervision
from contracts.events.acceptance import reporters, storms
from services.supervision.domain.evaluation.score_entries import (
    deadlines,
    dispatches,
    oversight,
    recurrences,
    reporter_answers,
    reporting,
)
from services.supervision.domain.evaluation.score_entries.scorer import Keeper
from services.supervision.domain.evaluation.score_entries.standing import stand
from services.supervision.domain.primitives.case import is_over

Rule = Callable[[Keeper, Any], None]

WHILE_OPEN: Mapping[type[Event], Rule] = {
    acceptance.VerificationRequested: reporting.verification_requested,
    acceptance.VerificationAssigned: reporting.verification_given,
    acceptance.VerificationPassedOn: reporting.verification_given,
    acceptance.VerificationRecorded: reporting.verification_recorded,
    acceptance.CaseLinked: recurrences.linked,
    acceptance.CaseFiled: reporting.filed,
    acceptance.CaseCorrected: reporting.corrected,
    command.CaseSentBack: reporting.sent_back,
    acceptance.CaseNotFiled: reporting.not_filed,
    acceptance.CaseAnswered: reporting.answered,
    acceptance.SettlementRecorded: reporting.settlement_recorded,
    command.CaseRouted: dispatches.routed,
    command.CaseDispatched: dispatches.dispatched,
    handling.DispatchSigned: dispatches.signed,
    handling.HandoverRefused: dispatches.handover_refused,
    handling.ReturnRequested: dispatches.return_requested,
    handling.ReturnAccepted: dispatches.return_accepted,
    handling.ReturnRefused: dispatches.return_refused,
    handling.WorkCompleted: dispatches.completed,
    handling.ExtensionRequested: dispatches.extension_requested,
    handling.SuspensionRequested: dispatches.suspension_requested,
}
"""What counts only of a case that is not over: facts that come later stay in the timeline and change nothing."""

ALWAYS: Mapping[type[Event], Rule] = {
    discovery.ReportReceived: reporting.received,
    acceptance.CaseVoided: reporting.voided,
    acceptance.CaseAttached: reporting.attached,
    acceptance.CaseDetached: reporting.detached,
    storms.StormDeclared: reporting.storm_declared,
    reporters.ReporterContacted: reporter_answers.contacted,
    command.DispatchWithdrawn: dispatches.taken_back,
    handling.CoUnitReleased: dispatches.taken_back,
    supervision.ClockStarted: deadlines.clock_started,
    supervision.ClockPaused: deadlines.clock_paused,
    supervision.ClockResumed: deadlines.clock_resumed,
    supervision.DeadlineMoved: deadlines.clock_moved,
    supervision.AnswerDueMoved: oversight.answer_moved,
    supervision.LightChanged: deadlines.light_changed,
    supervision.ClockStopped: deadlines.clock_stopped,
    supervision.RecheckRequested: oversight.recheck_requested,
    supervision.RecheckAssigned: oversight.recheck_given,
    supervision.RecheckClaimed: oversight.recheck_given,
    supervision.RecheckPassedOn: oversight.recheck_passed_on,
    supervision.RecheckRecorded: oversight.recheck_recorded,
    supervision.SampleFailed: oversight.sample_failed,
    supervision.ReviewRecorded: oversight.review_recorded,
    supervision.ReworkOrdered: oversight.rework_ordered,
    supervision.UnitUrged: oversight.urged,
    supervision.OrderIssued: oversight.ordered,
    supervision.ExtensionDecided: oversight.extension_decided,
    supervision.SuspensionDecided: oversight.suspension_decided,
    supervision.AttentionNeeded: oversight.attention_needed,
    supervision.AttentionSettled: oversight.attention_settled,
    supervision.CaseClosed: oversight.closed,
    supervision.CaseReopened: reporting.reopened,
    evaluation.FeedbackRecorded: reporter_answers.said,
    evaluation.CallBackTried: reporter_answers.call_back_tried,
    evaluation.AppealLodged: reporter_answers.appeal_lodged,
    evaluation.AppealDecided: reporter_answers.appeal_decided,
}
"""What counts whatever became of the case, its own service's facts among it."""


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
