"""The reader of a page, and the cookies of the reader's session.

The registry sets two cookies: a five-minute access token, and the refresh token of the session. Pages must work without
JavaScript, so each request of a page uses the refresh token to fetch a fresh access token from the registry.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.auth import access_cookie, is_encrypted, session_cookie
from services.console.security import public_url
from services.console.upstream import SessionOver, Upstream
from services.console.words import Language

SESSION_PATH = "/api/registry/session"
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
    name = session_cookie(public_url(request))
    kept = request.cookies.get(name)
    if not kept:
        raise SessionOver
    answer = await upstream(request).request("registry", "GET", SESSION_PATH, headers={"Cookie": f"{name}={kept}"})
    body = answer.json()
    return Reader(Account.model_validate(body["account"]), body["access_token"])


def begun(request: Request) -> bool:
    """Whether somebody had signed in with this browser."""
    url = public_url(request)
    return not request.cookies.keys().isdisjoint({access_cookie(url), session_cookie(url)})


async def sign_out(request: Request) -> None:
    """End the session at the registry; one that is over already needs no ending."""
    name = session_cookie(public_url(request))
    if kept := request.cookies.get(name):
        headers = {"Cookie": f"{name}={kept}", **_SAFE_CHANGE, **_reader_of(request)}
        await upstream(request).request("registry", "DELETE", SESSION_PATH, headers=headers)


def _reader_of(request: Request) -> dict[str, str]:
    """The reader's address, by which the registry counts failed sign-ins: to it we are what the front door is to us."""
    return {"X-Forwarded-For": request.client.host} if request.client is not None else {}


def pass_cookies(answer: httpx.Response, response: Response) -> None:
    """Pass the registry's cookies on to the browser."""
    for line in answer.headers.get_list("set-cookie"):
        response.headers.append("Set-Cookie", line)


def clear_cookies(request: Request, response: Response) -> None:
    """Delete the cookies of the session from this browser."""
    url = public_url(request)
    for name in (access_cookie(url), session_cookie(url)):
        response.delete_cookie(name, secure=is_encrypted(url), httponly=True, samesite="lax")
