"""The outbox on a real PostgreSQL against real receivers: the polite, the slow, the broken and the dead."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from standardwebhooks.webhooks import Webhook

from contracts import webhooks
from contracts.webhooks import WebhookLinks
from services.chassis import database
from services.chassis.auth import Authenticator
from services.chassis.clock import Clock
from services.chassis.context import Context
from services.chassis.database import Pool
from services.chassis.keys import derive
from services.chassis.settings import Settings
from services.dispatch.app import SERVICE
from services.dispatch.domain.delivery import circuit, signing
from services.dispatch.domain.delivery.vault import PURPOSE, Vault
from services.dispatch.domain.orders.state import Notice
from services.dispatch.store import cases, endpoints, log, outbox
from services.dispatch.workers.sender import Sender
from tests.support.house import SECRET, SERVICE_KEY, until
from tests.support.parts import Postgres
from tests.support.receivers import Receiver, answer, drip, echo, hang, raw, receiver

VAULT = Vault(derive(SECRET, PURPOSE))


@dataclass
class Office:
    """A dispatch database with senders on it, and no district around."""

    url: str
    pool: Pool
    deadline: float = 2.0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)

    async def sender(
        self, *, allow: tuple[str, ...] = ("127.0.0.0/8",), deadline: float | None = None
    ) -> asyncio.Task[None]:
        """Another replica, with a pool of its own."""
        pool = await database.connect(self.url)
        self.pools.append(pool)
        settings = Settings(gridloop_secret_key=SECRET, gridloop_service_key=SERVICE_KEY, gridloop_webhook_allow=allow)
        context = Context("dispatch", settings, Clock(), Authenticator(SECRET, SERVICE_KEY), pool)
        task = asyncio.create_task(Sender(context, deadline=deadline or self.deadline).run())
        self.tasks.append(task)
        return task

    async def stop(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def endpoint(self, found: Receiver | str, unit: str = "sanitation", **fields: Any) -> tuple[UUID, str]:
        """An endpoint that is already verified, and its secret."""
        secret, endpoint_id = signing.new_secret(), uuid4()
        row = {
            "id": endpoint_id, "unit_id": unit, "url": found if isinstance(found, str) else found.url, "description": "",
            "events": None, "max_in_flight": 4, "kind": "unit", "format": "json", "takes_exercises": False, "created_at": datetime.now(UTC), "created_by": "test", **fields,
        }  # fmt: skip
        async with self.pool.acquire() as connection:
            await endpoints.add(connection, row, VAULT.seal(endpoint_id, signing.key_of(secret)))
            await connection.execute("DELETE FROM delivery WHERE endpoint_id = $1", endpoint_id)
            await connection.execute(
                "UPDATE endpoint SET state = 'verified', verified_at = now() WHERE id = $1", endpoint_id
            )
        return endpoint_id, secret

    async def say(self, count: int = 1, *, unit: str = "sanitation", dispatch: UUID | None = None) -> list[UUID]:
        """Tell the unit something; each about a dispatch of its own, unless one is named."""
        notices = []
        for sequence in range(1, count + 1):
            about = dispatch or uuid4()
            data = webhooks.DispatchClosedData(
                dispatch_id=about, case_number="LJ-20261123-000001", unit_id=unit, role="lead", sequence=sequence,
                links=WebhookLinks(dispatch=f"/api/dispatch/dispatches/{about}"), outcome="solved",
            )  # fmt: skip
            webhook = webhooks.DispatchClosed(timestamp=datetime.now(UTC), data=data)
            notices.append(Notice(uuid4(), about, unit, webhook))
        async with self.pool.acquire() as connection:
            await cases.say(connection, notices, "https://gridloop.example.gov.cn")
        return [each.id for each in notices]

    async def states(self) -> dict[str, int]:
        rows = await self.pool.fetch("SELECT state, count(*) AS n FROM delivery GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    async def delivered(self, count: int, *, hurry: bool = False) -> None:
        """Wait for so many deliveries; in a hurry, time passes while we wait."""

        async def there() -> bool:
            if hurry:
                await self.time_passes()
            return (await self.states()).get("delivered", 0) >= count

        await until(there, what=f"{count} deliveries")

    async def attempts(self, count: int) -> list[Any]:
        async def there() -> list[Any]:
            rows = await self.pool.fetch("SELECT * FROM attempt ORDER BY id")
            return rows if len(rows) >= count else []

        return await until(there, what=f"{count} attempts")

    async def one(self) -> Any:
        return await self.pool.fetchrow("SELECT * FROM delivery")

    async def health(self, endpoint_id: UUID) -> Any:
        return await self.pool.fetchrow("SELECT * FROM endpoint WHERE id = $1", endpoint_id)

    async def time_passes(self) -> None:
        """The next attempt of everything is due, circuits may be probed."""
        await self.pool.execute("UPDATE delivery SET next_attempt_at = now() WHERE state = 'pending'")
        await self.pool.execute("UPDATE endpoint SET open_until = now() WHERE open_until IS NOT NULL")


@contextlib.asynccontextmanager
async def opened(postgres: Postgres) -> AsyncIterator[Office]:
    url = await postgres.create_database("webhooks")
    pool = await database.connect(url)
    assert SERVICE.migrations is not None
    await database.migrate(pool, [database.CHASSIS_MIGRATIONS, SERVICE.migrations])
    found = Office(url, pool)
    try:
        yield found
    finally:
        for task in found.tasks:
            await found.stop(task)
        for each in (*found.pools, pool):
            each.terminate()
        await postgres.drop_databases([url])


@pytest.fixture
async def office(postgres: Postgres) -> AsyncIterator[Office]:
    async with opened(postgres) as found:
        yield found


async def test_a_message_arrives_signed_with_the_bytes_that_were_stored(office: Office) -> None:
    async with receiver() as there:
        _, secret = await office.endpoint(there)
        [message_id] = await office.say()
        await office.sender()
        await office.delivered(1)
    [got] = there.got
    assert got.id == str(message_id)
    assert Webhook(secret).verify(got.body, got.headers)
    assert got.body == await office.pool.fetchval("SELECT body FROM message WHERE id = $1", message_id)
    assert got.data["links"]["dispatch"].startswith("https://gridloop.example.gov.cn/api/dispatch/dispatches/")
    assert got.headers["content-type"] == "application/json"
    [tried] = await office.attempts(1)
    assert (tried["status"], tried["response"], tried["address"]) == (200, "ok", "127.0.0.1")


async def test_while_secrets_rotate_both_verify_and_after_the_grace_only_the_new_one(office: Office) -> None:
    async with receiver() as there:
        endpoint_id, old = await office.endpoint(there)
        new = signing.new_secret()
        await office.sender()
        await office.say()
        await office.delivered(1)
        async with office.pool.acquire() as connection:
            sealed = VAULT.seal(endpoint_id, signing.key_of(new))
            await endpoints.rotate(connection, endpoint_id, sealed, endpoints.TEST_LIFETIME)
        await office.say()
        await office.delivered(2)
        assert Webhook(old).verify(there.got[1].body, there.got[1].headers)
        assert Webhook(new).verify(there.got[1].body, there.got[1].headers)
        await office.pool.execute("UPDATE secret SET expires_at = now() WHERE expires_at IS NOT NULL")
        await office.pool.execute("UPDATE endpoint SET version = version + 1")
        await office.say()
        await office.delivered(3)
    assert there.got[2].headers["webhook-signature"].count("v1,") == 1
    assert Webhook(new).verify(there.got[2].body, there.got[2].headers)


async def test_messages_about_one_dispatch_arrive_one_by_one_in_order(office: Office) -> None:
    async with receiver() as there:
        await office.endpoint(there)
        await office.say(12, dispatch=uuid4())
        await office.sender()
        await office.sender()
        await office.delivered(12)
    assert [each.data["sequence"] for each in there.got] == list(range(1, 13))
    assert there.most_at_once == 1


async def test_the_next_message_of_a_dispatch_waits_until_the_former_is_delivered_or_given_up(office: Office) -> None:
    async with receiver(answer(500)) as there:
        endpoint_id, _ = await office.endpoint(there)
        first, second = await office.say(2, dispatch=uuid4())
        await office.sender()
        await office.attempts(1)
        await office.time_passes()
        await office.attempts(2)
        assert set(there.ids) == {str(first)}
        await office.pool.execute("UPDATE delivery SET state = 'exhausted' WHERE message_id = $1", first)
        there.behaviour = answer()
        await office.time_passes()
        await office.delivered(1)
        assert there.ids[-1] == str(second)
        await until(lambda: _when(office.health(endpoint_id), lambda row: row["failures"] == 0))


async def test_a_failed_message_is_tried_again_with_the_same_id_and_a_fresh_timestamp_and_signature(
    office: Office,
) -> None:
    async with receiver(answer(500)) as there:
        _, secret = await office.endpoint(there)
        await office.say()
        await office.sender()
        await office.attempts(1)
        waiting = await until(office.one)
        assert 4 <= (waiting["next_attempt_at"] - datetime.now(UTC)).total_seconds() <= 6
        there.behaviour = answer()
        await office.time_passes()
        await office.delivered(1)
    assert len(set(there.ids)) == 1
    for got in there.got:
        assert Webhook(secret).verify(got.body, got.headers)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (answer(301, location="http://127.0.0.1:1/"), "status 301"),
        (answer(404), "status 404"),
        (answer(500), "status 500"),
        (raw(b"not http at all\r\n\r\n"), "failed: not HTTP"),
        (raw(b""), "failed: closed"),
        (raw(b"HTTP/1.1 "), "failed: closed"),
        (raw(b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"), "failed: not HTTP"),
    ],
)
async def test_what_is_not_2xx_is_a_failure_and_redirects_are_not_followed(
    office: Office, behaviour: Any, error: str
) -> None:
    async with receiver(behaviour) as there:
        await office.endpoint(there)
        await office.say()
        await office.sender()
        [tried, *_] = await office.attempts(1)
    assert tried["error"] == error
    assert (await office.one())["state"] == "pending"


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(204, b""),
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhal"),
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + b"x" * 100_000),
        raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZZ\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nx-"),
        raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nzzz"),
        raw(b"HTTP/1.0 200 OK\r\n\r\nall of it"),
    ],
)
async def test_a_2xx_status_line_is_delivery_whatever_happens_to_the_body(office: Office, behaviour: Any) -> None:
    async with receiver(behaviour) as there:
        await office.endpoint(there)
        await office.say()
        await office.sender()
        await office.delivered(1)
        [tried] = await office.attempts(1)
    assert len(there.got) == 1
    assert len(tried["response"]) <= 1024


async def test_a_body_that_drips_is_not_waited_for(office: Office) -> None:
    async with receiver(drip(b"1\r\nx\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")) as there:
        await office.endpoint(there)
        await office.say()
        await office.sender(deadline=0.5)
        await office.delivered(1)
    assert len(there.got) == 1


@pytest.mark.parametrize("behaviour", [hang, drip(b"x-header: y\r\n", b"HTTP/1.1 "), drip(b"H")])
async def test_one_deadline_ends_an_attempt_however_the_receiver_spins_it_out(office: Office, behaviour: Any) -> None:
    async with receiver(behaviour) as there:
        await office.endpoint(there)
        await office.say()
        await office.sender(deadline=0.3)
        [tried, *_] = await office.attempts(1)
    assert tried["status"] is None
    assert 250 <= tried["duration_ms"] < 5000 or tried["error"] == "failed: not HTTP"


async def test_an_endless_head_is_cut_off(office: Office) -> None:
    async with receiver(drip(b"x: " + b"y" * 30_000 + b"\r\n", b"HTTP/1.1 500 X\r\n", every=0)) as there:
        await office.endpoint(there)
        await office.say()
        await office.sender(deadline=5)
        [tried, *_] = await office.attempts(1)
    assert tried["duration_ms"] < 4000


async def test_busy_receivers_name_their_own_time_and_get_peace_for_all_messages(office: Office) -> None:
    async with receiver(answer(429, retry_after="600")) as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.say()
        await office.sender()
        await office.attempts(1)
        health = await until(lambda: _when(office.health(endpoint_id), lambda row: row["open_until"]))
        assert 590 < (health["open_until"] - datetime.now(UTC)).total_seconds() <= 600
        await office.say(3)
        assert not await outbox.claim(office.pool, behind=UUID(int=0), limit=10, at=0.0)
        waiting = await office.pool.fetchrow("SELECT * FROM delivery WHERE attempts = 1")
        assert 590 < (waiting["next_attempt_at"] - datetime.now(UTC)).total_seconds() <= 600


async def test_410_switches_the_endpoint_off(office: Office) -> None:
    async with receiver(answer(410)) as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.say()
        await office.sender()
        health = await until(lambda: _when(office.health(endpoint_id), lambda row: row["state"] == "disabled"))
        assert health["disabled_reason"] == "gone"
        await office.say()
        await office.time_passes()
        assert not await outbox.claim(office.pool, behind=UUID(int=0), limit=10, at=0.0)
    assert len(there.got) == 1


async def test_a_refused_connection_is_tried_once_more_at_once(office: Office) -> None:
    async with receiver() as there:
        gone = there.url
    await office.endpoint(gone)
    await office.say()
    await office.sender()
    [tried] = await office.attempts(1)
    assert tried["error"].startswith("failed: not connected")


async def test_a_kept_connection_that_died_meanwhile_costs_no_attempt(office: Office) -> None:
    async with receiver() as there:
        await office.endpoint(there)
        await office.sender()
        await office.say()
        await office.delivered(1)
        there.close()  # the server restarts: its connections are gone, its port is the same
        await office.say()
        await office.delivered(2)
        rows = await office.attempts(2)
    assert [each["status"] for each in rows] == [200, 200]


async def test_networks_that_are_not_allowed_are_refused_at_the_connection(office: Office) -> None:
    async with receiver() as there:
        for url in (
            there.url,
            there.url.replace("127.0.0.1", "localhost"),
            there.url.replace("127.0.0.1", "2130706433"),
        ):
            await office.endpoint(url)
        await office.say()
        await office.sender(allow=("10.0.0.0/8",))
        rows = await office.attempts(3)
    assert there.connections == 0
    assert all(each["error"].startswith("refused: network not allowed") for each in rows)


async def test_over_tls_only_a_certificate_that_is_trusted_and_names_the_host_is_accepted(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tls, authority = certificate(tmp_path)
    async with receiver(tls=tls) as there:
        await office.endpoint(there.url.replace("http:", "https:"))
        await office.say()
        unaware = await office.sender()
        [tried, *_] = await office.attempts(1)
        assert tried["error"].startswith("failed: certificate not accepted")
        assert there.got == []
        await office.stop(unaware)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        await office.time_passes()
        await office.sender()
        await office.delivered(1)


async def test_an_endpoint_whose_secret_does_not_open_stops_nobody_else(office: Office) -> None:
    async with receiver() as there:
        damaged, _ = await office.endpoint(there, "damaged")
        await office.pool.execute("UPDATE secret SET sealed = '\\x00' || sealed WHERE endpoint_id = $1", damaged)
        await office.endpoint(there, "healthy")
        await office.say(unit="damaged")
        await office.say(unit="healthy")
        await office.sender()
        await office.delivered(1)
        await office.say(unit="healthy")
        await office.delivered(2)
    assert len(there.got) == 2


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
        assert not await outbox.release_expired(office.pool), "the lease still holds"
        await office.pool.execute("UPDATE delivery SET lease_until = now()")
        assert await outbox.release_expired(office.pool)
        await office.sender()
        await office.delivered(1)
    assert len(there.got) == 2
    assert len(set(there.ids)) == 1


async def test_a_result_whose_lease_was_overtaken_changes_nothing(office: Office) -> None:
    async with receiver() as there:
        await office.endpoint(there)
        await office.say()
        [held] = await outbox.claim(office.pool, behind=UUID(int=0), limit=10, at=0.0)
        await office.pool.execute("UPDATE delivery SET lease_until = now()")
        await outbox.release_expired(office.pool)
        await office.sender()
        await office.delivered(1)
    late = outbox.Result(held, "pending", circuit.FIRST_PAUSE, datetime.now(UTC), 1, 500, "status 500", None, "")
    await outbox.record(office.pool, [late])
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
        await until(lambda: _when(_same(dead.got), lambda got: len(got) == 3))
        await office.say(100, unit="healthy")
        await office.delivered(100)
    assert len(healthy.got) == 100
    assert dead.most_at_once == 3


async def test_a_circuit_that_opened_lets_one_probe_through_and_closes_at_its_success(office: Office) -> None:
    async with receiver(answer(500)) as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.sender()
        await office.say(20)
        await until(lambda: _when(office.health(endpoint_id), lambda row: row["failures"] >= circuit.THRESHOLD))
        await until(lambda: _when(office.health(endpoint_id), lambda row: row["failures"] == len(there.got)))
        broken = await office.health(endpoint_id)
        assert broken["open_until"] > datetime.now(UTC)
        tried = len(there.got)
        await office.time_passes()
        await until(lambda: _when(office.health(endpoint_id), lambda row: row["failures"] == broken["failures"] + 1))
        assert len(there.got) == tried + 1
        there.behaviour = answer()
        await office.pool.execute("UPDATE endpoint SET open_until = now()")
        await office.delivered(20)
        await until(lambda: _when(office.health(endpoint_id), lambda row: row["open_until"] is None))


async def test_a_test_goes_first_verifies_by_its_challenge_and_releases_what_waited(office: Office) -> None:
    async with receiver() as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.pool.execute("UPDATE endpoint SET state = 'pending_verification', verified_at = NULL")
        await office.say(3)
        await office.sender()
        async with office.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await office.attempts(1)
        assert (await office.health(endpoint_id))["state"] == "pending_verification", "2xx alone proves nothing"
        there.behaviour = echo
        async with office.pool.acquire() as connection:
            await endpoints.send_test(connection, endpoint_id, "sanitation")
        await office.delivered(5)
    assert [each.body.startswith(b'{"type":"endpoint.test"') for each in there.got] == [True, True, False, False, False]
    assert (await office.health(endpoint_id))["state"] == "verified"


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
        await until(lambda: _when(office.health(endpoint_id), lambda row: row["state"] == "verified"))
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
        assert await log.recoverable(office.pool, endpoint_id, before) == 3
        async with office.pool.acquire() as connection:
            await log.recover(connection, endpoint_id, before)
            await log.recover(connection, endpoint_id, before)
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
            await log.recover(connection, endpoint_id, datetime(2026, 1, 1, tzinfo=UTC))
        await office.delivered(2)
        delivery_id = await office.pool.fetchval("SELECT id FROM delivery WHERE message_id = $1", second)
        there.behaviour = answer(500)
        async with office.pool.acquire() as connection:
            await log.resend(connection, delivery_id)
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
        again = Notice(
            notice_ids[0], uuid4(), "sanitation", webhooks.EndpointTest(timestamp=datetime.now(UTC), data=data)
        )
        async with office.pool.acquire() as connection:
            await cases.say(connection, [again], "")
        assert await office.states() == {"pending": 1}


async def test_what_could_not_be_delivered_in_its_lifetime_is_given_up(office: Office) -> None:
    async with receiver() as there:
        await office.endpoint(there)
        await office.say(1)
    await office.pool.execute("UPDATE delivery SET expires_at = now()")
    await outbox.exhaust_expired(office.pool)
    assert await office.states() == {"exhausted": 1}


async def test_deleting_an_endpoint_cancels_what_waits(office: Office) -> None:
    async with receiver() as there:
        endpoint_id, _ = await office.endpoint(there)
        await office.say(2)
        async with office.pool.acquire() as connection:
            await endpoints.delete(connection, endpoint_id)
        await office.say(1)
    assert await office.states() == {"cancelled": 2}


async def test_no_transaction_is_open_while_http_runs(office: Office) -> None:
    async with receiver(hang) as there:
        await office.endpoint(there)
        await office.say(4)
        await office.sender(deadline=30)
        await until(lambda: _when(_same(there.got), lambda got: len(got) == 4))
        busy = await office.pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    assert busy == 0


async def test_one_round_of_many_messages_takes_few_statements(office: Office) -> None:
    """The budget: a claim and a record each handle all of a round, however many endpoints take part."""
    async with receiver() as there:
        for number in range(20):
            await office.endpoint(there, f"unit-{number}")
            await office.say(4, unit=f"unit-{number}")
        claimed = await outbox.claim(office.pool, behind=UUID(int=0), limit=256, at=0.0)
        assert len(claimed) == 80


async def test_the_claim_is_fair_to_endpoints_with_little_to_get(office: Office) -> None:
    await office.endpoint("http://127.0.0.1:9/", "flooded")
    await office.say(500, unit="flooded")
    quiet = {(await office.endpoint("http://127.0.0.1:9/", f"quiet-{number}"))[0] for number in range(30)}
    for number in range(30):
        await office.say(1, unit=f"quiet-{number}")
    claimed = await outbox.claim(office.pool, behind=UUID(int=0), limit=64, at=0.0)
    assert quiet <= {each.endpoint_id for each in claimed}


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server context for 127.0.0.1, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    pem, secret = folder / "receiver.pem", folder / "receiver.key"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


async def _when(row: Any, holds: Any) -> Any:
    found = await row
    return found if found is not None and holds(found) else None


async def _same(value: Any) -> Any:
    return value
