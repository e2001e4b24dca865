"""Stored summary of a case: what its card, lists and the next fold need.

It is a pure function of the set of events: it contains no current time, no generated ids and nothing that depends on
the order of arrival. Names of units, grids and categories are not part of it, so a new release changes no case. It is
read and written with every batch and is therefore small. The rest of the record is folded when somebody opens the case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, PrivateAttr

from contracts.base import StoredDocument
from contracts.case_state import CaseState, DispatchState
from contracts.common import Channel, Mode, Place
from contracts.events.supervision import ClockName, Light
from services.tracking.domain.recorded_event import FoldKey, RecordedEvent

OrderedDispatches = Annotated[
    dict[UUID, DispatchState],
    BeforeValidator(lambda value: dict(value) if isinstance(value, list) else value),
    PlainSerializer(lambda value: list(value.items()), return_type=list[tuple[UUID, DispatchState]]),
]
"""Stored as a list, because `jsonb` sorts the keys of an object and the order of leads matters."""

SortedIds = Annotated[set[UUID], PlainSerializer(sorted, return_type=list[UUID])]
"""Stored sorted, because equal sets must be equal bytes."""


class Facts(CaseState):
    """The shared case state in a form whose stored bytes depend on the facts alone."""

    dispatches: OrderedDispatches = Field(default_factory=dict[UUID, DispatchState])
    feedback_open: SortedIds = Field(default_factory=set[UUID])


class NamedCategory(BaseModel):
    """A category with the names from its event, which are shown if the release does not know its id."""

    id: str
    name: str = ""
    name_en: str = ""


class ClockRecord(BaseModel):
    """A running or paused clock."""

    id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    started_at: datetime
    due_at: datetime
    provisional: bool = False
    light: Light = "green"
    paused: bool = False


class Summary(StoredDocument):
    """Summary of one case. Its stored bytes are the same after a rebuild."""

    position: int = 0
    source: str = ""
    """With `position`, the key of the last event in fold order."""
    versions: dict[str, int] = Field(default_factory=dict[str, int])
    """Last folded sequence of each source: the `If-Match` of commands at that service."""
    facts: Facts = Field(default_factory=Facts)

    channel: Channel = "resident"
    mode: Mode = "actual"
    category: NamedCategory | None = None
    description: str = ""
    what_was_done: str = ""
    """Text of the officer who settled the problem on the spot."""
    place: Place | None = None
    address: str | None = None
    """Address given by the reporter, until the place is known."""
    external_number: str | None = None
    community: str | None = None
    centre_id: str | None = None
    severity: int = 4

    reported_at: datetime | None = None
    case_due_at: datetime | None = None
    case_due_provisional: bool = False
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    """Time of the latest event."""

    participants: list[str] = Field(default_factory=list[str])
    """Participants as `unit:…`, `officer:…`, `actor:…`, who may see the case besides the centres."""
    signed: list[UUID] = Field(default_factory=list[UUID])
    """Dispatches that were signed at some time."""
    clocks: list[ClockRecord] = Field(default_factory=list[ClockRecord])
    reports: list[UUID] = Field(default_factory=list[UUID])
    """Further reports of the same problem."""
    urged: bool = False
    open_orders: list[UUID] = Field(default_factory=list[UUID])
    """Supervision orders 督办 without a reply."""
    reopened: bool = False

    _new_events: list[RecordedEvent] = PrivateAttr(default_factory=list[RecordedEvent])

    @property
    def in_confidence(self) -> bool:
        """True if no text about the case may be stored."""
        return self.facts.filed and self.facts.confidential

    @property
    def key(self) -> FoldKey:
        """Key of the last folded event."""
        return self.position, self.source

    def add_new_event(self, recorded: RecordedEvent) -> None:
        """Remember a new event. All new events of a batch are folded together when the batch is saved."""
        self._new_events.append(recorded)

    @property
    def new_events(self) -> list[RecordedEvent]:
        """The events that are not folded yet."""
        return self._new_events

    def clock(self, clock_id: UUID) -> ClockRecord | None:
        """Return the clock with this id, or `None` if it has stopped."""
        return next((each for each in self.clocks if each.id == clock_id), None)

    def add_participant(self, kind: str, who: str | None) -> None:
        """Add a participant of the case."""
        if who is not None and (name := f"{kind}:{who}") not in self.participants:
            self.participants.append(name)

    def dump(self) -> bytes:
        """Return the bytes by which two folds are compared."""
        return self.model_dump_json(exclude_defaults=True).encode()
