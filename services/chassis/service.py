"""A service: what it is made of, and how it starts, runs and stops. The same for all of them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from contracts.base import CASE_SOURCES, Event
from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC
from contracts.envelope import Envelope
from services.chassis import database, housekeeping, http, registry_view, telemetry
from services.chassis.auth import Authenticator
from services.chassis.cases import Case, Handler, TimerHandler
from services.chassis.clock import Clock
from services.chassis.context import Context
from services.chassis.district import District
from services.chassis.inbox import Inbox
from services.chassis.matters import MatterKeys
from services.chassis.reader import Reader
from services.chassis.relay import Relay
from services.chassis.repair import Repair
from services.chassis.settings import Settings, SettingsError, end, load_or_exit
from services.chassis.timers import Timers
from services.chassis.unit import NoStore, Store, UnitOfWork

log = logging.getLogger(__name__)

Worker = Callable[[Context], Coroutine[Any, Any, None]]
Loop = Callable[[], Coroutine[Any, Any, None]]

__all__ = ["Context", "Service", "Worker", "serve"]


class NoState(BaseModel):
    """The state of a service that keeps nothing of its own about a case."""


@dataclass(frozen=True)
class Service:
    """The composition of one service. Everything has a default, so that a service says only what it has."""

    name: str
    state: type[BaseModel] = NoState
    events: Mapping[type[Event], Handler[Any]] = field(default_factory=dict[type[Event], "Handler[Any]"])
    any_event: Callable[[Case[Any], Any, Envelope], None] | None = None
    """Instead of `events`: one handler for every event of a case (tracking)."""
    timers: Mapping[str, TimerHandler[Any]] = field(default_factory=dict[str, "TimerHandler[Any]"])
    store: Store[Any] = field(default_factory=NoStore[Any])
    routers: Sequence[APIRouter] = ()
    workers: Sequence[Worker] = ()
    migrations: Path | None = None
    has_database: bool = True
    wait_ms: int = 100
    """How long a fetch waits at the broker: short where somebody waits for the effect."""
    rest: float = 0.02
    """Pause between two batches, seconds: longer where nobody waits, since every fetch costs."""
    title: str = ""
    prepare: Callable[[District], object] | None = None
    """Made ready for a release before it comes into force, in a thread: what would hold up everybody else."""
    own: Callable[[], object] = object
    """Makes what this service alone has at hand, for `Context.own`."""
    started: Callable[[Context], Awaitable[None]] | None = None
    """Done once, after migrations and before the first request."""

    @property
    def listens(self) -> bool:
        return bool(self.events) or self.any_event is not None

    @property
    def hears(self) -> list[str]:
        """The services whose facts reach this one, and which it asks for what never came."""
        if not self.has_database or self.name == "registry":
            return []
        sources = [source for source in CASE_SOURCES if source != self.name] if self.listens else []
        return [*sources, "registry"]

    @property
    def emits(self) -> bool:
        return self.name in (*CASE_SOURCES, "registry")

    def create_app(self, settings: Settings) -> FastAPI:
        """The ASGI application with everything behind it."""

        @contextlib.asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
            async with running(self, settings, app):
                yield

        return http.create_app(self.name, self.title or self.name, self.routers, lifespan)


@contextlib.asynccontextmanager
async def running(service: Service, settings: Settings, app: FastAPI) -> AsyncGenerator[Context]:
    """Start the parts in order, stop them in reverse."""
    context = Context(
        service.name, settings, Clock(settings.gridloop_clock_file),
        Authenticator(settings.gridloop_secret_key, settings.gridloop_service_key), own=service.own(),
    )  # fmt: skip
    app.state.context = context
    app.state.checks, app.state.told = {}, {}
    tasks: list[asyncio.Task[None]] = []
    async with contextlib.AsyncExitStack() as stack:
        if service.has_database:
            context.pool = await database.connect(settings.database_url, size=settings.gridloop_database_connections)
            stack.push_async_callback(_close, context.pool)
            folders = [database.CHASSIS_MIGRATIONS, *([service.migrations] if service.migrations else [])]
            for name in await database.migrate(context.pool, folders):
                log.info("migrated: %s", name)
            await housekeeping.make_partitions(context.pool)
            await _refresh_district(context, service)
            unit = UnitOfWork[Any](
                context.pool,
                service.name,
                service.state,
                service.store,
                context.clock,
                lambda: context.district_or_none,
                MatterKeys.of(settings.gridloop_secret_key),
            )
            context.unit = unit
            runs = _background(service, context, app, unit, stack)
            stack.push_async_callback(
                _cancel, tasks
            )  # first of all: a reader that still runs would take its leases again
            tasks += [asyncio.create_task(_forever(run)) for run in runs]
        if service.started is not None:
            await service.started(context)
        tasks += [asyncio.create_task(_forever(partial(worker, context))) for worker in service.workers]
        if not service.has_database:
            stack.push_async_callback(_cancel, tasks)
        yield context


def _background(
    service: Service, context: Context, app: FastAPI, unit: UnitOfWork[Any], stack: contextlib.AsyncExitStack
) -> list[Loop]:
    """The chassis' own loops, wired to each other."""
    pool, settings, runs = context.database, context.settings, list[Loop]()
    inbox = Inbox(unit, service.events, service.any_event)
    app.state.inbox = inbox
    if service.emits:
        relay = Relay(pool, service.name, settings.kafka, settings.database_url)
        app.state.relay = relay
        app.state.told["relay"] = lambda: relay.role
        unit.on_commit(relay.wake)
        runs.append(relay.run)
    if service.hears:
        urls = {source: settings.gridloop_urls[source] for source in service.hears}
        repair = Repair(pool, inbox, urls, settings.gridloop_service_key)
        topics = [REGISTRY_TOPIC, *([CASES_TOPIC] if service.listens else [])]
        holder = f"{os.uname().nodename}:{settings.gridloop_service_port}"
        reader = Reader(
            pool, inbox, settings.kafka, topics, holder, service.name,
            wait_ms=service.wait_ms, rest=service.rest,
            new_log=lambda: repair.want(*service.hears),
        )  # fmt: skip
        app.state.reader, app.state.repair = reader, repair
        stack.push_async_callback(reader.stop)
        context.up_to_date = lambda: repair.up_to_date and reader.at_end(2.0)
        app.state.checks["caught_up"] = lambda: repair.succeeded
        app.state.told |= {"broker": lambda: reader.broker, "lag": lambda: reader.lag}
        app.state.checks["district"] = lambda: context.district_or_none is not None
        runs += [reader.run, repair.run]
    if service.timers:
        runs.append(Timers(unit, service.timers, context.clock, context.up_to_date).run)
    unit.on_release(context.release_may_have_changed.set)
    runs += [lambda: _follow_district(context, service, inbox), lambda: housekeeping.run(pool)]
    return runs


async def _refresh_district(context: Context, service: Service) -> bool:
    release = await registry_view.current_release(context.database)
    known = context.district_or_none.release if context.district_or_none else 0
    if release <= known:
        return False
    district = await registry_view.load(context.database, release)
    if service.prepare is not None:
        await asyncio.to_thread(service.prepare, district)
    context.district_or_none = district
    log.info("district release %d in force", release)
    return True


async def _follow_district(context: Context, service: Service, inbox: Inbox[Any]) -> None:
    """Switch to each new release within a second, then look at what waited for it.

    Once at start, too: an upgrade knows what its predecessor did not, and who was killed had perhaps not looked yet.
    """
    looked = False
    while True:
        if await _refresh_district(context, service) or not looked:
            await inbox.retry_parked()
            looked = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await context.release_may_have_changed.wait()
                context.release_may_have_changed.clear()


async def _forever(run: Loop) -> None:
    """A background loop that raised is started again, a little later each time; its error is logged.

    So is one that was ended by a cancellation which nobody asked of its task (a client library cancelled a future of
    its own): the service would go on without its relay or reader, and look well.
    """
    pause = 0.2
    while True:
        try:
            return await run()
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
                raise
            log.exception("background loop failed; started again in %.1f s", pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(8):
            await asyncio.gather(*tasks, return_exceptions=True)


async def _close(pool: database.Pool) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5):
            await pool.close()
            return
    pool.terminate()


def _collect_seldom() -> None:
    """Look for cycles after every 10,000 objects more, not 700, and not in what was imported: what a case is made of hardly
    ever has any, and a look through all of it, a release of the district included, stops the service for a tenth of a second.
    """
    gc.freeze()
    gc.set_threshold(10_000)


def serve(service: Service) -> None:
    """Run a service until it is told to stop: the body of every `python -m services.<name>`."""
    settings = load_or_exit(service.name, service.hears)
    if service.has_database:
        try:
            asyncio.run(database.admitted(settings.database_url))
        except SettingsError as error:
            end(service.name, error)
    telemetry.configure_logs(service.name, settings.gridloop_log)
    _collect_seldom()
    uvicorn.run(
        service.create_app(settings), host=settings.gridloop_host, port=settings.gridloop_service_port,
        log_config=None, access_log=False, timeout_graceful_shutdown=3, loop="uvloop", http="httptools",
        proxy_headers=True, server_header=False,
    )  # fmt: skip
