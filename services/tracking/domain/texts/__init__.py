"""The sentences of the timeline, one for every type of event, in both languages. Made when somebody reads, never stored."""

from __future__ import annotations

from contracts.base import Event
from services.tracking.domain.texts import acceptance, command, discovery, evaluation, handling, supervision
from services.tracking.domain.texts.line import Choice, Line, Lines

LINES: Lines = {
    **discovery.LINES,
    **acceptance.LINES,
    **command.LINES,
    **handling.LINES,
    **supervision.LINES,
    **evaluation.LINES,
}


def line_for(event: Event) -> Line:
    """The sentence that tells this event."""
    found = LINES[type(event)]
    return found.pick(event) if isinstance(found, Choice) else found
