"""Actions that are possible in each status of a dispatch.

Commands, error messages and the buttons of pages all use this table.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from contracts.case_state import DispatchStatus
from contracts.registry import DistrictSettings
from services.dispatch.domain.dispatches.state import Dispatch, DispatchCase

Action = Literal[
    "sign",
    "refuse-handover",
    "request-return",
    "accept-return",
    "refuse-return",
    "assign",
    "revoke",
    "progress",
    "complete",
    "request-extension",
    "request-suspension",
    "release-co-unit",
]

_WORK: tuple[Action, ...] = ("progress", "complete", "assign", "revoke", "request-extension", "request-suspension")

ACTIONS_BY_STATUS: dict[DispatchStatus, tuple[Action, ...]] = {
    "awaiting_signature": ("sign", "refuse-handover", "request-return", *_WORK),
    "handling": ("sign", "request-return", *_WORK),
    "return_requested": ("accept-return", "refuse-return", "progress"),
    "suspended": ("progress", "complete"),
    "rework": _WORK,
    "completed": (),
    "returned": (),
    "withdrawn": (),
    "released": (),
}
"""Actions that are possible in each status of a dispatch, before the further conditions of `possible_actions`."""

WORKING = frozenset(status for status, found in ACTIONS_BY_STATUS.items() if "request-extension" in found)
"""Statuses of a dispatch in which its unit works and may ask for an extension."""

_UNIT_ONLY: frozenset[Action] = frozenset({"request-return", "request-extension", "request-suspension"})
"""Requests of units to the centre. An emergency service cannot make them; it refuses a hand-over instead."""

AFTER_THE_END: tuple[Action, ...] = ("progress", "complete")
"""Actions that remain possible after the end of the case for an emergency service that acknowledged a hand-over."""

SAFETY_ONLY: tuple[Action, ...] = ("progress",)
"""Actions that are possible while routing chooses another lead 待改派, and the unit only keeps the place safe."""


class Obstacle(NamedTuple):
    """Reason why a request of a unit is not possible, in both languages."""

    zh: str
    en: str


def extension_obstacle(dispatch: Dispatch, now: datetime, settings: DistrictSettings) -> Obstacle | None:
    """Return why no extension 延期 of the dispatch is possible; `None` if one is possible.

    Urgent and overdue limits are not extended, and the number of extensions of a dispatch is limited.
    """
    last = dispatch.milestones[-1]
    if last.unit.startswith("urgent_"):
        return Obstacle("该单为紧急时限", "its limit is urgent")
    if dispatch.extensions >= settings.extension_limit:
        return Obstacle(
            f"最多延期 {settings.extension_limit} 次", f"at most {settings.extension_limit} extensions are allowed"
        )
    return Obstacle("已经超期", "it is overdue") if now > last.due_at else None


def suspension_obstacle(dispatch: Dispatch, settings: DistrictSettings) -> Obstacle | None:
    """Return why no suspension 挂账 of the dispatch is possible; `None` if one is possible.

    The number of suspensions of a dispatch is limited.
    """
    if dispatch.suspensions >= settings.suspension_limit:
        return Obstacle(
            f"最多挂账 {settings.suspension_limit} 次", f"at most {settings.suspension_limit} suspensions are allowed"
        )
    return None


def possible_actions(
    case: DispatchCase, dispatch: Dispatch, now: datetime, settings: DistrictSettings
) -> tuple[Action, ...]:
    """Return the actions that are possible with the dispatch now. The caller is checked in `access.may_do`."""
    if case.ended:
        return AFTER_THE_END if dispatch.held_by_emergency_service else ()
    if dispatch.awaiting_reassignment:
        return SAFETY_ONLY
    actions: list[Action] = [
        each for each in ACTIONS_BY_STATUS[dispatch.status] if _applies(each, dispatch, now, settings)
    ]
    if dispatch.role == "lead" and dispatch.open and any(each.role == "co" and each.open for each in case.dispatches):
        actions.append("release-co-unit")
    return tuple(actions)


def _applies(action: Action, dispatch: Dispatch, now: datetime, settings: DistrictSettings) -> bool:
    if action == "refuse-handover":
        return dispatch.handover is not None and dispatch.signed_at is None
    if action in _UNIT_ONLY and dispatch.handover is not None:
        return False
    if action == "sign":
        return dispatch.signed_at is None
    if action == "request-return":
        return now <= dispatch.return_until
    if action == "revoke":
        return dispatch.crew is not None
    if action == "request-extension":
        return dispatch.extension_requested_at is None and extension_obstacle(dispatch, now, settings) is None
    if action == "request-suspension":
        return dispatch.suspension_requested_until is None and suspension_obstacle(dispatch, settings) is None
    return True
