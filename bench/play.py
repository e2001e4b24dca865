"""A running system to measure: its stack, the load on it, and a meter of CPU and memory."""

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

from bench.client import Client, ResponseError
from bench.receiver import Receiver
from deploy.local.stack import Stack
from deploy.play.city import City

OFFICER = "officer:officer-licheng-07"
COVER = ("GB47678-5-2026/matter/01001", "01001-1")
"""Category and condition of a loose cover. The water company is responsible for it everywhere in the district."""

Send = Callable[[], Awaitable[tuple[str, float]]]
"""Function that sends one report. Returns its key and the time at which it was sent."""


class Reports:
    """Creates and sends reports of one category, each with its own text."""

    def __init__(
        self, city: City, client: Client, grids: list[str], photos: list[dict[str, str]], kind: tuple[str, str]
    ) -> None:
        self._city, self._client, self._grids, self._photos = city, client, grids, photos
        self._category, self._condition = kind
        self._number = 0

    def form(self) -> dict[str, Any]:
        """Return the request body of the next report."""
        self._number += 1
        return {
            "channel": "grid_terminal",
            "category_id": self._category,
            "condition_id": self._condition,
            "grid_code": self._grids[self._number % len(self._grids)],
            "photos": self._photos,
            "description": f"巡查发现，编号 {self._number} {uuid4()}",
        }

    async def send(self) -> tuple[str, float]:
        """Send one report through the reverse proxy. Return its case number and the time at which it was sent."""
        sent = time.monotonic()
        receipt = await send_as(self._city, self._client, OFFICER, "POST", "/api/intake/reports", self.form())
        return receipt["case_number"], sent


async def send_as(city: City, client: Client, who: str, method: str, path: str, body: Any = None) -> Any:
    """Send a request as `who` and return the parsed JSON of the response. Raises `ResponseError`.

    A refused token is renewed once. After a response with status 429 or 503 the request is repeated.
    """
    renewed, key = False, str(uuid4())
    while True:
        credential = await city.credential(who)
        try:
            return await client.send(method, path, credential, body, key)
        except ResponseError as refused:
            if refused.status in (429, 503):
                await asyncio.sleep(1)
                continue
            if refused.status != 401 or renewed or not await city.discard_token(who, credential):
                raise
            renewed = True


@dataclass
class Play:
    """A running stack, the load on it, and the receiver of a unit's webhooks."""

    stack: Stack
    city: City
    client: Client
    receiver: Receiver
    reports: Reports


@contextlib.asynccontextmanager
async def play(
    stack: Stack,
    folder: Path,
    unit: str = "water-company",
    kind: tuple[str, str] = COVER,
    key: Callable[[dict[str, Any]], str | None] | None = None,
) -> AsyncGenerator[Play]:
    """Start the stack, register a receiver for the webhooks of the unit, and stop everything at the end.

    `key` returns the key under which the receiver records a webhook, or `None` to ignore the webhook. By default the
    key is the case number of a new dispatch, and other webhooks are ignored.
    """
    await stack.start()
    try:
        city, client, receiver = City(stack.url, folder), Client(stack.url), Receiver(key or case_of_new_dispatch)
        await _register(city, unit, await receiver.start())
        system = Play(
            stack, city, client, receiver, Reports(city, client, await city.base_grids(), await photos(city), kind)
        )
        yield system
        client.close()
        await city.close()
        await receiver.stop()
    finally:
        await stack.stop()


async def photos(city: City) -> list[dict[str, str]]:
    """Upload a near and a far photo; return their hashes and roles."""
    return [await city.photo(OFFICER, role) for role in ("near", "far")]


def case_of_new_dispatch(body: dict[str, Any]) -> str | None:
    """Return the case number in a webhook about a new dispatch, and `None` for another webhook."""
    return str(body["data"]["case_number"]) if body["type"] == "dispatch.created" else None


async def _register(city: City, unit: str, url: str) -> None:
    """Register the receiver as the unit's webhook endpoint, and wait until the endpoint is verified."""
    path = "/api/dispatch/endpoints"
    system = await city.ask(f"unit:{unit}", "POST", path, {"url": url, "description": "bench"})
    while (await city.ask(f"unit:{unit}", "GET", f"{path}/{system['id']}"))["state"] != "verified":
        await asyncio.sleep(0.05)


async def paced(send: Send, rate: float, seconds: float) -> dict[str, float]:
    """Send reports at a steady rate. Return key → time at which the report was sent."""
    tasks: list[asyncio.Task[tuple[str, float]]] = []
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        tasks.append(asyncio.ensure_future(send()))
    return dict(await asyncio.gather(*tasks))


async def burst(send: Send, count: int, at_once: int = 48) -> dict[str, float]:
    """Send `count` reports, at most `at_once` concurrently. Return key → time at which the report was sent."""
    gate = asyncio.Semaphore(at_once)

    async def one() -> tuple[str, float]:
        async with gate:
            return await send()

    return dict(await asyncio.gather(*(one() for _ in range(count))))


async def all_arrived(receiver: Receiver, sent: dict[str, float], within: float) -> list[float]:
    """Wait for the webhooks of all sent reports. Return the seconds from each report to its webhook.

    Raises `TimeoutError` after `within` seconds.
    """
    async with asyncio.timeout(within):
        while any(key not in receiver.arrived for key in sent):
            await asyncio.sleep(0.02)
    return [receiver.arrived[key] - at for key, at in sent.items()]


def quantile_ms(values: list[float], part: float) -> float:
    """Return a quantile of times in seconds, converted to milliseconds. `part` is 0.5 for the median."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)] * 1000


class Meter:
    """Meter of CPU and memory of every part of the stack. CPU counts from the creation of the meter."""

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
        """Return part → CPU seconds."""
        return {name: used - self._before.get(name, 0) for name, used in self._cpu().items()}

    def percent(self) -> dict[str, float]:
        """Return part → CPU usage in percent of one core."""
        passed = time.monotonic() - self._at
        return {name: used / passed * 100 for name, used in self.seconds().items()}

    def each(self, count: int) -> dict[str, float]:
        """Return part → CPU milliseconds per case, for `count` cases."""
        return {name: used / count * 1000 for name, used in self.seconds().items()}

    def memory(self) -> float:
        """Return the memory (proportional set size) of all parts together, in MB."""
        return sum(process.memory_full_info().pss for process in self.processes.values()) / 1e6

    def _cpu(self) -> dict[str, float]:
        """Return part → CPU seconds since the processes of the part started.

        Ended processes are left out, but the value is never less than at the creation of the meter.
        """
        used: dict[str, float] = {}
        for name, process in self.processes.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                part, times = name.partition("/")[0], process.cpu_times()
                used[part] = used.get(part, 0) + times.user + times.system
        return {name: max(each, self._before.get(name, 0)) for name, each in used.items()}


def parts(used: dict[str, float], least: float = 1) -> str:
    """Return a text with each part and its value, largest first. Values below `least` are left out."""
    digits = 0 if least >= 1 else 1
    named = sorted(used.items(), key=lambda each: -each[1])
    return ", ".join(f"{name} {part:.{digits}f}" for name, part in named if part >= least)
