"""Redaction of events about cases that turn out to be confidential when they are filed.

`Event.redacted` removes from an event its texts, photos, exact place, component and original category. The marks of the
fields say what remains (`contracts.marks`).
"""

from __future__ import annotations

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.events.acceptance import CaseFiled

REDACTABLE: tuple[type[Event], ...] = tuple(
    model for model in EVENTS.values() if model.redaction_marks() or model.redacted is not Event.redacted
)
"""Event types that contain something to redact."""


def makes_confidential(event: Event) -> bool:
    """Return True if this event makes the case confidential.

    Then all events of the case are confidential, earlier ones too.
    """
    return isinstance(event, CaseFiled) and event.confidential
