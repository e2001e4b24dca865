"""An event of a case, with its envelope and its place in the order in which events are folded."""

from __future__ import annotations

from typing import NamedTuple

from contracts.base import CASE_SOURCES, Event
from contracts.envelope import Envelope

FoldKey = tuple[int, str]
"""Position and source: the total order in which the events of a case are folded."""


class RecordedEvent(NamedTuple):
    """An event with its envelope and its position. Events are folded in the order of position and source."""

    meta: Envelope
    event: Event
    position: int
    """Number of events of the case that this event's source had applied or stated, including this event."""

    @property
    def key(self) -> FoldKey:
        """The key by which the events of a case are sorted before they are folded."""
        return self.position, self.meta.source

    @classmethod
    def of(cls, meta: Envelope, event: Event) -> RecordedEvent:
        """Return an incoming event with the position that follows from its dependencies."""
        return cls(meta, event, position_of(meta))


def position_of(meta: Envelope) -> int:
    """Return the sequence of the event plus the applied sequences of the other case sources.

    The registry is not counted.
    """
    applied = meta.dependencies
    return meta.sequence + sum([applied.get(source, 0) for source in CASE_SOURCES if source != meta.source])
