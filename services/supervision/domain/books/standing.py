"""What stands at the end of a month: cases by what they wait for, and orders in hand."""

from __future__ import annotations

from contracts.case_state import CaseState
from services.supervision.domain.books import facts
from services.supervision.domain.books.facts import Subject
from services.supervision.domain.books.keeper import Keeper

_WAITS_FOR = {
    **dict.fromkeys(("reported", "settled", "verifying", "awaiting_filing"), "pending_filing"),
    "awaiting_dispatch": "pending_dispatch",
    **dict.fromkeys(("awaiting_signature", "handling", "return_requested", "suspended", "rework"), "pending_handling"),
    **dict.fromkeys(("awaiting_recheck", "rechecking", "awaiting_review"), "pending_closing"),
}
"""By status; in every other nothing is waited for, but for what reporters say."""


def stand(keeper: Keeper, flow: CaseState, *, over: bool) -> None:
    """A case is one of its street in one of these; an order one of its unit while something is left to do."""
    wanted: set[tuple[Subject, str, str]] = set()
    waits_for = _WAITS_FOR.get(flow.status)
    if waits_for is not None and not over:
        wanted.add((keeper.street, waits_for, str(keeper.case_id)))
    if not over:
        owed = {
            dispatch_id: order for dispatch_id, order in keeper.books.orders.items() if order.owed and not order.handoff
        }
        wanted |= {(facts.unit(each.unit_id), "pending_handling", str(key)) for key, each in owed.items()}
    keeper.stand(wanted)
