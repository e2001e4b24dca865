"""A closed case is open again."""

from __future__ import annotations

from typing import Literal

from contracts.places import Actor
from contracts.supervision import CaseReopened
from services.supervision.domain import attention, rework
from services.supervision.domain.state import SupervisionCase, tell


def reopen(case: SupervisionCase, reason: Literal["reporter_not_solved", "by_hand"], note: str, by: Actor) -> None:
    """Back to the same unit as rework, with the original limit again. The promise to the reporter does not restart."""
    attention.settle_all(case, note, by)
    case.state.reopened += 1
    tell(case, CaseReopened(reason=reason, note=note, reopened_by=by))
    rework.order(case, reason, note, full=True)
