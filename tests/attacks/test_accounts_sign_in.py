"""Guessing passwords, and using access that has ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.chassis.problems import NotSignedIn
from services.registry.app import SERVICE as REGISTRY
from services.registry.domain import passwords
from services.registry.store import sign_ins
from services.registry.store.tables import real_now
from tests.support.infrastructure import free_port
from tests.support.installation import Installation, wait_until
from tests.support.registry_driver import CSRF, PASSWORD, RegistryDriver, copy_registry_driver

SESSION = "/api/registry/session"
OFFICE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
async def driver(installation: Installation) -> RegistryDriver:
    return await copy_registry_driver(installation)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hash of each password that was looked at."""
    found: list[str] = []
    really: Callable[[str, str], bool] = passwords.matches

    def counted(stored: str, password: str) -> bool:
        found.append(stored)
        return really(stored, password)

    monkeypatch.setattr(passwords, "matches", counted)
    return found


async def attempt(
    web: httpx.AsyncClient, username: str, password: str = "wrong password", network: str = ELSEWHERE
) -> httpx.Response:
    headers = {"x-forwarded-for": network}
    return await web.post(SESSION, json={"username": username, "password": password}, headers=headers)


async def statuses(web: httpx.AsyncClient, times: int, username: str, network: str = ELSEWHERE) -> list[int]:
    return [(await attempt(web, username, network=network)).status_code for _ in range(times)]


async def test_unknown_names_and_disabled_accounts_cost_the_same_work(
    driver: RegistryDriver, looked_at: list[str]
) -> None:
    await driver.registry.context.database.execute("UPDATE account SET disabled = true WHERE username = 'dispatcher'")
    async with driver.client() as web:
        for username, password in (("nobody", PASSWORD), ("officer", "wrong password"), ("dispatcher", PASSWORD)):
            looked_at.clear()
            assert (await attempt(web, username, password)).status_code == 401
            assert len(looked_at) == 1, username


@pytest.mark.parametrize("username", ["officer", "nobody"])
async def test_guessing_from_one_network_waits_longer_and_longer(
    driver: RegistryDriver, looked_at: list[str], username: str
) -> None:
    pool = driver.registry.context.database
    async with driver.client() as web:
        assert await statuses(web, 5, username) == [401] * 5
        looked_at.clear()
        waits: list[int] = []
        for _ in range(3):
            refused = await attempt(web, username, PASSWORD)
            assert refused.status_code == 429, "the right password is not looked at either"
            waits.append(int(refused.headers["retry-after"]))
            assert not looked_at
            await _pass(driver, seconds=waits[-1] + 1)
            assert (await attempt(web, username)).status_code == 401
            looked_at.clear()
    assert waits[0] < waits[1] < waits[2], waits
    assert await pool.fetchval("SELECT count(*) FROM security_log WHERE event = 'refused'") == 8


async def test_a_person_is_not_locked_out_from_elsewhere(driver: RegistryDriver) -> None:
    async with driver.client() as web:
        assert (await attempt(web, "officer", PASSWORD, OFFICE)).status_code == 200
        for host in range(30):
            await attempt(web, "officer", network=f"203.0.113.{host}")
        assert (await attempt(web, "officer", PASSWORD, "192.0.2.1")).status_code == 429, "from a new network one waits"
        assert (await attempt(web, "officer", PASSWORD, OFFICE)).status_code == 200


@pytest.mark.parametrize("network", ["203.0.113.9", "2001:db8:1:2::{}"])
async def test_one_password_tried_on_many_names_is_throttled_by_network(driver: RegistryDriver, network: str) -> None:
    """The addresses of one IPv6 line are one network. Who has signed in from there before still may."""
    async with driver.client() as web:
        assert (await attempt(web, "officer", PASSWORD, network.format(1))).status_code == 200
        tried = [(await attempt(web, f"name-{n}", network=network.format(n))).status_code for n in range(52)]
        assert (tried[:50], tried[50:]) == ([401] * 50, [429] * 2)
        assert (await attempt(web, "dispatcher", PASSWORD, network.format(99))).status_code == 429
        assert (await attempt(web, "officer", PASSWORD, network.format(99))).status_code == 200
        assert (await attempt(web, "dispatcher", PASSWORD, "192.0.2.1")).status_code == 200, (
            "from elsewhere anybody may"
        )


async def test_replicas_count_together(driver: RegistryDriver) -> None:
    replica = await driver.installation.start(REGISTRY, key="replica", port=free_port())
    async with driver.client() as one, httpx.AsyncClient(base_url=replica.url) as other:
        assert await statuses(one, 3, "officer") == [401] * 3
        assert await statuses(other, 3, "officer") == [401, 401, 429]
        assert await statuses(one, 1, "officer") == [429]


async def test_guesses_at_once_are_not_looked_at_all(driver: RegistryDriver, looked_at: list[str]) -> None:
    async with driver.client() as web:
        answers = await asyncio.gather(*(attempt(web, "officer") for _ in range(40)))
    assert {each.status_code for each in answers} == {401, 429}
    assert len(looked_at) <= 6, "five, and one that was under way"


async def test_an_old_password_is_guessed_no_faster(driver: RegistryDriver) -> None:
    async with contextlib.aclosing(await driver.sign_in("officer")) as web:
        change = {"old_password": "wrong password", "new_password": "another-long-one"}
        tried = [(await web.post(f"{SESSION}/password", json=change)).status_code for _ in range(6)]
    assert tried == [401] * 5 + [429]


async def test_what_no_longer_counts_is_deleted(driver: RegistryDriver) -> None:
    pool = driver.registry.context.database
    async with driver.client() as web:
        await attempt(web, "officer")
        await attempt(web, "officer", PASSWORD)
    tables = ("sign_in_failure", "known_network", "security_log")
    await sign_ins.delete_expired(pool, real_now())
    assert [await pool.fetchval(f"SELECT count(*) > 0 FROM {each}") for each in tables] == [True] * 3
    await sign_ins.delete_expired(pool, real_now() + timedelta(days=400))
    assert [await pool.fetchval(f"SELECT count(*) FROM {each}") for each in tables] == [0] * 3


async def test_the_auditor_alone_reads_sign_ins_and_acts_page_by_page(driver: RegistryDriver) -> None:
    async with driver.client() as web:
        await attempt(web, "nobody", "my-password-as-a-name")
        await attempt(web, "officer")
        await attempt(web, "officer", PASSWORD, "2001:db8::1")
    async with contextlib.aclosing(await driver.sign_in("auditor")) as web:
        lines, cursor = list[dict[str, Any]](), ""
        while cursor is not None:
            page = (await web.get(f"/api/registry/security-log?limit=2{cursor and f'&cursor={cursor}'}")).json()
            lines, cursor = lines + page["items"], page["next"]
        acts = (await web.get("/api/registry/administration")).json()["items"]
        wrong = await web.get("/api/registry/security-log?cursor=W10")
    assert [(each["event"], each["username"], each["network"], each["detail"]) for each in lines] == [
        ("signed_in", "auditor", "127.0.0.1", ""),
        ("signed_in", "officer", "2001:db8::/64", ""),
        ("refused", "officer", ELSEWHERE, "wrong password"),
        ("refused", None, ELSEWHERE, "unknown name"),
    ]
    assert {(each["by"], each["action"]) for each in acts} == {("gridloop", "created")}
    assert wrong.status_code == 422
    async with contextlib.aclosing(await driver.sign_in("administrator")) as web:
        for path in ("security-log", "administration"):
            assert (await web.get(f"/api/registry/{path}")).status_code == 403


async def test_signing_out_ends_access_at_every_service(driver: RegistryDriver) -> None:
    web, other = await driver.sign_in("officer"), await driver.sign_in("officer")
    token, still = [(await each.get(SESSION)).json()["access_token"] for each in (web, other)]
    assert (driver.caller(token).has("officer"), driver.caller(still).has("officer")) == (True, True)
    assert (await web.delete(SESSION)).status_code == 204
    await _refused(driver, token)
    assert driver.caller(still).has("officer"), "the session elsewhere goes on"
    await driver.installation.stop("tracking")
    driver.reader = await driver.installation.start(driver.reader.service)
    with pytest.raises(NotSignedIn):
        driver.caller(token)
    await web.aclose()
    await other.aclose()


@pytest.mark.parametrize("disabled", [True, False])
async def test_disabling_and_other_rights_end_access_at_every_service(driver: RegistryDriver, disabled: bool) -> None:
    web, dispatcher = await driver.sign_in("administrator"), await driver.sign_in("dispatcher")
    session = (await dispatcher.get(SESSION)).json()
    token, account = session["access_token"], session["account"]
    path, change = f"/api/registry/accounts/{account['id']}", {"name": "x", "version": 1}
    only_named = await web.put(path, json={**change, "roles": ["dispatcher"]})
    assert only_named.status_code == 200
    assert driver.caller(token).has("dispatcher"), "another name ends nothing"
    changed = await web.put(path, json={**change, "version": 2, "roles": ["assessor"], "disabled": disabled})
    assert changed.status_code == 200
    await _refused(driver, token)
    refreshed = await dispatcher.post(f"{SESSION}/refresh")
    if disabled:
        assert refreshed.status_code == 401
    else:
        assert driver.caller(refreshed.json()["access_token"]).roles == {"assessor"}
    await dispatcher.aclose()
    await web.aclose()


async def test_a_new_password_ends_access_at_every_service(driver: RegistryDriver) -> None:
    here, elsewhere = await driver.sign_in("officer"), await driver.sign_in("officer")
    token = (await elsewhere.get(SESSION)).json()["access_token"]
    change = {"old_password": PASSWORD, "new_password": "槐树下第三盏路灯坏了"}
    fresh = (await here.post(f"{SESSION}/password", json=change, headers=CSRF)).json()["access_token"]
    await _refused(driver, token)
    assert driver.caller(fresh).has("officer")
    await here.aclose()
    await elsewhere.aclose()


async def _refused(driver: RegistryDriver, token: str) -> None:
    """Wait until the service that reads the registry refuses this token."""

    async def refused() -> bool:
        try:
            driver.caller(token)
        except NotSignedIn:
            return True
        return False

    await wait_until(refused, what="the token to be refused")


async def _pass(driver: RegistryDriver, seconds: float) -> None:
    """Let failed sign-ins lie so much longer ago."""
    await driver.registry.context.database.execute(
        "UPDATE sign_in_failure SET last_failed_at = last_failed_at - $1::interval", timedelta(seconds=seconds)
    )
