"""What keeps a page from being made to do what its reader did not mean."""

from __future__ import annotations

import hmac
import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.auth import host_cookie, is_encrypted
from services.chassis.web import context

CSRF_FIELD = "csrf"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)
_LOCAL = re.compile(r"/(?![/\\])[^\r\n]*")


class CsrfInvalid(Exception):
    """A form came without the token that only our own page can know."""


class SafeHeaders:
    """Adds to every page: nothing from outside, no frame around it, no address given away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, with_headers)


def public_url(request: Request) -> str:
    """Return the address by which browsers reach the front door."""
    return context(request).settings.gridloop_public_url


def csrf_cookie(request: Request) -> str:
    """Return the name of the cookie that holds the browser's CSRF token."""
    return host_cookie("gridloop_csrf", public_url(request))


def csrf_token(request: Request) -> str:
    """The token of this browser, or a new one."""
    return request.cookies.get(csrf_cookie(request)) or secrets.token_urlsafe(24)


def set_csrf(request: Request, response: Response, token: str) -> None:
    """Give the browser its token, where it has none yet."""
    name = csrf_cookie(request)
    if request.cookies.get(name) != token:
        secure = is_encrypted(public_url(request))
        response.set_cookie(name, token, httponly=True, samesite="strict", secure=secure)


def check_csrf(request: Request, shown: object) -> None:
    """Double submit: the form must show what the cookie holds. Raises `CsrfInvalid`."""
    kept = request.cookies.get(csrf_cookie(request), "")
    if not kept or not isinstance(shown, str) or not hmac.compare_digest(kept.encode(), shown.encode()):
        raise CsrfInvalid


def local_path(wanted: str | None, otherwise: str = "/") -> str:
    """A path on this site to go on to, never somebody else's address."""
    return wanted if wanted and _LOCAL.fullmatch(wanted) else otherwise
