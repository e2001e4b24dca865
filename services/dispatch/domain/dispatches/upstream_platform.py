"""What the city's platform above us (`upstream`) is told about the orders it sent: taken, how far, the result, not ours.

A case tells about its own order, and about those of the reports that were attached to it. Messages about one order are
delivered one after the other: their lane is the case that the order opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts import webhooks
from contracts.events import acceptance, discovery
from contracts.events.acceptance import upstream
from contracts.webhooks import UpstreamStep, Webhook
from services.dispatch.domain.dispatches.state import Above, DispatchedCase, Notice
from services.dispatch.domain.dispatches.webhook_fields import cut

RECIPIENT = "upstream"
"""Whose endpoints get it: no unit of the district has this id."""

_NOTE = 1000


def received(case: DispatchedCase, event: discovery.ReportReceived) -> None:
    """签收: an order from above is in our books. What is split from it is ours: the case it came from answers."""
    if event.channel != "upstream" or event.split_from is not None:
        return
    order = Above.of(case.id, event.case_number, event.external)
    case.state.above = [order]
    data = webhooks.ReportAcceptedData(**_about(case, order), external_due_at=order.due_at)
    _tell(case, order, webhooks.ReportAccepted(timestamp=case.now, data=data))


def returned(case: DispatchedCase, event: upstream.ReturnedUpstream) -> None:
    """Not ours: the platform decides."""
    for order in case.state.above:
        data = webhooks.ReportReturnedUpstreamData(
            **_about(case, order),
            reason=event.reason,
            note=cut(event.note, _NOTE),
            answer_at=f"/api/intake/cases/{order.case_number}/upstream-decision",
        )
        _tell(case, order, webhooks.ReportReturnedUpstream(timestamp=case.now, data=data))


def progressed(case: DispatchedCase, step: UpstreamStep, unit_id: str | None = None, note: str = "") -> None:
    """How far it has come."""
    for order in case.state.above:
        _progressed(case, order, step, unit_id, note)


def ended(case: DispatchedCase, outcome: str, reason: str = "", note: str = "") -> None:
    """It ended: closed with its outcome, not filed, voided, withdrawn."""
    _ended(case, case.state.above, outcome, reason, note)


def joined(case: DispatchedCase, event: acceptance.ReportJoined) -> None:
    """An order from above follows this case: this case speaks for it from now on, and of what is closed says the result."""
    if event.channel != "upstream":
        return
    order = Above.of(event.attached_case_id, event.attached_case_number, event.external)
    case.state.above.append(order)
    if case.state.ended == "closed":
        _ended(case, [order], case.state.outcome, note=case.state.told)


def left(case: DispatchedCase, event: acceptance.ReportLeft) -> None:
    """It goes its own way again."""
    case.state.above = [each for each in case.state.above if each.case_id != event.attached_case_id]


def attached(case: DispatchedCase) -> None:
    """The host speaks for it."""
    case.state.above_before, case.state.above = case.state.above, []


def detached(case: DispatchedCase) -> None:
    """It speaks for itself again."""
    case.state.above, case.state.above_before = case.state.above_before or case.state.above, []


def _progressed(case: DispatchedCase, order: Above, step: UpstreamStep, unit_id: str | None, note: str) -> None:
    matter = case.state.matter
    unit = case.district.units.get(unit_id or "")
    data = webhooks.ReportProgressedData(
        **_about(case, order),
        step=step,
        unit_name=unit.name if unit else "",
        unit_name_en=unit.name_en if unit else "",
        note="" if matter is not None and matter.confidential else cut(note, _NOTE),
        due_at=case.state.promised_until(matter) if matter is not None else None,
    )
    _tell(case, order, webhooks.ReportProgressed(timestamp=case.now, data=data))


def _ended(case: DispatchedCase, orders: Iterable[Above], outcome: str, reason: str = "", note: str = "") -> None:
    matter = case.state.matter
    hidden = matter is not None and matter.confidential
    for order in orders:
        data = webhooks.ReportClosedData(
            **_about(case, order), outcome=outcome, reason=reason, note="" if hidden else cut(note, _NOTE)
        )
        _tell(case, order, webhooks.ReportClosed(timestamp=case.now, data=data))


def _about(case: DispatchedCase, order: Above) -> dict[str, Any]:
    return {
        "case_number": order.case_number,
        "external_number": order.number,
        "channel_number": order.channel_number,
        "mode": case.state.mode,
    }


def _tell(case: DispatchedCase, order: Above, webhook: Webhook) -> None:
    case.state.notices.append(
        Notice(
            id=case.derive_id(f"{webhook.TYPE}:{order.case_id}"),
            about=order.case_id,
            recipient=RECIPIENT,
            webhook=webhook,
            mode=case.state.mode,
        )
    )
