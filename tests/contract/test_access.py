"""Access is denied by default: every route admits exactly the callers that the table names.

`access/<service>.txt` lists every route with its callers; a route that is missing there fails. The applications are
the real ones without a database: an admitted caller reaches the handler and no further, every other caller is turned
away before it. What an admitted caller may *see* (areas, units, confidential cases) is the subject of
tests/pipeline/test_breaking_in.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from services.chassis import telemetry
from services.chassis.settings import SERVICES
from tests.support.access_table import EVERYBODY, GROUPS, NOBODY, SERVICE, Row, table
from tests.support.bare_application import application

REFUSED = frozenset({401, 403})


def routes(holder: FastAPI | APIRouter) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route, except FastAPI's documents and the static files."""
    for route in holder.routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes(included)
        elif isinstance(route, APIRoute):
            for method in sorted(set(route.methods or ()) - {"HEAD"}):
                yield method, route.path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_lists_exactly_the_existing_routes(service: str, home: Path) -> None:
    existing = set(routes(application(service, home)))
    listed = [(row.method, row.path) for row in table(service)]
    assert len(listed) == len(set(listed)), f"{service}.txt lists a route twice"
    assert existing - set(listed) == set(), (
        f"add these routes with their callers to tests/contract/access/{service}.txt"
    )
    assert set(listed) - existing == set(), f"{service}.txt lists routes that do not exist"


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_names_only_known_callers(service: str) -> None:
    for row in table(service):
        assert row.who, f"{row.method} {row.path} names no caller"
        assert set(row.who) <= {*GROUPS, *EVERYBODY}, f"{row.method} {row.path}: {row.who}"


_PARAMETERS = {"action": "sign", "kind": "officer"}
"""Values of path parameters that are not ids."""


async def admission(client: httpx.AsyncClient, row: Row) -> str:
    """Call the route as every kind of caller; return what differs from the table, or nothing."""
    path = re.sub(r"\{([a-z_]*)[^}]*\}", lambda found: _PARAMETERS.get(found[1]) or str(uuid4()), row.path)
    found: dict[str, int] = {}
    for who in EVERYBODY:
        if row.who == ("anyone",) and who == SERVICE:
            continue  # a public route ignores a credential that it does not know
        headers = {} if who == NOBODY else {"authorization": f"Bearer {who}"}
        found[who] = (await client.request(row.method, path, headers=headers)).status_code
    away = REFUSED | {303} if row.who == ("cookie",) else REFUSED
    admitted = {who for who, status in found.items() if status not in away}
    if admitted != row.let_in:
        return f"{row.method} {row.path}: the table and the route differ for {sorted(admitted ^ row.let_in)}: {found}"
    outside = {NOBODY, SERVICE} & found.keys() - row.let_in if row.who != ("cookie",) else set[str]()
    if any(found[who] != 401 for who in outside):
        return f"{row.method} {row.path}: a caller without a valid credential must get 401: {found}"
    return ""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_route_admits_exactly_the_callers_that_the_table_names(service: str, home: Path) -> None:
    """Callers who are not named get 401 without a credential and 403 with one that is not enough."""
    telemetry.REQUESTS.clear()  # printing the labels of hundreds of routes takes a while
    transport = httpx.ASGITransport(application(service, home), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        differences = [await admission(client, row) for row in table(service)]
    assert [each for each in differences if each] == []


def test_internal_routes_admit_only_services() -> None:
    internal = [row for service in SERVICES for row in table(service) if row.path.startswith("/internal")]
    assert internal
    assert all(row.who == ("services",) for row in internal)


def test_only_units_read_confidential_text() -> None:
    row = next(each for each in table("intake") if each.path.endswith("/confidential"))
    assert row.let_in <= {"unit_clerk", "handler", "team_leader"}
