"""Dispatches as units and dispatchers use them, over HTTP and webhooks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from contracts.events.supervision import UnitUrged
from deploy.local.caddy import Caddy
from deploy.local.home import Home
from deploy.local.ports import free_port
from services.chassis import http_client
from services.chassis.auth import SYSTEM
from services.chassis.settings import SERVICES
from services.dispatch.workers import sender
from tests.support.dispatch_driver import DispatchDriver, register_endpoint
from tests.support.receivers import echo, receiver, wait_for_webhook
from tests.support.waiting import wait_until
from tests.unit.dispatch.sample_events import AFTER


async def test_a_dispatch_reaches_the_unit_as_a_signed_webhook_and_is_handled_by_its_link(
    driver: DispatchDriver,
) -> None:
    async with receiver(echo) as there, driver.client_of_unit() as web:
        created = await register_endpoint(web, there, description="主系统")
        case_id, [dispatch_id] = await driver.dispatch_case("sanitation")
        body = await wait_for_webhook(there, "dispatch.created")
        assert Webhook(created["secret"]).verify(there.got[-1].body, there.got[-1].headers)
        assert body["data"]["links"]["dispatch"].endswith(f"/api/dispatch/dispatches/{dispatch_id}")

        [listed] = (await web.get("/dispatches")).json()["items"]
        assert listed["status"] == "awaiting_signature"
        signed = await web.post(f"/dispatches/{dispatch_id}/sign")
        assert (signed.status_code, signed.json()["status"]) == (200, "handling")
        again = await web.post(f"/dispatches/{dispatch_id}/sign", json={})
        assert again.json()["version"] == signed.json()["version"], "a repeated command changes nothing"
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
    assert "13812345678" not in note, "the note is masked before it becomes an event"


async def test_a_commit_wakes_the_sender_at_once(driver: DispatchDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.installation.discard_after_use()  # its sender keeps waiting for the patched interval
    async with receiver(echo) as there, driver.client_of_unit() as web:
        await register_endpoint(web, there, description="主系统")
        monkeypatch.setattr(sender, "POLL_SECONDS", 3600)
        await driver.dispatch_case("sanitation")
        await driver.dispatch_case("sanitation")
        await wait_until(lambda: len(there.got) >= 3, seconds=10, what="webhooks without a poll")


async def test_a_unit_sees_and_handles_its_own_dispatches_only(driver: DispatchDriver) -> None:
    _, [lead, co] = await driver.dispatch_case("sanitation", "housing")
    async with driver.client_of_unit("housing") as other, driver.client_of_unit() as web:
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
    async with await driver.client_of_account("officer") as officer:
        assert (await officer.get(f"/dispatches/{lead}")).status_code == 403


async def test_internal_assignments_are_listed_by_crew(driver: DispatchDriver) -> None:
    """Unassigned dispatches come first. A unit sees its own only."""
    orders = [(await driver.dispatch_case("sanitation", "housing"))[1][0] for _ in range(3)]
    async with driver.client_of_unit() as web, await driver.client_of_account("dispatcher") as desk:

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


async def test_dispatches_of_an_exercise_are_not_listed_among_real_ones(driver: DispatchDriver) -> None:
    """They are found by their case, by their mode and by the mode `all`."""
    _, [real] = await driver.dispatch_case("sanitation")
    drilled, [drill] = await driver.dispatch_case("sanitation", mode="exercise")
    async with driver.client_of_unit() as web, await driver.client_of_account("dispatcher") as desk:

        async def listed(who: httpx.AsyncClient, **query: str) -> set[str]:
            return {each["dispatch_id"] for each in (await who.get("/dispatches", params=query)).json()["items"]}

        for who in (web, desk):
            assert await listed(who) == await listed(who, mode="actual") == {str(real)}
            assert await listed(who, mode="exercise") == await listed(who, case_id=str(drilled)) == {str(drill)}
            assert await listed(who, mode="all", state="all") == {str(real), str(drill)}
            assert (await who.get("/dispatches", params={"mode": "nonsense"})).status_code == 422


async def test_a_return_is_requested_by_the_unit_and_decided_by_the_dispatcher(driver: DispatchDriver) -> None:
    case_id, [dispatch_id] = await driver.dispatch_case("sanitation")
    asked = {"reason": "not_our_function", "note": "属园林", "suggested_unit_id": "parks"}
    async with driver.client_of_unit() as web, await driver.client_of_account("dispatcher") as desk:
        assert (await web.post(f"/dispatches/{dispatch_id}/accept-return", json={"note": "?"})).status_code == 403
        await web.post(f"/dispatches/{dispatch_id}/request-return", json=asked)
        [waiting] = (await desk.get("/dispatches", params={"state": "returns"})).json()["items"]
        assert waiting["return_request"]["suggested_unit_id"] == "parks"
        assert waiting["return_request"]["suggested_unit_name"], "the name is shown to the dispatcher"
        accepted = await desk.post(f"/dispatches/{dispatch_id}/accept-return", json={"note": "同意"})
        assert accepted.json()["status"] == "returned"
        assert (await desk.post(f"/dispatches/{dispatch_id}/accept-return", json={"note": "同意"})).status_code == 200
        late = await web.post(f"/dispatches/{dispatch_id}/complete", json={"outcome": "explained", "note": "晚了"})
        assert (late.status_code, late.json()["possible"]) == (409, ["progress"]), "the unit only keeps the place safe"
    assert (await driver.published(case_id))[-1] == "handling.return_accepted.v1"


async def test_a_dispatcher_records_a_signature_given_by_phone(driver: DispatchDriver) -> None:
    _, [dispatch_id] = await driver.dispatch_case("sanitation")
    async with await driver.client_of_account("dispatcher") as desk:
        assert (await desk.post(f"/dispatches/{dispatch_id}/sign")).status_code == 422
        entry = {"by_phone": {"contact": "值班室", "at": datetime.now(UTC).isoformat()}}
        assert (await desk.post(f"/dispatches/{dispatch_id}/sign", json=entry)).json()["status"] == "handling"


async def test_a_repeated_key_gets_the_same_response_and_an_old_version_is_refused(driver: DispatchDriver) -> None:
    case_id, [dispatch_id] = await driver.dispatch_case("sanitation")
    async with driver.client_of_unit() as web:
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


async def test_the_inbox_is_paged_by_deadline_with_one_statement_per_page(
    driver: DispatchDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await driver.dispatch_case("sanitation")
    asked: list[str] = []
    fetch = asyncpg.Pool.fetch

    async def counted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        if "FROM dispatch JOIN aggregate" in query:
            asked.append(query)
        return await fetch(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Pool, "fetch", counted)
    async with driver.client_of_unit() as web:
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await web.get("/dispatches", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
            found += [each["dispatch_id"] for each in page["items"]]
            due = [each["due_at"] for each in page["items"]]
            assert due == sorted(due)
            cursor = page["next"]
        assert (await web.get("/dispatches", params={"cursor": "nonsense"})).status_code == 422
        case_id, both = await driver.dispatch_case("sanitation", "housing")
        async with await driver.client_of_account("dispatcher") as desk:
            of_case = (await desk.get("/dispatches", params={"case_id": str(case_id)})).json()["items"]
        assert [each["dispatch_id"] for each in of_case] == [str(each) for each in sorted(both)]
    assert len(set(found)) == len(found) == 5
    assert len(asked) == 3 + 1


async def test_an_urge_is_sent_to_the_unit(driver: DispatchDriver) -> None:
    async with receiver(echo) as there, driver.client_of_unit() as web:
        await register_endpoint(web, there, description="主系统")
        case_id, [dispatch_id] = await driver.dispatch_case("sanitation")
        await driver.receive(case_id, UnitUrged(dispatch_id=dispatch_id, text="请尽快", urged_by=SYSTEM))
        urged = await wait_for_webhook(there, "dispatch.urged")
        assert (urged["data"]["text"], urged["data"]["sequence"]) == ("请尽快", 2)


async def test_an_etag_that_the_reverse_proxy_changed_by_compression_is_accepted(
    driver: DispatchDriver, tmp_path: Path
) -> None:
    _, [dispatch_id] = await driver.dispatch_case("sanitation")
    caddy = Caddy(Home(tmp_path / "home"), free_port(), dict.fromkeys(SERVICES, driver.dispatch.url))
    await caddy.start()
    try:
        async with driver.client_of_unit() as web:
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


async def test_the_openapi_document_describes_every_route_with_its_errors(driver: DispatchDriver) -> None:
    async with http_client.create_client(base_url=driver.dispatch.url) as web:
        document = (await web.get("/api/dispatch/openapi.json")).json()
    for path, methods in document["paths"].items():
        if path.startswith("/api/dispatch"):
            for method in methods.values():
                assert method["description"]
                assert {"401", "403"} <= set(method["responses"])
