"""Counting of discovery and acceptance: reports, filing, verification, settlements, voided cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from contracts.common import Actor, Channel
from contracts.events import acceptance, command, discovery, supervision
from contracts.events.acceptance import storms
from contracts.figures import RECHECK, SENDING, SETTLEMENT, VERIFY, Deadline
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import ScoredClock, ScoredTask
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.recurrences import count_recurrence
from services.supervision.domain.evaluation.score_entries.scorer import Scorer
from services.supervision.domain.primitives import officers

_SOURCES: Mapping[Channel, str] = {
    **dict.fromkeys(("grid_terminal", "patrol_team", "lane_lead", "helper"), "reported_patrol"),
    **dict.fromkeys(("hotline", "walk_in", "resident", "open311", "public_liaison"), "reported_public"),
    "camera": "reported_camera",
    **dict.fromkeys(("department", "emergency", "upstream"), "reported_organisations"),
}
"""Channel of a report → figure that counts it. Source: 监督员上报数, 公众举报数 of systems in use."""

KEPT_AFTER_VOIDING = frozenset(
    {
        ("intake_clerk", "filed"),
        ("intake_clerk", "misfiled"),
        ("shift_lead", "voided"),
        ("street", "voided"),
    }
)
"""Kind of subject and figure that still count for a voided case, so that wrong filing can be measured."""


_FILING_FIGURES = frozenset(
    {
        ("street", "filed"),
        ("street", "filed_public"),
        ("street", "repeat_filed"),
        ("officer", "filed"),
        ("officer", "settleable"),
        ("officer", "grid_filed"),
        ("officer", "discovered"),
    }
)
"""Kind of subject and figure that depend on the category and place with which the case was filed."""


def on_report_received(scorer: Scorer, event: discovery.ReportReceived) -> None:
    """Count a report for the officer who made it and for its street."""
    scores = scorer.scores
    scores.mode, scores.reachable = event.mode, event.reporter_ref is not None
    scores.case_number = event.case_number
    if event.place is not None:
        scores.street = event.place.grid_code[:9]
    reporter = event.reported_by.officer_id
    scores.split, scores.public = event.split_from is not None, _SOURCES[event.channel] == "reported_public"
    if scores.split:  # a part of a report is a case, not another report
        scorer.count(scorer.street, "split", event.report_id)
    else:
        scorer.count(scorer.street, "reported", event.report_id)
        scorer.count(scorer.street, _SOURCES[event.channel], event.report_id)
    if not scores.split and reporter is not None:
        scores.reported_by = reporter
        scorer.count(facts.officer(reporter), "reported", scorer.case_id, done_at=_reported_offline_at(scorer, event))
    if event.settlement is not None:
        scores.settled_by = reporter or ""


def _reported_offline_at(scorer: Scorer, event: discovery.ReportReceived) -> datetime | None:
    """Return when the report was made, if a terminal handed it in later; otherwise `None`.

    It is also `None` if the report was handed in after the accepted offline hours.
    """
    kept = timedelta(hours=scorer.district.settings.patrol.offline_hours)
    return event.reported_at if event.registered_at - kept <= event.reported_at < event.registered_at else None


def on_verification_requested(scorer: Scorer, event: acceptance.VerificationRequested) -> None:
    """Record a verification task, so that it can be judged.

    If a person requested the verification, judge whether the request came before the filing deadline of the intake
    desk.
    """
    scorer.scores.tasks[event.task_id] = ScoredTask(kind="verify", due_at=event.due_at, officer_id=event.officer_id)
    who = clerk_of(scorer, event.requested_by)
    scorer.count(who, "verify_sent", event.task_id)
    for _, clock in _running_clocks(scorer, "file"):
        scorer.judge(who, SENDING, event.task_id, clock.due_at, on_time=scorer.at <= clock.due_at)


def on_verification_given(
    scorer: Scorer, event: acceptance.VerificationAssigned | acceptance.VerificationPassedOn
) -> None:
    """Make the officer who received a verification task answerable for it; nobody, if the task was passed on.

    If the task is already overdue, the officer who was late stays answerable.
    """
    if event.due_at is not None and (task := scorer.scores.tasks.get(event.task_id)) is not None:
        task.due_at = event.due_at
    if isinstance(event, acceptance.VerificationAssigned):
        scorer.count(clerk_of(scorer, event.assigned_by), "verify_sent", event.task_id)
        give_task_to(scorer, event.task_id, event.officer_id)
    else:
        give_task_to(scorer, event.task_id, None)


def on_verification_recorded(scorer: Scorer, event: acceptance.VerificationRecorded) -> None:
    """Count a finished verification and judge its deadline."""
    task = scorer.scores.tasks.pop(event.task_id, None)
    if task is not None:
        count_task_done(
            scorer, event.task_id, task, event.officer_id, event.recorded_by, on_time=scorer.at <= task.due_at
        )


def clerk_of(scorer: Scorer, by: Actor | None) -> Subject | None:
    """Return the person of the centre who acted, as a subject of kind `intake_clerk`.

    Return `None` for the system, units and officers.
    """
    account = scorer.account_of(by) if by is not None else ""
    return facts.intake_clerk(account) if account else None


def give_task_to(scorer: Scorer, task_id: UUID, officer_id: str | None) -> None:
    """Make this officer (nobody if `None`) answerable for a task, unless the task is already overdue."""
    task = scorer.scores.tasks.get(task_id)
    running = [clock for clock in scorer.scores.clocks.values() if clock.task_id == task_id]
    if task is not None and not any(clock.red for clock in running):
        task.officer_id = officer_id


def count_task_done(
    scorer: Scorer, task_id: UUID, task: ScoredTask, officer_id: str | None, by: Actor, *, on_time: bool
) -> None:
    """Count a finished task for the person who did it, and judge its deadline.

    A late field task counts against the officer who had it when it became overdue, not against the officer who took it
    over. A late task of the intake desk counts against the person who did it.
    """
    clerk = scorer.account_of(by)
    did = facts.officer(officer_id) if officer_id is not None else facts.intake_clerk(clerk) if clerk else None
    scorer.count(did, "verified" if task.kind == "verify" else "rechecked", task_id)
    late = facts.officer(task.officer_id) if task.officer_id else None
    in_field = officer_id is not None or did is None
    answerable = did if on_time and did is not None else late if in_field else late or did
    scorer.judge(answerable, deadline_of(task), task_id, task.due_at, on_time=on_time)


def deadline_of(task: ScoredTask) -> Deadline:
    """Return the kind of deadline of a task: verification 核实 or recheck 核查."""
    return VERIFY if task.kind == "verify" else RECHECK


def on_case_filed(scorer: Scorer, event: acceptance.CaseFiled) -> None:
    """Count a filing for the clerk, the officer who reported, the street and the officers responsible for the grid."""
    scores = scorer.scores
    scores.filed_by = scores.desk_decision_by = scorer.account_of(event.filed_by)
    scorer.count(_filer(scorer), "filed", scorer.case_id)
    _count_filing(scorer, event)


def on_case_corrected(scorer: Scorer, event: acceptance.CaseCorrected) -> None:
    """Count the case again with its corrected category and place.

    If somebody other than the filer corrected the case, the filing also counts as wrong.
    """
    _count_filing(scorer, event)
    if event.corrected_by.id != event.filed_by.id:
        scorer.count(_filer(scorer), "misfiled", scorer.case_id)


def on_case_sent_back(scorer: Scorer, _: command.CaseSentBack) -> None:
    """Count a wrong filing for the filer, because the case was sent back 退回受理 to the intake desk."""
    scorer.count(_filer(scorer), "misfiled", scorer.case_id)


def _filer(scorer: Scorer) -> Subject | None:
    return facts.intake_clerk(scorer.scores.filed_by) if scorer.scores.filed_by else None


def _count_filing(scorer: Scorer, event: acceptance.CaseFiled) -> None:
    """Count the figures that depend on category and place, and reverse what an earlier filing counted in them."""
    scores = scorer.scores
    if scores.filed:
        scorer.reverse_figures(_FILING_FIGURES, "corrected")
    scorer.move_to_street(event.place.grid_code[:9])
    scores.emergency, scores.filed = event.emergency, True
    scorer.count(scorer.street, "filed", scorer.case_id)
    if scores.public:
        scorer.count(scorer.street, "filed_public", scorer.case_id)
    count_recurrence(scorer)
    reporter = event.reporter_officer_id
    if reporter is not None:
        if not scores.split:
            scorer.count(facts.officer(reporter), "filed", scorer.case_id)
        condition = scorer.district.conditions.get(event.condition_id)
        if condition is not None and condition.settleable:
            scorer.count(facts.officer(reporter), "settleable", scorer.case_id)
    if event.discoverable_on_patrol:
        _count_discovery(scorer, event)


def _count_discovery(scorer: Scorer, event: acceptance.CaseFiled) -> None:
    """Count a case that a patrol could have found, for each officer responsible for the grid.

    If one of these officers reported the case, it also counts as a discovery of that officer.
    """
    for officer_id in officers.responsible_officers(scorer.district, event.place.grid_code, event.reported_at):
        scorer.count(facts.officer(officer_id), "grid_filed", scorer.case_id)
        if officer_id == event.reporter_officer_id:
            scorer.count(facts.officer(officer_id), "discovered", scorer.case_id)


def on_case_not_filed(scorer: Scorer, event: acceptance.CaseNotFiled) -> None:
    """Count the decision not to file the case, and reverse the figures of an earlier filing."""
    scorer.reverse_figures(_FILING_FIGURES, "corrected")
    clerk = scorer.account_of(event.decided_by)
    scorer.count(scorer.street, "not_filed", scorer.case_id)
    scorer.count(facts.intake_clerk(clerk) if clerk else None, "not_filed", scorer.case_id)
    scorer.scores.desk_decision_by = clerk


def on_case_answered(scorer: Scorer, event: acceptance.CaseAnswered) -> None:
    """Count a direct answer 直接办结."""
    clerk = scorer.account_of(event.answered_by)
    scorer.scores.passed = True
    for who in (facts.intake_clerk(clerk) if clerk else None, scorer.street):
        scorer.count(who, "answered", scorer.case_id)
    scorer.scores.desk_decision_by = clerk


def on_case_voided(scorer: Scorer, event: acceptance.CaseVoided) -> None:
    """Reverse all counted facts except those about the filing, and count the case as voided and wrongly filed."""
    scores, by = scorer.scores, scorer.account_of(event.decided_by)
    scorer.reverse_all("voided", except_for=KEPT_AFTER_VOIDING)
    scorer.count(_filer(scorer), "misfiled", scorer.case_id)
    for who in (facts.shift_lead(by) if by else None, scorer.street):
        scorer.count(who, "voided", scorer.case_id)
    scores.voided = True


def on_case_attached(scorer: Scorer, event: acceptance.CaseAttached) -> None:
    """Exempt the lateness of a case that was attached to a storm.

    An officer's report of an attached case counts as attached, unless the case was filed or settled before.
    """
    scores = scorer.scores
    if event.rule == "polygon":
        scorer.exempt_in_storm()
    reporter = facts.officer(scores.reported_by)
    if scores.reported_by and not scores.filed and not scorer.counts(reporter, "settled", scorer.case_id):
        scorer.count(reporter, "attached", scorer.case_id)


def on_case_detached(scorer: Scorer, _: acceptance.CaseDetached) -> None:
    """End the exemption in a storm, so that lateness counts again from now on."""
    scorer.scores.storm = False
    scorer.reverse_about(("attached",), scorer.case_id)


def on_storm_declared(scorer: Scorer, _: storms.StormDeclared) -> None:
    """Exempt the lateness of the parent case of a storm 灾情归并."""
    scorer.exempt_in_storm()


def on_settlement_recorded(scorer: Scorer, event: acceptance.SettlementRecorded) -> None:
    """Count an approved or refused settlement 自行处置, and judge whether the intake desk decided in time."""
    scores, clerk = scorer.scores, scorer.account_of(event.decided_by)
    scores.settled_by = event.officer_id or ""
    if event.officer_id is not None:
        who = facts.officer(event.officer_id)
        figure, opposite = ("settled", "settlement_refused") if event.approved else ("settlement_refused", "settled")
        scorer.count(who, "settleable", scorer.case_id)
        scorer.count(who, figure, scorer.case_id)
        scorer.reverse(who, opposite, scorer.case_id, "corrected")
    if event.approved:
        scorer.count(scorer.street, "settled", scorer.case_id)
    else:
        scorer.reverse(scorer.street, "settled", scorer.case_id, "corrected")
    scores.passed = event.approved
    approver = facts.intake_clerk(clerk) if clerk else None
    for clock_id, clock in _running_clocks(scorer, "settlement"):
        scorer.judge(approver, SETTLEMENT, clock_id, clock.due_at, on_time=scorer.at <= clock.due_at)


def on_case_reopened(scorer: Scorer, _: supervision.CaseReopened) -> None:
    """Reverse a settlement or a direct answer, because the case was not solved.

    A direct answer still counts for the clerk who gave it.
    """
    for figure in ("settled", "answered"):
        scorer.reverse(scorer.street, figure, scorer.case_id, "corrected")
    who = facts.officer(scorer.scores.settled_by)
    if scorer.counts(who, "settled", scorer.case_id):
        scorer.reverse(who, "settled", scorer.case_id, "corrected")
        scorer.count(who, "settlement_reopened", scorer.case_id)


def _running_clocks(scorer: Scorer, name: str) -> list[tuple[object, ScoredClock]]:
    return [(clock_id, clock) for clock_id, clock in scorer.scores.clocks.items() if clock.name == name]
