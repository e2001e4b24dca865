"""重复立案: a case that came back, for its area and for the units whose work it was again."""

from __future__ import annotations

from contracts.events import acceptance
from services.supervision.domain.evaluation.score_entries.scorer import Keeper


def linked(keeper: Keeper, event: acceptance.CaseLinked) -> None:
    """Linked as a recurrence, by the system or at the desk. Both cases hear of it: the later one repeats the earlier.

    What is near enough in place and time is the district's to say (`DuplicateRules`). Source: 重复案件率 of evaluation
    systems in use, which leaves the window open.
    """
    books = keeper.books
    if event.relation == "recurrence" and event.other_case_number < books.case_number:
        books.repeats = True
        count_repeat(keeper)


def count_repeat(keeper: Keeper) -> None:
    """Once it is filed, for its area; once an order is completed, for its unit: an order returned was not its work."""
    books = keeper.books
    if not books.repeats:
        return
    if books.filed:
        keeper.count(keeper.street, "repeat_filed", keeper.case_id)
    for dispatch_id, order in books.orders.items():
        if order.done:
            keeper.count(keeper.unit(order.unit_id, dispatch_id), "repeat_completed", dispatch_id)
