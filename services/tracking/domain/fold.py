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
from contracts.events.acceptance import CaseFiled
from contracts.redaction import makes_confidential
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


def needs_history(case: Summary, arrived: Iterable[Told]) -> bool:
    """Whether any of them comes before what was folded already, or makes what was folded confidential."""
    last = case.key
    return any(told.key < last or makes_confidential(told.event) for told in arrived)


def kept(case: Summary, told: Sequence[Told]) -> list[Told]:
    """What is kept of these. Of a confidential case, by what was folded or by these, all of it is kept without its words, in
    whatever order it came; filed in the open after all, what comes before that filing.
    """
    filings = sorted((each for each in told if isinstance(each.event, CaseFiled)), key=lambda each: each.meta.sequence)
    sealing = [number for number, each in enumerate(filings) if makes_confidential(each.event)]
    if not sealing and not case.in_confidence:
        return list(told)
    opened = next(iter(filings[sealing[-1] + 1 :] if sealing else filings), None)
    return [each if opened is not None and each.key >= opened.key else without_words(each) for each in told]


def take_in(case: Summary, arrived: Iterable[Told], history: Sequence[Told] = ()) -> Summary:
    """The case with the new events. `history` are all earlier events, needed when `needs_history`; the summary is changed
    in place or replaced. Raises `FoldFailed` with the event that could not be folded.
    """
    fresh = sorted(arrived, key=_KEY)
    if case.position and needs_history(case, fresh):
        return summarise([*history, *fresh])
    fresh = kept(case, fresh)
    for told in fresh:
        _step(case, told)
    _stand(case, fresh)
    return case


def summarise(events: Iterable[Told]) -> Summary:
    """The summary of a case from all its events, in any order."""
    return take_in(Summary(), events)


def fold(events: Iterable[Told]) -> Record:
    """The whole record of a case from all its events, in any order."""
    record, ordered = Record(), sorted(events, key=_KEY)
    ordered = kept(record, ordered)
    for told in ordered:
        _step(record, told)
        detail = DETAILS.get(type(told.event))
        if detail is not None:
            detail(record, told.event, told.meta)
    _stand(record, ordered)
    return record


def without_words(told: Told) -> Told:
    """What is kept of it in a confidential case."""
    return told._replace(event=told.event.redacted())


def _step(case: Summary, told: Told) -> None:
    event = told.event
    try:
        case_state.fold(case.facts, event)
        step = STEPS.get(type(event))
        if step is not None:
            step(case, event, told.meta)
    except Exception as error:
        raise FoldFailed(told) from error


def _stand(case: Summary, folded: Sequence[Told]) -> None:
    """Note how far the fold has come."""
    if not folded:
        return
    case.position, case.source = folded[-1].key
    for meta, _, _ in folded:
        if meta.sequence > case.versions.get(meta.source, 0):
            case.versions[meta.source] = meta.sequence
    latest = max(told.meta.time for told in folded)
    case.updated_at = max(case.updated_at, latest) if case.updated_at else latest
