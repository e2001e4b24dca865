"""Redirects, CSRF tokens and cookies of the console."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from services.console import session
from services.console.security import CsrfError, check_csrf, local_path, set_csrf
from services.console.service_client import SessionEndedError
from tests.support.cookies import host_bound_name


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "", None, "javascript:alert(1)", "/a\r\nX: y"],
)
def test_a_redirect_never_leaves_the_site(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


def test_a_redirect_keeps_path_and_query() -> None:
    assert local_path("/board?light=red&case=LJ-1") == "/board?light=red&case=LJ-1"


OPEN, ENCRYPTED = "http://localhost:8080", "https://gridloop.example.gov.cn"


def request_with(cookie: str, public_url: str = OPEN) -> Request:
    context = SimpleNamespace(settings=SimpleNamespace(gridloop_public_url=public_url))
    app = SimpleNamespace(state=SimpleNamespace(context=context))
    headers = [(b"cookie", cookie.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers, "app": app})


@pytest.mark.parametrize(
    ("cookie", "shown"), [("", ""), ("", "x"), ("gridloop_csrf=a", "b"), ("gridloop_csrf=a", None)]
)
def test_a_form_without_the_csrf_token_is_refused(cookie: str, shown: object) -> None:
    with pytest.raises(CsrfError):
        check_csrf(request_with(cookie), shown)


def test_a_form_with_the_csrf_token_is_accepted() -> None:
    check_csrf(request_with("gridloop_csrf=abc"), "abc")


def test_under_https_only_a_host_bound_csrf_cookie_counts() -> None:
    check_csrf(request_with("__Host-gridloop_csrf=abc", ENCRYPTED), "abc")
    with pytest.raises(CsrfError):
        check_csrf(request_with("gridloop_csrf=abc", ENCRYPTED), "abc")


def test_under_https_the_csrf_cookie_is_host_bound_even_if_tls_ends_before_us() -> None:
    response = Response()
    set_csrf(request_with("", ENCRYPTED), response, "abc")
    assert host_bound_name(response.headers["set-cookie"])


def test_session_cookies_are_deleted_with_their_own_names_and_attributes() -> None:
    """A browser ignores a deletion of a `__Host-` cookie that is not itself Secure and for the whole host."""
    response = Response()
    session.clear_cookies(request_with("", ENCRYPTED), response)
    deleted = response.headers.getlist("set-cookie")
    assert [each.partition("=")[0] for each in deleted] == ["__Host-gridloop_access", "__Host-gridloop_session"]
    assert all(host_bound_name(each) and "Max-Age=0" in each for each in deleted)


async def test_under_https_only_a_host_bound_session_cookie_identifies_the_reader() -> None:
    class Registry:
        async def request(self, *_: str, headers: dict[str, str]) -> httpx.Response:
            assert headers == {"Cookie": "__Host-gridloop_session=s"}
            return httpx.Response(
                200, json={"access_token": "t", "account": {"id": "1", "name": "王调度", "roles": []}}
            )

    bound, plain = (request_with(f"{each}gridloop_session=s", ENCRYPTED) for each in ("__Host-", ""))
    bound.app.state.context.process_state = plain.app.state.context.process_state = Registry()
    assert (await session.reader(bound)).token == "t"
    with pytest.raises(SessionEndedError):
        await session.reader(plain)


def is_host_bound(line: str) -> bool:
    """Return whether a browser accepts the cookie under a name with `__Host-` (RFC 6265bis)."""
    attributes = {each.strip().lower() for each in line.split(";")[1:]}
    has_domain = any(each.startswith("domain") for each in attributes)
    return line.startswith("__Host-") and {"secure", "httponly", "path=/"} <= attributes and not has_domain


def test_cookies_of_the_registry_are_passed_on_unchanged() -> None:
    lines = [
        ("set-cookie", "gridloop_access=t; HttpOnly; Max-Age=300; Path=/; SameSite=lax"),
        ("set-cookie", "gridloop_session=s; HttpOnly; Max-Age=9; Path=/; SameSite=lax; Secure"),
    ]
    response = Response()
    session.pass_cookies(httpx.Response(200, headers=lines), response)
    assert response.headers.getlist("set-cookie") == [line for _, line in lines]
