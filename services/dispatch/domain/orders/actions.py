"""Which answers are possible in which state: one table for guards, refusals and the buttons of the desk page."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.case_state import DispatchStatus
from services.dispatch.domain.orders.problems import DispatchNotOpenForThis
from services.dispatch.domain.orders.state import Dispatch, DispatchCase

Action = Literal[
    "sign", "request-return", "accept-return", "refuse-return", "assign", "revoke", "progress", "complete",
    "request-extension", "request-suspension", "release-co-unit",
]  # fmt: skip

_WORK: tuple[Action, ...] = ("progress", "complete", "assign", "revoke", "request-extension", "request-suspension")

_TABLE: dict[DispatchStatus, tuple[Action, ...]] = {
    "awaiting_signature": ("sign", "request-return", *_WORK),
    "handling": ("sign", "request-return", *_WORK),
    "return_requested": ("accept-return", "refuse-return", "progress"),
    "suspended": ("progress", "complete"),
    "rework": _WORK,
    "completed": (),
    "returned": (),
    "withdrawn": (),
    "released": (),
}

SAFETY_ONLY: tuple[Action, ...] = ("progress",)
"""待改派: the first receiver keeps the place safe and says so; the work itself is somebody else's soon."""


def possible(case: DispatchCase, dispatch: Dispatch, now: datetime) -> tuple[Action, ...]:
    """What may be done with the order now, whoever asks (roles are the API's matter)."""
    if case.ended:
        return ()
    if dispatch.awaiting_reassignment:
        return SAFETY_ONLY
    actions: list[Action] = [each for each in _TABLE[dispatch.status] if _makes_sense(each, dispatch, now)]
    if dispatch.role == "lead" and dispatch.open and any(each.role == "co" and each.open for each in case.dispatches):
        actions.append("release-co-unit")
    return tuple(actions)


def require(action: Action, case: DispatchCase, dispatch: Dispatch, now: datetime) -> None:
    """Raises `DispatchNotOpenForThis` with what is possible instead."""
    allowed = possible(case, dispatch, now)
    if action not in allowed:
        raise DispatchNotOpenForThis(dispatch=str(dispatch.id), status=dispatch.status, possible=list(allowed))


def _makes_sense(action: Action, dispatch: Dispatch, now: datetime) -> bool:
    if action == "sign":
        return dispatch.signed_at is None
    if action == "request-return":
        return now <= dispatch.return_until
    if action == "revoke":
        return dispatch.crew is not None
    if action == "request-extension":
        return dispatch.extension_requested_at is None
    if action == "request-suspension":
        return dispatch.suspension_requested_until is None
    return True
