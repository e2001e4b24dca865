"""Lists of cases: pages, filters, search, map, ledger, and what they cost."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import asyncpg
import openpyxl
import pytest

from services.chassis import telemetry
from services.tracking.store import queries
from tests.support.tracking_driver import GRIDS, TrackingDriver, small_life
from tests.unit.tracking.sample_events import at


async def test_exercises_are_not_listed_among_real_cases(driver: TrackingDriver) -> None:
    """This holds for lists, search, map, ledger and the figures of the day. The filter `mode` shows them."""
    await driver.receive(*small_life(1).recorded, *small_life(2, mode="exercise").recorded)
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


async def test_a_list_is_paged_with_the_newest_case_first(driver: TrackingDriver) -> None:
    lives = [small_life(number, reported_at=at(number)) for number in range(7)]
    await driver.receive(*(told for life in lives for told in life.recorded))
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


async def test_each_filter_narrows_the_list(listed: TrackingDriver) -> None:
    """A case must match all filters."""
    web = listed.client_of("dispatcher")
    for query, numbers in FILTERS:
        answer = await web.get("/api/tracking/cases", params=query)
        assert answer.status_code == 200, answer.text
        assert {int(item["case_number"][-6:]) for item in answer.json()["items"]} == numbers, query


VIEWERS: list[tuple[tuple[str, ...], dict[str, Any], set[int]]] = [
    (("dispatcher",), {}, {1, 2, 3, 4}),
    (("dispatcher",), {"areas": ["370522002"]}, {3}),
    (("unit_clerk",), {"unit": "sanitation"}, {1, 2, 3, 4}),
    (("unit_clerk",), {"unit": "justice-office"}, set()),
    (("officer",), {"officer": "officer-07"}, {1}),
    (("handler",), {}, set()),
    (("intake_clerk",), {"areas": ["370522009"], "sub": "wang"}, {1, 2, 3, 4}),
]


async def test_a_list_shows_only_the_cases_that_the_caller_may_see(listed: TrackingDriver) -> None:
    """The list and the single case agree."""
    for roles, claims, numbers in VIEWERS:
        web = listed.client_of(*roles, **claims)
        items = (await web.get("/api/tracking/cases")).json()["items"]
        assert {int(item["case_number"][-6:]) for item in items} == numbers, (roles, claims)
        for number in range(1, 5):
            answer = await web.get(f"/api/tracking/cases/LJ-20261123-{number:06d}")
            assert (answer.status_code == 200) is (number in numbers), (roles, claims, number)


async def test_a_map_page_has_at_most_so_many_cases_and_lists_those_without_a_point(listed: TrackingDriver) -> None:
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


async def test_the_ledger_of_a_list_has_the_same_cases(listed: TrackingDriver) -> None:
    """CSV and XLSX show what the caller sees in the list; a confidential case has no text."""
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


async def test_a_search_for_one_character_is_refused_with_advice(driver: TrackingDriver) -> None:
    answer = await driver.client_of("dispatcher").get(
        "/api/tracking/cases", params={"q": "井"}, headers={"accept-language": "zh"}
    )
    assert answer.status_code == 422
    assert "两个汉字" in answer.json()["title"]


async def test_a_list_and_a_case_take_few_statements(listed: TrackingDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of statements does not depend on the page."""
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
