"""The desk's pages of an exercise: told apart wherever it is shown, and never among what is real."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.console.browsing import browser
from tests.unit.console.test_desk import order

ORDER = "00000000-0000-4000-8000-000000000001"


class Services:
    """Answers as registry, dispatch and tracking would."""

    def __init__(self, mode: str) -> None:
        self.order = order(dispatch_id=ORDER, mode=mode).model_dump(mode="json")
        self.asked: list[str] = []

    async def request(self, service: str, method: str, path: str, **_: Any) -> httpx.Response:
        self.asked.append(path)
        if service == "registry":
            account = {"id": "1", "name": "x", "roles": ["unit_clerk"], "unit": "u"}
            return httpx.Response(200, json={"account": account, "access_token": "x"})
        if path.startswith("/api/dispatch/dispatches/"):
            return httpx.Response(200, json=self.order)
        return httpx.Response(200, json={"items": [self.order] if service == "dispatch" else [], "next": None})


async def shown(services: Services, path: str, language: str = "en") -> str:
    async with browser(services, language) as web:
        page = await web.get(path)
    assert page.status_code == 200, page.text
    return page.text


@pytest.mark.parametrize("path", ["/desk?mode=exercise", f"/desk/{ORDER}", f"/desk/{ORDER}/slip"])
async def test_an_exercise_is_tagged_on_every_page_in_either_language(path: str) -> None:
    tag = '<span class="tag yellow">{}</span>'
    assert tag.format("Exercise") in await shown(Services("exercise"), path)
    assert tag.format("演练") in await shown(Services("exercise"), path, "zh-CN")
    real = await shown(Services("actual"), path.partition("?")[0])
    assert tag.format("Exercise") not in real


async def test_the_inbox_shows_real_orders_until_one_goes_to_exercises() -> None:
    services = Services("actual")
    inbox = await shown(services, "/desk")
    assert services.asked[-1] == "/api/dispatch/dispatches?unit=me&state=open&mode=actual"
    assert 'href="/desk?state=open&amp;mode=exercise"' in inbox
    assert "none of these cases is real" not in inbox
    drills = await shown(services, "/desk?mode=exercise")
    assert services.asked[-1] == "/api/dispatch/dispatches?unit=me&state=open&mode=exercise"
    assert "Exercise: none of these cases is real." in drills
    assert 'data-poll="/desk/open.json?mode=exercise"' in drills, "what is new among exercises is said there alone"
    assert 'href="/desk?mode=exercise"' in await shown(Services("exercise"), f"/desk/{ORDER}")
