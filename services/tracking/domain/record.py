"""The whole record of a case: the summary and further details. It is computed when somebody opens the case."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.base import Sha256
from contracts.common import Channel, PhotoRole, RequestType
from contracts.events.command import DispatchRole, MilestoneDue
from contracts.events.discovery import External
from contracts.events.evaluation import ExemptReason, Figure, Satisfied
from contracts.events.handling import ReturnReason
from services.tracking.domain.summary import Summary


class Condition(BaseModel):
    """The filing condition of the case, with the texts that it had at filing."""

    id: str
    text: str
    text_en: str
    closing: str
    closing_en: str


class RecordPhoto(BaseModel):
    """A photo of the case, with the stage in which the photo was added."""

    sha256: Sha256
    role: PhotoRole
    stage: str


class ReturnRecord(BaseModel):
    """A unit's request to give the dispatch back."""

    reason: ReturnReason
    note: str
    at: datetime
    suggested_unit_id: str | None = None


class Dispatch(BaseModel):
    """Details of one dispatch. The status of the dispatch is in `Summary.facts`."""

    id: UUID
    unit_id: str
    role: DispatchRole
    round: int = 1
    coordinated: bool = False
    instructions: str = ""
    created_at: datetime
    sign_due_at: datetime
    milestones: tuple[MilestoneDue, ...] = ()
    reached: list[str] = Field(default_factory=list[str])
    """Names of the milestones that the unit has reached."""
    signed_at: datetime | None = None
    completed_at: datetime | None = None
    ended_at: datetime | None = None
    """Time at which the dispatch was withdrawn, returned or released; `None` otherwise."""
    outcome: str = ""
    crew: str | None = None
    return_asked: ReturnRecord | None = None
    rework: int = 0
    suspended_until: datetime | None = None


class TaskRecord(BaseModel):
    """A verification 核实, a recheck 核查 or a review by a leader."""

    id: UUID
    kind: Literal["verify", "recheck", "review"]
    status: Literal["open", "claimed", "done"] = "open"
    mode: str = ""
    due_at: datetime
    officer_id: str | None = None
    result: str = ""


class RelatedCase(BaseModel):
    """Another case linked to this one."""

    case_id: UUID
    case_number: str
    relation: str = ""


class JoinedReport(BaseModel):
    """A further report of the same problem, with the case that was opened for the report."""

    report_id: UUID
    case_id: UUID
    case_number: str
    channel: Channel


class FeedbackRecord(BaseModel):
    """Feedback of one reporter. `lapsed` is true if the reporter did not answer in time."""

    report_id: UUID
    solved: bool | None = None
    satisfied: Satisfied | None = None
    comment: str = ""
    lapsed: bool = False


class Waiting(BaseModel):
    """A decision that a person must make before the case continues."""

    reason: str
    queue: str
    due_at: datetime | None = None


class Record(Summary):
    """Everything that tracking knows about one case."""

    request_type: RequestType = "complaint"
    condition: Condition | None = None
    photos: list[RecordPhoto] = Field(default_factory=list[RecordPhoto])
    external: External | None = None
    occurred_at: datetime | None = None
    filed_at: datetime | None = None
    dispatches: list[Dispatch] = Field(default_factory=list[Dispatch])
    tasks: list[TaskRecord] = Field(default_factory=list[TaskRecord])
    waiting: Waiting | None = None
    attached_to: RelatedCase | None = None
    joined: list[JoinedReport] = Field(default_factory=list[JoinedReport])
    relatives: list[RelatedCase] = Field(default_factory=list[RelatedCase])
    overdue_clocks: list[UUID] = Field(default_factory=list[UUID])
    """Ids of the clocks that were overdue (red) at some time."""
    answer: str = ""
    answer_en: str = ""
    not_filed_reason: str = ""
    feedback: list[FeedbackRecord] = Field(default_factory=list[FeedbackRecord])
    solved: bool | None = None
    satisfied: Satisfied | None = None
    figures: tuple[Figure, ...] = ()
    exempt_reason: ExemptReason | None = None

    def dispatch(self, dispatch_id: UUID | None) -> Dispatch | None:
        """Return the dispatch with this id, or `None`."""
        return next((each for each in self.dispatches if each.id == dispatch_id), None)

    def task(self, task_id: UUID) -> TaskRecord | None:
        """Return the task with this id, or `None`."""
        return next((each for each in self.tasks if each.id == task_id), None)
