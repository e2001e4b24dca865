"""Attack: hostile receivers and damaged rows. Every delivery leaves an attempt with its reason."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from services.dispatch.domain.delivery import circuit
from services.dispatch.store import endpoints
from tests.support.metrics import metric
from tests.support.receivers import answer, raw, receiver
from tests.support.waiting import wait_until
from tests.support.webhook_driver import WebhookDriver

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


async def test_any_value_of_retry_after_leaves_an_attempt_and_a_retry(webhook_driver: WebhookDriver) -> None:
    async with AsyncExitStack() as receivers:
        for number, value in enumerate(VALUES):
            head = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\nretry-after: " + value + b"\r\n\r\n"
            there = await receivers.enter_async_context(receiver(raw(head, close=False)))
            await webhook_driver.add_endpoint(there, f"unit-{number}")
            await webhook_driver.notify(unit=f"unit-{number}")
        await webhook_driver.sender()
        rows = await webhook_driver.wait_for_attempts(len(VALUES))
    assert {row["error"] for row in rows} == {"status 503"}
    assert await webhook_driver.states() == {"pending": len(VALUES)}


async def test_a_huge_retry_after_opens_the_circuit_and_leaves_nothing_in_flight(
    webhook_driver: WebhookDriver,
) -> None:
    async with receiver(answer(429, retry_after="9" * 5_000)) as there:
        endpoint_id, _ = await webhook_driver.add_endpoint(there)
        await webhook_driver.notify(circuit.THRESHOLD)
        await webhook_driver.sender()
        await webhook_driver.wait_for_endpoint(
            endpoint_id, lambda row: row["failures"] > 0 and row["open_until"] is not None
        )
        await wait_until(lambda: metric("gridloop_webhooks_in_flight") == 0)


async def test_an_exception_in_a_delivery_is_a_failed_attempt_with_its_reason(
    webhook_driver: WebhookDriver,
) -> None:
    """The stored message of an endpoint test has no challenge, so that the sender raises an exception."""
    async with receiver(answer(body=b'{"challenge": "x"}')) as there:
        endpoint_id, _ = await webhook_driver.add_endpoint(there)
        async with webhook_driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await webhook_driver.pool.execute("UPDATE message SET body = '{}'")
        await webhook_driver.sender()
        [tried] = await webhook_driver.wait_for_attempts(1)
        await webhook_driver.wait_for_endpoint(endpoint_id, lambda row: row["failures"] == 1)
    assert tried["error"] == "internal error: KeyError: 'data'"
    assert (await webhook_driver.delivery())["state"] == "pending"
    assert (await webhook_driver.delivery())["attempts"] == 1


async def test_nothing_is_sent_while_results_cannot_be_stored(
    webhook_driver: WebhookDriver, caplog: pytest.LogCaptureFixture
) -> None:
    def refusals() -> int:
        return sum("nothing is sent until they are" in each.message for each in caplog.records)

    async with receiver() as there:
        await webhook_driver.add_endpoint(there)
        await webhook_driver.pool.execute("ALTER TABLE attempt RENAME TO elsewhere")
        await webhook_driver.notify(1)
        await webhook_driver.sender()
        await wait_until(lambda: refusals() > 0)
        await webhook_driver.notify(3)
        seen = refusals()
        await wait_until(lambda: refusals() > seen + 1)
        assert len(there.got) == 1, "the result of another message could not be stored"
        await webhook_driver.pool.execute("ALTER TABLE elsewhere RENAME TO attempt")
        await webhook_driver.wait_for_deliveries(4)
        assert len(await webhook_driver.wait_for_attempts(4)) == 4
    assert len(there.got) == len(set(there.ids)) == 4


async def test_a_result_that_cannot_be_stored_is_stored_without_the_response(
    webhook_driver: WebhookDriver,
) -> None:
    await webhook_driver.pool.execute("ALTER TABLE attempt ADD CHECK (response <> 'refuse me')")
    async with receiver(answer(body=b"refuse me")) as there, receiver() as healthy:
        await webhook_driver.add_endpoint(there, "odd")
        await webhook_driver.add_endpoint(healthy, "healthy")
        await webhook_driver.notify(2, unit="odd")
        await webhook_driver.notify(2, unit="healthy")
        await webhook_driver.sender()
        await webhook_driver.wait_for_deliveries(4)
        rows = await webhook_driver.wait_for_attempts(4)
    assert sorted(row["response"] for row in rows) == ["", "", "ok", "ok"]
    assert sum(row["error"] == "internal error: CheckViolationError while recording" for row in rows) == 2
    assert len(there.got) == 2
