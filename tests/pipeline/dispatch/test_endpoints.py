"""Registration, change and log of webhook endpoints over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.dispatch_driver import DispatchDriver, register_endpoint
from tests.support.receivers import answer, echo, receiver, wait_for_webhook
from tests.support.waiting import wait_until


async def test_a_secret_is_shown_once(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.client_of_unit() as web:
        once = {"idempotency-key": "register-1"}
        body = {"url": there.url}
        created = await web.post("/endpoints", json=body, headers=once)
        assert created.status_code == 201
        secret = created.json()["secret"]
        again = await web.post("/endpoints", json=body, headers=once)
        assert again.json()["id"] == created.json()["id"]
        assert again.json()["secret"] is None
        assert "secret" not in (await web.get(f"/endpoints/{created.json()['id']}")).json()
        rotated = (await web.post(f"/endpoints/{created.json()['id']}/rotate-secret")).json()
        assert rotated["secret"] != secret
        changed = await web.patch(f"/endpoints/{created.json()['id']}", json={"signatures": ["v1a"]})
        assert changed.json()["public_keys"] == [rotated["public_key"], *created.json()["public_keys"]]
        assert (created.json()["signatures"], changed.json()["signatures"]) == (["v1", "v1a"], ["v1a"])
        pool = driver.dispatch.context.database
        assert await pool.fetchval("SELECT count(*) FROM secret") == 2


async def test_an_endpoint_is_managed_by_its_unit_and_administrators_only(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.client_of_unit() as web, driver.client_of_unit("housing") as other:
        endpoint_id = (await register_endpoint(web, there, description="主系统"))["id"]
        assert (await other.get(f"/endpoints/{endpoint_id}")).status_code == 404
        assert (await other.get(f"/endpoints/{endpoint_id}/attempts")).status_code == 404
        assert (await other.get("/endpoints")).json()["items"] == []
        stolen = await other.post("/endpoints", json={"url": there.url, "unit_id": "sanitation"})
        assert stolen.status_code == 422
        async with await driver.client_of_account("administrator") as administrator:
            assert (await administrator.get(f"/endpoints/{endpoint_id}")).status_code == 200
            made = await administrator.post("/endpoints", json={"url": there.url, "unit_id": "housing"})
            assert made.status_code == 201
            assert (await administrator.post("/endpoints", json={"url": there.url})).status_code == 422
        async with await driver.client_of_account("dispatcher") as desk:
            assert (await desk.get("/endpoints")).status_code == 403


async def test_a_registered_address_is_refused_with_the_existing_endpoint(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.client_of_unit() as web:
        created = (await web.post("/endpoints", json={"url": there.url})).json()
        key = {"idempotency-key": "second"}
        again = {"url": there.url.replace("http://", "HTTP://") + "#fragment"}
        twice = await web.post("/endpoints", json=again, headers=key)
        assert (twice.status_code, twice.json()["type"]) == (409, "/problems/endpoint-exists")
        assert twice.json()["endpoint"] == created["id"]
        other = (await web.post("/endpoints", json={"url": f"{there.url}/other"})).json()
        moved = await web.patch(f"/endpoints/{other['id']}", json={"url": there.url})
        assert (moved.status_code, moved.json()["endpoint"]) == (409, created["id"])
        assert (await web.patch(f"/endpoints/{created['id']}", json={"url": there.url})).status_code == 200
        await web.delete(f"/endpoints/{created['id']}")
        freed = await web.post("/endpoints", json=again, headers=key)
        assert freed.status_code == 201, "the refusal was not stored under the key"


async def test_an_endpoint_is_changed_only_at_the_version_of_if_match(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.client_of_unit() as web:
        path = f"/endpoints/{(await web.post('/endpoints', json={'url': there.url})).json()['id']}"
        seen = await web.get(path)
        assert seen.headers["etag"] == f'"{seen.json()["version"]}"' == '"1"'
        behind_proxy = {"if-match": '"7", "1-gzip"'}
        changed = await web.patch(path, json={"description": "新"}, headers=behind_proxy)
        assert (changed.status_code, changed.headers["etag"], changed.json()["version"]) == (200, '"2"', 2)
        stale = {"if-match": '"1"'}
        answers = [
            await web.patch(path, json={"description": "旧"}, headers=stale),
            await web.post(f"{path}/test", headers=stale),
            await web.post(f"{path}/rotate-secret", headers=stale),
            await web.delete(path, headers=stale),
        ]
        assert {answer.status_code for answer in answers} == {412}
        assert (await web.get(path)).json()["description"] == "新"
        rotated = await web.post(f"{path}/rotate-secret", headers={"if-match": 'W/"2"'})
        assert (rotated.status_code, rotated.headers["etag"]) == (200, (await web.get(path)).headers["etag"])
        none = await web.post("/endpoints", json={"url": f"{there.url}/x"}, headers=stale)
        assert (none.status_code, none.json()["type"]) == (412, "/problems/nothing-to-match")
        assert (await web.delete(path, headers={"if-match": rotated.headers["etag"]})).status_code == 204


async def test_an_endpoint_is_paused_changed_tested_and_deleted(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.client_of_unit() as web:
        endpoint_id = (await register_endpoint(web, there, description="主系统"))["id"]
        path = f"/endpoints/{endpoint_id}"
        assert (await web.patch(path, json={"paused": True})).json()["state"] == "paused"
        await driver.dispatch_case("sanitation")
        assert (await web.post(f"{path}/test")).status_code == 202
        await wait_until(lambda: len(there.got) >= 2, what="the test of a paused endpoint")
        assert (await web.patch(path, json={"paused": False})).json()["state"] == "verified"
        await wait_for_webhook(there, "dispatch.created")
        assert (await web.patch(path, json={"url": "http://10.1.2.3/"})).json()[
            "type"
        ] == "/problems/endpoint-url-refused"
        unknown = await web.patch(path, json={"events": ["dispatch.unheard_of"]})
        assert unknown.status_code == 422
        moved = await web.patch(path, json={"url": there.url + "/new", "events": ["dispatch.created"]})
        assert moved.json()["state"] == "pending_verification"
        assert (await web.delete(path)).status_code == 204
        assert (await web.get(path)).status_code == 404


async def test_attempts_are_logged_and_messages_can_be_sent_again(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.client_of_unit() as web:
        endpoint_id = (await register_endpoint(web, there, description="主系统"))["id"]
        there.behaviour = answer(500, "坏了".encode())
        await driver.dispatch_case("sanitation")

        async def failed() -> list[Any]:
            page = (await web.get(f"/endpoints/{endpoint_id}/attempts")).json()["items"]
            return [each for each in page if each["status"] == 500]

        [tried] = await wait_until(failed, what="the failed attempt")
        assert (tried["type"], tried["response"], tried["address"]) == ("dispatch.created", "坏了", "127.0.0.1")
        there.behaviour = answer()
        resent = await web.post(f"/deliveries/{tried['delivery_id']}/resend")
        assert resent.status_code == 202

        async def taken() -> bool:
            page = (await web.get(f"/endpoints/{endpoint_id}/deliveries", params={"state": "delivered"})).json()
            return tried["delivery_id"] in [each["id"] for each in page["items"]]

        await wait_until(taken, what="the resent message")
        assert there.ids.count(tried["message_id"]) == 2
        ago = (datetime.now(UTC) - timedelta(days=15)).isoformat()
        assert (await web.post(f"/endpoints/{endpoint_id}/recover", json={"since": ago})).status_code == 422
        lately = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        recovered = await web.post(f"/endpoints/{endpoint_id}/recover", json={"since": lately})
        assert recovered.json() == {"messages": 0}
        async with driver.client_of_unit("housing") as other:
            assert (await other.post(f"/deliveries/{tried['delivery_id']}/resend")).status_code == 404
