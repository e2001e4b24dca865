"""How long a person has to decide a question: what the queue shows is what the books judge by."""

from __future__ import annotations

from contracts.events.supervision import AttentionReason
from contracts.registry import Limit
from contracts.registry.settings import StageLimits

_URGENT_REASONS: frozenset[AttentionReason] = frozenset({"handover_unacknowledged", "handover_refused"})
"""Nobody else is on the way: as urgent as the acknowledgement that did not come. Other questions wait for a work day."""


def limit_of(reason: AttentionReason, limits: StageLimits) -> Limit:
    """The limit for a question that came up for this reason."""
    return limits.acknowledge_handover if reason in _URGENT_REASONS else limits.review
