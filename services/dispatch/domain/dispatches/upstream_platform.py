"""Messages to the upstream platform about the orders that the platform sent: receipt, progress, result, return.

A case reports on the order that opened the case, and on the orders behind reports attached to the case. Messages about
one order are delivered in order, even if different cases report on the order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts import webhooks
from contracts.events import acceptance, discovery
from contracts.events.acceptance import upstream
from contracts.webhooks import UpstreamStep, Webhook
from services.dispatch.domain.dispatches.state import DispatchedCase, UpstreamOrder, add_message
from services.dispatch.domain.dispatches.webhook_fields import MAX_NOTE, shorten

RECIPIENT = "upstream"
"""Recipient id that stands for the upstream platform in messages and endpoints. No unit has this id."""


def record_order(case: DispatchedCase, event: discovery.ReportReceived) -> None:
    """Store the upstream order that opened the case, if one did, and send the acknowledgement 签收.

    A case that was split from another case has no order of its own: the other case reports on the order.
    """
    if event.channel != "upstream" or event.split_from is not None:
        return
    order = UpstreamOrder.of(case.id, event.case_number, event.external)
    case.state.upstream_orders = [order]
    data = webhooks.ReportAcceptedData(**_common_fields(case, order), external_due_at=order.due_at)
    _add_message(case, order, webhooks.ReportAccepted(timestamp=case.now, data=data))


def report_return(case: DispatchedCase, event: upstream.ReturnedUpstream) -> None:
    """Tell the upstream platform that its orders are returned. The platform decides whether it accepts the return."""
    for order in case.state.upstream_orders:
        data = webhooks.ReportReturnedUpstreamData(
            **_common_fields(case, order),
            reason=event.reason,
            note=shorten(event.note, MAX_NOTE),
            answer_url=f"/api/intake/cases/{order.case_number}/upstream-decision",
        )
        _add_message(case, order, webhooks.ReportReturnedUpstream(timestamp=case.now, data=data))


def report_progress(case: DispatchedCase, step: UpstreamStep, unit_id: str | None = None, note: str = "") -> None:
    """Report a step of the handling to the upstream platform. `unit_id`: unit that did the step."""
    for order in case.state.upstream_orders:
        _send_progress(case, order, step, unit_id, note)


def report_end(case: DispatchedCase, outcome: str, reason: str = "", note: str = "") -> None:
    """Report the end of the case to the upstream platform.

    `outcome`: the outcome of the closing, or `not_filed`, `voided` or `withdrawn`.
    """
    _send_end(case, case.state.upstream_orders, outcome, reason, note)


def add_order(case: DispatchedCase, event: acceptance.ReportJoined) -> None:
    """Start to report on the upstream order behind an attached report, if there is one.

    If this case is closed already, report the result at once.
    """
    if event.channel != "upstream":
        return
    order = UpstreamOrder.of(event.attached_case_id, event.attached_case_number, event.external)
    case.state.upstream_orders.append(order)
    if case.state.ended == "closed":
        _send_end(case, [order], case.state.outcome, note=case.state.closing_note)


def remove_order(case: DispatchedCase, event: acceptance.ReportLeft) -> None:
    """Stop reporting on the upstream order behind a report that was detached, if there is one."""
    case.state.upstream_orders = [each for each in case.state.upstream_orders if each.case_id != event.attached_case_id]


def hand_to_host(case: DispatchedCase) -> None:
    """Stop reporting on the upstream orders of this case after its merge.

    The case into which this case was merged reports on these orders.
    """
    case.state.upstream_orders_before_merge, case.state.upstream_orders = case.state.upstream_orders, []


def take_back_from_host(case: DispatchedCase) -> None:
    """Report on the upstream orders of this case again, because the merge was undone."""
    case.state.upstream_orders, case.state.upstream_orders_before_merge = (
        case.state.upstream_orders_before_merge or case.state.upstream_orders,
        [],
    )


def _send_progress(
    case: DispatchedCase, order: UpstreamOrder, step: UpstreamStep, unit_id: str | None, note: str
) -> None:
    filed_case = case.state.filed_case
    unit = case.district.units.get(unit_id or "")
    data = webhooks.ReportProgressedData(
        **_common_fields(case, order),
        step=step,
        unit_name=unit.name if unit else "",
        unit_name_en=unit.name_en if unit else "",
        note="" if filed_case is not None and filed_case.confidential else shorten(note, MAX_NOTE),
        due_at=case.state.case_deadline(filed_case) if filed_case is not None else None,
    )
    _add_message(case, order, webhooks.ReportProgressed(timestamp=case.now, data=data))


def _send_end(
    case: DispatchedCase, orders: Iterable[UpstreamOrder], outcome: str, reason: str = "", note: str = ""
) -> None:
    filed_case = case.state.filed_case
    hidden = filed_case is not None and filed_case.confidential
    for order in orders:
        data = webhooks.ReportClosedData(
            **_common_fields(case, order),
            outcome=outcome,
            reason=reason,
            note="" if hidden else shorten(note, MAX_NOTE),
        )
        _add_message(case, order, webhooks.ReportClosed(timestamp=case.now, data=data))


def _common_fields(case: DispatchedCase, order: UpstreamOrder) -> dict[str, Any]:
    return {
        "case_number": order.case_number,
        "external_number": order.number,
        "channel_number": order.channel_number,
        "mode": case.state.mode,
    }


def _add_message(case: DispatchedCase, order: UpstreamOrder, webhook: Webhook) -> None:
    add_message(case, webhook, key=order.case_id, about=order.case_id, recipient=RECIPIENT)
