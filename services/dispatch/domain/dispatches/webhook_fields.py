"""Parts of messages and views that describe a case. Links begin with `base`, the public address, or are paths."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from contracts.common import Photo
from contracts.handover import Handover, HandoverLinks
from contracts.webhooks import (
    DispatchCreatedData,
    DispatchData,
    DispatchInformationAddedData,
    DispatchReplyDueMovedData,
    DispatchSupervisionOrderedData,
    NoticeRequestedData,
    ReportReturnedUpstreamData,
    Webhook,
    WebhookCategory,
    WebhookCondition,
    WebhookLinks,
    WebhookPhoto,
    WebhookPlace,
)
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches.state import FiledCase

MAX_NOTE = 1000
"""Largest number of characters of a note in a message."""

MAX_PHOTOS = 12
"""Largest number of photos in a message."""

_MAX_NAME, _MAX_SENTENCE = 80, 300

_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


def shorten(text: str, length: int) -> str:
    """Return the text without control characters, which need six bytes each in JSON. Cut it to `length` characters."""
    text = text.translate(_CONTROLS)
    return text if len(text) <= length else text[: length - 1] + "…"


def category(filed_case: FiledCase) -> WebhookCategory:
    """Return the category of the case, with its names cut to a limited length."""
    return WebhookCategory(
        id=filed_case.category_id,
        name=shorten(filed_case.category_name, _MAX_NAME),
        name_en=shorten(filed_case.category_name_en, _MAX_NAME),
    )


def condition(filed_case: FiledCase) -> WebhookCondition:
    """Return the filing condition of the case, with its texts cut to a limited length."""
    return WebhookCondition(
        id=filed_case.condition_id,
        text=shorten(filed_case.condition_text, _MAX_SENTENCE),
        text_en=shorten(filed_case.condition_text_en, _MAX_SENTENCE),
        closing_condition=shorten(filed_case.closing_condition, _MAX_SENTENCE),
        closing_condition_en=shorten(filed_case.closing_condition_en, _MAX_SENTENCE),
        evidence=filed_case.evidence,
    )


def place(filed_case: FiledCase) -> WebhookPlace:
    """Return the place of the case; for a confidential case only the community."""
    if filed_case.confidential:
        return WebhookPlace(community=filed_case.community)
    return WebhookPlace(
        community=filed_case.community,
        grid_code=filed_case.place.grid_code,
        longitude=filed_case.place.longitude,
        latitude=filed_case.place.latitude,
        address=filed_case.place.address,
    )


def description(filed_case: FiledCase) -> str:
    """Return the masked description; empty for a confidential case, whose unit reads the text in the intake service."""
    return "" if filed_case.confidential else filed_case.description


def photos(found: Iterable[Photo], base: str = "") -> tuple[WebhookPhoto, ...]:
    """Return the photos, each with its link to the intake service."""
    return tuple(
        WebhookPhoto(sha256=each.sha256, role=each.role, url=f"{base}/api/intake/photos/{each.sha256}")
        for each in found
    )


def links(case_id: UUID, dispatch_id: UUID, filed_case: FiledCase, base: str = "") -> WebhookLinks:
    """Return the link to the dispatch, and the link to the text of the case if units read the text at intake."""
    return WebhookLinks(
        dispatch=f"{base}/api/dispatch/dispatches/{dispatch_id}",
        text=f"{base}/api/intake/cases/{case_id}/confidential" if filed_case.text_at_intake else None,
    )


def recipient_of(unit_id: str, district: RegistrySnapshot) -> str:
    """Return the unit that receives messages to a unit or team: for a team that is no unit, its convenor."""
    team = district.teams.get(unit_id)
    return team.convenor if team is not None and unit_id not in district.units else unit_id


def with_absolute_links(webhook: Webhook, base: str) -> Webhook:
    """Return the message with absolute links: `base`, the public address, is put before each path."""
    data = webhook.data
    if isinstance(data, Handover):
        attached = tuple(each.model_copy(update={"url": base + each.url}) for each in data.attachments)
        found = data.links and HandoverLinks(
            dispatch=base + data.links.dispatch, text=base + data.links.text if data.links.text else None
        )
        caller = data.caller and data.caller.model_copy(update={"contact_url": base + data.caller.contact_url})
        changes = {"attachments": attached, "links": found, "caller": caller}
        return webhook.model_copy(update={"data": data.model_copy(update=changes)})
    if isinstance(data, NoticeRequestedData) and data.contact_url is not None:
        return webhook.model_copy(update={"data": data.model_copy(update={"contact_url": base + data.contact_url})})
    if isinstance(data, ReportReturnedUpstreamData):
        absolute_data = data.model_copy(update={"answer_url": base + data.answer_url})
        return webhook.model_copy(update={"data": absolute_data})
    if not isinstance(data, DispatchData):
        return webhook
    changes: dict[str, object] = {
        "links": WebhookLinks(
            dispatch=base + data.links.dispatch, text=base + data.links.text if data.links.text else None
        )
    }
    if isinstance(data, DispatchCreatedData | DispatchInformationAddedData):
        changes["photos"] = tuple(each.model_copy(update={"url": base + each.url}) for each in data.photos)
    if isinstance(data, DispatchSupervisionOrderedData | DispatchReplyDueMovedData) and data.reply_url is not None:
        changes["reply_url"] = base + data.reply_url
    return webhook.model_copy(update={"data": data.model_copy(update=changes)})
