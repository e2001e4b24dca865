"""A system of its own to measure: started, warmed up, with a load that costs little and a look at what each part uses."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from bench.client import Client, Refused
from bench.receiver import Receiver
from deploy.local.stack import Stack
from deploy.play.city import City

OFFICER = "officer:officer-licheng-07"
COVER = ("GB47678-5-2026/matter/01001", "01001-1")
"""A cover that is loose, which goes to the water company everywhere."""

Send = Callable[[], Awaitable[tuple[str, float]]]
"""Sends one and answers its key and when it was sent."""


class Reports:
    """Reports that are all different and of one kind."""

    def __init__(
        self, city: City, client: Client, grids: list[str], photos: list[dict[str, str]], kind: tuple[str, str]
    ) -> None:
        self._city, self._client, self._grids, self._photos = city, client, grids, photos
        self._category, self._condition = kind
        self._number = 0

    def form(self) -> dict[str, Any]:
        """The next one."""
        self._number += 1
        return {
            "channel": "grid_terminal", "category_id": self._category, "condition_id": self._condition,
            "grid_code": self._grids[self._number % len(self._grids)], "photos": self._photos,
            "description": f"巡查发现，编号 {self._number} {uuid4()}",
        }  # fmt: skip

    async def send(self) -> tuple[str, float]:
        """Send one through the front door; its case number and when it was sent."""
        sent = time.monotonic()
        receipt = await send_as(self._city, self._client, OFFICER, "POST", "/api/intake/reports", self.form())
        return receipt["case_number"], sent


async def send_as(city: City, client: Client, who: str, method: str, path: str, body: Any = None) -> Any:
    """Ask as somebody, with a token that is renewed before it ends, and once when it is refused; wait when told to."""
    renewed, key = False, str(uuid4())
    while True:
        credential = await city.credential(who)
        try:
            return await client.send(method, path, credential, body, key)
        except Refused as refused:
            if refused.status in (429, 503):
                await asyncio.sleep(1)
                continue
            if refused.status != 401 or renewed or not await city.refused(who, credential):
                raise
            renewed = True


@dataclass
class Play:
    """What runs, and those who act in it."""

    stack: Stack
    city: City
    client: Client
    receiver: Receiver
    reports: Reports


@contextlib.asynccontextmanager
async def play(
    stack: Stack, folder: Path, unit: str = "water-company", kind: tuple[str, str] = COVER,
    key: Callable[[dict[str, Any]], str | None] | None = None,
) -> AsyncGenerator[Play]:  # fmt: skip
    """Start it, register a receiver for the unit's webhooks, warm it up. `key` says by what a webhook is known (an order's
    case number, where nothing else is said).
    """
    await stack.start()
    try:
        city, client, receiver = City(stack.url, folder), Client(stack.url), Receiver(key or order_of)
        await _register(city, unit, await receiver.start())
        made = Play(
            stack, city, client, receiver, Reports(city, client, await city.base_grids(), await photos(city), kind)
        )
        yield made
        client.close()
        await city.close()
        await receiver.stop()
    finally:
        await stack.stop()


async def photos(city: City) -> list[dict[str, str]]:
    """What a report shows: the place from near by and from afar."""
    return [await city.photo(OFFICER, role) for role in ("near", "far")]


def order_of(body: dict[str, Any]) -> str | None:
    """The case number of an order that goes out."""
    return str(body["data"]["case_number"]) if body["type"] == "dispatch.created" else None


async def _register(city: City, unit: str, url: str) -> None:
    """Wait until the receiver is verified: only then is anything sent to it."""
    path = "/api/dispatch/endpoints"
    made = await city.ask(f"unit:{unit}", "POST", path, {"url": url, "description": "bench"})
    while (await city.ask(f"unit:{unit}", "GET", f"{path}/{made['id']}"))["state"] != "verified":
        await asyncio.sleep(0.05)


async def paced(send: Send, rate: float, seconds: float) -> dict[str, float]:
    """Send at a steady rate; key → when it was sent."""
    tasks: list[asyncio.Task[tuple[str, float]]] = []
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        tasks.append(asyncio.ensure_future(send()))
    return dict(await asyncio.gather(*tasks))


async def burst(send: Send, count: int, at_once: int = 48) -> dict[str, float]:
    """Send as fast as answers come."""
    gate = asyncio.Semaphore(at_once)

    async def one() -> tuple[str, float]:
        async with gate:
            return await send()

    return dict(await asyncio.gather(*(one() for _ in range(count))))


async def all_arrived(receiver: Receiver, sent: dict[str, float], within: float) -> list[float]:
    """Seconds from sending to the webhook, of every report."""
    async with asyncio.timeout(within):
        while any(key not in receiver.arrived for key in sent):
            await asyncio.sleep(0.02)
    return [receiver.arrived[key] - at for key, at in sent.items()]


def share(values: list[float], part: float) -> float:
    """A quantile, in milliseconds."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)] * 1000


class Meter:
    """What every part has used since it was made."""

    def __init__(self, stack: Stack) -> None:
        self.processes = {"load/0": psutil.Process()}
        for name, part in stack.parts.items():
            if not part.wanted:
                continue
            top = psutil.Process(part.process.pid)
            for number, each in enumerate([top, *top.children(recursive=True)]):
                self.processes[f"{name}/{number}"] = each
        self._before: dict[str, float] = {}
        self._before, self._at = self._cpu(), time.monotonic()

    def seconds(self) -> dict[str, float]:
        """CPU seconds by part."""
        return {name: used - self._before.get(name, 0) for name, used in self._cpu().items()}

    def percent(self) -> dict[str, float]:
        """Percent of a core by part."""
        passed = time.monotonic() - self._at
        return {name: used / passed * 100 for name, used in self.seconds().items()}

    def each(self, count: int) -> dict[str, float]:
        """CPU milliseconds of one of so many cases, by part."""
        return {name: used / count * 1000 for name, used in self.seconds().items()}

    def memory(self) -> float:
        """Proportional set size of all of it, in MB."""
        return sum(process.memory_full_info().pss for process in self.processes.values()) / 1e6

    def _cpu(self) -> dict[str, float]:
        """So far. What has ended meanwhile (the embedded broker begins anew after so many batches) is left out."""
        used: dict[str, float] = {}
        for name, process in self.processes.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                part, times = name.partition("/")[0], process.cpu_times()
                used[part] = used.get(part, 0) + times.user + times.system
        return {name: max(each, self._before.get(name, 0)) for name, each in used.items()}


def parts(used: dict[str, float], least: float = 1) -> str:
    """The parts that use most, first; `least` is the smallest that is named."""
    digits = 0 if least >= 1 else 1
    named = sorted(used.items(), key=lambda each: -each[1])
    return ", ".join(f"{name} {part:.{digits}f}" for name, part in named if part >= least)
