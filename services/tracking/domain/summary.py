"""The stored summary of a case: everything that the card, the lists and the folding of further events need.

The summary depends only on the set of events: it contains no current time, no generated ids and nothing that depends on
the order of arrival. It contains no names of units and grids, so a new release changes no summary. The summary is read
and written with every batch and is therefore small. The rest of the record is computed when somebody opens the case.
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
"""Dispatches by id. They are stored as a list, because their order matters and `jsonb` sorts the keys of an object."""

SortedIds = Annotated[set[UUID], PlainSerializer(sorted, return_type=list[UUID])]
"""Set of ids. It is stored as a sorted list, so that equal sets are stored as equal bytes."""


class Facts(CaseState):
    """The case state that all services compute, stored in such a way that equal states are equal bytes."""

    dispatches: OrderedDispatches = Field(default_factory=dict[UUID, DispatchState])
    feedback_open: SortedIds = Field(default_factory=set[UUID])


class NamedCategory(BaseModel):
    """A category with the names from an event. These names are shown if the release does not know the category."""

    id: str
    name: str = ""
    name_en: str = ""


class ClockRecord(BaseModel):
    """A clock that runs or is paused."""

    id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    started_at: datetime
    due_at: datetime
    provisional: bool = False
    light: Light = "green"
    paused: bool = False


class Summary(StoredDocument):
    """Summary of one case. A rebuild from the same events stores the same bytes."""

    position: int = 0
    source: str = ""
    """`position` and `source` are the key of the last folded event."""
    versions: dict[str, int] = Field(default_factory=dict[str, int])
    """Sequence of the last folded event of each source.

    Clients send the sequence of a service as `If-Match` with a command to this service.
    """
    facts: Facts = Field(default_factory=Facts)

    channel: Channel = "resident"
    mode: Mode = "actual"
    category: NamedCategory | None = None
    description: str = ""
    what_was_done: str = ""
    """What an officer did to settle the problem on the spot; empty if no officer settled it."""
    place: Place | None = None
    address: str | None = None
    """Address that the reporter gave. It is used until `place` is known."""
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
    """Who may see the case besides the centres: `unit:…`, `officer:…`, `actor:…` (an account or key).
    """
    signed: list[UUID] = Field(default_factory=list[UUID])
    """Ids of the dispatches that were acknowledged 签收 by their unit, including dispatches that have ended since."""
    clocks: list[ClockRecord] = Field(default_factory=list[ClockRecord])
    reports: list[UUID] = Field(default_factory=list[UUID])
    """Ids of further reports of the same problem."""
    urged: bool = False
    open_orders: list[UUID] = Field(default_factory=list[UUID])
    """Ids of the supervision orders 督办 that wait for a reply."""
    reopened: bool = False

    _new_events: list[RecordedEvent] = PrivateAttr(default_factory=list[RecordedEvent])

    @property
    def in_confidence(self) -> bool:
        """True if the case is confidential and filed. Then texts about the case must not be stored."""
        return self.facts.filed and self.facts.confidential

    @property
    def key(self) -> FoldKey:
        """The key (position and source) of the last folded event."""
        return self.position, self.source

    def add_new_event(self, recorded: RecordedEvent) -> None:
        """Add an event that is not folded yet.

        All new events of a batch are folded together when the batch is saved.
        """
        self._new_events.append(recorded)

    @property
    def new_events(self) -> list[RecordedEvent]:
        """The events that are not folded yet."""
        return self._new_events

    def clock(self, clock_id: UUID) -> ClockRecord | None:
        """Return the clock with this id, or `None` if it has stopped."""
        return next((each for each in self.clocks if each.id == clock_id), None)

    def add_participant(self, kind: str, who: str | None) -> None:
        """Add a participant of the case as `kind:who`, unless `who` is `None`."""
        if who is not None and (name := f"{kind}:{who}") not in self.participants:
            self.participants.append(name)

    def dump(self) -> bytes:
        """Return the summary as bytes. Equal summaries give equal bytes."""
        return self.model_dump_json(exclude_defaults=True).encode()
