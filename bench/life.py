"""B4: cases per second from the report to the closed case, with a unit and an assessor who act at once.

Run it by `python -m bench.life [cases]`. The unit completes each dispatch as soon as its webhook arrives, and the
assessor passes each recheck in the task list. The rate is compared with that of the bare chain (`bench.floor`). A case
counts as four chains, because people send four requests about it.

docs/benchmarks.md lists the measurements B1 to B11 with their goals.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.flow import bare
from bench.play import Meter, Play, all_arrived, burst, paced, parts, play, send_as
from deploy.local.stack import Stack

COUNT = 500
UNIT, KIND = "housing", ("LOCAL-370522/matter/13003", "13003-1")
"""Unit, and (category, filing condition) of the cases.

The recheck of these cases uses documents. So an assessor does it, and no officer is needed.
"""
REQUESTS = 4
"""Number of requests that people send about one case: report, acknowledge, complete, recheck."""


class Centre:
    """The unit and the assessor, who act as soon as a dispatch or a recheck arrives."""

    def __init__(self) -> None:
        self.new_dispatches: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def key(self, body: dict[str, Any]) -> str | None:
        """Queue the dispatch of a `dispatch.created`. Return the case number of a `dispatch.closed`, else `None`."""
        if body["type"] == "dispatch.created":
            self.new_dispatches.put_nowait(body["data"])
        return str(body["data"]["case_number"]) if body["type"] == "dispatch.closed" else None

    async def work(self, system: Play) -> None:
        """Acknowledge and complete the queued dispatches as the unit, until cancelled."""
        key = await system.city.credential(f"unit:{UNIT}")
        photos = [await system.city.photo(f"unit:{UNIT}", role) for role in ("document", "after")]
        while True:
            path = f"/api/dispatch/dispatches/{(await self.new_dispatches.get())['dispatch_id']}"
            await system.client.send("POST", f"{path}/sign", key, {})
            await system.client.send(
                "POST", f"{path}/complete", key, {"outcome": "solved", "note": "已整改。", "photos": photos}
            )

    async def recheck(self, system: Play) -> None:
        """Pass every recheck in the task list as the assessor, until cancelled."""
        done = set[str]()
        path, gate = "/api/supervision/tasks", asyncio.Semaphore(8)

        async def answer(task: str) -> None:
            async with gate:
                body = {"passed": True, "note": "材料齐全。", "photos": []}
                await send_as(system.city, system.client, "assessor", "POST", f"{path}/{task}/answer", body)

        while True:
            found = await send_as(system.city, system.client, "assessor", "GET", f"{path}?kind=recheck&limit=200")
            tasks = [each["task_id"] for each in found["items"] if each["task_id"] not in done]
            done.update(tasks)
            await asyncio.gather(*map(answer, tasks))
            await asyncio.sleep(0.1)


async def measure(count: int, folder: Path) -> None:
    """Print the rate of the services, the rate of the bare chain, and the ratio of the two rates."""
    stack, centre = Stack(folder), Centre()
    async with play(stack, folder, UNIT, KIND, centre.key) as system:
        people = [asyncio.create_task(centre.work(system)) for _ in range(8)]
        people.append(asyncio.create_task(centre.recheck(system)))
        try:
            await until_first_error(people, _send_and_wait(system, 10, 2))
            meter, began = Meter(stack), time.monotonic()
            await until_first_error(people, _send_and_wait(system, 0, count))
            took, each = time.monotonic() - began, meter.each(count)
        finally:
            for person in people:
                person.cancel()
            await asyncio.gather(*people, return_exceptions=True)
        print(f"B4 {count / took:.0f} cases/s; CPU ms a case: {sum(each.values()):.1f}: {parts(each, 0.1)}", flush=True)
        theirs = await bare(stack, count) / REQUESTS
        print(f"B4 {count / took:.0f} cases/s, bare {theirs:.0f}/s: {count / took / theirs:.2f} × floor")


async def _send_and_wait(system: Play, rate: float, count: int) -> None:
    """Send reports and return when all their cases are closed.

    Reports are sent at `rate` for `count` seconds. If `rate` is 0, `count` reports are sent at full speed.
    """
    send = system.reports.send
    await all_arrived(system.receiver, await (paced(send, rate, count) if rate else burst(send, count)), 300)


async def until_first_error(people: list[asyncio.Task[None]], ending: Any) -> None:
    """Wait until `ending` is done. If a task of `people` fails earlier, raise its error."""
    task = asyncio.ensure_future(ending)
    done, _ = await asyncio.wait([task, *people], return_when=asyncio.FIRST_COMPLETED)
    for each in done:
        each.result()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="gridloop-bench-") as name:
        asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else COUNT, Path(name)))
