"""Administrators who want more rights than they have, or to be two persons."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.list_drafts import EntryChange
from services.chassis.problems import NotSignedIn
from services.registry.domain import list_draft
from services.registry.domain.list_draft import Author, Content
from services.registry.store import list_drafts
from tests.support.installation import Installation
from tests.support.registry_driver import LIJIN, PASSWORD, RegistryDriver, copy_registry_driver, zip_of_district

ACCOUNTS, KEYS, APPROVALS = "/api/registry/accounts", "/api/registry/keys", "/api/registry/approvals"
STREET = "370522001"
TWO_PERSONS = "/problems/not-a-second-person"


@pytest.fixture
async def driver(installation: Installation) -> RegistryDriver:
    return await copy_registry_driver(installation)


async def account_of(driver: RegistryDriver, username: str) -> dict[str, Any]:
    async with contextlib.aclosing(await driver.sign_in("administrator")) as web:
        listed = (await web.get(ACCOUNTS)).json()["items"]
    return next(each for each in listed if each["username"] == username)


async def with_account(driver: RegistryDriver, maker: str, username: str, **bindings: Any) -> dict[str, Any]:
    """An account that this administrator makes, approved by the second where it must be."""
    form = {"username": username, "name": username, "password": PASSWORD, **bindings}
    async with contextlib.aclosing(await driver.sign_in(maker)) as web:
        answer = await web.post(ACCOUNTS, json=form)
    if answer.status_code == 202:
        second = "administrator_2" if maker != "administrator_2" else "administrator"
        return (await driver.approve(answer, second))["account"]
    assert answer.status_code == 201, answer.text
    return answer.json()["account"]


async def street_administrator(driver: RegistryDriver) -> httpx.AsyncClient:
    await with_account(driver, "administrator", "street.admin", roles=["administrator"], areas=[STREET])
    return await driver.sign_in("street.admin")


async def test_an_administrator_of_an_area_cannot_widen_oneself_or_anybody(driver: RegistryDriver) -> None:
    web = await street_administrator(driver)
    me, other = await account_of(driver, "street.admin"), await account_of(driver, "administrator")
    wider = {"name": "x", "roles": ["administrator"], "version": me["version"]}
    attempts = [
        await web.put(f"{ACCOUNTS}/{me['id']}", json=wider),
        await web.put(f"{ACCOUNTS}/{me['id']}", json={**wider, "areas": ["370522"]}),
        await web.post(ACCOUNTS, json={"username": "county", "name": "x", "roles": ["dispatcher"]}),
        await web.post(ACCOUNTS, json={"username": "county", "name": "x", "roles": ["administrator"]}),
        await web.post(f"{ACCOUNTS}/{other['id']}/password"),
        await web.put(
            f"{ACCOUNTS}/{other['id']}",
            json={"name": "x", "roles": ["leader"], "areas": [STREET], "version": other["version"]},
        ),
        await web.post(KEYS, json={"name": "x", "roles": ["hotline"]}),
        await web.post(KEYS, json={"name": "x", "roles": ["unit_clerk"], "unit": "justice", "areas": [STREET]}),
        await web.post(f"{KEYS}/demo-channel-hotline/rotate", json={}),
        await web.post(f"{KEYS}/demo-channel-hotline/revoke"),
        await web.post(f"{KEYS}/demo-channel-hotline/signature", json={}),
        await web.delete(f"{KEYS}/demo-channel-hotline/signature"),
    ]
    assert {(each.status_code, each.json()["type"]) for each in attempts} == {(403, "/problems/beyond-own-rights")}
    inside = {"username": "street.desk", "name": "x", "roles": ["dispatcher"], "areas": [f"{STREET}003"]}
    assert (await web.post(ACCOUNTS, json=inside)).status_code == 201, "within the area it works"
    await web.aclose()


async def test_an_administrator_of_an_area_publishes_nothing_for_the_district(driver: RegistryDriver) -> None:
    web = await street_administrator(driver)
    water = driver.registry.context.district.units["water"].to_body()
    change = {"changes": [{"kind": "unit", "id": "water", "body": {**water, "contact": "x"}}]}
    knowledge = (LIJIN / "knowledge.jsonl").read_text().replace("？", "?")
    attempts = [
        await web.post("/api/registry/changes?publish=true", json=change),
        await web.post("/api/registry/imports?publish=true", content=zip_of_district(knowledge=knowledge)),
        await web.post("/api/registry/signing-keys"),
    ]
    assert {(each.status_code, each.json()["type"]) for each in attempts} == {(403, "/problems/whole-district-only")}
    assert driver.registry.context.district.release == 1
    await web.aclose()


@pytest.mark.parametrize("role", ["administrator", "auditor"])
async def test_a_new_administrator_or_auditor_waits_for_a_second_person(driver: RegistryDriver, role: str) -> None:
    web = await driver.sign_in("administrator")
    proposed = await web.post(ACCOUNTS, json={"username": "new.one", "name": "新人", "roles": [role]})
    password = proposed.json()["password"]
    signing_in = {"username": "new.one", "password": password}
    assert (await web.post("/api/registry/session", json=signing_in)).status_code == 401, "not yet"
    path = f"{APPROVALS}/{proposed.json()['approval']['id']}"
    own = await web.post(f"{path}/approve")
    assert (own.status_code, own.json()["type"]) == (403, TWO_PERSONS)
    shown = (await web.get(path)).text
    assert "argon2" not in shown
    assert password not in shown
    done = await driver.approve(proposed)
    assert (done["account"]["roles"], done["approval"]["state"]) == ([role], "approved")
    assert (await (await driver.sign_in("new.one", password)).get(APPROVALS)).status_code == 200
    await web.aclose()


async def test_giving_the_role_enabling_and_a_new_password_wait_too(driver: RegistryDriver) -> None:
    made = await with_account(driver, "administrator", "clerk", roles=["dispatcher"])
    second = await account_of(driver, "administrator_2")
    web = await driver.sign_in("administrator")
    path = f"{ACCOUNTS}/{made['id']}"
    promoted = {"name": "x", "roles": ["administrator"], "version": 1}
    first = await web.put(path, json=promoted)
    assert (await web.get(path)).json()["roles"] == ["dispatcher"], "nothing has changed yet"
    assert (await driver.approve(first))["account"]["version"] == 2
    disabled = await web.put(path, json={**promoted, "version": 2, "disabled": True})
    assert disabled.status_code == 200, "to take away takes one person"
    assert (await web.put(path, json={**promoted, "version": 3})).status_code == 202
    reset = await web.post(f"{ACCOUNTS}/{second['id']}/password")
    assert reset.status_code == 202
    assert (await driver.sign_in("administrator_2")) is not None, "the old password still holds"
    await web.aclose()


async def test_an_account_made_by_the_first_person_is_no_second_one(driver: RegistryDriver) -> None:
    """Nor is one made by an account that the first made, one whose password the first has set, or the other way
    round.
    """
    await with_account(driver, "administrator", "child", roles=["administrator"])
    await with_account(driver, "child", "grandchild", roles=["administrator"])
    await with_account(driver, "administrator_2", "clerk", roles=["dispatcher"])
    clerk = await account_of(driver, "clerk")
    web = await driver.sign_in("administrator")
    password = (await web.post(f"{ACCOUNTS}/{clerk['id']}/password")).json()["password"]
    promoted = {"name": "x", "roles": ["administrator"], "version": 1}
    await driver.approve(await web.put(f"{ACCOUNTS}/{clerk['id']}", json=promoted))
    proposed = await web.post(ACCOUNTS, json={"username": "mine", "name": "x", "roles": ["administrator"]})
    path = f"{APPROVALS}/{proposed.json()['approval']['id']}/approve"
    for name, secret in (("child", PASSWORD), ("grandchild", PASSWORD), ("clerk", password)):
        async with contextlib.aclosing(await driver.sign_in(name, secret)) as puppet:
            answer = await puppet.post(path)
            assert (answer.status_code, answer.json()["type"]) == (403, TWO_PERSONS), name
            theirs = await puppet.post(ACCOUNTS, json={"username": f"of.{name}", "name": "x", "roles": ["auditor"]})
        answer = await web.post(f"{APPROVALS}/{theirs.json()['approval']['id']}/approve")
        assert (answer.status_code, answer.json()["type"]) == (403, TWO_PERSONS), f"proposed as {name}"
    await driver.approve(proposed)
    await web.aclose()


async def test_a_key_neither_proposes_nor_approves(driver: RegistryDriver) -> None:
    web = await driver.sign_in("administrator")
    made = await web.post(KEYS, json={"name": "robot", "roles": ["administrator"]})
    robot_key = made.json()["key"]
    with pytest.raises(NotSignedIn):
        driver.registry.context.auth.caller(robot_key, driver.registry.context.district)
    await driver.approve(made)
    proposed = await web.post(ACCOUNTS, json={"username": "mine", "name": "x", "roles": ["administrator"]})
    async with driver.client(authorization=f"Bearer {robot_key}") as robot:
        attempts = [
            await robot.post(ACCOUNTS, json={"username": "its", "name": "x", "roles": ["administrator"]}),
            await robot.post(f"{APPROVALS}/{proposed.json()['approval']['id']}/approve"),
        ]
    assert {each.json()["type"] for each in attempts} == {"/problems/approval-needs-account"}
    await web.aclose()


async def test_a_key_to_confidential_text_waits_for_a_second_person_and_so_does_its_successor(
    driver: RegistryDriver,
) -> None:
    web = await driver.sign_in("administrator")
    proposed = await web.post(KEYS, json={"name": "司法", "unit": "justice", "roles": ["unit_clerk"]})
    assert "hash" not in proposed.text
    assert driver.registry.context.district.release == 1
    done = await driver.approve(proposed)
    await driver.release_at_reader(done["release"])
    assert driver.caller(proposed.json()["key"]).unit_id == "justice"
    key_id = proposed.json()["approval"]["proposed"]["new_keys"][0]
    turned = await web.post(f"{KEYS}/{key_id}/rotate", json={"overlap_hours": 0})
    assert turned.status_code == 202
    done = await driver.approve(turned)
    await driver.release_at_reader(done["release"])
    assert driver.caller(turned.json()["key"]).unit_id == "justice"
    with pytest.raises(NotSignedIn):
        driver.caller(proposed.json()["key"])
    await web.aclose()


async def test_an_account_to_confidential_text_waits_for_a_second_person_and_so_does_its_password(
    driver: RegistryDriver,
) -> None:
    """An administrator who knows the password of such an account reads what residents told in confidence."""
    web = await driver.sign_in("administrator")
    form = {"name": "司法", "roles": ["unit_clerk"], "unit": "justice"}
    proposed = await web.post(ACCOUNTS, json={"username": "justice.clerk", **form})
    signing_in = {"username": "justice.clerk", "password": proposed.json()["password"]}
    assert (await web.post("/api/registry/session", json=signing_in)).status_code == 401, "not yet"
    account = (await driver.approve(proposed))["account"]
    reset = await web.post(f"{ACCOUNTS}/{account['id']}/password")
    other = await with_account(driver, "administrator", "water.clerk", roles=["unit_clerk"], unit="water")
    moved = await web.put(f"{ACCOUNTS}/{other['id']}", json={**form, "version": other["version"]})
    assert (reset.status_code, moved.status_code) == (202, 202)
    await web.aclose()


async def test_the_list_is_changed_outside_a_draft_by_two_persons_only(driver: RegistryDriver) -> None:
    web = await driver.sign_in("administrator")
    entry = driver.registry.context.district.responsibilities["gb-06010"].to_body() | {"lead": "water"}
    change = {"changes": [{"kind": "responsibility", "id": "gb-06010", "body": entry}]}
    lines = (LIJIN / "responsibilities.jsonl").read_text().splitlines()
    whole = zip_of_district(responsibilities="\n".join(line for line in lines if '"gb-06010"' not in line))
    first = await web.post("/api/registry/changes?publish=true&note=x", json=change)
    second = await web.post("/api/registry/imports?publish=true", content=whole)
    assert (first.status_code, second.status_code) == (202, 202)
    assert driver.registry.context.district.responsibilities["gb-06010"].lead != "water"
    assert (await driver.approve(first))["release"] == 2
    assert driver.registry.context.district.responsibilities["gb-06010"].lead == "water"
    other = await driver.sign_in("administrator_2")
    stale = await other.post(f"{APPROVALS}/{second.json()['approval']['id']}/approve")
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/release-moved")
    await other.aclose()
    await web.aclose()


async def test_whoever_made_an_authors_account_does_not_approve_the_draft(driver: RegistryDriver) -> None:
    author = await with_account(driver, "administrator", "author", roles=["dispatcher"])
    entry = driver.registry.context.district.responsibilities["gb-06010"]
    wording = Content(changes=(EntryChange(id=entry.id, body=entry.model_copy(update={"lead": "water"})),))
    begun = list_draft.create(uuid4(), wording, 1, Author(author["id"], datetime.now(UTC)))
    draft = begun.model_copy(update={"state": "submitted"})
    async with driver.registry.context.database.acquire() as connection:
        await list_drafts.add(connection, draft)
    path, answers = f"/api/registry/list-drafts/{draft.id}/approve", list[httpx.Response]()
    for who in ("administrator", "administrator_2"):
        async with contextlib.aclosing(await driver.sign_in(who)) as web:
            answers.append(await web.post(path, json={"version": 1}))
    assert [each.status_code for each in answers] == [403, 200]
    assert answers[0].json()["type"] == "/problems/draft-own-approval"


async def test_what_was_decided_is_not_decided_again(driver: RegistryDriver) -> None:
    web, other = await driver.sign_in("administrator"), await driver.sign_in("administrator_2")
    form = {"username": "mine", "name": "x", "roles": ["auditor"]}
    paths = [
        f"{APPROVALS}/{(await web.post(ACCOUNTS, json={**form, 'username': name})).json()['approval']['id']}"
        for name in ("one", "two", "three")
    ]
    assert (await other.post(f"{paths[0]}/reject", json={"reason": "nobody knows them"})).status_code == 200
    assert (await other.post(f"{paths[0]}/approve")).status_code == 409
    both = await asyncio.gather(*(other.post(f"{paths[1]}/approve") for _ in range(2)))
    assert sorted(each.status_code for each in both) == [200, 409]
    me = await account_of(driver, "administrator")
    gone = {"name": "x", "roles": ["administrator"], "version": me["version"], "disabled": True}
    assert (await other.put(f"{ACCOUNTS}/{me['id']}", json=gone)).status_code == 200
    refused = await other.post(f"{paths[2]}/approve")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/approval-decided"), "its proposer is gone"
    await other.aclose()
    await web.aclose()
