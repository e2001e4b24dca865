"""Limits of questions to a person. The queue and the figures use the same limit."""

from __future__ import annotations

from contracts.events.supervision import AttentionReason
from contracts.registry import Limit
from contracts.registry.settings import StageLimits

_URGENT_REASONS: frozenset[AttentionReason] = frozenset({"handover_unacknowledged", "handover_refused"})
"""Questions about a hand-over: they have the limit of its acknowledgement. All others have the limit of a review."""


def limit_of(reason: AttentionReason, limits: StageLimits) -> Limit:
    """Return the limit of a question with this reason."""
    return limits.acknowledge_handover if reason in _URGENT_REASONS else limits.review
