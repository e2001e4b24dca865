"""The recount needs all events of a case. A gap in an event store fails the case, not the other cases."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from services.supervision.commands.recount import OTHER_SOURCES, Recount

WHOLE, WITH_A_GAP = UUID(int=1), UUID(int=2)


class PartOfTheEvents:
    """A database that knows two cases. The events of one of them are missing."""

    def __init__(self) -> None:
        self.asked_for_events = 0

    async def fetch(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        if "score_entry" in sql:
            positions = {f"{source}_applied": 0 for source in OTHER_SOURCES}
            return [
                {"case_id": case_id, "version": version, "stored": "[]", **positions}
                for case_id, version in ((WHOLE, 0), (WITH_A_GAP, 3))
                if case_id > arguments[0]
            ]
        self.asked_for_events += 1
        return []


async def test_a_gap_in_an_event_store_fails_only_its_case() -> None:
    pool: Any = PartOfTheEvents()
    client: Any = SimpleNamespace()
    result = await Recount(pool, client, {}).run()
    assert result.failed == [
        f"{WITH_A_GAP} could not be recounted: events are missing in an event store; run repair first"
    ]
    assert (result.cases, result.differences) == (1, [])
    assert pool.asked_for_events == 1, "no case is fetched again by itself"
