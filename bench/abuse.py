"""The response time of normal requests while eight connections post useless requests of the largest permitted size.

`python -m bench.abuse [seconds]` calls intake directly, without the reverse proxy. It first measures normal requests
alone: one caller sends reports and another reads `/healthz`. Then it measures the same requests again for each kind of
useless request, while eight connections post that kind without a pause. For each kind it prints the median response
times and their ratio to the medians without load. The goal is a ratio below 3."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

from bench.client import Client, ResponseError
from bench.play import COVER, Reports, photos
from deploy.local.home import ROOT
from deploy.local.stack import Stack
from deploy.play.city import City
from services.chassis.request_bodies import ANONYMOUS_VALUES, BODY_LIMIT

SECONDS = 5.0
CONNECTIONS = 8
OTHERS = ("routing", "dispatch", "supervision", "tracking", "console")


def _filled(start: bytes, piece: bytes, end: bytes, *, values: int = 0) -> bytes:
    """Return a body: `start`, `piece` repeated, `end`.

    The body has about `values` JSON values. If `values` is 0, it is as long as the size limit allows.
    """
    room = (BODY_LIMIT - len(start) - len(end)) // len(piece)
    count = values // sum(map(piece.count, (b",", b":", b"[", b"{"))) if values else room
    return start + piece * count + end


_FIELDS = b",".join(b'"%x":1' % number for number in range(ANONYMOUS_VALUES // 2 - 2))
GARBAGE = {
    "too-many-objects": ("reports", _filled(b'{"photos":[', b"{},", b"1]}")),
    "empty-objects": ("reports", _filled(b'{"photos":[', b"{},", b"1]}", values=ANONYMOUS_VALUES - 10)),
    "unknown-fields": ("reports", b"{" + _FIELDS + b"}"),
    "long-integers": ("reports", _filled(b'{"photos":[', b"9" * 4300 + b",", b"1]}")),
    "digits": ("reports", _filled(b'{"description":"', b"1", b'"}')),
    "digits-to-mask": ("mask", _filled(b'{"text":"', b"1", b'"}')),
    "escaped-text": ("reports", _filled(b'{"description":"', b"\\u00e9", b'"}')),
    "nesting": ("reports", b'{"photos":' + b"[" * (ANONYMOUS_VALUES - 10)),
    "sign-in-nowhere": ("tasks/x/answer", _filled(b'{"note":"', b"1", b'"}')),
}
"""Kind of useless request → (path below `/api/intake/`, body)."""


async def measure(seconds: float, folder: Path) -> None:
    """Measure normal requests without load, then with each kind of useless request, and print one line for each."""
    stack = Stack(folder)
    await stack.start()
    try:
        city = City(stack.url, folder)
        grids, shown = await city.base_grids(), await photos(city)

        async def medians() -> tuple[float, float]:
            client = Client(stack.urls["intake"])
            found = await medians_of(client, Reports(city, client, grids, shown, COVER), seconds)
            client.close()
            return found

        await asyncio.gather(*(stack.down(name) for name in OTHERS))
        await medians()
        quiet = await medians()
        print(f"abuse, quiet: report {quiet[0]:.1f} ms, healthz {quiet[1]:.1f} ms", flush=True)
        for kind, (_, body) in GARBAGE.items():
            poster = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bench.abuse",
                "post",
                stack.urls["intake"],
                kind,
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert poster.stdout is not None
            await poster.stdout.readline()
            busy = await medians()
            answers, _ = await poster.communicate(b"")
            ratios = [each / before for each, before in zip(busy, quiet, strict=True)]
            print(
                f"abuse, {kind:<16} {len(body) / 1024:4.0f} KiB: report {busy[0]:.1f} ms ({ratios[0]:.2f} ×),"
                f" healthz {busy[1]:.1f} ms ({ratios[1]:.2f} ×); answers {answers.decode().strip()}",
                flush=True,
            )
        await city.close()
    finally:
        await stack.stop()


async def medians_of(client: Client, reports: Reports, seconds: float) -> tuple[float, float]:
    """Return the median response times of a report and of `/healthz`, in milliseconds.

    Two callers run at the same time: one sends reports and one reads `/healthz`. Each sends one request at a time.
    """

    async def report() -> None:
        await reports.send()

    async def look() -> None:
        await client.raw("GET", "/healthz", {}, b"")
        await asyncio.sleep(0.02)

    took: tuple[list[float], list[float]] = ([], [])
    until = time.monotonic() + seconds

    async def repeat(index: int) -> None:
        while time.monotonic() < until:
            began = time.monotonic()
            await (report, look)[index]()
            took[index].append((time.monotonic() - began) * 1000 - 20 * index)

    await asyncio.gather(repeat(0), repeat(1))
    return median(took[0]), median(took[1])


async def post(url: str, kind: str) -> None:
    """Post one kind of useless request over eight connections until standard input ends, then print the statuses."""
    path, body = GARBAGE[kind]
    answers: Counter[str] = Counter()
    headers = {"content-type": "application/json", "accept-language": "en"}

    async def repeat() -> None:
        client = Client(url)
        while True:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                try:
                    await client.raw("POST", f"/api/intake/{path}", headers, body)
                except ResponseError as refusal:
                    answers[str(refusal).split(": ")[1][:3]] += 1

    posting = [asyncio.create_task(repeat()) for _ in range(CONNECTIONS)]
    while not answers:
        await asyncio.sleep(0.01)
    print("posting", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(dict(answers), flush=True)
    for task in posting:
        task.cancel()


if __name__ == "__main__":
    if sys.argv[1:2] == ["post"]:
        asyncio.run(post(*sys.argv[2:]))
    else:
        with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
            asyncio.run(measure(float(sys.argv[1]) if sys.argv[1:] else SECONDS, Path(name)))
