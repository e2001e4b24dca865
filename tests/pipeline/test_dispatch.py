"""Dispatch as units meet it: real registry, broker, database, keys and receivers; the others' facts are handed in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from contracts.base import CASE_SOURCES, Event
from contracts.common import Mode
from contracts.envelope import Envelope
from contracts.events.command import Assignment
from contracts.events.discovery import ReportReceived
from contracts.events.supervision import UnitUrged
from deploy.local.caddy import Caddy
from deploy.local.home import Home
from deploy.local.ports import free_port
from services.chassis import http_client
from services.chassis.auth import SYSTEM
from services.chassis.settings import SERVICES
from services.dispatch.app import SERVICE
from services.dispatch.events import EVENTS
from services.dispatch.workers import sender
from tests.support.installation import Installation, RunningService, wait_until
from tests.support.receivers import Receiver, answer, echo, receiver
from tests.support.sample_district import UNIT_KEYS, access_token, start_with_sample_district
from tests.unit.dispatch.kit import AFTER, DESK, filed, routed


@dataclass
class DispatchDriver:
    """A district with dispatch in it."""

    installation: Installation
    dispatch: RunningService

    def unit(self, name: str = "sanitation") -> httpx.AsyncClient:
        """A unit's system, with its key."""
        headers = {"authorization": f"Bearer {UNIT_KEYS[name]}", "accept-language": "en"}
        return http_client.create_client(base_url=f"{self.dispatch.url}/api/dispatch", headers=headers)

    async def account(self, name: str) -> httpx.AsyncClient:
        """Somebody at a desk."""
        headers = {"authorization": f"Bearer {await access_token(self.installation, name)}"}
        return http_client.create_client(base_url=f"{self.dispatch.url}/api/dispatch", headers=headers)

    async def receive(self, case_id: UUID, *events: Event) -> None:
        """Facts of other services arrive about a case."""

        def decide(cases: Any) -> None:
            for event in events:
                after = dict.fromkeys(CASE_SOURCES, 1)
                meta = Envelope(case_id, event.SOURCE, 1, event.TYPE, datetime.now(UTC), after)
                EVENTS[type(event)](cases[case_id], event, meta)

        await self.dispatch.context.cases.run([case_id], decide, cause=f"test:{uuid4()}")

    async def order(self, *units: str, **fields: Any) -> tuple[UUID, list[UUID]]:
        """A case is filed and routed; the first unit leads."""
        case_id, now = uuid4(), self.dispatch.context.clock.now()
        assignments = [Assignment(unit_id=unit, role="co" if index else "lead") for index, unit in enumerate(units)]
        told = {"reported_at": now, "case_due_at": now + timedelta(days=1)} | fields
        mode = told.pop("mode", "actual")
        await self.receive(case_id, reported(now, mode), filed(**told), routed(*assignments))
        rows = await self.dispatch.context.database.fetch(
            "SELECT id, unit_id FROM dispatch WHERE case_id = $1", case_id
        )
        found = {row["unit_id"]: row["id"] for row in rows}
        return case_id, [found[unit] for unit in units]

    async def published(self, case_id: UUID) -> list[str]:
        rows = await self.dispatch.context.database.fetch(
            "SELECT type FROM event_store WHERE case_id = $1 ORDER BY sequence", case_id
        )
        return [row["type"] for row in rows]

    async def published_notes(self, case_id: UUID) -> list[str]:
        """What the events say in words, of those that do."""
        rows = await self.dispatch.context.database.fetch(
            "SELECT type, body FROM event_store WHERE case_id = $1 ORDER BY sequence", case_id
        )
        return [note for row in rows if (note := json.loads(row["body"]).get("note"))]


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[DispatchDriver]:
    await start_with_sample_district(shared_installation, SERVICE)
    return DispatchDriver(shared_installation, shared_installation.running["dispatch"])


def reported(when: datetime, mode: Mode) -> ReportReceived:
    """What a case begins with."""
    return ReportReceived(
        report_id=uuid4(),
        case_number="LJ-20261123-000001",
        channel="helper",
        occurred_at=when,
        reported_at=when,
        registered_at=when,
        reported_by=DESK,
        mode=mode,
    )


async def registered(web: httpx.AsyncClient, there: Receiver) -> dict[str, Any]:
    """An endpoint that has proven itself."""
    created = (await web.post("/endpoints", json={"url": there.url, "description": "主系统"})).json()

    await web.post(f"/endpoints/{created['id']}/test")  # at once: the secret is ours

    async def verified() -> bool:
        return (await web.get(f"/endpoints/{created['id']}")).json()["state"] == "verified"

    await wait_until(verified, what="the endpoint's proof")
    return created


async def arrived(there: Receiver, type_: str) -> dict[str, Any]:
    async def came() -> dict[str, Any] | None:
        found = [each for each in there.got if json.loads(each.body)["type"] == type_]
        return json.loads(found[-1].body) if found else None

    return await wait_until(came, what=type_)


async def test_an_order_reaches_the_unit_signed_and_the_unit_answers_by_the_link_in_it(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit() as web:
        created = await registered(web, there)
        case_id, [dispatch_id] = await driver.order("sanitation")
        body = await arrived(there, "dispatch.created")
        assert Webhook(created["secret"]).verify(there.got[-1].body, there.got[-1].headers)
        assert body["data"]["links"]["dispatch"].endswith(f"/api/dispatch/dispatches/{dispatch_id}")

        [waiting] = (await web.get("/dispatches")).json()["items"]
        assert waiting["status"] == "awaiting_signature"
        signed = await web.post(f"/dispatches/{dispatch_id}/sign")
        assert (signed.status_code, signed.json()["status"]) == (200, "handling")
        again = await web.post(f"/dispatches/{dispatch_id}/sign", json={})
        assert again.json()["version"] == signed.json()["version"], "in its resulting state a call changes nothing"
        told = await web.post(
            f"/dispatches/{dispatch_id}/progress", json={"note": "已到场，联系人 13812345678", "milestone": "围挡"}
        )
        assert told.json()["milestones"][0]["reached_at"]
        refused = await web.post(f"/dispatches/{dispatch_id}/complete", json={"outcome": "solved", "note": "已清理"})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/evidence-missing")
        done = await web.post(
            f"/dispatches/{dispatch_id}/complete",
            json={"outcome": "solved", "note": "已清理", "photos": [{"sha256": AFTER.sha256, "role": "after"}]},
        )
        assert done.json()["status"] == "completed"
        assert (await web.get("/dispatches")).json()["items"] == []
        assert len((await web.get("/dispatches", params={"state": "done"})).json()["items"]) == 1
    assert await driver.published(case_id) == [
        "command.case_dispatched.v1",
        "handling.dispatch_signed.v1",
        "handling.progress_reported.v1",
        "handling.work_completed.v1",
        "handling.handling_completed.v1",
    ]
    note = await driver.dispatch.context.database.fetchval(
        "SELECT convert_from(body, 'UTF8') FROM event_store WHERE type = 'handling.progress_reported.v1'"
    )
    assert "13812345678" not in note, "what a unit writes is masked before it becomes an event"


async def test_the_commit_wakes_the_sender_no_poll_is_waited_for(
    driver: DispatchDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.installation.discard_after_use()  # its sender goes on waiting for the hour that it was told here
    async with receiver(echo) as there, driver.unit() as web:
        await registered(web, there)
        monkeypatch.setattr(sender, "POLL_SECONDS", 3600)
        await driver.order("sanitation")
        await driver.order("sanitation")
        await wait_until(lambda: _count(there, 3), seconds=10, what="webhooks without a poll")


async def test_each_unit_sees_and_answers_its_own_orders_only(driver: DispatchDriver) -> None:
    _, [lead, co] = await driver.order("sanitation", "housing")
    async with driver.unit("housing") as other, driver.unit() as web:
        assert [each["dispatch_id"] for each in (await other.get("/dispatches")).json()["items"]] == [str(co)]
        for call in (other.get(f"/dispatches/{lead}"), other.post(f"/dispatches/{lead}/sign")):
            assert (await call).status_code == 404
        released = await web.post(
            f"/dispatches/{lead}/release-co-unit", json={"dispatch_id": str(co), "note": "现场无需协办"}
        )
        assert [each["status"] for each in released.json()["partners"]] == ["released"]
        assert (await other.post(f"/dispatches/{co}/sign")).status_code == 409
    async with http_client.create_client(base_url=f"{driver.dispatch.url}/api/dispatch") as nobody:
        assert (await nobody.get(f"/dispatches/{lead}")).status_code == 401
    async with await driver.account("officer") as officer:
        assert (await officer.get(f"/dispatches/{lead}")).status_code == 403


async def test_what_a_unit_hands_on_is_listed_crew_by_crew(driver: DispatchDriver) -> None:
    """First what is with nobody; of a unit its own only; by its name a crew's orders are found. Taken back, it is
    nobody's.
    """
    orders = [(await driver.order("sanitation", "housing"))[1][0] for _ in range(3)]
    async with driver.unit() as web, await driver.account("dispatcher") as desk:

        async def counted(who: httpx.AsyncClient, **query: str) -> list[tuple[str, str | None, int, int]]:
            found = (await who.get("/crews", params=query)).json()["items"]
            return [(each["unit_id"], each["crew"], each["open"], each["overdue"]) for each in found]

        for each in orders[:2]:
            await web.post(f"/dispatches/{each}/assign", json={"crew": "一组"})
        mine = [("sanitation", None, 1, 0), ("sanitation", "一组", 2, 0)]
        assert await counted(web) == await counted(web, unit="housing") == mine
        assert await counted(desk, unit="all") == [("housing", None, 3, 0), *mine]
        listed = (await web.get("/dispatches", params={"crew": "一组"})).json()["items"]
        assert {each["dispatch_id"] for each in listed} == {str(each) for each in orders[:2]}
        assert (await web.post(f"/dispatches/{orders[0]}/revoke")).json()["crew"] is None
        assert await counted(web) == [("sanitation", None, 2, 0), ("sanitation", "一组", 1, 0)]


async def test_orders_of_an_exercise_are_never_listed_among_real_ones(driver: DispatchDriver) -> None:
    """Neither at the unit nor at the desk; by its case, and where all are asked for, an order is found."""
    _, [real] = await driver.order("sanitation")
    drilled, [drill] = await driver.order("sanitation", mode="exercise")
    async with driver.unit() as web, await driver.account("dispatcher") as desk:

        async def listed(who: httpx.AsyncClient, **query: str) -> set[str]:
            return {each["dispatch_id"] for each in (await who.get("/dispatches", params=query)).json()["items"]}

        for who in (web, desk):
            assert await listed(who) == await listed(who, mode="actual") == {str(real)}
            assert await listed(who, mode="exercise") == await listed(who, case_id=str(drilled)) == {str(drill)}
            assert await listed(who, mode="all", state="all") == {str(real), str(drill)}
            assert (await who.get("/dispatches", params={"mode": "nonsense"})).status_code == 422


async def test_a_return_is_asked_by_the_unit_and_decided_by_the_dispatcher(driver: DispatchDriver) -> None:
    case_id, [dispatch_id] = await driver.order("sanitation")
    asked = {"reason": "not_our_function", "note": "属园林", "suggested_unit_id": "parks"}
    async with driver.unit() as web, await driver.account("dispatcher") as desk:
        assert (await web.post(f"/dispatches/{dispatch_id}/accept-return", json={"note": "?"})).status_code == 403
        await web.post(f"/dispatches/{dispatch_id}/request-return", json=asked)
        [waiting] = (await desk.get("/dispatches", params={"state": "returns"})).json()["items"]
        assert waiting["return_request"]["suggested_unit_id"] == "parks"
        assert waiting["return_request"]["suggested_unit_name"], "who decides reads a name"
        accepted = await desk.post(f"/dispatches/{dispatch_id}/accept-return", json={"note": "同意"})
        assert accepted.json()["status"] == "returned"
        assert (await desk.post(f"/dispatches/{dispatch_id}/accept-return", json={"note": "同意"})).status_code == 200
        late = await web.post(f"/dispatches/{dispatch_id}/complete", json={"outcome": "explained", "note": "晚了"})
        assert (late.status_code, late.json()["possible"]) == (409, ["progress"]), "it keeps the place safe, no more"
    assert (await driver.published(case_id))[-1] == "handling.return_accepted.v1"


async def test_a_dispatcher_enters_a_signature_given_by_phone(driver: DispatchDriver) -> None:
    _, [dispatch_id] = await driver.order("sanitation")
    async with await driver.account("dispatcher") as desk:
        assert (await desk.post(f"/dispatches/{dispatch_id}/sign")).status_code == 422
        entry = {"by_phone": {"contact": "值班室", "at": datetime.now(UTC).isoformat()}}
        assert (await desk.post(f"/dispatches/{dispatch_id}/sign", json=entry)).json()["status"] == "handling"


async def test_the_same_key_gets_the_same_answer_and_a_stale_version_is_refused(driver: DispatchDriver) -> None:
    case_id, [dispatch_id] = await driver.order("sanitation")
    async with driver.unit() as web:
        once = {"idempotency-key": "progress-1"}
        first = await web.post(f"/dispatches/{dispatch_id}/progress", json={"note": "到场"}, headers=once)
        second = await web.post(f"/dispatches/{dispatch_id}/progress", json={"note": "到场"}, headers=once)
        assert first.content == second.content
        other = await web.post(f"/dispatches/{dispatch_id}/progress", json={"note": "另一件"}, headers=once)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/key-reused")
        seen = (await web.get(f"/dispatches/{dispatch_id}")).headers["etag"]
        await web.post(f"/dispatches/{dispatch_id}/assign", json={"crew": "一组"})
        stale = await web.post(f"/dispatches/{dispatch_id}/revoke", headers={"if-match": seen})
        assert stale.status_code == 412
    assert (await driver.published(case_id)).count("handling.progress_reported.v1") == 1


async def test_the_inbox_pages_by_deadline_with_one_statement_a_page(
    driver: DispatchDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await driver.order("sanitation")
    asked: list[str] = []
    fetch = asyncpg.Pool.fetch

    async def counted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        if "FROM dispatch JOIN aggregate" in query:
            asked.append(query)
        return await fetch(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Pool, "fetch", counted)
    async with driver.unit() as web:
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await web.get("/dispatches", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
            found += [each["dispatch_id"] for each in page["items"]]
            due = [each["due_at"] for each in page["items"]]
            assert due == sorted(due)
            cursor = page["next"]
        assert (await web.get("/dispatches", params={"cursor": "nonsense"})).status_code == 422
        case_id, both = await driver.order("sanitation", "housing")
        async with await driver.account("dispatcher") as desk:
            of_case = (await desk.get("/dispatches", params={"case_id": str(case_id)})).json()["items"]
        assert [each["dispatch_id"] for each in of_case] == [str(each) for each in sorted(both)]
    assert len(set(found)) == len(found) == 5
    assert len(asked) == 3 + 1


async def test_an_urge_is_told_to_the_unit_in_the_transaction_that_hears_it(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit() as web:
        await registered(web, there)
        case_id, [dispatch_id] = await driver.order("sanitation")
        await driver.receive(case_id, UnitUrged(dispatch_id=dispatch_id, text="请尽快", urged_by=SYSTEM))
        urged = await arrived(there, "dispatch.urged")
        assert (urged["data"]["text"], urged["data"]["sequence"]) == ("请尽快", 2)


async def test_a_secret_is_told_once_and_is_nowhere_at_rest(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit() as web:
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


async def test_an_endpoint_is_managed_by_its_unit_and_the_administrator_only(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit() as web, driver.unit("housing") as other:
        endpoint_id = (await registered(web, there))["id"]
        assert (await other.get(f"/endpoints/{endpoint_id}")).status_code == 404
        assert (await other.get(f"/endpoints/{endpoint_id}/attempts")).status_code == 404
        assert (await other.get("/endpoints")).json()["items"] == []
        stolen = await other.post("/endpoints", json={"url": there.url, "unit_id": "sanitation"})
        assert stolen.status_code == 422
        async with await driver.account("administrator") as administrator:
            assert (await administrator.get(f"/endpoints/{endpoint_id}")).status_code == 200
            made = await administrator.post("/endpoints", json={"url": there.url, "unit_id": "housing"})
            assert made.status_code == 201
            assert (await administrator.post("/endpoints", json={"url": there.url})).status_code == 422
        async with await driver.account("dispatcher") as desk:
            assert (await desk.get("/endpoints")).status_code == 403


async def test_a_url_that_is_registered_is_refused_with_the_way_out(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit() as web:
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
        assert freed.status_code == 201, "the refusal did not use up the key"


async def test_an_endpoint_is_changed_only_in_the_version_that_if_match_names(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit() as web:
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


async def test_a_tag_that_the_front_door_changed_by_compressing_still_names_its_version(
    driver: DispatchDriver, tmp_path: Path
) -> None:
    _, [dispatch_id] = await driver.order("sanitation")
    caddy = Caddy(Home(tmp_path / "home"), free_port(), dict.fromkeys(SERVICES, driver.dispatch.url))
    await caddy.start()
    try:
        async with driver.unit() as web:
            path = f"{caddy.url}/api/dispatch/dispatches/{dispatch_id}"
            seen = await web.get(path)
            assert (seen.headers["content-encoding"], seen.headers["etag"]) == (
                "gzip",
                f'"{seen.json()["version"]}-gzip"',
            )
            signed = await web.post(f"{path}/sign", headers={"if-match": seen.headers["etag"]})
            assert signed.status_code == 200, signed.text
            stale = await web.post(f"{path}/assign", json={"crew": "一组"}, headers={"if-match": seen.headers["etag"]})
            assert (stale.status_code, stale.json()["type"]) == (412, "/problems/changed-meanwhile")
    finally:
        await caddy.stop()


async def test_an_endpoint_is_paused_changed_tested_and_deleted(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit() as web:
        endpoint_id = (await registered(web, there))["id"]
        path = f"/endpoints/{endpoint_id}"
        assert (await web.patch(path, json={"paused": True})).json()["state"] == "paused"
        await driver.order("sanitation")
        assert (await web.post(f"{path}/test")).status_code == 202
        await wait_until(lambda: _count(there, 2), what="the test of a paused endpoint")
        assert (await web.patch(path, json={"paused": False})).json()["state"] == "verified"
        await arrived(there, "dispatch.created")
        assert (await web.patch(path, json={"url": "http://10.1.2.3/"})).json()[
            "type"
        ] == "/problems/endpoint-url-refused"
        unknown = await web.patch(path, json={"events": ["dispatch.unheard_of"]})
        assert unknown.status_code == 422
        moved = await web.patch(path, json={"url": there.url + "/new", "events": ["dispatch.created"]})
        assert moved.json()["state"] == "pending_verification"
        assert (await web.delete(path)).status_code == 204
        assert (await web.get(path)).status_code == 404


async def test_what_was_sent_is_logged_and_can_be_sent_again(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.unit() as web:
        endpoint_id = (await registered(web, there))["id"]
        there.behaviour = answer(500, "坏了".encode())
        await driver.order("sanitation")

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
        async with driver.unit("housing") as other:
            assert (await other.post(f"/deliveries/{tried['delivery_id']}/resend")).status_code == 404


async def test_the_openapi_document_describes_every_route_with_its_errors(driver: DispatchDriver) -> None:
    async with http_client.create_client(base_url=driver.dispatch.url) as web:
        document = (await web.get("/api/dispatch/openapi.json")).json()
    for path, methods in document["paths"].items():
        if path.startswith("/api/dispatch"):
            for method in methods.values():
                assert method["description"]
                assert {"401", "403"} <= set(method["responses"])


async def _count(there: Receiver, least: int) -> bool:
    return len(there.got) >= least
