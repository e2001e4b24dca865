"""Services that run as real HTTP servers in the event loop of the test, on a real database and broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvicorn

from contracts.base import Event
from deploy.topics import WRITES
from services.chassis import http_client
from services.chassis.cases import Case
from services.chassis.context import Context
from services.chassis.kafka import KafkaConnection
from services.chassis.service import Service
from services.chassis.settings import Settings
from tests.support.infrastructure import Broker, Postgres, database_of, free_port

SECRET = "dGVzdC1zZWNyZXQtdGVzdC1zZWNyZXQtdGVzdC1zZWM="
SERVICE_KEY = "service-key-of-the-tests"


@dataclass(eq=False)
class RunningService:
    """A running service with its context, address and settings."""

    service: Service
    settings: Settings
    context: Context
    app: Any
    server: uvicorn.Server
    task: asyncio.Task[None]

    @property
    def url(self) -> str:
        """Base URL of the service."""
        return f"http://127.0.0.1:{self.settings.gridloop_service_port}"


@dataclass
class Installation:
    """Several services on one PostgreSQL and one broker."""

    postgres: Postgres
    broker: Broker
    home: Path
    ports: dict[str, int] = field(default_factory=dict)
    databases: dict[str, str] = field(default_factory=dict)
    running: dict[str, RunningService] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    template: str = ""
    """Name of the template of new databases; see `tests.support.sample_district`."""
    _remembered: list[object] = field(default_factory=list[object])

    def remember_state(self) -> None:
        """Remember the running services and the clock, so that later changes are noticed."""
        self._remembered = self._traits()

    def discard_after_use(self) -> None:
        """Do not reuse this installation: the test damages it on purpose."""
        self._remembered = []

    @property
    def unchanged(self) -> bool:
        """True if services, releases, broker and clock are as at `remember_state`."""
        return self._remembered == self._traits() != []

    def _traits(self) -> list[object]:
        """Return what a test may change: services, releases, the broker process and the clock."""
        if not self.running:
            return []
        clock = self.clock_file.read_text() if self.clock_file.exists() else ""
        releases = [
            found and found.release for found in (each.context.district_or_none for each in self.running.values())
        ]
        return [*self.running.values(), *releases, self.broker.process.pid, clock]

    @property
    def clock_file(self) -> Path:
        """The file with the offset of the domain clock in seconds."""
        return self.home / "clock"

    def shift_clock(self, **by: float) -> None:
        """Move the domain clock ahead by this `timedelta`, in addition to earlier shifts."""
        before = float(self.clock_file.read_text()) if self.clock_file.exists() else 0.0
        scratch = self.clock_file.with_suffix(".next")
        scratch.write_text(str(before + timedelta(**by).total_seconds()))
        scratch.replace(self.clock_file)

    def now(self) -> datetime:
        """Return the domain time."""
        before = float(self.clock_file.read_text()) if self.clock_file.exists() else 0.0
        return datetime.now(UTC) + timedelta(seconds=before)

    async def settings(self, name: str) -> Settings:
        """Return the settings of a service. The first call creates its database and the ports of all services."""
        for each in ("registry", "intake", "routing", "dispatch", "supervision", "tracking", "console"):
            self.ports.setdefault(each, free_port())
        if name not in self.databases:
            self.databases[name] = await self._create_database(name)
        kafka = self.broker.connection(name) if name in WRITES else KafkaConnection(self.broker.servers)
        return Settings(
            gridloop_service_port=self.ports[name],
            gridloop_home=self.home,
            gridloop_log="text",
            kafka_bootstrap_servers=kafka.servers,
            kafka_security_protocol=kafka.security_protocol,
            kafka_username=kafka.username,
            kafka_password=kafka.password,
            kafka_ca_file=kafka.ca_file,
            database_url=self.databases[name],
            gridloop_database_connections=4,
            gridloop_secret_key=SECRET,
            gridloop_service_key=SERVICE_KEY,
            gridloop_urls={each: f"http://127.0.0.1:{port}" for each, port in self.ports.items()},
            gridloop_clock_file=self.clock_file,
            gridloop_webhook_allow=("127.0.0.0/8",),
            gridloop_public_url="http://127.0.0.1:9",
            **self.overrides.get(name, {}),
        )

    async def _create_database(self, name: str) -> str:
        """Copy the database of this service from the template, or create one with the tables of the chassis."""
        if name in self.postgres.templates.get(self.template, ()):
            return await self.postgres.create_database(name, self.template)
        return await self.postgres.create_migrated_database(name)

    async def start(self, service: Service, *, key: str | None = None, port: int | None = None) -> RunningService:
        """Start a service and wait until it serves. `key` and `port` are for a second replica."""
        settings = await self.settings(service.name)
        if port is not None:
            settings = settings.model_copy(update={"gridloop_service_port": port})
        app = service.create_app(settings)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=settings.gridloop_service_port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=1,
                lifespan="on",
            )
        )
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        task = asyncio.create_task(_serve(server))
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError(f"{service.name} did not start")
            await asyncio.sleep(0.005)
        found = RunningService(service, settings, app.state.context, app, server, task)
        self.running[key or service.name] = found
        return found

    async def stop(self, key: str) -> None:
        """Stop the service with this key in `running`."""
        running = self.running.pop(key)
        running.server.should_exit = True
        await running.task

    async def start_all(self, *services: Service) -> None:
        """Start several services at once."""
        await asyncio.gather(*(self.start(service) for service in services))

    async def publish(self, source: str, case: UUID | str, *events: Event) -> None:
        """Let a service publish events about the case with this id, in one transaction."""
        case_id = UUID(str(case))

        def decide(cases: dict[UUID, Case[Any]]) -> None:
            for event in events:
                cases[case_id].emit(event)

        await self.running[source].context.cases.run([case_id], decide, cause="test")

    async def save_as_template(self, template: str) -> None:
        """Close the installation and use its databases as a template for new ones."""
        await self.close()
        self.postgres.templates[template] = {name: database_of(url) for name, url in self.databases.items()}

    async def close(self) -> None:
        """Stop all services."""
        await asyncio.gather(*(self.stop(key) for key in list(self.running)))


async def _serve(server: uvicorn.Server) -> None:
    with contextlib.suppress(SystemExit):
        await server.serve()


@contextlib.asynccontextmanager
async def open_installation(postgres: Postgres, broker: Broker, home: Path) -> AsyncGenerator[Installation]:
    """Yield an installation without services; drop its databases at the end."""
    installation = Installation(postgres, broker, home)
    try:
        yield installation
    finally:
        await installation.close()
        await postgres.drop_databases(installation.databases.values())


def service_client(running: RunningService) -> httpx.AsyncClient:
    """Return an HTTP client of that service with the service key."""
    return http_client.create_client(base_url=running.url, headers={"authorization": f"Bearer {SERVICE_KEY}"})
