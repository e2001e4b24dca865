"""The whole system: database, broker, services, reverse proxy, and simulated departments."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from deploy import topics
from deploy.local import accounts, files, kafka_access, ports, secrets
from deploy.local.broker import Broker, Tansu
from deploy.local.caddy import Caddy
from deploy.local.home import ROOT, Home
from deploy.local.messages import StartupError, print_progress
from deploy.local.postgres import Postgres
from deploy.local.processes import Process, end_leftovers, supervise
from services.chassis import http_client
from services.chassis.kafka import KafkaConnection
from services.chassis.settings import SERVICES, KafkaSettings

DISTRICT = ROOT / "deploy" / "districts" / "lijin"
DATABASES = tuple(name for name in SERVICES if name != "console")

_READY_WITHIN = 120.0
_MAX_EARLY_EXITS = 3
"""The start of the system fails when a service has ended this many times before it was ready."""
_LAUNCHER_SETTINGS = ("GRIDLOOP_PORT", "GRIDLOOP_DEPARTMENTS", "GRIDLOOP_KAFKA")
"""Environment variables for the launcher only. Services do not get them."""


@dataclass
class Part:
    """A supervised process, the function that starts it, and whether it should run."""

    process: Process
    start: Callable[[], Awaitable[None]]
    wanted: bool = True


class Stack:
    """One running Gridloop in one data folder.

    The environment variables `GRIDLOOP_KAFKA` (a file written by `make kafka`) or `KAFKA_BOOTSTRAP_SERVERS` name an
    external broker, and `DATABASE_URL_<SERVICE>` an external database; these replace the embedded ones. `settings` are
    further environment variables for every service. `durable=False` is for tests: PostgreSQL is faster, but a power cut
    may lose its data.
    """

    def __init__(
        self,
        home: Path | str,
        port: int = 0,
        services: Sequence[str] = SERVICES,
        *,
        demo: bool = False,
        durable: bool = True,
        broker: Callable[[Home, int], Broker] = Tansu,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.home = Home(home)
        self.services = tuple(services)
        self.parts: dict[str, Part] = {}
        self.postgres: Postgres | None = None
        self.broker: Broker | None = None
        self.urls: dict[str, str] = {}
        """Internal base URL of each service."""
        self._port = port
        self._demo = demo
        self._durable = durable
        self._make_broker = broker
        self._settings = dict(settings or {})
        self._databases: dict[str, str] = {}
        self._kafka: Callable[[str], KafkaConnection] = KafkaConnection
        """Function that returns the broker connection of a service."""
        self._tasks: list[asyncio.Task[None]] = []
        self._lock = contextlib.ExitStack()

    @property
    def url(self) -> str:
        """URL for browsers and other clients."""
        return f"http://localhost:{self._port}"

    async def start(self) -> None:
        """Start everything and wait until every service is ready.

        If a part fails to start, everything is stopped again. Raises `StartupError` in this case.
        """
        self._lock.enter_context(self.home.locked())
        try:
            end_leftovers(*self.home.run.glob("*.pid"))
            self._port = self._port or ports.free_port()
            ports.require_free(self._port)
            known = ports.Ports(self.home)
            self.urls = {name: f"http://127.0.0.1:{known.port_of(name)}" for name in SERVICES}
            self._secrets = secrets.ensure_secrets(self.home)
            await asyncio.gather(self._start_database(known), self._start_broker(known))
            self._accounts = accounts.ensure_accounts(self.home, self._district)
            for name in self.services:
                await self._add(
                    Process(name, [sys.executable, "-m", f"services.{name}"], self.home, env=self.env(name))
                )
            caddy = Caddy(self.home, self._port, self.urls)
            await self._add(caddy.process, caddy.start)
            await self.ready()
            if self._demo:
                await self._start_departments(known)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop everything in the reverse order of the start, within about half a minute."""
        tasks, self._tasks = self._tasks, []
        await cancel_all(tasks)
        for names in (("departments",), ("caddy",), self.services):
            await asyncio.gather(*(self.parts[name].process.stop() for name in names if name in self.parts))
        for part in (self.broker, self.postgres):
            if part is not None:
                await part.stop()
        self.parts.clear()
        self._lock.close()

    def env(self, name: str) -> dict[str, str]:
        """Return the environment variables of a service.

        Later ones override earlier ones: the environment of the launcher, values computed by the launcher, `settings`.
        """
        outer = {
            key: value
            for key, value in os.environ.items()
            if key not in _LAUNCHER_SETTINGS and not key.startswith("DATABASE_URL_")
        }
        ours = {
            "GRIDLOOP_HOST": "127.0.0.1",
            "GRIDLOOP_SERVICE_PORT": self.urls[name].rpartition(":")[2],
            "GRIDLOOP_HOME": str(self.home.path),
            "GRIDLOOP_CLOCK_FILE": str(self.home.path / "clock"),  # `make demo` plays a day in minutes
            "GRIDLOOP_PUBLIC_URL": self.url,
            "GRIDLOOP_SECRET_KEY": self._secrets.secret_key,
            "GRIDLOOP_SERVICE_KEY": self._secrets.service_key,
        }
        if name in DATABASES:
            ours |= self._kafka(name).environment()
        ours |= {f"GRIDLOOP_URL_{other.upper()}": url for other, url in self.urls.items()}
        if name in self._databases:
            ours[f"DATABASE_URL_{name.upper()}"] = self._databases[name]
        if name == "registry":
            ours |= {"GRIDLOOP_DISTRICT": str(self._district), "GRIDLOOP_DEMO_ACCOUNTS": str(self._accounts)}
        if name == "dispatch":
            ours["GRIDLOOP_WEBHOOK_ALLOW"] = outer.get("GRIDLOOP_WEBHOOK_ALLOW", "127.0.0.0/8,::1/128")
        return outer | ours | self._settings

    async def ready(self, within: float = _READY_WITHIN) -> None:
        """Wait until every service is ready. Raises `StartupError` if one is not ready in time or ends repeatedly."""
        deadline = time.monotonic() + within
        async with http_client.create_client(timeout=5) as client:
            await asyncio.gather(*(self._service_ready(client, name, deadline) for name in self.services))

    def kill(self, name: str) -> None:
        """Kill a part of the system. `supervise` starts it again."""
        self.parts[name].process.kill()

    def signal(self, name: str, which: signal.Signals) -> None:
        """Send a signal to a part of the system, for example SIGSTOP or SIGCONT."""
        self.parts[name].process.signal(which)

    async def down(self, name: str) -> None:
        """Stop a part of the system until `up` is called."""
        self.parts[name].wanted = False
        await self.parts[name].process.stop()

    async def up(self, name: str) -> None:
        """Start a part of the system that `down` has stopped."""
        await self.parts[name].start()
        self.parts[name].wanted = True

    async def restart(self, name: str) -> None:
        """Stop a part of the system in an orderly way and start it again."""
        await self.down(name)
        await self.up(name)

    async def wipe_broker(self) -> None:
        """Delete all data of the broker. Raises `StartupError` for an external broker."""
        if self.broker is None:
            raise StartupError(
                "消息代理不是本程序启动的，不能清空。",
                "The broker was not started by this program and cannot be emptied.",
            )
        part = self.parts["broker"]
        part.wanted = False
        try:
            await self.broker.wipe()
        finally:
            part.wanted = True

    async def stop_postgres_immediate(self) -> None:
        """Stop PostgreSQL as in a crash. `supervise` starts it again, and it recovers its data."""
        if self.postgres is not None:
            await self.postgres.stop_immediate()

    async def _start_database(self, known: ports.Ports) -> None:
        outside = {name: os.environ.get(f"DATABASE_URL_{name.upper()}", "") for name in DATABASES}
        self._databases = {name: url for name, url in outside.items() if url}
        missing = [name for name in DATABASES if name not in self._databases]
        if not missing:
            return
        began = time.monotonic()
        self.postgres = Postgres(self.home, known.port_of("postgres"), self._secrets.postgres, durable=self._durable)
        await self._add(self.postgres.process, self.postgres.start)
        for name in missing:
            self._databases[name] = await self.postgres.create_database(
                f"gridloop_{name}", self._secrets.databases[name]
            )
        _ready("数据库", "database", began)

    async def _start_broker(self, known: ports.Ports) -> None:
        began = time.monotonic()
        if outside := _external_kafka():
            self._kafka = outside
            await topics.create(outside(topics.ADMIN))
        else:
            self.broker = self._make_broker(self.home, known.port_of("broker"))
            await self._add(self.broker.process, self.broker.start)
            self._kafka = self.broker.connection
            self._tasks.append(asyncio.create_task(self.broker.watch()))
        _ready("消息代理", "broker", began)

    async def _start_departments(self, known: ports.Ports) -> None:
        units = os.environ.get("GRIDLOOP_DEPARTMENTS", accounts.DEPARTMENTS)
        known_units = files.read(self.home.path / "demo.json")["units"].keys()
        wanted = sorted(filter(None, units.split(",")))
        if unknown := [each for each in wanted if each not in known_units]:
            raise StartupError(
                f"GRIDLOOP_DEPARTMENTS 中没有这样的单位：{', '.join(unknown)}。可用：{', '.join(sorted(known_units))}",
                f"GRIDLOOP_DEPARTMENTS names unknown units: {', '.join(unknown)}. Available: {', '.join(sorted(known_units))}",
            )
        files.write_private(self.home.path / "answering.json", {"units": wanted})
        port = str(known.port_of("departments"))
        argv = [sys.executable, "-m", "deploy.local.departments", self.url, str(self.home.path), port, units]
        await self._add(Process("departments", argv, self.home))

    async def _add(self, process: Process, start: Callable[[], Awaitable[None]] | None = None) -> None:
        async def start_process() -> None:
            process.start()

        part = self.parts[process.name] = Part(process, start or start_process)
        await part.start()
        self._tasks.append(asyncio.create_task(supervise(process, part.start, lambda: part.wanted)))

    async def _service_ready(self, client: httpx.AsyncClient, name: str, deadline: float) -> None:
        began, ends, process, seen = time.monotonic(), 0, self.parts[name].process, 0
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"{self.urls[name]}/readyz")).status_code == 200:
                    return _ready(name, name, began)
            if not process.alive and process.code is not None and seen != process.starts:
                seen, ends = process.starts, ends + 1
                if ends == _MAX_EARLY_EXITS or process.code == 2:
                    break
            await asyncio.sleep(0.1)
        raise process.startup_error()

    @property
    def _district(self) -> Path:
        return Path(os.environ.get("GRIDLOOP_DISTRICT", DISTRICT))


def _external_kafka() -> Callable[[str], KafkaConnection] | None:
    """Return a function from a principal to its connection settings for the external broker.

    Return `None` if the environment names no external broker. Raises `StartupError` if the named file is missing.
    """
    if file := os.environ.get("GRIDLOOP_KAFKA", ""):
        if not Path(file).is_file():
            raise StartupError(f"GRIDLOOP_KAFKA：没有文件 {file}。", f"GRIDLOOP_KAFKA: there is no file {file}.")
        return partial(kafka_access.read, Path(file))
    if os.environ.get("KAFKA_BOOTSTRAP_SERVERS", ""):
        one = KafkaSettings().kafka
        return lambda _: one
    return None


async def cancel_all(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks every second until all have ended, because a client library may ignore one cancellation."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=1)


def _ready(zh: str, en: str, began: float) -> None:
    print_progress(f"{zh}就绪", f"{en} ready ({time.monotonic() - began:.1f} s)")
