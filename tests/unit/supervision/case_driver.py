"""Drive one case through supervision's handlers, timers and commands without a database."""

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
from tests.unit.supervision.sample_events import CASE

E = TypeVar("E", bound=Event)
AFTER = Photo(sha256="0" * 64, role="after")
"""The photo of a recheck on site."""


class CaseDriver:
    """One case at supervision: applies events, fires timers, runs commands and keeps what supervision states.

    The state is stored as JSON and reloaded after every step. Unless `recompute` is false, every step also recomputes
    the score entries from the events alone and compares them.
    """

    def __init__(self, district: RegistrySnapshot, *, recompute: bool = True) -> None:
        self._recompute = recompute
        self._districts: list[RegistrySnapshot] = []
        self.district = district
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.events: list[Event] = []
        self.timers: dict[str, datetime] = {}
        self.score_entries: list[ScoreEntry] = []
        self.applied_events: list[tuple[Envelope, Event]] = []
        self.stated: list[tuple[Envelope, Event]] = []
        self._aggregate = Aggregate()
        self._state = ScoredCase().model_dump_json(exclude_defaults=True)
        self._positions = Counter[str]()
        self._read: ScoredCase | None = None
        """The state as last read."""

    @property
    def district(self) -> RegistrySnapshot:
        """The registry snapshot in force; setting it publishes a new release."""
        return self._districts[-1]

    @district.setter
    def district(self, published: RegistrySnapshot) -> None:
        release = len(self._districts) + 1
        known = published.release == release
        self._districts.append(published if known else RegistrySnapshot.from_records(release, published.records))

    # Change the case.

    def apply(self, *events: Event, at: datetime | None = None, received_at: datetime | None = None) -> None:
        """Apply events that happened at `at`; `received_at` is when they arrive, if later."""
        for event in events:
            happened = at or self.now
            self.now = received_at or max(self.now, happened)
            self._positions[event.SOURCE] += 1
            release = {"registry": self.district.release}
            meta = Envelope(CASE, event.SOURCE, self._positions[event.SOURCE], event.TYPE, happened, release)
            self.applied_events.append((meta, event))

            def take(case: SupervisionCase, event: Event = event, meta: Envelope = meta) -> None:
                case.aggregate.applied[meta.source] = meta.sequence
                EVENTS[type(event)](case, event, meta)

            self._step(meta.id, take)

    def advance_to(self, moment: datetime) -> None:
        """Move the clock to `moment` and fire the due timers in order."""
        while due := [(when, name) for name, when in self.timers.items() if when <= moment]:
            when, name = min(due)
            self.now = max(self.now, when)
            del self.timers[name]

            def fire(case: SupervisionCase, name: str = name, when: datetime = when) -> None:
                case.timer_name = name
                TIMERS[name.partition(":")[0]](case, when)

            self._step(f"timer:{name}:{when.isoformat()}", fire)
        self.now = max(self.now, moment)

    def run(self, action: Callable[..., None], *arguments: Any) -> None:
        """Run a command on the case: `action(case, *arguments)`."""
        self._step(f"command:{len(self.events)}:{action.__name__}", lambda case: action(case, *arguments))

    def answer(self, caller: Caller, *, passed: bool, note: str = "看过", kind: str = "recheck", **more: Any) -> None:
        """Answer the open task of this kind; a recheck gets a photo by default."""
        if kind == "recheck":
            more.setdefault("photos", (AFTER,))
        self.run(task_actions.answer, self.task(kind)[0], Finding(passed=passed, note=note, **more), caller)

    def assign(self, officer_id: str) -> None:
        """Assign the open recheck to an officer, as the assignment worker does."""
        task_id = self.task("recheck")[0]
        self._step(f"assign:{officer_id}", lambda case: recheck.assign(case, task_id, officer_id))

    # Read the case.

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

    def events_of(self, kind: type[E]) -> list[E]:
        """Return all events of one type that supervision stated, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def lights(self, name: str) -> list[str]:
        """Return the lights of clocks of this name, in order; a corrected light has a star."""
        return [
            event.light + ("*" if event.corrected else "")
            for event in self.events_of(LightChanged)
            if event.name == name
        ]

    def clock(self, name: str) -> Clock:
        """Return the running clock of this name."""
        return next(clock for clock in self.state.clocks.values() if clock.name == name)

    def running_clocks(self) -> list[str]:
        return sorted(clock.name for clock in self.state.clocks.values())

    def clock_started(self, name: str) -> ClockStarted:
        return [event for event in self.events_of(ClockStarted) if event.name == name][-1]

    def task(self, kind: str) -> tuple[UUID, Task]:
        """Return the open task of this kind with its id."""
        return next((key, task) for key, task in self.state.tasks.items() if task.kind == kind and task.waiting)

    def recompute_entries(self) -> set[ScoreEntry]:
        """Return the score entries that follow from the events alone."""
        others: dict[str, list[tuple[Envelope, Event]]] = {"intake": [], "routing": [], "dispatch": []}
        for stated_event in self.applied_events:
            others[stated_event[0].source].append(stated_event)
        return set(replay(CASE, self.stated, others, lambda release: self._districts[release - 1]).entries)

    @property
    def facts(self) -> Counter[tuple[str, str]]:
        """How often each figure counts for each subject, summed from the score entries."""
        found = Counter[tuple[str, str]]()
        for each in self.score_entries:
            found[each.key.subject_id, each.key.figure] += each.value
        return +found

    def count(self, figure: str, subject: str = "sanitation") -> int:
        """Return how often a figure counts for a subject."""
        return self.facts[subject, figure]

    def case(self, cause: str = "test") -> SupervisionCase:
        """Return the case as a handler sees it."""
        aggregate = dataclasses.replace(self._aggregate, applied=dict(self._aggregate.applied))
        state = ScoredCase.load(self._state)
        return Case(CASE, aggregate, state, service="supervision", now=self.now, district=self.district, cause=cause)

    def _step(self, cause: str, change: Callable[[SupervisionCase], None]) -> None:
        case = self.case(cause)
        change(case)
        self._aggregate = case.aggregate
        self.events += [emitted.event for emitted in case.emitted]
        self.stated += [(emitted.envelope, emitted.event) for emitted in case.emitted]
        for name, when in case.timers.items():
            if when is None:
                self.timers.pop(name, None)
            else:
                self.timers[name] = when
        for entry in case.state.scores.entries:
            assert entry.key.figure in FIGURES[entry.key.kind]
            self.score_entries.append(entry)
        if self._recompute:
            assert self.recompute_entries() == set(self.score_entries), (
                "score entries recomputed from the events differ"
            )
        self._state, self._read = case.state.model_dump_json(exclude_defaults=True), None
