"""Situations from practice on the whole system as processes: each ends as docs/situations.md says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.stack import Stack
from deploy.play.city import City
from deploy.play.mistakes import MISTAKES
from deploy.play.situations import SITUATIONS

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Yield one running district for all situations of a worker; each finds it as the previous one left it."""
    home = tmp_path_factory.mktemp("situations")
    stack = Stack(home, demo=True, durable=False)
    await stack.start()
    found = City(stack.url, home)
    yield found
    await found.close()
    await stack.stop()


@pytest.mark.parametrize("number", sorted(SITUATIONS), ids=lambda number: f"{number:02}")
async def test_a_situation_ends_as_documented(city: City, number: int) -> None:
    city.advance_to(hour=9)  # officers are on duty, units have opened
    title, _, story = SITUATIONS[number]
    assert await story(city), title


@pytest.mark.parametrize("at", sorted(MISTAKES))
async def test_a_mistake_at_the_desk_can_be_corrected(city: City, at: str) -> None:
    city.advance_to(hour=9)
    title, _, story = MISTAKES[at]
    assert await story(city), title
