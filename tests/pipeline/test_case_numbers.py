"""A case number is given once, also by an intake that was restored from a backup and has forgotten which it gave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.intake.app import SERVICE
from services.tracking.app import SERVICE as TRACKING
from tests.support import backups
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver, open_intake_driver


@pytest.fixture
async def driver(installation: Installation) -> AsyncIterator[IntakeDriver]:
    made = await open_intake_driver(installation)
    yield made
    await made.close()


def serial_of(receipt: dict[str, str]) -> int:
    return int(receipt["case_number"].rpartition("-")[2])


async def numbers(driver: IntakeDriver, count: int) -> list[int]:
    """The serials of new reports."""
    return [serial_of(await driver.submit_accepted("hotline")) for _ in range(count)]


async def restore(driver: IntakeDriver, dump: Path) -> None:
    await driver.installation.stop("intake")
    await backups.restore(driver.installation.databases["intake"], dump)
    driver.intake = await driver.installation.start(SERVICE)


async def until_recorded(driver: IntakeDriver, count: int) -> None:
    pool = driver.installation.running["tracking"].context.database

    async def recorded() -> bool:
        return await pool.fetchval("SELECT count(*) FROM record") == count

    await wait_until(recorded, what=f"{count} cases at tracking")


async def test_a_restored_intake_begins_above_every_number_that_tracking_knows(
    driver: IntakeDriver, tmp_path: Path
) -> None:
    tracking = await driver.installation.start(TRACKING)
    before = await numbers(driver, 1)
    await backups.dump(driver.installation.databases["intake"], tmp_path / "dump")
    await driver.intake.context.database.execute("SELECT nextval('case_serial') FROM generate_series(1, 400)")
    await driver.installation.stop("intake")
    driver.intake = await driver.installation.start(SERVICE)
    lost = await numbers(driver, 2)  # more than one block and more than one margin above the backup
    await until_recorded(driver, 3)
    await wait_until(_complete(tracking), what="tracking to have read everything")
    await restore(driver, tmp_path / "dump")
    assert min(await numbers(driver, 1)) > max(before + lost)


async def test_a_restored_intake_leaves_a_margin_while_tracking_is_away(driver: IntakeDriver, tmp_path: Path) -> None:
    """Reports are taken all the same."""
    tracking = await driver.installation.start(TRACKING)
    await wait_until(_complete(tracking), what="tracking to have read everything")
    before = await numbers(driver, 1)
    await backups.dump(driver.installation.databases["intake"], tmp_path / "dump")
    lost = await numbers(driver, 3)
    await driver.installation.stop("tracking")
    await restore(driver, tmp_path / "dump")
    after = await numbers(driver, 3)
    assert len({*before, *lost, *after}) == 7
    assert min(after) > 10_000 > max(lost)


async def test_an_intake_that_was_only_started_again_leaves_no_margin(driver: IntakeDriver) -> None:
    tracking = await driver.installation.start(TRACKING)
    await wait_until(_complete(tracking), what="tracking to have read everything")
    (first,) = await numbers(driver, 1)
    await until_recorded(driver, 1)
    await wait_until(_complete(tracking), what="tracking to have read everything")
    await driver.installation.stop("intake")
    driver.intake = await driver.installation.start(SERVICE)
    assert first < (await numbers(driver, 1))[0] <= first + 50


def _complete(tracking):
    async def complete() -> bool:
        return tracking.context.up_to_date()

    return complete
