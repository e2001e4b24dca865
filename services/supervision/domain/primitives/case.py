"""What supervision knows of one case."""

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
"""超期告知 asks why it is late; 督办 orders that it be done."""
Step = Literal["yellow", "red", "urge", "notice", "order", "leader", "lead", "centre"]
"""What happens by itself when a share of a limit is used up."""

PauseReason = Literal["return", "suspension", "verification"]

TaskKind = Literal["recheck", "review", "extension", "suspension", "attention", "appeal"]
Queue = Literal["officer", "desk", "leader", "dispatcher", "shift_lead", "assessor"]
"""Who sees an open task: officers of the duty grid, the desk (clerks and assessors), or one role."""


class ClockPause(BaseModel):
    """A stretch in which a clock stands still."""

    reason: PauseReason
    since: datetime
    until: datetime | None = None
    expected_until: datetime | None = None
    """Until when it is to stand still, where that was said."""


class Clock(BaseModel):
    """A running (or standing) clock. A clock that ended is no longer here; the timeline has it."""

    name: ClockName
    started_at: datetime
    unit: LimitUnit
    granted: timedelta
    """Clock time allowed, extensions included; on the clock's own calendar."""
    due_at: datetime
    """As last said; while the clock stands still, as it was when it stopped."""
    provisional: bool = False
    amount: int = 0
    """Of the limit in `unit`, when the clock runs by one; 0 when it runs to an instant that somebody named."""
    extensions: int = 0
    dispatch_id: UUID | None = None
    """The unit's order; of a clock named `dispatch` the one whose return is to be decided."""
    task_id: UUID | None = None
    unit_id: str | None = None
    centre_id: str | None = None
    """Of a clock named `dispatch`: who decides, where it is not the case's own centre."""
    officer_id: str | None = None
    grid_code: str = ""
    """Of tasks in the street: whose grid lead is told when it is late."""
    milestone: str = ""
    coordinated: bool = False
    rework: bool = False
    """The shorter clock of a rework: counted apart."""
    handover: bool = False
    """An emergency service has to acknowledge a hand-over: it is reminded, and our own people phone; never ordered."""
    light: Light = "green"
    steps_done: list[Step] = Field(default_factory=list[Step])
    announced_by: dict[Step, UUID] = Field(default_factory=dict[Step, UUID])
    """Of `done`, what another clock of the same order said for this one, too, since both came to it at the same moment."""
    pause_log: list[ClockPause] = Field(default_factory=list[ClockPause])

    @property
    def runs_against_unit(self) -> bool:
        """It runs against the unit that has the order; all others against officers and desks."""
        return self.dispatch_id is not None and self.name != "dispatch"

    @property
    def pauses(self) -> list[Pause]:
        return [Pause(stand.since, stand.until) for stand in self.pause_log]

    @property
    def paused(self) -> bool:
        return any(stand.until is None for stand in self.pause_log)


class Dispatch(BaseModel):
    """A dispatch 派遣单 as supervision watches it."""

    unit_id: str
    coordinated: bool = False
    handover: HandoverTarget | None = None
    """A hand-over 移交: ours until acknowledged, theirs to handle from then on."""
    milestones: tuple[MilestoneDue, ...]
    """With their instants as they now are; `amount` and `unit` stay those of the first order."""
    rework_milestones: tuple[MilestoneDue, ...] = ()
    """Of its last rework, with their instants as they now are; none before the first."""
    reached: list[str] = Field(default_factory=list[str])
    extensions: int = 0
    suspensions: int = 0

    @property
    def current_milestones(self) -> tuple[MilestoneDue, ...]:
        """What the unit has to reach now."""
        return self.rework_milestones or self.milestones


class Notice(BaseModel):
    """A question or an order that waits for a unit's words: an overdue notice, or a formal order 督办."""

    kind: NoticeKind
    issued_at: datetime
    text: str
    text_en: str = ""
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    reply_due_at: datetime
    provisional: DeadlineBasis | None = None
    """While `reply_due_at` may still move with the calendar."""


class Task(BaseModel):
    """Something that a person must do in supervision."""

    kind: TaskKind
    queue: Queue
    created_at: datetime
    due_at: datetime
    provisional: DeadlineBasis | None = None
    """While `due_at` may still move with the calendar; of a task with a clock the clock knows."""
    mode: RecheckMode | None = None
    round: int = 0
    sample: bool = False
    grid_code: str = ""
    officer_id: str | None = None
    claimed_by: str | None = None
    """Account of the person who took it."""
    excluded: list[str] = Field(default_factory=list[str])
    """Officers who reported or handled it; of an appeal whoever lodged it, and whom it is about."""
    declined: list[str] = Field(default_factory=list[str])
    """Officers who passed it on."""
    lead_id: str | None = None
    """Grid lead before whom it was put because it is late."""
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
        """It goes one step up when nobody has answered it in time: a unit's request to the director, and what is before the
        director to the county leader in charge.
        """
        if self.kind in ("extension", "suspension"):
            return True
        return self.kind == "attention" and self.queue == "leader" and self.reason != "director_silent"


class Report(BaseModel):
    """A report of this case, its own first, and what its reporter said."""

    reporter_ref: UUID | None = None
    officer_id: str | None = None
    """Who made it in the field, and does not recheck the case."""
    can_be_asked: bool = False
    """The reporter can be asked."""
    due_at: datetime | None = None
    """Of an attached report: the deadline that whoever sent it from outside has named."""
    asked: Literal["", "waiting", "answered", "lapsed"] = ""
    tries: int = 0
    """Call-backs without an answer since the question was asked."""
    call_due_at: datetime | None = None
    """While an answer is waited for: until when the desk calls, for the first time or again."""
    call_provisional: DeadlineBasis | None = None
    """While `call_due_at` may still move with the calendar."""
    answer_until: datetime | None = None
    """While an answer is waited for: how long it counts."""
    solved: bool | None = None
    satisfied: Satisfied | None = None


class FiledCase(BaseModel):
    """What the case is about, as it was filed."""

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
    """The last milestone, which the promise to the reporter runs by."""
    from_outside: bool = False
    """The promise is an earlier deadline of somebody outside: an instant that no calendar moves."""
    officers: list[str] = Field(default_factory=list[str])
    """Who reported it or settled it before: never rechecks it."""

    @property
    def recheck_subject(self) -> tuple[str, RecheckMode, str]:
        """What a recheck is about: where, how, and what must be true."""
        return self.grid_code, self.recheck_mode, self.closing_condition

    @classmethod
    def of(cls, filed: CaseFiled) -> FiledCase:
        """The part of `case_filed` that supervision needs."""
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
    """Who worked on the case: none of them says that it is solved. Accounts, officers' posts, and units with all theirs."""

    accounts: set[str] = Field(default_factory=set[str])
    officers: set[str] = Field(default_factory=set[str])
    units: set[str] = Field(default_factory=set[str])

    def add(self, actor: Actor, unit_id: str) -> None:
        """Somebody worked on it for a unit, or entered what the unit said of its work."""
        self.accounts.add(actor.id)
        self.units.add(unit_id)
        if actor.officer_id is not None:
            self.officers.add(actor.officer_id)


class Location(BaseModel):
    """Where a case is, as far as anybody may know: of a confidential one the community only."""

    grid_code: str
    longitude: float | None = None
    latitude: float | None = None
    """Degrees, CGCS2000."""

    @classmethod
    def of(cls, place: Place) -> Location:
        """The part of a place that lists go by."""
        return cls(grid_code=place.grid_code, longitude=place.longitude, latitude=place.latitude)


class Changes(BaseModel):
    """What one transaction adds for the store to write; never part of the stored state."""

    tasks: set[UUID] = Field(default_factory=set[UUID])
    reports: set[UUID] = Field(default_factory=set[UUID])
    """Reports whose reporter is asked from now on, was called, or is waited for no more."""
    clocks: bool = False
    """Whether the case may have gained or lost a provisional deadline."""


def has_ended(flow: CaseState) -> bool:
    """Return True if the case is closed or ended without being filed."""
    return bool(flow.closed or flow.voided or flow.withdrawn or flow.not_filed or flow.attached_to)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The circumstances of one event, as evaluation needs them to count it."""

    case_id: UUID
    at: datetime
    """When the event was stated."""
    district: RegistrySnapshot
    was_over: bool
    """Whether the case had ended before the event."""


class SupervisedCase(StoredDocument):
    """The state that supervision keeps of one case. Evaluation adds its figures in the subclass `ScoredCase`."""

    flow: CaseState = Field(default_factory=CaseState)
    """Stage and status as everybody derives them."""
    case_number: str = ""
    mode: Mode = "actual"
    registered_at: datetime | None = None
    """When it was reported to us: clocks of late entries and offline terminals begin here, whenever it happened."""
    first_report: UUID | None = None
    reports: dict[UUID, Report] = Field(default_factory=dict[UUID, Report])
    location: Location | None = None
    filed_case: FiledCase | None = None
    filed_at: datetime | None = None
    dispatches: dict[UUID, Dispatch] = Field(default_factory=dict[UUID, Dispatch])
    clocks: dict[UUID, Clock] = Field(default_factory=dict[UUID, Clock])
    tasks: dict[UUID, Task] = Field(default_factory=dict[UUID, Task])
    notices: dict[UUID, Notice] = Field(default_factory=dict[UUID, Notice])
    """Unanswered overdue notices (by clock) and formal orders (by order)."""
    outcome: str = ""
    """Of the last handling, or of the settlement on the spot, as the one who did it says."""
    assist: Assist | None = None
    """Of a request for help 协助, which is no case: then nothing else is known."""
    authorities: dict[UUID, str] = Field(default_factory=dict[UUID, str])
    """Order of a coordinated unit → the authority above it that was asked to step in."""
    handlers: Handlers = Field(default_factory=Handlers)
    settled_by: str | None = None
    """Officer who settled it on the spot."""
    recheck_round: int = 0
    failures: int = 0
    returns: int = 0
    promise_judged: bool = False
    """The case was closed before: whether that was in time stands."""
    county_called: bool = False
    """The street has called the county 乡呼县应, which it does once."""
    reworks: int = 0
    reopened: int = 0
    reopened_by_reporter: int = 0
    overdue: set[UUID] = Field(default_factory=set[UUID])
    """Clocks that ran over their limit. Never erased, only corrected; an upheld appeal only exempts them from counts."""
    changes: Changes = Field(default_factory=Changes, exclude=True)

    @property
    def provisional(self) -> bool:
        """Whether a deadline may still move with the calendar."""
        return (
            any(clock.provisional for clock in self.clocks.values())
            or any(report.call_provisional is not None for report in self.reports.values())
            or any(notice.provisional is not None for notice in self.notices.values())
            or any(task.provisional is not None and task.waiting for task in self.tasks.values())
            or (self.assist is not None and self.assist.provisional)
        )

    @property
    def took_part(self) -> set[str]:
        """Officers who reported it, or what was attached to it, settled it, or worked on it: none of them judges it."""
        reporters = (each.officer_id for each in self.reports.values())
        filed = self.filed_case.officers if self.filed_case is not None else ()
        return {each for each in (*filed, *reporters, self.settled_by, *self.handlers.officers) if each}

    @property
    def ended(self) -> bool:
        """Closed, or ended without being filed: later facts stay in the timeline and change nothing."""
        return has_ended(self.flow)

    @property
    def in_confidence(self) -> bool:
        """Whether nobody's words about it are kept."""
        return self.flow.filed and self.flow.confidential

    def redact_texts(self) -> None:
        """What was said while it was in the open is forgotten, and where that was."""
        for notice in self.notices.values():
            notice.text, notice.text_en = self.withhold(notice.text), self.withhold(notice.text_en)
        for task in self.tasks.values():
            task.note, task.grid_code = self.withhold(task.note), community_of(task.grid_code)
        self.changes.tasks |= set(self.tasks)
        for clock in self.clocks.values():
            clock.grid_code = community_of(clock.grid_code)

    def withhold(self, text: str) -> str:
        """What is kept and told on of what anybody writes about it, a reporter included: of a confidential matter nothing."""
        return withhold(text, confidential=self.flow.confidential)

    def count(self, event: Event, occurrence: Occurrence) -> None:
        """Count an event in the figures of the case. `ScoredCase` overrides this; without figures there is nothing to do."""

    def lead_dispatch_id(self) -> UUID | None:
        """The lead dispatch in force: the latest that is open or completed."""
        answering = {
            key: each.place
            for key, each in self.flow.dispatches.items()
            if each.role == "lead" and (each.open or each.status == "completed")
        }
        return max(answering, key=lambda key: answering[key], default=None)


SupervisionCase = Case[SupervisedCase]


def emit_event(case: SupervisionCase, event: Event) -> None:
    """State a fact, and let our own view of stage and status follow it like everybody else's."""
    case.emit(event)
    apply_event(case, event, case.now)


def apply_event(case: SupervisionCase, event: Event, at: datetime) -> bool:
    """Take a fact into our view of the case and into the books. Returns whether the case was over before it."""
    was_over = case.state.ended
    fold(case.state.flow, event)
    case.state.count(event, Occurrence(case.id, at, case.district, was_over))
    return was_over
