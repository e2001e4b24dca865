"""Rendering of templates, and static files.

The address of a static file contains a hash, so that browsers can cache it forever.
"""

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
    """Raised if the board has not been built. `make web` builds it."""


@cache
def asset(name: str) -> str:
    """Return the address of a file in `static/`, with a hash of the file."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def built(entry: str) -> dict[str, Any]:
    """Return the addresses of the script and style sheets that Vite built from a file. Raises `BoardNotBuiltError`."""
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
    """Return the HTML of an icon. Screen readers skip the icon, because a text is always shown beside it."""
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
    """Return the texts in the language that the reader has chosen, otherwise in the browser's language."""
    return Words(preferred(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")))


def here(request: Request) -> str:
    """Return the address of this page with its query; for a submitted form the address of the form's page."""
    path = request.url.path
    if request.method not in ("GET", "HEAD"):
        return path.rsplit("/", 1)[0] or "/"
    return f"{path}?{request.url.query}" if request.url.query else path


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Return a rendered page. Pages are never cached, because they are personal and show current data."""
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
    """Static files. Browsers may cache a file forever if its address contains a hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = path.startswith("assets/") or b"v=" in scope["query_string"]
        response.headers["Cache-Control"] = _CACHE_FOREVER if hashed else "no-cache"
        return response
