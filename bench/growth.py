"""B11: what a case costs at ten a second, at forty and flat out, and as the cases that were there before grow.

`python -m bench.growth [cases]` (default 20,000; 100,000 take twenty minutes). Nothing more than CPU per case is compared, so
no floor is needed. What a second replica brings is not measured here: two cores are full with one of each.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bench.play import Meter, Play, all_arrived, burst, paced, parts, play
from deploy.local.stack import Stack

COUNT = 20_000
STEP = 1000
SECONDS = 10


async def measure(count: int, folder: Path) -> None:
    """Print a line for each rate, then one for each step of growth."""
    stack = Stack(folder)
    async with play(stack, folder) as made:
        await all_arrived(made.receiver, await paced(made.reports.send, 10, 3), 30)
        earlier = 30
        for rate in (10, 40):
            meter = Meter(stack)
            sent = await paced(made.reports.send, rate, SECONDS)
            await all_arrived(made.receiver, sent, 60)
            _say(f"{rate}/s", meter, len(sent))
            earlier += len(sent)
        first, last = 0.0, 0.0
        while earlier < count:
            last = await _step(made, earlier, min(STEP, count - earlier))
            first, earlier = first or last, earlier + min(STEP, count - earlier)
        print(f"B11 CPU a case: {last / first:.2f} × of the first step, with {earlier:,} cases")


async def _step(made: Play, earlier: int, count: int) -> float:
    meter, began = Meter(made.stack), time.monotonic()
    await all_arrived(made.receiver, await burst(made.reports.send, count), 300)
    rate = count / (time.monotonic() - began)
    return _say(f"{earlier:,} cases before, flat out at {rate:.0f}/s", meter, count)


def _say(what: str, meter: Meter, count: int) -> float:
    """Print and return CPU milliseconds a case, without the load."""
    each = {name: used for name, used in meter.each(count).items() if name != "load"}
    print(f"B11 {what}: {sum(each.values()):.1f} ms of CPU a case: {parts(each, 0.1)}", flush=True)
    return sum(each.values())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else COUNT, Path(name)))
