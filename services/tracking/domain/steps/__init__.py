"""What each event adds to the record, by stage. Types that are missing here add nothing beyond status and timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.base import Event
from contracts.envelope import Envelope
from services.tracking.domain.record import Record
from services.tracking.domain.steps import acceptance, command, discovery, evaluation, handling, supervision

Step = Callable[[Record, Any, Envelope], None]

STEPS: Mapping[type[Event], Step] = {
    **discovery.STEPS,
    **acceptance.STEPS,
    **command.STEPS,
    **handling.STEPS,
    **supervision.STEPS,
    **evaluation.STEPS,
}
"""Event type → what it adds. A step is total: it never refuses, whatever came before."""
