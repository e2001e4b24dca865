"""Check of the photos that a request names. Intake stores all photos and knows who uploaded them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import httpx

from contracts.common import Photo
from services.chassis import http_client
from services.chassis.auth import Caller
from services.chassis.problems import PhotosMissing
from services.chassis.web import Command

log = logging.getLogger(__name__)

_ANSWER_SECONDS = 2.0
"""Seconds to wait for intake."""


async def resolve_photos(cmd: Command, caller: Caller, photos: Sequence[Photo]) -> tuple[Photo, ...]:
    """Return the photos with the hashes under which intake serves them.

    Raises `PhotosMissing` for photos that the caller has not uploaded. A repeated request is not checked again.

    If intake does not answer in time, the photos keep the hashes in the request, because a command must not depend on
    another service. Intake attaches a photo to a case only if the author of the event uploaded it.
    """
    url = cmd.context.settings.gridloop_urls.get("intake", "")
    if not photos or not url or await cmd.stored_response() is not None:
        return tuple(photos)
    headers = {"authorization": f"Bearer {cmd.context.settings.gridloop_service_key}"}
    names = ",".join(dict.fromkeys(photo.sha256 for photo in photos))
    query = {"named": names, "by": f"{caller.kind}:{caller.id}"}
    try:
        async with http_client.create_client(headers=headers, timeout=_ANSWER_SECONDS) as client:
            answer = await client.get(f"{url}/internal/photos", params=query)
            answer.raise_for_status()
            served: dict[str, str] = answer.json()
    except httpx.HTTPError as error:
        log.warning("intake does not answer, photos are not checked: %r", error)
        return tuple(photos)
    if missing := [photo.sha256 for photo in photos if photo.sha256 not in served]:
        raise PhotosMissing(missing=missing)
    return tuple(photo.model_copy(update={"sha256": served[photo.sha256]}) for photo in photos)
