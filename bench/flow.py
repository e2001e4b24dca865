"""B2 and B3: report → filed → routed → webhook delivered, through all services, beside the same hops bare.

`python -m bench.flow [tansu|kafka]` starts a stack of its own, measures, prints, stops. Loopback only; bounded.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from bench.floor import Floor
from bench.receiver import Receiver
from deploy.local.stack import Stack
from deploy.play.city import City

BURST = 1500
UNIT, OFFICER = "water-company", "officer:officer-licheng-07"
CATEGORY, CONDITION = "GB47678-5-2026/matter/01001", "01001-1"


def share(values: list[float], part: float) -> float:
    """A quantile, in milliseconds."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)] * 1000


class Reports:
    """Reports that are all different and all go to one unit."""

    def __init__(self, city: City, grids: list[str]) -> None:
        self.city = city
        self.grids = grids
        self.photo: dict[str, str] = {}
        self.number = 0

    async def send(self) -> tuple[str, float]:
        self.number += 1
        form = {
            "channel": "grid_terminal", "category_id": CATEGORY, "condition_id": CONDITION, "grid_code": self.grids[self.number % len(self.grids)],
            "photos": [self.photo], "description": f"供水井盖松动，编号 {self.number} {uuid4()}",
        }  # fmt: skip
        sent = time.monotonic()
        receipt = await self.city.ask(OFFICER, "POST", "/api/intake/reports", form)
        return receipt["case_number"], sent


async def paced(send: Callable[[], Awaitable[tuple[str, float]]], rate: float, seconds: float) -> dict[str, float]:
    """Send at a steady rate; key → when it was sent."""
    sent: dict[str, float] = {}
    tasks: list[asyncio.Task[tuple[str, float]]] = []
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        tasks.append(asyncio.ensure_future(send()))
    for key, at in await asyncio.gather(*tasks):
        sent[key] = at
    return sent


async def burst(send: Callable[[], Awaitable[tuple[str, float]]], count: int, at_once: int = 48) -> dict[str, float]:
    """Send as fast as answers come."""
    sent: dict[str, float] = {}
    gate = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            key, at = await send()
            sent[key] = at

    await asyncio.gather(*(one() for _ in range(count)))
    return sent


async def all_arrived(receiver: Receiver, sent: dict[str, float], within: float) -> list[float]:
    """Seconds from sending to the webhook, of every report."""
    async with asyncio.timeout(within):
        while any(key not in receiver.arrived for key in sent):
            await asyncio.sleep(0.02)
    return [receiver.arrived[key] - at for key, at in sent.items()]


def processes(stack: Stack) -> dict[str, psutil.Process]:
    """Every process of the stack with its children, by name."""
    found: dict[str, psutil.Process] = {}
    for name, part in stack.parts.items():
        top = psutil.Process(part.process.pid)
        for number, each in enumerate([top, *top.children(recursive=True)]):
            found[f"{name}/{number}"] = each
    return found


def cpu(found: dict[str, psutil.Process]) -> dict[str, float]:
    """CPU seconds by part so far."""
    used: dict[str, float] = {}
    for name, process in found.items():
        times = process.cpu_times()
        used[name.partition("/")[0]] = used.get(name.partition("/")[0], 0) + times.user + times.system
    return used


def pss(found: dict[str, psutil.Process]) -> float:
    """Proportional set size of all of it, in MB."""
    return sum(process.memory_full_info().pss for process in found.values()) / 1e6


async def measure(kind: str, folder: Path) -> None:
    from deploy.local.broker import Tansu
    from deploy.local.kafka import ApacheKafka

    stack = Stack(folder, broker=ApacheKafka if kind == "kafka" else Tansu)
    began = time.monotonic()
    await stack.start()
    try:
        print(f"{kind}: start to ready {time.monotonic() - began:.1f} s", flush=True)
        city = City(stack.url, folder)
        receiver = Receiver(_case_number)
        url = await receiver.start()
        await register(city, url)
        reports = Reports(city, await city.base_grids())
        reports.photo = await city.photo(OFFICER, "near")
        await all_arrived(receiver, await paced(reports.send, 10, 3), 30)
        mine = psutil.Process()
        found = processes(stack) | {"load": mine}
        print(f"memory at rest {pss(found):.0f} MB (PSS)")
        before, at = cpu(found), time.monotonic()
        await asyncio.sleep(10)
        idle = {name: (used - before[name]) / (time.monotonic() - at) * 100 for name, used in cpu(found).items()}
        print(f"idle {sum(idle.values()):.0f} % of a core: {_parts(idle)}")
        before, at = cpu(found), time.monotonic()
        sent = await paced(reports.send, 20, 20)
        took = await all_arrived(receiver, sent, 60)
        busy = {name: (used - before[name]) / (time.monotonic() - at) * 100 for name, used in cpu(found).items()}
        print(
            f"B3 20/s: p50 {share(took, 0.5):.0f} ms p99 {share(took, 0.99):.0f} ms; {sum(busy.values()):.0f} % of a core: {_parts(busy)}"
        )
        before, at = cpu(found), time.monotonic()
        await all_arrived(receiver, await burst(reports.send, BURST), 120)
        took_all = time.monotonic() - at
        ours = BURST / took_all
        each = {name: (used - before[name]) / BURST * 1000 for name, used in cpu(found).items()}
        print(f"B2 CPU ms a case: {sum(each.values()):.1f}: {_parts(each, 0.1)}")
        await city.close()
        assert stack.postgres is not None
        database = await stack.postgres.create_database("bench_floor")
        async with Floor(database, stack.broker.servers if stack.broker else "") as floor:

            async def bare() -> tuple[str, float]:
                key = str(uuid4())
                return key, await floor.report(key)

            await all_arrived(floor.receiver, await paced(bare, 10, 3), 30)
            took = await all_arrived(floor.receiver, await paced(bare, 20, 10), 60)
            print(f"floor 20/s: p50 {share(took, 0.5):.0f} ms p99 {share(took, 0.99):.0f} ms")
            at = time.monotonic()
            await all_arrived(floor.receiver, await burst(bare, BURST), 120)
            theirs = BURST / (time.monotonic() - at)
        print(f"B2 {ours:.0f} cases/s, bare {theirs:.0f}/s: {ours / theirs:.2f} × floor")
        await receiver.stop()
    finally:
        await stack.stop()


async def register(city: City, url: str) -> None:
    """Register the receiver, and wait until it is verified: only then is anything sent to it."""
    path = "/api/dispatch/endpoints"
    made = await city.ask(f"unit:{UNIT}", "POST", path, {"url": url, "description": "bench"})
    while (await city.ask(f"unit:{UNIT}", "GET", f"{path}/{made['id']}"))["state"] != "verified":
        await asyncio.sleep(0.05)


def _case_number(body: dict[str, Any]) -> str | None:
    return str(body["data"]["case_number"]) if body["type"] == "dispatch.created" else None


def _parts(used: dict[str, float], least: float = 1) -> str:
    digits = 0 if least >= 1 else 1
    return ", ".join(
        f"{name} {share:.{digits}f}"
        for name, share in sorted(used.items(), key=lambda each: -each[1])
        if share >= least
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(measure(sys.argv[1] if len(sys.argv) > 1 else "tansu", Path(name)))
