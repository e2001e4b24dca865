"""A change that is repeated with the same `Idempotency-Key` gets the first response and changes nothing.

Every route that changes something uses the chassis's `command`, or is listed here with the reason why it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from services.chassis.settings import SERVICES
from services.chassis.web import command
from tests.support.bare_application import application

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

QUERIES = (
    "POST /api/intake/mask",
    "POST /api/intake/suggestions",
    "POST /api/intake/reporters/lookup",
    "POST /api/intake/follow",
    "POST /api/routing/preview",
    "POST /api/routing/list-preview",
    "POST /api/supervision/scorecards/ledger.{form}",
)
"""Queries that are too long or too private for a URL. They change nothing."""

NAMED_BY_CONTENT = ("PUT /api/intake/photos/{sha256}",)
"""Named by the hash of its content: repeating the request has no effect."""

SESSIONS = (
    "POST /api/registry/session",
    "POST /api/registry/session/refresh",
    "DELETE /api/registry/session",
    "POST /api/registry/session/password",
)
"""Their responses are credentials, which are never stored. A user who loses one signs in again."""

EXEMPT = frozenset((*QUERIES, *NAMED_BY_CONTENT, *SESSIONS))


def routes_of(holder: FastAPI | APIRouter) -> Iterator[APIRoute]:
    for route in holder.routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes_of(included)
        elif isinstance(route, APIRoute):
            yield route


def uses_command(dependant: Dependant) -> bool:
    return dependant.call is command or any(uses_command(each) for each in dependant.dependencies)


def changing_routes(service: str, home: Path) -> dict[str, APIRoute]:
    """Return the routes of a service that may change something.

    Internal routes repeat by number or id. The pages of the console pass on the key of their form.
    """
    return {
        f"{method} {route.path}": route
        for route in routes_of(application(service, home))
        for method in CHANGING & set(route.methods or ())
        if not route.path.startswith("/internal/")
    }


@pytest.mark.parametrize("service", [each for each in SERVICES if each != "console"])
def test_every_changing_route_uses_an_idempotency_key(service: str, tmp_path: Path) -> None:
    unprotected = {
        name for name, route in changing_routes(service, tmp_path).items() if not uses_command(route.dependant)
    }
    assert unprotected - EXEMPT == set()


def test_every_exempt_route_exists_and_uses_no_key(tmp_path: Path) -> None:
    existing = {name: route for each in SERVICES for name, route in changing_routes(each, tmp_path).items()}
    assert {name for name in EXEMPT if name not in existing or uses_command(existing[name].dependant)} == set()
