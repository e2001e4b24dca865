"""The scores of one case: the counted facts, and the history that is needed to judge later events."""

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
    """A period in which the time of a dispatch was paused; `until` is `None` while the pause lasts."""

    since: datetime
    until: datetime | None = None


class ScoredDispatch(BaseModel):
    """A dispatch, as far as evaluation needs it."""

    unit_id: str
    role: DispatchRole
    at: datetime
    """When the dispatch was made, which is when handling began."""
    time_unit: str = "work_hour"
    """Time unit of the limit of the last milestone."""
    place: int
    """Position among the dispatches of the case, from 0. The store may not keep the order of `dispatches`."""
    coordinated: bool = False
    handover: bool = False
    """True for a hand-over 移交 to an emergency service. Hand-overs are not scored."""
    first: str = ""
    """Name of the first milestone of the dispatch."""
    gone_at: datetime | None = None
    """When the dispatch was returned, refused, withdrawn or released; `None` while the unit has it."""
    reworks: int = 0
    round: int = 0
    """Rework round that was ordered last; 0 before the first rework."""
    done: bool = False
    """True once the unit completed the dispatch for the first time."""
    done_round: int = -1
    """Rework round of the last completion; -1 before the first completion."""
    due_at: datetime | None = None
    """Deadline of the last milestone; `None` before its clock starts."""
    running_clocks: set[UUID] = Field(default_factory=set[UUID])
    """Running clocks of the first handling, before any rework."""
    overdue_clocks: set[UUID] = Field(default_factory=set[UUID])
    """Clocks of the first handling that became overdue."""
    pauses: list[ScoredPause] = Field(default_factory=list[ScoredPause])
    """Periods in which the handling clocks were paused by a requested return or a suspension."""
    decided_by: str = ""
    """Account that chose the unit; empty if the responsibility list chose it."""
    refused: bool = False
    """True if a return of the dispatch was refused."""
    refused_by: str = ""
    """Account that refused the last return of the dispatch."""

    @property
    def unfinished(self) -> bool:
        """True if the unit still has to complete the dispatch or its rework."""
        return self.gone_at is None and self.done_round < self.round

    def held_at(self, moment: datetime) -> bool:
        """Return True if the unit had the dispatch at this moment."""
        return self.at <= moment and (self.gone_at is None or moment < self.gone_at)


class ScoredClock(BaseModel):
    """A clock that is not stopped."""

    name: ClockName
    due_at: datetime
    dispatch_id: UUID | None = None
    task_id: UUID | None = None
    centre_id: str | None = None
    """Centre that must decide, if it is not the centre of the case."""
    milestone: str = ""
    coordinated: bool = False
    rework: bool = False
    red: bool = False


class ScoredTask(BaseModel):
    """A verification or recheck task."""

    kind: Literal["verify", "recheck"]
    due_at: datetime
    officer_id: str | None = None
    """Officer who is counted as late if the task is overdue."""
    sample: bool = False


class OpenQuestion(BaseModel):
    """A question to a person of the centre that is still open."""

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
    """True if the case belongs to a storm. Overdue deadlines of the case then do not count."""
    reachable: bool = False
    """True if the reporter can be contacted."""
    contact_due_at: datetime | None = None
    """Deadline of the first contact; `None` before the first lead dispatch, or if nobody can be contacted."""
    contact_provisional: DeadlineBasis | None = None
    """Start and limit from which `contact_due_at` is computed again; `None` once no new calendar can move it."""
    contact_counted: bool = False
    safety: UUID | None = None
    """Clock that decides whether the street made the emergency safe in time; `None` until one is known.

    Of all clocks of first milestones, it is the one that stopped or became overdue first.
    """
    public: bool = False
    """True if the public reported the case."""
    closing_judged: bool = False
    """True once the deadline of closing was judged. It is not judged again after a reopening."""
    split: bool = False
    """True if the case was split from another case. The report is then counted only with that other case."""
    reported_by: str = ""
    """Officer who reported the case; empty if no officer did, or if the case was split from another case."""
    settled_by: str = ""
    """Officer who settled the case on the spot; empty if no officer did."""
    filed_by: str = ""
    """Account that filed the case by hand."""
    desk_decision_by: str | None = None
    """Account that decided about filing; empty if the system decided, `None` if no decision waits to be judged.

    The decision is judged when the filing clock stops.
    """
    decided_by: str = ""
    """Account that made the last routing decision; empty if the responsibility list made it."""
    returned: UUID | None = None
    """Lead dispatch whose return was accepted; `None` once a lead is chosen again."""
    passed: bool = False
    """True if a recheck passed, a review or a settlement was approved, or a clerk answered directly 直接办结.

    The closing then does not count as closing by hand.
    """
    closed_by: str = ""
    """Account that closed the case by hand."""
    dispatches: dict[UUID, ScoredDispatch] = Field(default_factory=dict[UUID, ScoredDispatch])
    clocks: dict[UUID, ScoredClock] = Field(default_factory=dict[UUID, ScoredClock])
    tasks: dict[UUID, ScoredTask] = Field(default_factory=dict[UUID, ScoredTask])
    open_questions: dict[str, OpenQuestion] = Field(default_factory=dict[str, OpenQuestion])
    """Reason of a question → the open question."""
    requests: dict[str, datetime] = Field(default_factory=dict[str, datetime])
    """Kind and dispatch of a unit's open request (`kind/dispatch`) → deadline of the dispatcher's decision."""
    answers: dict[UUID, int] = Field(default_factory=dict[UUID, int])
    """Report → number of answers that its reporter has given."""
    appeals: dict[UUID, Appeal] = Field(default_factory=dict[UUID, Appeal])
    facts: dict[str, CountedFact] = Field(default_factory=dict[str, CountedFact])
    """Stored form of the key (`FactKey.text`) → counted fact. Facts that no longer count are included."""
    entries: list[ScoreEntry] = Field(default_factory=list[ScoreEntry], exclude=True)
    """Score entries of this transaction, which the store writes. They are not part of the stored state."""

    @property
    def exempt_reason(self) -> ExemptReason | None:
        """Why overdue clocks are not counted (曾超期，不计): a storm or an upheld appeal; `None` without either."""
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
        """The last lead dispatch that its unit still has; `None` without one."""
        leads = (each for each in self.dispatches.values() if each.role == "lead" and each.gone_at is None)
        return max(leads, key=lambda each: each.place, default=None)

    def lead_at(self, moment: datetime) -> ScoredDispatch | None:
        """Return the lead dispatch that its unit had at this moment; `None` without one."""
        leads = (each for each in self.dispatches.values() if each.role == "lead" and each.held_at(moment))
        return max(leads, key=lambda each: each.place, default=None)

    @property
    def reworks(self) -> int:
        """Number of reworks of the whole case."""
        return sum(dispatch.reworks for dispatch in self.dispatches.values())
