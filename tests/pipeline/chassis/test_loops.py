"""Background loops: readiness shows failing loops, a loop that fails or stalls is replaced, leases are shared."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer

from contracts.catalogue import CASES_TOPIC
from contracts.envelope import Envelope
from services.chassis import event_consumer, event_processor, heartbeat, housekeeping, leases, loops
from services.chassis.cases import Case
from services.chassis.database import Pool
from services.chassis.loops import Loop, Loops
from services.chassis.service import Service
from services.console.app import SERVICE as CONSOLE
from services.intake.app import SERVICE as INTAKE
from services.registry.workers import tidy as registry_tidy
from services.tracking.app import SERVICE as TRACKING
from tests.support.infrastructure import database_of
from tests.support.installation import Installation, RunningService, service_client
from tests.support.metrics import metric
from tests.support.sample_district import DISPATCH, ROUTING, SUPERVISION, start_with_sample_district
from tests.support.sample_events import publish_notes, wait_until_applied, wait_until_fired
from tests.support.sample_services import SamplePair, SampleState, subscriber
from tests.support.waiting import wait_until

Readiness = tuple[int, dict[str, Any]]


async def readiness(running: RunningService) -> Readiness:
    """Return status and body of `/readyz`."""
    async with service_client(running) as web:
        answer = await web.get("/readyz")
    return answer.status_code, answer.json()


def ignore_missing_district(*services: RunningService) -> None:
    """Let readiness not wait for a release, because these tests publish none."""
    for running in services:
        running.app.state.checks.pop("district", None)


def replica_of(running: RunningService) -> str:
    """Return the name of the replica in the tables of the database."""
    return f"{os.uname().nodename}:{running.settings.gridloop_service_port}"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the intervals of all loops."""
    monkeypatch.setattr(event_consumer, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(heartbeat, "EVERY", 0.25)
    monkeypatch.setattr(heartbeat, "FRESH", 2.0)
    monkeypatch.setattr(housekeeping, "INTERVAL_SECONDS", 0.5)
    monkeypatch.setattr(event_processor, "RETRY_SECONDS", 0.5)
    monkeypatch.setattr(loops, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(loops, "ERROR_PAUSE", (0.1, 0.5))


@pytest.mark.usefixtures("quick")
async def test_a_healthy_replica_takes_over_from_a_broken_consumer(pair: SamplePair) -> None:
    installation, intake, first = pair
    installation.discard_after_use()
    pool, case_id = first.context.database, uuid4()
    second = await installation.start(subscriber(), key="routing-2", port=installation.ports["console"])
    ignore_missing_district(first, second)

    async def held_by(running: RunningService) -> int:
        return await pool.fetchval("SELECT count(*) FROM partition_lease WHERE holder = $1", replica_of(running))

    async def shared() -> bool:
        return await held_by(first) > 0 and await held_by(second) > 0

    async def taken_over() -> bool:
        return await held_by(second) == await pool.fetchval("SELECT count(*) FROM partition_lease")

    async def first_alone_is_unready() -> bool:
        (first_status, body), (second_status, _) = await readiness(first), await readiness(second)
        return (first_status, second_status, body["failing_loops"]) == (503, 200, ["consumer"])

    async def both_ready() -> bool:
        return [(await readiness(each))[0] for each in (first, second)] == [200, 200]

    await wait_until(shared)
    await pool.execute(
        f"""
        CREATE FUNCTION break_consumer() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.holder = '{replica_of(first)}' THEN RAISE EXCEPTION 'broken on purpose'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER break_consumer BEFORE INSERT OR UPDATE ON replica FOR EACH ROW EXECUTE FUNCTION break_consumer()
        """
    )
    await wait_until(taken_over)
    await publish_notes(intake, case_id, "a", "timer")
    await wait_until_applied(second, case_id, "1:a", "2:timer")
    await wait_until_fired(second, case_id)
    await wait_until(first_alone_is_unready)
    async with service_client(first) as web:
        assert (await web.get("/healthz")).status_code == 200, "the loop is restarted, not the process"
    await pool.execute("DROP TRIGGER break_consumer ON replica")
    await wait_until(shared, what="the consumer that works again")
    await wait_until(both_ready)


@pytest.mark.usefixtures("quick")
async def test_a_consumer_is_restarted_after_an_unexpected_exception(pair: SamplePair) -> None:
    """There is no other replica that could take over."""
    installation, intake, routing = pair
    installation.discard_after_use()
    pool, case_id = routing.context.database, uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    before = routing.app.state.event_consumer
    await pool.execute("ALTER TABLE replica RENAME COLUMN seen_at TO renamed")
    await wait_until(lambda: routing.app.state.event_consumer is not before)
    await pool.execute("ALTER TABLE replica RENAME COLUMN renamed TO seen_at")
    await publish_notes(intake, case_id, "timer")
    await wait_until_applied(routing, case_id, "1:a", "2:timer")
    await wait_until_fired(routing, case_id)
    assert await pool.fetchval("SELECT bool_and(holder IS NOT NULL) FROM partition_lease"), (
        "the events came from the broker, not from repair"
    )


@pytest.mark.usefixtures("quick")
async def test_a_partition_that_the_broker_does_not_have_stops_no_other(pair: SamplePair) -> None:
    """A topic that is created again may have fewer partitions than before."""
    installation, intake, routing = pair
    installation.discard_after_use()
    pool, case_id = routing.context.database, uuid4()
    await pool.execute("INSERT INTO partition_lease (topic, partition) VALUES ($1, 99)", CASES_TOPIC)

    async def removed() -> bool:
        return not await pool.fetchval("SELECT EXISTS (SELECT FROM partition_lease WHERE partition = 99)")

    await wait_until(removed)
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await wait_until(lambda: routing.app.state.event_consumer.broker)


@pytest.mark.usefixtures("quick")
async def test_a_consumer_that_receives_no_waiting_records_is_replaced(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the client library: the consumer still polls and renews its leases."""
    installation, intake, routing = pair
    installation.discard_after_use()
    case_id, getmany, starts = uuid4(), AIOKafkaConsumer.getmany, AIOKafkaConsumer.start
    fresh, reached = set[AIOKafkaConsumer](), set[AIOKafkaConsumer]()

    async def started(consumer: AIOKafkaConsumer) -> None:
        fresh.add(consumer)
        await starts(consumer)

    async def stuck(consumer: AIOKafkaConsumer, **options: Any) -> Any:
        reached.add(consumer)
        found = await getmany(consumer, **options)
        return found if consumer in fresh else {}

    monkeypatch.setattr(AIOKafkaConsumer, "start", started)
    monkeypatch.setattr(AIOKafkaConsumer, "getmany", stuck)
    before = routing.app.state.event_consumer
    consuming = [each for each in installation.running.values() if each.service.sources]
    await wait_until(lambda: len(reached) == len(consuming))
    await publish_notes(intake, case_id, "a")
    await wait_until(lambda: routing.app.state.event_consumer is not before)  # repair may fetch the event first
    await wait_until_applied(routing, case_id, "1:a")


def record_type(case: Case[SampleState], event: Any, meta: Envelope) -> None:
    """Handle an event of any type."""
    case.state.applied.append(meta.type)


@pytest.mark.parametrize(
    ("setting", "value"), [("default_transaction_read_only", "on"), ("temp_file_limit", "0")], ids=["read only", "full"]
)
@pytest.mark.usefixtures("quick")
async def test_a_database_that_refuses_writes_makes_only_writing_services_unready(
    pair: SamplePair, setting: str, value: str
) -> None:
    """The limit of temporary files stands for a full disk, on which an update in place succeeds and a report fails."""
    installation, intake, _ = pair
    installation.discard_after_use()
    tracking = await installation.start(Service(name="tracking", state=SampleState, any_event=record_type))
    ignore_missing_district(intake, tracking)
    cluster = await asyncpg.connect(installation.postgres.cluster.url())

    async def configure(value: str) -> None:
        for running in (intake, tracking):
            name = database_of(running.settings.database_url)
            await cluster.execute(f'ALTER DATABASE "{name}" SET {setting} = {value}')
            await cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)

    async def both_ready() -> bool:
        return [(await readiness(each))[0] for each in (intake, tracking)] == [200, 200]

    async def writer_is_unready() -> bool:
        status, body = await readiness(intake)
        return status == 503 and not body["checks"]["writes"] and body["checks"]["database"]

    await wait_until(both_ready)
    await configure(value)
    await wait_until(writer_is_unready)
    for _ in range(3):
        status, body = await readiness(tracking)
        assert (status, body["failing_loops"]) == (200, [])
    await configure("DEFAULT")
    await wait_until(both_ready)
    await cluster.close()


async def test_a_stopped_service_is_reported_and_makes_no_other_unready(pair: SamplePair) -> None:
    installation, intake, routing = pair
    installation.discard_after_use()
    ignore_missing_district(intake, routing)

    async def both_ready() -> bool:
        return [(await readiness(each))[0] for each in (intake, routing)] == [200, 200]

    async def reported() -> bool:
        for each in (intake, routing):
            each.app.state.repair.request()
        found = [await readiness(each) for each in (intake, routing)]
        return all(not body["sources"]["dispatch"] and body["sources"]["registry"] for _, body in found)

    console = await installation.start(CONSOLE)
    await wait_until(both_ready)
    await installation.stop("dispatch")
    await wait_until(reported)
    assert await both_ready()
    status, body = await readiness(console)
    assert (status, body["services"]["dispatch"]) == (200, False)
    async with service_client(console) as web:
        assert (await web.get("/readyz/all")).status_code == 503


async def test_a_service_that_has_not_reached_a_source_since_its_start_is_not_ready(pair: SamplePair) -> None:
    installation, _, _ = pair
    installation.discard_after_use()
    await installation.stop("routing")
    await installation.stop("dispatch")
    again = await installation.start(subscriber())
    ignore_missing_district(again)

    async def all_but_one_reached() -> bool:
        _, body = await readiness(again)
        return body["sources"] == {"intake": True, "dispatch": False, "supervision": True, "registry": True}

    await wait_until(all_but_one_reached)
    status, body = await readiness(again)
    assert (status, body["checks"]["sources_checked"]) == (503, False)


async def test_a_dead_loop_makes_the_service_no_longer_alive(pair: SamplePair, monkeypatch: pytest.MonkeyPatch) -> None:
    _, intake, _ = pair
    async with service_client(intake) as web:
        assert (await web.get("/healthz")).status_code == 200
        monkeypatch.setattr(Loops, "dead", ["consumer"])
        answer = await web.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "dead", "loops": ["consumer"]})


async def test_rows_of_dead_replicas_are_deleted(pair: SamplePair) -> None:
    _, _, routing = pair
    pool = routing.context.database
    for table in ("replica", "heartbeat"):
        await pool.execute(
            f"INSERT INTO {table} SELECT $1, now() - $2::interval",
            "long ago",
            timedelta(hours=2),
        )
    await leases.delete_stale_replicas(pool)
    left = await pool.fetch("SELECT holder FROM replica UNION SELECT replica FROM heartbeat")
    assert {row["holder"] for row in left} == {replica_of(routing)}


async def test_partitions_are_shared_topic_by_topic(chassis_pool: Pool) -> None:
    """Three replicas hold two, one and one of four partitions."""
    pool = chassis_pool
    topics = ["a", "b"]
    await leases.synchronise_partitions(pool, "a", {0, 1, 2, 3})
    await leases.synchronise_partitions(pool, "b", {0, 1, 2})

    async def shares(*holders: str) -> dict[str, list[int]]:
        for holder in holders:  # the first renewal releases surplus partitions, the second takes them
            await leases.renew(pool, holder, topics)
        found = {holder: (await leases.renew(pool, holder, topics)).offsets for holder in holders}
        return {
            holder: [sum(mark.topic == topic for mark in marks) for topic in topics] for holder, marks in found.items()
        }

    assert await shares("one") == {"one": [4, 3]}
    assert await shares("one", "two") == {"one": [2, 2], "two": [2, 1]}
    assert await shares("one", "two", "three") == {"one": [2, 1], "three": [1, 1], "two": [1, 1]}
    await leases.release(pool, "two")
    assert await shares("one", "three") == {"one": [2, 2], "three": [2, 1]}


async def test_every_loop_shows_progress_and_logs_an_outage_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop without a call of `progress` would be replaced every minute and make its service unready."""
    rounds = Counter[Loop]()
    progress = Loop.progress

    def counted(loop: Loop, part: str) -> None:
        rounds[loop] += 1
        progress(loop, part)

    monkeypatch.setattr(Loop, "progress", counted)
    monkeypatch.setattr(heartbeat, "EVERY", 0.5)
    monkeypatch.setattr(housekeeping, "INTERVAL_SECONDS", 0.5)
    monkeypatch.setattr(event_processor, "RETRY_SECONDS", 0.5)
    monkeypatch.setattr(registry_tidy, "TIDY_SECONDS", 0.5)
    monkeypatch.setattr(loops, "OUTAGE_PAUSE", (0.1, 0.4))
    await start_with_sample_district(installation, INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)
    found = {loop: name for name, running in installation.running.items() for loop in running.app.state.loops.loops}

    async def wait_for_progress() -> None:
        rounds.clear()
        try:
            await wait_until(lambda: all(rounds[loop] >= 3 for loop in found))
        except AssertionError:
            pytest.fail(f"no progress: {sorted(f'{found[loop]} {loop.name}' for loop in found if rounds[loop] < 3)}")

    await wait_for_progress()
    restarts = partial(metric, "gridloop_loop_restarts_total", loop="heartbeat", reason="outage")
    before, names = restarts(), [database_of(url) for url in installation.databases.values()]
    cluster = await asyncpg.connect(installation.postgres.cluster.url())
    with caplog.at_level(logging.INFO, logger=loops.__name__):
        for name in names:
            await cluster.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await cluster.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY($1::text[])", names
        )
        await wait_until(lambda: restarts() >= before + 4 * len(names))
        for name in names:
            await cluster.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await wait_for_progress()
    await cluster.close()
    lines = Counter(record.getMessage().partition(":")[0] for record in caplog.records if record.name == loops.__name__)
    loops_of = Counter(loop.name for loop in found)
    assert lines["heartbeat waits for the end of an outage"] == loops_of["heartbeat"]
    assert {
        line: n for line, n in lines.items() if n > loops_of[re.sub(" (waits for|continues after) .*", "", line)]
    } == {}
