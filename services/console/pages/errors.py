"""Error pages: one sentence in the reader's language and a link."""

from __future__ import annotations

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis import application
from services.chassis.problems import Problem
from services.chassis.web import language_of
from services.console import session
from services.console.rendering import here, page, words_of
from services.console.service_client import ServiceRefusedError


def error_page(request: Request, status: int, text: str) -> Response:
    """Return an error page with this status and text."""
    return page(request, "error.html", status, text=text)


async def to_sign_in(request: Request, _: Exception) -> Response:
    """Redirect to the sign-in page.

    After sign-in the reader returns to this page, or to the page of the submitted form.
    """
    expired = "expired=1&" if session.has_cookies(request) else ""
    return RedirectResponse(f"/sign-in?{expired}next={quote(here(request), safe='')}", 303)


async def refused(request: Request, error: Exception) -> Response:
    """Return the error page for a service's refusal, with the text of that service."""
    assert isinstance(error, ServiceRefusedError)
    return error_page(request, error.status, str(error))


async def unreachable(request: Request, _: Exception) -> Response:
    """Return the error page for an unavailable service."""
    return error_page(request, 503, words_of(request)("error.unreachable"))


async def csrf(request: Request, _: Exception) -> Response:
    """Return the error page for a form without a valid CSRF token."""
    return error_page(request, 403, words_of(request)("error.csrf"))


async def board_not_built(request: Request, _: Exception) -> Response:
    """Return the error page for a board that has not been built. `make web` builds it."""
    return error_page(request, 503, words_of(request)("error.board_not_built"))


async def invalid(request: Request, error: Exception) -> Response:
    """Return the error page for an address or a form with an invalid value; JSON for paths under `/internal`.

    An address with an invalid value, such as an outdated link, gets 404. A form with an invalid value gets 422.
    """
    if _is_internal(request):
        return await application.answer_invalid(request, error)
    if request.method in ("GET", "HEAD"):
        return error_page(request, 404, words_of(request)("error.not_found"))
    return error_page(request, 422, words_of(request)("error.form"))


async def problem(request: Request, error: Exception) -> Response:
    """Return the error page for a refusal by the chassis, such as a form that is too large.

    Paths under `/internal` get JSON instead.
    """
    assert isinstance(error, Problem)
    if _is_internal(request):
        return application.answer(error, request)
    response = error_page(request, error.status, error.text(language_of(request)))
    response.headers.update(error.headers())
    return response


async def http(request: Request, error: Exception) -> Response:
    """Return the error page for an HTTP error, such as an unknown path or method."""
    assert isinstance(error, HTTPException)
    text = words_of(request)("error.not_found") if error.status_code in (404, 405) else str(error.detail)
    return error_page(request, error.status_code, text)


def _is_internal(request: Request) -> bool:
    """Return whether the path is for programs, which read JSON."""
    return request.url.path.startswith("/internal")
