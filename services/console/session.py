"""Who reads a page, and the cookies of their session.

The registry gives two cookies: a five-minute access token, and what asks for the next one, whose path is the registry's
own. A page that must work without JavaScript cannot reach that second cookie, so signing in by our form keeps a copy of
it for those pages alone, with which each request of theirs asks the registry for a fresh token.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import SimpleCookie

import httpx
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.console.upstream import SessionOver, Upstream
from services.console.words import Language

ACCESS_COOKIES = ("gridloop_access", "__Host-gridloop_access")
"""Of the access token: without and with encryption."""
SESSION_COOKIE = "gridloop_session"
SESSION_PATH = "/api/registry/session"
PAGE_PATHS = ("/board", "/desk", "/duty", "/floods", "/list", "/scorecards")
"""Pages that need to know who reads, most of which must work without JavaScript."""
_SAFE_CHANGE = {"X-Gridloop-CSRF": "1"}


class Account(BaseModel):
    """Who is signed in, as the registry says."""

    id: str
    name: str
    name_en: str = ""
    roles: list[str] = []
    unit: str | None = None

    def has(self, *roles: str) -> bool:
        """Whether the account has any of these roles."""
        return not set(roles).isdisjoint(self.roles)


@dataclass(frozen=True)
class Reader:
    """A signed-in person with a token that is good for the next minutes."""

    account: Account
    token: str


def upstream(request: Request) -> Upstream:
    """The services behind the pages; put there by the composition root."""
    return request.app.state.upstream


async def sign_in(request: Request, username: str, password: str, language: Language) -> httpx.Response:
    """Raises `SessionOver` for a wrong name or password, `Refused` when the next attempt must wait."""
    return await upstream(request).request(
        "registry", "POST", SESSION_PATH, language=language, headers=_reader_of(request),
        json={"username": username, "password": password},
    )  # fmt: skip


async def reader(request: Request) -> Reader:
    """Who reads the page. Raises `SessionOver`."""
    kept = request.cookies.get(SESSION_COOKIE)
    if not kept:
        raise SessionOver
    answer = await upstream(request).request(
        "registry", "GET", SESSION_PATH, headers={"Cookie": f"{SESSION_COOKIE}={kept}"}
    )  # fmt: skip
    body = answer.json()
    return Reader(Account.model_validate(body["account"]), body["access_token"])


def begun(request: Request) -> bool:
    """Whether somebody had signed in with this browser."""
    return not request.cookies.keys().isdisjoint({*ACCESS_COOKIES, SESSION_COOKIE})


async def sign_out(request: Request) -> None:
    """End the session at the registry; one that is over already needs no ending."""
    if kept := request.cookies.get(SESSION_COOKIE):
        headers = {"Cookie": f"{SESSION_COOKIE}={kept}", **_SAFE_CHANGE, **_reader_of(request)}
        await upstream(request).request("registry", "DELETE", SESSION_PATH, headers=headers)


def _reader_of(request: Request) -> dict[str, str]:
    """The reader's address, by which the registry counts failed sign-ins: to it we are what the front door is to us."""
    return {"X-Forwarded-For": request.client.host} if request.client is not None else {}


def pass_cookies(answer: httpx.Response, response: Response) -> None:
    """Hand the registry's cookies on to the browser, with the pages' copies of the second."""
    for line in answer.headers.get_list("set-cookie"):
        response.headers.append("Set-Cookie", line)
        cookie: SimpleCookie = SimpleCookie(line)
        if SESSION_COOKIE in cookie:
            for path in PAGE_PATHS:
                cookie[SESSION_COOKIE]["path"] = path
                response.headers.append("Set-Cookie", cookie.output(header="").strip())


def clear_cookies(response: Response) -> None:
    """Forget the session in this browser."""
    for name in ACCESS_COOKIES:
        response.delete_cookie(name, path="/", secure=name.startswith("__Host-"))
    for path in (SESSION_PATH, *PAGE_PATHS):
        response.delete_cookie(SESSION_COOKIE, path=path)
