"""Security headers, CSRF protection, and safe redirects."""

from __future__ import annotations

import hmac
import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.auth import host_cookie, is_encrypted
from services.chassis.web import context_of

CSRF_FIELD = "csrf"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)
_LOCAL = re.compile(r"/(?![/\\])[^\r\n]*")


class CsrfError(Exception):
    """Raised for a form without a valid CSRF token."""


class SafeHeaders:
    """Middleware that adds security headers to every response.

    The headers forbid pages to load resources of other sites, to be shown in frames, and to send a referrer elsewhere.
    """

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
    """Return the public URL of the installation."""
    return context_of(request).settings.gridloop_public_url


def csrf_cookie(request: Request) -> str:
    """Return the name of the cookie that holds the browser's CSRF token."""
    return host_cookie("gridloop_csrf", public_url(request))


def csrf_token(request: Request) -> str:
    """Return the CSRF token of this browser, or a new one."""
    return request.cookies.get(csrf_cookie(request)) or secrets.token_urlsafe(24)


def set_csrf(request: Request, response: Response, token: str) -> None:
    """Set the CSRF cookie to this token, unless the browser has it already."""
    name = csrf_cookie(request)
    if request.cookies.get(name) != token:
        secure = is_encrypted(public_url(request))
        response.set_cookie(name, token, httponly=True, samesite="strict", secure=secure)


def check_csrf(request: Request, token: object) -> None:
    """Check that the token in a form equals the token in the cookie (double submit). Raises `CsrfError`."""
    expected = request.cookies.get(csrf_cookie(request), "")
    if not expected or not isinstance(token, str) or not hmac.compare_digest(expected.encode(), token.encode()):
        raise CsrfError


def local_path(wanted: str | None, otherwise: str = "/") -> str:
    """Return `wanted` if it is a path on this site, otherwise the default."""
    return wanted if wanted and _LOCAL.fullmatch(wanted) else otherwise
