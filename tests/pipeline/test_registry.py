"""The registry on real parts: releases reach every reader whole, sign-in holds, keys work and end."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.releases import REGISTRY_STREAM
from deploy.local.home import ROOT
from services.chassis import keys, outgoing
from services.chassis.auth import Caller
from services.chassis.problems import NotSignedIn
from services.chassis.service import Service
from services.registry.app import SERVICE as REGISTRY
from tests.support.guide import printed_functions
from tests.support.house import House, Running, until
from tests.support.parts import free_port

LIJIN = ROOT / "deploy" / "districts" / "lijin"
PASSWORD = "correct-horse-battery"
CSRF = {"x-gridloop-csrf": "1"}


class Town:
    """A registry that has published the sample district, and a service that reads it."""

    def __init__(self, house: House, registry: Running, reader: Running) -> None:
        self.house, self.registry, self.reader = house, registry, reader

    def client(self, **headers: str) -> httpx.AsyncClient:
        return outgoing.client(base_url=self.registry.url, headers=headers)

    async def signed_in(self, account: str) -> httpx.AsyncClient:
        web = self.client(**CSRF)
        answer = await web.post("/api/registry/session", json={"username": account, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return web

    async def release_at_reader(self, release: int) -> None:
        async def there() -> bool:
            district = self.reader.context.district_or_none
            return district is not None and district.release >= release

        await until(there, what=f"release {release} at the reader")

    def caller(self, credential: str) -> Caller:
        """Who the reading service takes this credential for."""
        return self.reader.context.auth.caller(credential, self.reader.context.district)


SECRETS: dict[str, Any] = {
    "accounts": {name: {"username": name, "password": PASSWORD} for name in ("administrator", "officer", "dispatcher")},
    "channels": {"hotline": keys.new_key()},
    "units": {"sanitation": keys.new_key()},
}


def set_up(house: House) -> None:
    demo = house.home / "demo.json"
    demo.write_text(json.dumps(SECRETS))
    house.overrides["registry"] = {"gridloop_district": LIJIN, "gridloop_demo_accounts": demo}


async def open_town(house: House) -> Town:
    set_up(house)
    registry = await house.start(REGISTRY)
    reader = await house.start(Service(name="tracking"))
    found = Town(house, registry, reader)
    await found.release_at_reader(1)
    return found


@pytest.fixture
async def new_town(house: House) -> Town:
    """Its registry has just started for the first time."""
    return await open_town(house)


@pytest.fixture
async def town(house: House) -> Town:
    """One that has been running: a copy of the first that this worker made."""
    if "town" not in house.postgres.templates:
        first = House(house.postgres, house.broker, house.home)
        await open_town(first)
        await first.keep_as("town")
    house.template = "town"
    return await open_town(house)


def zipped(**changes: str) -> bytes:
    """The sample district as a ZIP, with some files replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(LIJIN.glob("*.jsonl")):
            archive.writestr(f"lijin/{path.name}", changes.get(path.stem, path.read_text()))
    return buffer.getvalue()


async def test_first_start_publishes_one_release_that_readers_take_over_whole(new_town: Town) -> None:
    here, there = new_town.registry.context.district, new_town.reader.context.district
    assert here == there
    assert here.release == 1
    assert len(there.grids) == 106
    assert there.signing_keys
    assert len(there.machine_keys) == 2
    async with new_town.client() as web:
        said = (await web.get("/api/registry/release")).json()
    assert said["release"] == 1
    assert said["published_by"] == "gridloop"
    assert said["count"] == len([1 for found in here.records.values() for _ in found])


async def test_second_start_publishes_nothing_new(town: Town) -> None:
    await town.house.stop("registry")
    again = await town.house.start(REGISTRY)
    assert again.context.district.release == 1
    sent = await again.context.database.fetchval("SELECT sent FROM head WHERE case_id = $1", REGISTRY_STREAM)
    assert sent == await again.context.database.fetchval("SELECT count(*) FROM ledger")


async def test_two_registries_that_start_together_make_one_first_release(house: House) -> None:
    await house.start(Service(name="registry"), key="empty")
    await house.stop("empty")
    set_up(house)
    one, two = await asyncio.gather(
        house.start(REGISTRY, key="one", port=free_port()), house.start(REGISTRY, key="two", port=free_port())
    )
    assert one.context.district.release == two.context.district.release == 1
    assert one.context.district.signing_keys == two.context.district.signing_keys


async def test_wrong_files_stop_the_start_and_name_file_and_line(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "wrong"
    folder.mkdir()
    for path in LIJIN.glob("*.jsonl"):
        (folder / path.name).write_bytes(path.read_bytes())
    lines = (folder / "units.jsonl").read_text().splitlines()
    lines[3] = lines[3].replace('"authority"', '"kingdom"')
    (folder / "units.jsonl").write_text("\n".join(lines))
    house.overrides["registry"] = {"gridloop_district": folder}
    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError):
        await house.start(REGISTRY)
    assert any("units.jsonl:4:" in record.getMessage() for record in caplog.records)


async def test_access_token_of_a_sign_in_is_verified_by_another_service_alone(town: Town) -> None:
    web = await town.signed_in("officer")
    said = (await web.get("/api/registry/session")).json()
    caller = town.caller(said["access_token"])
    assert caller.kind == "account"
    assert caller.roles == {"officer"}
    assert caller.officer_id == "officer-jincheng-05"
    assert caller.channels == {"grid_terminal"}
    cookies = {each.name: each for each in web.cookies.jar}
    assert cookies["gridloop_access"].path == "/"
    assert cookies["gridloop_session"].path == "/api/registry/session"
    with pytest.raises(NotSignedIn):
        town.caller(said["access_token"][:-4] + "AAAA")
    await web.aclose()


async def test_wrong_name_wrong_password_and_lock_get_the_same_answer(town: Town) -> None:
    async with town.client() as web:

        async def attempt(username: str, password: str) -> tuple[int, str]:
            answer = await web.post("/api/registry/session", json={"username": username, "password": password})
            return answer.status_code, answer.json()["title"]

        nobody = await attempt("nobody", PASSWORD)
        wrong = [await attempt("officer", "not the password") for _ in range(5)]
        locked = await attempt("officer", PASSWORD)
    assert nobody[0] == 401
    assert {nobody, *wrong, locked} == {nobody}


async def test_a_database_that_goes_during_a_sign_in_is_not_our_fault(town: Town) -> None:
    """It passes: who signs in is told to try again soon, not that something is broken."""
    pool = town.registry.context.database
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with town.client() as web, pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM account WHERE username = 'officer' FOR UPDATE")
        signing_in = asyncio.create_task(
            web.post("/api/registry/session", json={"username": "officer", "password": PASSWORD})
        )
        pid = await until(lambda: pool.fetchval(waiting), what="the sign-in to wait for its account")
        await pool.execute("SELECT pg_terminate_backend($1)", pid)
        answer = await signing_in
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/try-later")
    assert answer.headers["retry-after"] == "5"


async def test_session_refreshes_until_it_is_ended(town: Town) -> None:
    web = await town.signed_in("dispatcher")
    assert (await web.post("/api/registry/session/refresh")).status_code == 200
    assert (await web.post("/api/registry/session/refresh", headers={"x-gridloop-csrf": ""})).status_code == 403
    assert (await web.delete("/api/registry/session")).status_code == 204
    assert "gridloop_session" not in web.cookies
    assert (await web.post("/api/registry/session/refresh")).status_code == 401
    await web.aclose()


async def test_new_password_ends_every_other_session(town: Town) -> None:
    here, elsewhere = await town.signed_in("officer"), await town.signed_in("officer")
    change = {"old_password": PASSWORD, "new_password": "officer"}
    assert (await here.post("/api/registry/session/password", json=change)).status_code == 422
    change["new_password"] = "another-long-one"
    assert (await here.post("/api/registry/session/password", json=change)).status_code == 200
    assert (await elsewhere.post("/api/registry/session/refresh")).status_code == 401
    assert (await here.post("/api/registry/session/refresh")).status_code == 200
    await here.aclose()
    await elsewhere.aclose()


async def test_import_is_previewed_then_published_as_only_what_changed(town: Town) -> None:
    units = (LIJIN / "units.jsonl").read_text().replace("县水务局", "县水利局")
    cut = "\n".join(line for line in (LIJIN / "knowledge.jsonl").read_text().splitlines() if "bulky-waste" not in line)
    body = zipped(units=units, knowledge=cut)
    web = await town.signed_in("administrator")
    looked = (await web.post("/api/registry/imports", content=body)).json()
    assert (looked["added"], looked["changed"], looked["removed"], looked["release"]) == (0, 1, 1, None)
    assert town.registry.context.district.release == 1
    done = await web.post("/api/registry/imports?publish=true&note=renamed&based_on=1", content=body)
    assert done.json()["release"] == 2, done.text
    await town.release_at_reader(2)
    district = town.reader.context.district
    assert district.units["water"].name == "县水利局"
    assert "bulky-waste" not in district.knowledge
    assert (len(district.machine_keys), len(district.signing_keys)) == (2, 1), "an import leaves keys alone"
    versions = (await web.get("/api/registry/entities/unit/water")).json()["history"]
    assert [each["release"] for each in versions] == [2, 1]
    assert versions[0]["note"] == "renamed"
    gone = (await web.get("/api/registry/entities/knowledge/bulky-waste")).json()
    assert gone["body"] is None
    assert gone["history"][0]["body"] is None
    assert (await web.post("/api/registry/imports?publish=true&based_on=1", content=body)).status_code == 409
    await web.aclose()


async def test_wrong_import_is_refused_whole_with_its_lines(town: Town) -> None:
    grids = (LIJIN / "grids.jsonl").read_text().replace('"370522002002001", "kind"', '"370522002002901", "kind"')
    web = await town.signed_in("administrator")
    answer = await web.post("/api/registry/imports?publish=true", content=zipped(grids=grids))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    rules = {(each["file"], each["rule"]) for each in answer.json()["findings"]}
    assert ("grids.jsonl", "grid-serial") in rules
    assert ("grids.jsonl", "closed-not-removed") in rules
    assert (await web.post("/api/registry/imports", content=b"PK not a zip")).status_code == 422
    assert town.registry.context.district.release == 1
    await web.aclose()


async def test_single_change_passes_the_same_checks(town: Town) -> None:
    web = await town.signed_in("administrator")
    water = town.registry.context.district.units["water"].to_body()
    wrong = {"changes": [{"kind": "unit", "id": "water", "body": {**water, "escalates_to": "nobody"}}]}
    findings = (await web.post("/api/registry/changes", json=wrong)).json()["findings"]
    assert [(each["file"], each["line"], each["rule"]) for each in findings] == [("changes", 1, "unknown-reference")]
    used = {"changes": [{"kind": "unit", "id": "water", "body": None}]}
    assert (await web.post("/api/registry/changes?publish=true", json=used)).status_code == 422
    right = {"changes": [{"kind": "unit", "id": "water", "body": {**water, "contact": "12345 转 7001"}}]}
    assert (await web.post("/api/registry/changes?publish=true", json=right)).json()["release"] == 2
    assert (await web.post("/api/registry/changes?publish=true&based_on=2", json=right)).status_code == 409
    await web.aclose()


async def test_machine_keys_work_are_rotated_and_end(town: Town) -> None:
    assert town.caller(SECRETS["units"]["sanitation"]).unit_id == "sanitation"
    assert town.caller(SECRETS["channels"]["hotline"]).channels == {"hotline"}
    web = await town.signed_in("administrator")
    made = (
        await web.post("/api/registry/keys", json={"name": "水务系统", "unit": "water", "roles": ["handler"]})
    ).json()
    await town.release_at_reader(made["release"])
    assert town.caller(made["key"]).unit_id == "water"
    key_id = made["machine_key"]["id"]
    turned = (await web.post(f"/api/registry/keys/{key_id}/rotate", json={"overlap_hours": 0})).json()
    await town.release_at_reader(turned["release"])
    assert town.caller(turned["key"]).unit_id == "water"
    with pytest.raises(NotSignedIn):
        town.caller(made["key"])
    assert (await web.post(f"/api/registry/keys/{turned['machine_key']['id']}/revoke")).json()["revoked"]
    await town.release_at_reader(turned["release"] + 1)
    with pytest.raises(NotSignedIn):
        town.caller(turned["key"])
    secrets = await _asked_to_sign(town, web)
    shown = (await web.get("/api/registry/keys")).text
    assert "hash" not in shown
    assert "sealed" not in shown
    assert made["key"] not in shown
    stored = await town.registry.context.database.fetchval("SELECT string_agg(body::text, '') FROM registry_record")
    assert made["key"] not in stored
    assert turned["key"] not in stored
    assert not any(secret.removeprefix("whsec_") in stored for secret in secrets)
    await web.aclose()


async def _asked_to_sign(town: Town, web: httpx.AsyncClient) -> list[str]:
    """A key that must sign keeps its secrets when it is rotated, and is enough again once that is said: the secrets."""
    made = (await web.post("/api/registry/keys", json={"name": "119", "channels": ["emergency"]})).json()
    path = f"/api/registry/keys/{made['machine_key']['id']}"
    asked = [(await web.post(f"{path}/signature", json={})).json() for _ in range(2)]
    first, again = (each["machine_key"]["signed_from"] for each in asked)
    assert first == again, "a new secret puts nothing off"
    turned = (await web.post(f"{path}/rotate", json={})).json()
    await town.release_at_reader(turned["release"])
    context, key_id = town.reader.context, turned["machine_key"]["id"]
    machine = context.district.machine_keys[key_id]
    for each in asked:
        headers = printed_functions()["signed"](each["secret"], "message", b"{}")
        assert context.auth.signed_id(machine, headers, b"{}") == "message"
    assert context.auth.signed_id(machine, {}, b"{}") is None, "not before the overlap is over"
    waived = [await web.delete(f"/api/registry/keys/{key_id}/signature") for _ in range(2)]
    assert [each.json()["signed_from"] for each in waived] == [None, None]
    await town.release_at_reader(turned["release"] + 1)
    assert context.district.machine_keys[key_id].secrets == ()
    return [each["secret"] for each in asked]


async def test_rotated_signing_key_leaves_living_tokens_valid(town: Town) -> None:
    web = await town.signed_in("administrator")
    before = (await web.get("/api/registry/session")).json()["access_token"]
    assert (await web.post("/api/registry/signing-keys")).status_code == 201
    await town.release_at_reader(2)
    assert town.caller(before).has("administrator")
    after = (await web.get("/api/registry/session")).json()["access_token"]
    assert town.caller(after).has("administrator")
    await web.aclose()


async def test_accounts_are_made_changed_and_disabled_by_administrators_only(town: Town) -> None:
    web = await town.signed_in("administrator")
    new = {"username": "clerk.water", "name": "水务收件员", "roles": ["unit_clerk"], "unit": "water"}
    made = (await web.post("/api/registry/accounts", json=new)).json()
    assert (await web.post("/api/registry/accounts", json=new)).status_code == 409
    assert (await web.post("/api/registry/accounts", json={**new, "username": "x2", "unit": "moon"})).status_code == 422
    account = made["account"]
    clerk = town.client(**CSRF)
    signed = await clerk.post("/api/registry/session", json={"username": "clerk.water", "password": made["password"]})
    assert signed.status_code == 200
    assert (await clerk.get("/api/registry/accounts")).status_code == 403
    assert (await clerk.post("/api/registry/keys", json={"name": "mine"})).status_code == 403
    change = {"version": 1, "name": "水务收件员", "roles": [], "disabled": True}
    assert (await web.put(f"/api/registry/accounts/{account['id']}", json=change)).json()["version"] == 2
    assert (await web.put(f"/api/registry/accounts/{account['id']}", json=change)).status_code == 412
    assert (await clerk.post("/api/registry/session/refresh")).status_code == 401
    me = (await web.get("/api/registry/session")).json()["account"]
    alone = {"version": me["version"], "name": "x", "roles": []}
    assert (await web.put(f"/api/registry/accounts/{me['id']}", json=alone)).status_code == 409
    acts = await town.registry.context.database.fetch("SELECT action FROM administration ORDER BY id")
    assert [row["action"] for row in acts][-2:] == ["created", "changed"]
    await clerk.aclose()
    await web.aclose()


async def test_what_administrators_change_is_answered_once_for_a_key(town: Town) -> None:
    """Asked again with the key nothing is made again, and a secret is told the first time only: it is nowhere at rest."""
    web, database = await town.signed_in("administrator"), town.registry.context.database

    async def twice(method: str, path: str, **body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The answer, and the answer to the same request again."""
        headers = {"Idempotency-Key": str(uuid4())}
        first, again = [
            await web.request(method, f"/api/registry/{path}", headers=headers, timeout=60, **body) for _ in range(2)
        ]
        assert first.is_success, first.text
        assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")
        return first.json(), again.json()

    async def without(first: dict[str, Any], again: dict[str, Any], secret: str) -> str:
        """The same answers but for the secret, which the database does not hold."""
        told = first.pop(secret)
        assert (again.pop(secret), again) == (None, first)
        kept = await database.fetch("SELECT convert_from(answer, 'UTF8') AS answer FROM idempotency")
        assert all(told not in row["answer"] for row in kept)
        return told

    new = {"username": "clerk.two", "name": "水务收件员", "roles": ["unit_clerk"], "unit": "water"}
    made, again = await twice("POST", "accounts", json=new)
    await without(made, again, "password")
    account = made["account"]["id"]
    await without(*await twice("POST", f"accounts/{account}/password"), "password")
    changed, again = await twice("PUT", f"accounts/{account}", json={"version": 1, "name": "水务", "roles": []})
    assert (changed["version"], again["version"]) == (2, 2)
    assert await database.fetchval("SELECT count(*) FROM administration WHERE account_id = $1", UUID(account)) == 3

    releases = (await web.get("/api/registry/release")).json()["release"]
    machine, again = await twice("POST", "keys", json={"name": "水务二系统", "unit": "water", "roles": ["handler"]})
    await without(machine, again, "key")
    path = f"keys/{machine['machine_key']['id']}"
    await without(*await twice("POST", f"{path}/signature", json={}), "secret")
    await twice("DELETE", f"{path}/signature")
    await without(*await twice("POST", f"{path}/rotate", json={}), "key")
    await twice("POST", f"{path}/revoke")
    await twice("POST", "signing-keys")
    note = (await web.get("/api/registry/entities/knowledge?limit=1")).json()["items"][0]
    change = {"kind": "knowledge", "id": note["id"], "body": {**note, "question": "旧家具怎么扔？"}}
    one, again = await twice("POST", "changes?publish=true", json={"changes": [change]})
    assert one == again
    whole, again = await twice("POST", "imports?publish=true", content=zipped())
    assert whole == again
    assert whole["release"] == releases + 8, "each of these is one release"
    await web.aclose()


async def test_public_reads_show_places_but_nothing_confidential(town: Town) -> None:
    async with town.client() as web:
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


async def test_lists_page_by_cursor_without_gaps(town: Town) -> None:
    web = await town.signed_in("officer")
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
    assert seen == sorted(town.registry.context.district.officers)
    await web.aclose()


async def test_categories_and_answers_are_searched_page_by_page_by_whom_they_are_for(town: Town) -> None:
    async def whole(web: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await web.get("/api/registry/categories", params={"limit": 7, **asked, **cursor})).json()
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    everything = town.registry.context.district.categories
    async with town.client() as web:
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
    officer = await town.signed_in("officer")
    assert [each["code"] for each in await whole(officer, q="独居")] == ["15002"]
    assert {each["id"] for each in await whole(officer)} == set(everything)
    assert (await officer.get("/api/registry/knowledge")).status_code == 403, "the desk answers from it"
    await officer.aclose()
    async with town.client(authorization=f"Bearer {SECRETS['channels']['hotline']}") as desk:
        (allowance,) = (await desk.get("/api/registry/knowledge", params={"q": "gljt"})).json()["items"]
        assert (allowance["id"], allowance["found_by"], allowance["found_text"]) == (
            "old-age-allowance", "pinyin", "高龄津贴",
        )  # fmt: skip
        assert allowance["answer"].startswith("年满")
        first = (await desk.get("/api/registry/knowledge", params={"limit": 4})).json()
        rest = (await desk.get("/api/registry/knowledge", params={"cursor": first["next"]})).json()
        articles = town.registry.context.district.knowledge
        assert [each["id"] for each in (*first["items"], *rest["items"])] == sorted(articles)
        assert (await desk.get("/api/registry/knowledge?cursor=W10")).status_code == 422


async def test_a_new_release_is_searched_at_once(town: Town) -> None:
    web = await town.signed_in("administrator")
    assert (await web.get("/api/registry/categories", params={"q": "摩天轮"})).json()["items"] == []
    body = town.registry.context.district.category("GB47678-5-2026/matter/06047").to_body()
    change = {"kind": "category", "id": body["id"], "body": {**body, "synonyms": ["摩天轮"]}}
    answer = await web.post("/api/registry/changes?publish=true", json={"changes": [change]})
    assert answer.status_code == 200, answer.text
    found = (await web.get("/api/registry/categories", params={"q": "摩天轮"})).json()["items"]
    assert [each["id"] for each in found] == [body["id"]]
    await web.aclose()


async def test_odd_input_is_refused_and_never_a_fault(town: Town) -> None:
    web = await town.signed_in("administrator")
    null = "a\0b"
    wrong = [
        await web.post("/api/registry/session", json={"username": null, "password": "x"}),
        await web.post("/api/registry/keys", json={"name": null}),
        await web.post("/api/registry/accounts", json={"username": "abc", "name": null}),
        await web.post("/api/registry/imports", params={"note": null}, content=zipped()),
        await web.post(
            "/api/registry/changes",
            content=b'{"changes": [{"kind": "unit", "id": "x", "body": {"n": 1e400}}]}',
            headers={"content-type": "application/json"},
        ),
        await web.get("/api/registry/entities/unit/a%00b"),
        *[
            await web.get(f"/api/registry/{path}", params={"cursor": cursor})
            for path in ("releases", "accounts", "entities/unit")
            for cursor in ("%", "W10", "WzFd", "WyJhXHUwMDAwIl0", "WyItMSJd" if path == "releases" else "W10")
        ],
    ]
    assert [answer.status_code for answer in wrong if answer.status_code not in {200, 404, 422}] == []
    big = {"changes": [{"kind": "unit", "id": "x", "body": {"id": "x", "n": 10**30}}]}
    assert (await web.post("/api/registry/changes", json=big)).json()["findings"][0]["rule"] == "number-too-large"
    await web.aclose()
