"""移交: what is handed over to 110, 119, 120 or 122 stays ours until they have acknowledged it.

A clock watches the acknowledgement: the service is reminded, then our own shift lead is told to phone. Refused, it is
ours as before, and somebody looks at once. A case that was to be theirs alone closes when they have taken it.
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
    """Whether it was handed over by this order and is acknowledged: closing takes it from nobody."""
    order, dispatch = case.state.dispatches.get(dispatch_id), case.state.flow.dispatches.get(dispatch_id)
    taken = dispatch is not None and dispatch.open and dispatch.status != "awaiting_signature"
    return taken and order is not None and order.handover is not None


def on_refused(case: SupervisionCase, event: handling.HandoverRefused) -> None:
    """Who took it first keeps it: that is we. The shift lead looks at once."""
    unit, unit_en = unit_names(case, event.unit_id)
    attention.request_attention(
        case, "handover_refused", "shift_lead", render(REFUSED, unit=unit, unit_en=unit_en, note=event.note)[0]
    )


def settle_questions(case: SupervisionCase, dispatch_id: UUID, by: Actor) -> None:
    """An order that may be a hand-over was answered, or called off: once none waits for an answer, nobody need phone any more,
    and no leader need ask why this one was not answered. An order of ours that is as late by now they look at all the same.
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
    found = case.district.units.get(unit_id or "")
    return (found.name, found.name_en) if found else (unit_id or "", unit_id or "")
