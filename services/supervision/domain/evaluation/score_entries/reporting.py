"""What is counted of discovery and acceptance: reports, filing, verification, settlements, voided cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from contracts.common import Actor, Channel
from contracts.events import acceptance, command, discovery, supervision
from contracts.events.acceptance import storms
from contracts.figures import RECHECK, SENDING, SETTLEMENT, VERIFY, Deadline
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import BookedClock, BookedTask
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.recurrences import count_repeat
from services.supervision.domain.evaluation.score_entries.scorer import Keeper
from services.supervision.domain.primitives import officers

_SOURCES: Mapping[Channel, str] = {
    **dict.fromkeys(("grid_terminal", "patrol_team", "lane_lead", "helper"), "reported_patrol"),
    **dict.fromkeys(("hotline", "walk_in", "resident", "open311", "public_liaison"), "reported_public"),
    "camera": "reported_camera",
    **dict.fromkeys(("department", "emergency", "upstream"), "reported_bodies"),
}
"""Source: 监督员上报数, 公众举报数 of systems in use; the rest is neither."""

SURVIVING = frozenset({
    ("intake_clerk", "filed"), ("intake_clerk", "misfiled"), ("shift_lead", "voided"), ("street", "voided"),
})  # fmt: skip
"""What still counts of a voided case: how often somebody files wrongly cannot be asked without it."""


_OF_FILING = frozenset({
    ("street", "filed"), ("street", "filed_public"), ("street", "repeat_filed"), ("officer", "filed"), ("officer", "settleable"),
    ("officer", "grid_filed"), ("officer", "discovered"),
})  # fmt: skip
"""What counts of the category and the place under which it was filed."""


def received(keeper: Keeper, event: discovery.ReportReceived) -> None:
    """A report, for its officer and its street."""
    books = keeper.books
    books.mode, books.reachable = event.mode, event.reporter_ref is not None
    books.case_number = event.case_number
    if event.place is not None:
        books.street = event.place.grid_code[:9]
    reporter = event.reported_by.officer_id
    books.split, books.public = event.split_from is not None, _SOURCES[event.channel] == "reported_public"
    if books.split:  # a part of a report is a case, not another report
        keeper.count(keeper.street, "split", event.report_id)
    else:
        keeper.count(keeper.street, "reported", event.report_id)
        keeper.count(keeper.street, _SOURCES[event.channel], event.report_id)
    if not books.split and reporter is not None:
        books.reported_by = reporter
        keeper.count(facts.officer(reporter), "reported", keeper.case_id, done_at=_handed_in_later(keeper, event))
    if event.settlement is not None:
        books.settled_by = reporter or ""


def _handed_in_later(keeper: Keeper, event: discovery.ReportReceived) -> datetime | None:
    """When it was reported on a terminal without signal; as far back as a terminal hands in its check-ins."""
    kept = timedelta(hours=keeper.district.settings.patrol.offline_hours)
    return event.reported_at if event.registered_at - kept <= event.reported_at < event.registered_at else None


def verification_requested(keeper: Keeper, event: acceptance.VerificationRequested) -> None:
    """A task with an officer, or the desk's. Sent by a person, it ends a part of the desk's minutes: in time or not."""
    keeper.books.tasks[event.task_id] = BookedTask(kind="verify", due_at=event.due_at, officer_id=event.officer_id)
    who = clerk(keeper, event.requested_by)
    keeper.count(who, "verify_sent", event.task_id)
    for _, clock in _running(keeper, "file"):
        keeper.judge(who, SENDING, event.task_id, clock.due_at, on_time=keeper.at <= clock.due_at)


def verification_given(
    keeper: Keeper, event: acceptance.VerificationAssigned | acceptance.VerificationPassedOn
) -> None:
    """From now on it is this officer's time, or nobody's; what already ran over stays with whoever let it."""
    if event.due_at is not None and (task := keeper.books.tasks.get(event.task_id)) is not None:
        task.due_at = event.due_at
    if isinstance(event, acceptance.VerificationAssigned):
        keeper.count(clerk(keeper, event.assigned_by), "verify_sent", event.task_id)
        hand_on(keeper, event.task_id, event.officer_id)
    else:
        hand_on(keeper, event.task_id, None)


def verification_recorded(keeper: Keeper, event: acceptance.VerificationRecorded) -> None:
    """The task is done: in time or not."""
    task = keeper.books.tasks.pop(event.task_id, None)
    if task is not None:
        task_done(keeper, event.task_id, task, event.officer_id, event.recorded_by, on_time=keeper.at <= task.due_at)


def clerk(keeper: Keeper, by: Actor | None) -> Subject | None:
    """Whoever did a clerk's work by hand; nobody where a rule did, or an officer."""
    account = keeper.account(by) if by is not None else ""
    return facts.intake_clerk(account) if account else None


def hand_on(keeper: Keeper, task_id: UUID, officer_id: str | None) -> None:
    """A task goes to another officer, or to nobody for the time being."""
    task = keeper.books.tasks.get(task_id)
    running = [clock for clock in keeper.books.clocks.values() if clock.task_id == task_id]
    if task is not None and not any(clock.red for clock in running):
        task.officer_id = officer_id


def task_done(
    keeper: Keeper, task_id: UUID, task: BookedTask, officer_id: str | None, by: Actor, *, on_time: bool
) -> None:
    """Done, for the officer who did it or the desk. Late, that counts for whoever let it run over, not for who stepped in;
    for the desk's own tasks whoever did them answers.
    """
    clerk = keeper.account(by)
    did = facts.officer(officer_id) if officer_id is not None else facts.intake_clerk(clerk) if clerk else None
    keeper.count(did, "verified" if task.kind == "verify" else "rechecked", task_id)
    late = facts.officer(task.officer_id) if task.officer_id else None
    in_field = officer_id is not None or did is None
    answerable = did if on_time and did is not None else late if in_field else late or did
    keeper.judge(answerable, deadline_of(task), task_id, task.due_at, on_time=on_time)


def deadline_of(task: BookedTask) -> Deadline:
    """核实 and 核查 are counted apart."""
    return VERIFY if task.kind == "verify" else RECHECK


def filed(keeper: Keeper, event: acceptance.CaseFiled) -> None:
    """Filed: for whoever filed it, whoever reported it, the street, and the officers on duty in its grid."""
    books = keeper.books
    books.filed_by = books.desk = keeper.account(event.filed_by)
    keeper.count(_filer(keeper), "filed", keeper.case_id)
    _filing(keeper, event)


def corrected(keeper: Keeper, event: acceptance.CaseCorrected) -> None:
    """It counts as what it is and where it is. Who had filed it wrongly is not asked when they put it right themselves."""
    _filing(keeper, event)
    if event.corrected_by.id != event.filed_by.id:
        keeper.count(_filer(keeper), "misfiled", keeper.case_id)


def sent_back(keeper: Keeper, _: command.CaseSentBack) -> None:
    """退回受理: a filing that was not right."""
    keeper.count(_filer(keeper), "misfiled", keeper.case_id)


def _filer(keeper: Keeper) -> Subject | None:
    return facts.intake_clerk(keeper.books.filed_by) if keeper.books.filed_by else None


def _filing(keeper: Keeper, event: acceptance.CaseFiled) -> None:
    """What follows from category and place; what followed from those filed before does not count any more."""
    books = keeper.books
    if books.filed:
        keeper.strike_figures(_OF_FILING, "corrected")
    keeper.move(event.place.grid_code[:9])
    books.emergency, books.filed = event.emergency, True
    keeper.count(keeper.street, "filed", keeper.case_id)
    if books.public:
        keeper.count(keeper.street, "filed_public", keeper.case_id)
    count_repeat(keeper)
    reporter = event.reporter_officer_id
    if reporter is not None:
        if not books.split:
            keeper.count(facts.officer(reporter), "filed", keeper.case_id)
        condition = keeper.district.conditions.get(event.condition_id)
        if condition is not None and condition.settleable:
            keeper.count(facts.officer(reporter), "settleable", keeper.case_id)
    if event.discoverable_on_patrol:
        _discovered(keeper, event)


def _discovered(keeper: Keeper, event: acceptance.CaseFiled) -> None:
    """A case that a patrol can discover counts for whoever had the grid when it was reported; who reported it themselves
    has discovered it.
    """
    for officer_id in officers.answerable(keeper.district, event.place.grid_code, event.reported_at):
        keeper.count(facts.officer(officer_id), "grid_filed", keeper.case_id)
        if officer_id == event.reporter_officer_id:
            keeper.count(facts.officer(officer_id), "discovered", keeper.case_id)


def not_filed(keeper: Keeper, event: acceptance.CaseNotFiled) -> None:
    """Not filed is a decision of the desk like filing. Sent back before, it is no filed case after all."""
    keeper.strike_figures(_OF_FILING, "corrected")
    clerk = keeper.account(event.decided_by)
    keeper.count(keeper.street, "not_filed", keeper.case_id)
    keeper.count(facts.intake_clerk(clerk) if clerk else None, "not_filed", keeper.case_id)
    keeper.books.desk = clerk


def answered(keeper: Keeper, event: acceptance.CaseAnswered) -> None:
    """直接办结."""
    clerk = keeper.account(event.answered_by)
    keeper.books.passed = True
    for who in (facts.intake_clerk(clerk) if clerk else None, keeper.street):
        keeper.count(who, "answered", keeper.case_id)
    keeper.books.desk = clerk


def voided(keeper: Keeper, event: acceptance.CaseVoided) -> None:
    """Nothing of this case counts, but that somebody had filed it, and that it was found wrong."""
    books, by = keeper.books, keeper.account(event.decided_by)
    keeper.strike_all("voided", but=SURVIVING)
    keeper.count(_filer(keeper), "misfiled", keeper.case_id)
    for who in (facts.shift_lead(by) if by else None, keeper.street):
        keeper.count(who, "voided", keeper.case_id)
    books.voided = True


def attached(keeper: Keeper, event: acceptance.CaseAttached) -> None:
    """Taken in by a storm, it is exempt as its parent is. What an officer saw was true though another had seen it first."""
    books = keeper.books
    if event.rule == "polygon":
        keeper.storm()
    reporter = facts.officer(books.reported_by)
    if books.reported_by and not books.filed and not keeper.counts(reporter, "settled", keeper.case_id):
        keeper.count(reporter, "attached", keeper.case_id)


def detached(keeper: Keeper, _: acceptance.CaseDetached) -> None:
    """Its own case again: what is late from now on counts again."""
    keeper.books.storm = False
    keeper.strike_of(("attached",), keeper.case_id)


def storm_declared(keeper: Keeper, _: storms.StormDeclared) -> None:
    """风暴: everybody is late at once, and that is not counted against anybody."""
    keeper.storm()


def settlement_recorded(keeper: Keeper, event: acceptance.SettlementRecorded) -> None:
    """自行处置 approved or refused; for the desk it was a task with a limit."""
    books, clerk = keeper.books, keeper.account(event.decided_by)
    books.settled_by = event.officer_id or ""
    if event.officer_id is not None:
        who = facts.officer(event.officer_id)
        held, fell = ("settled", "settlement_refused") if event.approved else ("settlement_refused", "settled")
        keeper.count(who, "settleable", keeper.case_id)
        keeper.count(who, held, keeper.case_id)
        keeper.strike(who, fell, keeper.case_id, "corrected")
    if event.approved:
        keeper.count(keeper.street, "settled", keeper.case_id)
    else:
        keeper.strike(keeper.street, "settled", keeper.case_id, "corrected")
    books.passed = event.approved
    who = facts.intake_clerk(clerk) if clerk else None
    for clock_id, clock in _running(keeper, "settlement"):
        keeper.judge(who, SETTLEMENT, clock_id, clock.due_at, on_time=keeper.at <= clock.due_at)


def reopened(keeper: Keeper, _: supervision.CaseReopened) -> None:
    """What is open again was neither settled on the spot nor answered: it is filed and counts as that, or does not count. The
    clerk did answer it.
    """
    for figure in ("settled", "answered"):
        keeper.strike(keeper.street, figure, keeper.case_id, "corrected")
    who = facts.officer(keeper.books.settled_by)
    if keeper.counts(who, "settled", keeper.case_id):
        keeper.strike(who, "settled", keeper.case_id, "corrected")
        keeper.count(who, "settlement_reopened", keeper.case_id)


def _running(keeper: Keeper, name: str) -> list[tuple[object, BookedClock]]:
    return [(clock_id, clock) for clock_id, clock in keeper.books.clocks.items() if clock.name == name]
