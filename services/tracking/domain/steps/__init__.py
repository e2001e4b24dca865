"""What each event adds to the summary, by stage. Types that are missing here change status and timeline at most."""

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
"""Event type → what it adds. A step is total: it never refuses, whatever came before."""
