"""Handling 处置: returns 退单. With a return, a unit requests to give its dispatch back."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event
from contracts.common import Actor
from contracts.marks import Redact
from contracts.timeline import About, Sentence, UnitId, label

__all__ = [
    "ReturnAccepted",
    "ReturnReason",
    "ReturnRefused",
    "ReturnRequested",
]

ReturnReason = Literal[
    "wrong_area",
    "ownership_unclear",
    "not_our_function",
    "duplicate",
    "untrue",
    "conditions_missing",
]
"""Reason for a return. `wrong_area`, `ownership_unclear` and `not_our_function` mean that another unit is responsible.
`duplicate` and `untrue` mean that there is nothing to do. `conditions_missing` means that the filing condition is not
met; the desk corrects the case."""


class ReturnRequested(Event):
    """The unit asked to give its dispatch back 退单. A dispatcher decides about the return."""

    TYPE = "handling.return_requested.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="责任单位申请退单并说明理由，由派遣员决定。",
        timeline=Sentence(
            "{unit_id}申请退单：{reason}",
            "{unit_id} asked to return the dispatch: {reason}",
            {"reason": label("reason", labels.RETURN_REASONS)},
            note="note",
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    reason: ReturnReason
    """`wrong_area`, `ownership_unclear` and `not_our_function`: another unit is responsible. `duplicate` and `untrue`:
    there is nothing to do. `conditions_missing`: the filing condition is not met."""
    note: Annotated[str, Redact.WITHHOLD]
    """Masked explanation of the reason."""
    suggested_unit_id: UnitId | None = None
    """Unit that should have the dispatch instead; null or absent if the unit suggested none."""
    requested_by: Actor


class ReturnAccepted(Event):
    """The dispatcher accepted a return. The dispatch ends. If the unit was the lead, routing decides again."""

    TYPE = "handling.return_accepted.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="准予退单：该派遣单结束，重新决定派遣；协办单位退单只解除其本身任务。",
        timeline=Sentence(
            "{unit_id}退单获准（{reason}）",
            "The return by {unit_id} was accepted ({reason})",
            {"reason": label("reason", labels.RETURN_REASONS)},
            note="note",
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    role: str
    """Role of the unit in the dispatch: `lead`, `co` or `first_response`."""
    reason: ReturnReason
    """Reason that the unit gave for the return."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked note of the dispatcher."""
    decided_by: Actor


class ReturnRefused(Event):
    """The dispatcher refused a return. The unit keeps the dispatch, and the handling clock continues."""

    TYPE = "handling.return_refused.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="不准退单：派遣单继续，时限照走。",
        timeline=Sentence("{unit_id}退单被驳回", "The return by {unit_id} was refused", note="note"),
    )

    dispatch_id: UUID
    unit_id: UnitId
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason of the refusal."""
    decided_by: Actor
