"""API views of a case and its tasks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from contracts.clocks import clock_to_show
from contracts.common import Mode
from contracts.events.acceptance import RecheckMode
from contracts.events.evaluation import ExemptReason, Satisfied
from contracts.events.supervision import ClockName, Light
from services.chassis.auth import Caller
from services.supervision.domain.actions.guards import Action, possible_actions
from services.supervision.domain.evaluation.scored_case import with_scores
from services.supervision.domain.primitives import access, clocks
from services.supervision.domain.primitives.case import SupervisedCase, SupervisionCase
from services.supervision.domain.primitives.clock_state import Clock
from services.supervision.domain.primitives.handling_state import NoticeKind
from services.supervision.domain.primitives.task_state import Queue, Task, TaskKind
from services.supervision.domain.primitives.view import View


class ClockView(View):
    """A clock that runs or is paused."""

    clock_id: UUID
    name: ClockName
    light: Light
    started_at: datetime
    due_at: datetime | None
    """Deadline of the clock; `null` while the clock is paused."""
    share_used: float
    """Share of the granted time that is used, pauses not counted; 1 at the deadline."""
    provisional: bool
    """True if the deadline can still move, because the working days of its year are not announced yet."""
    coordinated: bool
    """True if the unit is asked, not ordered. The clock then never turns red."""
    dispatch_id: UUID | None
    task_id: UUID | None
    unit_id: str | None
    milestone: str


class TaskView(View):
    """A task for a person."""

    task_id: UUID
    case_id: UUID
    case_number: str
    case_mode: Mode
    """Mode of the case: `actual`, `exercise` or `test`."""
    kind: TaskKind
    queue: Queue
    status: str
    mode: RecheckMode | None
    """How the recheck is done; `null` for other tasks."""
    round: int
    sample: bool
    """True for a random recheck of a settlement on the spot."""
    grid_code: str
    officer_id: str | None
    lead_id: str | None
    """Grid lead who was informed because the task is late."""
    closing_condition: str
    closing_condition_en: str
    dispatch_id: UUID | None
    unit_id: str | None
    reason: str
    note: str
    until: datetime | None
    created_at: datetime
    due_at: datetime


class NoticeView(View):
    """A supervision order or an overdue notice that waits for the unit's reply."""

    notice_id: UUID
    kind: NoticeKind
    text: str
    """Text of the notice. For a confidential case it contains no free text."""
    text_en: str
    """English text of the notice; empty if a person wrote the text."""
    issued_at: datetime
    dispatch_id: UUID | None
    unit_id: str | None
    reply_due_at: datetime
    provisional: bool
    """True if a new calendar can still move the deadline."""


class ReportFeedbackView(View):
    """A report and the feedback of its reporter."""

    report_id: UUID
    asked: str
    """State of the feedback question: empty before it is asked, `waiting`, `answered` or `lapsed`."""
    tries: int
    """Failed call-backs since the question was asked."""
    solved: bool | None
    satisfied: Satisfied | None


class AppealView(View):
    """An appeal against figures of this case."""

    appeal_id: UUID
    kind: str
    subject_id: str
    figures: tuple[str, ...]
    upheld: bool | None
    """True if the appeal is upheld, False if it is refused; `null` while undecided."""


class SupervisionView(View):
    """One case as supervision shows it."""

    case_id: UUID
    case_number: str
    stage: str
    status: str
    version: int = Field(ge=0)
    """Version of the case. It is also the ETag; send it back as `If-Match`."""
    clock: ClockName | None
    """The most urgent running clock: the worst light, then the earliest deadline; `null` without a clock."""
    light: Light | None
    """Light of the clock in `clock`; `null` without a clock."""
    outcome: str
    rework_count: int
    failed_rechecks: int
    was_overdue: bool
    """True if a clock became overdue. An upheld appeal does not change this."""
    exempt_reason: ExemptReason | None
    """Why overdue clocks of this case are not counted (曾超期，不计); `null` if they are counted."""
    possible: tuple[Action, ...]
    """Actions that the caller can take now on the case or its tasks."""
    clocks: tuple[ClockView, ...]
    tasks: tuple[TaskView, ...]
    """Open tasks that the caller may see."""
    notices: tuple[NoticeView, ...]
    reports: tuple[ReportFeedbackView, ...]
    appeals: tuple[AppealView, ...]
    """Appeals of the caller's unit or of the caller as an officer; the centre sees all appeals."""


def case_view(case: SupervisionCase, caller: Caller) -> SupervisionView:
    """Return the case as far as the caller may see it.

    A unit sees its own clocks and notices, and the clocks of coordinated units for which it was asked to step in. Field
    staff see the field tasks. Only the centre sees the feedback of reporters.
    """
    state, centre = case.state, access.has_centre_role(caller)
    own = caller.unit_and_team_ids(case.district)
    overseen = {key for key, authority in state.authorities.items() if authority in own}
    visible = {
        key: clock
        for key, clock in state.clocks.items()
        if not own or clock.unit_id in own or clock.dispatch_id in overseen
    }
    first = clock_to_show(visible.values())
    tasks = (
        task_view(case.id, state, key, task)
        for key, task in state.tasks.items()
        if task.waiting and (centre or (task.queue == "officer" and not own))
    )
    return SupervisionView(
        case_id=case.id,
        case_number=state.case_number,
        stage=state.flow.stage,
        status=state.flow.status,
        version=case.version,
        clock=first.name if first else None,
        light=first.light if first else None,
        outcome=state.flow.outcome,
        rework_count=state.reworks,
        failed_rechecks=state.failures,
        was_overdue=bool(state.overdue),
        exempt_reason=with_scores(state).exempt_reason,
        possible=possible_actions(case, caller),
        clocks=tuple(_clock_view(case, key, clock) for key, clock in visible.items()),
        tasks=tuple(tasks),
        notices=tuple(
            NoticeView(
                notice_id=key, provisional=each.provisional is not None, **each.model_dump(exclude={"provisional"})
            )
            for key, each in state.notices.items()
            if centre or each.unit_id in own
        ),
        reports=tuple(
            ReportFeedbackView(
                report_id=key, asked=each.asked, tries=each.tries, solved=each.solved, satisfied=each.satisfied
            )
            for key, each in state.reports.items()
            if centre
        ),
        appeals=tuple(
            AppealView(appeal_id=key, **each.model_dump())
            for key, each in with_scores(state).scores.appeals.items()
            if centre or each.subject_id in {*own, caller.officer_id}
        ),
    )


def task_view(case_id: UUID, state: SupervisedCase, task_id: UUID, task: Task) -> TaskView:
    """Return a task as the API shows it, with the closing condition that a recheck needs."""
    filed = state.filed_case
    return TaskView(
        task_id=task_id,
        case_id=case_id,
        case_number=state.case_number,
        case_mode=state.mode,
        closing_condition=filed.closing_condition if filed else "",
        closing_condition_en=filed.closing_condition_en if filed else "",
        **task.model_dump(include=_TASK_FIELDS),
    )


_TASK_FIELDS = {
    "kind",
    "queue",
    "status",
    "mode",
    "round",
    "sample",
    "grid_code",
    "officer_id",
    "lead_id",
    "dispatch_id",
    "unit_id",
    "reason",
    "note",
    "until",
    "created_at",
    "due_at",
}
"""Fields of `Task` that `TaskView` shows under the same name."""


def _clock_view(case: SupervisionCase, clock_id: UUID, clock: Clock) -> ClockView:
    return ClockView(
        clock_id=clock_id,
        name=clock.name,
        light=clock.light,
        started_at=clock.started_at,
        due_at=None if clock.paused else clock.due_at,
        share_used=round(clocks.used_share(case, clock, case.now), 4),
        provisional=clock.provisional,
        coordinated=clock.coordinated,
        dispatch_id=clock.dispatch_id,
        task_id=clock.task_id,
        unit_id=clock.unit_id,
        milestone=clock.milestone,
    )
