"""Limits of questions to persons of the centre. The tasks and the figures use the same limits."""

from __future__ import annotations

from contracts.events.supervision import AttentionReason
from contracts.registry import Limit
from contracts.registry.settings import StageLimits

_URGENT_REASONS: frozenset[AttentionReason] = frozenset({"handover_unacknowledged", "handover_refused"})
"""Reasons of questions about a hand-over. These questions have the limit for acknowledging a hand-over.

Questions with other reasons have the limit of a review.
"""


def limit_of(reason: AttentionReason, limits: StageLimits) -> Limit:
    """Return the limit of a question with this reason."""
    return limits.acknowledge_handover if reason in _URGENT_REASONS else limits.review
