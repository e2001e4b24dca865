"""Whether photos that a request names are there: intake keeps them all, whoever names them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import httpx

from contracts.places import Photo
from services.chassis import outgoing
from services.chassis.problems import PhotosMissing
from services.chassis.web import Command

log = logging.getLogger(__name__)

_PATIENCE = 2.0
"""Seconds that an answer may wait for intake."""


async def require(cmd: Command, photos: Sequence[Photo]) -> None:
    """Raises `PhotosMissing`. What was answered before under its key is not asked again, and where intake does not answer
    the photos are taken as said: nobody's work waits for another service.
    """
    url = cmd.context.settings.gridloop_urls.get("intake", "")
    if not photos or not url or await cmd.answered() is not None:
        return
    headers = {"authorization": f"Bearer {cmd.context.settings.gridloop_service_key}"}
    names = ",".join(dict.fromkeys(photo.sha256 for photo in photos))
    try:
        async with outgoing.client(headers=headers, timeout=_PATIENCE) as client:
            answer = await client.get(f"{url}/internal/photos", params={"named": names})
            answer.raise_for_status()
            missing: list[str] = answer.json()["missing"]
    except httpx.HTTPError as error:
        log.warning("photos taken as said: %r", error)
        return
    if missing:
        raise PhotosMissing(missing=missing)
