"""Receivers and rows that nobody expects: every delivery leaves an attempt with its reason, and none is
sent for ever.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.dispatch.domain.delivery import circuit
from services.dispatch.store import endpoints
from tests.support.infrastructure import Postgres
from tests.support.installation import wait_until
from tests.support.receivers import answer, raw, receiver
from tests.support.webhook_driver import WebhookDriver, open_webhook_driver, row_when


@pytest.fixture
async def driver(postgres: Postgres) -> AsyncIterator[WebhookDriver]:
    async with open_webhook_driver(postgres) as found:
        yield found


VALUES = [
    b"9" * 4_301,
    b"9" * 60_000,
    b"0" * 60_000 + b"1",
    b"1e400",
    b"-1",
    b"-" + b"9" * 5_000,
    b"NaN",
    b"Infinity",
    "٣٠".encode(),
    b"\xff\xfe",
    b"Fri, 31 Dec 9999999 23:59:59 GMT",
    b"Wed, 21 Oct 2026 07:28:00 +9999",
    b"",
]


async def test_any_retry_after_leaves_an_attempt_and_a_next_one(driver: WebhookDriver) -> None:
    async with AsyncExitStack() as receivers:
        for number, value in enumerate(VALUES):
            head = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\nretry-after: " + value + b"\r\n\r\n"
            there = await receivers.enter_async_context(receiver(raw(head, close=False)))
            await driver.endpoint(there, f"unit-{number}")
            await driver.notify(unit=f"unit-{number}")
        await driver.sender()
        rows = await driver.attempts(len(VALUES))
    assert {row["error"] for row in rows} == {"status 503"}
    assert await driver.states() == {"pending": len(VALUES)}


async def test_the_breaker_opens_for_a_receiver_that_answers_so_and_nothing_stays_in_flight(
    driver: WebhookDriver,
) -> None:
    async with receiver(answer(429, retry_after="9" * 5_000)) as there:
        endpoint_id, _ = await driver.endpoint(there)
        await driver.notify(circuit.THRESHOLD)
        await driver.sender()
        await wait_until(
            lambda: row_when(
                driver.health(endpoint_id), lambda row: row["failures"] > 0 and row["open_until"] is not None
            )
        )
        await wait_until(_nothing_in_flight)


async def test_an_exception_inside_a_delivery_is_a_failed_attempt_with_its_reason(driver: WebhookDriver) -> None:
    """A stored test without a challenge cannot be judged: the exception is ours, and the row is there."""
    async with receiver(answer(body=b'{"challenge": "x"}')) as there:
        endpoint_id, _ = await driver.endpoint(there)
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await driver.pool.execute("UPDATE message SET body = '{}'")
        await driver.sender()
        [tried] = await driver.attempts(1)
        await wait_until(lambda: row_when(driver.health(endpoint_id), lambda row: row["failures"] == 1))
    assert tried["error"] == "internal error: KeyError: 'data'"
    assert (await driver.one())["state"] == "pending"
    assert (await driver.one())["attempts"] == 1


async def test_a_database_that_refuses_results_stops_sending_and_loses_none(
    driver: WebhookDriver, caplog: pytest.LogCaptureFixture
) -> None:
    def refusals() -> int:
        return sum("nothing is sent until they are" in each.message for each in caplog.records)

    async with receiver() as there:
        await driver.endpoint(there)
        await driver.pool.execute("ALTER TABLE attempt RENAME TO elsewhere")
        await driver.notify(1)
        await driver.sender()
        await wait_until(lambda: _holds(lambda: refusals() > 0))
        await driver.notify(3)
        seen = refusals()
        await wait_until(lambda: _holds(lambda: refusals() > seen + 1))
        assert len(there.got) == 1, "what is sent now could not be recorded"
        await driver.pool.execute("ALTER TABLE elsewhere RENAME TO attempt")
        await driver.delivered(4)
        assert len(await driver.attempts(4)) == 4
    assert len(there.got) == len(set(there.ids)) == 4


async def test_a_result_that_cannot_be_stored_is_recorded_without_what_the_receiver_said(driver: WebhookDriver) -> None:
    await driver.pool.execute("ALTER TABLE attempt ADD CHECK (response <> 'refuse me')")
    async with receiver(answer(body=b"refuse me")) as there, receiver() as healthy:
        await driver.endpoint(there, "odd")
        await driver.endpoint(healthy, "healthy")
        await driver.notify(2, unit="odd")
        await driver.notify(2, unit="healthy")
        await driver.sender()
        await driver.delivered(4)
        rows = await driver.attempts(4)
    assert sorted(row["response"] for row in rows) == ["", "", "ok", "ok"]
    assert sum(row["error"] == "internal error: CheckViolationError while recording" for row in rows) == 2
    assert len(there.got) == 2


async def _holds(condition: Any) -> bool:
    return bool(condition())


async def _nothing_in_flight() -> bool:
    return REGISTRY.get_sample_value("gridloop_webhooks_in_flight") == 0
