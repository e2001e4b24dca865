"""Temporary changes of the district's data, published by the administrator and reverted afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from deploy.play.city import City, Json
from deploy.play.situations.base import MATTER


@asynccontextmanager
async def table(city: City, days: dict[date, bool]) -> AsyncGenerator[None]:
    """Make each day of `days` a working day (True) or a day off (False), and restore the calendar at the end."""
    former = {day: await _entity(city, "calendar_day", day.isoformat()) for day in days}
    await _publish(
        city,
        [
            ("calendar_day", f"{day}", {"id": f"{day}", "working": works, "note": "演示", "note_en": "Demo"})
            for day, works in days.items()
        ],
    )
    try:
        yield
    finally:
        await _publish(city, [("calendar_day", f"{day}", body) for day, body in former.items()])


@asynccontextmanager
async def settings(city: City, **changed: Any) -> AsyncGenerator[None]:
    """Change these fields of the district settings, and restore the settings at the end."""
    former = (await city.ask("administrator", "GET", "/api/registry/entities/district"))["items"][0]
    await _publish(city, [("district", former["id"], {**former, **changed})])
    try:
        yield
    finally:
        await _publish(city, [("district", former["id"], former)])


async def _entity(city: City, kind: str, key: str) -> Json | None:
    answer = await city.request("administrator", "GET", f"/api/registry/entities/{kind}/{key}")
    body: Json | None = answer.json()["body"] if answer.status_code == 200 else None
    return body


async def _publish(city: City, changes: list[tuple[str, str, Json | None]]) -> None:
    """Publish changes as a release, and wait until routing uses the release."""
    release = await city.ask(
        "administrator",
        "POST",
        "/api/registry/changes",
        {"changes": [{"kind": kind, "id": key, "body": body} for kind, key, body in changes]},
        params={"publish": True},
    )
    question = {"category_id": MATTER + "06036", "grid_code": "370522001006002"}
    while (await city.ask("dispatcher", "POST", "/api/routing/preview", question))["list_version"] < release["release"]:
        await asyncio.sleep(0.1)
