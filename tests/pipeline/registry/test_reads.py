"""Reads of the registry: who sees what, pages and search."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from tests.support.registry_driver import SECRETS, RegistryDriver


async def test_public_reads_show_no_confidential_category(driver: RegistryDriver) -> None:
    async with driver.client() as web:
        page = (await web.get("/api/registry/entities/category?limit=1000")).json()
        ids = {each["id"] for each in page["items"]}
        assert "GB47678-5-2026/matter/06010" in ids
        assert not any("/15" in each for each in ids)
        assert (await web.get("/api/registry/entities/category/LOCAL-370522/matter/15001")).status_code == 404
        one = (await web.get("/api/registry/entities/category/GB47678-5-2026/matter/06010")).json()
        assert one["body"]["name"] == "暴露垃圾"
        assert one["history"] == []
        assert (await web.get("/api/registry/entities/officer")).status_code == 401
        assert (await web.get("/api/registry/entities/machine_key")).status_code == 404
        answer = await web.get("/api/registry/grids.geojson")
        features = answer.json()["features"]
        assert len(features) == 106
        assert all(each["properties"]["officer"] for each in features)
        again = await web.get("/api/registry/grids.geojson", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


async def test_a_resident_gets_no_history_of_a_confidential_category(driver: RegistryDriver) -> None:
    path = "/api/registry/entities/category/LOCAL-370522/matter/15001"
    token = driver.reader.context.auth.resident_token(str(uuid4()), str(uuid4()))
    async with driver.client(authorization=f"Bearer {token}") as resident:
        assert (await resident.get(path)).status_code == 404
    assert (await (await driver.sign_in("officer")).get(path)).json()["history"]


async def test_a_list_is_paged_without_gaps(driver: RegistryDriver) -> None:
    web = await driver.sign_in("officer")
    seen: list[str] = []
    cursor = None
    while True:
        page = (
            await web.get(
                "/api/registry/entities/officer", params={"limit": 50, **({"cursor": cursor} if cursor else {})}
            )
        ).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(driver.registry.context.district.officers)
    await web.aclose()


async def test_categories_and_articles_are_searched_by_those_who_may_see_them(driver: RegistryDriver) -> None:
    async def whole(web: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await web.get("/api/registry/categories", params={"limit": 7, **asked, **cursor})).json()
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    everything = driver.registry.context.district.categories
    async with driver.client() as web:
        assert (await whole(web, q="jg"))[0]["name"] == "雨水井盖异常"
        litter = (await whole(web, q="01-10", kind="matter"))[0]
        assert (litter["id"], litter["found_by"]) == ("GB47678-5-2026/matter/06010", "old_code")
        assert [each["id"] for each in litter["conditions"]] == ["06010-1"]
        public = [each["id"] for each in await whole(web)]
        assert sorted(public) == sorted(each for each in everything if not everything[each].confidential)
        assert await whole(web, q="独居") == []
        unlisted = await whole(web, fileable="false", kind="matter", major="10")
        assert unlisted == []
        assert {each["kind"] for each in await whole(web, fileable="false")} == {"component", "matter"}
        assert (await web.get("/api/registry/categories?cursor=W10")).status_code == 422
    officer = await driver.sign_in("officer")
    assert [each["code"] for each in await whole(officer, q="独居")] == ["15002"]
    assert {each["id"] for each in await whole(officer)} == set(everything)
    assert (await officer.get("/api/registry/knowledge")).status_code == 403, "the knowledge base is for the desk"
    await officer.aclose()
    async with driver.client(authorization=f"Bearer {SECRETS['channels']['hotline']}") as desk:
        (allowance,) = (await desk.get("/api/registry/knowledge", params={"q": "gljt"})).json()["items"]
        assert (allowance["id"], allowance["found_by"], allowance["found_text"]) == (
            "old-age-allowance",
            "pinyin",
            "高龄津贴",
        )
        assert allowance["answer"].startswith("年满")
        first = (await desk.get("/api/registry/knowledge", params={"limit": 4})).json()
        rest = (await desk.get("/api/registry/knowledge", params={"cursor": first["next"]})).json()
        articles = driver.registry.context.district.knowledge
        assert [each["id"] for each in (*first["items"], *rest["items"])] == sorted(articles)
        assert (await desk.get("/api/registry/knowledge?cursor=W10")).status_code == 422


async def test_a_new_release_is_searchable_at_once(driver: RegistryDriver) -> None:
    web = await driver.sign_in("administrator")
    assert (await web.get("/api/registry/categories", params={"q": "摩天轮"})).json()["items"] == []
    body = driver.registry.context.district.categories["GB47678-5-2026/matter/06047"].to_body()
    change = {"kind": "category", "id": body["id"], "body": {**body, "synonyms": ["摩天轮"]}}
    answer = await web.post("/api/registry/changes?publish=true", json={"changes": [change]})
    assert answer.status_code == 200, answer.text
    found = (await web.get("/api/registry/categories", params={"q": "摩天轮"})).json()["items"]
    assert [each["id"] for each in found] == [body["id"]]
    await web.aclose()
