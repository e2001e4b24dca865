"""A case number is given once, also after a restore of the intake database from a backup."""

from __future__ import annotations

from pathlib import Path

from services.intake.app import SERVICE
from services.tracking.app import SERVICE as TRACKING
from tests.support import backups
from tests.support.intake_driver import IntakeDriver
from tests.support.waiting import wait_until


def serial_of(receipt: dict[str, str]) -> int:
    """Return the serial in the case number of a receipt."""
    return int(receipt["case_number"].rpartition("-")[2])


async def report_serials(driver: IntakeDriver, count: int) -> list[int]:
    """Submit so many reports and return their serials."""
    return [serial_of(await driver.submit_accepted("hotline")) for _ in range(count)]


async def restore(driver: IntakeDriver, dump: Path) -> None:
    """Stop intake, restore its database and start it."""
    await driver.installation.stop("intake")
    await backups.restore(driver.installation.databases["intake"], dump)
    driver.intake = await driver.installation.start(SERVICE)


async def wait_until_recorded(driver: IntakeDriver, count: int) -> None:
    """Wait until tracking has recorded so many cases."""
    pool = driver.installation.running["tracking"].context.database

    async def recorded() -> bool:
        return await pool.fetchval("SELECT count(*) FROM record") == count

    await wait_until(recorded, what=f"{count} cases at tracking")


async def test_a_restored_intake_starts_above_every_number_that_tracking_knows(
    driver: IntakeDriver, tmp_path: Path
) -> None:
    tracking = await driver.installation.start(TRACKING)
    before = await report_serials(driver, 1)
    await backups.dump(driver.installation.databases["intake"], tmp_path / "dump")
    await driver.intake.context.database.execute("SELECT nextval('case_serial') FROM generate_series(1, 400)")
    await driver.installation.stop("intake")
    driver.intake = await driver.installation.start(SERVICE)
    lost = await report_serials(driver, 2)  # far above the backup
    await wait_until_recorded(driver, 3)
    await wait_until(tracking.context.up_to_date, what="tracking to be up to date")
    await restore(driver, tmp_path / "dump")
    assert min(await report_serials(driver, 1)) > max(before + lost)


async def test_a_restored_intake_leaves_a_margin_while_tracking_is_stopped(
    driver: IntakeDriver, tmp_path: Path
) -> None:
    """Reports are still accepted."""
    tracking = await driver.installation.start(TRACKING)
    await wait_until(tracking.context.up_to_date, what="tracking to be up to date")
    before = await report_serials(driver, 1)
    await backups.dump(driver.installation.databases["intake"], tmp_path / "dump")
    lost = await report_serials(driver, 3)
    await driver.installation.stop("tracking")
    await restore(driver, tmp_path / "dump")
    after = await report_serials(driver, 3)
    assert len({*before, *lost, *after}) == 7
    assert min(after) > 10_000 > max(lost)


async def test_a_restarted_intake_leaves_no_margin(driver: IntakeDriver) -> None:
    tracking = await driver.installation.start(TRACKING)
    await wait_until(tracking.context.up_to_date, what="tracking to be up to date")
    (first,) = await report_serials(driver, 1)
    await wait_until_recorded(driver, 1)
    await wait_until(tracking.context.up_to_date, what="tracking to be up to date")
    await driver.installation.stop("intake")
    driver.intake = await driver.installation.start(SERVICE)
    assert first < (await report_serials(driver, 1))[0] <= first + 50
