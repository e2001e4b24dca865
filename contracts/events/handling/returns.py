"""Handling 处置: returns 退单, by which a unit asks to give its dispatch back."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Event
from contracts.common import Actor

ReturnReason = Literal[
    "wrong_area", "ownership_unclear", "not_our_function", "duplicate", "untrue", "conditions_missing",
]  # fmt: skip
"""Why a unit gives an order back. The first three say "not ours", the next two that nothing is to be done here, and
`conditions_missing` that it is not what the filing condition says: the desk puts that right.
"""


class ReturnRequested(Event):
    """退单, "not mine", with a reason: a request that the dispatcher decides."""

    TYPE = "handling.return_requested.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    reason: ReturnReason
    note: str
    suggested_unit_id: str | None = None
    requested_by: Actor


class ReturnAccepted(Event):
    """The dispatcher accepted the return: this dispatch ends, routing decides anew (a co-unit's part is only released)."""

    TYPE = "handling.return_accepted.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    role: str
    reason: ReturnReason
    note: str = ""
    decided_by: Actor


class ReturnRefused(Event):
    """The dispatcher refused the return: the unit keeps the order, and its clock goes on."""

    TYPE = "handling.return_refused.v1"
    SOURCE = "dispatch"

    dispatch_id: UUID
    unit_id: str
    note: str
    decided_by: Actor
