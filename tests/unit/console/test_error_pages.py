"""Error pages."""

from __future__ import annotations

import pytest

from tests.unit.console.page_client import page_client


@pytest.mark.parametrize(("cookies", "sign_in_offered"), [({}, True), ({"gridloop_access": "token"}, False)])
async def test_only_a_caller_without_a_token_is_asked_to_sign_in(
    cookies: dict[str, str], sign_in_offered: bool
) -> None:
    async with page_client(None, "en", cookies) as web:
        answer = await web.get("/nowhere")
    assert answer.status_code == 404
    assert ('href="/sign-in' in answer.text) is sign_in_offered


@pytest.mark.parametrize(("language", "text"), [("en", "There is no such page."), ("zh-CN", "没有这个页面。")])
async def test_an_address_with_an_unknown_value_is_answered_with_a_page(language: str, text: str) -> None:
    """A person who follows an old link cannot read JSON."""
    async with page_client(None, language) as web:
        answer = await web.get("/desk?mode=drill")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert text in answer.text


async def test_a_too_large_form_is_answered_with_a_page() -> None:
    async with page_client(None, "en") as web:
        answer = await web.post("/sign-in", data={"username": "x" * 300_000})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "A field of the form has a wrong value."), ("zh-CN", "表单中有一项的值不对。")],
)
async def test_a_form_with_a_wrong_field_is_refused_with_a_page(language: str, text: str) -> None:
    async with page_client(None, language) as web:
        answer = await web.post("/sign-in", files={"username": ("name.txt", b"ann")})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert text in answer.text
