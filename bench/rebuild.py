"""B8: events per second while tracking rebuilds all its cases from the topic, compared with a bare program.

Run it by `python -m bench.rebuild [cases]`; the default is 2,000 cases of 42 events, some of them out of order as in
reality. The bare program only consumes records and inserts them. Tracking and the bare program read the same topic of
the embedded broker and write to the same PostgreSQL server.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
import secrets
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.base import CASE_SOURCES
from contracts.catalogue import CASES_TOPIC
from deploy.local import ports
from deploy.local.broker import Tansu
from deploy.local.home import ROOT, Home
from deploy.local.postgres import Postgres
from deploy.topics import PARTITIONS
from services.chassis.database import Pool
from services.tracking.commands.rebuild import delete_all_cases
from services.tracking.domain.recorded_event import RecordedEvent
from tests.unit.tracking.case_history import FULL_HISTORY, CaseHistory

IN_FLIGHT = 300
"""Cases that are open at the same time."""
CONCURRENT_SHARE = 0.15
"""Fraction of events that do not depend on the latest events of other sources, so their order may vary."""

_BARE = "INSERT INTO bare (key, body) SELECT * FROM unnest($1::bytea[], $2::bytea[])"


def log(cases: int, chance: random.Random) -> Iterator[RecordedEvent]:
    """Yield the events of many cases as they stand in a real topic.

    Events of different cases alternate. Two events of a case stand in random order if neither depends on the other.
    """

    def known_sources() -> tuple[str, ...]:
        return () if chance.random() < CONCURRENT_SHARE else CASE_SOURCES

    not_started = [
        CaseHistory(f"bench-{number}").emit_all(FULL_HISTORY, known_sources).recorded for number in range(cases)
    ]
    running: list[deque[RecordedEvent]] = []
    while not_started or running:
        while not_started and len(running) < IN_FLIGHT:
            running.append(deque(not_started.pop()))
        case = chance.choice(running)
        event = case.popleft()
        if case and _concurrent(event, case[0]) and chance.random() < 0.5:
            event, case[0] = case[0], event
        yield event
        if not case:
            running.remove(case)


def _concurrent(first: RecordedEvent, second: RecordedEvent) -> bool:
    """Return whether the second event comes from another source and does not depend on the first event."""
    source = first.meta.source
    return second.meta.source != source and second.meta.dependencies.get(source, 0) < first.meta.sequence


async def fill(servers: str, cases: int) -> int:
    """Write the events of `cases` cases to the topic. Return the number of events."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=20, max_batch_size=512 << 10)
    await producer.start()
    count = 0
    for event in log(cases, random.Random(8)):
        await producer.send(CASES_TOPIC, event.event.to_bytes(), event.meta.key, headers=event.meta.to_headers())
        count += 1
    await producer.stop()
    return count


async def bare(url: str, servers: str, count: int) -> float:
    """Run the bare program. Return the seconds in which it reads and inserts `count` records."""
    pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
    await pool.execute("CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key bytea, body bytea)")
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False, max_partition_fetch_bytes=4 << 20)
    await consumer.start()
    partitions = [TopicPartition(CASES_TOPIC, number) for number in range(PARTITIONS[CASES_TOPIC])]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    began, read = time.perf_counter(), 0
    while read < count:
        found = await consumer.getmany(timeout_ms=400, max_records=1000)
        records = [record for some in found.values() for record in some]
        await pool.execute(_BARE, [record.key for record in records], [record.value for record in records])
        read += len(records)
    took = time.perf_counter() - began
    await consumer.stop()
    await pool.close()
    return took


def environment(url: str, servers: str, home: Path) -> dict[str, str]:
    """Return environment variables for tracking. Other services are unreachable, so it only reads the topic."""
    nowhere = {
        f"GRIDLOOP_URL_{name}": "http://127.0.0.1:9"
        for name in ("REGISTRY", "INTAKE", "ROUTING", "DISPATCH", "SUPERVISION")
    }
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL_TRACKING": url,
        "KAFKA_BOOTSTRAP_SERVERS": servers,
        "GRIDLOOP_SERVICE_PORT": str(ports.free_port()),
        "GRIDLOOP_HOME": str(home),
        "GRIDLOOP_LOG": "text",
        "GRIDLOOP_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "GRIDLOOP_SERVICE_KEY": secrets.token_urlsafe(),
        **nowhere,
    }


async def ours(url: str, servers: str, count: int, home: Path) -> tuple[float, float]:
    """Return the seconds and the CPU seconds in which tracking reads all events again after its cases were deleted."""
    with (home / "tracking.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.tracking",
            cwd=ROOT,
            env=environment(url, servers, home),
            stdout=output,
            stderr=output,
        )
    try:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
        await reached(pool, count)
        await delete_all_cases(pool)
        used = sum(psutil.Process(process.pid).cpu_times()[:2])
        began = await reached(pool, 1)
        ended = await reached(pool, count)
        await pool.close()
        return ended - began, sum(psutil.Process(process.pid).cpu_times()[:2]) - used
    finally:
        process.terminate()
        await process.wait()


async def reached(pool: Pool, count: int) -> float:
    """Wait until tracking has read this many events from the topic. Return the time."""
    while True:
        if await pool.fetchval("SELECT to_regclass('partition_lease') IS NOT NULL"):
            taken = await pool.fetchval(
                "SELECT coalesce(sum(next_offset), 0) FROM partition_lease WHERE topic = $1", CASES_TOPIC
            )
            if taken >= count:
                return time.perf_counter()
        await asyncio.sleep(0.01)


async def measure(cases: int, folder: Path) -> None:
    """Print the rates of tracking and of the bare program, and their ratio."""
    home = Home(folder)
    postgres, broker = Postgres(home, ports.free_port(), secrets.token_urlsafe()), Tansu(home, ports.free_port())
    await postgres.start()
    await broker.start()
    try:
        count = await fill(broker.servers, cases)
        floor = await bare(await postgres.create_database("bench_bare"), broker.servers, count)
        took, cpu = await ours(await postgres.create_database("bench_tracking"), broker.servers, count, folder)
        print(
            f"B8 {count:,} events of {cases:,} cases: {count / took:,.0f}/s, bare {count / floor:,.0f}/s:"
            f" {floor / took:.2f} × floor; {cpu / count * 1e6:.0f} µs of CPU an event in the service"
        )
    finally:
        await broker.stop()
        await postgres.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, Path(name)))
