"""B8: how many events per second tracking applies when it rebuilds all cases from the topic.

The rate is compared with a program that only reads the records and inserts their bytes. `python -m bench.rebuild
[cases]` (default 2,000 cases of 42 events, some of them out of order, as in reality). Both read the same topic of the
embedded broker into the same PostgreSQL.
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
"""Probability that an event does not depend on the latest event of another source.

Two such events can arrive in either order.
"""

_BARE = "INSERT INTO bare (key, body) SELECT * FROM unnest($1::bytea[], $2::bytea[])"


def log(cases: int, chance: random.Random) -> Iterator[RecordedEvent]:
    """Return the events of many cases in an order as after a real day.

    The events of the cases are interleaved, and events that do not depend on each other come in either order.
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
    """Return True if the second event does not depend on the first."""
    source = first.meta.source
    return second.meta.source != source and second.meta.dependencies.get(source, 0) < first.meta.sequence


async def fill(servers: str, cases: int) -> int:
    """Write the events to the topic; return their number."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=20, max_batch_size=512 << 10)
    await producer.start()
    count = 0
    for event in log(cases, random.Random(8)):
        await producer.send(CASES_TOPIC, event.event.to_bytes(), event.meta.key, headers=event.meta.to_headers())
        count += 1
    await producer.stop()
    return count


async def bare(url: str, servers: str, count: int) -> float:
    """Return the seconds that a program needs to read the topic and insert the bytes, and nothing else."""
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
    """Return the environment variables of tracking.

    The other services are not reachable, so tracking reads only the topic.
    """
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
    """Return the seconds and the CPU seconds that tracking needs to read the whole topic again."""
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
    """Wait until this many events are applied; return the time."""
    while True:
        if await pool.fetchval("SELECT to_regclass('partition_lease') IS NOT NULL"):
            taken = await pool.fetchval(
                "SELECT coalesce(sum(next_offset), 0) FROM partition_lease WHERE topic = $1", CASES_TOPIC
            )
            if taken >= count:
                return time.perf_counter()
        await asyncio.sleep(0.01)


async def measure(cases: int, folder: Path) -> None:
    """Print one line with the rates and their ratio."""
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
