"""What the books know of one case: its facts, and as much of its life as later facts are judged by."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.common import Mode
from contracts.events.command import DispatchRole
from contracts.events.evaluation import ExemptReason
from contracts.events.supervision import AttentionQueue, ClockName
from contracts.figures import FIGURES, Subject
from services.supervision.domain.evaluation.score_entries.facts import CountedFact, ScoreEntry
from services.supervision.domain.primitives.provisional import DeadlineBasis


class ScoredPause(BaseModel):
    """A stretch in which the time of an order stood still; open while `until` is none."""

    since: datetime
    until: datetime | None = None


class ScoredDispatch(BaseModel):
    """A dispatch, as far as something is counted of it."""

    unit_id: str
    role: DispatchRole
    at: datetime
    """When it was made: handling begins."""
    time_unit: str = "work_hour"
    """In which its time is told: that of its last milestone."""
    place: int
    """Among the dispatches of the case, in the order they were made: a store may not keep the order of keys."""
    coordinated: bool = False
    handover: bool = False
    """A hand-over 移交 to an emergency service, which answers for its own time."""
    first: str = ""
    """Name of its first milestone."""
    gone_at: datetime | None = None
    """When it was returned, withdrawn or released."""
    reworks: int = 0
    round: int = 0
    """Of its last rework."""
    done: bool = False
    """Completed for the first time."""
    done_round: int = -1
    """Round of its last completion; -1 before the first."""
    due_at: datetime | None = None
    """Of its last milestone, as the last of its clocks had it."""
    running_clocks: set[UUID] = Field(default_factory=set[UUID])
    """Clocks of its first handling."""
    overdue_clocks: set[UUID] = Field(default_factory=set[UUID])
    """Of these, the ones that ran over."""
    pauses: list[ScoredPause] = Field(default_factory=list[ScoredPause])
    """While a return was asked for or it was suspended, its time stood still."""
    decided_by: str = ""
    """Account that chose the unit; empty when the list did."""
    refused: bool = False
    """A return of it was refused."""
    refused_by: str = ""
    """Account that refused its last return."""

    @property
    def owed(self) -> bool:
        """Whether the unit has something left to do."""
        return self.gone_at is None and self.done_round < self.round

    def had_at(self, moment: datetime) -> bool:
        """Whether the unit had the order then."""
        return self.at <= moment and (self.gone_at is None or moment < self.gone_at)


class ScoredClock(BaseModel):
    """A running clock."""

    name: ClockName
    due_at: datetime
    dispatch_id: UUID | None = None
    task_id: UUID | None = None
    centre_id: str | None = None
    """Who decides, where it is not the case's own centre."""
    milestone: str = ""
    coordinated: bool = False
    rework: bool = False
    red: bool = False


class ScoredTask(BaseModel):
    """A verify or recheck task."""

    kind: Literal["verify", "recheck"]
    due_at: datetime
    officer_id: str | None = None
    """Whose fault it is when it runs over."""
    sample: bool = False


class OpenQuestion(BaseModel):
    """A question before a person."""

    queue: AttentionQueue
    due_at: datetime


class Appeal(BaseModel):
    """An appeal: what it is against, and what became of it."""

    kind: Subject
    subject_id: str
    figures: tuple[str, ...]
    upheld: bool | None = None


class CaseScores(BaseModel):
    """The books of one case."""

    mode: Mode = "actual"
    case_number: str = ""
    filed: bool = False
    repeats: bool = False
    """Of the same kind at the same place as an earlier case that was closed not long before."""
    street: str = ""
    emergency: bool = False
    voided: bool = False
    storm: bool = False
    """It is one of a storm: lateness is not counted."""
    reachable: bool = False
    """Somebody can speak with whoever reported it."""
    contact_due_at: datetime | None = None
    """Until when somebody had to have spoken with them; none before the first lead."""
    contact_provisional: DeadlineBasis | None = None
    """While `contact_due_at` may still move with the calendar."""
    contact_counted: bool = False
    safety: UUID | None = None
    """The clock by which the street's emergency was judged: the first of the first milestones that ended or ran over."""
    public: bool = False
    """The public has reported it."""
    closing_judged: bool = False
    """It was closed, in time or not; opened again, that stands."""
    split: bool = False
    """It is a part of a report that was counted with another case."""
    reported_by: str = ""
    """Officer who reported it, other than as a part of a report."""
    settled_by: str = ""
    """Officer who settled it on the spot."""
    filed_by: str = ""
    """Account that filed it by hand."""
    desk_decision_by: str | None = None
    """Who has just decided whether to file: an account, or empty for the system. Judged when the desk's clock stops."""
    decided_by: str = ""
    """Account behind the last routing; empty when the list decided."""
    returned: UUID | None = None
    """A lead dispatch whose return was accepted, until another unit leads."""
    passed: bool = False
    """A recheck, a review or an answer closes it: nobody does so by hand."""
    closed_by: str = ""
    """Account that closed it by hand."""
    dispatches: dict[UUID, ScoredDispatch] = Field(default_factory=dict[UUID, ScoredDispatch])
    clocks: dict[UUID, ScoredClock] = Field(default_factory=dict[UUID, ScoredClock])
    tasks: dict[UUID, ScoredTask] = Field(default_factory=dict[UUID, ScoredTask])
    open_questions: dict[str, OpenQuestion] = Field(default_factory=dict[str, OpenQuestion])
    """Open questions by reason."""
    requests: dict[str, datetime] = Field(default_factory=dict[str, datetime])
    """Open requests by kind and dispatch: when a decision is due."""
    answers: dict[UUID, int] = Field(default_factory=dict[UUID, int])
    """By report: how often its reporter has answered."""
    appeals: dict[UUID, Appeal] = Field(default_factory=dict[UUID, Appeal])
    facts: dict[str, CountedFact] = Field(default_factory=dict[str, CountedFact])
    """By the text of their key, also those that do not count any more."""
    entries: list[ScoreEntry] = Field(default_factory=list[ScoreEntry], exclude=True)
    """Made in this transaction, for the store to write; never part of the stored state."""

    @property
    def exempt_reason(self) -> ExemptReason | None:
        """Why running over a limit is not counted: a storm, or an appeal that was upheld (曾超时，不计)."""
        if self.storm:
            return "storm"
        late = (
            FIGURES[appeal.kind][figure].basis == "due"
            for appeal in self.appeals.values()
            if appeal.upheld
            for figure in appeal.figures
        )
        return "appeal" if any(late) else None

    @property
    def lead(self) -> ScoredDispatch | None:
        """The lead in force: the last that was neither returned nor withdrawn."""
        leads = (each for each in self.dispatches.values() if each.role == "lead" and each.gone_at is None)
        return max(leads, key=lambda each: each.place, default=None)

    def lead_at(self, moment: datetime) -> ScoredDispatch | None:
        """The lead that was in force then."""
        leads = (each for each in self.dispatches.values() if each.role == "lead" and each.had_at(moment))
        return max(leads, key=lambda each: each.place, default=None)

    @property
    def reworks(self) -> int:
        """Of the whole case."""
        return sum(order.reworks for order in self.dispatches.values())
