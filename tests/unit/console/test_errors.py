"""The page of what cannot be shown."""

from __future__ import annotations

import pytest

from tests.unit.console.browsing import browser


@pytest.mark.parametrize(("cookies", "asked"), [({}, True), ({"gridloop_access": "token"}, False)])
async def test_only_strangers_are_asked_to_sign_in(cookies: dict[str, str], asked: bool) -> None:
    async with browser(None, "en", cookies) as web:
        answer = await web.get("/nowhere")
    assert answer.status_code == 404
    assert ('href="/sign-in' in answer.text) is asked
