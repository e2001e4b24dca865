"""All rows of the transition table, in the order of the loop."""

from __future__ import annotations

from contracts.base import Event
from contracts.case_state import Status
from contracts.transitions.acceptance import ACCEPTANCE, DISCOVERY
from contracts.transitions.concurrent_events import CONCURRENT
from contracts.transitions.corrections import CORRECTIONS
from contracts.transitions.handling import COMMAND, HANDLING
from contracts.transitions.model import Before, Transition
from contracts.transitions.supervision import EVALUATION, SUPERVISION

TABLE: tuple[Transition, ...] = (
    *DISCOVERY,
    *ACCEPTANCE,
    *COMMAND,
    *HANDLING,
    *CORRECTIONS,
    *SUPERVISION,
    *EVALUATION,
    *CONCURRENT,
)


def after(before: Before, fact: type[Event]) -> frozenset[Status]:
    """Return the statuses that may follow when the event `fact` is stated in the status `before`."""
    return frozenset(row.after for row in TABLE if row.fact is fact and before in row.before)


def from_status(status: Before) -> tuple[Transition, ...]:
    """Return the transitions from this status, except those that only concurrent events cause."""
    return tuple(row for row in TABLE if status in row.before and not row.concurrent)
