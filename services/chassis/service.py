"""A service: its composition, and how it starts, runs and stops."""

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

from contracts.base import CASE_SOURCES, Event, StoredDocument
from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC
from contracts.envelope import Envelope
from services.chassis import application, database, housekeeping, loops, release_store, telemetry
from services.chassis.auth import Authenticator
from services.chassis.cases import Case, Handler, TimerHandler
from services.chassis.category_pseudonyms import CategoryPseudonyms
from services.chassis.clock import Clock
from services.chassis.context import Context
from services.chassis.event_consumer import EventConsumer
from services.chassis.event_processor import EventProcessor
from services.chassis.heartbeat import Heartbeat
from services.chassis.loops import DedicatedProcess, Loops
from services.chassis.outbox_relay import OutboxRelay
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.repair import Repair
from services.chassis.settings import Settings, SettingsError, exit_with_error, load_or_exit
from services.chassis.timers import Timers
from services.chassis.unit_of_work import NoStore, Store, UnitOfWork

log = logging.getLogger(__name__)

_CONNECTIONS = 2000
"""Maximum number of HTTP connections of a process, including event streams. Further connections get 503."""

Worker = Callable[[Context], Coroutine[Any, Any, None]]

__all__ = ["Context", "Service", "Worker", "serve"]


class NoState(StoredDocument):
    """The state of a service that stores nothing of its own about a case."""


@dataclass(frozen=True)
class Service:
    """The composition of one service. Every field has a default."""

    name: str
    state: type[StoredDocument] = NoState
    events: Mapping[type[Event], Handler[Any]] = field(default_factory=dict[type[Event], "Handler[Any]"])
    any_event: Callable[[Case[Any], Any, Envelope], None] | None = None
    """Handler of every event about a case, instead of `events`; `None` if `events` is used. Tracking uses it."""
    timers: Mapping[str, TimerHandler[Any]] = field(default_factory=dict[str, "TimerHandler[Any]"])
    create_store: Callable[[Settings], Store[Any]] = lambda _: NoStore[Any]()
    """Creates the store of one process."""
    routers: Sequence[APIRouter] = ()
    workers: Mapping[str, Worker] = field(default_factory=dict[str, Worker])
    """Background loops by name. Each runs supervised (`services.chassis.loops`) and calls `progress` in every round."""
    migrations: Path | None = None
    has_database: bool = True
    wait_ms: int = 100
    """Milliseconds that a fetch waits at the broker for records.

    Use a short time if callers wait for effects of events.
    """
    batch_pause: float = 0.02
    """Seconds between two batches of events. Use a longer time if no caller waits, because every fetch costs CPU."""
    title: str = ""
    prepare: Callable[[RegistrySnapshot], object] | None = None
    """Prepares the caches of a registry release in a thread, before the release comes into force."""
    create_process_state: Callable[[Context], object] = lambda _: None
    """Creates `Context.process_state`: the objects that all requests and loops of one process share."""
    on_start: Callable[[Context], Awaitable[None]] | None = None
    """Called once, after the migrations and before the first request and the service's own loops."""
    on_stop: Callable[[Context], Awaitable[None]] | None = None
    """Called once, after the last request and after all loops have ended."""

    @property
    def consumes_cases(self) -> bool:
        return bool(self.events) or self.any_event is not None

    @property
    def sources(self) -> list[str]:
        """The services whose events this service consumes, and which repair asks for missing events."""
        if not self.has_database or self.name == "registry":
            return []
        sources = [source for source in CASE_SOURCES if source != self.name] if self.consumes_cases else []
        return [*sources, "registry"]

    @property
    def emits(self) -> bool:
        return self.name in (*CASE_SOURCES, "registry")

    def create_app(self, settings: Settings) -> FastAPI:
        """Return the ASGI application.

        Its lifespan starts and stops database, loops and all other parts of the service.
        """

        @contextlib.asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
            async with running(self, settings, app):
                yield

        return application.create_app(self.name, self.title or self.name, self.routers, lifespan)


@contextlib.asynccontextmanager
async def running(service: Service, settings: Settings, app: FastAPI) -> AsyncGenerator[Context]:
    """Start the parts of a service in order; when the context ends, stop the parts in reverse order."""
    context = Context(
        service.name,
        settings,
        Clock(settings.gridloop_clock_file),
        Authenticator(settings.gridloop_secret_key, settings.gridloop_service_key),
    )
    app.state.context = context
    async with contextlib.AsyncExitStack() as stack:
        if service.has_database:
            context.pool = await database.connect(settings.database_url, size=settings.gridloop_database_connections)
            stack.push_async_callback(_close, context.pool)
            folders = [database.CHASSIS_MIGRATIONS, *([service.migrations] if service.migrations else [])]
            for name in await database.migrate(context.pool, folders):
                log.info("migrated: %s", name)
            await housekeeping.make_partitions(context.pool)
            await _refresh_snapshot(context, service)
            context.unit = UnitOfWork[Any](
                context.pool,
                service.name,
                service.state,
                service.create_store(settings),
                context.clock,
                lambda: context.district_or_none,
                CategoryPseudonyms.of(settings.gridloop_secret_key),
            )
        context.process_state = service.create_process_state(context)
        if service.on_stop is not None:
            stack.push_async_callback(service.on_stop, context)
        supervisor = Loops(app.state.process)
        stack.push_async_callback(supervisor.stop)
        app.state.loops = supervisor
        app.state.checks["loops"] = lambda: not supervisor.failing
        app.state.status_fields["failing_loops"] = lambda: supervisor.failing
        if context.unit is not None:
            _start_chassis(service, context, app, context.unit, supervisor)
        if service.on_start is not None:
            await service.on_start(context)
        for name, worker in service.workers.items():
            supervisor.start(name, partial(worker, context))
        yield context


def _start_chassis(service: Service, context: Context, app: FastAPI, unit: UnitOfWork[Any], supervisor: Loops) -> None:
    """Start the loops of the chassis. All runs share the heartbeat and the event processor; other objects are new."""
    pool, settings = context.database, context.settings
    replica = f"{os.uname().nodename}:{settings.gridloop_service_port}"
    event_processor = EventProcessor(unit, service.events, service.any_event)
    app.state.event_processor = event_processor
    heartbeat = Heartbeat(pool, replica)
    supervisor.start("heartbeat", heartbeat.run)
    if service.emits:
        app.state.checks["writes"] = lambda: heartbeat.fresh
        app.state.status_fields["relay"] = lambda: app.state.relay.role

        async def relay() -> None:
            app.state.relay = OutboxRelay(pool, service.name, settings.kafka, settings.database_url)
            unit.on_commit(app.state.relay.wake)
            await app.state.relay.run()

        supervisor.start("relay", relay)
    if service.sources:
        _start_consuming(service, context, app, event_processor, replica, supervisor)
    if service.timers:
        supervisor.start("timers", lambda: Timers(unit, service.timers, context.clock, context.up_to_date).run())
    unit.on_release(context.release_may_have_changed.set)
    supervisor.start("retries", event_processor.run)
    supervisor.start("district", lambda: _follow_releases(context, service, event_processor))
    supervisor.start("housekeeping", lambda: housekeeping.run(pool))


def _start_consuming(
    service: Service,
    context: Context,
    app: FastAPI,
    event_processor: EventProcessor[Any],
    replica: str,
    supervisor: Loops,
) -> None:
    """Start the event consumer and repair."""
    pool, settings = context.database, context.settings
    urls = {source: settings.gridloop_urls[source] for source in service.sources}
    topics = [REGISTRY_TOPIC, *([CASES_TOPIC] if service.consumes_cases else [])]
    repaired_once: set[str] = set()

    def make_repair() -> Repair:
        return Repair(pool, event_processor, urls, settings.gridloop_service_key, repaired_once)

    def make_consumer() -> EventConsumer:
        return EventConsumer(
            pool,
            event_processor,
            settings.kafka,
            topics,
            replica,
            service.name,
            wait_ms=service.wait_ms,
            batch_pause=service.batch_pause,
            new_log=lambda: app.state.repair.request(*service.sources),
        )

    async def repair() -> None:
        app.state.repair = make_repair()
        await app.state.repair.run()

    async def consumer() -> None:
        app.state.event_consumer = make_consumer()
        await app.state.event_consumer.run()

    app.state.repair, app.state.event_consumer = make_repair(), make_consumer()  # read before the loops start
    context.up_to_date = lambda: app.state.repair.up_to_date and app.state.event_consumer.at_end(2.0)
    app.state.checks["sources_checked"] = lambda: repaired_once >= urls.keys()
    app.state.checks["district"] = lambda: context.district_or_none is not None
    app.state.status_fields |= {
        "broker": lambda: app.state.event_consumer.broker,
        "lag": lambda: app.state.event_consumer.lag,
        "sources": lambda: app.state.repair.sources,
    }
    supervisor.start("consumer", consumer)
    supervisor.start("repair", repair)


async def _refresh_snapshot(context: Context, service: Service) -> bool:
    """Load the ended sessions and accounts, and the release in force.

    Return true if the release is new to this process.
    """
    context.auth.set_ended_access(await release_store.load_ended_access(context.database))
    release = await release_store.current_release(context.database)
    known = context.district_or_none.release if context.district_or_none else 0
    if release <= known:
        return False
    district = await release_store.load_snapshot(context.database, release)
    if service.prepare is not None:
        await asyncio.to_thread(service.prepare, district)
    context.district_or_none = district
    log.info("registry release %d in force", release)
    return True


async def _follow_releases(context: Context, service: Service, event_processor: EventProcessor[Any]) -> None:
    """Switch to each new release within a second, and apply the events that waited for it.

    Deferred events are also tried once at start: this version may handle events that the previous version deferred, and
    a killed process may have left events untried.
    """
    retried = False
    while True:
        if await _refresh_snapshot(context, service) or not retried:
            await event_processor.retry_deferred()
            retried = True
        loops.progress()
        await loops.wait_for_event(context.release_may_have_changed, 1.0)
        context.release_may_have_changed.clear()


async def _close(pool: database.Pool) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5):
            await pool.close()
            return
    pool.terminate()


def _tune_garbage_collection() -> None:
    """Run the garbage collector after every 10,000 objects instead of 700, and exempt everything imported.

    Objects of a case hardly ever form cycles. A collection that walks through a registry snapshot would stop the
    service for a tenth of a second.
    """
    gc.freeze()
    gc.set_threshold(10_000)


def serve(service: Service) -> None:
    """Run a service until the process receives a signal to stop. Every `python -m services.<name>` calls this."""
    settings = load_or_exit(service.name, service.sources)
    if service.has_database:
        try:
            asyncio.run(database.check_access(settings.database_url))
        except SettingsError as error:
            exit_with_error(service.name, error)
    telemetry.configure_logs(service.name, settings.gridloop_log)
    _tune_garbage_collection()
    app = service.create_app(settings)
    app.state.process = DedicatedProcess()
    uvicorn.run(
        app,
        host=settings.gridloop_host,
        port=settings.gridloop_service_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        loop="uvloop",
        http="httptools",
        proxy_headers=True,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
    )
