"""Three services as they are and an intake that says what it is told to: each hears the others when its turn comes.

What a party says waits at every other until that one listens; causes come before their effects, as the chassis has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from contracts.base import CASE_SOURCES, Event
from contracts.case_state import CaseState, fold
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
from tests.unit.routing.desk import CASE
from tests.unit.routing.town import NOON, unit
from tests.unit.routing.town import town as routing_town
from tests.unit.supervision.town import town as supervision_town

S = TypeVar("S", bound=BaseModel)
Told = tuple[Envelope, Event]


def town(*entities: Entity) -> RegistrySnapshot:
    """Who must act by routing's town, who rechecks by supervision's, over the same grids."""
    records: dict[str, dict[str, Entity]] = {}
    for part in (supervision_town(), routing_town(*entities, units={"fire": unit("fire", agency="119")})):
        for kind, found in part.records.items():
            records.setdefault(kind, {}).update(found)
    return RegistrySnapshot.from_records(1, records)


class IntakeView(BaseModel):
    """An intake that decides nothing by itself: it knows where the case stands, as far as it has heard."""

    flow: CaseState = CaseState()


@dataclass
class Party(Generic[S]):
    """A service: its state, what it has said, and how far it has heard the others."""

    name: str
    state: S
    handlers: Mapping[type[Event], Callable[[Any, Any, Envelope], None]]
    house: Together
    aggregate: Aggregate = field(default_factory=Aggregate)
    said: list[Told] = field(default_factory=list[Told])
    timers: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def do(self, act: Callable[..., object], *arguments: Any) -> None:
        """Somebody's command, or what this party says by itself. What a refusal had changed is thrown away."""
        self._run(f"{self.name}:{self.house.turn()}", lambda case: act(case, *arguments))

    def say(self, *events: Event) -> None:
        """State these facts."""
        for event in events:
            self.do(lambda case, event=event: case.emit(event))

    def hear(self) -> bool:
        """Apply one fact that is next in its source's order and has its causes. Whether there was one."""
        for source in self.house.mixed([each for each in CASE_SOURCES if each != self.name]):
            told, mark = self.house.parties[source].said, self.aggregate.applied[source]
            if mark < len(told) and self._ready(told[mark][0]):
                self._hear(*told[mark])
                return True
        return False

    def wake(self) -> None:
        """What is due by now happens."""
        while due := [(when, name) for name, when in self.timers.items() if when <= self.house.now]:
            when, name = min(due)
            del self.timers[name]
            self._run(f"timer:{name}:{when}", lambda case, name=name, when=when: _fire(case, name, when))

    def _ready(self, envelope: Envelope) -> bool:
        marks = {**self.aggregate.applied, self.name: self.aggregate.version}
        return all(
            marks[source] >= needed for source, needed in envelope.dependencies.items() if source in CASE_SOURCES
        )

    def _hear(self, envelope: Envelope, event: Event) -> None:
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
            CASE, aggregate, state, service=self.name, now=self.house.now, district=self.house.district, cause=cause
        )
        change(case)
        for each in case.emitted:
            self.said.append((each.envelope, each.event))
            if isinstance(state, IntakeView):
                fold(state.flow, each.event)
        for name, when in case.timers.items():
            self.timers.pop(name, None)
            if when is not None:
                self.timers[name] = when
        self.aggregate, self.state = case.aggregate, case.state


def _fire(case: Case[Any], name: str, when: datetime) -> None:
    case.timer_name = name
    TIMERS[name.partition(":")[0]](case, when)


class Together:
    """One case at four services."""

    def __init__(self, district: RegistrySnapshot, shuffle: Callable[[list[str]], None] = lambda _: None) -> None:
        self.district, self.now = district, NOON
        self._shuffle, self._turn = shuffle, 0
        self.intake = Party("intake", IntakeView(), {}, self)
        self.routing = Party("routing", RoutingCase(), ROUTING, self)
        self.dispatch = Party("dispatch", DispatchCase(), DISPATCH, self)
        self.supervision = Party("supervision", ScoredCase(), SUPERVISION, self)
        self.parties: dict[str, Party[Any]] = {
            each.name: each for each in (self.intake, self.routing, self.dispatch, self.supervision)
        }

    def turn(self) -> int:
        self._turn += 1
        return self._turn

    def mixed(self, names: list[str]) -> list[str]:
        """The names in an order of chance."""
        self._shuffle(names)
        return names

    def settle(self, *among: str) -> Together:
        """Everybody (or only these) hears what there is to hear."""
        while any(self.parties[name].hear() for name in self.mixed(list(among or self.parties))):
            pass
        return self

    def later(self, **by: float) -> Together:
        """Time passes, and what falls due happens."""
        self.now += timedelta(**by)
        self.supervision.wake()
        return self
