"""The fold (rule 8): a set of events of one case → what is stored of it, whatever order they arrived in.

Events are folded in the order of their keys: the number of case events their maker knew of, its own included, then the
source. A cause is known to its effect's maker and to whatever that one knows, so causes come before effects; two events
with the same count are concurrent and of different sources, so the order is total. An event that arrives after a later one
was folded makes the case fold again from its history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from contracts import case_state
from services.tracking.domain.details import DETAILS
from services.tracking.domain.record import Record
from services.tracking.domain.steps import STEPS
from services.tracking.domain.summary import Summary
from services.tracking.domain.told import Told

_KEY = attrgetter("key")


class FoldFailed(Exception):
    """An event could not be folded: a fault of ours or of its maker, not of its order."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.meta.id)
        self.told = told


def is_late(case: Summary, arrived: Iterable[Told]) -> bool:
    """Whether any of them comes before what was folded already: then the case's history is needed."""
    last = case.key
    return any(told.key < last for told in arrived)


def take_in(case: Summary, arrived: Iterable[Told], history: Sequence[Told] = ()) -> Summary:
    """The case with the new events. `history` are all earlier events, needed when `is_late`; the summary is changed
    in place or replaced. Raises `FoldFailed` with the event that could not be folded.
    """
    fresh = sorted(arrived, key=_KEY)
    if fresh and fresh[0].key < case.key:
        return summarise([*history, *fresh])
    for told in fresh:
        _step(case, told)
    return case


def summarise(events: Iterable[Told]) -> Summary:
    """The summary of a case from all its events, in any order."""
    case = Summary()
    for told in sorted(events, key=_KEY):
        _step(case, told)
    return case


def fold(events: Iterable[Told]) -> Record:
    """The whole record of a case from all its events, in any order."""
    record = Record()
    for told in sorted(events, key=_KEY):
        _step(record, told)
        detail = DETAILS.get(type(told.event))
        if detail is not None:
            detail(record, told.event, told.meta)
    return record


def _step(case: Summary, told: Told) -> None:
    meta, event = told.meta, told.event
    try:
        case_state.fold(case.facts, event)
        step = STEPS.get(type(event))
        if step is not None:
            step(case, event, meta)
    except Exception as error:
        raise FoldFailed(told) from error
    case.position, case.source = told.position, meta.source
    if meta.sequence > case.versions.get(meta.source, 0):
        case.versions[meta.source] = meta.sequence
    if case.updated_at is None or meta.time > case.updated_at:
        case.updated_at = meta.time
