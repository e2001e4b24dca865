"""Deny by default: who may knock at which door, role by role.

`access/<service>.txt` names every route and who is let in; whatever is not in it fails here, so nobody adds a door
without saying who it is for. The applications are the real ones without a database: a caller who is let in gets as far
as the handler (and no further), everybody else must be turned away before. What a caller who is let in then may *see*
(areas, units, confidential matters) is the subject of tests/pipeline/test_breaking_in.py.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from contracts.registry import DistrictSettings
from services.chassis import telemetry
from services.chassis.auth import ROLES, Authenticator, Caller
from services.chassis.clock import Clock
from services.chassis.context import Context
from services.chassis.problems import NotSignedIn
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.service import Service
from services.chassis.settings import SERVICES, Settings
from services.chassis.unit_of_work import UnitOfWork

FOLDER = Path(__file__).parent / "access"

NOBODY, RESIDENT, SERVICE = "nobody", "resident", "service"
UNIT_LEADER, CHANNEL_KEY = "unit_leader", "channel_key"
"""Whoever has the role `leader` in a unit, not in a centre; the key of a system that reports, with the role `hotline`.
"""
EVERYBODY = (NOBODY, RESIDENT, SERVICE, UNIT_LEADER, CHANNEL_KEY, *ROLES)
"""Without a credential; with a follow token; with the key that services show each other; and every role."""

GROUPS: dict[str, tuple[str, ...]] = {
    "anyone": (NOBODY, RESIDENT, UNIT_LEADER, CHANNEL_KEY, *ROLES),
    "signed_in": (RESIDENT, UNIT_LEADER, CHANNEL_KEY, *ROLES),
    "staff": (UNIT_LEADER, CHANNEL_KEY, *ROLES),
    "accounts": (UNIT_LEADER, *ROLES),
    "residents": (RESIDENT,),
    "services": (SERVICE,),
    "cookie": (),
}
"""Words of the table that stand for several callers. `cookie`: a browser's own cookie or form opens it, no
credential does; a page sends whoever has none to the sign-in."""

TURNED_AWAY = frozenset({401, 403})


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    method: str
    path: str
    who: tuple[str, ...]

    @property
    def let_in(self) -> frozenset[str]:
        return frozenset(each for word in self.who for each in GROUPS.get(word, (word,)))


def table(service: str) -> list[Row]:
    """The lines of `chassis.txt`, which every service has, and of the service's own file; `#` begins a remark."""
    texts = [(FOLDER / f"{name}.txt").read_text("utf-8") for name in ("chassis", service)]
    lines = (line.partition("#")[0].split() for text in texts for line in text.splitlines())
    return [Row(words[0], words[1], tuple(words[2:])) for words in lines if words]


class _Doorman(Authenticator):
    """Takes the name of a role for a credential. Unit roles have a unit, people in the street a post."""

    def __init__(self) -> None:
        super().__init__("", SERVICE)

    def caller(self, credential: str, district: RegistrySnapshot) -> Caller:
        if credential == RESIDENT:
            return Caller(kind="resident", id=str(uuid4()), case_id=str(uuid4()), report_id=str(uuid4()))
        if credential == UNIT_LEADER:
            return Caller(kind="account", id=credential, roles=frozenset({"leader"}), unit_id="sanitation")
        if credential == CHANNEL_KEY:
            return Caller(kind="key", id=credential, roles=frozenset({"hotline"}), channels=frozenset({"hotline"}))
        if credential not in ROLES:
            raise NotSignedIn
        return Caller(
            kind="account",
            id=f"account-{credential}",
            roles=frozenset({credential}),
            unit_id="sanitation" if credential in ("unit_clerk", "handler") else None,
            officer_id="officer-1" if credential in ("officer", "lane_lead", "helper", "grid_lead") else None,
        )


class _NoDatabase:
    """Whoever is let in finds nothing: the request ends here."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("past the door")


@cache
def application(service: str, home: Path) -> FastAPI:
    """A service's real application with nothing behind it."""
    settings = Settings(gridloop_secret_key="a2V5", gridloop_service_key=SERVICE, gridloop_home=home)
    found: Service = importlib.import_module(f"services.{service}.app").SERVICE
    app = found.create_app(settings)
    nowhere = DistrictSettings(id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ")
    district = RegistrySnapshot.from_records(1, {DistrictSettings.KIND: {nowhere.id: nowhere}})
    pool, clock = cast("Any", _NoDatabase()), Clock()
    context = app.state.context = Context(
        service,
        settings,
        clock,
        _Doorman(),
        pool=pool,
        unit=UnitOfWork[Any](pool, service, found.state, found.create_store(settings), clock, lambda: district),
        district_or_none=district,
    )
    context.process_state = found.create_process_state(context)
    return app


def routes(holder: FastAPI | APIRouter) -> Iterator[tuple[str, str]]:
    """Method and path of every door, but for the documents that FastAPI adds and the files of the pages."""
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
def test_every_route_says_who_it_is_for(service: str, home: Path) -> None:
    """A new route without a row fails, and so does a row without its route: tell tests/contract/access who may."""
    there = set(routes(application(service, home)))
    told = [(row.method, row.path) for row in table(service)]
    assert len(told) == len(set(told)), f"{service}.txt says something twice"
    assert there - set(told) == set(), f"say in tests/contract/access/{service}.txt who may use these"
    assert set(told) - there == set(), f"{service}.txt speaks of routes that are gone"


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_names_roles_that_exist(service: str) -> None:
    for row in table(service):
        assert row.who, f"{row.method} {row.path} says nobody"
        assert set(row.who) <= {*GROUPS, *EVERYBODY}, f"{row.method} {row.path}: {row.who}"


_WORDS = {"action": "sign", "kind": "officer"}
"""What stands in paths where an id would be refused as nonsense."""


async def admission(client: httpx.AsyncClient, row: Row) -> str:
    """Call the route as every kind of caller; return what differs from the table, or nothing."""
    path = re.sub(r"\{([a-z_]*)[^}]*\}", lambda found: _WORDS.get(found[1]) or str(uuid4()), row.path)
    found: dict[str, int] = {}
    for who in EVERYBODY:
        if row.who == ("anyone",) and who == SERVICE:
            continue  # a public route ignores a credential that it does not know
        headers = {} if who == NOBODY else {"authorization": f"Bearer {who}"}
        found[who] = (await client.request(row.method, path, headers=headers)).status_code
    away = TURNED_AWAY | {303} if row.who == ("cookie",) else TURNED_AWAY
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
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        differences = [await admission(client, row) for row in table(service)]
    assert [each for each in differences if each] == []


def test_services_own_doors_are_closed_to_everybody_else() -> None:
    """`/internal` is for the services' key alone, in every service."""
    internal = [row for service in SERVICES for row in table(service) if row.path.startswith("/internal")]
    assert internal
    assert all(row.who == ("services",) for row in internal)


def test_confidential_text_is_for_units_alone() -> None:
    """No desk of a centre, no assessor, no administrator reads what is confidential."""
    row = next(each for each in table("intake") if each.path.endswith("/confidential"))
    assert row.let_in <= {"unit_clerk", "handler", "team_leader"}
