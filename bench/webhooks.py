"""B5: the rate of the webhook sender, compared with a bare client, and the delay of webhooks to healthy receivers.

The delay is measured twice: with healthy receivers alone, and together with a hundred receivers that fail or respond
too slowly. Run it by `python -m bench.webhooks [messages]`. The receivers run in another process than the sender.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import secrets
import sys
import tempfile
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from deploy.local import ports
from deploy.local.home import Home
from deploy.local.postgres import Postgres as Cluster
from services.chassis import http_client
from tests.support.infrastructure import Postgres
from tests.support.webhook_driver import WebhookDriver, open_webhook_driver

COUNT = 5000
HEALTHY, SICK = 10, 100
RATE, SECONDS = 100, 15
"""Messages per second during the measurement of the delay, and its duration in seconds."""


async def _serve(pipe: Connection) -> None:
    """Run two servers and send their ports: a healthy one, and one that responds with one byte per second."""

    async def healthy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    async def dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            for byte in b"HTTP/1.1 200 OK\r\n" * 10:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(1)
        writer.close()

    servers = [await asyncio.start_server(each, "127.0.0.1", 0) for each in (healthy, dripping)]
    pipe.send([each.sockets[0].getsockname()[1] for each in servers])
    await asyncio.Event().wait()


def serve(pipe: Connection) -> None:
    """Run the receivers. This is the main function of their process."""
    asyncio.run(_serve(pipe))


async def bare(url: str, count: int) -> float:
    """Return the requests per second of a bare HTTP client that sends as many requests at once as the sender."""
    gate = asyncio.Semaphore(HEALTHY * 8)
    async with http_client.create_client() as client:

        async def post() -> None:
            async with gate:
                await client.post(url, content=b"x" * 700)

        began = time.monotonic()
        await asyncio.gather(*(post() for _ in range(count)))
        return count / (time.monotonic() - began)


async def waiting(driver: WebhookDriver) -> float:
    """Send to healthy receivers at a steady rate. Return the 99th percentile of the delay in milliseconds."""
    since = await driver.pool.fetchval("SELECT now()")
    began = time.monotonic()
    for number in range(RATE * SECONDS // HEALTHY):
        await asyncio.sleep(max(0.0, began + number * HEALTHY / RATE - time.monotonic()))
        await asyncio.gather(*(driver.notify(unit=f"healthy-{unit}") for unit in range(HEALTHY)))
    asked = """SELECT count(*) FILTER (WHERE delivery.state <> 'delivered') AS open, 1000 * extract(epoch FROM
               percentile_disc(0.99) WITHIN GROUP (ORDER BY delivered_at - delivery.created_at))::float AS p99
               FROM delivery JOIN endpoint ON endpoint.id = endpoint_id
               WHERE unit_id LIKE 'healthy-%' AND delivery.created_at >= $1"""
    while (row := await driver.pool.fetchrow(asked, since))["open"]:
        await asyncio.sleep(0.1)
    return float(row["p99"])


async def measure(count: int, healthy: int, dripping: int, cluster: Cluster) -> None:
    """Print the rate of the sender and of the bare client, and the delay without and with failing receivers."""
    parts = Postgres(cluster)
    await parts.create_role()
    async with open_webhook_driver(parts) as driver:
        url = f"http://127.0.0.1:{healthy}/hook"
        for unit in range(HEALTHY):
            await driver.add_endpoint(url, f"healthy-{unit}", max_in_flight=8)
        await asyncio.gather(*(driver.notify(count // HEALTHY, unit=f"healthy-{unit}") for unit in range(HEALTHY)))
        began = time.monotonic()
        await driver.sender(deadline=10)
        while (await driver.states()).get("delivered", 0) < count // HEALTHY * HEALTHY:
            await asyncio.sleep(0.05)
        ours = count / (time.monotonic() - began)
        theirs = await bare(url, count)
        print(f"B5 {ours:.0f} webhooks/s, bare client {theirs:.0f}/s: {ours / theirs:.2f} × floor", flush=True)
        alone = await waiting(driver)
        dead = f"http://127.0.0.1:{ports.free_port()}/hook"
        for unit in range(SICK):
            await driver.add_endpoint(
                dead if unit % 2 else f"http://127.0.0.1:{dripping}/hook", f"sick-{unit}", max_in_flight=8
            )
            await driver.notify(20, unit=f"sick-{unit}")
        together = await waiting(driver)
        print(f"B5 healthy p99 {alone:.0f} ms alone, {together:.0f} ms with {SICK} sick: {together / alone:.2f} ×")


async def main(count: int, folder: Path) -> None:
    """Start the receivers and PostgreSQL, measure, and stop them."""
    ours, theirs = multiprocessing.Pipe()
    receivers = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    receivers.start()
    healthy, dripping = await asyncio.to_thread(ours.recv)
    cluster = Cluster(Home(folder), ports.free_port(), secrets.token_urlsafe())
    await cluster.start()
    try:
        await measure(count, healthy, dripping, cluster)
    finally:
        await cluster.stop()
        receivers.terminate()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else COUNT, Path(name)))
