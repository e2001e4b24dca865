"""Rule 1 where it is hard: the same request twice at once, while the case is held, and weeks later."""

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
from tests.support.installation import Installation, RunningService, service_client, wait_until
from tests.support.sample_services import publisher

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
_HOLD = "INSERT INTO aggregate (case_id) VALUES ($1) ON CONFLICT (case_id) DO UPDATE SET case_id = excluded.case_id"
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


async def tell(
    http: httpx.AsyncClient, case_id: UUID, key: str, version: int | None = None, note: str = ""
) -> httpx.Response:
    headers = {"authorization": "", "idempotency-key": f"{case_id}-{key}"}
    if version is not None:
        headers["if-match"] = f'"{version}"'
    return await http.post(f"/api/intake/tell/{case_id}", json={"note": note or key}, headers=headers)


async def sent(pool: Pool, case_id: UUID) -> int:
    return await pool.fetchval("SELECT version FROM aggregate WHERE case_id = $1", case_id)


async def two_at_once(
    intake: RunningService, http: httpx.AsyncClient, case_id: UUID, **more: Any
) -> tuple[httpx.Response, httpx.Response]:
    """The same request twice, both waiting for the case at the same time."""
    pool = intake.context.database

    async def both_wait() -> bool:
        return await pool.fetchval(_WAITING) == 2

    async with pool.acquire() as holder, holder.transaction():
        await holder.execute(_HOLD, case_id)
        both = [asyncio.create_task(tell(http, case_id, "once", **more)) for _ in range(2)]
        await wait_until(both_wait)
    first, second = await asyncio.gather(*both)
    return first, second


async def test_rule_1_two_at_once_with_a_version_have_one_answer(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    """The second of them saw the version that the first one changed: that was not somebody else."""
    pool, case_id = intake.context.database, uuid4()
    await tell(http, case_id, "begin")
    first, second = await two_at_once(intake, http, case_id, version=1)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 202
    assert await sent(pool, case_id) == 2
    other = await tell(http, case_id, "another", version=1)
    assert other.json()["type"] == "/problems/changed-meanwhile"


async def test_rule_1_the_loser_of_two_gets_the_answer_though_its_own_try_is_refused(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    case_id = uuid4()
    first, second = await two_at_once(intake, http, case_id, note="only first")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 202
    late = await tell(http, case_id, "another", note="only first")
    assert late.json()["type"] == "/problems/not-found"


async def test_rule_1_an_answer_is_given_again_without_the_case(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    """The key is looked up first: nothing is decided again, and who holds the case holds up no answer that is there."""
    pool, case_id = intake.context.database, uuid4()
    first = await tell(http, case_id, "again")
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM aggregate WHERE case_id = $1 FOR UPDATE", case_id)
        second = await tell(http, case_id, "again")
    assert (second.status_code, second.content) == (first.status_code, first.content)


async def test_rule_1_an_answer_is_kept_for_the_days_that_are_promised(
    intake: RunningService, http: httpx.AsyncClient
) -> None:
    """A terminal that was offline for weeks sends again."""
    pool, case_id = intake.context.database, uuid4()
    first = await tell(http, case_id, "offline")
    await pool.execute(_AGE, str(case_id), 29)
    await idempotency.delete_expired(pool)
    assert (await tell(http, case_id, "offline")).content == first.content
    await pool.execute(_AGE, str(case_id), 31)
    await idempotency.delete_expired(pool)
    assert await pool.fetchval("SELECT count(*) FROM stored_response WHERE path LIKE '%' || $1", str(case_id)) == 0


async def test_old_answers_go_until_none_is_left(intake: RunningService, http: httpx.AsyncClient) -> None:
    """More of them than one transaction deletes."""
    pool, old, new = intake.context.database, [uuid4() for _ in range(7)], uuid4()
    for case_id in (*old, new):
        await tell(http, case_id, "told")
    for case_id in old:
        await pool.execute(_AGE, str(case_id), 31)
    await idempotency.delete_expired(pool, batch=3)
    paths = [f"/api/intake/tell/{case_id}" for case_id in (*old, new)]
    left = await pool.fetchval("SELECT array_agg(path) FROM stored_response WHERE path = ANY ($1)", paths)
    assert left == paths[-1:]
