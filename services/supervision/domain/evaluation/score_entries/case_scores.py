"""The scores of one case: its facts, and the part of its history that is needed to judge later events."""

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
    """A period in which the time of a dispatch was paused; open while `until` is `None`."""

    since: datetime
    until: datetime | None = None


class ScoredDispatch(BaseModel):
    """A dispatch, as far as it is counted."""

    unit_id: str
    role: DispatchRole
    at: datetime
    """When the dispatch was made and handling began."""
    time_unit: str = "work_hour"
    """Time unit of its last milestone."""
    place: int
    """Position among the dispatches of the case, because the store may not keep the order of keys."""
    coordinated: bool = False
    handover: bool = False
    """True for a hand-over 移交 to an emergency service, which is not scored."""
    first: str = ""
    """Name of its first milestone."""
    gone_at: datetime | None = None
    """When it was returned, withdrawn or released."""
    reworks: int = 0
    round: int = 0
    """Round of its last rework."""
    done: bool = False
    """True once it was completed for the first time."""
    done_round: int = -1
    """Round of its last completion; -1 before the first."""
    due_at: datetime | None = None
    """Deadline of its last milestone."""
    running_clocks: set[UUID] = Field(default_factory=set[UUID])
    """Clocks of its first handling."""
    overdue_clocks: set[UUID] = Field(default_factory=set[UUID])
    """Clocks of its first handling that became overdue."""
    pauses: list[ScoredPause] = Field(default_factory=list[ScoredPause])
    """Periods in which a return was requested or the dispatch was suspended."""
    decided_by: str = ""
    """Account that chose the unit; empty if the responsibility list did."""
    refused: bool = False
    """True if a return of it was refused."""
    refused_by: str = ""
    """Account that refused its last return."""

    @property
    def unfinished(self) -> bool:
        """True if the unit still has something to do."""
        return self.gone_at is None and self.done_round < self.round

    def held_at(self, moment: datetime) -> bool:
        """Return True if the unit had the dispatch at this moment."""
        return self.at <= moment and (self.gone_at is None or moment < self.gone_at)


class ScoredClock(BaseModel):
    """A running clock."""

    name: ClockName
    due_at: datetime
    dispatch_id: UUID | None = None
    task_id: UUID | None = None
    centre_id: str | None = None
    """Deciding centre, if it is not the centre of the case."""
    milestone: str = ""
    coordinated: bool = False
    rework: bool = False
    red: bool = False


class ScoredTask(BaseModel):
    """A verification or recheck task."""

    kind: Literal["verify", "recheck"]
    due_at: datetime
    officer_id: str | None = None
    """Officer who answers for it when it is late."""
    sample: bool = False


class OpenQuestion(BaseModel):
    """An open question to a person."""

    queue: AttentionQueue
    due_at: datetime


class Appeal(BaseModel):
    """An appeal and its decision."""

    kind: Subject
    subject_id: str
    figures: tuple[str, ...]
    upheld: bool | None = None


class CaseScores(BaseModel):
    """The scores of one case."""

    mode: Mode = "actual"
    case_number: str = ""
    filed: bool = False
    repeats: bool = False
    """True if the case repeats an earlier case at the same place."""
    street: str = ""
    emergency: bool = False
    voided: bool = False
    storm: bool = False
    """True if the case belongs to a storm, so lateness is not counted."""
    reachable: bool = False
    """True if the reporter can be contacted."""
    contact_due_at: datetime | None = None
    """Deadline of the first contact; `None` before the first lead dispatch."""
    contact_provisional: DeadlineBasis | None = None
    """Start and limit of `contact_due_at`, while the calendar can still move it."""
    contact_counted: bool = False
    safety: UUID | None = None
    """Clock by which the emergency is judged for the street: the first milestone clock that stopped or was overdue."""
    public: bool = False
    """True if the public reported the case."""
    closing_judged: bool = False
    """True once closing was judged, which a reopening does not change."""
    split: bool = False
    """True if the case is a part of a report that was counted with another case."""
    reported_by: str = ""
    """Officer who reported the case, unless it is a part of a report."""
    settled_by: str = ""
    """Officer who settled the case on the spot."""
    filed_by: str = ""
    """Account that filed the case by hand."""
    desk_decision_by: str | None = None
    """Account that has just decided about filing, empty for the system. Judged when the filing clock stops."""
    decided_by: str = ""
    """Account behind the last routing decision; empty if the responsibility list decided."""
    returned: UUID | None = None
    """Lead dispatch whose return was accepted, until another unit leads."""
    passed: bool = False
    """True if a recheck, review or answer closes the case, so that no person closes it by hand."""
    closed_by: str = ""
    """Account that closed the case by hand."""
    dispatches: dict[UUID, ScoredDispatch] = Field(default_factory=dict[UUID, ScoredDispatch])
    clocks: dict[UUID, ScoredClock] = Field(default_factory=dict[UUID, ScoredClock])
    tasks: dict[UUID, ScoredTask] = Field(default_factory=dict[UUID, ScoredTask])
    open_questions: dict[str, OpenQuestion] = Field(default_factory=dict[str, OpenQuestion])
    """Reason → open question."""
    requests: dict[str, datetime] = Field(default_factory=dict[str, datetime])
    """Kind and dispatch of an open request → deadline of the decision."""
    answers: dict[UUID, int] = Field(default_factory=dict[UUID, int])
    """Report → number of answers of its reporter."""
    appeals: dict[UUID, Appeal] = Field(default_factory=dict[UUID, Appeal])
    facts: dict[str, CountedFact] = Field(default_factory=dict[str, CountedFact])
    """Text of the key → fact, including facts that no longer count."""
    entries: list[ScoreEntry] = Field(default_factory=list[ScoreEntry], exclude=True)
    """Entries of this transaction for the store to write; never stored in the state."""

    @property
    def exempt_reason(self) -> ExemptReason | None:
        """Why overdue clocks are not counted: a storm or an upheld appeal (曾超期，不计)."""
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
        """The last lead dispatch that was neither returned nor withdrawn."""
        leads = (each for each in self.dispatches.values() if each.role == "lead" and each.gone_at is None)
        return max(leads, key=lambda each: each.place, default=None)

    def lead_at(self, moment: datetime) -> ScoredDispatch | None:
        """Return the lead dispatch in force at this moment."""
        leads = (each for each in self.dispatches.values() if each.role == "lead" and each.held_at(moment))
        return max(leads, key=lambda each: each.place, default=None)

    @property
    def reworks(self) -> int:
        """Number of reworks of the whole case."""
        return sum(dispatch.reworks for dispatch in self.dispatches.values())
