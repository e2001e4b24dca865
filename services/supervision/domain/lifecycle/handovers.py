"""Hand-overs 移交 to 110, 119, 120 or 122. The centre stays responsible until the service acknowledges.

A clock runs until the service acknowledges: the service is reminded, then the shift lead is asked to phone. If the
service refuses, the centre stays responsible. A hand-over with mode `transfer` closes the case when the service
acknowledges.
"""

from __future__ import annotations

from uuid import UUID

from contracts.common import Actor
from contracts.events import handling
from services.supervision.domain.primitives import attention, clocks
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.tasks import change_task
from services.supervision.domain.primitives.texts import REFUSED, render


def is_acknowledged(case: SupervisionCase, dispatch_id: UUID) -> bool:
    """Return True if this dispatch is an acknowledged hand-over that is still open."""
    stored, dispatch = case.state.dispatches.get(dispatch_id), case.state.flow.dispatches.get(dispatch_id)
    acknowledged = dispatch is not None and dispatch.open and dispatch.status != "awaiting_signature"
    return acknowledged and stored is not None and stored.handover is not None


def on_refused(case: SupervisionCase, event: handling.HandoverRefused) -> None:
    """Ask the shift lead to act at once, because the emergency service refused the hand-over of the case."""
    unit, unit_en = unit_names(case, event.unit_id)
    attention.request_attention(
        case, "handover_refused", "shift_lead", render(REFUSED, unit=unit, unit_en=unit_en, note=event.note)[0]
    )


def settle_questions(case: SupervisionCase, dispatch_id: UUID, by: Actor) -> None:
    """Close the questions about a hand-over that was acknowledged, refused or withdrawn.

    The question to the director about lateness stays open if another clock of the case has also reached the step
    `leader`.
    """
    if not any(clock.handover for _, clock in clocks.find(case, "sign")):
        attention.settle_all(case, "", by, "handover_unacknowledged")
    for task_id, task in list(case.state.tasks.items()):
        if task.reason == "overdue_twofold" and task.waiting and task.dispatch_id == dispatch_id:
            if any("leader" in clock.steps_done for _, clock in clocks.find(case)):
                change_task(case, task_id).dispatch_id = None
            else:
                attention.settle(case, task_id, "", by)


def unit_names(case: SupervisionCase, unit_id: str | None) -> tuple[str, str]:
    """Return the Chinese and the English name of a unit; its id if the unit is unknown."""
    found = case.district.units.get(unit_id or "")
    return (found.name, found.name_en) if found else (unit_id or "", unit_id or "")
