"""The landing page, and the choice of language and theme."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from contracts.base import Stage
from services.console.rendering import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, page
from services.console.security import local_path
from services.console.words import LANGUAGES

router = APIRouter(include_in_schema=False)

STAGES: tuple[Stage, ...] = ("discovery", "acceptance", "command", "handling", "supervision", "evaluation")
NextPath = Annotated[str, Query(alias="next")]
_YEAR_S = 365 * 24 * 3600


@router.get("/")
async def home(request: Request) -> Response:
    """Show the landing page."""
    return page(request, "home.html", stages=STAGES)


@router.get("/language/{language}")
async def choose_language(language: str, back: NextPath = "/") -> Response:
    """Store the chosen language in a cookie and go back.

    Pages link here, so that the choice works without JavaScript.
    """
    return _set_preference(LANGUAGE_COOKIE, language, LANGUAGES, back)


@router.get("/theme/{theme}")
async def choose_theme(theme: str, back: NextPath = "/") -> Response:
    """Store the chosen theme in a cookie and go back."""
    return _set_preference(THEME_COOKIE, theme, THEMES, back)


def _set_preference(cookie: str, choice: str, known: tuple[str, ...], back: str) -> Response:
    if choice not in known:
        raise HTTPException(404)
    response = RedirectResponse(local_path(back), 303)
    response.set_cookie(cookie, choice, max_age=_YEAR_S, samesite="lax")
    return response
