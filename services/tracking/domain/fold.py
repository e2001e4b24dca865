"""The fold (rule 8): a set of events of one case → its record, whatever order they arrived in.

Events are folded in the order of `key_of`: the number of case events their maker knew of, its own included, then the
source. A cause is known to its effect's maker and to whatever that one knows, so causes come before effects; two events
with the same count are concurrent and of different sources, so the order is total. An event that arrives after a later one
was folded makes the case fold again from its history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contracts import case_state
from contracts.base import CASE_SOURCES
from contracts.envelope import Envelope
from services.tracking.domain.record import Record
from services.tracking.domain.steps import STEPS
from services.tracking.domain.told import Told

Key = tuple[int, str]
"""Position and source."""


def position_of(meta: Envelope) -> int:
    """How many events of the case its maker had applied or made, this one included."""
    return meta.sequence + sum(meta.after.get(source, 0) for source in CASE_SOURCES if source != meta.source)


def key_of(meta: Envelope) -> Key:
    """Where the event stands in fold order."""
    return position_of(meta), meta.source


def is_late(record: Record, arrived: Iterable[Told]) -> bool:
    """Whether any of them comes before what the record already holds: then its history is needed."""
    last = (record.position, record.source)
    return any(key_of(told.meta) < last for told in arrived)


def take_in(record: Record, arrived: Iterable[Told], history: Sequence[Told] = ()) -> Record:
    """The record with the new events. `history` are all earlier events, needed when `is_late`; the record is changed
    in place or replaced. Raises `FoldFailed` with the event that could not be folded.
    """
    fresh = sorted(arrived, key=lambda told: key_of(told.meta))
    if is_late(record, fresh):
        return fold([*history, *fresh])
    for told in fresh:
        _step(record, told)
    return record


def fold(events: Iterable[Told]) -> Record:
    """The record of a case from all its events, in any order."""
    record = Record()
    for told in sorted(events, key=lambda told: key_of(told.meta)):
        _step(record, told)
    return record


class FoldFailed(Exception):
    """An event could not be folded: a fault of ours or of its maker, not of its order."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.meta.id)
        self.told = told


def _step(record: Record, told: Told) -> None:
    meta = told.meta
    try:
        case_state.fold(record.facts, told.event)
        step = STEPS.get(type(told.event))
        if step is not None:
            step(record, told.event, meta)
    except Exception as error:
        raise FoldFailed(told) from error
    record.position, record.source = key_of(meta)
    record.versions[meta.source] = max(record.versions.get(meta.source, 0), meta.sequence)
    if record.updated_at is None or meta.time > record.updated_at:
        record.updated_at = meta.time
