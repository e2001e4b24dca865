"""One event of a case with its envelope, and where it stands in fold order."""

from __future__ import annotations

from typing import NamedTuple

from contracts.base import CASE_SOURCES, Event
from contracts.envelope import Envelope

FoldKey = tuple[int, str]
"""Position and source: the total order in which a case's events are folded."""


class RecordedEvent(NamedTuple):
    """What was said, who said it, when, and after how much."""

    meta: Envelope
    event: Event
    position: int
    """How many events of the case its maker had applied or made, this one included."""

    @property
    def key(self) -> FoldKey:
        """Where the event stands in fold order."""
        return self.position, self.meta.source

    @classmethod
    def of(cls, meta: Envelope, event: Event) -> RecordedEvent:
        """An event as it arrives: its position follows from its marks."""
        return cls(meta, event, position_of(meta))


def position_of(meta: Envelope) -> int:
    """The event's own number plus what its maker had applied of the other case sources; the registry does not count."""
    after = meta.dependencies
    return meta.sequence + sum([after.get(source, 0) for source in CASE_SOURCES if source != meta.source])
