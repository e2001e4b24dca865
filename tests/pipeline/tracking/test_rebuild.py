"""Rule 8: the stored rows of tracking depend on the events alone."""

from __future__ import annotations

import random
from typing import Any

import pytest

from contracts.common import Place
from services.tracking.commands.rebuild import delete_all_cases
from services.tracking.domain import fold, steps
from services.tracking.domain.recorded_event import RecordedEvent
from tests.support.shared_installations import SharedInstallations
from tests.support.tracking_driver import GRIDS, TrackingDriver, open_tracking_driver, small_life
from tests.support.waiting import wait_until
from tests.unit.tracking.case_history import FULL_HISTORY, CaseHistory
from tests.unit.tracking.sample_events import filed, stable_id


def interleaved(life: CaseHistory, chance: random.Random) -> list[RecordedEvent]:
    """Return another possible order of arrival: each source in its order, no event before its dependencies."""
    rest, order, applied = list(life.recorded), list[RecordedEvent](), dict[str, int]()
    while rest:
        ready = [
            told
            for told in rest
            if told.meta.sequence == applied.get(told.meta.source, 0) + 1
            and all(applied.get(source, 0) >= needed for source, needed in told.meta.dependencies.items())
        ]
        told = chance.choice(ready)
        rest.remove(told)
        applied[told.meta.source] = told.meta.sequence
        order.append(told)
    return order


async def test_rule_8_order_of_arrival_and_batches_do_not_change_the_rows(driver: TrackingDriver) -> None:
    for seed in range(1, 6):
        await delete_all_cases(driver.tracking.context.database)
        await check_piecemeal_and_whole(driver, random.Random(seed))


async def test_rule_8_the_text_of_a_case_that_turns_out_confidential_is_deleted(driver: TrackingDriver) -> None:
    """The rows are then the same as if the report had arrived redacted."""
    pool = driver.tracking.context.database
    report, confidential = small_life(71, description="楼上总有异响担心").recorded[:2]
    confidential = confidential._replace(
        event=filed(
            case_number="LJ-20261123-000071",
            report_id=stable_id("report-71"),
            place=Place(grid_code=GRIDS[0][:12]),
            community=GRIDS[0][:12],
            description="",
            photos=(),
            confidential=True,
        )
    )

    async def in_clear() -> int:
        found = await pool.fetchval(
            "SELECT (SELECT count(*) FROM event WHERE position($1::bytea IN body) > 0)"
            " + (SELECT count(*) FROM aggregate WHERE state::text LIKE '%' || $2 || '%')"
            " + (SELECT count(*) FROM search WHERE text LIKE '%' || $2 || '%')",
            "异响".encode(),
            "异响",
        )
        return int(found)

    await driver.receive(report)
    assert await in_clear() == 3
    await driver.receive(confidential)
    assert await in_clear() == 0
    piecemeal = await driver.rows()
    await delete_all_cases(pool)
    await driver.receive(fold.redact_event(report), confidential)
    assert await driver.rows() == piecemeal, "the source has redacted the report as well"


async def check_piecemeal_and_whole(driver: TrackingDriver, chance: random.Random) -> None:
    """Apply the same events in small batches and in one batch, and compare the rows."""
    life = CaseHistory().emit_all(
        FULL_HISTORY, lambda: tuple(chance.sample(["intake", "routing", "dispatch", "supervision"], 1))
    )
    order = interleaved(life, chance)
    while order:
        size = chance.randint(1, 5)
        await driver.receive(*order[:size])
        order = order[size:]
    piecemeal = await driver.rows()
    await delete_all_cases(driver.tracking.context.database)
    await driver.receive(*life.recorded)
    assert await driver.rows() == piecemeal
    assert [row[0] for row in piecemeal["head"]] == [life.case_id]


async def test_rule_8_all_rows_are_the_same_after_a_rebuild_from_the_sources(
    shared_installations: SharedInstallations,
) -> None:
    """The rows are deleted while the service runs, and repair fetches all events."""
    driver = await open_tracking_driver(await shared_installations.get("sources"), sources=True)
    chance = random.Random(7)
    lives = [CaseHistory(f"rebuilt-{number}") for number in range(5)]
    for event, _ in FULL_HISTORY:
        for life in chance.sample(lives, len(lives)):
            await driver.installation.publish(event.SOURCE, life.case_id, event)
    total = len(lives) * len(FULL_HISTORY)

    async def all_read() -> bool:
        return await driver.tracking.context.database.fetchval("SELECT count(*) FROM event") == total

    await wait_until(all_read, what="all events")
    before = await driver.rows()
    await delete_all_cases(driver.tracking.context.database)
    await wait_until(all_read, 60, what="all events again")
    assert await driver.rows() == before


async def test_rule_6_an_event_that_cannot_be_applied_stops_no_other_case(
    driver: TrackingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = small_life(1), small_life(2)

    def broken(record: Any, event: Any, meta: Any) -> None:
        if meta.case_id == bad.case_id:
            raise ValueError("no")

    monkeypatch.setattr(fold, "STEPS", {**steps.STEPS, type(bad.recorded[1].event): broken})
    await driver.receive(*bad.recorded, *good.recorded)
    dead = await driver.tracking.context.database.fetch("SELECT case_id, sequence, error FROM dead_letter")
    assert [(row["case_id"], row["sequence"], row["error"]) for row in dead] == [(bad.case_id, 2, "ValueError('no')")]
    states = {row[0]: row[3] for row in (await driver.rows())["record"]}
    assert states[good.case_id] is True
    answer = await driver.client_of("dispatcher").get(f"/api/tracking/cases/{bad.number}")
    assert answer.json()["status"] == "reported"
