"""Changes of the record beyond its summary by each event, by stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.base import Event
from contracts.envelope import Envelope
from services.tracking.domain.details import acceptance, command, discovery, evaluation, handling, supervision
from services.tracking.domain.record import Record

Detail = Callable[[Record, Any, Envelope], None]

DETAILS: Mapping[type[Event], Detail] = {
    **discovery.DETAILS,
    **acceptance.DETAILS,
    **command.DETAILS,
    **handling.DETAILS,
    **supervision.DETAILS,
    **evaluation.DETAILS,
}
"""Event type to its change of the record. A change never fails, like a step."""
