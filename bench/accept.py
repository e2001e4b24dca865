"""B1: the rate at which intake accepts and stores reports, compared with a handler that only inserts the same bytes.

`python -m bench.accept [reports]` calls intake directly, without the reverse proxy, while most other services are
stopped. Intake also does the triage of the reports, so its CPU time includes the triage.
`tests/pipeline/intake/test_intake.py` asserts that accepting a report takes two round trips to the database.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.client import Client
from bench.play import COVER, Meter, Reports, burst, parts, photos
from deploy.local import ports
from deploy.local.home import ROOT
from deploy.local.stack import Stack
from deploy.play.city import City

COUNT = 3000
OTHERS = ("routing", "dispatch", "supervision", "tracking", "console")


async def measure(count: int, folder: Path) -> None:
    """Print the rate of intake, the rate of the bare handler, and the ratio of the two rates."""
    stack = Stack(folder)
    await stack.start()
    try:
        city, client = City(stack.url, folder), Client(stack.urls["intake"])
        reports = Reports(city, client, await city.base_grids(), await photos(city), COVER)
        await asyncio.gather(*(stack.down(name) for name in OTHERS))
        await burst(reports.send, 100, 16)
        meter, began = Meter(stack), time.monotonic()
        await burst(reports.send, count, 16)
        ours, each = count / (time.monotonic() - began), meter.each(count)
        print(f"B1 {ours:.0f} reports/s; CPU ms a report: {parts(each, 0.05)}", flush=True)
        theirs = await bare(stack, reports, count)
        print(f"B1 {ours:.0f}/s, bare {theirs:.0f}/s: {ours / theirs:.2f} × floor")
        client.close()
        await city.close()
    finally:
        await stack.stop()


async def bare(stack: Stack, reports: Reports, count: int) -> float:
    """Return the number of reports per second that the bare handler (`bench.bare`) accepts."""
    assert stack.postgres is not None
    database, port = await stack.postgres.create_database("bench_accept"), ports.free_port()
    server = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.bare", database, str(port), cwd=ROOT)
    client = Client(f"http://127.0.0.1:{port}")

    async def send() -> tuple[str, float]:
        sent = time.monotonic()
        form = reports.form()
        await client.send("POST", "/api/intake/reports", "x" * 400, form)
        return form["description"], sent

    try:
        while True:
            try:
                await send()
                break
            except OSError:
                await asyncio.sleep(0.1)
        await burst(send, 100, 16)
        process = psutil.Process(server.pid)
        meter, before, began = Meter(stack), sum(process.cpu_times()[:2]), time.monotonic()
        await burst(send, count, 16)
        rate, each = count / (time.monotonic() - began), meter.each(count)
        each["server"] = (sum(process.cpu_times()[:2]) - before) / count * 1000
        print(f"floor {rate:.0f}/s; CPU ms a report: {parts(each, 0.05)}")
        return rate
    finally:
        client.close()
        server.terminate()
        await server.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else COUNT, Path(name)))
