"""Parses the bodies of incoming events, and tells newer events from broken ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from pydantic import ValidationError

from contracts.catalogue import EVENTS
from services.chassis.cases import IncomingEvent
from services.chassis.deferred_store import Key, key_of

_UNKNOWN_VALUE = frozenset({"literal_error", "enum", "union_tag_invalid"})
"""Pydantic's error types for a value outside a closed list."""


def parse_bodies(
    batches: Iterable[list[IncomingEvent]], failures: Mapping[Key, BaseException]
) -> dict[Key, BaseException]:
    """Parse the bodies of these events, except those in `failures`. Return the error of each event that is invalid.

    An event whose only faults are unknown values of closed lists comes from a newer version. It is marked as `newer`,
    so that it is deferred.
    """
    poison: dict[Key, BaseException] = {}
    for incoming in chain.from_iterable(batches):
        if incoming.event is None and key_of(incoming) not in failures:
            try:
                incoming.event = EVENTS[incoming.envelope.type].parse(incoming.body)
            except ValidationError as error:
                incoming.newer = all(each["type"] in _UNKNOWN_VALUE for each in error.errors(include_url=False))
                if not incoming.newer:
                    poison[key_of(incoming)] = error
    return poison
