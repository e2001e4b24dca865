"""The fold (rule 8): computes the record of a case from its events, whatever their order of arrival.

Events are sorted by position, then by source. The position of an event is the number of events of the case that the
event's source had applied or stated, including this event. A source states an effect after it has applied the cause and
everything before the cause, so causes come before effects. Two events with the same position are concurrent and come
from different sources, so the order is total. If an event arrives after a later event was folded, the case is folded
again from its history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from contracts import case_steps
from contracts.events.acceptance import CaseFiled
from contracts.redaction import makes_confidential
from services.tracking.domain.details import DETAILS
from services.tracking.domain.record import Record
from services.tracking.domain.recorded_event import RecordedEvent
from services.tracking.domain.steps import STEPS
from services.tracking.domain.summary import Summary

_FOLD_KEY = attrgetter("key")


class FoldFailed(Exception):
    """Raised if an event cannot be folded.

    The reason is a bug in tracking or in the event's source, never the order of arrival.
    """

    def __init__(self, recorded: RecordedEvent) -> None:
        super().__init__(recorded.meta.id)
        self.recorded = recorded


def needs_history(case: Summary, arrived: Iterable[RecordedEvent]) -> bool:
    """Return whether an arrived event sorts before an event that is folded already, or makes the case confidential."""
    last = case.key
    return any(recorded.key < last or makes_confidential(recorded.event) for recorded in arrived)


def redact_if_confidential(case: Summary, recorded: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Return the events as they may be stored: redacted if the case is confidential, otherwise unchanged.

    If a later filing makes the case public, events from that filing on are not redacted.
    """
    filings = sorted(
        (each for each in recorded if isinstance(each.event, CaseFiled)), key=lambda each: each.meta.sequence
    )
    confidential_filings = [number for number, each in enumerate(filings) if makes_confidential(each.event)]
    if not confidential_filings and not case.in_confidence:
        return list(recorded)
    public = next(iter(filings[confidential_filings[-1] + 1 :] if confidential_filings else filings), None)
    return [each if public is not None and each.key >= public.key else redact_event(each) for each in recorded]


def apply_events(case: Summary, arrived: Iterable[RecordedEvent], history: Sequence[RecordedEvent] = ()) -> Summary:
    """Return the summary after folding the arrived events.

    If `needs_history` is true, `history` must hold all earlier events, and a new summary is returned. Otherwise `case`
    itself is changed and returned. Raises `FoldFailed`.
    """
    new_events = sorted(arrived, key=_FOLD_KEY)
    if case.position and needs_history(case, new_events):
        return summarise([*history, *new_events])
    new_events = redact_if_confidential(case, new_events)
    for recorded in new_events:
        _apply(case, recorded)
    _note_position(case, new_events)
    return case


def summarise(events: Iterable[RecordedEvent]) -> Summary:
    """Return the summary of a case from all its events, in any order."""
    return apply_events(Summary(), events)


def fold(events: Iterable[RecordedEvent]) -> Record:
    """Return the whole record of a case from all its events, in any order."""
    record, ordered = Record(), sorted(events, key=_FOLD_KEY)
    ordered = redact_if_confidential(record, ordered)
    for recorded in ordered:
        _apply(record, recorded)
        detail = DETAILS.get(type(recorded.event))
        if detail is not None:
            detail(record, recorded.event, recorded.meta)
    _note_position(record, ordered)
    return record


def redact_event(recorded: RecordedEvent) -> RecordedEvent:
    """Return the event as it may be stored for a confidential case."""
    return recorded._replace(event=recorded.event.redacted())


def _apply(case: Summary, recorded: RecordedEvent) -> None:
    event = recorded.event
    try:
        case_steps.fold(case.facts, event)
        step = STEPS.get(type(event))
        if step is not None:
            step(case, event, recorded.meta)
    except Exception as error:
        raise FoldFailed(recorded) from error


def _note_position(case: Summary, folded: Sequence[RecordedEvent]) -> None:
    """Set the key of the last folded event, the versions of all sources and the time of the latest event."""
    if not folded:
        return
    case.position, case.source = folded[-1].key
    for meta, _, _ in folded:
        if meta.sequence > case.versions.get(meta.source, 0):
            case.versions[meta.source] = meta.sequence
    latest = max(recorded.meta.time for recorded in folded)
    case.updated_at = max(case.updated_at, latest) if case.updated_at else latest
