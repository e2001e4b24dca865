"""The case record on real PostgreSQL: rule 8, the answers, who gets them, and what they cost."""

from __future__ import annotations

import asyncio
import csv
import io
import random
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import openpyxl
import pytest

from contracts.common import Place
from services.chassis import http_client, telemetry
from services.tracking.commands.rebuild import delete_all_cases
from services.tracking.domain import fold, steps
from services.tracking.domain.recorded_event import RecordedEvent
from services.tracking.store import queries
from tests.support.installation import Installation, wait_until
from tests.support.shared_installations import SharedInstallations
from tests.support.tracking_driver import GRIDS, TrackingDriver, close_tracking_driver, open_tracking_driver
from tests.unit.tracking.lives import WHOLE_STORY, Life, an_id, at, dispatched, filed, received, routed


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[TrackingDriver]:
    found = await open_tracking_driver(shared_installation)
    yield found
    await close_tracking_driver(found)


def small_life(number: int, grid: str = GRIDS[0], **changes: Any) -> Life:
    """A case that was filed and dispatched."""
    life = Life(f"small-{number}")
    life.number = f"LJ-20261123-{number:06d}"
    place = Place(grid_code=grid, longitude=118.25, latitude=37.49, address="津苑小区")
    report = an_id(f"report-{number}")
    life.say(received(life.number, report_id=report, place=place, **changes))
    life.say(filed(case_number=life.number, report_id=report, place=place, community=grid[:12], **changes))
    return life.say(routed(1, ("sanitation", "lead"))).say(dispatched(an_id(f"dispatch-{number}"), "sanitation"))


def interleaved(life: Life, chance: random.Random) -> list[RecordedEvent]:
    """Another order in which the sources may have come: each in its own, no effect before its cause."""
    rest, order, seen = list(life.told), list[RecordedEvent](), dict[str, int]()
    while rest:
        ready = [
            told
            for told in rest
            if told.meta.sequence == seen.get(told.meta.source, 0) + 1
            and all(seen.get(source, 0) >= mark for source, mark in told.meta.dependencies.items())
        ]
        told = chance.choice(ready)
        rest.remove(told)
        seen[told.meta.source] = told.meta.sequence
        order.append(told)
    return order


async def test_rule_8_arrival_order_and_batches_leave_no_trace(driver: TrackingDriver) -> None:
    """The same events one by one in other orders, then all in one batch, make the same rows."""
    for seed in range(1, 6):
        await delete_all_cases(driver.tracking.context.database)
        await piecemeal_and_whole(driver, random.Random(seed))


async def test_rule_8_what_turns_out_confidential_is_kept_nowhere_and_found_by_nobody(driver: TrackingDriver) -> None:
    """Heard piece by piece it was kept in clear until it was filed; then it is as if it had come sealed."""
    pool = driver.tracking.context.database
    report, confidential = small_life(71, description="楼上总有异响担心").told[:2]
    confidential = confidential._replace(
        event=filed(
            case_number="LJ-20261123-000071",
            report_id=an_id("report-71"),
            place=Place(grid_code=GRIDS[0][:12]),
            community=GRIDS[0][:12],
            description="",
            photos=(),
            confidential=True,
        )
    )

    async def in_clear() -> int:
        found = await pool.fetchval(
            "SELECT (SELECT count(*) FROM event WHERE position($1::bytea IN body) > 0)"
            " + (SELECT count(*) FROM aggregate WHERE state::text LIKE '%' || $2 || '%')"
            " + (SELECT count(*) FROM search WHERE text LIKE '%' || $2 || '%')",
            "异响".encode(),
            "异响",
        )
        return int(found)

    await driver.receive(report)
    assert await in_clear() == 3
    await driver.receive(confidential)
    assert await in_clear() == 0
    piecemeal = await driver.rows()
    await delete_all_cases(pool)
    await driver.receive(fold.redact_event(report), confidential)
    assert await driver.rows() == piecemeal, "as its source has it now"


async def piecemeal_and_whole(driver: TrackingDriver, chance: random.Random) -> None:
    life = Life().tell(WHOLE_STORY, lambda: tuple(chance.sample(["intake", "routing", "dispatch", "supervision"], 1)))
    order = interleaved(life, chance)
    while order:
        size = chance.randint(1, 5)
        await driver.receive(*order[:size])
        order = order[size:]
    piecemeal = await driver.rows()
    await delete_all_cases(driver.tracking.context.database)
    await driver.receive(*life.told)
    assert await driver.rows() == piecemeal
    assert [row[0] for row in piecemeal["head"]] == [life.case_id]


async def test_exercises_are_never_listed_among_real_cases(driver: TrackingDriver) -> None:
    """Neither in a list, nor in a search, on the map, in the ledger or in the day's figures; asked for, they
    are there.
    """
    await driver.receive(*small_life(1).told, *small_life(2, mode="exercise").told)
    web = driver.client_of("dispatcher")

    async def numbers(path: str = "cases", **query: str) -> list[str]:
        answer = await web.get(f"/api/tracking/{path}", params=query)
        assert answer.status_code == 200, answer.text
        if path == "cases":
            return [each["case_number"][-1] for each in answer.json()["items"]]
        return re.findall(r"LJ-20261123-00000(\d)", answer.text)

    assert await numbers() == await numbers(q="津苑小区") == await numbers("cases.csv") == ["1"]
    assert await numbers("cases.geojson") == ["1"]
    assert await numbers(mode="exercise") == await numbers("cases.csv", mode="exercise") == ["2"]
    assert sorted(await numbers(mode="all")) == ["1", "2"]
    assert (await web.get("/api/tracking/cases", params={"mode": "drill"})).status_code == 422
    assert await queries.count_today(driver.tracking.context.database, datetime(2026, 1, 1, tzinfo=UTC)) == (1, 0)


async def test_rule_8_dropped_and_rebuilt_from_the_sources_it_is_the_same(
    shared_installations: SharedInstallations,
) -> None:
    """With real services and broker, delete everything while tracking runs: the result is the same to the byte."""
    driver = await open_tracking_driver(await shared_installations.get("sources"), sources=True)
    running, chance = driver.installation.running, random.Random(7)
    lives = [Life(f"rebuilt-{number}") for number in range(5)]
    for event, _ in WHOLE_STORY:
        for life in chance.sample(lives, len(lives)):
            await running[event.SOURCE].context.cases.run(
                [life.case_id], lambda cases, event=event, life=life: cases[life.case_id].emit(event), cause="test"
            )
    total = len(lives) * len(WHOLE_STORY)

    async def all_read() -> bool:
        return await driver.tracking.context.database.fetchval("SELECT count(*) FROM event") == total

    await wait_until(all_read, what="all events")
    before = await driver.rows()
    await delete_all_cases(driver.tracking.context.database)
    await wait_until(all_read, 60, what="all events again")
    assert await driver.rows() == before


async def test_an_event_that_cannot_be_folded_is_buried_alone(
    driver: TrackingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 6: the failing event goes to `dead`, other cases of the batch are folded."""
    bad, good = small_life(1), small_life(2)

    def broken(record: Any, event: Any, meta: Any) -> None:
        if meta.case_id == bad.case_id:
            raise ValueError("no")

    monkeypatch.setattr(fold, "STEPS", {**steps.STEPS, type(bad.told[1].event): broken})
    await driver.receive(*bad.told, *good.told)
    dead = await driver.tracking.context.database.fetch("SELECT case_id, sequence, error FROM dead_letter")
    assert [(row["case_id"], row["sequence"], row["error"]) for row in dead] == [(bad.case_id, 2, "ValueError('no')")]
    states = {row[0]: row[3] for row in (await driver.rows())["record"]}
    assert states[good.case_id] is True
    answer = await driver.client_of("dispatcher").get(f"/api/tracking/cases/{bad.number}")
    assert answer.json()["status"] == "reported"


async def test_a_case_with_everything(driver: TrackingDriver) -> None:
    """The answer holds what the console's drawer expects (names from the release in force)."""
    life = Life().tell(WHOLE_STORY[:24])
    await driver.receive(*life.told)
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


async def test_an_unknown_case_and_one_not_ones_own_answer_alike(driver: TrackingDriver) -> None:
    await driver.receive(*small_life(1).told)
    unknown = await driver.client_of("dispatcher").get("/api/tracking/cases/LJ-20261123-999999")
    hidden = await driver.client_of("unit_clerk", unit="justice-office").get("/api/tracking/cases/LJ-20261123-000001")
    assert unknown.status_code == hidden.status_code == 404
    assert unknown.json()["type"] == hidden.json()["type"] == "/problems/case-unknown"


async def test_prefer_wait_answers_as_soon_as_the_case_is_read(driver: TrackingDriver) -> None:
    """interfaces.md: after a 202 tracking may not have read the case yet; `Prefer: wait=5` waits, it does not poll."""
    life, web = small_life(1), driver.client_of("dispatcher")
    waiting = asyncio.create_task(web.get(f"/api/tracking/cases/{life.number}", headers={"prefer": "wait=9"}))
    by_id = asyncio.create_task(web.get(f"/api/tracking/cases/{life.case_id}", headers={"prefer": "wait=9"}))
    await asyncio.sleep(0)
    await driver.receive(*life.told)
    async with asyncio.timeout(5):
        assert (await waiting).status_code == 200
        assert (await by_id).status_code == 200
    without = await web.get("/api/tracking/cases/LJ-20261123-000002", headers={"prefer": "wait=0"})
    assert without.status_code == 404


async def test_lists_go_page_by_page_newest_first(driver: TrackingDriver) -> None:
    lives = [small_life(number, reported_at=at(number)) for number in range(7)]
    await driver.receive(*(told for life in lives for told in life.told))
    web, numbers, cursor = driver.client_of("dispatcher"), list[str](), None
    while True:
        page = (
            await web.get("/api/tracking/cases", params={"limit": 3, **({"cursor": cursor} if cursor else {})})
        ).json()
        numbers += [item["case_number"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert numbers == [life.number for life in reversed(lives)]
    assert (await web.get("/api/tracking/cases", params={"cursor": "nonsense"})).status_code == 422


FILTERS: list[tuple[dict[str, Any], set[int]]] = [
    ({}, {1, 2, 3, 4}),
    ({"stage": "handling"}, {1, 2, 3, 4}),
    ({"stage": "handling", "status": "verifying"}, set()),
    ({"status": "awaiting_signature", "grid": GRIDS[1]}, {2}),
    ({"grid": "370522001"}, {1, 2, 4}),
    ({"community": "370522002001"}, {3}),
    ({"unit": "sanitation"}, {1, 2, 3, 4}),
    ({"unit": "justice-office"}, set()),
    ({"category": "GB-T-47678-5/matter/06010"}, {1, 2, 3}),
    ({"channel": "camera"}, {2}),
    ({"light": "none"}, {1, 2, 3, 4}),
    ({"light": "red"}, set()),
    ({"open": True}, {1, 2, 3, 4}),
    ({"q": "井盖"}, {2}),
    ({"q": "津苑小区 路口南侧"}, {1, 3}),
    ({"q": "苑津"}, set()),
    ({"q": "LJ-20261123-000003"}, {3}),
    ({"q": "000004"}, {4}),
    ({"from": "2026-11-23", "to": "2026-11-23"}, {1, 2, 3, 4}),
    ({"from": "2026-11-24"}, set()),
    ({"to": "2026-11-23T00:00:00Z"}, set()),
]


async def test_filters(listed: TrackingDriver) -> None:
    """Every filter narrows; all that are given must hold."""
    web = listed.client_of("dispatcher")
    for query, numbers in FILTERS:
        answer = await web.get("/api/tracking/cases", params=query)
        assert answer.status_code == 200, answer.text
        assert {int(item["case_number"][-6:]) for item in answer.json()["items"]} == numbers, query


@pytest.fixture
async def listed(driver: TrackingDriver) -> TrackingDriver:
    """Four cases: rubbish, a manhole cover by camera, rubbish in the other street, something confidential."""
    lives = [
        small_life(1),
        small_life(2, GRIDS[1], channel="camera", description="井盖缺失"),
        small_life(3, GRIDS[2]),
        small_life(4, confidential=True),
    ]
    await driver.receive(*(told for life in lives for told in life.told))
    return driver


VIEWERS: list[tuple[tuple[str, ...], dict[str, Any], set[int]]] = [
    (("dispatcher",), {}, {1, 2, 3, 4}),
    (("dispatcher",), {"areas": ["370522002"]}, {3}),
    (("unit_clerk",), {"unit": "sanitation"}, {1, 2, 3, 4}),
    (("unit_clerk",), {"unit": "justice-office"}, set()),
    (("officer",), {"officer": "officer-07"}, {1}),
    (("handler",), {}, set()),
    (("intake_clerk",), {"areas": ["370522009"], "sub": "wang"}, {1, 2, 3, 4}),
]


async def test_lists_show_what_the_caller_may_see(listed: TrackingDriver) -> None:
    """Need-to-know holds in the statement itself; the page and the single case agree."""
    for roles, claims, numbers in VIEWERS:
        web = listed.client_of(*roles, **claims)
        items = (await web.get("/api/tracking/cases")).json()["items"]
        assert {int(item["case_number"][-6:]) for item in items} == numbers, (roles, claims)
        for number in range(1, 5):
            answer = await web.get(f"/api/tracking/cases/LJ-20261123-{number:06d}")
            assert (answer.status_code == 200) is (number in numbers), (roles, claims, number)


async def test_a_confidential_case_tells_the_centre_that_it_is_there_and_its_unit_the_rest(
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


async def test_a_map_honours_its_limit_and_names_what_it_does_not_show(listed: TrackingDriver) -> None:
    web, path = listed.client_of("dispatcher"), "/api/tracking/cases.geojson"
    whole = (await web.get(path)).json()
    assert (len(whole["features"]), whole["next"]) == (3, None)
    assert [(each["case_number"], each["confidential"]) for each in whole["without_point"]] == [
        ("LJ-20261123-000004", True)
    ]
    seen: list[str] = []
    query: dict[str, Any] | None = {"limit": 3}
    while query is not None:
        page = (await web.get(path, params=query)).json()
        names = [each["properties"]["case_number"] for each in page["features"]]
        shown = [*names, *(each["case_number"] for each in page["without_point"])]
        assert len(shown) <= 3, "the limit counts the cases without a point too"
        seen += shown
        query = {"limit": 3, "cursor": page["next"]} if page["next"] else None
    assert sorted(seen) == [f"LJ-20261123-00000{number}" for number in range(1, 5)]
    assert (await web.get(path, params={"limit": 2001})).status_code == 422


async def test_a_list_is_a_ledger_with_the_same_cases_and_no_more(listed: TrackingDriver) -> None:
    """台账: CSV and XLSX of what the list shows to whoever asks, all of it; a confidential case shows no text."""
    web = listed.client_of("dispatcher")
    cases = (await web.get("/api/tracking/cases")).json()["items"]
    answer = await web.get("/api/tracking/cases.csv", headers={"accept-language": "zh"})
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel reads Chinese only with a BOM"
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["案件编号"] for row in table] == [each["case_number"] for each in cases]
    secret = next(row for row, each in zip(table, cases, strict=True) if each["confidential"])
    assert (secret["类别"], secret["摘要"], secret["网格"]) == ("保密", "", "")
    book = openpyxl.load_workbook(io.BytesIO((await web.get("/api/tracking/cases.xlsx")).content))
    sheet = [[cell.value for cell in line] for line in book.worksheets[0].iter_rows()]
    assert [line[0] for line in sheet[1:]] == [row["案件编号"] for row in table]
    here = {"grid": next(each["grid_code"] for each in cases if each["grid_code"])}
    filtered = await web.get("/api/tracking/cases.csv", params=here)
    expected = (await web.get("/api/tracking/cases", params=here)).json()["items"]
    assert filtered.text.count("LJ-") == len(expected) < len(cases)
    assert (await web.get("/api/tracking/cases.pdf")).status_code in (404, 422)


async def test_a_one_character_search_says_what_to_do(driver: TrackingDriver) -> None:
    answer = await driver.client_of("dispatcher").get(
        "/api/tracking/cases", params={"q": "井"}, headers={"accept-language": "zh"}
    )
    assert answer.status_code == 422
    assert "两个汉字" in answer.json()["title"]


async def test_residents_see_their_own_status_and_nothing_else(listed: TrackingDriver) -> None:
    mine = listed.client_of(token=listed.follow_token(an_id("case:small-1")))
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


async def test_nobody_anonymous_gets_anything(driver: TrackingDriver) -> None:
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


async def test_lists_and_cases_cost_few_statements(listed: TrackingDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """B7: at most five statements each, whatever is on the page."""
    asked, trace = list[str](), telemetry.new_trace()
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        plain = getattr(asyncpg.Connection, name)

        async def counted(self: Any, query: str, *args: Any, _plain: Any = plain, **more: Any) -> Any:
            if telemetry.trace.get() == trace:
                asked.append(query)
            return await _plain(self, query, *args, **more)

        monkeypatch.setattr(asyncpg.Connection, name, counted)
    web = listed.client_of("intake_clerk", areas=["370522001"])

    async def cost(path: str, **query: Any) -> int:
        asked.clear()
        answer = await web.get(f"/api/tracking/{path}", params=query, headers={"traceparent": trace})
        assert answer.status_code == 200
        return len([each for each in asked if re.search(r"\brecord\b|FROM event", each)])

    assert await cost("cases", stage="handling", unit="sanitation") == 1
    assert await cost("cases", stage="handling", q="垃圾") <= 3
    assert await cost("cases.geojson") == 1
    assert await cost("cases/LJ-20261123-000001") == 2
    assert await cost("cases/LJ-20261123-000001/timeline") == 2
