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


@pytest.mark.parametrize(("language", "text"), [("en", "There is no such page."), ("zh-CN", "没有这个页面。")])
async def test_an_address_with_an_unknown_value_is_answered_with_a_page(language: str, text: str) -> None:
    """A person follows an old link, and reads no JSON."""
    async with browser(None, language) as web:
        answer = await web.get("/desk?mode=drill")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert text in answer.text


async def test_a_form_that_is_too_large_is_answered_with_a_page() -> None:
    async with browser(None, "en") as web:
        answer = await web.post("/sign-in", data={"username": "x" * 300_000})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "A field of the form has a wrong value."), ("zh-CN", "表单中有一项的值不对。")],
)
async def test_a_form_with_a_wrong_field_is_refused_with_a_page(language: str, text: str) -> None:
    async with browser(None, language) as web:
        answer = await web.post("/sign-in", files={"username": ("name.txt", b"ann")})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert text in answer.text
