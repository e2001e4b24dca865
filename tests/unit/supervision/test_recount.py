"""The recount needs whole event stores: it ends at the first gap instead of naming every case of the page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.supervision.commands.recount import OTHER_SOURCES, GapInEvents, Recount


class WithoutEvents:
    """A database that knows two cases, but none of their events."""

    def __init__(self) -> None:
        self.asked_for_events = 0

    async def fetch(self, sql: str, *_: object) -> list[dict[str, Any]]:
        if "score_entry" in sql:
            positions = {f"{source}_applied": 0 for source in OTHER_SOURCES}
            return [{"case_id": UUID(int=number), "version": 3, "stored": "[]", **positions} for number in (1, 2)]
        self.asked_for_events += 1
        return []


async def test_a_gap_in_an_event_store_ends_the_recount_at_once() -> None:
    pool: Any = WithoutEvents()
    client: Any = SimpleNamespace()
    with pytest.raises(GapInEvents, match="2 cases have gaps in an event store: run repair first"):
        await Recount(pool, client, {}).run()
    assert pool.asked_for_events == 1, "no case is fetched again by itself"
