"""B6: the board with 10,000 open cases, 200 screens and 50 changes a second, on the real tracking service.

Run it by `python -m bench.board [cards] [screens]`. Changes reach tracking through the embedded broker. A screen is a
connection that reads the stream of the board. One screen also parses the stream, to time each change; the others only
read the bytes. `tests/browser` measures the work of the browser.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import orjson
import psutil
from aiokafka import AIOKafkaProducer

from bench.lists import PLACES, WORDS
from bench.rebuild import environment, reached
from contracts.catalogue import CASES_TOPIC
from contracts.common import Place
from contracts.envelope import Envelope
from contracts.events.supervision import LightChanged
from deploy.local import ports
from deploy.local.broker import Tansu
from deploy.local.home import ROOT, Home
from deploy.local.postgres import Postgres
from services.chassis.database import Pool
from tests.support.tracking_driver import district, token_for
from tests.unit.tracking.case_history import FULL_HISTORY, CaseHistory
from tests.unit.tracking.sample_events import at, filed, received

STEPS = 10
"""Number of events of each open case. After them the case is dispatched and its deadlines run."""
RATE, SECONDS = 50, 20


@dataclass
class Screens:
    """Connections that read the stream of the board at `url`."""

    url: str
    read: int = 0
    """Number of bytes that all screens have read."""
    seen: dict[str, float] = field(default_factory=dict[str, float])
    """`<case id>/<version>` → time at which this change reached the screen that parses the stream."""

    async def read_stream(self, since: str, number: int, *, parses: bool) -> None:
        """Read the stream until cancelled, as screen `number`. Ten screens share an account.

        The screen begins after the position `since`. It records the changes in `seen` if `parses` is true.
        """
        token = token_for("dispatcher", seconds=900, sub=f"screen-{number // 10}")
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 22)
        path = f"/api/tracking/board/stream?since={since}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        try:
            while line := await reader.readline():
                self.read += len(line)
                if parses and line.startswith(b'data: {"seq"') and b'"cards"' in line:
                    now = time.monotonic()
                    for card in orjson.loads(line[6:])["cards"]:
                        self.seen[f"{card['id']}/{card['versions']['supervision']}"] = now
        finally:
            writer.close()


def open_case(number: int, randomness: random.Random) -> CaseHistory:
    """Return the history of an open case with a random text, place and time of its report."""
    community = f"370522{randomness.choice(('001', '002'))}{randomness.randint(1, 9):03}"
    place = Place(
        grid_code=f"{community}{randomness.randint(1, 12):03}",
        longitude=118.25 + randomness.uniform(-0.05, 0.05),
        latitude=37.49 + randomness.uniform(-0.05, 0.05),
    )
    text = f"{randomness.choice(PLACES)}{randomness.randint(1, 300)}号{randomness.choice(WORDS)}，{randomness.choice(WORDS)}"
    opened = CaseHistory(f"board-{number}")
    opened.case_id = uuid4()
    own_events = {
        0: received(
            f"LJ-20261123-{number:06}", place=place, description=text, reported_at=at(-randomness.uniform(0, 5000))
        ),
        4: filed(place=place, community=community, description=text),
    }
    return opened.emit_all(
        (own_events.get(step, event), known_sources) for step, (event, known_sources) in enumerate(FULL_HISTORY[:STEPS])
    )


async def send_event(producer: AIOKafkaProducer, meta: Envelope, body: bytes) -> None:
    """Send an event to the topic of the cases."""
    await producer.send(CASES_TOPIC, body, key=meta.key, headers=meta.to_headers())


async def publish(pool: Pool) -> None:
    """Store a small district as release 1. It contains the public key for the tokens of this measurement."""
    for entity in district():
        await pool.execute(
            "INSERT INTO registry_record VALUES ($1, $2, 1, $3::text::jsonb)",
            entity.KIND,
            entity.id,
            entity.model_dump_json(exclude_defaults=True),
        )
    await pool.execute("INSERT INTO registry_release (release, count, sha256) VALUES (1, 0, '')")


async def change(producer: AIOKafkaProducer, lives: list[CaseHistory]) -> dict[str, float]:
    """Change lights of random cases, `RATE` a second. Return `<case id>/<version>` → time of sending the change."""
    sent: dict[str, float] = {}
    randomness, began = random.Random(6), time.monotonic()
    for number in range(RATE * SECONDS):
        await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
        changed = randomness.choice(lives)
        clock = next(
            recorded.event for recorded in changed.recorded if recorded.event.TYPE == "supervision.clock_started.v1"
        )
        light = randomness.choice(("green", "yellow", "red"))
        changed.emit(LightChanged(clock_id=clock.clock_id, name="case", light=light))  # type: ignore[attr-defined, arg-type]
        recorded = changed.recorded[-1]
        sent[f"{changed.case_id}/{recorded.meta.sequence}"] = time.monotonic()
        await send_event(producer, recorded.meta, recorded.event.to_bytes())
    return sent


async def snapshot(url: str, token: str) -> tuple[bytes, bytes, float]:
    """Return the snapshot of the board, compressed and uncompressed, and the seconds that the request took."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as web:
        began = time.monotonic()
        async with web.stream(
            "GET", "/api/tracking/board/snapshot", headers={"authorization": f"Bearer {token}"}
        ) as answer:
            answer.raise_for_status()
            packed = b"".join([piece async for piece in answer.aiter_raw()])
        return packed, gzip.decompress(packed), time.monotonic() - began


async def show(
    producer: AIOKafkaProducer, lives: list[CaseHistory], url: str, process: psutil.Process, screens: int
) -> None:
    """Read the snapshot, connect the screens to the stream, change cases, and print the results."""
    token = token_for("dispatcher", seconds=900)
    while (first := await _ready(url, token)) is None or len(orjson.loads(first[1])["cards"]) < len(lives):
        await asyncio.sleep(0.5)
    await asyncio.sleep(2)
    packed, plain, took = await snapshot(url, token)
    head = orjson.loads(plain)
    print(
        f"B6 snapshot of {len(head['cards']):,} cards: {len(packed) / 1024:.0f} KiB of {len(plain) / 1024:.0f}, {took * 1000:.0f} ms"
    )
    readers = Screens(url)
    since = f"{head['epoch']}.{head['seq']}"
    tasks = [asyncio.create_task(readers.read_stream(since, number, parses=number == 0)) for number in range(screens)]
    await asyncio.sleep(3)
    used, began = sum(process.cpu_times()[:2]), time.monotonic()
    sent = await change(producer, lives)
    async with asyncio.timeout(30):
        while not sent.keys() <= _seen_or_replaced(readers.seen, sent):
            await asyncio.sleep(0.05)
    busy = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - began)
    delays = sorted(readers.seen[key] - at_ for key, at_ in sent.items() if key in readers.seen)
    print(
        f"B6 {screens} screens, {RATE} changes/s: on screen p50 {delays[len(delays) // 2] * 1000:.0f} ms,"
        f" p99 {delays[int(len(delays) * 0.99)] * 1000:.0f} ms; {busy * 100:.0f} % of a core; {readers.read / 1e6:.1f} MB read"
    )
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _seen_or_replaced(seen: dict[str, float], sent: dict[str, float]) -> set[str]:
    """Return the sent changes that a screen has seen, or for whose case it has seen a later change."""
    newest: dict[str, int] = {}
    for key in seen:
        case_id, _, version = key.partition("/")
        newest[case_id] = max(newest.get(case_id, 0), int(version))
    return {key for key in sent if newest.get(key.partition("/")[0], 0) >= int(key.partition("/")[2])}


async def _ready(url: str, token: str) -> tuple[bytes, bytes, float] | None:
    try:
        return await snapshot(url, token)
    except httpx.HTTPError:
        return None


async def measure(cards: int, screens: int, folder: Path) -> None:
    """Start PostgreSQL, the broker and tracking, create the open cases, and measure the board."""
    home = Home(folder)
    postgres, broker = Postgres(home, ports.free_port(), secrets.token_urlsafe()), Tansu(home, ports.free_port())
    await postgres.start()
    await broker.start()
    url = await postgres.create_database("bench_board")
    settings = environment(url, broker.servers, folder)
    with (folder / "tracking.log").open("wb") as output:
        service = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.tracking", cwd=ROOT, env=settings, stdout=output, stderr=output
        )
    try:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
        producer = AIOKafkaProducer(**broker.connection().arguments(), linger_ms=10)
        await producer.start()
        randomness = random.Random(6)
        lives = [open_case(number, randomness) for number in range(cards)]
        for opened in lives:
            for recorded in opened.recorded:
                await send_event(producer, recorded.meta, recorded.event.to_bytes())
        await reached(pool, cards * STEPS)
        await publish(pool)
        address = f"http://127.0.0.1:{settings['GRIDLOOP_SERVICE_PORT']}"
        await show(producer, lives, address, psutil.Process(service.pid), screens)
        await producer.stop()
        await pool.close()
    finally:
        service.terminate()
        await service.wait()
        await broker.stop()
        await postgres.stop()


if __name__ == "__main__":
    cards, screens = (int(argument) for argument in (sys.argv[1:] + ["10000", "200"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(measure(cards, screens, Path(name)))
