"""B2, B3 and B10: the way of a case through all services, from the report to the unit's webhook, and the idle cost.

B2 measures the highest rate of cases and B3 the delay at 20 reports a second; both are compared with the bare chain
(`bench.floor`). B10 measures memory and CPU without load. `python -m bench.flow [tansu|kafka] [cases]` starts its own
stack, prints the results and stops the stack.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from bench.floor import Floor
from bench.play import Meter, Play, all_arrived, burst, paced, parts, play, quantile_ms
from deploy.local.stack import Stack

BURST = 1500


async def measure(kind: str, count: int, folder: Path) -> None:
    """Measure the services and the bare chain, and print the results."""
    from deploy.local.broker import Tansu
    from deploy.local.kafka import ApacheKafka

    stack = Stack(folder, broker=ApacheKafka if kind == "kafka" else Tansu)
    began = time.monotonic()
    async with play(stack, folder) as system:
        print(f"{kind}: start to ready, with a receiver {time.monotonic() - began:.1f} s", flush=True)
        await all_arrived(system.receiver, await paced(system.reports.send, 10, 3), 30)
        await at_rest(system)
        await steady(system)
        ours = await flat_out(system, count)
        theirs = await bare(stack, count)
        print(f"B2 {ours:.0f} cases/s, bare {theirs:.0f}/s: {ours / theirs:.2f} × floor")


async def at_rest(system: Play) -> None:
    """Print memory and CPU while there is no load (measurement B10)."""
    meter = Meter(system.stack)
    print(f"B10 memory at rest {meter.memory():.0f} MB (PSS)")
    await asyncio.sleep(10)
    idle = meter.percent()
    print(f"B10 idle {sum(idle.values()):.0f} % of a core: {parts(idle)}", flush=True)


async def steady(system: Play) -> None:
    """Send twenty reports a second (measurement B3). Print the delay until the webhook, and the CPU."""
    meter = Meter(system.stack)
    took = await all_arrived(system.receiver, await paced(system.reports.send, 20, 20), 60)
    busy = meter.percent()
    print(
        f"B3 20/s: p50 {quantile_ms(took, 0.5):.0f} ms p99 {quantile_ms(took, 0.99):.0f} ms;"
        f" {sum(busy.values()):.0f} % of a core: {parts(busy)}",
        flush=True,
    )


async def flat_out(system: Play, count: int) -> float:
    """Send reports as fast as possible (measurement B2). Return the number of cases per second."""
    meter, at = Meter(system.stack), time.monotonic()
    await all_arrived(system.receiver, await burst(system.reports.send, count), 120)
    took, each = time.monotonic() - at, meter.each(count)
    print(f"B2 CPU ms a case: {sum(each.values()):.1f}: {parts(each, 0.1)}", flush=True)
    return count / took


async def bare(stack: Stack, count: int) -> float:
    """Run the bare chain on the database server and broker of the stack. Return the number of chains per second."""
    assert stack.postgres is not None
    assert stack.broker is not None
    database = await stack.postgres.create_database("bench_floor")
    async with Floor(database, stack.broker.connection()) as floor:

        async def send() -> tuple[str, float]:
            key = str(uuid4())
            return key, await floor.report(key)

        await all_arrived(floor.receiver, await paced(send, 10, 3), 30)
        took = await all_arrived(floor.receiver, await paced(send, 20, 10), 60)
        print(f"floor 20/s: p50 {quantile_ms(took, 0.5):.0f} ms p99 {quantile_ms(took, 0.99):.0f} ms")
        at = time.monotonic()
        await all_arrived(floor.receiver, await burst(send, count), 120)
        return count / (time.monotonic() - at)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(
            measure(sys.argv[1] if sys.argv[1:] else "tansu", int(sys.argv[2]) if sys.argv[2:] else BURST, Path(name))
        )
