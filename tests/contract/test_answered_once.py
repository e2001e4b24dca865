"""Whoever sends a change again with the same `Idempotency-Key` gets the first answer, and nothing is changed again.

Each door that changes something is opened by the chassis's command, or stands here with the reason why it needs none.
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
from tests.contract.test_access import application

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

ASKS = (
    "POST /api/intake/mask",
    "POST /api/intake/suggestions",
    "POST /api/intake/reporters/lookup",
    "POST /api/intake/follow",
    "POST /api/routing/preview",
    "POST /api/routing/list-preview",
    "POST /api/supervision/scorecards/ledger.{form}",
)
"""Questions that are too long or too private for an address: they change nothing."""

NAMED_BY_CONTENT = ("PUT /api/intake/photos/{sha256}",)
"""Sent again it is the same thing."""

SESSIONS = (
    "POST /api/registry/session",
    "POST /api/registry/session/refresh",
    "DELETE /api/registry/session",
    "POST /api/registry/session/password",
)
"""Their answers are credentials, which are nowhere at rest: whoever lost one signs in again."""

EXEMPT = frozenset((*ASKS, *NAMED_BY_CONTENT, *SESSIONS))


def doors(holder: FastAPI | APIRouter) -> Iterator[APIRoute]:
    for route in holder.routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from doors(included)
        elif isinstance(route, APIRoute):
            yield route


def commanded(dependant: Dependant) -> bool:
    return dependant.call is command or any(commanded(each) for each in dependant.dependencies)


def changing(service: str, home: Path) -> dict[str, APIRoute]:
    """The doors of a service that may change something. Services among themselves, and the operator, repeat by number
    or id; the pages of the console hand the key of their form on.
    """
    return {
        f"{method} {route.path}": route
        for route in doors(application(service, home))
        for method in CHANGING & set(route.methods or ())
        if not route.path.startswith("/internal/")
    }


@pytest.mark.parametrize("service", [each for each in SERVICES if each != "console"])
def test_what_changes_something_is_answered_once_for_a_key(service: str, tmp_path: Path) -> None:
    without = {door for door, route in changing(service, tmp_path).items() if not commanded(route.dependant)}
    assert without - EXEMPT == set()


def test_what_is_exempt_is_there_and_does_without(tmp_path: Path) -> None:
    there = {door: route for each in SERVICES for door, route in changing(each, tmp_path).items()}
    assert {door for door in EXEMPT if door not in there or commanded(there[door].dependant)} == set()
