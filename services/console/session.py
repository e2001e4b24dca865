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

from services.chassis.auth import access_cookie, delete_session_cookies, session_cookie
from services.chassis.web import context_of
from services.console.security import public_url
from services.console.service_client import ServiceClient, SessionEndedError
from services.console.words import Language

SESSION_PATH = "/api/registry/session"
_CSRF_HEADER = {"X-Gridloop-CSRF": "1"}


class Account(BaseModel):
    """The signed-in account, as the registry returns it."""

    id: str
    name: str
    name_en: str = ""
    roles: list[str] = []
    unit: str | None = None

    def has(self, *roles: str) -> bool:
        """Return whether the account has any of these roles."""
        return not set(roles).isdisjoint(self.roles)


@dataclass(frozen=True)
class Reader:
    """A signed-in person, with an access token that is valid for a few minutes."""

    account: Account
    token: str


def service_client(request: Request) -> ServiceClient:
    """Return the client of the other services."""
    client: ServiceClient = context_of(request).process_state
    return client


async def sign_in(request: Request, username: str, password: str, language: Language) -> httpx.Response:
    """Sign in at the registry.

    Raises `SessionEndedError` for a wrong name or password, and `ServiceRefusedError` for another refusal, such as too
    many failed attempts.
    """
    return await service_client(request).request(
        "registry",
        "POST",
        SESSION_PATH,
        language=language,
        headers=_address_header(request),
        json={"username": username, "password": password},
    )


async def reader(request: Request) -> Reader:
    """Return the signed-in reader, with a new access token from the registry. Raises `SessionEndedError`."""
    name = session_cookie(public_url(request))
    refresh_token = request.cookies.get(name)
    if not refresh_token:
        raise SessionEndedError
    answer = await service_client(request).request(
        "registry", "GET", SESSION_PATH, headers={"Cookie": f"{name}={refresh_token}"}
    )
    body = answer.json()
    return Reader(Account.model_validate(body["account"]), body["access_token"])


def has_cookies(request: Request) -> bool:
    """Return whether this browser has the cookies of a session."""
    url = public_url(request)
    return not request.cookies.keys().isdisjoint({access_cookie(url), session_cookie(url)})


async def sign_out(request: Request) -> None:
    """End the session at the registry, if there is one."""
    name = session_cookie(public_url(request))
    if refresh_token := request.cookies.get(name):
        headers = {"Cookie": f"{name}={refresh_token}", **_CSRF_HEADER, **_address_header(request)}
        await service_client(request).request("registry", "DELETE", SESSION_PATH, headers=headers)


def _address_header(request: Request) -> dict[str, str]:
    """Return the header with the reader's network address. The registry counts failed sign-ins for each address."""
    return {"X-Forwarded-For": request.client.host} if request.client is not None else {}


def pass_cookies(answer: httpx.Response, response: Response) -> None:
    """Pass the registry's cookies on to the browser."""
    for line in answer.headers.get_list("set-cookie"):
        response.headers.append("Set-Cookie", line)


def clear_cookies(request: Request, response: Response) -> None:
    """Delete the cookies of the session from this browser."""
    delete_session_cookies(response, public_url(request))
