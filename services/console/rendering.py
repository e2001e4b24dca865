"""Rendering of templates, and static files. Their addresses contain a hash, so that browsers may cache them forever."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.console import session
from services.console.menu import menu_for
from services.console.words import Words, preferred

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
BUILT = _HERE / "web" / "dist"
THEMES = ("light", "dark", "wall")
LANGUAGE_COOKIE = "gridloop_language"
THEME_COOKIE = "gridloop_theme"
_CACHE_FOREVER = "public, max-age=31536000, immutable"


class BoardNotBuiltError(Exception):
    """`make web` has not been run."""


@cache
def asset(name: str) -> str:
    """Return the address of a file in `static/`."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def built(entry: str) -> dict[str, Any]:
    """Return script and style sheets of a built entry, from Vite's manifest. Raises `BoardNotBuiltError`."""
    path = BUILT / ".vite" / "manifest.json"
    if not path.exists():
        raise BoardNotBuiltError
    # The cache key holds the modification time, so that a new build needs no restart.
    chunk = _manifest(path, path.stat().st_mtime_ns)[entry]
    return {
        "script": f"/static/app/{chunk['file']}",
        "styles": [f"/static/app/{style}" for style in chunk.get("css", [])],
    }


@cache
def _manifest(path: Path, _changed: int) -> dict[str, dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))


def icon(name: str) -> Markup:
    """Return an icon of the sprite. It is hidden from screen readers, because a text is always shown beside it."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(asset("icons.svg"), name)


_environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
cast("dict[str, Any]", _environment.globals).update(asset=asset, icon=icon)


def words_of(request: Request) -> Words:
    """Return the texts in the reader's language: the chosen one, otherwise the browser's."""
    return Words(preferred(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")))


def here(request: Request) -> str:
    """Return the address of this page with its query; for a submitted form the address of the form's page."""
    path = request.url.path
    if request.method not in ("GET", "HEAD"):
        return path.rsplit("/", 1)[0] or "/"
    return f"{path}?{request.url.query}" if request.url.query else path


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Return a rendered page. It is never cached, because it is personal and current."""
    theme = request.cookies.get(THEME_COOKIE, "")
    shown = {
        "t": words_of(request),
        "theme": theme if theme in THEMES else "",
        "here": here(request),
        "account": None,
        "signed_in": session.has_cookies(request),
        "menu": menu_for(None),
        **values,
    }
    html = _environment.get_template(template).render(shown)
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


class CachedFiles(StaticFiles):
    """Static files that browsers cache forever if the address contains a hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = path.startswith("assets/") or b"v=" in scope["query_string"]
        response.headers["Cache-Control"] = _CACHE_FOREVER if hashed else "no-cache"
        return response
