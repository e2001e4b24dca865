"""`/readyz`: a service is ready without the broker, and not ready without its database."""

from __future__ import annotations

import asyncio
import math
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from contracts.catalogue import CASES_TOPIC
from services.chassis import application, event_consumer
from tests.support.installation import Installation, RunningService, service_client
from tests.support.sample_services import SamplePair, publisher, subscriber
from tests.support.waiting import wait_until


async def readiness(running: RunningService) -> tuple[int, dict[str, Any]]:
    """Return status and body of `/readyz`."""
    async with service_client(running) as web:
        answer: httpx.Response = await web.get("/readyz")
    return answer.status_code, answer.json()


async def test_without_the_broker_a_service_is_ready_and_its_lag_is_unknown(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports are still accepted. A lag of 0 would look healthy."""
    monkeypatch.setattr(event_consumer, "CHECK_SECONDS", 0.2)
    intake, routing = await asyncio.gather(installation.start(publisher()), installation.start(subscriber()))
    for running in (intake, routing):
        running.app.state.checks.clear()  # there is no district, and not every source runs

    async def both_are_connected() -> bool:
        return all(
            status == 200 and body["broker"] and body["lag"] == 0
            for status, body in [await readiness(running) for running in (intake, routing)]
        )

    async def relay_leads() -> bool:
        return (await readiness(intake))[1]["relay"] == "leading"

    async def both_are_cut_off() -> bool:
        found = [await readiness(running) for running in (intake, routing)]
        return all((status, body["broker"], body["lag"]) == (200, False, None) for status, body in found)

    await wait_until(both_are_connected)
    await wait_until(relay_leads)
    await installation.broker.stop()
    await wait_until(both_are_cut_off)
    lag = REGISTRY.get_sample_value("gridloop_consumer_lag_records", {"topic": CASES_TOPIC, "partition": "0"})
    assert lag is not None
    assert math.isnan(lag)


async def test_a_standby_replica_is_ready(pair: SamplePair) -> None:
    installation, intake, _ = pair
    installation.discard_after_use()
    replica = await installation.start(publisher(), key="intake-2", port=installation.ports["console"])
    for running in (intake, replica):
        running.app.state.checks.clear()

    async def both_ready() -> bool:
        found = [await readiness(running) for running in (intake, replica)]
        return all(status == 200 and body["broker"] for status, body in found)

    async def one_leads() -> bool:
        return sorted([(await readiness(running))[1]["relay"] for running in (intake, replica)]) == [
            "leading",
            "standing_by",
        ]

    await wait_until(both_ready)
    await wait_until(one_leads)


async def test_a_service_without_a_free_database_connection_is_not_ready(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, intake, _ = pair
    installation.discard_after_use()
    monkeypatch.setattr(application, "DATABASE_SECONDS", 0.05)
    async with AsyncExitStack() as held:
        for _ in range(intake.settings.gridloop_database_connections):
            await held.enter_async_context(intake.context.database.acquire())
        status, body = await readiness(intake)
    assert (status, body["checks"]["database"]) == (503, False)
