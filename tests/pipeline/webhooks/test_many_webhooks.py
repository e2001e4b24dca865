"""Delivery of webhooks by several senders, and endpoints that are dead, paused, disabled or deleted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import webhooks
from services.dispatch.domain.delivery import circuit
from services.dispatch.domain.delivery.attempts import UNPROVEN_ERROR
from services.dispatch.domain.delivery.signatures import KeyPair
from services.dispatch.domain.dispatches.state import OutgoingMessage
from services.dispatch.store import cases, deliveries, delivery_log, endpoints, redaction
from services.dispatch.workers import sweep
from tests.support.receivers import answer, echo, hang, receiver
from tests.support.waiting import wait_until
from tests.support.webhook_driver import VAULT, WebhookDriver, row_of


async def test_a_message_whose_sender_died_before_storing_the_result_is_sent_again_with_the_same_id(
    driver: WebhookDriver,
) -> None:
    arrived = asyncio.Event()

    async def never_answer(*_: Any) -> None:
        arrived.set()
        await asyncio.Event().wait()

    async with receiver(never_answer) as there:
        await driver.add_endpoint(there)
        await driver.notify()
        first = await driver.sender(deadline=30)
        await wait_until(arrived.is_set)
        driver.pools[0].terminate()  # it has sent the message and can never store the result
        first.cancel()
        assert await driver.states() == {"sending": 1}
        there.behaviour = answer()
        assert not await deliveries.release_expired(driver.pool), "the lease still holds"
        await driver.pool.execute("UPDATE delivery SET lease_until = now()")
        assert await deliveries.release_expired(driver.pool)
        await driver.sender()
        await driver.wait_for_deliveries(1)
    assert len(there.got) == 2
    assert len(set(there.ids)) == 1


async def test_a_result_after_the_end_of_its_lease_changes_nothing(driver: WebhookDriver) -> None:
    async with receiver() as there:
        await driver.add_endpoint(there)
        await driver.notify()
        [held] = await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=10, at=0.0)
        await driver.pool.execute("UPDATE delivery SET lease_until = now()")
        await deliveries.release_expired(driver.pool)
        await driver.sender()
        await driver.wait_for_deliveries(1)
    late = deliveries.DeliveryResult(
        held, "pending", circuit.FIRST_PAUSE, datetime.now(UTC), 1, 500, "status 500", None, ""
    )
    await deliveries.record_results(driver.pool, [late])
    assert (await driver.delivery())["state"] == "delivered"


async def test_two_replicas_send_each_message_once(driver: WebhookDriver) -> None:
    async with receiver() as there:
        for unit in ("a", "b", "c"):
            await driver.add_endpoint(there, unit)
        await driver.sender()
        await driver.sender()
        for unit in ("a", "b", "c"):
            await driver.notify(60, unit=unit)
        await driver.wait_for_deliveries(180)
    assert len(there.got) == len(set(there.ids)) == 180


async def test_a_dead_endpoint_does_not_delay_others_and_gets_no_more_than_its_limit(driver: WebhookDriver) -> None:
    async with receiver(hang) as dead, receiver() as healthy:
        await driver.add_endpoint(dead, "dead", max_in_flight=3)
        await driver.add_endpoint(healthy, "healthy")
        await driver.notify(200, unit="dead")
        await driver.sender(deadline=30)
        await wait_until(lambda: len(dead.got) == 3)
        await driver.notify(100, unit="healthy")
        await driver.wait_for_deliveries(100)
    assert len(healthy.got) == 100
    assert dead.most_at_once == 3


async def test_an_open_circuit_lets_one_probe_through_and_closes_when_it_succeeds(driver: WebhookDriver) -> None:
    async with receiver(answer(500)) as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        await driver.sender()
        await driver.notify(20)

        async def open_and_idle() -> Any:
            """Return the endpoint once its circuit is open and every attempt is counted."""
            return await driver.pool.fetchrow(
                "SELECT failures, open_until FROM endpoint WHERE open_until > now() AND failures >= $1"
                " AND failures = (SELECT count(*) FROM attempt) AND NOT EXISTS (SELECT FROM delivery WHERE state = 'sending')",
                circuit.THRESHOLD,
            )

        broken = await wait_until(open_and_idle, what="the circuit to open")
        tried = len(there.got)
        await driver.retry_now()
        await driver.wait_for_endpoint(endpoint_id, lambda row: row["failures"] == broken["failures"] + 1)
        assert len(there.got) == tried + 1
        there.behaviour = answer()
        await driver.pool.execute("UPDATE endpoint SET open_until = now()")
        await driver.wait_for_deliveries(20)
        await driver.wait_for_endpoint(endpoint_id, lambda row: row["open_until"] is None)


async def test_an_endpoint_test_is_sent_first_and_its_challenge_verifies_the_endpoint(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        await driver.pool.execute("UPDATE endpoint SET state = 'pending_verification', verified_at = NULL")
        await driver.notify(3)
        await driver.sender()
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        [tried] = await driver.wait_for_attempts(1)
        assert (tried["status"], tried["error"]) == (200, UNPROVEN_ERROR)
        await driver.wait_for_endpoint(endpoint_id, lambda row: row["test_error"] == UNPROVEN_ERROR)
        assert (await driver.load_endpoint(endpoint_id))["state"] == "pending_verification", (
            "a 2xx without the challenge is no proof"
        )
        there.behaviour = echo
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await driver.wait_for_deliveries(4)
    assert [each.body.startswith(b'{"type":"endpoint.test"') for each in there.got] == [True, True, False, False, False]
    assert (await driver.states()) == {"cancelled": 1, "delivered": 4}, "a new test replaces a waiting one"
    health = await driver.load_endpoint(endpoint_id)
    assert (health["state"], health["test_error"]) == ("verified", None)


async def test_an_endpoint_test_without_its_challenge_is_retried(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        await driver.pool.execute("UPDATE endpoint SET state = 'pending_verification', verified_at = NULL")
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await driver.sender()
        await driver.wait_for_attempts(1)
        there.behaviour = echo
        await driver.wait_for_deliveries(1, retry_now=True)
        await driver.wait_for_endpoint(endpoint_id, lambda row: row["state"] == "verified")
    assert len(set(there.ids)) == 1


async def test_the_first_endpoint_test_waits_so_that_the_receiver_can_store_the_secret(driver: WebhookDriver) -> None:
    pair, endpoint_id = KeyPair.new(), uuid4()
    async with driver.pool.acquire() as connection, connection.transaction():
        await endpoints.add_endpoint(connection, row_of(endpoint_id, "http://127.0.0.1:9/"), pair, VAULT)
        wait = await connection.fetchval("SELECT next_attempt_at - now() FROM delivery")
    assert wait == endpoints.FIRST_TEST_AFTER
    assert not await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=10, at=0.0)


async def test_an_endpoint_test_is_listed_with_its_creation_time(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
    [listed] = await delivery_log.list_deliveries(driver.pool, endpoint_id, "pending", None, 10)
    assert listed["next_attempt_at"] == listed["created_at"]


async def test_a_disabled_endpoint_is_probed_and_enabled_again(driver: WebhookDriver) -> None:
    async with receiver(echo) as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        await driver.pool.execute(
            "UPDATE endpoint SET state = 'disabled', disabled_reason = 'failing', disabled_at = now(), failures = 99, probed_at = NULL"
        )
        await driver.notify(2)
        await driver.sender()
        await endpoints.probe_disabled(driver.pool)
        await endpoints.probe_disabled(driver.pool)
        await driver.wait_for_deliveries(3)
        await driver.wait_for_endpoint(endpoint_id, lambda row: row["state"] == "verified")
    assert len(there.got) == 3, "at most one probe per hour"


async def test_a_new_endpoint_can_recover_earlier_messages(driver: WebhookDriver) -> None:
    before = datetime.now(UTC)
    await driver.notify(3)
    assert await driver.states() == {}
    async with receiver() as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        await driver.notify(1)
        await driver.sender()
        await driver.wait_for_deliveries(1)
        assert await delivery_log.count_recoverable(driver.pool, endpoint_id, before) == 3
        async with driver.pool.acquire() as connection:
            await delivery_log.recover(connection, endpoint_id, before)
            await delivery_log.recover(connection, endpoint_id, before)
        await driver.wait_for_deliveries(4)
    assert len(there.got) == 4


async def test_recover_sends_exhausted_messages_and_resend_a_delivered_one_with_the_same_id(
    driver: WebhookDriver,
) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        first, second = await driver.notify(2)
        await driver.pool.execute("UPDATE delivery SET state = 'exhausted', attempts = 12 WHERE message_id = $1", first)
        await driver.sender()
        await driver.wait_for_deliveries(1)
        async with driver.pool.acquire() as connection:
            await delivery_log.recover(connection, endpoint_id, datetime(2026, 1, 1, tzinfo=UTC))
        await driver.wait_for_deliveries(2)
        delivery_id = await driver.pool.fetchval("SELECT id FROM delivery WHERE message_id = $1", second)
        there.behaviour = answer(500)
        async with driver.pool.acquire() as connection:
            await delivery_log.resend(connection, delivery_id)
        await driver.wait_for_attempts(3)
        await driver.wait_for_deliveries(2)
    assert there.ids == [str(second), str(first), str(second)]


async def test_an_endpoint_gets_only_the_types_it_subscribed_to(driver: WebhookDriver) -> None:
    async with receiver() as there:
        await driver.add_endpoint(there, events=["dispatch.created"])
        await driver.notify(3)
    assert await driver.states() == {}


async def test_a_repeated_message_is_queued_once(driver: WebhookDriver) -> None:
    """A replay of the event makes a message with the same id."""
    async with receiver() as there:
        await driver.add_endpoint(there)
        notice_ids = await driver.notify(1)
        data = webhooks.EndpointTestData(endpoint_id=uuid4(), challenge="x")
        again = OutgoingMessage(
            notice_ids[0], uuid4(), "sanitation", webhooks.EndpointTest(timestamp=datetime.now(UTC), data=data)
        )
        async with driver.pool.acquire() as connection:
            await cases.add_messages(connection, [(uuid4(), again)], "")
        assert await driver.states() == {"pending": 1}


@pytest.mark.parametrize("closed", ["state = 'paused'", "open_until = now() + interval '10 minutes', failures = 99"])
async def test_a_message_that_a_closed_endpoint_held_back_for_its_lifetime_is_exhausted(
    driver: WebhookDriver, closed: str
) -> None:
    async with receiver() as there:
        await driver.add_endpoint(there)
        await driver.notify(1)
    await driver.pool.execute(f"UPDATE endpoint SET {closed}")
    assert await deliveries.exhaust_expired(driver.pool) == 0, "its lifetime has not ended"
    await driver.pool.execute("UPDATE delivery SET expires_at = now()")
    assert await deliveries.exhaust_expired(driver.pool) == 1
    assert await driver.states() == {"exhausted": 1}


async def test_all_old_deliveries_and_messages_are_deleted_in_batches(driver: WebhookDriver) -> None:
    async with receiver() as there:
        await driver.add_endpoint(there)
        await driver.notify(5)
    await driver.pool.execute("UPDATE endpoint SET state = 'paused'")
    await driver.pool.execute("UPDATE delivery SET expires_at = now()")
    assert await deliveries.exhaust_expired(driver.pool, batch=2) == 5
    await driver.pool.execute("UPDATE delivery SET created_at = now() - interval '31 days'")
    await driver.pool.execute("UPDATE message SET created_at = now() - interval '31 days'")
    await deliveries.delete_old(driver.pool, timedelta(days=30), batch=2)
    assert await driver.states() == {}
    assert await driver.pool.fetchval("SELECT count(*) FROM message") == 0


async def test_no_message_is_exhausted_untried_after_a_long_outage_of_ours(driver: WebhookDriver) -> None:
    """Messages from before the outage are still sent, also to an endpoint whose circuit was open."""
    async with receiver() as there:
        await driver.add_endpoint(there)
        troubled, _ = await driver.add_endpoint(there)
        await driver.notify(2)
        await driver.pool.execute(
            "UPDATE endpoint SET failures = 99, open_until = now() - interval '31 days' WHERE id = $1", troubled
        )
        for table in ("message", "delivery"):
            await driver.pool.execute(f"UPDATE {table} SET created_at = now() - interval '31 days'")
        await driver.pool.execute("UPDATE delivery SET expires_at = now() - interval '27 days'")
        await sweep.tidy(driver.pool)
        assert await driver.states() == {"pending": 4}
        await driver.sender()
        await driver.wait_for_deliveries(4)


async def test_deleting_an_endpoint_cancels_its_waiting_deliveries(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        await driver.notify(2)
        async with driver.pool.acquire() as connection:
            await endpoints.delete_endpoint(connection, endpoint_id)
        await driver.notify(1)
    assert await driver.states() == {"cancelled": 2}


async def test_no_transaction_is_open_while_http_runs(driver: WebhookDriver) -> None:
    async with receiver(hang) as there:
        await driver.add_endpoint(there)
        await driver.notify(4)
        await driver.sender(deadline=30)
        await wait_until(lambda: len(there.got) == 4)

        async def idle() -> bool:  # a poll of the sender may have one open
            return not await driver.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

        await wait_until(idle)
        assert await driver.states() == {"sending": 4}


async def test_one_claim_takes_the_messages_of_many_endpoints(driver: WebhookDriver) -> None:
    async with receiver() as there:
        for number in range(20):
            await driver.add_endpoint(there, f"unit-{number}")
            await driver.notify(4, unit=f"unit-{number}")
        claimed = await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=256, at=0.0)
        assert len(claimed) == 80


async def test_a_claim_includes_endpoints_with_few_messages(driver: WebhookDriver) -> None:
    await driver.add_endpoint("http://127.0.0.1:9/", "flooded")
    await driver.notify(500, unit="flooded")
    quiet = {(await driver.add_endpoint("http://127.0.0.1:9/", f"quiet-{number}"))[0] for number in range(30)}
    for number in range(30):
        await driver.notify(1, unit=f"quiet-{number}")
    claimed = await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=64, at=0.0)
    assert quiet <= {each.endpoint_id for each in claimed}


async def test_responses_about_a_case_are_found_by_index(driver: WebhookDriver) -> None:
    """They are redacted while the case is locked, and there may be millions."""
    async with driver.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        rows = await connection.fetch("EXPLAIN " + redaction.CLEAR_RESPONSES.replace("$1", "'{}'"))
    plan = "\n".join(row[0] for row in rows)
    assert "attempt_delivery" in plan
    assert "Seq Scan" not in plan
