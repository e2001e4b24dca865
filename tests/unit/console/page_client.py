"""An HTTP client for the console's pages; the services behind the console are replaced by the test's own."""

from __future__ import annotations

from typing import Any

import httpx

from services.chassis.auth import Authenticator
from services.chassis.clock import Clock
from services.chassis.context import Context
from services.chassis.settings import Settings
from services.console.app import SERVICE


def page_client(services: Any, language: str, cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
    """Return a client of the console in this language, signed in unless `cookies` says otherwise.

    `services` replaces the client through which the pages call the other services.
    """
    settings = Settings(gridloop_secret_key="a2V5", gridloop_service_key="x")
    app = SERVICE.create_app(settings)
    app.state.context = Context("console", settings, Clock(), Authenticator("a2V5", "x"))
    app.state.context.process_state = services
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://desk",
        headers={"accept-language": language},
        cookies={"gridloop_session": "s", "gridloop_csrf": "c"} if cookies is None else cookies,
    )
