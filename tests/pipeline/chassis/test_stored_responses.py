"""Rule 1: a request that is sent again under its idempotency key has one effect and one response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.chassis import idempotency
from services.chassis.database import Pool
from services.chassis.service import Service
from tests.support.installation import Installation, RunningService, service_client
from tests.support.sample_services import publisher
from tests.support.waiting import wait_until

_WAITING_FOR_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_LOCK = "INSERT INTO aggregate (case_id) VALUES ($1) ON CONFLICT (case_id) DO UPDATE SET case_id = excluded.case_id"
_AGE = "UPDATE stored_response SET created_at = now() - make_interval(days => $2) WHERE path LIKE '%' || $1"


@pytest.fixture
async def intake(shared_installation: Installation) -> RunningService:
    if not shared_installation.running:
        await shared_installation.start_all(Service(name="registry"), publisher())
        shared_installation.remember_state()
    return shared_installation.running["intake"]


@pytest.fixture
async def http(intake: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with service_client(intake) as http:
        yield http


async def add_note(
    http: httpx.AsyncClient, case_id: UUID, key: str, version: int | None = None, note: str = ""
) -> httpx.Response:
    headers = {"authorization": "", "idempotency-key": f"{case_id}-{key}"}
    if version is not None:
        headers["if-match"] = f'"{version}"'
    return await http.post(f"/api/intake/notes/{case_id}", json={"note": note or key}, headers=headers)


async def version_of(pool: Pool, case_id: UUID) -> int:
    return await pool.fetchval("SELECT version FROM aggregate WHERE case_id = $1", case_id)


async def two_at_once(
    intake: RunningService, http: httpx.AsyncClient, case_id: UUID, **more: Any
) -> tuple[httpx.Response, httpx.Response]:
    """Send the same request twice while the case is locked; both wait for the lock at the same time."""
    pool = intake.context.database

    async def both_wait() -> bool:
        return await pool.fetchval(_WAITING_FOR_LOCK) == 2

    async with pool.acquire() as holder, holder.transaction():
        await holder.execute(_LOCK, case_id)
        both = [asyncio.create_task(add_note(http, case_id, "once", **more)) for _ in range(2)]
        await wait_until(both_wait)
    first, second = await asyncio.gather(*both)
    return first, second


async def test_rule_1_two_equal_requests_with_if_match_get_one_response(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    """The second is not refused for the version that the first one changed."""
    pool, case_id = intake.context.database, uuid4()
    await add_note(http, case_id, "begin")
    first, second = await two_at_once(intake, http, case_id, version=1)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 202
    assert await version_of(pool, case_id) == 2
    other = await add_note(http, case_id, "another", version=1)
    assert other.json()["type"] == "/problems/changed-meanwhile"


async def test_rule_1_the_second_of_two_equal_requests_gets_the_response_of_the_first_and_no_refusal(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    case_id = uuid4()
    first, second = await two_at_once(intake, http, case_id, note="only first")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 202
    late = await add_note(http, case_id, "another", note="only first")
    assert late.json()["type"] == "/problems/not-found"


async def test_rule_1_a_stored_response_needs_no_lock_of_the_case(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    pool, case_id = intake.context.database, uuid4()
    first = await add_note(http, case_id, "again")
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM aggregate WHERE case_id = $1 FOR UPDATE", case_id)
        second = await add_note(http, case_id, "again")
    assert (second.status_code, second.content) == (first.status_code, first.content)


async def test_rule_1_a_response_is_stored_for_thirty_days(intake: RunningService, http: httpx.AsyncClient) -> None:
    """A terminal that was offline for weeks sends its requests again."""
    pool, case_id = intake.context.database, uuid4()
    first = await add_note(http, case_id, "offline")
    await pool.execute(_AGE, str(case_id), 29)
    await idempotency.delete_expired(pool)
    assert (await add_note(http, case_id, "offline")).content == first.content
    await pool.execute(_AGE, str(case_id), 31)
    await idempotency.delete_expired(pool)
    assert await pool.fetchval("SELECT count(*) FROM stored_response WHERE path LIKE '%' || $1", str(case_id)) == 0


async def test_all_expired_responses_are_deleted_in_batches(intake: RunningService, http: httpx.AsyncClient) -> None:
    pool, old, new = intake.context.database, [uuid4() for _ in range(7)], uuid4()
    for case_id in (*old, new):
        await add_note(http, case_id, "told")
    for case_id in old:
        await pool.execute(_AGE, str(case_id), 31)
    await idempotency.delete_expired(pool, batch=3)
    paths = [f"/api/intake/notes/{case_id}" for case_id in (*old, new)]
    left = await pool.fetchval("SELECT array_agg(path) FROM stored_response WHERE path = ANY ($1)", paths)
    assert left == paths[-1:]


async def test_rule_1_the_same_request_gets_its_first_response_again(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    case_id = uuid4()
    headers = {"Idempotency-Key": str(uuid4()), "Authorization": ""}
    request = {"url": f"/api/intake/notes/{case_id}", "json": {"note": "a"}, "headers": headers}
    first, second = await http.post(**request), await http.post(**request)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert await intake.context.database.fetchval("SELECT version FROM aggregate WHERE case_id = $1", case_id) == 1


async def test_rule_1_equal_requests_at_once_have_one_effect_and_one_response(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    case_id, headers = uuid4(), {"Idempotency-Key": str(uuid4()), "Authorization": ""}
    answers = await asyncio.gather(
        *(http.post(f"/api/intake/notes/{case_id}", json={"note": "a"}, headers=headers) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert await intake.context.database.fetchval("SELECT version FROM aggregate WHERE case_id = $1", case_id) == 1


async def test_rule_1_a_refusal_is_not_stored_under_its_key(http: httpx.AsyncClient) -> None:
    case_id, url = uuid4(), "/api/intake/notes/{}"
    headers = {"Idempotency-Key": str(uuid4()), "Authorization": "", "Accept-Language": "en"}
    request = {"url": url.format(case_id), "json": {"note": "not first"}, "headers": headers}
    refused = await http.post(**request)
    await http.post(url.format(case_id), json={"note": "a"}, headers={"Authorization": ""})
    done, again = await http.post(**request), await http.post(**request)
    assert (refused.status_code, refused.json()["title"]) == (404, "Not found: refused. Check the number.")
    assert (done.status_code, done.json()["sequence"]) == (202, 2)
    assert (again.content, again.headers["idempotency-replayed"]) == (done.content, "true")


async def test_anonymous_callers_share_no_responses_by_a_key(http: httpx.AsyncClient) -> None:
    case_id, headers = uuid4(), {"Idempotency-Key": str(uuid4()), "Authorization": ""}
    url = f"/api/intake/notes/{case_id}"
    first = await http.post(url, json={"note": "a"}, headers=headers)
    other = await http.post(url, json={"note": "b"}, headers=headers)
    guessed = await http.post(url, json={"note": "a"}, headers=headers | {"Idempotency-Key": "1"})
    assert (first.status_code, other.status_code) == (202, 202)
    assert "idempotency-replayed" not in other.headers
    assert first.json()["answer"] != other.json()["answer"]
    assert (guessed.status_code, guessed.json()["type"]) == (422, "/problems/key-too-short")
