"""Redaction of events about cases that turn out to be confidential at filing.

`Event.redacted` removes texts, photos, the exact place, the component and the original category of an event. The marks
of the fields say how (`contracts.marks`).
"""

from __future__ import annotations

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.events.acceptance import CaseFiled

REDACTABLE: tuple[type[Event], ...] = tuple(
    model for model in EVENTS.values() if model.redaction_marks() or model.redacted is not Event.redacted
)
"""Event types with something to redact."""


def makes_confidential(event: Event) -> bool:
    """Return True if all earlier and later events of the case are confidential because of this event."""
    return isinstance(event, CaseFiled) and event.confidential
