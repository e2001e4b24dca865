"""Changes that each event makes to the summary, one module per stage. Other events change only status and timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.base import Event
from contracts.envelope import Envelope
from services.tracking.domain.steps import acceptance, command, discovery, handling, supervision
from services.tracking.domain.summary import Summary

Step = Callable[[Summary, Any, Envelope], None]

STEPS: Mapping[type[Event], Step] = {
    **discovery.STEPS,
    **acceptance.STEPS,
    **command.STEPS,
    **handling.STEPS,
    **supervision.STEPS,
}
"""Event type → change of the summary. A step never fails, whatever happened before."""
