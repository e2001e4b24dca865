"""What keeps a page from being made to do what its reader did not mean."""

from __future__ import annotations

import hmac
import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSRF_COOKIE = "gridloop_csrf"
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


def csrf_token(request: Request) -> str:
    """The token of this browser, or a new one."""
    return request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(24)


def set_csrf(request: Request, response: Response, token: str) -> None:
    """Give the browser its token, where it has none yet."""
    if request.cookies.get(CSRF_COOKIE) != token:
        response.set_cookie(
            CSRF_COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https"
        )  # fmt: skip


def check_csrf(request: Request, shown: object) -> None:
    """Double submit: the form must show what the cookie holds. Raises `CsrfInvalid`."""
    kept = request.cookies.get(CSRF_COOKIE, "")
    if not kept or not isinstance(shown, str) or not hmac.compare_digest(kept.encode(), shown.encode()):
        raise CsrfInvalid


def local_path(wanted: str | None, otherwise: str = "/") -> str:
    """A path on this site to go on to, never somebody else's address."""
    return wanted if wanted and _LOCAL.fullmatch(wanted) else otherwise
