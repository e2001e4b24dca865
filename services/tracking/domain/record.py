"""The whole record of a case: its summary, and what the drawer shows beyond it. Folded from the events when somebody looks."""

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
    """The filing condition in force for the case, as it read when the case was filed."""

    id: str
    text: str
    text_en: str
    closing: str
    closing_en: str


class RecordPhoto(BaseModel):
    """A photo and the stage that brought it."""

    sha256: Sha256
    role: PhotoRole
    stage: str


class ReturnRecord(BaseModel):
    """A pending or decided wish to give a dispatch back."""

    reason: ReturnReason
    note: str
    at: datetime
    suggested_unit_id: str | None = None


class DispatchRecord(BaseModel):
    """One dispatch beyond its status (which stands in `facts`)."""

    id: UUID
    unit_id: str
    role: DispatchRole
    round: int = 1
    coordinated: bool = False
    asked: str = ""
    created_at: datetime
    sign_due_at: datetime
    milestones: tuple[MilestoneDue, ...] = ()
    reached: list[str] = Field(default_factory=list[str])
    """Names of the milestones reached."""
    signed_at: datetime | None = None
    completed_at: datetime | None = None
    ended_at: datetime | None = None
    """Withdrawn, returned or released."""
    outcome: str = ""
    crew: str | None = None
    return_asked: ReturnRecord | None = None
    rework: int = 0
    suspended_until: datetime | None = None


class TaskRecord(BaseModel):
    """A task 核实, 核查 or a leader's review."""

    id: UUID
    kind: Literal["verify", "recheck", "review"]
    status: Literal["open", "claimed", "done"] = "open"
    mode: str = ""
    due_at: datetime
    officer_id: str | None = None
    result: str = ""


class RelatedCase(BaseModel):
    """Another case that this one knows of."""

    case_id: UUID
    case_number: str
    relation: str = ""


class JoinedReport(BaseModel):
    """A further report of the same problem, with the case that followed this one."""

    report_id: UUID
    case_id: UUID
    case_number: str
    channel: Channel


class FeedbackRecord(BaseModel):
    """What one reporter said, or that nobody answered in time (`solved` none, `lapsed`)."""

    report_id: UUID
    solved: bool | None = None
    satisfied: Satisfied | None = None
    comment: str = ""
    lapsed: bool = False


class Waiting(BaseModel):
    """What a person must decide before the case goes on: routing's question or supervision's."""

    reason: str
    queue: str
    due_at: datetime | None = None


class Record(Summary):
    """Everything tracking knows of one case."""

    request_type: RequestType = "complaint"
    condition: Condition | None = None
    photos: list[RecordPhoto] = Field(default_factory=list[RecordPhoto])
    external: External | None = None
    occurred_at: datetime | None = None
    filed_at: datetime | None = None
    dispatches: list[DispatchRecord] = Field(default_factory=list[DispatchRecord])
    tasks: list[TaskRecord] = Field(default_factory=list[TaskRecord])
    waiting: Waiting | None = None
    attached_to: RelatedCase | None = None
    joined: list[JoinedReport] = Field(default_factory=list[JoinedReport])
    relatives: list[RelatedCase] = Field(default_factory=list[RelatedCase])
    overdue_clocks: list[UUID] = Field(default_factory=list[UUID])
    """Clocks that were red at some time."""
    answer: str = ""
    answer_en: str = ""
    not_filed_reason: str = ""
    feedback: list[FeedbackRecord] = Field(default_factory=list[FeedbackRecord])
    solved: bool | None = None
    satisfied: Satisfied | None = None
    figures: tuple[Figure, ...] = ()
    exempt_reason: ExemptReason | None = None

    def dispatch(self, dispatch_id: UUID | None) -> DispatchRecord | None:
        """The dispatch with this id."""
        return next((each for each in self.dispatches if each.id == dispatch_id), None)

    def task(self, task_id: UUID) -> TaskRecord | None:
        """The task with this id."""
        return next((each for each in self.tasks if each.id == task_id), None)
