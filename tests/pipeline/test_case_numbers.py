"""A case number is given once, also by an intake that was restored from a backup and has forgotten which it gave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.intake.app import compose
from services.tracking.app import SERVICE as TRACKING
from tests.support import backups
from tests.support.house import House, until
from tests.support.intake import Desk, open_desk


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    made = await open_desk(house)
    yield made
    await made.close()


def serial_of(receipt: dict[str, str]) -> int:
    return int(receipt["case_number"].rpartition("-")[2])


async def numbers(desk: Desk, count: int) -> list[int]:
    """The serials of new reports."""
    return [serial_of(await desk.accepted("hotline")) for _ in range(count)]


async def restore(desk: Desk, dump: Path) -> None:
    await desk.house.stop("intake")
    await backups.restore(desk.house.databases["intake"], dump)
    desk.intake = await desk.house.start(compose())


async def until_recorded(desk: Desk, count: int) -> None:
    pool = desk.house.running["tracking"].context.database

    async def recorded() -> bool:
        return await pool.fetchval("SELECT count(*) FROM record") == count

    await until(recorded, what=f"{count} cases at tracking")


async def test_a_restored_intake_begins_above_every_number_that_tracking_knows(desk: Desk, tmp_path: Path) -> None:
    tracking = await desk.house.start(TRACKING)
    before = await numbers(desk, 1)
    await backups.dump(desk.house.databases["intake"], tmp_path / "dump")
    await desk.intake.context.database.execute("SELECT nextval('case_serial') FROM generate_series(1, 400)")
    await desk.house.stop("intake")
    desk.intake = await desk.house.start(compose())
    lost = await numbers(desk, 2)  # more than one block and more than one margin above the backup
    await until_recorded(desk, 3)
    await until(_complete(tracking), what="tracking to have read everything")
    await restore(desk, tmp_path / "dump")
    assert min(await numbers(desk, 1)) > max(before + lost)


async def test_a_restored_intake_leaves_a_margin_while_tracking_is_away(desk: Desk, tmp_path: Path) -> None:
    """Reports are taken all the same."""
    tracking = await desk.house.start(TRACKING)
    await until(_complete(tracking), what="tracking to have read everything")
    before = await numbers(desk, 1)
    await backups.dump(desk.house.databases["intake"], tmp_path / "dump")
    lost = await numbers(desk, 3)
    await desk.house.stop("tracking")
    await restore(desk, tmp_path / "dump")
    after = await numbers(desk, 3)
    assert len({*before, *lost, *after}) == 7
    assert min(after) > 10_000 > max(lost)


async def test_an_intake_that_was_only_started_again_leaves_no_margin(desk: Desk) -> None:
    tracking = await desk.house.start(TRACKING)
    await until(_complete(tracking), what="tracking to have read everything")
    (first,) = await numbers(desk, 1)
    await until_recorded(desk, 1)
    await until(_complete(tracking), what="tracking to have read everything")
    await desk.house.stop("intake")
    desk.intake = await desk.house.start(compose())
    assert first < (await numbers(desk, 1))[0] <= first + 50


def _complete(tracking):
    async def complete() -> bool:
        return tracking.context.up_to_date()

    return complete
