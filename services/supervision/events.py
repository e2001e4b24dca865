"""Event type → handler, for the events of intake, routing and dispatch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.events import acceptance, command, discovery, handling
from contracts.events.acceptance import reporters, storms, upstream
from services.chassis.cases import Handler
from services.supervision.domain.lifecycle import unit_requests
from services.supervision.domain.primitives.case import SupervisedCase, SupervisionCase, apply_event
from services.supervision.domain.reactions import dispatch, intake

Reaction = Callable[[SupervisionCase, Any, datetime], None]
"""What supervision does after an event.

The last argument is the time of the event, because clocks are judged by that time.
"""


def always(reaction: Reaction) -> Handler[SupervisedCase]:
    """Return a handler that applies the event to the case and then reacts to it."""

    def handler(case: SupervisionCase, event: Event, meta: Envelope) -> None:
        apply_event(case, event, meta.time)
        reaction(case, event, meta.time)

    return handler


def while_open(reaction: Reaction) -> Handler[SupervisedCase]:
    """Return a handler that applies the event, and reacts to it only if the case had not ended before."""

    def handler(case: SupervisionCase, event: Event, meta: Envelope) -> None:
        if not apply_event(case, event, meta.time):
            reaction(case, event, meta.time)

    return handler


def apply_only(case: SupervisionCase, event: Event, meta: Envelope) -> None:
    """Apply the event to status and figures, and do nothing else."""
    apply_event(case, event, meta.time)


EVENTS: dict[type[Event], Handler[SupervisedCase]] = {
    discovery.ReportReceived: always(intake.on_report_received),
    acceptance.VerificationRequested: while_open(intake.on_verification_requested),
    acceptance.VerificationAssigned: while_open(intake.on_verification_assigned),
    acceptance.VerificationPassedOn: while_open(intake.on_verification_passed_on),
    acceptance.VerificationRecorded: while_open(intake.on_verification_recorded),
    acceptance.FilingAwaited: while_open(intake.on_filing_awaited),
    acceptance.CaseFiled: while_open(intake.on_case_filed),
    acceptance.CaseCorrected: while_open(intake.on_case_corrected),
    acceptance.CaseNotFiled: while_open(intake.on_case_not_filed),
    acceptance.CaseVoided: always(intake.on_case_voided),
    acceptance.CaseWithdrawn: while_open(intake.on_case_withdrawn),
    acceptance.CaseAnswered: while_open(intake.on_case_answered),
    acceptance.SettlementRecorded: while_open(intake.on_settlement_recorded),
    acceptance.CaseAttached: always(intake.on_case_attached),
    acceptance.CaseDetached: always(intake.on_case_detached),
    acceptance.ReportJoined: always(intake.on_report_joined),
    acceptance.ReportLeft: always(intake.on_report_left),
    acceptance.CaseLinked: apply_only,
    upstream.ReturnedUpstream: while_open(intake.on_returned_upstream),
    upstream.UpstreamReturnDecided: apply_only,
    reporters.ReporterContacted: apply_only,
    storms.StormDeclared: apply_only,
    command.CaseRouted: apply_only,
    command.DecisionNeeded: while_open(dispatch.on_decision_needed),
    command.CaseSentBack: while_open(intake.on_case_sent_back),
    command.CaseDispatched: always(dispatch.on_case_dispatched),
    command.DispatchWithdrawn: always(dispatch.on_dispatch_ended),
    handling.DispatchSigned: while_open(dispatch.on_dispatch_signed),
    handling.HandoverRefused: while_open(dispatch.on_handover_refused),
    handling.ReturnRequested: while_open(dispatch.on_return_requested),
    handling.ReturnAccepted: while_open(dispatch.on_return_accepted),
    handling.ReturnRefused: while_open(dispatch.on_return_refused),
    handling.ProgressReported: while_open(dispatch.on_progress_reported),
    handling.CoUnitReleased: always(dispatch.on_dispatch_ended),
    handling.WorkCompleted: while_open(dispatch.on_work_completed),
    handling.HandlingCompleted: while_open(dispatch.on_handling_completed),
    handling.ExtensionRequested: while_open(unit_requests.open_request),
    handling.SuspensionRequested: while_open(unit_requests.open_request),
}
"""Event type → handler. Events of other types only advance the applied position of the case."""
