"""No page can be made to lead elsewhere or to do what its reader did not mean."""

from __future__ import annotations

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from services.console import session
from services.console.security import CsrfInvalid, check_csrf, local_path


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "", None, "javascript:alert(1)", "/a\r\nX: y"],
)
def test_the_way_back_is_never_somebody_elses_address(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


def test_the_way_back_keeps_path_and_query() -> None:
    assert local_path("/board?light=red&case=LJ-1") == "/board?light=red&case=LJ-1"


def request_with(cookie: str) -> Request:
    return Request({"type": "http", "method": "POST", "path": "/", "headers": [(b"cookie", cookie.encode())]})


@pytest.mark.parametrize(
    ("cookie", "shown"), [("", ""), ("", "x"), ("gridloop_csrf=a", "b"), ("gridloop_csrf=a", None)]
)
def test_a_form_without_our_token_is_refused(cookie: str, shown: object) -> None:
    with pytest.raises(CsrfInvalid):
        check_csrf(request_with(cookie), shown)


def test_a_form_with_our_token_passes() -> None:
    check_csrf(request_with("gridloop_csrf=abc"), "abc")


def test_the_pages_get_their_own_copies_of_the_session_and_nothing_wider() -> None:
    """Their paths are those of the pages: no other page and no service ever sees them."""
    lines = [
        ("set-cookie", "gridloop_access=t; HttpOnly; Max-Age=300; Path=/; SameSite=lax"),
        ("set-cookie", "gridloop_session=s; HttpOnly; Max-Age=9; Path=/api/registry/session; SameSite=lax; Secure"),
    ]
    response = Response()
    session.pass_cookies(httpx.Response(200, headers=lines), response)
    passed = response.headers.getlist("set-cookie")
    assert passed[:2] == [line for _, line in lines]
    for copy, path in zip(passed[2:], session.PAGE_PATHS, strict=True):
        assert copy.startswith("gridloop_session=s;")
        assert all(part in copy for part in (f"Path={path}", "HttpOnly", "Secure", "SameSite=lax", "Max-Age=9"))
