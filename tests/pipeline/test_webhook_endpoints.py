"""Many webhooks on real parts: replicas that share them, endpoints that are dead, paused, probed or gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
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
from tests.support.infrastructure import Postgres
from tests.support.installation import wait_until
from tests.support.receivers import answer, echo, hang, receiver
from tests.support.webhook_driver import VAULT, WebhookDriver, awaited, open_webhook_driver, row_of, row_when


@pytest.fixture
async def driver(postgres: Postgres) -> AsyncIterator[WebhookDriver]:
    async with open_webhook_driver(postgres) as found:
        yield found


async def test_a_sender_that_dies_between_sending_and_recording_sends_again_under_the_same_id(
    driver: WebhookDriver,
) -> None:
    arrived = asyncio.Event()

    async def take(*_: Any) -> None:
        arrived.set()
        await asyncio.Event().wait()

    async with receiver(take) as there:
        await driver.endpoint(there)
        await driver.notify()
        first = await driver.sender(deadline=30)
        await arrived.wait()
        driver.pools[0].terminate()  # it has sent; it will never record
        first.cancel()
        assert await driver.states() == {"sending": 1}
        there.behaviour = answer()
        assert not await deliveries.release_expired(driver.pool), "the lease still holds"
        await driver.pool.execute("UPDATE delivery SET lease_until = now()")
        assert await deliveries.release_expired(driver.pool)
        await driver.sender()
        await driver.delivered(1)
    assert len(there.got) == 2
    assert len(set(there.ids)) == 1


async def test_a_result_whose_lease_was_overtaken_changes_nothing(driver: WebhookDriver) -> None:
    async with receiver() as there:
        await driver.endpoint(there)
        await driver.notify()
        [held] = await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=10, at=0.0)
        await driver.pool.execute("UPDATE delivery SET lease_until = now()")
        await deliveries.release_expired(driver.pool)
        await driver.sender()
        await driver.delivered(1)
    late = deliveries.DeliveryResult(
        held, "pending", circuit.FIRST_PAUSE, datetime.now(UTC), 1, 500, "status 500", None, ""
    )
    await deliveries.record_results(driver.pool, [late])
    assert (await driver.one())["state"] == "delivered"


async def test_two_replicas_send_each_message_once(driver: WebhookDriver) -> None:
    async with receiver() as there:
        for unit in ("a", "b", "c"):
            await driver.endpoint(there, unit)
        await driver.sender()
        await driver.sender()
        for unit in ("a", "b", "c"):
            await driver.notify(60, unit=unit)
        await driver.delivered(180)
    assert len(there.got) == len(set(there.ids)) == 180


async def test_a_dead_endpoint_neither_delays_the_healthy_nor_gets_more_than_its_cap(driver: WebhookDriver) -> None:
    async with receiver(hang) as dead, receiver() as healthy:
        await driver.endpoint(dead, "dead", max_in_flight=3)
        await driver.endpoint(healthy, "healthy")
        await driver.notify(200, unit="dead")
        await driver.sender(deadline=30)
        await wait_until(lambda: row_when(awaited(dead.got), lambda got: len(got) == 3))
        await driver.notify(100, unit="healthy")
        await driver.delivered(100)
    assert len(healthy.got) == 100
    assert dead.most_at_once == 3


async def test_a_circuit_that_opened_lets_one_probe_through_and_closes_at_its_success(driver: WebhookDriver) -> None:
    async with receiver(answer(500)) as there:
        endpoint_id, _ = await driver.endpoint(there)
        await driver.sender()
        await driver.notify(20)

        async def open_and_quiet() -> Any:
            """Nothing is sent any more, and what was under way as it opened has been counted."""
            return await driver.pool.fetchrow(
                "SELECT failures, open_until FROM endpoint WHERE open_until > now() AND failures >= $1"
                " AND failures = (SELECT count(*) FROM attempt) AND NOT EXISTS (SELECT FROM delivery WHERE state = 'sending')",
                circuit.THRESHOLD,
            )

        broken = await wait_until(open_and_quiet, what="the circuit to open")
        tried = len(there.got)
        await driver.time_passes()
        await wait_until(
            lambda: row_when(driver.health(endpoint_id), lambda row: row["failures"] == broken["failures"] + 1)
        )
        assert len(there.got) == tried + 1
        there.behaviour = answer()
        await driver.pool.execute("UPDATE endpoint SET open_until = now()")
        await driver.delivered(20)
        await wait_until(lambda: row_when(driver.health(endpoint_id), lambda row: row["open_until"] is None))


async def test_a_test_goes_first_verifies_by_its_challenge_and_releases_what_waited(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.endpoint(there)
        await driver.pool.execute("UPDATE endpoint SET state = 'pending_verification', verified_at = NULL")
        await driver.notify(3)
        await driver.sender()
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        [tried] = await driver.attempts(1)
        assert (tried["status"], tried["error"]) == (200, UNPROVEN_ERROR)
        await wait_until(lambda: row_when(driver.health(endpoint_id), lambda row: row["test_error"] == UNPROVEN_ERROR))
        assert (await driver.health(endpoint_id))["state"] == "pending_verification", "2xx alone proves nothing"
        there.behaviour = echo
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await driver.delivered(4)
    assert [each.body.startswith(b'{"type":"endpoint.test"') for each in there.got] == [True, True, False, False, False]
    assert (await driver.states()) == {"cancelled": 1, "delivered": 4}, "a new test takes the place of one that waits"
    health = await driver.health(endpoint_id)
    assert (health["state"], health["test_error"]) == ("verified", None)


async def test_a_test_without_its_challenge_is_tried_again_until_it_proves_the_endpoint(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.endpoint(there)
        await driver.pool.execute("UPDATE endpoint SET state = 'pending_verification', verified_at = NULL")
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await driver.sender()
        await driver.attempts(1)
        there.behaviour = echo
        await driver.delivered(1, hurry=True)
        await wait_until(lambda: row_when(driver.health(endpoint_id), lambda row: row["state"] == "verified"))
    assert len(set(there.ids)) == 1


async def test_the_first_test_waits_until_the_receiver_can_have_stored_the_secret(driver: WebhookDriver) -> None:
    pair, endpoint_id = KeyPair.new(), uuid4()
    async with driver.pool.acquire() as connection, connection.transaction():
        await endpoints.add_endpoint(connection, row_of(endpoint_id, "http://127.0.0.1:9/"), pair, VAULT)
        wait = await connection.fetchval("SELECT next_attempt_at - now() FROM delivery")
    assert wait == endpoints.FIRST_TEST_AFTER
    assert not await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=10, at=0.0)


async def test_a_test_that_goes_before_everything_is_listed_with_the_time_it_was_made(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.endpoint(there)
        async with driver.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
    [listed] = await delivery_log.list_deliveries(driver.pool, endpoint_id, "pending", None, 10)
    assert listed["next_attempt_at"] == listed["created_at"]


async def test_a_disabled_endpoint_is_probed_and_comes_back_by_itself(driver: WebhookDriver) -> None:
    async with receiver(echo) as there:
        endpoint_id, _ = await driver.endpoint(there)
        await driver.pool.execute(
            "UPDATE endpoint SET state = 'disabled', disabled_reason = 'failing', disabled_at = now(), failures = 99, probed_at = NULL"
        )
        await driver.notify(2)
        await driver.sender()
        await endpoints.probe_disabled(driver.pool)
        await endpoints.probe_disabled(driver.pool)
        await driver.delivered(3)
        await wait_until(lambda: row_when(driver.health(endpoint_id), lambda row: row["state"] == "verified"))
    assert len(there.got) == 3, "one probe an hour"


async def test_nothing_is_queued_for_a_unit_without_endpoint_and_recover_fetches_it(driver: WebhookDriver) -> None:
    before = datetime.now(UTC)
    await driver.notify(3)
    assert await driver.states() == {}
    async with receiver() as there:
        endpoint_id, _ = await driver.endpoint(there)
        await driver.notify(1)
        await driver.sender()
        await driver.delivered(1)
        assert await delivery_log.count_recoverable(driver.pool, endpoint_id, before) == 3
        async with driver.pool.acquire() as connection:
            await delivery_log.recover(connection, endpoint_id, before)
            await delivery_log.recover(connection, endpoint_id, before)
        await driver.delivered(4)
    assert len(there.got) == 4


async def test_recover_sends_what_was_given_up_and_resend_sends_what_was_delivered_under_the_same_id(
    driver: WebhookDriver,
) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.endpoint(there)
        first, second = await driver.notify(2)
        await driver.pool.execute("UPDATE delivery SET state = 'exhausted', attempts = 12 WHERE message_id = $1", first)
        await driver.sender()
        await driver.delivered(1)
        async with driver.pool.acquire() as connection:
            await delivery_log.recover(connection, endpoint_id, datetime(2026, 1, 1, tzinfo=UTC))
        await driver.delivered(2)
        delivery_id = await driver.pool.fetchval("SELECT id FROM delivery WHERE message_id = $1", second)
        there.behaviour = answer(500)
        async with driver.pool.acquire() as connection:
            await delivery_log.resend(connection, delivery_id)
        await driver.attempts(3)
        await driver.delivered(2)
    assert there.ids == [str(second), str(first), str(second)]


async def test_an_endpoint_gets_only_the_types_it_asked_for(driver: WebhookDriver) -> None:
    async with receiver() as there:
        await driver.endpoint(there, events=["dispatch.created"])
        await driver.notify(3)
    assert await driver.states() == {}


async def test_said_twice_is_sent_once(driver: WebhookDriver) -> None:
    """A replay of the cause makes the same ids; nothing new is queued."""
    async with receiver() as there:
        await driver.endpoint(there)
        notice_ids = await driver.notify(1)
        data = webhooks.EndpointTestData(endpoint_id=uuid4(), challenge="x")
        again = OutgoingMessage(
            notice_ids[0], uuid4(), "sanitation", webhooks.EndpointTest(timestamp=datetime.now(UTC), data=data)
        )
        async with driver.pool.acquire() as connection:
            await cases.add_messages(connection, [(uuid4(), again)], "")
        assert await driver.states() == {"pending": 1}


@pytest.mark.parametrize("closed", ["state = 'paused'", "open_until = now() + interval '10 minutes', failures = 99"])
async def test_what_its_endpoint_did_not_let_through_in_its_lifetime_is_given_up(
    driver: WebhookDriver, closed: str
) -> None:
    async with receiver() as there:
        await driver.endpoint(there)
        await driver.notify(1)
    await driver.pool.execute(f"UPDATE endpoint SET {closed}")
    assert await deliveries.exhaust_expired(driver.pool) == 0, "it has its days"
    await driver.pool.execute("UPDATE delivery SET expires_at = now()")
    assert await deliveries.exhaust_expired(driver.pool) == 1
    assert await driver.states() == {"exhausted": 1}


async def test_all_that_is_old_is_forgotten_in_one_round(driver: WebhookDriver) -> None:
    """More than one transaction deletes."""
    async with receiver() as there:
        await driver.endpoint(there)
        await driver.notify(5)
    await driver.pool.execute("UPDATE endpoint SET state = 'paused'")
    await driver.pool.execute("UPDATE delivery SET expires_at = now()")
    assert await deliveries.exhaust_expired(driver.pool, batch=2) == 5
    await driver.pool.execute("UPDATE delivery SET created_at = now() - interval '31 days'")
    await driver.pool.execute("UPDATE message SET created_at = now() - interval '31 days'")
    await deliveries.delete_old(driver.pool, timedelta(days=30), batch=2)
    assert await driver.states() == {}
    assert await driver.pool.fetchval("SELECT count(*) FROM message") == 0


async def test_nothing_is_given_up_untried_because_we_were_away(driver: WebhookDriver) -> None:
    """A month without our machine: what was said before is sent, to a healthy unit and to one whose circuit was
    open.
    """
    async with receiver() as there:
        await driver.endpoint(there)
        troubled, _ = await driver.endpoint(there)
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
        await driver.delivered(4)


async def test_deleting_an_endpoint_cancels_what_waits(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, _ = await driver.endpoint(there)
        await driver.notify(2)
        async with driver.pool.acquire() as connection:
            await endpoints.delete_endpoint(connection, endpoint_id)
        await driver.notify(1)
    assert await driver.states() == {"cancelled": 2}


async def test_no_transaction_is_open_while_http_runs(driver: WebhookDriver) -> None:
    async with receiver(hang) as there:
        await driver.endpoint(there)
        await driver.notify(4)
        await driver.sender(deadline=30)
        await wait_until(lambda: row_when(awaited(there.got), lambda got: len(got) == 4))

        async def idle() -> bool:  # but for a look of the sender, while all four go on
            return not await driver.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

        await wait_until(idle)
        assert await driver.states() == {"sending": 4}


async def test_one_round_of_many_messages_takes_few_statements(driver: WebhookDriver) -> None:
    """The budget: a claim and a record each handle all of a round, however many endpoints take part."""
    async with receiver() as there:
        for number in range(20):
            await driver.endpoint(there, f"unit-{number}")
            await driver.notify(4, unit=f"unit-{number}")
        claimed = await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=256, at=0.0)
        assert len(claimed) == 80


async def test_the_claim_is_fair_to_endpoints_with_little_to_get(driver: WebhookDriver) -> None:
    await driver.endpoint("http://127.0.0.1:9/", "flooded")
    await driver.notify(500, unit="flooded")
    quiet = {(await driver.endpoint("http://127.0.0.1:9/", f"quiet-{number}"))[0] for number in range(30)}
    for number in range(30):
        await driver.notify(1, unit=f"quiet-{number}")
    claimed = await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=64, at=0.0)
    assert quiet <= {each.endpoint_id for each in claimed}


async def test_answers_about_a_case_are_found_by_index(driver: WebhookDriver) -> None:
    """They are redacted inside the lock of the case, and there may be millions."""
    async with driver.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        rows = await connection.fetch("EXPLAIN " + redaction.CLEAR_RESPONSES.replace("$1", "'{}'"))
    plan = "\n".join(row[0] for row in rows)
    assert "attempt_delivery" in plan
    assert "Seq Scan" not in plan
