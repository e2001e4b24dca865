"""Run intake, routing, dispatch and supervision about one case in one process.

Routing, dispatch and supervision are the real services; intake only emits what a test tells it to. Events of one
service wait at every other until that service applies them, never before their dependencies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from contracts.base import CASE_SOURCES, Event
from contracts.case_state import CaseState
from contracts.case_steps import fold
from contracts.envelope import Envelope
from contracts.registry import Entity
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches.state import DispatchCase
from services.dispatch.events import EVENTS as DISPATCH
from services.routing.domain.case import RoutingCase
from services.routing.events import EVENTS as ROUTING
from services.supervision.domain.evaluation.scored_case import ScoredCase
from services.supervision.domain.reactions.timers import TIMERS
from services.supervision.events import EVENTS as SUPERVISION
from tests.unit.routing.sample_district import NOON, unit
from tests.unit.routing.sample_district import make_district as routing_district
from tests.unit.routing.sample_events import CASE
from tests.unit.supervision.sample_district import make_district as supervision_district

S = TypeVar("S", bound=BaseModel)
StoredEvent = tuple[Envelope, Event]


def make_district(*entities: Entity) -> RegistrySnapshot:
    """Return the units and lists of routing's sample district with the officers of supervision's."""
    records: dict[str, dict[str, Entity]] = {}
    for part in (supervision_district(), routing_district(*entities, units={"fire": unit("fire", agency="119")})):
        for kind, found in part.records.items():
            records.setdefault(kind, {}).update(found)
    return RegistrySnapshot.from_records(1, records)


class IntakeView(BaseModel):
    """State of the simulated intake: the case state as far as intake has applied events."""

    flow: CaseState = CaseState()


@dataclass
class InProcessService(Generic[S]):
    """A service: its state, the events it stored, and the positions it applied of the others."""

    name: str
    state: S
    handlers: Mapping[type[Event], Callable[[Any, Any, Envelope], None]]
    services: ServicesInProcess
    aggregate: Aggregate = field(default_factory=Aggregate)
    stored: list[StoredEvent] = field(default_factory=list[StoredEvent])
    timers: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def run(self, act: Callable[..., object], *arguments: Any) -> None:
        """Run a command. A refused command changes nothing."""
        self._run(f"{self.name}:{self.services.next_turn()}", lambda case: act(case, *arguments))

    def emit(self, *events: Event) -> None:
        """State these events."""
        for event in events:
            self.run(lambda case, event=event: case.emit(event))

    def apply_next(self) -> bool:
        """Apply one event whose dependencies are applied; return whether there was one."""
        for source in self.services.shuffled([each for each in CASE_SOURCES if each != self.name]):
            stored_events, position = self.services.by_name[source].stored, self.aggregate.applied[source]
            if position < len(stored_events) and self._is_ready(stored_events[position][0]):
                self._apply(*stored_events[position])
                return True
        return False

    def fire_due_timers(self) -> None:
        """Fire the due timers in order."""
        while due := [(when, name) for name, when in self.timers.items() if when <= self.services.now]:
            when, name = min(due)
            del self.timers[name]
            self._run(f"timer:{name}:{when}", lambda case, name=name, when=when: _fire_timer(case, name, when))

    def _is_ready(self, envelope: Envelope) -> bool:
        positions = {**self.aggregate.applied, self.name: self.aggregate.version}
        return all(
            positions[source] >= needed for source, needed in envelope.dependencies.items() if source in CASE_SOURCES
        )

    def _apply(self, envelope: Envelope, event: Event) -> None:
        def apply(case: Case[S]) -> None:
            case.aggregate.record_applied(envelope)
            if isinstance(case.state, IntakeView):
                fold(case.state.flow, event)
            if (handler := self.handlers.get(type(event))) is not None:
                handler(case, event, envelope)

        self._run(envelope.id, apply)

    def _run(self, cause: str, change: Callable[[Case[S]], object]) -> None:
        aggregate = replace(self.aggregate, applied=dict(self.aggregate.applied))
        state = type(self.state).model_validate_json(self.state.model_dump_json(exclude_defaults=True))
        case = Case(
            CASE,
            aggregate,
            state,
            service=self.name,
            now=self.services.now,
            district=self.services.district,
            cause=cause,
        )
        change(case)
        for each in case.emitted:
            self.stored.append((each.envelope, each.event))
            if isinstance(state, IntakeView):
                fold(state.flow, each.event)
        for name, when in case.timers.items():
            self.timers.pop(name, None)
            if when is not None:
                self.timers[name] = when
        self.aggregate, self.state = case.aggregate, case.state


def _fire_timer(case: Case[Any], name: str, when: datetime) -> None:
    case.timer_name = name
    TIMERS[name.partition(":")[0]](case, when)


class ServicesInProcess:
    """One case at four services, each with its own view of the case."""

    def __init__(self, district: RegistrySnapshot, shuffle: Callable[[list[str]], None] = lambda _: None) -> None:
        self.district, self.now = district, NOON
        self._shuffle, self._turn = shuffle, 0
        self.intake = InProcessService("intake", IntakeView(), {}, self)
        self.routing = InProcessService("routing", RoutingCase(), ROUTING, self)
        self.dispatch = InProcessService("dispatch", DispatchCase(), DISPATCH, self)
        self.supervision = InProcessService("supervision", ScoredCase(), SUPERVISION, self)
        self.by_name: dict[str, InProcessService[Any]] = {
            each.name: each for each in (self.intake, self.routing, self.dispatch, self.supervision)
        }

    def next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def shuffled(self, names: list[str]) -> list[str]:
        """Return the names in random order."""
        self._shuffle(names)
        return names

    def deliver_all(self, *names: str) -> ServicesInProcess:
        """Let all services, or only these, apply every event that they can."""
        while any(self.by_name[name].apply_next() for name in self.shuffled(list(names or self.by_name))):
            pass
        return self

    def advance(self, **by: float) -> ServicesInProcess:
        """Move the clock and fire the due timers."""
        self.now += timedelta(**by)
        self.supervision.fire_due_timers()
        return self
