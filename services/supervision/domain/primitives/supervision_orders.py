"""Supervision orders 督办 to a unit or, while no unit has the case, to an officer or role of the centre."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict, Unpack
from uuid import UUID

from contracts.common import Actor
from contracts.events.supervision import DeskRole, SupervisionOrderIssued
from services.chassis.auth import SYSTEM
from services.supervision.domain.primitives import attention, clocks, desks
from services.supervision.domain.primitives.case import SupervisionCase, emit_event
from services.supervision.domain.primitives.handling_state import Notice
from services.supervision.domain.primitives.provisional import compute_deadline

REPLY_TIMER = "reply"
"""First part of the timer name `reply:<order>`. The timer fires when no reply came in time."""


class _Recipient(TypedDict, total=False):
    """The officer or role of the centre that receives an order which goes to no unit."""

    officer_id: str | None
    role: DeskRole | None
    centre_id: str | None


OrderKind = Literal["overdue", "leader", "rework", "important", "escalated"]


def issue_inside_centre(case: SupervisionCase, kind: OrderKind, text: tuple[str, str], by: Actor) -> None:
    """Issue a supervision order 督办 inside the centre, because no unit has the case.

    The order goes to the officer or role whose running clock has used the largest share of its limit; without a running
    clock, to the shift lead. Paused clocks are left out.
    """
    running = [clock for _, clock in clocks.find(case) if clock.name != "case" and not clock.paused]
    clock = max(running, key=lambda each: clocks.used_share(case, each, case.now), default=None)
    officer_id = clock.officer_id if clock is not None else None
    role = desks.desk_of(clock, case.district.settings) if clock is not None else "shift_lead"
    recipient: _Recipient = {
        "officer_id": officer_id,
        "role": role,
        "centre_id": clock.centre_id if clock is not None else None,
    }
    issue(case, kind, None, None, text, by=by, **recipient)


def issue(
    case: SupervisionCase,
    kind: OrderKind,
    dispatch_id: UUID | None,
    unit_id: str | None,
    text: tuple[str, str],
    *,
    by: Actor = SYSTEM,
    clock_id: UUID | None = None,
    **recipient: Unpack[_Recipient],
) -> UUID:
    """Issue a supervision order 督办 and return its id.

    `recipient`: the recipient inside the centre, for an order that goes to no unit. If no reply comes in time, a leader
    is asked to look at the case.
    """
    settings = case.district.settings
    order_id = case.derive_id("order")
    reply_due_at, provisional = compute_deadline(
        case.now, settings.stage_limits.supervision_order_reply, case.district.calendar
    )
    case.state.notices[order_id] = Notice(
        kind="supervision_order",
        issued_at=case.now,
        text=text[0],
        text_en=text[1],
        dispatch_id=dispatch_id,
        unit_id=unit_id,
        reply_due_at=reply_due_at,
        provisional=provisional,
    )
    ordered = case.state.dispatches.get(dispatch_id) if dispatch_id is not None else None
    if dispatch_id is not None and ordered is not None and unit_id not in (None, ordered.unit_id):
        case.state.authorities[dispatch_id] = unit_id
    case.state.changes.clocks = True
    case.set_timer(f"{REPLY_TIMER}:{order_id}", reply_due_at)
    emit_event(
        case,
        SupervisionOrderIssued(
            order_id=order_id,
            kind=kind,
            dispatch_id=dispatch_id,
            unit_id=unit_id,
            clock_id=clock_id,
            text=text[0],
            text_en=text[1],
            reply_due_at=reply_due_at,
            provisional=True if provisional else None,
            issued_by=by,
            **recipient,
        ),
    )
    return order_id


def on_reply_due(case: SupervisionCase, _due_at: datetime) -> None:
    """Ask a leader to look at the case, because a supervision order was not answered in time."""
    order_id = UUID(case.timer_name.partition(":")[2])
    if order_id in case.state.notices and not case.state.ended:
        attention.request_attention(case, "supervision_order_unanswered", "leader")
