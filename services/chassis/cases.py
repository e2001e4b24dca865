"""One case inside one transaction: what handlers and commands see and change.

A handler is a plain function on a `Case`: it reads and changes `case.state`, emits events and sets timers. It cannot
reach the database, so a batch of hundreds of events is folded in memory and written with a handful of statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
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
"""Every source a head keeps a mark for; the names are columns of `head`."""


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL in the JSON of an event, as against the six characters `\\u0000` that somebody typed."""


class MoreCasesNeeded(Exception):
    """A decision found that it concerns further cases: roll back, lock these too, start again."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        self.ids = frozenset(ids)
        super().__init__(f"needs {len(self.ids)} more cases")


@dataclass(slots=True)
class Aggregate:
    """A row of `head`: how far this service has spoken and listened about one case."""

    version: int = 0
    digest: int = 0
    """Of what we have said: `Envelope.history` of the last event."""
    applied: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    applied_digests: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    """Of what we have heard of each source, as its own head has it."""
    deferred: int = 0
    diverged: bool = False

    def record_applied(self, envelope: Envelope) -> None:
        """Note an event as the last heard of its source."""
        source = envelope.source
        self.applied[source] = envelope.sequence
        self.applied_digests[source] = envelope.history_digest(self.applied_digests[source])


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event to be written to the ledger, with the envelope it goes out in."""

    envelope: Envelope
    event: Event
    body: bytes


@dataclass(slots=True)
class IncomingEvent:
    """An event that came in, from the broker, from repair or from the parking place."""

    envelope: Envelope
    headers: list[tuple[str, bytes]]
    body: bytes
    event: Event | None = None
    """Parsed by the reader when somebody here wants it."""
    newer: bool = False
    """Whether it holds a word that this version does not know: it is deferred until an upgrade."""


def parse_stored_event(headers: str | bytes, body: bytes) -> IncomingEvent:
    """An event from its stored headers and body."""
    pairs = [(name, value.encode()) for name, value in orjson.loads(headers)]
    return IncomingEvent(Envelope.from_headers(pairs), pairs, body)


class Case(Generic[S]):
    """A locked case: this service's state of it, and what the running transaction adds."""

    def __init__(
        self, case_id: UUID, aggregate: Aggregate, state: S, *, service: str, now: datetime, district: RegistrySnapshot | None, cause: str,
        traceparent: str = "", pseudonyms: CategoryPseudonyms = CategoryPseudonyms(),
    ) -> None:  # fmt: skip
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
        """Whether this version cannot read the stored state: `state` is then blank and must not be saved."""
        self._service = service
        self._district = district
        self._derived: dict[tuple[str, str], int] = {}

    @property
    def version(self) -> int:
        """Events this service has emitted for the case so far: its version here, and its ETag."""
        return self.aggregate.version

    @property
    def turns_confidential(self) -> bool:
        """Whether this transaction says or hears that what was said about the case is confidential."""
        heard = (each.event for each in self.incoming if each.event is not None)
        return any(map(makes_confidential, heard)) or any(makes_confidential(each.event) for each in self.emitted)

    @property
    def in_confidence(self) -> bool:
        """Whether nobody's words about the case are kept here any more: also not those that were still on their way."""
        return self.turns_confidential or getattr(self.state, "in_confidence", False)

    @property
    def release(self) -> int:
        """The registry release that this transaction works with, 0 before the first."""
        return self._district.release if self._district is not None else 0

    @property
    def district(self) -> RegistrySnapshot:
        """The release in force. Raises `NotReady` while there is none."""
        if self._district is None:
            raise NotReady
        return self._district

    def emit(self, event: Event) -> None:
        """State a fact about this case. It is written and sent with everything else of this transaction.

        Raises `NotStorable` for a text with a NUL: readers keep texts where PostgreSQL takes none, and would be poisoned.
        """
        if self._service != event.SOURCE:
            raise ValueError(f"{self._service} may not emit {event.TYPE}: {event.SOURCE} owns it")
        body = event.to_bytes()
        if _NUL.search(body):
            raise NotStorable
        self.aggregate.version += 1
        dependencies = {
            source: mark for source, mark in self.aggregate.applied.items() if mark and source in CASE_SOURCES
        }
        dependencies.pop(self._service, None)
        if self._district is not None and self.id != REGISTRY_STREAM:
            dependencies["registry"] = self._district.release
        envelope = Envelope(
            case_id=self.id, source=self._service, sequence=self.aggregate.version, type=event.TYPE, time=self.now,
            dependencies=dependencies, causation_id=self.cause, traceparent=self.traceparent,
        )  # fmt: skip
        self.aggregate.digest = envelope.history_digest(self.aggregate.digest)
        self.emitted.append(OutgoingEvent(envelope, event, body))

    def set_timer(self, name: str, due_at: datetime) -> None:
        """Wake this case at `due_at` (domain time). One timer per name: a new one replaces the old."""
        self.timers[name] = due_at

    def clear_timer(self, name: str) -> None:
        """Forget the timer of that name, if there is one."""
        self.timers[name] = None

    def derive_id(self, label: str) -> UUID:
        """An id that a replay makes again, from the cause and the label; repeated labels are counted."""
        count = self._derived.get((self.cause, label), 0)
        self._derived[self.cause, label] = count + 1
        return derive_id(self.id, f"{self.cause}#{label}#{count}" if count else f"{self.cause}#{label}")


Handler = Callable[[Case[S], "Event", Envelope], None]
"""Applies one event to one case. Never refuses on state: guards are for commands."""

TimerHandler = Callable[[Case[S], datetime], None]
"""What happens when a timer is due. Gets the instant it was due at."""
