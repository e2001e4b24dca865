"""Templates and the files they name: every address carries the file's hash, so that browsers may keep it for ever."""

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
from services.console.menu import entries
from services.console.words import Words, preferred

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
BUILT = _HERE / "web" / "dist"
THEMES = ("light", "dark", "wall")
LANGUAGE_COOKIE = "gridloop_language"
THEME_COOKIE = "gridloop_theme"
_FOR_EVER = "public, max-age=31536000, immutable"


class BoardNotBuilt(Exception):
    """`make web` has not been run."""


@cache
def asset(name: str) -> str:
    """Address of a file in `static/`."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def built(entry: str) -> dict[str, Any]:
    """Script and style sheets of a built entry, from Vite's manifest. Raises `BoardNotBuilt`."""
    path = BUILT / ".vite" / "manifest.json"
    if not path.exists():
        raise BoardNotBuilt
    # By the file's age, so that a new `make web` shows without a restart.
    chunk = _manifest(path, path.stat().st_mtime_ns)[entry]
    return {
        "script": f"/static/app/{chunk['file']}",
        "styles": [f"/static/app/{style}" for style in chunk.get("css", [])],
    }


@cache
def _manifest(path: Path, _changed: int) -> dict[str, dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))


def icon(name: str) -> Markup:
    """An icon of the sprite; the word beside it says what it means."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(asset("icons.svg"), name)


_environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
cast("dict[str, Any]", _environment.globals).update(asset=asset, icon=icon)


def words_of(request: Request) -> Words:
    """The reader's language: their choice, else what the browser asks for."""
    return Words(preferred(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")))


def here(request: Request) -> str:
    """Where a link leads back to: this page, with what was asked of it; after a form the page that the form is of."""
    path = request.url.path
    if request.method not in ("GET", "HEAD"):
        return path.rsplit("/", 1)[0] or "/"
    return f"{path}?{request.url.query}" if request.url.query else path


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A rendered page. Never cached: it shows what is now, to this person."""
    theme = request.cookies.get(THEME_COOKIE, "")
    shown = {
        "t": words_of(request),
        "theme": theme if theme in THEMES else "",
        "here": here(request),
        "account": None,
        "signed_in": session.begun(request),
        "menu": entries(None),
        **values,
    }
    html = _environment.get_template(template).render(shown)
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


class KeptFiles(StaticFiles):
    """Static files that browsers keep for ever when their address carries a hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = path.startswith("assets/") or b"v=" in scope["query_string"]
        response.headers["Cache-Control"] = _FOR_EVER if hashed else "no-cache"
        return response
