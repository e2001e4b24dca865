"""The record of one case: what its events amount to, and nothing else.

A pure function of the set of events: no present time, no serial of ours, no order of arrival enters it. Names of units,
grids and categories are not in it either, so that a new release of the district's data changes no record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, PrivateAttr

from contracts.base import Sha256
from contracts.case_state import CaseState, DispatchState
from contracts.command import DispatchRole, MilestoneDue
from contracts.discovery import External
from contracts.evaluation import Figure, Satisfied
from contracts.handling import ReturnReason
from contracts.places import Channel, Mode, PhotoRole, Place, RequestType
from contracts.supervision import ClockName, Light
from services.tracking.domain.told import Told

Ordered = Annotated[
    dict[UUID, DispatchState],
    BeforeValidator(lambda value: dict(value) if isinstance(value, list) else value),
    PlainSerializer(lambda value: list(value.items()), return_type=list[tuple[UUID, DispatchState]]),
]
"""Written as a list: `jsonb` sorts the keys of an object, and which lead came last must survive being stored."""

Sorted = Annotated[set[UUID], PlainSerializer(sorted, return_type=list[UUID])]
"""Written in order: equal sets must be equal bytes."""


class Facts(CaseState):
    """The shared case state in a form whose stored bytes depend on the facts alone."""

    dispatches: Ordered = Field(default_factory=dict[UUID, DispatchState])
    feedback_open: Sorted = Field(default_factory=set[UUID])


class Named(BaseModel):
    """A category as its event named it: shown when the district in force no longer knows the id."""

    id: str
    name: str = ""
    name_en: str = ""


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


class ReturnAsked(BaseModel):
    """A pending or decided wish to give a dispatch back."""

    reason: ReturnReason
    note: str
    at: datetime
    suggested_unit_id: str | None = None


class DispatchRecord(BaseModel):
    """One dispatch beyond its status (which stands in `Record.facts`)."""

    id: UUID
    unit_id: str
    role: DispatchRole
    round: int = 1
    coordinated: bool = False
    asked: str = ""
    created_at: datetime
    sign_due_at: datetime
    milestones: tuple[MilestoneDue, ...] = ()
    reached: list[str] = []
    """Names of the milestones reached."""
    signed_at: datetime | None = None
    completed_at: datetime | None = None
    ended_at: datetime | None = None
    """Withdrawn, returned or released."""
    outcome: str = ""
    crew: str | None = None
    return_asked: ReturnAsked | None = None
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


class ClockRecord(BaseModel):
    """A clock that runs or pauses; one that stopped is gone from here."""

    id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    started_at: datetime
    due_at: datetime
    light: Light = "green"
    paused: bool = False


class Relative(BaseModel):
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


class Record(BaseModel):
    """Everything tracking knows of one case."""

    position: int = 0
    source: str = ""
    """Key of the last event in fold order; see `fold.key_of`."""
    versions: dict[str, int] = {}
    """Last sequence folded of each source: the `If-Match` of an action at that service."""
    facts: Facts = Field(default_factory=Facts)

    channel: Channel = "resident"
    request_type: RequestType = "complaint"
    mode: Mode = "actual"
    category: Named | None = None
    condition: Condition | None = None
    description: str = ""
    place: Place | None = None
    address: str | None = None
    """Said by the reporter while the place is not known."""
    community: str | None = None
    centre_id: str | None = None
    severity: int = 4
    photos: list[RecordPhoto] = []
    external: External | None = None
    what_was_done: str = ""
    """By the officer who settled it on the spot."""

    occurred_at: datetime | None = None
    reported_at: datetime | None = None
    filed_at: datetime | None = None
    closed_at: datetime | None = None
    ended_at: datetime | None = None
    """When the last status was reached that nothing follows."""
    updated_at: datetime | None = None
    """Time of the latest event."""
    case_due_at: datetime | None = None
    provisional: bool = False

    reporter_officer_id: str | None = None
    people: list[str] = []
    """Who had a part, as `unit:…`, `officer:…`, `actor:…`: who may see the case besides the command centres."""

    dispatches: list[DispatchRecord] = []
    tasks: list[TaskRecord] = []
    clocks: list[ClockRecord] = []
    waiting: Waiting | None = None
    rule: str = ""
    """Rule by which routing chose the units."""

    attached_to: Relative | None = None
    reports: list[JoinedReport] = []
    relatives: list[Relative] = []
    urged: bool = False
    open_orders: list[UUID] = []
    """Formal orders 督办 without a reply."""
    reopened: bool = False
    overdue_clocks: list[UUID] = []
    """Clocks that were red at some time."""
    answer: str = ""
    ended_because: str = ""
    """Reason of `not_filed`."""
    feedback: list[FeedbackRecord] = []
    solved: bool | None = None
    satisfied: Satisfied | None = None
    figures: tuple[Figure, ...] = ()

    _fresh: list[Told] = PrivateAttr(default_factory=list[Told])

    def note(self, told: Told) -> None:
        """Remember an event of the running batch: all of them are folded together, at its end."""
        self._fresh.append(told)

    @property
    def fresh(self) -> list[Told]:
        """The events noted and not yet folded."""
        return self._fresh

    def dispatch(self, dispatch_id: UUID | None) -> DispatchRecord | None:
        """The dispatch with this id."""
        return next((each for each in self.dispatches if each.id == dispatch_id), None)

    def task(self, task_id: UUID) -> TaskRecord | None:
        """The task with this id."""
        return next((each for each in self.tasks if each.id == task_id), None)

    def clock(self, clock_id: UUID) -> ClockRecord | None:
        """The clock with this id, unless it stopped."""
        return next((each for each in self.clocks if each.id == clock_id), None)

    def involve(self, kind: str, who: str | None) -> None:
        """Note that somebody had a part in the case."""
        if who is not None and (name := f"{kind}:{who}") not in self.people:
            self.people.append(name)

    def dump(self) -> bytes:
        """The bytes that two folds of the same events are compared by."""
        return self.model_dump_json(exclude_defaults=True).encode()
