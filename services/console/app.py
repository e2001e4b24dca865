"""Composition root of the pages: routers, static files, error pages, and the client that asks the other services."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.chassis import http_client
from services.chassis.problems import Problem
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.console import readiness
from services.console.desk import assists, burden, call_backs, desk
from services.console.duty import digests, handovers, roster
from services.console.floods import pages as floods
from services.console.listing import drafts, editing
from services.console.pages import board, errors, home, scorecards, sign_in
from services.console.render import BUILT, STATIC, BoardNotBuilt, KeptFiles
from services.console.security import CsrfInvalid, SafeHeaders
from services.console.upstream import Refused, SessionOver, Unreachable, Upstream

# A photo of ten megabytes may take a while on its way to intake; nobody waits longer for a page.
_TIMEOUT = httpx.Timeout(20.0, connect=2.0)


class Console(Service):
    """A service that answers with pages and has no API of its own."""

    def create_app(self, settings: Settings) -> FastAPI:
        """The chassis' application, and what pages need besides."""
        app = super().create_app(settings)
        app.mount("/static/app", KeptFiles(directory=BUILT, check_dir=False))
        app.mount("/static", KeptFiles(directory=STATIC))
        app.add_middleware(SafeHeaders)
        app.add_exception_handler(SessionOver, errors.to_sign_in)
        app.add_exception_handler(Refused, errors.refused)
        app.add_exception_handler(Unreachable, errors.unreachable)
        app.add_exception_handler(CsrfInvalid, errors.csrf)
        app.add_exception_handler(BoardNotBuilt, errors.board_not_built)
        app.add_exception_handler(HTTPException, errors.http)
        app.add_exception_handler(RequestValidationError, errors.invalid)
        app.add_exception_handler(Problem, errors.problem)
        chassis = app.router.lifespan_context

        @contextlib.asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncGenerator[Any]:
            async with http_client.create_client(timeout=_TIMEOUT) as client, chassis(app) as state:
                app.state.upstream = Upstream(client, settings.gridloop_urls)
                yield state

        app.router.lifespan_context = lifespan
        return app


SERVICE = Console(
    name="console",
    title="pages",
    has_database=False,
    # Readiness first: here `/readyz` tells of the other services, too.
    routers=[
        readiness.router,
        home.router,
        sign_in.router,
        board.router,
        burden.router,
        assists.router,
        call_backs.router,
        desk.router,
        scorecards.router,
        roster.router,
        handovers.router,
        digests.router,
        floods.router,
        # Entries before drafts: `/list/entries` is no draft of that id.
        editing.router,
        drafts.router,
    ],
)
