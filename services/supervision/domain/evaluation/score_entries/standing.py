"""What stands at the end of a month: cases by what they wait for, orders in hand, and what of both is past its limit."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from contracts.case_state import CaseState
from contracts.figures import CLOSING
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import BookedClock
from services.supervision.domain.evaluation.score_entries.deadlines import overrun
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.evaluation.score_entries.scorer import Keeper

_WAITS_FOR = {
    **dict.fromkeys(("reported", "settled", "verifying", "awaiting_filing"), "pending_filing"),
    "awaiting_dispatch": "pending_dispatch",
    **dict.fromkeys(("awaiting_signature", "handling", "return_requested", "suspended", "rework"), "pending_handling"),
    **dict.fromkeys(("awaiting_recheck", "rechecking", "awaiting_review"), "pending_closing"),
}
"""By status; in every other nothing is waited for, but for what reporters say."""

Standing = tuple[Subject, str, str]
"""Whose, which figure, of what."""


def stand(keeper: Keeper, flow: CaseState, *, over: bool) -> None:
    """A case is one of its street in one of these; an order one of its unit while something is left to do."""
    keeper.stand(set() if over else {*_waiting(keeper, flow), *_in_hand(keeper), *_past_limit(keeper, flow)})


def _waiting(keeper: Keeper, flow: CaseState) -> Iterator[Standing]:
    if (waits_for := _WAITS_FOR.get(flow.status)) is not None:
        yield keeper.street, waits_for, str(keeper.case_id)


def _in_hand(keeper: Keeper) -> Iterator[Standing]:
    for dispatch_id, order in keeper.books.orders.items():
        if order.owed and not order.handover:
            yield facts.unit(order.unit_id), "pending_handling", str(dispatch_id)


def _past_limit(keeper: Keeper, flow: CaseState) -> Iterator[Standing]:
    """What runs over now and counts as that: neither what an appeal or a storm exempts, nor what was late and is done.

    An order is late as its first handling or as this rework; for the street a case in hand is one, however many orders.
    Source: 超期未处置, 超期未结案 of systems in use: pending, due before now, not exempt.
    """
    case = str(keeper.case_id)
    for clock_id, clock in keeper.books.clocks.items():
        if (
            clock.red
            and clock.name == "case"
            and not clock.rework
            and keeper.counts(keeper.street, CLOSING.missed, case)
        ):
            yield keeper.street, "pending_closing_overdue", case
        if (late := _late_order(keeper, clock_id, clock)) is not None:
            yield late
            if _WAITS_FOR.get(flow.status) == "pending_handling":
                yield keeper.street, "pending_handling_overdue", case


def _late_order(keeper: Keeper, clock_id: UUID, clock: BookedClock) -> Standing | None:
    """The order of a handling clock, by what its running over is a count of."""
    order = keeper.books.orders.get(clock.dispatch_id) if clock.dispatch_id and clock.name == "handle" else None
    counted = overrun(keeper, clock_id) if order is not None and order.owed else None
    if counted is None or not keeper.holds(counted):
        return None
    return Subject(counted.kind, counted.subject_id), "pending_handling_overdue", counted.about
