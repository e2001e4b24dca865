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
from tests.support.house import until
from tests.support.parts import Postgres
from tests.support.receivers import answer, echo, hang, receiver
from tests.support.webhooks import VAULT, Office, open_office, row_of, same, when


@pytest.fixture
async def office(postgres: Postgres) -> AsyncIterator[Office]:
    async with open_office(postgres) as found:
        yield found


async def test_a_sender_that_dies_between_sending_and_recording_sends_again_under_the_same_id(office: Office) -> None:
    arrived = asyncio.Event()

    async def take(*_: Any) -> None:
        arrived.set()
        await asyncio.Event().wait()

    async with receiver(take) as there:
        await office.endpoint(there)
        await office.say()
        first = await office.sender(deadline=30)
        await arrived.wait()
        office.pools[0].terminate()  # it has sent; it will never record
        first.cancel()
        assert await office.states() == {"sending": 1}
        there.behaviour = answer()
        assert not await deliveries.release_expired(office.pool), "the lease still holds"
        await office.pool.execute("UPDATE delivery SET lease_until = now()")
        assert await deliveries.release_expired(office.pool)
        await office.sender()
        await office.delivered(1)
    assert len(there.got) == 2
    assert len(set(there.ids)) == 1


async def test_a_result_whose_lease_was_overtaken_changes_nothing(office: Office) -> None:
    async with receiver() as there:
        await office.endpoint(there)
        await office.say()
        [held] = await deliveries.claim(office.pool, behind=UUID(int=0), limit=10, at=0.0)
        await office.pool.execute("UPDATE delivery SET lease_until = now()")
        await deliveries.release_expired(office.pool)
        await office.sender()
        await office.delivered(1)
    late = deliveries.DeliveryResult(
        held, "pending", circuit.FIRST_PAUSE, datetime.now(UTC), 1, 500, "status 500", None, ""
    )
    await deliveries.record_results(office.pool, [late])
    assert (await office.one())["state"] == "delivered"


async def test_two_replicas_send_each_message_once(office: Office) -> None:
    async with receiver() as there:
        for unit in ("a", "b", "c"):
            await office.endpoint(there, unit)
        await office.sender()
        await office.sender()
        for unit in ("a", "b", "c"):
            await office.say(60, unit=unit)
        await office.delivered(180)
    assert len(there.got) == len(set(there.ids)) == 180


async def test_a_dead_endpoint_neither_delays_the_healthy_nor_gets_more_than_its_cap(office: Office) -> None:
    async with receiver(hang) as dead, receiver() as healthy:
        await office.endpoint(dead, "dead", max_in_flight=3)
        await office.endpoint(healthy, "healthy")
        await office.say(200, unit="dead")
        await office.sender(deadline=30)
        await until(lambda: when(same(dead.got), lambda got: len(got) == 3))
        await office.say(100, unit="healthy")
        await office.delivered(100)
    assert len(healthy.got) == 100
    assert dead.most_at_once == 3


async def test_a_circuit_that_opened_lets_one_probe_through_and_closes_at_its_success(office: Office) -> None:
    async with receiver(answer(500)) as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.sender()
        await office.say(20)

        async def open_and_quiet() -> Any:
            """Nothing is sent any more, and what was under way as it opened has been counted."""
            return await office.pool.fetchrow(
                "SELECT failures, open_until FROM endpoint WHERE open_until > now() AND failures >= $1"
                " AND failures = (SELECT count(*) FROM attempt) AND NOT EXISTS (SELECT FROM delivery WHERE state = 'sending')",
                circuit.THRESHOLD,
            )

        broken = await until(open_and_quiet, what="the circuit to open")
        tried = len(there.got)
        await office.time_passes()
        await until(lambda: when(office.health(endpoint_id), lambda row: row["failures"] == broken["failures"] + 1))
        assert len(there.got) == tried + 1
        there.behaviour = answer()
        await office.pool.execute("UPDATE endpoint SET open_until = now()")
        await office.delivered(20)
        await until(lambda: when(office.health(endpoint_id), lambda row: row["open_until"] is None))


async def test_a_test_goes_first_verifies_by_its_challenge_and_releases_what_waited(office: Office) -> None:
    async with receiver() as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.pool.execute("UPDATE endpoint SET state = 'pending_verification', verified_at = NULL")
        await office.say(3)
        await office.sender()
        async with office.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        [tried] = await office.attempts(1)
        assert (tried["status"], tried["error"]) == (200, UNPROVEN_ERROR)
        await until(lambda: when(office.health(endpoint_id), lambda row: row["test_error"] == UNPROVEN_ERROR))
        assert (await office.health(endpoint_id))["state"] == "pending_verification", "2xx alone proves nothing"
        there.behaviour = echo
        async with office.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await office.delivered(4)
    assert [each.body.startswith(b'{"type":"endpoint.test"') for each in there.got] == [True, True, False, False, False]
    assert (await office.states()) == {"cancelled": 1, "delivered": 4}, "a new test takes the place of one that waits"
    health = await office.health(endpoint_id)
    assert (health["state"], health["test_error"]) == ("verified", None)


async def test_a_test_without_its_challenge_is_tried_again_until_it_proves_the_endpoint(office: Office) -> None:
    async with receiver() as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.pool.execute("UPDATE endpoint SET state = 'pending_verification', verified_at = NULL")
        async with office.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await office.sender()
        await office.attempts(1)
        there.behaviour = echo
        await office.delivered(1, hurry=True)
        await until(lambda: when(office.health(endpoint_id), lambda row: row["state"] == "verified"))
    assert len(set(there.ids)) == 1


async def test_the_first_test_waits_until_the_receiver_can_have_stored_the_secret(office: Office) -> None:
    pair, endpoint_id = KeyPair.new(), uuid4()
    async with office.pool.acquire() as connection, connection.transaction():
        await endpoints.add_endpoint(connection, row_of(endpoint_id, "http://127.0.0.1:9/"), pair, VAULT)
        wait = await connection.fetchval("SELECT next_attempt_at - now() FROM delivery")
    assert wait == endpoints.FIRST_TEST_AFTER
    assert not await deliveries.claim(office.pool, behind=UUID(int=0), limit=10, at=0.0)


async def test_a_test_that_goes_before_everything_is_listed_with_the_time_it_was_made(office: Office) -> None:
    async with receiver() as there:
        endpoint_id, _ = await office.endpoint(there)
        async with office.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
    [listed] = await delivery_log.list_deliveries(office.pool, endpoint_id, "pending", None, 10)
    assert listed["next_attempt_at"] == listed["created_at"]


async def test_a_disabled_endpoint_is_probed_and_comes_back_by_itself(office: Office) -> None:
    async with receiver(echo) as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.pool.execute(
            "UPDATE endpoint SET state = 'disabled', disabled_reason = 'failing', disabled_at = now(), failures = 99, probed_at = NULL"
        )
        await office.say(2)
        await office.sender()
        await endpoints.probe_disabled(office.pool)
        await endpoints.probe_disabled(office.pool)
        await office.delivered(3)
        await until(lambda: when(office.health(endpoint_id), lambda row: row["state"] == "verified"))
    assert len(there.got) == 3, "one probe an hour"


async def test_nothing_is_queued_for_a_unit_without_endpoint_and_recover_fetches_it(office: Office) -> None:
    before = datetime.now(UTC)
    await office.say(3)
    assert await office.states() == {}
    async with receiver() as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.say(1)
        await office.sender()
        await office.delivered(1)
        assert await delivery_log.count_recoverable(office.pool, endpoint_id, before) == 3
        async with office.pool.acquire() as connection:
            await delivery_log.recover(connection, endpoint_id, before)
            await delivery_log.recover(connection, endpoint_id, before)
        await office.delivered(4)
    assert len(there.got) == 4


async def test_recover_sends_what_was_given_up_and_resend_sends_what_was_delivered_under_the_same_id(
    office: Office,
) -> None:
    async with receiver() as there:
        endpoint_id, _ = await office.endpoint(there)
        first, second = await office.say(2)
        await office.pool.execute("UPDATE delivery SET state = 'exhausted', attempts = 12 WHERE message_id = $1", first)
        await office.sender()
        await office.delivered(1)
        async with office.pool.acquire() as connection:
            await delivery_log.recover(connection, endpoint_id, datetime(2026, 1, 1, tzinfo=UTC))
        await office.delivered(2)
        delivery_id = await office.pool.fetchval("SELECT id FROM delivery WHERE message_id = $1", second)
        there.behaviour = answer(500)
        async with office.pool.acquire() as connection:
            await delivery_log.resend(connection, delivery_id)
        await office.attempts(3)
        await office.delivered(2)
    assert there.ids == [str(second), str(first), str(second)]


async def test_an_endpoint_gets_only_the_types_it_asked_for(office: Office) -> None:
    async with receiver() as there:
        await office.endpoint(there, events=["dispatch.created"])
        await office.say(3)
    assert await office.states() == {}


async def test_said_twice_is_sent_once(office: Office) -> None:
    """A replay of the cause makes the same ids; nothing new is queued."""
    async with receiver() as there:
        await office.endpoint(there)
        notice_ids = await office.say(1)
        data = webhooks.EndpointTestData(endpoint_id=uuid4(), challenge="x")
        again = OutgoingMessage(
            notice_ids[0], uuid4(), "sanitation", webhooks.EndpointTest(timestamp=datetime.now(UTC), data=data)
        )
        async with office.pool.acquire() as connection:
            await cases.add_messages(connection, [(uuid4(), again)], "")
        assert await office.states() == {"pending": 1}


@pytest.mark.parametrize("closed", ["state = 'paused'", "open_until = now() + interval '10 minutes', failures = 99"])
async def test_what_its_endpoint_did_not_let_through_in_its_lifetime_is_given_up(office: Office, closed: str) -> None:
    async with receiver() as there:
        await office.endpoint(there)
        await office.say(1)
    await office.pool.execute(f"UPDATE endpoint SET {closed}")
    assert await deliveries.exhaust_expired(office.pool) == 0, "it has its days"
    await office.pool.execute("UPDATE delivery SET expires_at = now()")
    assert await deliveries.exhaust_expired(office.pool) == 1
    assert await office.states() == {"exhausted": 1}


async def test_all_that_is_old_is_forgotten_in_one_round(office: Office) -> None:
    """More than one transaction deletes."""
    async with receiver() as there:
        await office.endpoint(there)
        await office.say(5)
    await office.pool.execute("UPDATE endpoint SET state = 'paused'")
    await office.pool.execute("UPDATE delivery SET expires_at = now()")
    assert await deliveries.exhaust_expired(office.pool, batch=2) == 5
    await office.pool.execute("UPDATE delivery SET created_at = now() - interval '31 days'")
    await office.pool.execute("UPDATE message SET created_at = now() - interval '31 days'")
    await deliveries.delete_old(office.pool, timedelta(days=30), batch=2)
    assert await office.states() == {}
    assert await office.pool.fetchval("SELECT count(*) FROM message") == 0


async def test_nothing_is_given_up_untried_because_we_were_away(office: Office) -> None:
    """A month without our machine: what was said before is sent, to a healthy unit and to one whose circuit was open."""
    async with receiver() as there:
        await office.endpoint(there)
        troubled, _ = await office.endpoint(there)
        await office.say(2)
        await office.pool.execute(
            "UPDATE endpoint SET failures = 99, open_until = now() - interval '31 days' WHERE id = $1", troubled
        )
        for table in ("message", "delivery"):
            await office.pool.execute(f"UPDATE {table} SET created_at = now() - interval '31 days'")
        await office.pool.execute("UPDATE delivery SET expires_at = now() - interval '27 days'")
        await sweep.tidy(office.pool)
        assert await office.states() == {"pending": 4}
        await office.sender()
        await office.delivered(4)


async def test_deleting_an_endpoint_cancels_what_waits(office: Office) -> None:
    async with receiver() as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.say(2)
        async with office.pool.acquire() as connection:
            await endpoints.delete_endpoint(connection, endpoint_id)
        await office.say(1)
    assert await office.states() == {"cancelled": 2}


async def test_no_transaction_is_open_while_http_runs(office: Office) -> None:
    async with receiver(hang) as there:
        await office.endpoint(there)
        await office.say(4)
        await office.sender(deadline=30)
        await until(lambda: when(same(there.got), lambda got: len(got) == 4))

        async def idle() -> bool:  # but for a look of the sender, while all four go on
            return not await office.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

        await until(idle)
        assert await office.states() == {"sending": 4}


async def test_one_round_of_many_messages_takes_few_statements(office: Office) -> None:
    """The budget: a claim and a record each handle all of a round, however many endpoints take part."""
    async with receiver() as there:
        for number in range(20):
            await office.endpoint(there, f"unit-{number}")
            await office.say(4, unit=f"unit-{number}")
        claimed = await deliveries.claim(office.pool, behind=UUID(int=0), limit=256, at=0.0)
        assert len(claimed) == 80


async def test_the_claim_is_fair_to_endpoints_with_little_to_get(office: Office) -> None:
    await office.endpoint("http://127.0.0.1:9/", "flooded")
    await office.say(500, unit="flooded")
    quiet = {(await office.endpoint("http://127.0.0.1:9/", f"quiet-{number}"))[0] for number in range(30)}
    for number in range(30):
        await office.say(1, unit=f"quiet-{number}")
    claimed = await deliveries.claim(office.pool, behind=UUID(int=0), limit=64, at=0.0)
    assert quiet <= {each.endpoint_id for each in claimed}


async def test_answers_about_a_case_are_found_by_index(office: Office) -> None:
    """They are redacted inside the lock of the case, and there may be millions."""
    async with office.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        rows = await connection.fetch("EXPLAIN " + redaction.CLEAR_RESPONSES.replace("$1", "'{}'"))
    plan = "\n".join(row[0] for row in rows)
    assert "attempt_delivery" in plan
    assert "Seq Scan" not in plan
