"""Redaction of stored webhooks about cases that turn out to be confidential when they are filed.

It removes texts, photos, the exact place and the category. If dispatch sends a message again, it sends the redacted
message.
"""

from __future__ import annotations

from typing import Any

from contracts.grid_codes import community_of
from contracts.handover import Handover, HandoverCase, HandoverLocation
from contracts.masking import withhold
from contracts.webhooks import Webhook, WebhookCategory, WebhookCondition
from contracts.webhooks.data import DispatchCaseData, WebhookPlace

_TEXT_FIELDS = ("note", "text", "text_en", "instructions", "description")
_HIDDEN = ("保密", "Confidential")


def redact(webhook: Webhook) -> Webhook:
    """Return the message without the details of a confidential case. A second redaction changes nothing."""
    data = webhook.data
    changes = _handover(data) if isinstance(data, Handover) else _data(data)
    return webhook.model_copy(update={"data": data.model_copy(update=changes)}) if changes else webhook


def _data(data: Any) -> dict[str, Any]:
    fields = type(data).model_fields
    changes: dict[str, Any] = {
        name: withhold(getattr(data, name), confidential=True) for name in _TEXT_FIELDS if name in fields
    }
    if "photos" in fields:
        changes["photos"] = ()
    if isinstance(data, DispatchCaseData) and not data.confidential:
        name, name_en = _HIDDEN
        condition = WebhookCondition(
            id="",
            text=name,
            text_en=name_en,
            closing_condition="",
            closing_condition_en="",
            evidence=data.condition.evidence,
        )
        changes |= {
            "category": WebhookCategory(id="-/-/-", name=name, name_en=name_en),
            "condition": condition,
            "confidential": True,
            "place": WebhookPlace(community=data.place.community),
        }
    return changes


def _handover(message: Handover) -> dict[str, Any]:
    request, terms, place = message.requested, message.handover, message.case.location
    title, title_en = _HIDDEN
    grid_code = community_of(place.grid_code) if place is not None and place.grid_code else None
    case = HandoverCase(
        number=message.case.number,
        title=title,
        title_en=title_en,
        severity=message.case.severity,
        urgency=message.case.urgency,
        occurred_at=message.case.occurred_at,
        reported_at=message.case.reported_at,
        location=HandoverLocation(grid_code=grid_code) if grid_code else None,
    )
    return {
        "case": case,
        "caller": None,
        "requested": request and request.model_copy(update={"action": withhold(request.action, confidential=True)}),
        "link": None,
        "handover": terms.model_copy(
            update={"refused_reason": terms.refused_reason and withhold(terms.refused_reason, confidential=True)}
        ),
        "note": withhold(message.note, confidential=True),
        "attachments": (),
    }
