"""Delivery of webhooks to one receiver: correct, slow, broken or dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from services.chassis import http_client
from services.dispatch.domain.delivery.signatures import KeyPair
from services.dispatch.store import deliveries, endpoints
from tests.support.receivers import answer, drip, hang, raw, receiver
from tests.support.waiting import wait_until
from tests.support.webhook_driver import VAULT, WebhookDriver, certificate
from tests.unit.dispatch.test_signatures import verifies


async def test_a_message_is_sent_as_the_stored_bytes_with_a_signature(driver: WebhookDriver) -> None:
    async with receiver() as there:
        _, secret = await driver.add_endpoint(there)
        [message_id] = await driver.notify()
        await driver.sender()
        await driver.wait_for_deliveries(1)
    [got] = there.got
    assert got.id == str(message_id)
    assert Webhook(secret).verify(got.body, got.headers)
    assert got.body == await driver.pool.fetchval("SELECT body FROM message WHERE id = $1", message_id)
    assert got.data["links"]["dispatch"].startswith("https://gridloop.example.gov.cn/api/dispatch/dispatches/")
    assert got.headers["content-type"] == "application/json"
    [tried] = await driver.wait_for_attempts(1)
    assert (tried["status"], tried["response"], tried["address"]) == (200, "ok", "127.0.0.1")


async def test_both_secrets_sign_during_a_rotation_and_then_only_the_new_one(driver: WebhookDriver) -> None:
    async with receiver() as there:
        endpoint_id, old = await driver.add_endpoint(there)
        pair = KeyPair.new()
        new = pair.secret
        await driver.sender()
        await driver.notify()
        await driver.wait_for_deliveries(1)
        async with driver.pool.acquire() as connection:
            await endpoints.rotate_secret(connection, endpoint_id, pair, VAULT, endpoints.TEST_LIFETIME)
        await driver.notify()
        await driver.wait_for_deliveries(2)
        assert Webhook(old).verify(there.got[1].body, there.got[1].headers)
        assert Webhook(new).verify(there.got[1].body, there.got[1].headers)
        found = await endpoints.load_endpoint(driver.pool, endpoint_id)
        assert found is not None
        assert found["public_keys"][0] == pair.public_key
        assert len(found["public_keys"]) == 2
        assert all(verifies(key, there.got[1].headers, there.got[1].body) for key in found["public_keys"])
        await driver.pool.execute("UPDATE secret SET expires_at = now() WHERE expires_at IS NOT NULL")
        await driver.pool.execute("UPDATE endpoint SET version = version + 1")
        await driver.notify()
        await driver.wait_for_deliveries(3)
        found = await endpoints.load_endpoint(driver.pool, endpoint_id)
        assert found is not None
        assert found["public_keys"] == [pair.public_key]
        await driver.pool.execute("UPDATE endpoint SET signatures = '{v1a}', version = version + 1")
        await driver.notify()
        await driver.wait_for_deliveries(4)
    assert there.got[2].headers["webhook-signature"].count("v1,") == 1
    assert Webhook(new).verify(there.got[2].body, there.got[2].headers)
    assert "v1," not in there.got[3].headers["webhook-signature"]
    assert verifies(pair.public_key, there.got[3].headers, there.got[3].body)


async def test_messages_about_one_dispatch_are_sent_one_by_one_in_order(driver: WebhookDriver) -> None:
    async with receiver() as there:
        await driver.add_endpoint(there)
        await driver.notify(12, dispatch=uuid4())
        await driver.sender()
        await driver.sender()
        await driver.wait_for_deliveries(12)
    assert [each.data["sequence"] for each in there.got] == list(range(1, 13))
    assert there.most_at_once == 1


async def test_the_next_message_of_a_dispatch_waits_until_the_former_is_delivered_or_exhausted(
    driver: WebhookDriver,
) -> None:
    async with receiver(answer(500)) as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        first, second = await driver.notify(2, dispatch=uuid4())
        await driver.sender()
        await driver.wait_for_attempts(1)
        await driver.retry_now()
        await driver.wait_for_attempts(2)
        assert set(there.ids) == {str(first)}
        await driver.pool.execute("UPDATE delivery SET state = 'exhausted' WHERE message_id = $1", first)
        there.behaviour = answer()
        await driver.retry_now()
        await driver.wait_for_deliveries(1)
        assert there.ids[-1] == str(second)
        await driver.wait_for_endpoint(endpoint_id, lambda row: row["failures"] == 0)


async def test_a_failed_message_is_retried_with_the_same_id_and_a_new_signature(
    driver: WebhookDriver,
) -> None:
    async with receiver(answer(500)) as there:
        _, secret = await driver.add_endpoint(there)
        await driver.notify()
        await driver.sender()
        [tried] = await driver.wait_for_attempts(1)
        ended_at = tried["started_at"] + timedelta(milliseconds=tried["duration_ms"])
        again_at = (await driver.delivery())["next_attempt_at"]
        assert ended_at + timedelta(seconds=4) <= again_at <= datetime.now(UTC) + timedelta(seconds=6)
        there.behaviour = answer()
        await driver.retry_now()
        await driver.wait_for_deliveries(1)
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
async def test_any_response_but_2xx_is_a_failure_and_redirects_are_not_followed(
    driver: WebhookDriver, behaviour: Any, error: str
) -> None:
    async with receiver(behaviour) as there:
        await driver.add_endpoint(there)
        await driver.notify()
        await driver.sender()
        [tried, *_] = await driver.wait_for_attempts(1)
    assert tried["error"] == error
    assert (await driver.delivery())["state"] == "pending"


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
async def test_a_2xx_status_line_is_a_delivery_whatever_the_body_is(driver: WebhookDriver, behaviour: Any) -> None:
    async with receiver(behaviour) as there:
        await driver.add_endpoint(there)
        await driver.notify()
        await driver.sender()
        await driver.wait_for_deliveries(1)
        [tried] = await driver.wait_for_attempts(1)
    assert len(there.got) == 1
    assert len(tried["response"]) <= 1024


async def test_an_endless_body_is_not_read_to_its_end(driver: WebhookDriver) -> None:
    async with receiver(drip(b"1\r\nx\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")) as there:
        await driver.add_endpoint(there)
        await driver.notify()
        await driver.sender()
        await driver.wait_for_deliveries(1)
    assert len(there.got) == 1


async def test_receivers_that_never_answer_do_not_block_one_that_does(driver: WebhookDriver) -> None:
    async with receiver(hang) as holding, receiver() as there:
        for unit in range(40):
            await driver.add_endpoint(holding, f"holding-{unit}", max_in_flight=8)
            await driver.notify(8, unit=f"holding-{unit}")
        await driver.sender(deadline=30)

        async def all_slots_are_taken() -> bool:
            return (await driver.states()).get("pending") == 40 * 8 - (128 + 24)

        await wait_until(all_slots_are_taken, what="sixteen receivers with eight requests, the others with one")
        await driver.add_endpoint(there)
        await driver.notify()
        await driver.wait_for_deliveries(1)
    assert len(there.got) == 1


@pytest.mark.parametrize("behaviour", [hang, drip(b"x-header: y\r\n", b"HTTP/1.1 "), drip(b"H")])
async def test_the_deadline_ends_an_attempt_whatever_the_receiver_sends(driver: WebhookDriver, behaviour: Any) -> None:
    async with receiver(behaviour) as there:
        await driver.add_endpoint(there)
        await driver.notify()
        await driver.sender(deadline=0.3)
        [tried, *_] = await driver.wait_for_attempts(1)
    assert tried["status"] is None
    assert tried["duration_ms"] >= 250 or tried["error"] == "failed: not HTTP"


async def test_an_endless_response_head_is_cut_off(driver: WebhookDriver) -> None:
    async with receiver(drip(b"x: " + b"y" * 30_000 + b"\r\n", b"HTTP/1.1 500 X\r\n", every=0)) as there:
        await driver.add_endpoint(there)
        await driver.notify()
        await driver.sender()
        [tried, *_] = await driver.wait_for_attempts(1)
    assert tried["error"] == "status 500", "the status was received before the head was cut off"


async def test_retry_after_postpones_all_messages_to_the_endpoint(driver: WebhookDriver) -> None:
    async with receiver(answer(429, retry_after="600")) as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        await driver.notify()
        await driver.sender()
        await driver.wait_for_attempts(1)
        health = await driver.wait_for_endpoint(endpoint_id, lambda row: row["open_until"])
        assert 590 < (health["open_until"] - datetime.now(UTC)).total_seconds() <= 600
        await driver.notify(3)
        assert not await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=10, at=0.0)
        waiting = await driver.pool.fetchrow("SELECT * FROM delivery WHERE attempts = 1")
        assert 590 < (waiting["next_attempt_at"] - datetime.now(UTC)).total_seconds() <= 600


async def test_a_410_disables_the_endpoint(driver: WebhookDriver) -> None:
    async with receiver(answer(410)) as there:
        endpoint_id, _ = await driver.add_endpoint(there)
        await driver.notify()
        await driver.sender()
        health = await driver.wait_for_endpoint(endpoint_id, lambda row: row["state"] == "disabled")
        assert health["disabled_reason"] == "gone"
        await driver.notify()
        await driver.retry_now()
        assert not await deliveries.claim(driver.pool, after_endpoint=UUID(int=0), limit=10, at=0.0)
    assert len(there.got) == 1


async def test_a_refused_connection_is_a_failed_attempt(driver: WebhookDriver) -> None:
    async with receiver() as there:
        gone = there.url
    await driver.add_endpoint(gone)
    await driver.notify()
    await driver.sender()
    [tried] = await driver.wait_for_attempts(1)
    assert tried["error"].startswith("failed: not connected")


async def test_a_closed_keep_alive_connection_costs_no_attempt(driver: WebhookDriver) -> None:
    async with receiver() as there:
        await driver.add_endpoint(there)
        await driver.sender()
        await driver.notify()
        await driver.wait_for_deliveries(1)
        there.close()  # as after a restart of the server: the connections are closed, the port is the same
        await driver.notify()
        await driver.wait_for_deliveries(2)
        rows = await driver.wait_for_attempts(2)
    assert [each["status"] for each in rows] == [200, 200]


async def test_networks_that_are_not_allowed_are_refused_at_the_connection(driver: WebhookDriver) -> None:
    async with receiver() as there:
        for url in (
            there.url,
            there.url.replace("127.0.0.1", "localhost"),
            there.url.replace("127.0.0.1", "2130706433"),
        ):
            await driver.add_endpoint(url)
        await driver.notify()
        await driver.sender(allow=("10.0.0.0/8",))
        rows = await driver.wait_for_attempts(3)
    assert there.connections == 0
    assert all(each["error"].startswith("refused: network not allowed") for each in rows)


async def test_only_a_trusted_certificate_is_accepted(
    driver: WebhookDriver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tls, authority = certificate(tmp_path)
    async with receiver(tls=tls) as there:
        await driver.add_endpoint(there.url.replace("http:", "https:"))
        await driver.notify()
        distrustful = await driver.sender()
        [tried, *_] = await driver.wait_for_attempts(1)
        assert tried["error"].startswith("failed: certificate not accepted")
        assert there.got == []
        await driver.stop(distrustful)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        monkeypatch.setattr(http_client, "tls_context", http_client.tls_context.__wrapped__)  # as after a restart
        await driver.retry_now()
        await driver.sender()
        await driver.wait_for_deliveries(1)


async def test_an_endpoint_without_a_usable_secret_does_not_stop_others(driver: WebhookDriver) -> None:
    async with receiver() as there:
        damaged, _ = await driver.add_endpoint(there, "damaged")
        await driver.pool.execute("UPDATE secret SET encrypted = '\\x00' || encrypted WHERE endpoint_id = $1", damaged)
        bare, _ = await driver.add_endpoint(there, "bare")
        await driver.pool.execute("UPDATE secret SET expires_at = now() WHERE endpoint_id = $1", bare)
        await driver.add_endpoint(there, "healthy")
        for unit in ("damaged", "bare", "healthy"):
            await driver.notify(unit=unit)
        await driver.sender()
        await driver.wait_for_deliveries(1)
        await driver.notify(unit="healthy")
        await driver.wait_for_deliveries(2)
        rows = await driver.wait_for_attempts(4)
        await driver.wait_for_endpoint(damaged, lambda row: row["failures"] == 1)
    assert len(there.got) == 2
    reasons = {row["endpoint_id"]: row["error"] for row in rows if row["error"]}
    assert reasons == {damaged: "not callable: InvalidTag", bare: "not callable: no valid signing secret"}
