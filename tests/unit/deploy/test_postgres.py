"""The embedded PostgreSQL: passwords, one database per role, and durability."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.local.home import Home
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres


@pytest.fixture
async def postgres(home: Home) -> AsyncIterator[Postgres]:
    made = Postgres(home, free_port(), "secret", durable=False)
    await made.start()
    yield made
    await made.stop()


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_committed_data_survives_a_stop_a_crash_and_a_kill(postgres: Postgres) -> None:
    url = await postgres.create_database("gridloop_intake", "word")
    await value(url, "CREATE TABLE kept AS SELECT 1 AS one")
    await postgres.stop()
    await postgres.start()
    await postgres.stop_immediate()
    await postgres.start()
    postgres.process.kill()
    await postgres.start()
    assert await value(url, "SELECT one FROM kept") == 1


async def test_a_role_cannot_connect_to_the_database_of_another(postgres: Postgres) -> None:
    await postgres.create_database("gridloop_intake")
    await postgres.create_database("gridloop_routing", "word")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await value(postgres.url("gridloop_intake", "gridloop_routing", "word"), "SELECT 1")


async def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    await postgres.create_database("gridloop_intake")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await value(postgres.url("gridloop_intake", "gridloop_intake", "guessed"), "SELECT 1")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await value(postgres.url(password="guessed"), "SELECT 1")


async def test_creating_an_existing_database_keeps_it_and_sets_the_password(postgres: Postgres) -> None:
    await value(await postgres.create_database("gridloop_intake", "old"), "CREATE TABLE kept AS SELECT 1 AS one")
    assert await value(await postgres.create_database("gridloop_intake", "new"), "SELECT one FROM kept") == 1


async def test_a_dropped_database_can_be_created_again_empty(postgres: Postgres) -> None:
    await value(await postgres.create_database("one_test"), "CREATE TABLE kept ()")
    await postgres.drop_database("one_test")
    assert await value(await postgres.create_database("one_test"), "SELECT to_regclass('kept')") is None


async def test_chinese_text_is_sorted_and_matched_as_text(postgres: Postgres) -> None:
    assert await value(postgres.url(), "SELECT lower('Ä') = 'ä' AND length('网格') = 2 AND '网格员' LIKE '网格_'")
