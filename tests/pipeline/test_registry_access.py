"""Who may use the registry, on real parts: sign-in holds, keys work and end, accounts are made and disabled."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.chassis.problems import NotSignedIn
from tests.support.installation import wait_until
from tests.support.integrators_guide import python_functions
from tests.support.registry_driver import CSRF, PASSWORD, SECRETS, RegistryDriver, zip_of_district


async def test_access_token_of_a_sign_in_is_verified_by_another_service_alone(driver: RegistryDriver) -> None:
    web = await driver.sign_in("officer")
    answer = await web.get("/api/registry/session")
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    caller = driver.caller(said["access_token"])
    assert caller.kind == "account"
    assert caller.roles == {"officer"}
    assert caller.officer_id == "officer-jincheng-05"
    assert caller.channels == {"grid_terminal"}
    cookies = {each.name: each for each in web.cookies.jar}
    assert cookies["gridloop_access"].path == "/"
    assert cookies["gridloop_session"].path == "/"
    with pytest.raises(NotSignedIn):
        driver.caller(said["access_token"][:-4] + "AAAA")
    await web.aclose()


async def test_under_https_both_cookies_are_bound_to_this_host_until_sign_out_deletes_them(
    driver: RegistryDriver,
) -> None:
    context = driver.registry.context
    context.settings = context.settings.model_copy(update={"gridloop_public_url": "https://grid.example.gov.cn"})
    names = ["__Host-gridloop_session", "__Host-gridloop_access"]
    async with driver.client(**CSRF) as web:
        signed_in = await web.post("/api/registry/session", json={"username": "officer", "password": PASSWORD})
        web.cookies.clear()  # the client sends no Secure cookie over plain HTTP: the header is written by hand
        assert [_host_bound(each) for each in signed_in.headers.get_list("set-cookie")] == names
        values = [each.partition(";")[0] for each in signed_in.headers.get_list("set-cookie")]
        cookies = {"cookie": "; ".join(values)}
        assert (await web.get("/api/registry/session", headers=cookies)).status_code == 200
        plain = {"cookie": cookies["cookie"].replace("__Host-", "")}
        assert (await web.get("/api/registry/session", headers=plain)).status_code == 401
        signed_out = await web.delete("/api/registry/session", headers=cookies)
        assert sorted(map(_host_bound, signed_out.headers.get_list("set-cookie"))) == sorted(names)
        assert (await web.get("/api/registry/session", headers=cookies)).status_code == 401


def _host_bound(line: str) -> str:
    """Return the name of a cookie that a browser accepts with `__Host-`; empty if it refuses it (RFC 6265bis)."""
    attributes = {each.strip().lower() for each in line.split(";")[1:]}
    has_domain = any(each.startswith("domain") for each in attributes)
    return line.partition("=")[0] if {"secure", "httponly", "path=/"} <= attributes and not has_domain else ""


async def test_unknown_name_wrong_password_and_disabled_account_get_the_same_answer(driver: RegistryDriver) -> None:
    await driver.registry.context.database.execute("UPDATE account SET disabled = true WHERE username = 'dispatcher'")
    async with driver.client() as web:

        async def attempt(username: str, password: str) -> tuple[int, str]:
            answer = await web.post("/api/registry/session", json={"username": username, "password": password})
            return answer.status_code, answer.json()["title"]

        answers = [
            await attempt("nobody", PASSWORD),
            await attempt("officer", "not the password"),
            await attempt("dispatcher", PASSWORD),
        ]
    assert answers[0][0] == 401
    assert len(set(answers)) == 1


async def test_a_database_that_goes_during_a_sign_in_is_not_our_fault(driver: RegistryDriver) -> None:
    """It passes: who signs in is told to try again soon, not that something is broken."""
    pool = driver.registry.context.database
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with driver.client() as web, pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM account WHERE username = 'officer' FOR UPDATE")
        signing_in = asyncio.create_task(
            web.post("/api/registry/session", json={"username": "officer", "password": PASSWORD})
        )
        pid = await wait_until(lambda: pool.fetchval(waiting), what="the sign-in to wait for its account")
        await pool.execute("SELECT pg_terminate_backend($1)", pid)
        answer = await signing_in
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/try-later")
    assert answer.headers["retry-after"] == "5"


async def test_session_refreshes_until_it_is_ended(driver: RegistryDriver) -> None:
    web = await driver.sign_in("dispatcher")
    assert (await web.post("/api/registry/session/refresh")).status_code == 200
    assert (await web.post("/api/registry/session/refresh", headers={"x-gridloop-csrf": ""})).status_code == 403
    assert (await web.delete("/api/registry/session")).status_code == 204
    assert "gridloop_session" not in web.cookies
    assert (await web.post("/api/registry/session/refresh")).status_code == 401
    await web.aclose()


async def test_new_password_ends_every_other_session(driver: RegistryDriver) -> None:
    here, elsewhere = await driver.sign_in("officer"), await driver.sign_in("officer")
    change = {"old_password": PASSWORD, "new_password": "officer"}
    assert (await here.post("/api/registry/session/password", json=change)).status_code == 422
    change["new_password"] = "another-long-one"
    assert (await here.post("/api/registry/session/password", json=change)).status_code == 200
    assert (await elsewhere.post("/api/registry/session/refresh")).status_code == 401
    assert (await here.post("/api/registry/session/refresh")).status_code == 200
    await here.aclose()
    await elsewhere.aclose()


async def test_machine_keys_work_are_rotated_and_end(driver: RegistryDriver) -> None:
    assert driver.caller(SECRETS["units"]["sanitation"]).unit_id == "sanitation"
    assert driver.caller(SECRETS["channels"]["hotline"]).channels == {"hotline"}
    web = await driver.sign_in("administrator")
    made = (await web.post("/api/registry/keys", json={"name": "水务系统", "unit": "water"})).json()
    await driver.release_at_reader(made["release"])
    assert driver.caller(made["key"]).unit_id == "water"
    key_id = made["machine_key"]["id"]
    turned = (await web.post(f"/api/registry/keys/{key_id}/rotate", json={"overlap_hours": 0})).json()
    await driver.release_at_reader(turned["release"])
    assert driver.caller(turned["key"]).unit_id == "water"
    with pytest.raises(NotSignedIn):
        driver.caller(made["key"])
    assert (await web.post(f"/api/registry/keys/{turned['machine_key']['id']}/revoke")).json()["revoked"]
    await driver.release_at_reader(turned["release"] + 1)
    with pytest.raises(NotSignedIn):
        driver.caller(turned["key"])
    secrets = await _asked_to_sign(driver, web)
    shown = (await web.get("/api/registry/keys")).text
    assert "hash" not in shown
    assert "encrypted" not in shown
    assert made["key"] not in shown
    stored = await driver.registry.context.database.fetchval("SELECT string_agg(body::text, '') FROM registry_record")
    assert made["key"] not in stored
    assert turned["key"] not in stored
    assert not any(secret.removeprefix("whsec_") in stored for secret in secrets)
    await web.aclose()


async def _asked_to_sign(driver: RegistryDriver, web: httpx.AsyncClient) -> list[str]:
    """A key that must sign keeps its secrets when it is rotated, and is enough again once that is said: the secrets."""
    made = (await web.post("/api/registry/keys", json={"name": "119", "channels": ["emergency"]})).json()
    path = f"/api/registry/keys/{made['machine_key']['id']}"
    asked = [(await web.post(f"{path}/signature", json={})).json() for _ in range(2)]
    first, again = (each["machine_key"]["signed_from"] for each in asked)
    assert first == again, "a new secret puts nothing off"
    turned = (await web.post(f"{path}/rotate", json={})).json()
    await driver.release_at_reader(turned["release"])
    context, key_id = driver.reader.context, turned["machine_key"]["id"]
    machine = context.district.machine_keys[key_id]
    for each in asked:
        headers = python_functions()["signed"](each["secret"], "message", b"{}")
        assert context.auth.signed_id(machine, headers, b"{}") == "message"
    assert context.auth.signed_id(machine, {}, b"{}") is None, "not before the overlap is over"
    waived = [await web.delete(f"/api/registry/keys/{key_id}/signature") for _ in range(2)]
    assert [each.json()["signed_from"] for each in waived] == [None, None]
    await driver.release_at_reader(turned["release"] + 1)
    assert context.district.machine_keys[key_id].secrets == ()
    return [each["secret"] for each in asked]


async def test_rotated_signing_key_leaves_living_tokens_valid(driver: RegistryDriver) -> None:
    web = await driver.sign_in("administrator")
    before = (await web.get("/api/registry/session")).json()["access_token"]
    assert (await web.post("/api/registry/signing-keys")).status_code == 201
    await driver.release_at_reader(2)
    assert driver.caller(before).has("administrator")
    after = (await web.get("/api/registry/session")).json()["access_token"]
    assert driver.caller(after).has("administrator")
    await web.aclose()


async def test_accounts_are_made_changed_and_disabled_by_administrators_only(driver: RegistryDriver) -> None:
    web = await driver.sign_in("administrator")
    new = {"username": "clerk.water", "name": "水务收件员", "roles": ["unit_clerk"], "unit": "water"}
    made = (await web.post("/api/registry/accounts", json=new)).json()
    assert (await web.post("/api/registry/accounts", json=new)).status_code == 409
    assert (await web.post("/api/registry/accounts", json={**new, "username": "x2", "unit": "moon"})).status_code == 422
    account = made["account"]
    clerk = driver.client(**CSRF)
    signed = await clerk.post("/api/registry/session", json={"username": "clerk.water", "password": made["password"]})
    assert signed.status_code == 200
    assert (await clerk.get("/api/registry/accounts")).status_code == 403
    assert (await clerk.post("/api/registry/keys", json={"name": "mine"})).status_code == 403
    change = {"version": 1, "name": "水务收件员", "roles": [], "disabled": True}
    assert (await web.put(f"/api/registry/accounts/{account['id']}", json=change)).json()["version"] == 2
    assert (await web.put(f"/api/registry/accounts/{account['id']}", json=change)).status_code == 412
    assert (await clerk.post("/api/registry/session/refresh")).status_code == 401
    me = (await web.get("/api/registry/session")).json()["account"]
    other = next(
        each
        for each in (await web.get("/api/registry/accounts")).json()["items"]
        if each["username"] == "administrator_2"
    )
    leaves = {"version": other["version"], "name": "x", "roles": []}
    assert (await web.put(f"/api/registry/accounts/{other['id']}", json=leaves)).status_code == 200
    alone = {"version": me["version"], "name": "x", "roles": []}
    assert (await web.put(f"/api/registry/accounts/{me['id']}", json=alone)).status_code == 409
    acts = await driver.registry.context.database.fetch("SELECT action FROM administration ORDER BY id")
    assert [row["action"] for row in acts][-3:] == ["created", "changed", "changed"]
    await clerk.aclose()
    await web.aclose()


async def test_what_administrators_change_is_answered_once_for_a_key(driver: RegistryDriver) -> None:
    """Asked again with the key nothing is made again, and a secret is told the first time only: it is nowhere
    at rest.
    """
    web, database = await driver.sign_in("administrator"), driver.registry.context.database

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
        """The same answers but for the secret, which was not kept with the first."""
        told = first.pop(secret)
        assert (again.pop(secret), again) == (None, first)
        return told

    new = {"username": "clerk.two", "name": "水务收件员", "roles": ["unit_clerk"], "unit": "water"}
    made, again = await twice("POST", "accounts", json=new)
    await without(made, again, "password")
    account = made["account"]["id"]
    await without(*await twice("POST", f"accounts/{account}/password"), "password")
    changed, again = await twice("PUT", f"accounts/{account}", json={"version": 1, "name": "水务", "roles": []})
    assert (changed["version"], again["version"]) == (2, 2)
    assert await database.fetchval("SELECT count(*) FROM administration WHERE subject = $1", account) == 3

    releases = (await web.get("/api/registry/release")).json()["release"]
    machine, again = await twice("POST", "keys", json={"name": "水务二系统", "unit": "water"})
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
    whole, again = await twice("POST", "imports?publish=true", content=zip_of_district())
    assert whole == again
    assert whole["release"] == releases + 8, "each of these is one release"
    await web.aclose()
