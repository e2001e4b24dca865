"""The state that supervision keeps of one case, and the events it emits about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.base import Event, StoredDocument
from contracts.case_state import CaseState, fold
from contracts.clocks import Pause
from contracts.common import Actor, Mode, Place, community_of
from contracts.events.acceptance import CaseFiled, LimitUnit, RecheckMode
from contracts.events.command import HandoverTarget, MilestoneDue
from contracts.events.evaluation import Satisfied
from contracts.events.supervision import ClockName, Light
from contracts.masking import withhold
from contracts.registry import Limit
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.primitives.assist import Assist
from services.supervision.domain.primitives.provisional import DeadlineBasis

NoticeKind = Literal["overdue_notice", "formal_order"]
"""An overdue notice 超期告知 asks why the unit is late; a formal order 督办 orders the unit to act."""
Step = Literal["yellow", "red", "urge", "notice", "order", "leader", "lead", "centre"]
"""Automatic steps of a clock, each at a share of its limit."""

PauseReason = Literal["return", "suspension", "verification"]

TaskKind = Literal["recheck", "review", "extension", "suspension", "attention", "appeal"]
Queue = Literal["officer", "desk", "leader", "dispatcher", "shift_lead", "assessor"]
"""Who sees an open task: the officers of the duty grid, the desk (clerks and assessors), or one role."""


class ClockPause(BaseModel):
    """A period in which a clock does not run."""

    reason: PauseReason
    since: datetime
    until: datetime | None = None
    expected_until: datetime | None = None
    """When the pause is expected to end, if known."""


class Clock(BaseModel):
    """A clock that runs or is paused. Stopped clocks are removed; the timeline keeps them."""

    name: ClockName
    started_at: datetime
    unit: LimitUnit
    granted: timedelta
    """Time allowed on the calendar of the clock, extensions included."""
    due_at: datetime
    """The deadline. While the clock is paused, the deadline it had before the pause."""
    provisional: bool = False
    amount: int = 0
    """Amount of the limit in `unit`; 0 if the clock runs to a given instant instead of by a limit."""
    extensions: int = 0
    dispatch_id: UUID | None = None
    """The dispatch the clock belongs to. For a clock named `dispatch`, the dispatch whose return must be decided."""
    task_id: UUID | None = None
    unit_id: str | None = None
    centre_id: str | None = None
    """For a clock named `dispatch`: the deciding centre, if it is not the centre of the case."""
    officer_id: str | None = None
    grid_code: str = ""
    """Grid of a field task, whose grid lead is informed when the task is late."""
    milestone: str = ""
    coordinated: bool = False
    rework: bool = False
    """True for the shorter clock of a rework, which is counted separately."""
    handover: bool = False
    """True if an emergency service must acknowledge a hand-over. It is reminded, never ordered."""
    light: Light = "green"
    steps_done: list[Step] = Field(default_factory=list[Step])
    announced_by: dict[Step, UUID] = Field(default_factory=dict[Step, UUID])
    """Steps in `steps_done` that another clock of the same dispatch announced for both."""
    pause_log: list[ClockPause] = Field(default_factory=list[ClockPause])

    @property
    def runs_against_unit(self) -> bool:
        """True if the unit of the dispatch is late when this clock runs over; otherwise an officer or a desk is."""
        return self.dispatch_id is not None and self.name != "dispatch"

    @property
    def pauses(self) -> list[Pause]:
        return [Pause(stand.since, stand.until) for stand in self.pause_log]

    @property
    def paused(self) -> bool:
        return any(stand.until is None for stand in self.pause_log)


class Dispatch(BaseModel):
    """A dispatch 派遣单 as supervision sees it."""

    unit_id: str
    coordinated: bool = False
    handover: HandoverTarget | None = None
    """Target of a hand-over 移交: ours until acknowledged."""
    milestones: tuple[MilestoneDue, ...]
    """Milestones with their current deadlines; `amount` and `unit` are those of the first dispatch."""
    rework_milestones: tuple[MilestoneDue, ...] = ()
    """Milestones of the last rework with their current deadlines; empty before the first rework."""
    reached: list[str] = Field(default_factory=list[str])
    extensions: int = 0
    suspensions: int = 0

    @property
    def current_milestones(self) -> tuple[MilestoneDue, ...]:
        """The milestones that the unit must reach now."""
        return self.rework_milestones or self.milestones


class Notice(BaseModel):
    """An overdue notice or a formal order 督办 that waits for the unit's reply."""

    kind: NoticeKind
    issued_at: datetime
    text: str
    text_en: str = ""
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    reply_due_at: datetime
    provisional: DeadlineBasis | None = None
    """Start and limit of `reply_due_at`, while the calendar can still move it."""


class Task(BaseModel):
    """A task for a person in supervision."""

    kind: TaskKind
    queue: Queue
    created_at: datetime
    due_at: datetime
    provisional: DeadlineBasis | None = None
    """Start and limit of `due_at`, while the calendar can still move it. Tasks with a clock keep this in the clock."""
    mode: RecheckMode | None = None
    round: int = 0
    sample: bool = False
    grid_code: str = ""
    officer_id: str | None = None
    claimed_by: str | None = None
    """Account of the person who claimed the task."""
    excluded: list[str] = Field(default_factory=list[str])
    """Officers who reported or handled the case. For an appeal: who lodged it and whom it concerns."""
    declined: list[str] = Field(default_factory=list[str])
    """Officers who passed the task on."""
    lead_id: str | None = None
    """Grid lead who was informed because the task is late."""
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    reason: str = ""
    note: str = ""
    until: datetime | None = None
    status: Literal["open", "claimed", "answered", "cancelled"] = "open"
    passed: bool | None = None

    @property
    def waiting(self) -> bool:
        return self.status in ("open", "claimed")

    @property
    def escalates(self) -> bool:
        """True if the task goes one level up when it is not answered in time.

        A request of a unit goes to the director; a question to the director goes to the county leader in charge.
        """
        if self.kind in ("extension", "suspension"):
            return True
        return self.kind == "attention" and self.queue == "leader" and self.reason != "director_silent"


class Report(BaseModel):
    """A report of this case and the feedback of its reporter."""

    reporter_ref: UUID | None = None
    officer_id: str | None = None
    """Officer who made the report in the field; never rechecks the case."""
    can_be_asked: bool = False
    """True if the reporter can be asked for feedback."""
    due_at: datetime | None = None
    """Deadline that an external sender set for an attached report."""
    asked: Literal["", "waiting", "answered", "lapsed"] = ""
    tries: int = 0
    """Failed call-backs since the question was asked."""
    call_due_at: datetime | None = None
    """Until when the desk must call, while feedback is awaited."""
    call_provisional: DeadlineBasis | None = None
    """Start and limit of `call_due_at`, while the calendar can still move it."""
    answer_until: datetime | None = None
    """Until when an answer counts, while feedback is awaited."""
    solved: bool | None = None
    satisfied: Satisfied | None = None


class FiledCase(BaseModel):
    """What the case is about, as filed or last corrected."""

    case_number: str
    category_id: str
    condition_id: str
    closing_condition: str
    closing_condition_en: str
    recheck_mode: RecheckMode
    grid_code: str
    centre_id: str
    emergency: bool = False
    confidential: bool = False
    reported_at: datetime
    case_due_at: datetime
    promise: Limit
    """Limit of the last milestone, which the promise to the reporter follows."""
    from_outside: bool = False
    """True if the promise is an earlier deadline of an external sender, which no calendar moves."""
    officers: list[str] = Field(default_factory=list[str])
    """Officers who reported or settled the case before filing; they never recheck it."""

    @property
    def recheck_subject(self) -> tuple[str, RecheckMode, str]:
        """Place, mode and closing condition of a recheck."""
        return self.grid_code, self.recheck_mode, self.closing_condition

    @classmethod
    def of(cls, filed: CaseFiled) -> FiledCase:
        """Return the part of `case_filed` that supervision needs."""
        return cls(
            case_number=filed.case_number,
            category_id=filed.category_id,
            condition_id=filed.condition_id,
            closing_condition=filed.closing_condition,
            closing_condition_en=filed.closing_condition_en,
            recheck_mode=filed.recheck_mode,
            grid_code=filed.place.grid_code,
            centre_id=filed.centre_id,
            emergency=filed.emergency,
            confidential=filed.confidential,
            reported_at=filed.reported_at,
            case_due_at=filed.case_due_at,
            promise=Limit(amount=filed.milestones[-1].amount, unit=filed.milestones[-1].unit),
            from_outside=filed.external is not None and filed.external.due_at == filed.case_due_at,
            officers=[each for each in (filed.reporter_officer_id, filed.handler_officer_id) if each],
        )


class Handlers(BaseModel):
    """Accounts, officers and units that worked on the case. None of them may judge it."""

    accounts: set[str] = Field(default_factory=set[str])
    officers: set[str] = Field(default_factory=set[str])
    units: set[str] = Field(default_factory=set[str])

    def add(self, actor: Actor, unit_id: str) -> None:
        """Add somebody who worked for a unit or entered what the unit reported."""
        self.accounts.add(actor.id)
        self.units.add(unit_id)
        if actor.officer_id is not None:
            self.officers.add(actor.officer_id)


class Location(BaseModel):
    """Where the case is. For a confidential case only the community is known."""

    grid_code: str
    longitude: float | None = None
    latitude: float | None = None
    """Degrees, CGCS2000."""

    @classmethod
    def of(cls, place: Place) -> Location:
        """Return the part of a place that lists need."""
        return cls(grid_code=place.grid_code, longitude=place.longitude, latitude=place.latitude)


class Changes(BaseModel):
    """What this transaction leaves for the store to write; never stored in the state."""

    tasks: set[UUID] = Field(default_factory=set[UUID])
    reports: set[UUID] = Field(default_factory=set[UUID])
    """Reports whose feedback question was opened, changed or closed."""
    clocks: bool = False
    """True if the case may have gained or lost a provisional deadline."""


def has_ended(flow: CaseState) -> bool:
    """Return True if the case is closed or ended without being filed."""
    return bool(flow.closed or flow.voided or flow.withdrawn or flow.not_filed or flow.attached_to)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The circumstances of an event that evaluation needs to count it."""

    case_id: UUID
    at: datetime
    """When the event was stated."""
    district: RegistrySnapshot
    was_over: bool
    """True if the case had ended before the event."""


class SupervisedCase(StoredDocument):
    """The state that supervision keeps of one case. Evaluation adds its figures in the subclass `ScoredCase`."""

    flow: CaseState = Field(default_factory=CaseState)
    """Stage and status, derived from events as every service derives them."""
    case_number: str = ""
    mode: Mode = "actual"
    registered_at: datetime | None = None
    """When the report was registered. Clocks start here even if the problem occurred earlier."""
    first_report: UUID | None = None
    reports: dict[UUID, Report] = Field(default_factory=dict[UUID, Report])
    location: Location | None = None
    filed_case: FiledCase | None = None
    filed_at: datetime | None = None
    dispatches: dict[UUID, Dispatch] = Field(default_factory=dict[UUID, Dispatch])
    clocks: dict[UUID, Clock] = Field(default_factory=dict[UUID, Clock])
    tasks: dict[UUID, Task] = Field(default_factory=dict[UUID, Task])
    notices: dict[UUID, Notice] = Field(default_factory=dict[UUID, Notice])
    """Notices that wait for a reply: overdue notices by clock id, formal orders by order id."""
    outcome: str = ""
    """Outcome of the last handling or settlement, as stated by whoever did it."""
    assist: Assist | None = None
    """A request for help 协助. It is not a case, so every other field is empty."""
    authorities: dict[UUID, str] = Field(default_factory=dict[UUID, str])
    """Dispatch of a coordinated unit → the authority that was asked to step in."""
    handlers: Handlers = Field(default_factory=Handlers)
    settled_by: str | None = None
    """Officer who settled the case on the spot."""
    recheck_round: int = 0
    failures: int = 0
    returns: int = 0
    promise_judged: bool = False
    """True once the case was closed: the judgement of the promise is final."""
    county_called: bool = False
    """True once the street has called the county 乡呼县应, which it can do once."""
    reworks: int = 0
    reopened: int = 0
    reopened_by_reporter: int = 0
    overdue: set[UUID] = Field(default_factory=set[UUID])
    """Clocks that ran over their limit. Corrected, never erased; an upheld appeal only exempts them from counts."""
    changes: Changes = Field(default_factory=Changes, exclude=True)

    @property
    def provisional(self) -> bool:
        """True if the calendar can still move a deadline of the case."""
        return (
            any(clock.provisional for clock in self.clocks.values())
            or any(report.call_provisional is not None for report in self.reports.values())
            or any(notice.provisional is not None for notice in self.notices.values())
            or any(task.provisional is not None and task.waiting for task in self.tasks.values())
            or (self.assist is not None and self.assist.provisional)
        )

    @property
    def took_part(self) -> set[str]:
        """Officers who reported, settled or handled the case; none of them may judge it."""
        reporters = (each.officer_id for each in self.reports.values())
        filed = self.filed_case.officers if self.filed_case is not None else ()
        return {each for each in (*filed, *reporters, self.settled_by, *self.handlers.officers) if each}

    @property
    def ended(self) -> bool:
        """True if the case is closed or ended without filing. Later events change only the timeline."""
        return has_ended(self.flow)

    @property
    def in_confidence(self) -> bool:
        """True if free text about the case must not be kept."""
        return self.flow.filed and self.flow.confidential

    def redact_texts(self) -> None:
        """Remove free text and exact places recorded before the case became confidential."""
        for notice in self.notices.values():
            notice.text, notice.text_en = self.withhold(notice.text), self.withhold(notice.text_en)
        for task in self.tasks.values():
            task.note, task.grid_code = self.withhold(task.note), community_of(task.grid_code)
        self.changes.tasks |= set(self.tasks)
        for clock in self.clocks.values():
            clock.grid_code = community_of(clock.grid_code)

    def withhold(self, text: str) -> str:
        """Return the text as it may be kept and passed on: empty for a confidential case."""
        return withhold(text, confidential=self.flow.confidential)

    def count(self, event: Event, occurrence: Occurrence) -> None:
        """Count an event in the figures of the case.

        The base class has no figures; `ScoredCase` overrides this.
        """

    def lead_dispatch_id(self) -> UUID | None:
        """Return the latest lead dispatch that is open or completed."""
        answering = {
            key: each.place
            for key, each in self.flow.dispatches.items()
            if each.role == "lead" and (each.open or each.status == "completed")
        }
        return max(answering, key=lambda key: answering[key], default=None)


SupervisionCase = Case[SupervisedCase]


def emit_event(case: SupervisionCase, event: Event) -> None:
    """Emit an event and apply it to our own view of the case."""
    case.emit(event)
    apply_event(case, event, case.now)


def apply_event(case: SupervisionCase, event: Event, at: datetime) -> bool:
    """Apply an event to stage, status and figures. Return True if the case had already ended."""
    was_over = case.state.ended
    fold(case.state.flow, event)
    case.state.count(event, Occurrence(case.id, at, case.district, was_over))
    return was_over
