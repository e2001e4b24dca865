"""Changes that events make to the summary of a case, one module per stage.

Events without a function here change only the status and the timeline of the case.
"""

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
"""Event type → function that changes the summary. The function must not fail, whichever events came before."""
