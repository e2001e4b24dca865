"""A case inside one transaction, as handlers and commands see and change it.

A handler is a plain function of a `Case`. It reads and changes `case.state`, emits events and sets timers. It cannot
reach the database, so a batch of hundreds of events is applied in memory and written with a handful of statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from contracts.base import CASE_SOURCES, Event, StoredDocument
from contracts.envelope import Envelope
from contracts.events.registry import REGISTRY_STREAM
from contracts.redaction import makes_confidential
from services.chassis.category_pseudonyms import CategoryPseudonyms
from services.chassis.identifiers import derive_id
from services.chassis.problems import NotReady, NotStorable
from services.chassis.registry_snapshot import RegistrySnapshot

__all__ = ["REGISTRY_STREAM", "Aggregate", "Case", "Handler", "MoreCasesNeeded", "TimerHandler"]

S = TypeVar("S", bound=StoredDocument)

SOURCES: tuple[str, ...] = (*CASE_SOURCES, "registry")
"""Every source whose applied position is a column of the table `aggregate`. Each name is the prefix of two columns."""


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""Matches the JSON escape of a NUL character. Does not match a backslash and `u0000` that a user typed."""


class MoreCasesNeeded(Exception):
    """Raised by a decision that needs further cases.

    The transaction rolls back, locks these cases too and starts again.
    """

    def __init__(self, ids: Iterable[UUID]) -> None:
        self.ids = frozenset(ids)
        super().__init__(f"needs {len(self.ids)} more cases")


@dataclass(slots=True)
class Aggregate:
    """A row of `aggregate`: how many events about a case this service has stated and applied."""

    version: int = 0
    digest: int = 0
    """Chained digest of the events that this service stated."""
    applied: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    applied_digests: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    """Per source, the chained digest of the applied events."""
    deferred: int = 0
    diverged: bool = False

    def record_applied(self, envelope: Envelope) -> None:
        """Record an event as the last applied event of its source."""
        source = envelope.source
        self.applied[source] = envelope.sequence
        self.applied_digests[source] = envelope.history_digest(self.applied_digests[source])


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event to be stored and sent, with its envelope."""

    envelope: Envelope
    event: Event
    body: bytes


@dataclass(slots=True)
class IncomingEvent:
    """A received event: from the broker, from repair or from the deferred events."""

    envelope: Envelope
    headers: list[tuple[str, bytes]]
    body: bytes
    event: Event | None = None
    """The parsed body; `None` until it is parsed. It is never parsed if this service has no handler for the event."""
    newer: bool = False
    """True if the body holds a value that only a newer version of this service knows.

    The event is then deferred until an upgrade of this service.
    """


def parse_stored_event(headers: str | bytes, body: bytes) -> IncomingEvent:
    """Return the event with these stored headers and this body."""
    pairs = [(name, value.encode()) for name, value in orjson.loads(headers)]
    return IncomingEvent(Envelope.from_headers(pairs), pairs, body)


class Case(Generic[S]):
    """A locked case: the service's stored state, and the events and timers that the running transaction adds."""

    def __init__(
        self,
        case_id: UUID,
        aggregate: Aggregate,
        state: S,
        *,
        service: str,
        now: datetime,
        district: RegistrySnapshot | None,
        cause: str,
        traceparent: str = "",
        pseudonyms: CategoryPseudonyms = CategoryPseudonyms(),
    ) -> None:
        self.id = case_id
        self.aggregate = aggregate
        self.state = state
        self.now = now
        self.cause = cause
        self.traceparent = traceparent
        self.pseudonyms = pseudonyms
        self.timer_name = ""
        self.incoming: list[IncomingEvent] = []
        self.incoming_registry: list[Event] = []
        self.emitted: list[OutgoingEvent] = []
        self.timers: dict[str, datetime | None] = {}
        self.dirty = False
        self.halted = False
        """True if this version cannot read the stored state. Then `state` is blank and must not be saved."""
        self._service = service
        self._district = district
        self._derived: dict[tuple[str, str], int] = {}

    @property
    def version(self) -> int:
        """The sequence of the last event that this service stated about the case. Also the ETag."""
        return self.aggregate.version

    @property
    def turns_confidential(self) -> bool:
        """True if an event of this transaction makes the case confidential."""
        received = (each.event for each in self.incoming if each.event is not None)
        return any(map(makes_confidential, received)) or any(makes_confidential(each.event) for each in self.emitted)

    @property
    def in_confidence(self) -> bool:
        """True if the case is confidential. Then every event about the case is redacted, even one that arrives late."""
        return self.turns_confidential or getattr(self.state, "in_confidence", False)

    @property
    def release(self) -> int:
        """The registry release that this transaction works with; 0 before the first."""
        return self._district.release if self._district is not None else 0

    @property
    def district(self) -> RegistrySnapshot:
        """The registry snapshot in force. Raises `NotReady` before the first release."""
        if self._district is None:
            raise NotReady
        return self._district

    def emit(self, event: Event) -> None:
        """State an event about this case. It is stored and sent with everything else of this transaction.

        Raises `NotStorable` if a text contains a NUL character: PostgreSQL cannot store it, so consumers would fail.
        """
        if self._service != event.SOURCE:
            raise ValueError(f"{self._service} may not emit {event.TYPE}: {event.SOURCE} owns it")
        body = event.to_bytes()
        if _NUL.search(body):
            raise NotStorable
        self.aggregate.version += 1
        dependencies = {
            source: applied for source, applied in self.aggregate.applied.items() if applied and source in CASE_SOURCES
        }
        dependencies.pop(self._service, None)
        if self._district is not None and self.id != REGISTRY_STREAM:
            dependencies["registry"] = self._district.release
        envelope = Envelope(
            case_id=self.id,
            source=self._service,
            sequence=self.aggregate.version,
            type=event.TYPE,
            time=self.now,
            dependencies=dependencies,
            causation_id=self.cause,
            traceparent=self.traceparent,
        )
        self.aggregate.digest = envelope.history_digest(self.aggregate.digest)
        self.emitted.append(OutgoingEvent(envelope, event, body))

    def set_timer(self, name: str, due_at: datetime) -> None:
        """Set a timer that calls the handler `name` at `due_at` (domain time). Replace a timer of the same name."""
        self.timers[name] = due_at

    def clear_timer(self, name: str) -> None:
        """Delete the timer `name` if there is one."""
        self.timers[name] = None

    def derive_id(self, label: str) -> UUID:
        """Return an id that depends only on the case, the cause (an event or a timer) and the label.

        So a replay derives the same id. If a label is repeated for the same cause, a counter is added to the label.
        """
        count = self._derived.get((self.cause, label), 0)
        self._derived[self.cause, label] = count + 1
        return derive_id(self.id, f"{self.cause}#{label}#{count}" if count else f"{self.cause}#{label}")


Handler = Callable[[Case[S], Any, Envelope], None]
"""Applies one event to one case. A handler never refuses an event because of the case's state. Commands may be refused.

A handler declares the class of its events: `def on_case_filed(case: …, event: CaseFiled, _: Envelope) -> None`. The
table `EVENTS` of the service assigns the handler to that class.
"""

TimerHandler = Callable[[Case[S], datetime], None]
"""Handles a due timer. The second argument is the instant at which the timer was due."""
