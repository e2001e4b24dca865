"""The composition of the console: routers, static files, error pages, and the client of the other services."""

from __future__ import annotations

import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.chassis import http_client
from services.chassis.context import Context
from services.chassis.problems import Problem
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.console import health
from services.console.board import pages as board
from services.console.desk import assists, burden, call_backs
from services.console.desk import pages as desk
from services.console.duty import digests, handovers, roster
from services.console.emergency import pages as emergency
from services.console.pages import errors, home, sign_in
from services.console.rendering import BUILT, STATIC, BoardNotBuiltError, CachedFiles
from services.console.responsibilities import drafts, editing
from services.console.scorecards import pages as scorecards
from services.console.security import CsrfError, SafeHeaders
from services.console.service_client import (
    ServiceClient,
    ServiceRefusedError,
    ServiceUnreachableError,
    SessionEndedError,
)

# An upload of a ten-megabyte photo to intake takes a while.
_TIMEOUT = httpx.Timeout(20.0, connect=2.0)


class Console(Service):
    """A service that serves pages and has no API of its own."""

    def create_app(self, settings: Settings) -> FastAPI:
        """Return the web application of the chassis, with static files and error pages added."""
        app = super().create_app(settings)
        app.mount("/static/app", CachedFiles(directory=BUILT, check_dir=False))
        app.mount("/static", CachedFiles(directory=STATIC))
        app.add_middleware(SafeHeaders)
        app.add_exception_handler(SessionEndedError, errors.to_sign_in)
        app.add_exception_handler(ServiceRefusedError, errors.refused)
        app.add_exception_handler(ServiceUnreachableError, errors.unreachable)
        app.add_exception_handler(CsrfError, errors.csrf)
        app.add_exception_handler(BoardNotBuiltError, errors.board_not_built)
        app.add_exception_handler(HTTPException, errors.http)
        app.add_exception_handler(RequestValidationError, errors.invalid)
        app.add_exception_handler(Problem, errors.problem)
        return app


def _create_client(context: Context) -> ServiceClient:
    return ServiceClient(http_client.create_client(timeout=_TIMEOUT), context.settings.gridloop_urls)


async def _close_client(context: Context) -> None:
    client: ServiceClient = context.process_state
    await client.close()


SERVICE = Console(
    name="console",
    title="console: the web pages",
    has_database=False,
    create_process_state=_create_client,
    on_stop=_close_client,
    # Health first: its `/readyz` replaces the chassis' and also reports the other services.
    routers=[
        health.router,
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
        emergency.router,
        # Entries before drafts: `/list/entries` must not match `/list/{draft_id}`.
        editing.router,
        drafts.router,
    ],
)
