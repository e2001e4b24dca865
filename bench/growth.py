"""B11: the CPU time per case at 10/s, at 40/s and at full speed, while the number of earlier cases grows.

Run it by `python -m bench.growth [cases] [dispatches|lives]`; the default is 20,000 cases and `dispatches`. With
`dispatches`, each case is dispatched to its unit and then stays open. With `lives`, each case reaches its end. 100,000
cases take half an hour to an hour.

The cases at full speed are divided into windows, which are compared with the first window. For each window the
measurement prints the CPU time of every component, other activity (starts of the broker, repaired events, checkpoints,
autovacuum), the SQL statements that have become slower, and the tables with the most dead and scanned rows. At the end
it compares the components of the last and the first window. Each service runs as one replica, because one replica of
each service already fills two cores.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from bench.life import KIND, UNIT, Centre, until_first_error
from bench.play import COVER, Meter, Play, all_arrived, burst, paced, parts, play
from bench.reference import Reference
from bench.usage import Sample, Usage, activity_between, busiest_tables, per_case, statements_per_case
from deploy.local.stack import Stack

COUNT = 20_000
WINDOW = 5000
STEP = 500
"""Number of reports sent at once. The next reports are sent when the webhooks of all these cases have arrived."""
SECONDS = 10
PATIENCE = 600
"""Seconds within which the webhooks of a step must arrive, even if the broker is emptied in between."""


async def measure(count: int, kind: str, folder: Path) -> None:
    """Measure each rate and each window, and print the results and a comparison of the windows."""
    stack = Stack(folder)
    async with (
        _running_system(stack, folder, kind) as (system, people),
        Usage(stack) as usage,
        Reference() as reference,
    ):
        await until_first_error(people, _send_paced(system, 10, 3))
        earlier = 30
        for rate in (10, 40):
            meter = Meter(stack)
            await until_first_error(people, _send_paced(system, rate, SECONDS))
            _print_rate(f"{rate}/s", meter, rate * SECONDS)
            earlier += rate * SECONDS
        window = min(WINDOW, max(count // 4, 100))
        windows: list[dict[str, float]] = []
        costs: list[float] = []
        first: dict[str, tuple[float, float]] = {}
        while earlier < count:
            cases = min(window, count - earlier)
            reference.take()
            before, began = await usage.sample(), time.monotonic()
            await until_first_error(people, _window(system, cases))
            rate = cases / (time.monotonic() - began)
            after = await usage.sample()
            windows.append(per_case(before, after, cases))
            costs.append(reference.take())
            first = first or statements_per_case(before, after, cases)
            print(f"B11 reference work: {costs[-1] / costs[0]:.2f} × of the first window")
            _print_window(earlier, rate, windows, (before, after), first, cases)
            earlier += cases
        _print_comparison(windows, costs, earlier)


@contextlib.asynccontextmanager
async def _running_system(
    stack: Stack, folder: Path, kind: str
) -> AsyncGenerator[tuple[Play, list[asyncio.Task[None]]]]:
    """Yield a running system and the tasks that act as people: none for `dispatches`."""
    if kind == "dispatches":
        async with play(stack, folder, kind=COVER) as system:
            yield system, []
        return
    centre = Centre()
    async with play(stack, folder, UNIT, KIND, centre.key) as system:
        people = [asyncio.create_task(centre.work(system)) for _ in range(8)]
        people.append(asyncio.create_task(centre.recheck(system)))
        try:
            yield system, people
        finally:
            for person in people:
                person.cancel()
            await asyncio.gather(*people, return_exceptions=True)


async def _send_paced(system: Play, rate: int, seconds: int) -> None:
    await all_arrived(system.receiver, await paced(system.reports.send, rate, seconds), PATIENCE)


async def _window(system: Play, cases: int) -> None:
    """Send reports at full speed. Return when the webhooks of all cases have arrived."""
    left = cases
    while left:
        count = min(STEP, left)
        await all_arrived(system.receiver, await burst(system.reports.send, count), PATIENCE)
        left -= count


def _print_window(
    earlier: int,
    rate: float,
    windows: list[dict[str, float]],
    samples: tuple[Sample, Sample],
    first: dict[str, tuple[float, float]],
    cases: int,
) -> None:
    """Print the results of the last window. `first` maps each SQL statement of the first window to its figures."""
    now = {name: used for name, used in windows[-1].items() if name != "load"}
    print(
        f"B11 {earlier:,} cases before, flat out at {rate:.0f}/s: {sum(now.values()):.1f} ms of CPU a case: {parts(now, 0.05)}"
    )
    print(f"    beside: {activity_between(*samples)}")
    statements = statements_per_case(*samples, cases)
    costlier = sorted(statements, key=lambda what: first.get(what, (0.0, 0.0))[0] - statements[what][0])[:5]
    for what in costlier:
        ms, calls = statements[what]
        print(f"    {ms - first.get(what, (0.0, 0.0))[0]:+.3f} to {ms:.3f} ms a case, {calls:.2f} calls: {what[:150]}")
    print(f"    tables: {busiest_tables(*samples)}", flush=True)


def _print_comparison(windows: list[dict[str, float]], costs: list[float], earlier: int) -> None:
    """Print the CPU time per case of each component in all windows, the largest increase first."""
    begin, end = windows[0], windows[-1]
    names = sorted({*begin, *end} - {"load"}, key=lambda name: begin.get(name, 0.0) - end.get(name, 0.0))
    for name in names:
        values = " ".join(f"{window.get(name, 0.0):.2f}" for window in windows)
        print(f"B11 {end.get(name, 0.0) - begin.get(name, 0.0):+.2f} ms {name}: {values}")
    total = [sum(used for name, used in window.items() if name != "load") for window in windows]
    print(f"B11 reference work: {' '.join(f'{cost:.2f}' for cost in costs)} ms of CPU")
    print(
        f"B11 CPU a case: {total[-1] / total[0]:.2f} × of the first window, reference work {costs[-1] / costs[0]:.2f} ×,"
        f" with {earlier:,} cases",
        flush=True,
    )


def _print_rate(what: str, meter: Meter, count: int) -> float:
    """Print and return the CPU milliseconds per case, without the process that sends the reports."""
    each = {name: used for name, used in meter.each(count).items() if name != "load"}
    print(f"B11 {what}: {sum(each.values()):.1f} ms of CPU a case: {parts(each, 0.1)}", flush=True)
    return sum(each.values())


def _arguments(words: list[str]) -> tuple[int, str]:
    kinds = [word for word in words if word in ("dispatches", "lives")]
    counts = [int(word.replace(",", "")) for word in words if word not in kinds]
    return (counts[0] if counts else COUNT, kinds[0] if kinds else "dispatches")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(measure(*_arguments(sys.argv[1:]), Path(name)))
