"""One case living through its days: events come in, timers fire, people act; what supervision says is kept."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from contracts.base import Event
from contracts.case_state import CaseState
from contracts.common import Photo
from contracts.envelope import Envelope
from contracts.events.supervision import ClockStarted, LightChanged
from contracts.figures import FIGURES
from services.chassis.auth import Caller
from services.chassis.cases import Aggregate, Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.actions import task_actions
from services.supervision.domain.evaluation.score_entries.facts import ScoreEntry
from services.supervision.domain.evaluation.score_entries.replay import replay
from services.supervision.domain.evaluation.scored_case import ScoredCase
from services.supervision.domain.policies import recheck
from services.supervision.domain.policies.recheck import Finding
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.clock_state import Clock
from services.supervision.domain.primitives.task_state import Task
from services.supervision.domain.reactions.timers import TIMERS
from services.supervision.events import EVENTS
from tests.unit.supervision.town import CASE

E = TypeVar("E", bound=Event)

AFTER = Photo(sha256="0" * 64, role="after")
"""What a recheck in the street brings."""


class Life:
    """Runs the real handlers, timers and commands in memory; the state goes through JSON after every step, and unless
    `recount` is off every step is recounted.
    """

    def __init__(self, district: RegistrySnapshot, *, recount: bool = True) -> None:
        self._recount = recount
        self._districts: list[RegistrySnapshot] = []
        self.district = district
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.said: list[Event] = []
        self.timers: dict[str, datetime] = {}
        self.booked: list[ScoreEntry] = []
        self.heard: list[tuple[Envelope, Event]] = []
        self.told_with: list[tuple[Envelope, Event]] = []
        self._aggregate = Aggregate()
        self._state = ScoredCase().model_dump_json(exclude_defaults=True)
        self._heard = Counter[str]()
        self._read: ScoredCase | None = None
        """As last looked at."""

    @property
    def district(self) -> RegistrySnapshot:
        """The release in force; another is published by setting it."""
        return self._districts[-1]

    @district.setter
    def district(self, published: RegistrySnapshot) -> None:
        release = len(self._districts) + 1
        known = published.release == release
        self._districts.append(published if known else RegistrySnapshot.from_records(release, published.records))

    # What happens.

    def hear(self, *events: Event, at: datetime | None = None, late: datetime | None = None) -> None:
        """Facts that happened at `at` arrive; `late` is when we hear of them, if not at once."""
        for event in events:
            happened = at or self.now
            self.now = late or max(self.now, happened)
            self._heard[event.SOURCE] += 1
            release = {"registry": self.district.release}
            meta = Envelope(CASE, event.SOURCE, self._heard[event.SOURCE], event.TYPE, happened, release)
            self.heard.append((meta, event))

            def take(case: SupervisionCase, event: Event = event, meta: Envelope = meta) -> None:
                case.aggregate.applied[meta.source] = meta.sequence
                EVENTS[type(event)](case, event, meta)

            self._step(meta.id, take)

    def until(self, moment: datetime) -> None:
        """Time passes; timers fire in order."""
        while due := [(when, name) for name, when in self.timers.items() if when <= moment]:
            when, name = min(due)
            self.now = max(self.now, when)
            del self.timers[name]

            def fire(case: SupervisionCase, name: str = name, when: datetime = when) -> None:
                case.timer_name = name
                TIMERS[name.partition(":")[0]](case, when)

            self._step(f"timer:{name}:{when.isoformat()}", fire)
        self.now = max(self.now, moment)

    def act(self, action: Callable[..., None], *arguments: Any) -> None:
        """A command: `commands.<action>(case, *arguments)`."""
        self._step(f"command:{len(self.said)}:{action.__name__}", lambda case: action(case, *arguments))

    def answer(self, caller: Caller, *, passed: bool, note: str = "看过", kind: str = "recheck", **more: Any) -> None:
        """Somebody does the open task of this kind; a recheck with a photo, unless the test says which."""
        if kind == "recheck":
            more.setdefault("photos", (AFTER,))
        self.act(task_actions.answer, self.task(kind)[0], Finding(passed=passed, note=note, **more), caller)

    def assign(self, officer_id: str) -> None:
        """The worker gives the open recheck to an officer."""
        task_id = self.task("recheck")[0]
        self._step(f"assign:{officer_id}", lambda case: recheck.assign(case, task_id, officer_id))

    # What can be seen.

    @property
    def state(self) -> ScoredCase:
        if self._read is None:
            self._read = ScoredCase.load(self._state)
        return self._read

    @property
    def flow(self) -> CaseState:
        return self.state.flow

    @property
    def status(self) -> str:
        return self.flow.status

    def told(self, kind: type[E]) -> list[E]:
        """Everything of one type that supervision has said, in order."""
        return [event for event in self.said if isinstance(event, kind)]

    def lights(self, name: str) -> list[str]:
        """Lights shown by clocks of this name; a corrected one has a star."""
        return [
            event.light + ("*" if event.corrected else "") for event in self.told(LightChanged) if event.name == name
        ]

    def clock(self, name: str) -> Clock:
        """The running clock of this name."""
        return next(clock for clock in self.state.clocks.values() if clock.name == name)

    def running(self) -> list[str]:
        return sorted(clock.name for clock in self.state.clocks.values())

    def started(self, name: str) -> ClockStarted:
        return [event for event in self.told(ClockStarted) if event.name == name][-1]

    def task(self, kind: str) -> tuple[UUID, Task]:
        """The open task of this kind."""
        return next((key, task) for key, task in self.state.tasks.items() if task.kind == kind and task.waiting)

    def recounted(self) -> set[ScoreEntry]:
        """The bookings again, from the events alone."""
        others: dict[str, list[tuple[Envelope, Event]]] = {"intake": [], "routing": [], "dispatch": []}
        for told in self.heard:
            others[told[0].source].append(told)
        return set(replay(CASE, self.told_with, others, lambda release: self._districts[release - 1]).entries)

    @property
    def facts(self) -> Counter[tuple[str, str]]:
        """(subject, figure) → how often it counts, summed from the bookings."""
        found = Counter[tuple[str, str]]()
        for each in self.booked:
            found[each.key.subject_id, each.key.figure] += each.value
        return +found

    def count(self, figure: str, subject: str = "sanitation") -> int:
        """How often a figure counts for a subject."""
        return self.facts[subject, figure]

    def case(self, cause: str = "test") -> SupervisionCase:
        """The case as a handler sees it."""
        head = dataclasses.replace(self._aggregate, applied=dict(self._aggregate.applied))
        state = ScoredCase.load(self._state)
        return Case(CASE, head, state, service="supervision", now=self.now, district=self.district, cause=cause)

    def _step(self, cause: str, change: Callable[[SupervisionCase], None]) -> None:
        case = self.case(cause)
        change(case)
        self._aggregate = case.aggregate
        self.said += [emitted.event for emitted in case.emitted]
        self.told_with += [(emitted.envelope, emitted.event) for emitted in case.emitted]
        for name, when in case.timers.items():
            if when is None:
                self.timers.pop(name, None)
            else:
                self.timers[name] = when
        for booking in case.state.scores.entries:
            assert booking.key.figure in FIGURES[booking.key.kind]
            self.booked.append(booking)
        if self._recount:
            assert self.recounted() == set(self.booked), "a recount from the events alone comes to the same books"
        self._state, self._read = case.state.model_dump_json(exclude_defaults=True), None
