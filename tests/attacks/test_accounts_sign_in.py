"""Attack: guessing passwords, and using access that has ended."""

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
from tests.support.registry_driver import CSRF, PASSWORD, RegistryDriver
from tests.support.waiting import wait_until

SESSION = "/api/registry/session"
OWN_NETWORK, OTHER_NETWORK = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def checked_hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the hashes that passwords were compared with."""
    found: list[str] = []
    really: Callable[[str, str], bool] = passwords.matches

    def counted(stored: str, password: str) -> bool:
        found.append(stored)
        return really(stored, password)

    monkeypatch.setattr(passwords, "matches", counted)
    return found


async def attempt(
    web: httpx.AsyncClient, username: str, password: str = "wrong password", network: str = OTHER_NETWORK
) -> httpx.Response:
    headers = {"x-forwarded-for": network}
    return await web.post(SESSION, json={"username": username, "password": password}, headers=headers)


async def statuses(web: httpx.AsyncClient, times: int, username: str, network: str = OTHER_NETWORK) -> list[int]:
    return [(await attempt(web, username, network=network)).status_code for _ in range(times)]


async def test_unknown_names_and_disabled_accounts_take_as_much_work_as_others(
    registry_driver: RegistryDriver, checked_hashes: list[str]
) -> None:
    await registry_driver.registry.context.database.execute(
        "UPDATE account SET disabled = true WHERE username = 'dispatcher'"
    )
    async with registry_driver.client() as web:
        for username, password in (("nobody", PASSWORD), ("officer", "wrong password"), ("dispatcher", PASSWORD)):
            checked_hashes.clear()
            assert (await attempt(web, username, password)).status_code == 401
            assert len(checked_hashes) == 1, username


@pytest.mark.parametrize("username", ["officer", "nobody"])
async def test_guesses_from_one_network_have_to_wait_longer_each_time(
    registry_driver: RegistryDriver, checked_hashes: list[str], username: str
) -> None:
    pool = registry_driver.registry.context.database
    async with registry_driver.client() as web:
        assert await statuses(web, 5, username) == [401] * 5
        checked_hashes.clear()
        waits: list[int] = []
        for _ in range(3):
            refused = await attempt(web, username, PASSWORD)
            assert refused.status_code == 429, "the right password is not checked either"
            waits.append(int(refused.headers["retry-after"]))
            assert not checked_hashes
            await _age_failures(registry_driver, seconds=waits[-1] + 1)
            assert (await attempt(web, username)).status_code == 401
            checked_hashes.clear()
    assert waits[0] < waits[1] < waits[2], waits
    assert await pool.fetchval("SELECT count(*) FROM security_log WHERE event = 'refused'") == 8


async def test_guesses_from_other_networks_do_not_lock_a_person_out(registry_driver: RegistryDriver) -> None:
    async with registry_driver.client() as web:
        assert (await attempt(web, "officer", PASSWORD, OWN_NETWORK)).status_code == 200
        for host in range(30):
            await attempt(web, "officer", network=f"203.0.113.{host}")
        assert (await attempt(web, "officer", PASSWORD, "192.0.2.1")).status_code == 429, "a new network has to wait"
        assert (await attempt(web, "officer", PASSWORD, OWN_NETWORK)).status_code == 200


@pytest.mark.parametrize("network", ["203.0.113.9", "2001:db8:1:2::{}"])
async def test_one_password_tried_on_many_names_is_throttled_by_network(
    registry_driver: RegistryDriver, network: str
) -> None:
    """All addresses of an IPv6 /64 are one network. An account that has signed in from there before still may."""
    async with registry_driver.client() as web:
        assert (await attempt(web, "officer", PASSWORD, network.format(1))).status_code == 200
        tried = [(await attempt(web, f"name-{n}", network=network.format(n))).status_code for n in range(52)]
        assert (tried[:50], tried[50:]) == ([401] * 50, [429] * 2)
        assert (await attempt(web, "dispatcher", PASSWORD, network.format(99))).status_code == 429
        assert (await attempt(web, "officer", PASSWORD, network.format(99))).status_code == 200
        assert (await attempt(web, "dispatcher", PASSWORD, "192.0.2.1")).status_code == 200, (
            "other networks are not affected"
        )


async def test_replicas_count_failures_together(registry_driver: RegistryDriver) -> None:
    replica = await registry_driver.installation.start(REGISTRY, key="replica", port=free_port())
    async with registry_driver.client() as one, httpx.AsyncClient(base_url=replica.url) as other:
        assert await statuses(one, 3, "officer") == [401] * 3
        assert await statuses(other, 3, "officer") == [401, 401, 429]
        assert await statuses(one, 1, "officer") == [429]


async def test_most_of_many_guesses_at_once_are_refused_unchecked(
    registry_driver: RegistryDriver, checked_hashes: list[str]
) -> None:
    async with registry_driver.client() as web:
        answers = await asyncio.gather(*(attempt(web, "officer") for _ in range(40)))
    assert {each.status_code for each in answers} == {401, 429}
    assert len(checked_hashes) <= 6, "five, and one that was in progress"


async def test_the_old_password_in_a_change_cannot_be_guessed_faster(registry_driver: RegistryDriver) -> None:
    async with contextlib.aclosing(await registry_driver.sign_in("officer")) as web:
        change = {"old_password": "wrong password", "new_password": "another-long-one"}
        tried = [(await web.post(f"{SESSION}/password", json=change)).status_code for _ in range(6)]
    assert tried == [401] * 5 + [429]


async def test_failures_networks_and_log_lines_are_deleted_when_they_expire(registry_driver: RegistryDriver) -> None:
    pool = registry_driver.registry.context.database
    async with registry_driver.client() as web:
        await attempt(web, "officer")
        await attempt(web, "officer", PASSWORD)
    tables = ("sign_in_failure", "known_network", "security_log")
    await sign_ins.delete_expired(pool, real_now())
    assert [await pool.fetchval(f"SELECT count(*) > 0 FROM {each}") for each in tables] == [True] * 3
    await sign_ins.delete_expired(pool, real_now() + timedelta(days=400))
    assert [await pool.fetchval(f"SELECT count(*) FROM {each}") for each in tables] == [0] * 3


async def test_only_the_auditor_reads_the_sign_ins_and_acts_page_by_page(registry_driver: RegistryDriver) -> None:
    async with registry_driver.client() as web:
        await attempt(web, "nobody", "my-password-as-a-name")
        await attempt(web, "officer")
        await attempt(web, "officer", PASSWORD, "2001:db8::1")
    async with contextlib.aclosing(await registry_driver.sign_in("auditor")) as web:
        lines, cursor = list[dict[str, Any]](), ""
        while cursor is not None:
            page = (await web.get(f"/api/registry/security-log?limit=2{cursor and f'&cursor={cursor}'}")).json()
            lines, cursor = lines + page["items"], page["next"]
        acts = (await web.get("/api/registry/administration")).json()["items"]
        wrong = await web.get("/api/registry/security-log?cursor=W10")
    assert [(each["event"], each["username"], each["network"], each["detail"]) for each in lines] == [
        ("signed_in", "auditor", "127.0.0.1", ""),
        ("signed_in", "officer", "2001:db8::/64", ""),
        ("refused", "officer", OTHER_NETWORK, "wrong password"),
        ("refused", None, OTHER_NETWORK, "unknown name"),
    ]
    assert {(each["by"], each["action"]) for each in acts} == {("gridloop", "created")}
    assert wrong.status_code == 422
    async with contextlib.aclosing(await registry_driver.sign_in("administrator")) as web:
        for path in ("security-log", "administration"):
            assert (await web.get(f"/api/registry/{path}")).status_code == 403


async def test_signing_out_ends_access_at_every_service(registry_driver: RegistryDriver) -> None:
    web, other = await registry_driver.sign_in("officer"), await registry_driver.sign_in("officer")
    token, still = [(await each.get(SESSION)).json()["access_token"] for each in (web, other)]
    assert (registry_driver.caller(token).has("officer"), registry_driver.caller(still).has("officer")) == (True, True)
    assert (await web.delete(SESSION)).status_code == 204
    await _wait_until_refused(registry_driver, token)
    assert registry_driver.caller(still).has("officer"), "the other session continues"
    await registry_driver.installation.stop("tracking")
    registry_driver.reader = await registry_driver.installation.start(registry_driver.reader.service)
    with pytest.raises(NotSignedIn):
        registry_driver.caller(token)
    await web.aclose()
    await other.aclose()


@pytest.mark.parametrize("disabled", [True, False])
async def test_a_disabled_account_or_changed_rights_end_access_at_every_service(
    registry_driver: RegistryDriver, disabled: bool
) -> None:
    web, dispatcher = await registry_driver.sign_in("administrator"), await registry_driver.sign_in("dispatcher")
    session = (await dispatcher.get(SESSION)).json()
    token, account = session["access_token"], session["account"]
    path, change = f"/api/registry/accounts/{account['id']}", {"name": "x", "version": 1}
    only_named = await web.put(path, json={**change, "roles": ["dispatcher"]})
    assert only_named.status_code == 200
    assert registry_driver.caller(token).has("dispatcher"), "a change of the name ends no access"
    changed = await web.put(path, json={**change, "version": 2, "roles": ["assessor"], "disabled": disabled})
    assert changed.status_code == 200
    await _wait_until_refused(registry_driver, token)
    refreshed = await dispatcher.post(f"{SESSION}/refresh")
    if disabled:
        assert refreshed.status_code == 401
    else:
        assert registry_driver.caller(refreshed.json()["access_token"]).roles == {"assessor"}
    await dispatcher.aclose()
    await web.aclose()


async def test_a_new_password_ends_access_at_every_service(registry_driver: RegistryDriver) -> None:
    here, elsewhere = await registry_driver.sign_in("officer"), await registry_driver.sign_in("officer")
    token = (await elsewhere.get(SESSION)).json()["access_token"]
    change = {"old_password": PASSWORD, "new_password": "槐树下第三盏路灯坏了"}
    fresh = (await here.post(f"{SESSION}/password", json=change, headers=CSRF)).json()["access_token"]
    await _wait_until_refused(registry_driver, token)
    assert registry_driver.caller(fresh).has("officer")
    await here.aclose()
    await elsewhere.aclose()


async def _wait_until_refused(registry_driver: RegistryDriver, token: str) -> None:
    """Wait until the consuming service refuses this token."""

    async def refused() -> bool:
        try:
            registry_driver.caller(token)
        except NotSignedIn:
            return True
        return False

    await wait_until(refused, what="the token to be refused")


async def _age_failures(registry_driver: RegistryDriver, seconds: float) -> None:
    """Move failed sign-ins so many seconds into the past."""
    await registry_driver.registry.context.database.execute(
        "UPDATE sign_in_failure SET last_failed_at = last_failed_at - $1::interval", timedelta(seconds=seconds)
    )
