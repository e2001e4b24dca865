"""Kill services, broker and database under load; afterwards the consistency check must pass.

The short form runs with every commit. `make faults` runs `FAULT_ROUNDS` rounds with the seed `FAULT_SEED`.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.stack import Stack
from deploy.play import ordinary
from deploy.play.city import City
from tests.support import consistency
from tests.support.infrastructure import on_apache_kafka
from tests.support.waiting import wait_until

SEED = int(os.environ.get("FAULT_SEED", "20261123"))
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
RATE = 5.0
"""Reports per second."""

VICTIMS = ("intake", "routing", "dispatch", "supervision", "tracking", "registry", "console", "caddy")


def stack_of(home: Path) -> Stack:
    """Return the stack of this test run, not started."""
    if on_apache_kafka():
        from deploy.local.kafka import ApacheKafka

        return Stack(home, durable=False, demo=True, broker=ApacheKafka)
    return Stack(home, durable=False, demo=True)


async def load(city: City, stop: asyncio.Event, accepted: dict[str, str]) -> None:
    """Send reports until `stop` is set. A report without a response is sent again under its key.

    `accepted` receives key → case.
    """
    officers = ("officer-licheng-07", "officer-jincheng-05", "officer-xinhe-04")
    grids = {
        "officer-licheng-07": "370522001004007",
        "officer-jincheng-05": "370522001003005",
        "officer-xinhe-04": "370522001006004",
    }
    photo = {name: await city.photo(f"officer:{name}", "near") for name in officers}
    sending: set[asyncio.Task[None]] = set()

    async def send(number: int) -> None:
        officer = officers[number % len(officers)]
        kind = city.random.choice(ordinary.OFFICER_KINDS)
        form = {
            "channel": "grid_terminal",
            "category_id": kind.category,
            "condition_id": kind.condition,
            "grid_code": grids[officer],
            "photos": [photo[officer]],
            "description": f"{kind.words[0]}（{number}）",
        }
        key = str(uuid4())
        receipt = await city.ask(f"officer:{officer}", "POST", "/api/intake/reports", form, key=key)
        accepted[key] = receipt["case_id"]

    number = 0
    while not stop.is_set():
        task = asyncio.create_task(send(number))
        sending.add(task)
        number += 1
        await asyncio.sleep(1 / RATE)
    await asyncio.gather(*sending)


async def break_everything(stack: Stack, chance: random.Random) -> None:
    """Kill every process, wipe the broker and stop the database immediately."""
    victims = list(VICTIMS)
    chance.shuffle(victims)
    for victim in victims:
        stack.kill(victim)
        await asyncio.sleep(chance.uniform(0.6, 1.2))
    await stack.wipe_broker()
    await asyncio.sleep(chance.uniform(1, 2))
    await stack.stop_postgres_immediate()
    await asyncio.sleep(chance.uniform(2, 3))


@pytest.mark.faults
async def test_no_report_and_no_delivery_is_lost_or_doubled(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    stack = stack_of(tmp_path)
    await stack.start()
    city = City(stack.url, tmp_path, seed=SEED)
    accepted: dict[str, str] = {}
    try:
        for _ in range(ROUNDS):
            stop = asyncio.Event()
            loading = asyncio.create_task(load(city, stop, accepted))
            await asyncio.sleep(1)
            await break_everything(stack, chance)
            stop.set()
            await loading
        await stack.ready()
        urls = {name: stack.env(name)[f"DATABASE_URL_{name.upper()}"] for name in consistency.CONSUMERS}

        async def consistent() -> bool:
            return not await consistency.find_violations(urls)

        try:
            await wait_until(consistent, seconds=90)
        except AssertionError:
            pytest.fail(
                "\n".join(["the records of the services disagree:", *(await consistency.find_violations(urls))[:40]])
            )
        await check_that_every_report_is_one_case(urls, accepted)
        await check_that_every_message_was_delivered(urls["dispatch"])
    finally:
        await city.close()
        await stack.stop()


async def check_that_every_report_is_one_case(urls: dict[str, str], accepted: dict[str, str]) -> None:
    """Reliability 1: each accepted report is stored once, and each stored report was accepted."""
    pool = await asyncpg.connect(urls["intake"])
    received = [
        str(row["case_id"])
        for row in await pool.fetch("SELECT case_id FROM event_store WHERE type = 'discovery.report_received.v1'")
    ]
    await pool.close()
    assert not consistency.duplicates(received)
    assert sorted(received) == sorted(accepted.values())


async def check_that_every_message_was_delivered(url: str) -> None:
    """Reliability 3: every delivery to a running receiver succeeds."""
    pool = await asyncpg.connect(url)

    async def delivered() -> bool:
        return not await pool.fetchval("SELECT count(*) FROM delivery WHERE state NOT IN ('delivered', 'cancelled')")

    await wait_until(
        delivered, seconds=180, what="deliveries"
    )  # a receiver that was too slow is retried after a minute
    await pool.close()
