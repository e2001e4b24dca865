"""Changes that events make to the record of a case, beyond the changes to its summary. One module per stage."""

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
"""Event type → function that changes the record. The function must not fail, whichever events came before."""
