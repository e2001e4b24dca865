"""What is stored of a case: as much as its card, its place in lists and the next fold need.

A pure function of the set of events: no present time, no serial of ours, no order of arrival enters it. Names of units,
grids and categories are not in it either, so that a new release of the district's data changes no case. It is read and
written with every batch, so it is kept small: the rest of the record is folded from the events when somebody looks.
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
"""Written as a list: `jsonb` sorts the keys of an object, and which lead came last must survive being stored."""

SortedIds = Annotated[set[UUID], PlainSerializer(sorted, return_type=list[UUID])]
"""Written in order: equal sets must be equal bytes."""


class Facts(CaseState):
    """The shared case state in a form whose stored bytes depend on the facts alone."""

    dispatches: OrderedDispatches = Field(default_factory=dict[UUID, DispatchState])
    feedback_open: SortedIds = Field(default_factory=set[UUID])


class NamedCategory(BaseModel):
    """A category as its event named it: shown when the district in force no longer knows the id."""

    id: str
    name: str = ""
    name_en: str = ""


class ClockRecord(BaseModel):
    """A clock that runs or pauses; one that stopped is gone from here."""

    id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    started_at: datetime
    due_at: datetime
    provisional: bool = False
    light: Light = "green"
    paused: bool = False


class Summary(StoredDocument):
    """One case in short. Its bytes in `aggregate.state` are what "rebuilt to the same bytes" speaks of."""

    position: int = 0
    source: str = ""
    """Key of the last event in fold order."""
    versions: dict[str, int] = Field(default_factory=dict[str, int])
    """Last sequence folded of each source: the `If-Match` of an action at that service."""
    facts: Facts = Field(default_factory=Facts)

    channel: Channel = "resident"
    mode: Mode = "actual"
    category: NamedCategory | None = None
    description: str = ""
    what_was_done: str = ""
    """By the officer who settled it on the spot."""
    place: Place | None = None
    address: str | None = None
    """Said by the reporter while the place is not known."""
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
    """Who had a part, as `unit:…`, `officer:…`, `actor:…`: who may see the case besides the command centres."""
    signed: list[UUID] = Field(default_factory=list[UUID])
    """Dispatches that were signed at some time."""
    clocks: list[ClockRecord] = Field(default_factory=list[ClockRecord])
    reports: list[UUID] = Field(default_factory=list[UUID])
    """Further reports of the same problem."""
    urged: bool = False
    open_orders: list[UUID] = Field(default_factory=list[UUID])
    """Formal orders 督办 without a reply."""
    reopened: bool = False

    _new_events: list[RecordedEvent] = PrivateAttr(default_factory=list[RecordedEvent])

    @property
    def in_confidence(self) -> bool:
        """Whether nobody's words about it are kept."""
        return self.facts.filed and self.facts.confidential

    @property
    def key(self) -> FoldKey:
        """Where the fold stands."""
        return self.position, self.source

    def note(self, recorded: RecordedEvent) -> None:
        """Remember an event of the running batch: all of them are folded together, at its end."""
        self._new_events.append(recorded)

    @property
    def new_events(self) -> list[RecordedEvent]:
        """The events noted and not yet folded."""
        return self._new_events

    def clock(self, clock_id: UUID) -> ClockRecord | None:
        """The clock with this id, unless it stopped."""
        return next((each for each in self.clocks if each.id == clock_id), None)

    def add_participant(self, kind: str, who: str | None) -> None:
        """Note that somebody had a part in the case."""
        if who is not None and (name := f"{kind}:{who}") not in self.participants:
            self.participants.append(name)

    def dump(self) -> bytes:
        """The bytes that two folds of the same events are compared by."""
        return self.model_dump_json(exclude_defaults=True).encode()
