"""The table from event type to counting function."""

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
from services.supervision.domain.evaluation.score_entries.scorer import Scorer
from services.supervision.domain.evaluation.score_entries.standing import update_standing
from services.supervision.domain.primitives.case import has_ended

Rule = Callable[[Scorer, Any], None]

WHILE_OPEN: Mapping[type[Event], Rule] = {
    acceptance.VerificationRequested: reporting.on_verification_requested,
    acceptance.VerificationAssigned: reporting.on_verification_given,
    acceptance.VerificationPassedOn: reporting.on_verification_given,
    acceptance.VerificationRecorded: reporting.on_verification_recorded,
    acceptance.CaseLinked: recurrences.on_case_linked,
    acceptance.CaseFiled: reporting.on_case_filed,
    acceptance.CaseCorrected: reporting.on_case_corrected,
    command.CaseSentBack: reporting.on_case_sent_back,
    acceptance.CaseNotFiled: reporting.on_case_not_filed,
    acceptance.CaseAnswered: reporting.on_case_answered,
    acceptance.SettlementRecorded: reporting.on_settlement_recorded,
    command.CaseRouted: dispatches.on_case_routed,
    command.CaseDispatched: dispatches.on_case_dispatched,
    handling.DispatchSigned: dispatches.on_dispatch_signed,
    handling.HandoverRefused: dispatches.on_handover_refused,
    handling.ReturnRequested: dispatches.on_return_requested,
    handling.ReturnAccepted: dispatches.on_return_accepted,
    handling.ReturnRefused: dispatches.on_return_refused,
    handling.WorkCompleted: dispatches.on_work_completed,
    handling.ExtensionRequested: dispatches.on_extension_requested,
    handling.SuspensionRequested: dispatches.on_suspension_requested,
}
"""Event type → counting function, for events that count only while the case has not ended."""

ALWAYS: Mapping[type[Event], Rule] = {
    discovery.ReportReceived: reporting.on_report_received,
    acceptance.CaseVoided: reporting.on_case_voided,
    acceptance.CaseAttached: reporting.on_case_attached,
    acceptance.CaseDetached: reporting.on_case_detached,
    storms.StormDeclared: reporting.on_storm_declared,
    reporters.ReporterContacted: reporter_answers.on_reporter_contacted,
    command.DispatchWithdrawn: dispatches.on_dispatch_ended,
    handling.CoUnitReleased: dispatches.on_dispatch_ended,
    supervision.ClockStarted: deadlines.on_clock_started,
    supervision.ClockPaused: deadlines.on_clock_paused,
    supervision.ClockResumed: deadlines.on_clock_resumed,
    supervision.DeadlineMoved: deadlines.on_deadline_moved,
    supervision.AnswerDueMoved: oversight.on_answer_due_moved,
    supervision.LightChanged: deadlines.on_light_changed,
    supervision.ClockStopped: deadlines.on_clock_stopped,
    supervision.RecheckRequested: oversight.on_recheck_requested,
    supervision.RecheckAssigned: oversight.on_recheck_given,
    supervision.RecheckClaimed: oversight.on_recheck_given,
    supervision.RecheckPassedOn: oversight.on_recheck_passed_on,
    supervision.RecheckRecorded: oversight.on_recheck_recorded,
    supervision.SampleFailed: oversight.on_sample_failed,
    supervision.ReviewRecorded: oversight.on_review_recorded,
    supervision.ReworkOrdered: oversight.on_rework_ordered,
    supervision.UnitUrged: oversight.on_unit_urged,
    supervision.SupervisionOrderIssued: oversight.on_supervision_order_issued,
    supervision.ExtensionDecided: oversight.on_extension_decided,
    supervision.SuspensionDecided: oversight.on_suspension_decided,
    supervision.AttentionNeeded: oversight.on_attention_needed,
    supervision.AttentionSettled: oversight.on_attention_settled,
    supervision.CaseClosed: oversight.on_case_closed,
    supervision.CaseReopened: reporting.on_case_reopened,
    evaluation.FeedbackRecorded: reporter_answers.on_feedback_recorded,
    evaluation.CallBackTried: reporter_answers.on_call_back_tried,
    evaluation.AppealLodged: reporter_answers.on_appeal_lodged,
    evaluation.AppealDecided: reporter_answers.on_appeal_decided,
}
"""Event type → counting function, for events that count at any time, including events of supervision itself."""


def count_event(scorer: Scorer, event: Event, flow: CaseState, *, had_ended: bool) -> None:
    """Count an event in the scores of its case.

    `flow` is the state of the case after the event; `had_ended` is true if the case had ended before the event.
    Standing figures change only at events of supervision, so that a recount gives the same result even if it applies
    other events in another order. A request for help is not a case and has no standing figures.
    """
    rule = ALWAYS.get(type(event)) or (None if had_ended else WHILE_OPEN.get(type(event)))
    if rule is not None:
        rule(scorer, event)
    if event.SOURCE == "supervision" and scorer.scores.case_number:
        update_standing(scorer, flow, ended=has_ended(flow))
