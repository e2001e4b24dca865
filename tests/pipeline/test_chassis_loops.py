"""What readiness says of a service's own ability: its loops, its writes, and nothing of its peers."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from prometheus_client import REGISTRY

from contracts.catalogue import CASES_TOPIC
from contracts.envelope import Envelope
from services.chassis import database, event_consumer, event_processor, heartbeat, housekeeping, leases, loops
from services.chassis.cases import Case
from services.chassis.loops import Loop, Loops
from services.chassis.service import Service
from services.console.app import SERVICE as CONSOLE
from services.intake.app import SERVICE as INTAKE
from services.registry.workers import tidy as registry_tidy
from services.tracking.app import SERVICE as TRACKING
from tests.support.infrastructure import database_of
from tests.support.installation import Installation, RunningService, service_client, wait_until
from tests.support.sample_district import DISPATCH, ROUTING, SUPERVISION, start_with_sample_district
from tests.support.sample_events import publish, sample_state, wait_until_applied
from tests.support.sample_services import SampleState, subscriber

Readiness = tuple[int, dict[str, Any]]


async def readiness(running: RunningService) -> Readiness:
    async with service_client(running) as web:
        answer = await web.get("/readyz")
    return answer.status_code, answer.json()


def without_a_district(*services: RunningService) -> None:
    """No release is published in these tests: readiness is not to wait for one."""
    for running in services:
        running.app.state.checks.pop("district", None)


def restarts(name: str, reason: str) -> float:
    return REGISTRY.get_sample_value("gridloop_loop_restarts_total", {"loop": name, "reason": reason}) or 0.0


def replica_of(running: RunningService) -> str:
    return f"{os.uname().nodename}:{running.settings.gridloop_service_port}"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is looked at in seconds is looked at ten times as often."""
    monkeypatch.setattr(event_consumer, "_CHECK_SECONDS", 0.2)
    monkeypatch.setattr(heartbeat, "EVERY", 0.5)
    monkeypatch.setattr(heartbeat, "FRESH", 4.0)
    monkeypatch.setattr(housekeeping, "_EVERY", 0.5)
    monkeypatch.setattr(event_processor, "_RETRY_SECONDS", 0.5)
    monkeypatch.setattr(loops, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(loops, "ERROR_PAUSE", (0.1, 0.5))


@pytest.mark.usefixtures("quick")
async def test_a_healthy_replica_takes_over_from_a_broken_consumer(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, intake, first = both
    installation.discard_after_use()
    pool, case_id = first.context.database, uuid4()
    second = await installation.start(subscriber(), key="routing-2", port=installation.ports["console"])
    without_a_district(first, second)

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
            IF NEW.holder = '{replica_of(first)}' THEN RAISE EXCEPTION 'a row that nobody expects'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER break_consumer BEFORE INSERT OR UPDATE ON replica FOR EACH ROW EXECUTE FUNCTION break_consumer()
        """
    )
    await wait_until(taken_over)
    await publish(intake, case_id, "a", "timer")
    await wait_until_applied(second, case_id, "1:a", "2:timer")

    async def fired() -> bool:
        return bool((await sample_state(second, case_id)).fired)

    await wait_until(fired, what="the timer, by the healthy replica")
    await wait_until(first_alone_is_unready)
    async with service_client(first) as web:
        assert (await web.get("/healthz")).status_code == 200, "it can be started again"
    await pool.execute("DROP TRIGGER break_consumer ON replica")
    await wait_until(shared, what="the consumer that works again")
    await wait_until(both_ready)


@pytest.mark.usefixtures("quick")
async def test_a_consumer_heals_after_one_unexpected_exception(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """It is alone: nobody takes over from it."""
    installation, intake, routing = both
    installation.discard_after_use()
    pool, case_id = routing.context.database, uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    before = routing.app.state.event_consumer
    await pool.execute("ALTER TABLE replica RENAME COLUMN seen_at TO renamed")

    async def started_again() -> bool:
        return routing.app.state.event_consumer is not before

    await wait_until(started_again)
    await pool.execute("ALTER TABLE replica RENAME COLUMN renamed TO seen_at")
    await publish(intake, case_id, "timer")
    await wait_until_applied(routing, case_id, "1:a", "2:timer")

    async def fired() -> bool:
        return bool((await sample_state(routing, case_id)).fired)

    await wait_until(fired)
    assert await pool.fetchval("SELECT bool_and(holder IS NOT NULL) FROM partition_lease"), (
        "read from the log, not by repair"
    )


@pytest.mark.usefixtures("quick")
async def test_a_partition_that_the_broker_does_not_have_stops_no_other(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """A topic that is created again may have fewer partitions than before."""
    installation, intake, routing = both
    installation.discard_after_use()
    pool, case_id = routing.context.database, uuid4()
    await pool.execute("INSERT INTO partition_lease (topic, partition) VALUES ($1, 99)", CASES_TOPIC)

    async def removed() -> bool:
        return not await pool.fetchval("SELECT EXISTS (SELECT FROM partition_lease WHERE partition = 99)")

    await wait_until(removed)
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    assert routing.app.state.event_consumer.broker


@pytest.mark.usefixtures("quick")
async def test_a_consumer_that_brings_nothing_of_what_waits_is_replaced(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the client library: it still answers, and still renews its leases."""
    installation, intake, routing = both
    installation.discard_after_use()
    monkeypatch.setattr(loops, "CHECK_SECONDS", 0.05)
    case_id, getmany, starts = uuid4(), AIOKafkaConsumer.getmany, AIOKafkaConsumer.start
    fresh, reached = set[AIOKafkaConsumer](), set[AIOKafkaConsumer]()

    async def started(consumer: AIOKafkaConsumer) -> None:
        fresh.add(consumer)
        await starts(consumer)

    async def stuck(consumer: AIOKafkaConsumer, **options: Any) -> Any:
        reached.add(consumer)
        found = await getmany(consumer, **options)
        return found if consumer in fresh else {}

    async def all_stuck() -> bool:
        return len(reached) == len([each for each in installation.running.values() if each.service.sources])

    async def replaced() -> bool:
        return routing.app.state.event_consumer is not before

    monkeypatch.setattr(AIOKafkaConsumer, "start", started)
    monkeypatch.setattr(AIOKafkaConsumer, "getmany", stuck)
    before = routing.app.state.event_consumer
    await wait_until(all_stuck)
    await publish(intake, case_id, "a")
    await wait_until(replaced)  # repair may bring the event first
    await wait_until_applied(routing, case_id, "1:a")


def noted(case: Case[SampleState], event: Any, meta: Envelope) -> None:
    case.state.heard.append(meta.type)


@pytest.mark.parametrize(
    ("setting", "away"), [("default_transaction_read_only", "on"), ("temp_file_limit", "0")], ids=["read only", "full"]
)
@pytest.mark.usefixtures("quick")
async def test_a_database_that_takes_no_writes_makes_writers_unready_and_no_readers(
    both: tuple[Installation, RunningService, RunningService], setting: str, away: str
) -> None:
    """The limit of temporary files stands for a full disk: an update in place succeeds there, and no report does."""
    installation, intake, _ = both
    installation.discard_after_use()
    tracking = await installation.start(Service(name="tracking", state=SampleState, any_event=noted))
    without_a_district(intake, tracking)
    cluster = await asyncpg.connect(installation.postgres.cluster.url())

    async def let(value: str) -> None:
        for running in (intake, tracking):
            name = database_of(running.settings.database_url)
            await cluster.execute(f'ALTER DATABASE "{name}" SET {setting} = {value}')
            await cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)

    async def both_ready() -> bool:
        return [(await readiness(each))[0] for each in (intake, tracking)] == [200, 200]

    async def the_writer_is_unready() -> bool:
        status, body = await readiness(intake)
        return status == 503 and not body["checks"]["writes"] and body["checks"]["database"]

    await wait_until(both_ready)
    await let(away)
    await wait_until(the_writer_is_unready)
    for _ in range(3):
        status, body = await readiness(tracking)
        assert (status, body["failing_loops"]) == (200, [])
    await let("DEFAULT")
    await wait_until(both_ready)
    await cluster.close()


async def test_a_stopped_peer_is_told_and_makes_nobody_unready(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, intake, routing = both
    installation.discard_after_use()
    without_a_district(intake, routing)

    async def both_ready() -> bool:
        return [(await readiness(each))[0] for each in (intake, routing)] == [200, 200]

    async def told() -> bool:
        for each in (intake, routing):
            each.app.state.repair.request()
        found = [await readiness(each) for each in (intake, routing)]
        return all(not body["sources"]["dispatch"] and body["sources"]["registry"] for _, body in found)

    console = await installation.start(CONSOLE)
    await wait_until(both_ready)
    await installation.stop("dispatch")
    await wait_until(told)
    assert await both_ready()
    status, body = await readiness(console)
    assert (status, body["services"]["dispatch"]) == (200, False)
    async with service_client(console) as web:
        assert (await web.get("/readyz/all")).status_code == 503


async def test_whoever_has_not_heard_a_source_since_the_start_is_not_ready(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, _ = both
    installation.discard_after_use()
    await installation.stop("routing")
    await installation.stop("dispatch")
    again = await installation.start(subscriber())
    without_a_district(again)

    async def all_but_one_heard() -> bool:
        _, body = await readiness(again)
        return body["sources"] == {"intake": True, "dispatch": False, "supervision": True, "registry": True}

    await wait_until(all_but_one_heard)
    status, body = await readiness(again)
    assert (status, body["checks"]["sources_checked"]) == (503, False)


async def test_a_dead_loop_makes_the_service_no_longer_alive(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, intake, _ = both
    async with service_client(intake) as web:
        assert (await web.get("/healthz")).status_code == 200
        monkeypatch.setattr(Loops, "dead", ["consumer"])
        answer = await web.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "dead", "loops": ["consumer"]})


async def test_what_dead_replicas_left_behind_goes(both: tuple[Installation, RunningService, RunningService]) -> None:
    _, _, routing = both
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


async def test_partitions_are_shared_topic_by_topic(installation: Installation) -> None:
    """Three replicas of four partitions hold two, one and one; nobody holds a topic alone that can be shared."""

    pool = await database.connect((await installation.settings("intake")).database_url)
    await database.migrate(pool, [database.CHASSIS_MIGRATIONS])
    topics = ["a", "b"]
    await leases.synchronise_partitions(pool, "a", {0, 1, 2, 3})
    await leases.synchronise_partitions(pool, "b", {0, 1, 2})

    async def shares(*holders: str) -> dict[str, list[int]]:
        for holder in holders:  # who has too much lets go at the first look; at the second it is taken
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
    await pool.close()


async def test_every_loop_shows_progress_and_logs_an_outage_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop that forgets to show progress would be replaced every minute, and make its service unready."""
    rounds = Counter[Loop]()
    progress = Loop.progress

    def counted(loop: Loop, part: str) -> None:
        rounds[loop] += 1
        progress(loop, part)

    monkeypatch.setattr(Loop, "progress", counted)
    monkeypatch.setattr(heartbeat, "EVERY", 0.5)
    monkeypatch.setattr(housekeeping, "_EVERY", 0.5)
    monkeypatch.setattr(event_processor, "_RETRY_SECONDS", 0.5)
    monkeypatch.setattr(registry_tidy, "_TIDY_EVERY", 0.5)
    monkeypatch.setattr(loops, "OUTAGE_PAUSE", (0.1, 0.4))
    await start_with_sample_district(installation, INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)
    found = {loop: name for name, running in installation.running.items() for loop in running.app.state.loops.loops}

    async def nobody_is_silent() -> bool:
        return all(rounds[loop] >= 3 for loop in found)

    async def all_show_progress() -> None:
        rounds.clear()
        try:
            await wait_until(nobody_is_silent)
        except AssertionError:
            pytest.fail(f"no progress: {sorted(f'{found[loop]} {loop.name}' for loop in found if rounds[loop] < 3)}")

    async def several_tries() -> bool:
        return restarts("heartbeat", "outage") >= before + 4 * len(installation.databases)

    await all_show_progress()
    before, names = restarts("heartbeat", "outage"), [database_of(url) for url in installation.databases.values()]
    cluster = await asyncpg.connect(installation.postgres.cluster.url())
    with caplog.at_level(logging.INFO, logger=loops.__name__):
        for name in names:
            await cluster.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await cluster.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY($1::text[])", names
        )
        await wait_until(several_tries)
        for name in names:
            await cluster.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await all_show_progress()
    await cluster.close()
    lines = Counter(record.getMessage().partition(":")[0] for record in caplog.records if record.name == loops.__name__)
    loops_of = Counter(loop.name for loop in found)
    assert lines["heartbeat waits for the end of an outage"] == loops_of["heartbeat"]
    assert {
        line: n for line, n in lines.items() if n > loops_of[re.sub(" (waits for|continues after) .*", "", line)]
    } == {}
