"""Attack: administrators who try to gain rights, or to approve their own proposals."""

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
from tests.support.registry_driver import LIJIN, PASSWORD, RegistryDriver, zip_of_district

ACCOUNTS, KEYS, APPROVALS = "/api/registry/accounts", "/api/registry/keys", "/api/registry/approvals"
STREET = "370522001"
TWO_PERSONS = "/problems/not-a-second-person"


async def account_of(registry_driver: RegistryDriver, username: str) -> dict[str, Any]:
    async with contextlib.aclosing(await registry_driver.sign_in("administrator")) as web:
        listed = (await web.get(ACCOUNTS)).json()["items"]
    return next(each for each in listed if each["username"] == username)


async def create_account(registry_driver: RegistryDriver, maker: str, username: str, **bindings: Any) -> dict[str, Any]:
    """Create an account as this administrator; the second administrator approves it if necessary."""
    form = {"username": username, "name": username, "password": PASSWORD, **bindings}
    async with contextlib.aclosing(await registry_driver.sign_in(maker)) as web:
        answer = await web.post(ACCOUNTS, json=form)
    if answer.status_code == 202:
        second = "administrator_2" if maker != "administrator_2" else "administrator"
        return (await registry_driver.approve(answer, second))["account"]
    assert answer.status_code == 201, answer.text
    return answer.json()["account"]


async def street_administrator(registry_driver: RegistryDriver) -> httpx.AsyncClient:
    """Return a client signed in as an administrator of one street."""
    await create_account(registry_driver, "administrator", "street.admin", roles=["administrator"], areas=[STREET])
    return await registry_driver.sign_in("street.admin")


async def test_an_administrator_of_an_area_cannot_extend_any_rights_beyond_it(registry_driver: RegistryDriver) -> None:
    web = await street_administrator(registry_driver)
    me, other = await account_of(registry_driver, "street.admin"), await account_of(registry_driver, "administrator")
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
    assert (await web.post(ACCOUNTS, json=inside)).status_code == 201, "within the area it is allowed"
    await web.aclose()


async def test_an_administrator_of_an_area_cannot_publish_for_the_district(registry_driver: RegistryDriver) -> None:
    web = await street_administrator(registry_driver)
    water = registry_driver.registry.context.district.units["water"].to_body()
    change = {"changes": [{"kind": "unit", "id": "water", "body": {**water, "contact": "x"}}]}
    knowledge = (LIJIN / "knowledge.jsonl").read_text().replace("？", "?")
    attempts = [
        await web.post("/api/registry/changes?publish=true", json=change),
        await web.post("/api/registry/imports?publish=true", content=zip_of_district(knowledge=knowledge)),
        await web.post("/api/registry/signing-keys"),
    ]
    assert {(each.status_code, each.json()["type"]) for each in attempts} == {(403, "/problems/whole-district-only")}
    assert registry_driver.registry.context.district.release == 1
    await web.aclose()


@pytest.mark.parametrize("role", ["administrator", "auditor"])
async def test_a_new_administrator_or_auditor_needs_a_second_person(registry_driver: RegistryDriver, role: str) -> None:
    web = await registry_driver.sign_in("administrator")
    proposed = await web.post(ACCOUNTS, json={"username": "new.one", "name": "新人", "roles": [role]})
    password = proposed.json()["password"]
    signing_in = {"username": "new.one", "password": password}
    assert (await web.post("/api/registry/session", json=signing_in)).status_code == 401, "not before the approval"
    path = f"{APPROVALS}/{proposed.json()['approval']['id']}"
    own = await web.post(f"{path}/approve")
    assert (own.status_code, own.json()["type"]) == (403, TWO_PERSONS)
    shown = (await web.get(path)).text
    assert "argon2" not in shown
    assert password not in shown
    done = await registry_driver.approve(proposed)
    assert (done["account"]["roles"], done["approval"]["state"]) == ([role], "approved")
    assert (await (await registry_driver.sign_in("new.one", password)).get(APPROVALS)).status_code == 200
    await web.aclose()


async def test_the_role_of_administrator_and_its_password_need_a_second_person(registry_driver: RegistryDriver) -> None:
    made = await create_account(registry_driver, "administrator", "clerk", roles=["dispatcher"])
    second = await account_of(registry_driver, "administrator_2")
    web = await registry_driver.sign_in("administrator")
    path = f"{ACCOUNTS}/{made['id']}"
    promoted = {"name": "x", "roles": ["administrator"], "version": 1}
    first = await web.put(path, json=promoted)
    assert (await web.get(path)).json()["roles"] == ["dispatcher"], "nothing changes before the approval"
    assert (await registry_driver.approve(first))["account"]["version"] == 2
    disabled = await web.put(path, json={**promoted, "version": 2, "disabled": True})
    assert disabled.status_code == 200, "one person may take rights away"
    assert (await web.put(path, json={**promoted, "version": 3})).status_code == 202
    reset = await web.post(f"{ACCOUNTS}/{second['id']}/password")
    assert reset.status_code == 202
    assert (await registry_driver.sign_in("administrator_2")) is not None, "the old password is still valid"
    await web.aclose()


async def test_an_account_under_the_control_of_the_first_person_is_not_a_second_person(
    registry_driver: RegistryDriver,
) -> None:
    """That is an account that the first created, directly or not, or whose password the first has set."""
    await create_account(registry_driver, "administrator", "child", roles=["administrator"])
    await create_account(registry_driver, "child", "grandchild", roles=["administrator"])
    await create_account(registry_driver, "administrator_2", "clerk", roles=["dispatcher"])
    clerk = await account_of(registry_driver, "clerk")
    web = await registry_driver.sign_in("administrator")
    password = (await web.post(f"{ACCOUNTS}/{clerk['id']}/password")).json()["password"]
    promoted = {"name": "x", "roles": ["administrator"], "version": 1}
    await registry_driver.approve(await web.put(f"{ACCOUNTS}/{clerk['id']}", json=promoted))
    proposed = await web.post(ACCOUNTS, json={"username": "mine", "name": "x", "roles": ["administrator"]})
    path = f"{APPROVALS}/{proposed.json()['approval']['id']}/approve"
    for name, secret in (("child", PASSWORD), ("grandchild", PASSWORD), ("clerk", password)):
        async with contextlib.aclosing(await registry_driver.sign_in(name, secret)) as puppet:
            answer = await puppet.post(path)
            assert (answer.status_code, answer.json()["type"]) == (403, TWO_PERSONS), name
            theirs = await puppet.post(ACCOUNTS, json={"username": f"of.{name}", "name": "x", "roles": ["auditor"]})
        answer = await web.post(f"{APPROVALS}/{theirs.json()['approval']['id']}/approve")
        assert (answer.status_code, answer.json()["type"]) == (403, TWO_PERSONS), f"proposed as {name}"
    await registry_driver.approve(proposed)
    await web.aclose()


async def test_a_machine_key_can_neither_propose_nor_approve(registry_driver: RegistryDriver) -> None:
    web = await registry_driver.sign_in("administrator")
    made = await web.post(KEYS, json={"name": "robot", "roles": ["administrator"]})
    robot_key = made.json()["key"]
    with pytest.raises(NotSignedIn):
        registry_driver.registry.context.auth.caller(robot_key, registry_driver.registry.context.district)
    await registry_driver.approve(made)
    proposed = await web.post(ACCOUNTS, json={"username": "mine", "name": "x", "roles": ["administrator"]})
    async with registry_driver.client(authorization=f"Bearer {robot_key}") as robot:
        attempts = [
            await robot.post(ACCOUNTS, json={"username": "its", "name": "x", "roles": ["administrator"]}),
            await robot.post(f"{APPROVALS}/{proposed.json()['approval']['id']}/approve"),
        ]
    assert {each.json()["type"] for each in attempts} == {"/problems/approval-needs-account"}
    await web.aclose()


async def test_a_key_that_reads_confidential_text_needs_a_second_person_also_when_it_is_rotated(
    registry_driver: RegistryDriver,
) -> None:
    web = await registry_driver.sign_in("administrator")
    proposed = await web.post(KEYS, json={"name": "司法", "unit": "justice", "roles": ["unit_clerk"]})
    assert "hash" not in proposed.text
    assert registry_driver.registry.context.district.release == 1
    done = await registry_driver.approve(proposed)
    await registry_driver.release_at_reader(done["release"])
    assert registry_driver.caller(proposed.json()["key"]).unit_id == "justice"
    key_id = proposed.json()["approval"]["proposed"]["new_keys"][0]
    turned = await web.post(f"{KEYS}/{key_id}/rotate", json={"overlap_hours": 0})
    assert turned.status_code == 202
    done = await registry_driver.approve(turned)
    await registry_driver.release_at_reader(done["release"])
    assert registry_driver.caller(turned.json()["key"]).unit_id == "justice"
    with pytest.raises(NotSignedIn):
        registry_driver.caller(proposed.json()["key"])
    await web.aclose()


async def test_an_account_that_reads_confidential_text_needs_a_second_person_also_for_its_password(
    registry_driver: RegistryDriver,
) -> None:
    """An administrator who knew the password could read what residents told in confidence."""
    web = await registry_driver.sign_in("administrator")
    form = {"name": "司法", "roles": ["unit_clerk"], "unit": "justice"}
    proposed = await web.post(ACCOUNTS, json={"username": "justice.clerk", **form})
    signing_in = {"username": "justice.clerk", "password": proposed.json()["password"]}
    assert (await web.post("/api/registry/session", json=signing_in)).status_code == 401, "not before the approval"
    account = (await registry_driver.approve(proposed))["account"]
    reset = await web.post(f"{ACCOUNTS}/{account['id']}/password")
    other = await create_account(registry_driver, "administrator", "water.clerk", roles=["unit_clerk"], unit="water")
    moved = await web.put(f"{ACCOUNTS}/{other['id']}", json={**form, "version": other["version"]})
    assert (reset.status_code, moved.status_code) == (202, 202)
    await web.aclose()


async def test_a_change_of_the_responsibility_list_without_a_draft_needs_two_persons(
    registry_driver: RegistryDriver,
) -> None:
    web = await registry_driver.sign_in("administrator")
    entry = registry_driver.registry.context.district.responsibilities["gb-06010"].to_body() | {"lead": "water"}
    change = {"changes": [{"kind": "responsibility", "id": "gb-06010", "body": entry}]}
    lines = (LIJIN / "responsibilities.jsonl").read_text().splitlines()
    whole = zip_of_district(responsibilities="\n".join(line for line in lines if '"gb-06010"' not in line))
    first = await web.post("/api/registry/changes?publish=true&note=x", json=change)
    second = await web.post("/api/registry/imports?publish=true", content=whole)
    assert (first.status_code, second.status_code) == (202, 202)
    assert registry_driver.registry.context.district.responsibilities["gb-06010"].lead != "water"
    assert (await registry_driver.approve(first))["release"] == 2
    assert registry_driver.registry.context.district.responsibilities["gb-06010"].lead == "water"
    other = await registry_driver.sign_in("administrator_2")
    stale = await other.post(f"{APPROVALS}/{second.json()['approval']['id']}/approve")
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/release-moved")
    await other.aclose()
    await web.aclose()


async def test_the_creator_of_an_authors_account_cannot_approve_the_authors_draft(
    registry_driver: RegistryDriver,
) -> None:
    author = await create_account(registry_driver, "administrator", "author", roles=["dispatcher"])
    entry = registry_driver.registry.context.district.responsibilities["gb-06010"]
    wording = Content(changes=(EntryChange(id=entry.id, body=entry.model_copy(update={"lead": "water"})),))
    begun = list_draft.create(uuid4(), wording, 1, Author(author["id"], datetime.now(UTC)))
    draft = begun.model_copy(update={"state": "submitted"})
    async with registry_driver.registry.context.database.acquire() as connection:
        await list_drafts.add(connection, draft)
    path, answers = f"/api/registry/list-drafts/{draft.id}/approve", list[httpx.Response]()
    for who in ("administrator", "administrator_2"):
        async with contextlib.aclosing(await registry_driver.sign_in(who)) as web:
            answers.append(await web.post(path, json={"version": 1}))
    assert [each.status_code for each in answers] == [403, 200]
    assert answers[0].json()["type"] == "/problems/draft-own-approval"


async def test_a_decided_proposal_cannot_be_decided_again(registry_driver: RegistryDriver) -> None:
    web, other = await registry_driver.sign_in("administrator"), await registry_driver.sign_in("administrator_2")
    form = {"username": "mine", "name": "x", "roles": ["auditor"]}
    paths = [
        f"{APPROVALS}/{(await web.post(ACCOUNTS, json={**form, 'username': name})).json()['approval']['id']}"
        for name in ("one", "two", "three")
    ]
    assert (await other.post(f"{paths[0]}/reject", json={"reason": "unknown person"})).status_code == 200
    assert (await other.post(f"{paths[0]}/approve")).status_code == 409
    both = await asyncio.gather(*(other.post(f"{paths[1]}/approve") for _ in range(2)))
    assert sorted(each.status_code for each in both) == [200, 409]
    me = await account_of(registry_driver, "administrator")
    gone = {"name": "x", "roles": ["administrator"], "version": me["version"], "disabled": True}
    assert (await other.put(f"{ACCOUNTS}/{me['id']}", json=gone)).status_code == 200
    refused = await other.post(f"{paths[2]}/approve")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/approval-decided"), (
        "its proposer was disabled"
    )
    await other.aclose()
    await web.aclose()
