"""Reactions to events of intake: clocks, tasks, closing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.events import acceptance, command, discovery
from contracts.events.acceptance import upstream
from services.chassis.auth import SYSTEM
from services.supervision.domain.evaluation.final_figures import evaluate_if_final
from services.supervision.domain.lifecycle import case_deadline, closing
from services.supervision.domain.policies import recheck
from services.supervision.domain.primitives import access, attention, clocks, feedback_questions, tasks
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.report_state import FiledCase, Location, Report
from services.supervision.domain.reactions import dispatch


def on_report_received(case: SupervisionCase, event: discovery.ReportReceived, _: datetime) -> None:
    """Start the supervision of a case.

    For a settlement on the spot, start the clock of its approval at the time of registration.
    """
    state = case.state
    state.case_number, state.mode, state.first_report = event.case_number, event.mode, event.report_id
    state.registered_at = event.registered_at
    state.location = Location.of(event.place) if event.place is not None else None
    reporter = event.reported_by.officer_id
    state.reports[event.report_id] = Report(
        reporter_ref=event.reporter_ref, officer_id=reporter, can_be_asked=event.feedback_wanted
    )
    if event.settlement is not None:
        state.outcome, state.settled_by = event.settlement.outcome, reporter
        _start_settlement_clock(case, event.registered_at)


def on_verification_requested(case: SupervisionCase, event: acceptance.VerificationRequested, at: datetime) -> None:
    """Start the verification clock and pause the filing clock."""
    limit = case.district.settings.stage_limits.verify
    for clock_id, clock in clocks.find(case, "file"):
        if not clock.paused:
            clocks.pause(case, clock_id, at, "verification")
    started_at = clocks.task_start(case, at, event.due_at, limit)
    clocks.start(
        case,
        "verify",
        started_at,
        limit.unit,
        limit=limit,
        due_at=event.due_at,
        task_id=event.task_id,
        officer_id=event.officer_id,
        grid_code=(event.grid_code or "") if event.mode == "site" else "",
    )
    if event.nobody_on_duty:
        attention.request_attention(case, "nobody_on_duty", "shift_lead", grid_code=event.grid_code or "")


def on_verification_assigned(case: SupervisionCase, event: acceptance.VerificationAssigned, _: datetime) -> None:
    """Make the assigned officer answerable for the verification clock, unless the clock is overdue.

    If a shift lead assigned the officer, the question that nobody is on duty counts as answered.
    """
    _give_clock_to(case, event.task_id, event.officer_id)
    by = event.assigned_by
    attention.settle_all(case, "", by, "nobody_on_duty", answered=by.role in access.QUEUES["shift_lead"])


def on_verification_passed_on(case: SupervisionCase, event: acceptance.VerificationPassedOn, at: datetime) -> None:
    """Release the officer from the verification clock.

    The clock starts again with the next shift if nobody is on duty.
    """
    _give_clock_to(case, event.task_id, None)
    for clock_id, clock in clocks.find(case, "verify", task_id=event.task_id):
        if event.due_at is not None and clock_id not in case.state.overdue:
            limit = case.district.settings.stage_limits.verify
            clocks.stop(case, clock_id, at, cancelled=True)
            clocks.start(
                case,
                "verify",
                clocks.task_start(case, at, event.due_at, limit),
                limit.unit,
                limit=limit,
                due_at=event.due_at,
                task_id=event.task_id,
                grid_code=clock.grid_code,
            )
        if event.nobody_on_duty:
            attention.request_attention(case, "nobody_on_duty", "shift_lead", grid_code=clock.grid_code)


def _give_clock_to(case: SupervisionCase, task_id: UUID, officer_id: str | None) -> None:
    for clock_id, clock in clocks.find(case, "verify", task_id=task_id):
        if clock_id not in case.state.overdue:
            clock.officer_id = officer_id


def on_verification_recorded(case: SupervisionCase, event: acceptance.VerificationRecorded, at: datetime) -> None:
    """Stop the verification clock and close the questions about the verification."""
    attention.settle_all(case, event.note, event.recorded_by, "task_overdue", "nobody_on_duty")
    for clock_id, _ in clocks.find(case, "verify", task_id=event.task_id):
        clocks.stop(case, clock_id, at)


def on_filing_awaited(case: SupervisionCase, event: acceptance.FilingAwaited, at: datetime) -> None:
    """Start or resume the filing clock of the intake desk."""
    _cancel_clocks(case, "verify", at=at)
    attention.settle_all(case, "", SYSTEM, "task_overdue", "nobody_on_duty")
    running = list(clocks.find(case, "file"))
    for clock_id, _ in running:
        clocks.resume(case, clock_id, at, "verification")
    if not running:
        limit = case.district.settings.stage_limits.file
        clocks.start(case, "file", at, limit.unit, limit=limit, due_at=event.due_at)


def on_returned_upstream(case: SupervisionCase, _: upstream.ReturnedUpstream, at: datetime) -> None:
    """Cancel the filing and verification clocks until the upstream platform has decided.

    The promise to the reporter keeps running.
    """
    _cancel_clocks(case, "file", "verify", at=at)


def on_case_filed(case: SupervisionCase, event: acceptance.CaseFiled, at: datetime) -> None:
    """Start the clock of the promise to the reporter, and the clock of the centre that must choose a unit."""
    state = case.state
    for clock_id, _ in clocks.find(case, "file"):
        clocks.stop(case, clock_id, at)
    _cancel_clocks(case, "verify", "settlement", at=at)
    attention.settle_all(case, "", SYSTEM, "task_overdue", "nobody_on_duty")
    _apply_filing(case, event)
    if event.confidential:
        state.redact_texts()
    state.filed_at = state.filed_at or at
    clocks.start_dispatch_clock(case, at)


def on_case_corrected(case: SupervisionCase, event: acceptance.CaseCorrected, _: datetime) -> None:
    """Apply a correction 更正 of the filing. Request an open recheck again if the correction affects it."""
    before = case.state.filed_case
    _apply_filing(case, event)
    recheck.renew_check(case, before)
    evaluate_if_final(case)


def _apply_filing(case: SupervisionCase, event: acceptance.CaseFiled) -> None:
    """Store the filed case and its place, and restart the case deadline."""
    case.state.filed_case, case.state.location = FiledCase.of(event), Location.of(event.place)
    case_deadline.start_case_deadline(case)


def on_case_sent_back(case: SupervisionCase, _: command.CaseSentBack, at: datetime) -> None:
    """Stop the clock of the centre, because the intake desk must correct the filing."""
    for clock_id in clocks.dispatch_clocks(case):
        clocks.stop(case, clock_id, at)


def on_case_not_filed(case: SupervisionCase, _: acceptance.CaseNotFiled, at: datetime) -> None:
    """End a case that the intake desk decided not to file."""
    closing.end_case(case, at)


def on_case_withdrawn(case: SupervisionCase, _: acceptance.CaseWithdrawn, at: datetime) -> None:
    """End a case that the reporter withdrew."""
    closing.end_case(case, at)


def on_case_voided(case: SupervisionCase, _: acceptance.CaseVoided, at: datetime) -> None:
    """End a voided 作废 case, and cancel the appeals and feedback questions of the case."""
    closing.end_case(case, at)
    tasks.cancel_appeals(case)
    feedback_questions.withdraw_questions(case)


def on_case_answered(case: SupervisionCase, event: acceptance.CaseAnswered, at: datetime) -> None:
    """Close a case that was answered directly 直接办结."""
    for clock_id, _ in clocks.find(case, "file"):
        clocks.stop(case, clock_id, at)
    case.state.outcome = "answered"
    closing.close(case, "answered", "", event.answered_by)
    evaluate_if_final(case)


def on_settlement_recorded(case: SupervisionCase, event: acceptance.SettlementRecorded, at: datetime) -> None:
    """Close the case of an approved settlement 自行处置, or recheck it first if it is in the random sample."""
    state = case.state
    for clock_id, _ in clocks.find(case, "settlement"):
        clocks.stop(case, clock_id, at)
    state.outcome, state.settled_by = event.outcome, event.officer_id
    if not event.approved:
        return
    if event.sampled:
        recheck.request(case, event.recheck_mode, event.grid_code, sample=True)
    else:
        closing.close(case, closing.outcome_of(event.outcome), event.note, SYSTEM)
        evaluate_if_final(case)


def on_case_attached(case: SupervisionCase, _: acceptance.CaseAttached, at: datetime) -> None:
    """End a case that was attached to another case and from now on follows that case."""
    closing.end_case(case, at)


def on_case_detached(case: SupervisionCase, _: acceptance.CaseDetached, at: datetime) -> None:
    """Continue a case that was detached from another case.

    A settlement waits for approval again, a filed case for a dispatch or for its emergency service, a handled case for
    its check. The promise to the reporter kept running meanwhile. If the case waits for filing, an event of intake
    starts the filing clock.
    """
    state = case.state
    if state.ended:
        return
    if state.filed_case is not None:
        case_deadline.start_case_deadline(case)
        if dispatch.is_handled(case):
            recheck.request_check(case)
            evaluate_if_final(case)
        else:
            dispatch.resume(case, at)
    elif state.flow.settlement == "waiting":
        _start_settlement_clock(case, at)


def on_report_joined(case: SupervisionCase, event: acceptance.ReportJoined, _: datetime) -> None:
    """Add a report that was attached to the case. If the case is closed, ask the reporter at once."""
    officer, due_at = event.reporter_officer_id, event.external.due_at if event.external is not None else None
    report = Report(
        reporter_ref=event.reporter_ref, officer_id=officer, can_be_asked=event.feedback_wanted, due_at=due_at
    )
    case.state.reports.setdefault(event.report_id, report)
    case_deadline.apply_report_deadline(case, report)
    recheck.exclude_participants(case)
    if case.state.flow.closed:
        feedback_questions.ask(case, event.report_id)


def on_report_left(case: SupervisionCase, event: acceptance.ReportLeft, _: datetime) -> None:
    """Remove a report that was moved to another case."""
    if event.report_id in case.state.reports:
        feedback_questions.stop_waiting(case, event.report_id)
        evaluate_if_final(case)
        case_deadline.apply_report_deadline(case, case.state.reports.pop(event.report_id))
        recheck.exclude_participants(case)


def _start_settlement_clock(case: SupervisionCase, since: datetime) -> None:
    limit = case.district.settings.stage_limits.settlement
    clocks.start(case, "settlement", since, limit.unit, limit=limit)


def _cancel_clocks(case: SupervisionCase, *names: clocks.ClockName, at: datetime) -> None:
    for clock_id, _ in clocks.find(case, *names):
        clocks.stop(case, clock_id, at, cancelled=True)
