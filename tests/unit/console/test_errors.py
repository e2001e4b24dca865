"""The page of what cannot be shown."""

from __future__ import annotations

import httpx
import pytest

from services.chassis.settings import Settings
from services.console.app import SERVICE


@pytest.mark.parametrize(("cookies", "asked"), [({}, True), ({"gridloop_access": "token"}, False)])
async def test_only_strangers_are_asked_to_sign_in(cookies: dict[str, str], asked: bool) -> None:
    app = SERVICE.create_app(Settings(gridloop_secret_key="a2V5", gridloop_service_key="x"))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://desk", cookies=cookies
    ) as web:  # fmt: skip
        answer = await web.get("/nowhere")
    assert answer.status_code == 404
    assert ('href="/sign-in' in answer.text) is asked
