"""Changes of an endpoint: its new fields and state, and whether it must be tested again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.dispatch.domain.delivery.health import EndpointState
from services.dispatch.domain.delivery.signatures import Scheme


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """Requested changes of an endpoint. A field that is `None` keeps its value."""

    url: str | None = None
    description: str | None = None
    events: tuple[str, ...] | None = None
    all_events: bool = False
    paused: bool | None = None
    max_in_flight: int | None = None
    takes_exercises: bool | None = None
    signatures: tuple[Scheme, ...] | None = None


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """The endpoint after a change."""

    row: Mapping[str, Any]
    state: EndpointState | None
    """New state to store. `None`: keep the stored state, which may have changed since `row` was read."""
    fresh: bool
    """True if the failure counters must be reset, because the change may have removed the cause of the failures."""
    test: bool
    """True if a test message must be sent."""


def apply_change(row: Mapping[str, Any], change: ChangeRequest) -> ChangeResult:
    """Return the endpoint after a change.

    A new URL must pass a test. A paused endpoint holds its messages back. An endpoint that is resumed or gets a new URL
    starts with no failures.
    """
    moved = change.url is not None and change.url != row["url"]
    resumed = change.paused is False and row["state"] in ("paused", "disabled")
    verified_at = None if moved else row["verified_at"]
    proven: EndpointState = "verified" if verified_at else "pending_verification"
    state: EndpointState | None = None
    if change.paused or (moved and row["state"] == "paused" and not resumed):
        state = "paused"
    elif moved or resumed:
        state = proven
    after = {
        **row,
        "url": change.url or row["url"],
        "description": row["description"] if change.description is None else change.description,
        "events": None if change.all_events else list(change.events) if change.events else row["events"],
        "max_in_flight": change.max_in_flight or row["max_in_flight"],
        "takes_exercises": row["takes_exercises"] if change.takes_exercises is None else change.takes_exercises,
        "signatures": list(change.signatures or row["signatures"]),
        "verified_at": verified_at,
        "state": state or row["state"],
    }
    if moved or resumed:
        after |= {
            "failures": 0,
            "first_failure_at": None,
            "open_until": None,
            "disabled_reason": None,
            "disabled_at": None,
        }
    return ChangeResult(after, state, fresh=moved or resumed, test=(moved or resumed) and verified_at is None)
