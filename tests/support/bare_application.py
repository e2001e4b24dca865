"""The application of a service without a database; callers are named by their role."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from fastapi import FastAPI

from contracts.registry import DistrictSettings
from services.chassis.auth import ROLES, Authenticator, Caller
from services.chassis.clock import Clock
from services.chassis.context import Context
from services.chassis.problems import NotSignedIn
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.service import Service
from services.chassis.settings import Settings
from services.chassis.unit_of_work import UnitOfWork
from tests.support.access_table import (
    CHANNEL_KEY,
    RESIDENT,
    SERVICE,
    UNIT_LEADER,
)


class _RoleAuthenticator(Authenticator):
    """Accepts the name of a role as a credential. Unit roles have a unit, officers have an officer id."""

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
    """A database that fails on use: a request of an admitted caller ends here."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("the handler was reached")


@cache
def application(service: str, home: Path) -> FastAPI:
    """Return the real application of a service without a database."""
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
        _RoleAuthenticator(),
        pool=pool,
        unit=UnitOfWork[Any](pool, service, found.state, found.create_store(settings), clock, lambda: district),
        district_or_none=district,
    )
    context.process_state = found.create_process_state(context)
    return app
