"""What a page says when it cannot be shown: one sentence, in the reader's language, and where to go."""

from __future__ import annotations

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis import application
from services.chassis.problems import Problem
from services.chassis.web import language
from services.console import session
from services.console.render import here, page, words_of
from services.console.upstream import Refused


def error_page(request: Request, status: int, text: str) -> Response:
    """The page of one error."""
    return page(request, "error.html", status, text=text)


async def to_sign_in(request: Request, _: Exception) -> Response:
    """A page is asked for again after signing in; a form leads back to the page it was on."""
    known = "expired=1&" if session.begun(request) else ""
    return RedirectResponse(f"/sign-in?{known}next={quote(here(request), safe='')}", 303)


async def refused(request: Request, error: Exception) -> Response:
    """Another service's refusal, in its own words."""
    assert isinstance(error, Refused)
    return error_page(request, error.status, str(error))


async def unreachable(request: Request, _: Exception) -> Response:
    """Another service does not answer."""
    return error_page(request, 503, words_of(request)("error.unreachable"))


async def csrf(request: Request, _: Exception) -> Response:
    """A form without our token."""
    return error_page(request, 403, words_of(request)("error.csrf"))


async def board_not_built(request: Request, _: Exception) -> Response:
    """The board's files are made by `make web`."""
    return error_page(request, 503, words_of(request)("error.board_not_built"))


async def invalid(request: Request, _: Exception) -> Response:
    """An address with a value that the page does not know: an old link, or one that was changed by hand."""
    return error_page(request, 404, words_of(request)("error.not_found"))


async def problem(request: Request, error: Exception) -> Response:
    """A refusal of the chassis, such as a form that is too large. Routes for machines answer it as JSON."""
    assert isinstance(error, Problem)
    if request.url.path.startswith("/internal"):
        return application.answer(error, request)
    response = error_page(request, error.status, error.text(language(request)))
    response.headers.update(error.headers())
    return response


async def http(request: Request, error: Exception) -> Response:
    """No such page, or not with this method."""
    assert isinstance(error, HTTPException)
    text = words_of(request)("error.not_found") if error.status_code in (404, 405) else str(error.detail)
    return error_page(request, error.status_code, text)
