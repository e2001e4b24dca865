"""B7: lists, filters, search and timeline of tracking with many cases, compared with 10,000 cases.

Run it by `python -m bench.lists [cases]`; the default is 1,000,000 cases. Tracking's event handlers create a few
hundred cases from events (the seeds), and SQL copies their rows. A printed time is that of one call of a function of
tracking's store, including its SQL and the building of the results.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts.common import Place
from contracts.envelope import Envelope
from deploy.local import ports
from deploy.local.home import Home
from deploy.local.postgres import Postgres
from services.chassis import database
from services.chassis.cases import IncomingEvent
from services.chassis.clock import Clock
from services.chassis.database import Pool
from services.chassis.event_processor import EventProcessor
from services.chassis.unit_of_work import UnitOfWork
from services.tracking.app import SERVICE
from services.tracking.domain.scope import Scope
from services.tracking.domain.terms import parse_query
from services.tracking.store import Store, case_lists, queries
from services.tracking.store.case_lists import Filter
from tests.unit.tracking.case_history import FULL_HISTORY, CaseHistory
from tests.unit.tracking.sample_events import filed, received

SEEDS = 400
"""Number of cases that are created from events. Every hundredth of them is open."""
OPEN_COPIES = 2_500
"""Largest number of open copies of each open seed, so that at most about 10,000 cases are open."""
FEW = 10_000
EVERYBODY = Scope(everywhere=True)
STREET = Scope(areas=("370522001",))
WORDS = [
    "路面破损",
    "井盖缺失",
    "路灯不亮",
    "暴露垃圾",
    "违规停车",
    "占道经营",
    "乱贴广告",
    "绿地损坏",
    "水管漏水",
    "油烟扰民",
    "施工噪声",
    "犬只扰民",
]
PLACES = ["西大街", "江州街", "津苑小区", "文昌路", "利城广场", "凤凰城", "新合村", "滨河路", "大桥路", "文津路"]

_MULTIPLY = """
    WITH copies AS MATERIALIZED (
        SELECT record.case_id AS seed, gen_random_uuid() AS case_id, number, interval '1 minute' * number AS earlier
        FROM generate_series($1::int, $2::int) AS number, record WHERE record.case_id = ANY($3::uuid[])
    ), heads AS (
        INSERT INTO aggregate (case_id, state)
        SELECT copies.case_id, aggregate.state FROM copies JOIN aggregate ON aggregate.case_id = copies.seed
    ), searched AS (
        INSERT INTO search SELECT copied.* FROM copies JOIN search ON search.case_id = copies.seed,
        jsonb_populate_record(search, jsonb_build_object('case_id', copies.case_id, 'reported_at', reported_at - earlier)) AS copied
    ), joined AS (
        INSERT INTO involved SELECT who, reported_at - earlier, copies.case_id
        FROM copies JOIN involved ON involved.case_id = copies.seed
    )
    INSERT INTO record SELECT copied.* FROM copies JOIN record ON record.case_id = copies.seed,
    jsonb_populate_record(record, jsonb_build_object(
        'case_id', copies.case_id, 'case_number', case_number || '-' || number, 'reported_at', reported_at - earlier,
        'open', open AND number <= $4
    )) AS copied
"""
"""SQL that copies each seed. A copy keeps the columns of its seed that are not set here."""


def seed(number: int, chance: random.Random) -> CaseHistory:
    """Return the history of a case with a random text and place. Most of the cases have ended."""
    grid = f"370522{chance.choice(('001', '002'))}{chance.randint(1, 9):03}{chance.randint(1, 9):03}"
    case = CaseHistory(f"lists-{number}")
    fields: dict[str, Any] = {
        "channel": chance.choice(("hotline", "grid_terminal", "resident", "camera")),
        "description": f"{chance.choice(PLACES)}{chance.choice(WORDS)}，{chance.choice(WORDS)}",
        "place": Place(grid_code=grid, longitude=118.25, latitude=37.49, address=f"{chance.choice(PLACES)}{number}号"),
    }
    own_events = {
        0: received(
            f"LJ-20261123-{number:06}",
            reported_at=datetime(2026, 11, 23, tzinfo=UTC) - timedelta(seconds=number),
            **fields,
        ),
        4: filed(**{**fields, "community": grid[:12], "channel": fields["channel"]}),
    }
    length = chance.randint(3, 30) if number % 100 == 0 else len(FULL_HISTORY)
    return case.emit_all(
        (own_events.get(place, event), known_sources)
        for place, (event, known_sources) in enumerate(FULL_HISTORY[:length])
    )


async def fill(pool: Pool) -> list[UUID]:
    """Create the seeds from their events, as tracking does. Return their case ids."""
    chance = random.Random(7)
    unit = UnitOfWork[Any](pool, "tracking", SERVICE.state, Store(), Clock(None), lambda: None)
    event_processor = EventProcessor[Any](unit, {}, SERVICE.any_event)
    lives = [seed(number, chance) for number in range(SEEDS)]
    await event_processor.process(
        IncomingEvent(
            Envelope.from_headers(recorded.meta.to_headers()), recorded.meta.to_headers(), recorded.event.to_bytes()
        )
        for case in lives
        for recorded in case.recorded
    )
    return [case.case_id for case in lives]


async def grow(pool: Pool, seeds: list[UUID], copies: int) -> int:
    """Copy the seeds until there are `copies` cases per seed, the seed included. Return the number of all cases."""
    have = int(await pool.fetchval("SELECT count(*) FROM record")) // SEEDS
    for start in range(have, copies, 100):
        await pool.execute(_MULTIPLY, start, min(start + 100, copies) - 1, seeds, OPEN_COPIES, timeout=600)
    await pool.execute("VACUUM ANALYZE", timeout=900)
    return int(await pool.fetchval("SELECT count(*) FROM record"))


def questions(pool: Pool, seeds: list[UUID]) -> dict[str, Callable[[random.Random], Awaitable[Any]]]:
    """Return typical queries by name. Each call of a query chooses random values."""

    def listing(scope: Scope, make: Callable[[random.Random], Filter]) -> Callable[[random.Random], Awaitable[Any]]:
        return lambda chance: case_lists.list_cases(pool, scope, make(chance), None, 51)

    def code(chance: random.Random) -> str:
        return f"370522{chance.choice(('001', '002'))}{chance.randint(1, 9):03}"

    day = datetime(2026, 11, 23, tzinfo=UTC)
    return {
        "newest": listing(EVERYBODY, lambda _: Filter()),
        "open, one stage": listing(EVERYBODY, lambda chance: Filter(stage=chance.choice(("handling", "supervision")))),
        "red": listing(EVERYBODY, lambda _: Filter(light="red")),
        "evaluated in a community": listing(
            EVERYBODY, lambda chance: Filter(status="evaluated", community=code(chance))
        ),
        "a street's centre": listing(STREET, lambda _: Filter()),
        "a grid": listing(EVERYBODY, lambda chance: Filter(grid=code(chance) + f"{chance.randint(1, 9):03}")),
        "a unit": listing(Scope(participants=("unit:sanitation",)), lambda _: Filter()),
        "channel and period": listing(
            EVERYBODY, lambda chance: Filter(channel="camera", until=day - timedelta(minutes=chance.randint(1, 60)))
        ),
        "search, common words": listing(EVERYBODY, lambda chance: Filter(query=parse_query(chance.choice(WORDS)))),
        "search, a phrase and a place": listing(
            EVERYBODY, lambda chance: Filter(query=parse_query(f"{chance.choice(PLACES)}{chance.choice(WORDS)}"))
        ),
        "search, rare": listing(
            EVERYBODY, lambda chance: Filter(query=parse_query(f"{chance.choice(PLACES)}{chance.randint(1, 399)}号"))
        ),
        "search, found nowhere": listing(EVERYBODY, lambda _: Filter(query=parse_query("石狮子"))),
        "next page": lambda chance: case_lists.list_cases(
            pool, EVERYBODY, Filter(), (day - timedelta(minutes=chance.randint(1, 60)), UUID(int=0)), 51
        ),
        "one case": lambda chance: queries.load_case(pool, str(chance.choice(seeds))),
        "its timeline": lambda chance: queries.load_events(pool, chance.choice(seeds)),
    }


async def ask(functions: dict[str, Callable[[random.Random], Awaitable[Any]]], times: int = 40) -> dict[str, float]:
    """Run each query many times. Return name → 97.5th percentile of its time in milliseconds."""
    slow: dict[str, float] = {}
    for name, question in functions.items():
        chance, took = random.Random(name), list[float]()
        for _ in range(times):
            began = time.perf_counter()
            await question(chance)
            took.append(time.perf_counter() - began)
        slow[name] = sorted(took)[-2] * 1000
    return slow


async def measure(cases: int, folder: Path) -> None:
    """Measure each query with 10,000 cases and with `cases`. Print one line for each query."""
    postgres = Postgres(Home(folder), ports.free_port(), secrets.token_urlsafe(), durable=False)
    await postgres.start()
    try:
        url = await postgres.create_database("bench_lists")
        pool = await database.connect(url)
        await database.migrate(pool, [database.CHASSIS_MIGRATIONS, SERVICE.migrations or Path()])
        await pool.close()
        pool = await database.connect(url)
        seeds = await fill(pool)
        await grow(pool, seeds, FEW // SEEDS)
        few = await ask(questions(pool, seeds))
        count = await grow(pool, seeds, cases // SEEDS)
        many = await ask(questions(pool, seeds))
        for name, took in many.items():
            print(
                f"B7 {name:30} {took:7.1f} ms with {count:,} cases, {few[name]:7.1f} ms with {FEW:,}: {took / few[name]:.1f} ×"
            )
        await pool.close()
    finally:
        await postgres.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, Path(name)))
