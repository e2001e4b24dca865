"""A simulated service that applies events of others and states its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.base import CASE_SOURCES, Event
from contracts.case_state import CaseState
from contracts.case_steps import fold


@dataclass(frozen=True)
class StatedEvent:
    """An event with its sequence and its dependencies."""

    source: str
    sequence: int
    dependencies: dict[str, int]
    event: Event


@dataclass
class SimulatedService:
    """A service: the events it stated, the positions it applied, and the case state that follows from both."""

    name: str
    react: Callable[[SimulatedService, Event], None]
    stated: list[StatedEvent] = field(default_factory=list[StatedEvent])
    applied: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CASE_SOURCES, 0))
    view: CaseState = field(default_factory=CaseState)
    memory: dict[str, int] = field(default_factory=dict[str, int])
    """The state of the service besides the shared case state."""

    def emit(self, event: Event) -> None:
        dependencies = {
            source: position for source, position in self.applied.items() if source != self.name and position
        }
        self.stated.append(StatedEvent(self.name, len(self.stated) + 1, dependencies, event))
        self.applied[self.name] = len(self.stated)
        fold(self.view, event)

    def apply(self, stated: StatedEvent) -> bool:
        """Apply the event if it is the next of its source and its dependencies are applied; return whether it was."""
        if stated.sequence != self.applied[stated.source] + 1 or not dependencies_applied(stated, self.applied):
            return False
        self.applied[stated.source] += 1
        fold(self.view, stated.event)
        self.react(self, stated.event)
        return True


def dependencies_applied(stated: StatedEvent, positions: dict[str, int]) -> bool:
    """Return whether the positions cover the dependencies of the event."""
    return all(positions[source] >= position for source, position in stated.dependencies.items())
