"""What `/readyz` says: what a service cannot do without, and what it can."""

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
from tests.support.installation import Installation, RunningService, service_client, wait_until
from tests.support.sample_services import publisher, subscriber


async def said(running: RunningService) -> tuple[int, dict[str, Any]]:
    async with service_client(running) as web:
        answer: httpx.Response = await web.get("/readyz")
    return answer.status_code, answer.json()


async def test_without_the_broker_a_service_is_ready_and_says_that_it_hears_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports go on being accepted. A lag that nobody can know is no 0."""
    monkeypatch.setattr(event_consumer, "_CHECK_SECONDS", 0.2)
    intake, routing = await asyncio.gather(installation.start(publisher()), installation.start(subscriber()))
    for running in (intake, routing):
        running.app.state.checks.clear()  # there is no district, and not everybody to be heard

    async def all_is_well() -> bool:
        return all(
            status == 200 and body["broker"] and body["lag"] == 0
            for status, body in [await said(running) for running in (intake, routing)]
        )

    async def it_sends() -> bool:
        return (await said(intake))[1]["relay"] == "leading"

    async def nothing_is_heard() -> bool:
        found = [await said(running) for running in (intake, routing)]
        return all((status, body["broker"], body["lag"]) == (200, False, None) for status, body in found)

    await wait_until(all_is_well)
    await wait_until(it_sends)
    await installation.broker.stop()
    await wait_until(nothing_is_heard)
    lag = REGISTRY.get_sample_value("gridloop_consumer_lag_records", {"topic": CASES_TOPIC, "partition": "0"})
    assert lag is not None
    assert math.isnan(lag)


async def test_a_replica_that_stands_by_is_ready_too(both: tuple[Installation, RunningService, RunningService]) -> None:
    installation, intake, _ = both
    installation.discard_after_use()
    replica = await installation.start(publisher(), key="intake-2", port=installation.ports["console"])
    for running in (intake, replica):
        running.app.state.checks.clear()

    async def both_ready() -> bool:
        found = [await said(running) for running in (intake, replica)]
        return all(status == 200 and body["broker"] for status, body in found)

    async def one_leads() -> bool:
        return sorted([(await said(running))[1]["relay"] for running in (intake, replica)]) == [
            "leading",
            "standing_by",
        ]

    await wait_until(both_ready)
    await wait_until(one_leads)


async def test_who_waits_for_a_connection_in_vain_is_not_ready(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, intake, _ = both
    installation.discard_after_use()
    monkeypatch.setattr(application, "_DATABASE_SECONDS", 0.05)
    async with AsyncExitStack() as held:
        for _ in range(intake.settings.gridloop_database_connections):
            await held.enter_async_context(intake.context.database.acquire())
        status, body = await said(intake)
    assert (status, body["checks"]["database"]) == (503, False)
