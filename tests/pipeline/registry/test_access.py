"""Sign-in, sessions, machine keys and accounts of the registry."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.chassis.problems import NotSignedIn
from tests.support.cookies import host_bound_name
from tests.support.integrators_guide import python_functions
from tests.support.registry_driver import CSRF, PASSWORD, SECRETS, RegistryDriver, zip_of_district
from tests.support.waiting import wait_until


async def test_an_access_token_is_verified_by_another_service_without_the_registry(driver: RegistryDriver) -> None:
    web = await driver.sign_in("officer")
    answer = await web.get("/api/registry/session")
    assert answer.headers["cache-control"] == "no-store"
    session = answer.json()
    caller = driver.caller(session["access_token"])
    assert caller.kind == "account"
    assert caller.roles == {"officer"}
    assert caller.officer_id == "officer-jincheng-05"
    assert caller.channels == {"grid_terminal"}
    cookies = {each.name: each for each in web.cookies.jar}
    assert cookies["gridloop_access"].path == "/"
    assert cookies["gridloop_session"].path == "/"
    with pytest.raises(NotSignedIn):
        driver.caller(session["access_token"][:-4] + "AAAA")
    await web.aclose()


async def test_under_https_both_cookies_are_bound_to_the_host(
    driver: RegistryDriver,
) -> None:
    context = driver.registry.context
    context.settings = context.settings.model_copy(update={"gridloop_public_url": "https://grid.example.gov.cn"})
    names = ["__Host-gridloop_session", "__Host-gridloop_access"]
    async with driver.client(**CSRF) as web:
        signed_in = await web.post("/api/registry/session", json={"username": "officer", "password": PASSWORD})
        web.cookies.clear()  # the client sends no Secure cookie over plain HTTP: the header is written by hand
        assert [host_bound_name(each) for each in signed_in.headers.get_list("set-cookie")] == names
        values = [each.partition(";")[0] for each in signed_in.headers.get_list("set-cookie")]
        cookies = {"cookie": "; ".join(values)}
        assert (await web.get("/api/registry/session", headers=cookies)).status_code == 200
        plain = {"cookie": cookies["cookie"].replace("__Host-", "")}
        assert (await web.get("/api/registry/session", headers=plain)).status_code == 401
        signed_out = await web.delete("/api/registry/session", headers=cookies)
        assert sorted(map(host_bound_name, signed_out.headers.get_list("set-cookie"))) == sorted(names)
        assert (await web.get("/api/registry/session", headers=cookies)).status_code == 401


async def test_an_unknown_name_a_wrong_password_and_a_disabled_account_get_the_same_response(
    driver: RegistryDriver,
) -> None:
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


async def test_an_outage_of_the_database_during_a_sign_in_is_answered_with_try_later(driver: RegistryDriver) -> None:
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


async def test_a_session_is_refreshed_until_the_sign_out(driver: RegistryDriver) -> None:
    web = await driver.sign_in("dispatcher")
    assert (await web.post("/api/registry/session/refresh")).status_code == 200
    assert (await web.post("/api/registry/session/refresh", headers={"x-gridloop-csrf": ""})).status_code == 403
    assert (await web.delete("/api/registry/session")).status_code == 204
    assert "gridloop_session" not in web.cookies
    assert (await web.post("/api/registry/session/refresh")).status_code == 401
    await web.aclose()


async def test_a_new_password_ends_all_other_sessions(driver: RegistryDriver) -> None:
    here, elsewhere = await driver.sign_in("officer"), await driver.sign_in("officer")
    change = {"old_password": PASSWORD, "new_password": "officer"}
    assert (await here.post("/api/registry/session/password", json=change)).status_code == 422
    change["new_password"] = "another-long-one"
    assert (await here.post("/api/registry/session/password", json=change)).status_code == 200
    assert (await elsewhere.post("/api/registry/session/refresh")).status_code == 401
    assert (await here.post("/api/registry/session/refresh")).status_code == 200
    await here.aclose()
    await elsewhere.aclose()


async def test_a_machine_key_works_until_it_is_rotated_or_revoked(driver: RegistryDriver) -> None:
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
    shown = (await web.get("/api/registry/keys")).text
    assert "hash" not in shown
    assert "encrypted" not in shown
    assert made["key"] not in shown
    stored = await driver.registry.context.database.fetchval("SELECT string_agg(body::text, '') FROM registry_record")
    assert made["key"] not in stored
    assert turned["key"] not in stored
    await web.aclose()


async def test_a_machine_key_keeps_its_signing_secrets_when_it_is_rotated_until_signing_ends(
    driver: RegistryDriver,
) -> None:
    web = await driver.sign_in("administrator")
    made = (await web.post("/api/registry/keys", json={"name": "119", "channels": ["emergency"]})).json()
    path = f"/api/registry/keys/{made['machine_key']['id']}"
    asked = [(await web.post(f"{path}/signature", json={})).json() for _ in range(2)]
    first, again = (each["machine_key"]["signed_from"] for each in asked)
    assert first == again, "a new secret does not postpone the start"
    turned = (await web.post(f"{path}/rotate", json={})).json()
    await driver.release_at_reader(turned["release"])
    context, key_id = driver.reader.context, turned["machine_key"]["id"]
    machine = context.district.machine_keys[key_id]
    for each in asked:
        headers = python_functions()["signature_headers"](each["secret"], "message", b"{}")
        assert context.auth.signed_id(machine, headers, b"{}") == "message"
    assert context.auth.signed_id(machine, {}, b"{}") is None, "a signature is not needed before the overlap ends"
    waived = [await web.delete(f"/api/registry/keys/{key_id}/signature") for _ in range(2)]
    assert [each.json()["signed_from"] for each in waived] == [None, None]
    await driver.release_at_reader(turned["release"] + 1)
    assert context.district.machine_keys[key_id].secrets == ()
    stored = await driver.registry.context.database.fetchval("SELECT string_agg(body::text, '') FROM registry_record")
    assert not any(each["secret"].removeprefix("whsec_") in stored for each in asked)
    await web.aclose()


async def test_tokens_stay_valid_when_the_signing_key_is_rotated(driver: RegistryDriver) -> None:
    web = await driver.sign_in("administrator")
    before = (await web.get("/api/registry/session")).json()["access_token"]
    assert (await web.post("/api/registry/signing-keys")).status_code == 201
    await driver.release_at_reader(2)
    assert driver.caller(before).has("administrator")
    after = (await web.get("/api/registry/session")).json()["access_token"]
    assert driver.caller(after).has("administrator")
    await web.aclose()


async def test_accounts_are_created_changed_and_disabled_by_administrators_only(driver: RegistryDriver) -> None:
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


async def test_a_repeated_key_of_an_administrator_changes_nothing_and_shows_no_secret_again(
    driver: RegistryDriver,
) -> None:
    web, database = await driver.sign_in("administrator"), driver.registry.context.database

    async def twice(method: str, path: str, **body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Send a request twice with one key and return both responses."""
        headers = {"Idempotency-Key": str(uuid4())}
        first, again = [
            await web.request(method, f"/api/registry/{path}", headers=headers, timeout=60, **body) for _ in range(2)
        ]
        assert first.is_success, first.text
        assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")
        return first.json(), again.json()

    def check_equal_without(secret: str, first: dict[str, Any], again: dict[str, Any]) -> None:
        """Check that the second response is the first one without the secret."""
        assert first.pop(secret)
        assert (again.pop(secret), again) == (None, first)

    new = {"username": "clerk.two", "name": "水务收件员", "roles": ["unit_clerk"], "unit": "water"}
    made, again = await twice("POST", "accounts", json=new)
    check_equal_without("password", made, again)
    account = made["account"]["id"]
    check_equal_without("password", *await twice("POST", f"accounts/{account}/password"))
    changed, again = await twice("PUT", f"accounts/{account}", json={"version": 1, "name": "水务", "roles": []})
    assert (changed["version"], again["version"]) == (2, 2)
    assert await database.fetchval("SELECT count(*) FROM administration WHERE subject = $1", account) == 3

    releases = (await web.get("/api/registry/release")).json()["release"]
    machine, again = await twice("POST", "keys", json={"name": "水务二系统", "unit": "water"})
    check_equal_without("key", machine, again)
    path = f"keys/{machine['machine_key']['id']}"
    check_equal_without("secret", *await twice("POST", f"{path}/signature", json={}))
    await twice("DELETE", f"{path}/signature")
    check_equal_without("key", *await twice("POST", f"{path}/rotate", json={}))
    await twice("POST", f"{path}/revoke")
    await twice("POST", "signing-keys")
    note = (await web.get("/api/registry/entities/knowledge?limit=1")).json()["items"][0]
    change = {"kind": "knowledge", "id": note["id"], "body": {**note, "question": "旧家具怎么扔？"}}
    one, again = await twice("POST", "changes?publish=true", json={"changes": [change]})
    assert one == again
    whole, again = await twice("POST", "imports?publish=true", content=zip_of_district())
    assert whole == again
    assert whole["release"] == releases + 8, "each change is one release"
    await web.aclose()
