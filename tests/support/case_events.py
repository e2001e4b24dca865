"""Events of other services about a case of intake."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from contracts.common import Actor
from contracts.events.command import CaseDispatched

DISPATCHER = Actor(kind="account", id="dispatcher")


def dispatched(unit_id: str) -> CaseDispatched:
    """Return the event of a dispatch to a leading unit."""
    return CaseDispatched(
        dispatch_id=uuid4(), unit_id=unit_id, role="lead", round=1, milestones=(), sign_due_at=datetime.now(UTC)
    )
