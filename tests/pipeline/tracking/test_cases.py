"""One case as tracking shows it, and who may see it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.chassis import http_client
from services.tracking.workers.board.hubs import hub_of
from tests.support.tracking_driver import TrackingDriver, small_life
from tests.support.waiting import wait_until
from tests.unit.tracking.case_history import FULL_HISTORY, CaseHistory
from tests.unit.tracking.sample_events import stable_id


async def test_a_case_is_shown_with_names_dispatches_tasks_and_timeline(driver: TrackingDriver) -> None:
    """The names come from the release in force."""
    life = CaseHistory().emit_all(FULL_HISTORY[:24])
    await driver.receive(*life.recorded)
    web = driver.client_of("dispatcher")
    answer = await web.get(f"/api/tracking/cases/{life.number}")
    assert answer.status_code == 200, answer.text
    case = answer.json()
    assert (case["stage"], case["status"], case["light"]) == ("handling", "handling", "yellow")
    assert case["place"]["grid_name"] == "网格07"
    assert case["category"]["name"] == "暴露垃圾"
    assert case["photos"][0]["url"] == f"/api/intake/photos/{'a' * 64}"
    assert [each["unit"]["name"] for each in case["dispatches"]] == ["环卫中心", "street-office", "市政公用"]
    assert [each["status"] for each in case["dispatches"]] == ["returned", "handling", "handling"]
    assert case["dispatches"][2]["light"] == "yellow"
    assert [each["kind"] for each in case["tasks"]] == ["verify"]
    assert len(case["reports"]) == 1
    assert case["versions"]["dispatch"] == 8
    assert case["timeline"][0]["text"]["zh"].startswith("收到上报")
    assert {"at", "stage", "type", "text", "by", "note"} <= case["timeline"][0].keys()
    tag = answer.headers["etag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag[:-1]}-gzip"'):  # the last two as proxies make them
        by_id = await web.get(f"/api/tracking/cases/{life.case_id}", headers={"if-none-match": condition})
        assert by_id.status_code == 304, condition
    whole = (await web.get(f"/api/tracking/cases/{life.number}/timeline", params={"full": True})).json()
    assert len(whole["items"]) == 24


async def test_an_unknown_case_and_a_hidden_case_get_the_same_response(driver: TrackingDriver) -> None:
    await driver.receive(*small_life(1).recorded)
    unknown = await driver.client_of("dispatcher").get("/api/tracking/cases/LJ-20261123-999999")
    hidden = await driver.client_of("unit_clerk", unit="justice-office").get("/api/tracking/cases/LJ-20261123-000001")
    assert unknown.status_code == hidden.status_code == 404
    assert unknown.json()["type"] == hidden.json()["type"] == "/problems/case-unknown"


async def test_a_request_with_prefer_wait_is_answered_as_soon_as_the_case_is_read(
    driver: TrackingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after a 202 tracking may not have read the case yet."""
    life, web = small_life(1), driver.client_of("dispatcher")
    hub, awaited = hub_of(driver.tracking.context), list[str]()
    awaiting = hub.awaiting

    def recorded(name: str) -> Any:
        awaited.append(name)
        return awaiting(name)

    monkeypatch.setattr(hub, "awaiting", recorded)
    waiting = asyncio.create_task(web.get(f"/api/tracking/cases/{life.number}", headers={"prefer": "wait=9"}))
    by_id = asyncio.create_task(web.get(f"/api/tracking/cases/{life.case_id}", headers={"prefer": "wait=9"}))
    await wait_until(lambda: len(awaited) == 2)
    await driver.receive(*life.recorded)
    async with asyncio.timeout(5):
        assert (await waiting).status_code == 200
        assert (await by_id).status_code == 200
    without = await web.get("/api/tracking/cases/LJ-20261123-000002", headers={"prefer": "wait=0"})
    assert without.status_code == 404


async def test_a_confidential_case_is_shown_in_full_to_its_unit_only(
    listed: TrackingDriver,
) -> None:
    number = "LJ-20261123-000004"
    centre = (await listed.client_of("administrator").get(f"/api/tracking/cases/{number}")).json()
    assert centre["confidential"] is True
    assert (centre["description"], centre["place"], centre["category"], centre["condition"]) == (None, None, None, None)
    assert centre["photos"] == []
    assert {entry["text"]["zh"] for entry in centre["timeline"]} == {"保密"}
    unit = (await listed.client_of("unit_clerk", unit="sanitation").get(f"/api/tracking/cases/{number}")).json()
    assert unit["category"]["name"] == "暴露垃圾"
    assert unit["timeline"][0]["text"]["zh"].startswith("收到上报")
    dots = (await listed.client_of("dispatcher").get("/api/tracking/cases.geojson")).json()
    assert {dot["properties"]["case_number"][-1] for dot in dots["features"]} == {"1", "2", "3"}


async def test_a_residents_token_shows_the_status_of_one_case_only(listed: TrackingDriver) -> None:
    mine = listed.client_of(token=listed.follow_token(stable_id("case:small-1")))
    status = await mine.get("/api/tracking/public/LJ-20261123-000001")
    assert status.status_code == 200
    assert status.json()["text"]["zh"] == "已转办"
    other = await mine.get("/api/tracking/public/LJ-20261123-000002")
    nothing = await mine.get("/api/tracking/public/LJ-20261123-000099")
    assert other.status_code == nothing.status_code == 404
    assert other.json()["type"] == nothing.json()["type"]
    for path in ("cases", "cases/LJ-20261123-000001", "board/snapshot"):
        assert (await mine.get(f"/api/tracking/{path}")).status_code == 403
    clerk = await listed.client_of("intake_clerk").get("/api/tracking/public/LJ-20261123-000001")
    assert clerk.status_code == 403


async def test_every_path_needs_a_credential(driver: TrackingDriver) -> None:
    async with http_client.create_client(base_url=driver.tracking.url) as web:
        for path in (
            "cases",
            "cases/x",
            "cases/x/timeline",
            "cases.geojson",
            "board/snapshot",
            "board/stream",
            "public/x",
        ):
            assert (await web.get(f"/api/tracking/{path}")).status_code == 401, path
