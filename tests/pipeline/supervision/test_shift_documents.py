"""Handover sheets and digests: written once when they are due, and signed by those concerned."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.chassis import quarantine
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.app import SERVICE
from services.supervision.domain.roster import shift_handover
from services.supervision.store import documents
from services.supervision.workers import roster
from tests.support.exported_tables import ledger_rows
from tests.support.supervision_driver import (
    GRID,
    SHANGHAI,
    SupervisionDriver,
    forward_to,
    today_at,
)
from tests.support.waiting import wait_until

CENTRE = "lijin-street-centre"


async def sheets(driver: SupervisionDriver, who: str = "shift_lead") -> list[dict[str, Any]]:
    """Return the sheets of the street's centre."""
    items = (await driver.get(who, "/shift-handovers"))["items"]
    return [item for item in items if item["centre_id"] == CENTRE]


async def first_sheet(driver: SupervisionDriver) -> dict[str, Any]:
    """Wait for the sheet of today's shift change at 18:00, and return it."""
    changes_at = today_at(driver, 18)
    await forward_to(driver, changes_at + timedelta(minutes=1))

    async def written() -> list[dict[str, Any]]:
        return [each for each in await sheets(driver) if datetime.fromisoformat(each["changes_at"]) == changes_at]

    [found] = await wait_until(written, what="the sheet")
    return await driver.get("shift_lead", f"/shift-handovers/{found['sheet_id']}")


async def test_the_list_of_sheets_does_not_load_their_cases(driver: SupervisionDriver) -> None:
    """A sheet has every open case of a centre, and a page twenty sheets."""
    await driver.file_case()
    found = await first_sheet(driver)
    assert len(found["sheet"]["cases"]) == found["sheet"]["open"] == 1
    [head] = await documents.list_sheets(driver.supervision.context.database, [CENTRE], None, 20)
    assert (head.sheet.open, head.sheet.cases) == (1, ())


async def test_a_sheet_lists_the_cases_that_are_open_at_the_shift_change(driver: SupervisionDriver) -> None:
    """It does not change when a case ends later."""
    case_id, ended = await driver.file_case(), await driver.file_case()
    forced = await driver.post("leader", f"/cases/{ended}/force-close", note="重复立案")
    assert forced.status_code == 200, forced.text
    coming = await driver.get("shift_lead", "/shift-handovers/preview", centre_id=CENTRE)
    assert datetime.fromisoformat(coming["changes_at"]) == today_at(driver, 18)
    found = await first_sheet(driver)
    sheet = found["sheet"]
    assert datetime.fromisoformat(sheet["changes_at"]) == today_at(driver, 18)
    assert [line["case_id"] for line in sheet["cases"]] == [str(case_id)]
    assert (sheet["open"], sheet["cases"][0]["grid_code"], sheet["cases"][0]["units"]) == (1, GRID, ["sanitation"])
    assert "officer-jincheng-05" in [post["holder"] for post in sheet["outgoing"]]
    assert "night-lijin-1" in [post["holder"] for post in sheet["incoming"]]
    await driver.post("leader", f"/cases/{case_id}/force-close", note="重复立案")
    path = f"/shift-handovers/{found['sheet_id']}"
    assert (await driver.get("shift_lead", path))["sheet"] == sheet
    [line] = await ledger_rows(await driver.client_of("shift_lead"), f"{path}/ledger")
    assert (line["Case"], line["Held by"]) == (
        sheet["cases"][0]["case_number"],
        sheet["cases"][0]["holders"][0]["name_en"],
    )


async def test_a_sheet_that_fails_does_not_stop_the_sheets_of_other_centres(
    driver: SupervisionDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes into quarantine and is written later."""
    write, changes_at, pool = shift_handover.write_sheet, today_at(driver, 18), driver.supervision.context.database

    def failing(district: RegistrySnapshot, centre_id: str, *given: Any) -> shift_handover.Sheet:
        if centre_id == CENTRE:
            raise ArithmeticError("an unexpected case")
        return write(district, centre_id, *given)

    async def centres() -> set[str]:
        rows = await pool.fetch("SELECT centre_id FROM shift_handover WHERE changes_at = $1", changes_at)
        return {row["centre_id"] for row in rows}

    with monkeypatch.context() as patched:
        patched.setattr(shift_handover, "write_sheet", failing)
        await forward_to(driver, changes_at + timedelta(minutes=1))
        others = await wait_until(centres, what="the sheets of the other centres")
        assert CENTRE not in others
        [waiting] = await wait_until(lambda: quarantine.list_entries(pool), what="the sheet in quarantine")
        assert (waiting["task"], "an unexpected case" in waiting["error"]) == ("write_sheets", True)
    await quarantine.retry_now(pool)
    await wait_until(lambda: pool.fetchval("SELECT NOT EXISTS (SELECT FROM quarantine)"), what="the last sheet")
    assert await centres() > others


async def test_a_sheet_that_is_no_longer_due_leaves_the_quarantine(driver: SupervisionDriver) -> None:
    """A release may have removed its centre."""
    pool = driver.supervision.context.database
    await quarantine.add(pool, "write_sheets", {uuid4(): "an unexpected case"})
    driver.installation.shift_clock(seconds=10)
    await wait_until(lambda: pool.fetchval("SELECT NOT EXISTS (SELECT FROM quarantine)"), what="an empty quarantine")


async def test_each_side_signs_once_and_nobody_for_both_sides(driver: SupervisionDriver) -> None:
    found = await first_sheet(driver)
    path = f"/shift-handovers/{found['sheet_id']}/sign"
    key = {"idempotency-key": str(uuid4())}
    for _ in range(2):
        out = await driver.post("shift_lead", path, headers=key, side="outgoing", note="一件待签收")
        assert (out.status_code, out.json()["signatures"]["outgoing"]["note"]) == (200, "一件待签收"), out.text
    alone = await driver.post("shift_lead", path, side="incoming")
    assert alone.json()["type"] == "/problems/both-sides-needed"
    other = await driver.post("intake_clerk", path, side="outgoing")
    assert other.json()["type"] == "/problems/signed-by-somebody-else"
    taken = await asyncio.gather(
        driver.post("intake_clerk", path, side="incoming"), driver.post("dispatcher", path, side="incoming")
    )
    assert sorted(answer.status_code for answer in taken) == [200, 409]
    listed = (await sheets(driver))[0]
    assert sorted(listed["signatures"]) == ["incoming", "outgoing"]
    month = f"{today_at(driver, 18):%Y-%m}"
    row = next(
        each
        for each in await ledger_rows(await driver.client_of("shift_lead"), "/shift-handovers/ledger", month=month)
        if each["Centre"] == found["sheet"]["centre_en"]
    )
    assert (row["Change at"], row["Note of the outgoing shift"]) == (
        f"{today_at(driver, 18):%Y-%m-%d %H:%M}",
        "一件待签收",
    )
    assert row["Handed over by"]
    assert row["Taken by"]


async def test_a_sheet_is_shown_to_the_accounts_of_its_centre_only(driver: SupervisionDriver) -> None:
    found = await first_sheet(driver)
    other = await (await driver.client_of("other_street")).get(f"/shift-handovers/{found['sheet_id']}")
    assert other.status_code == 404
    table = await (await driver.client_of("other_street")).get(f"/shift-handovers/{found['sheet_id']}/ledger.csv")
    assert table.status_code == 404
    assert await sheets(driver, "other_street") == []
    assert len(await sheets(driver, "street")) == len(await sheets(driver, "grid_lead")) == 1


async def test_after_an_outage_only_the_last_shift_change_has_a_sheet(driver: SupervisionDriver) -> None:
    """The open cases at earlier changes are unknown. A restart writes no second sheet."""
    await forward_to(driver, today_at(driver, 9) + timedelta(days=3))
    found = await wait_until(lambda: sheets(driver), what="the sheet")
    await driver.installation.stop("supervision")
    driver.supervision = await driver.installation.start(SERVICE)
    driver.clients.clear()
    assert [each["changes_at"] for each in await sheets(driver)] == [each["changes_at"] for each in found]
    assert len(found) == 1


async def test_each_community_has_a_weekly_digest_that_its_officer_confirms(
    driver: SupervisionDriver,
) -> None:
    case_id = await driver.file_case()
    await forward_to(driver, today_at(driver, 0, 5) + timedelta(days=7))

    async def reviewed() -> Any:
        return (await driver.get("officer", "/digests", kind="week"))["items"]

    items = await wait_until(reviewed, what="the digest")
    assert [item["digest"]["community"] for item in items] == [GRID[:12]]
    digest = items[0]["digest"]
    assert (digest["figures"]["filed"], digest["figures"]["open"]) == (1, 1)
    assert [each["case_id"] for each in digest["oldest"]] == [str(case_id)]
    assert digest["patrol_due"] > 0
    path = f"/digests/{items[0]['digest_id']}/confirm"
    assert (await driver.post("officer_3", path)).status_code == 404
    for _ in range(2):
        done = await driver.post("officer", path, note="垃圾多发在夜市收摊后")
        assert (done.status_code, done.json()["confirmed"]["note"]) == (200, "垃圾多发在夜市收摊后"), done.text
    late = await driver.post("grid_lead", path)
    assert late.json()["type"] == "/problems/signed-by-somebody-else"
    assert (await driver.get("officer", path.removesuffix("/confirm")))["confirmed"]["name"]
    assert (await (await driver.client_of("officer_3")).get(path.removesuffix("/confirm"))).status_code == 404
    listed: list[Any] = []
    page: dict[str, Any] = {"next": None}
    while page["next"] or not listed:
        page = await driver.get(
            "assessor", "/digests", kind="week", limit=20, **({"cursor": page["next"]} if page["next"] else {})
        )
        listed += page["items"]
    assert len({item["digest_id"] for item in listed}) == len(listed)
    assert len(listed) == len(driver.supervision.context.district.communities)


async def test_a_digest_knows_an_outage_that_begins_during_a_round_of_the_worker(
    driver: SupervisionDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine slept after the patrol visits were written and before the digests were."""
    await driver.file_case()
    monday, write_sheets = today_at(driver, 0, 5) + timedelta(days=7), roster.write_sheets
    await forward_to(driver, today_at(driver, 9, 30))

    async def sleep_and_write(*given: Any) -> int:
        monkeypatch.setattr(roster, "write_sheets", write_sheets)
        driver.installation.shift_clock(seconds=(monday - driver.installation.now()).total_seconds())
        return await write_sheets(*given)

    monkeypatch.setattr(roster, "write_sheets", sleep_and_write)

    async def reviewed() -> Any:
        return (await driver.get("officer", "/digests", kind="week"))["items"]

    (found,) = await wait_until(reviewed, what="the digest")
    assert len(found["digest"]["not_observed"]) == 1


async def test_weeks_of_an_outage_have_no_digest(driver: SupervisionDriver) -> None:
    """The digest of the week in which the outage begins shows it; the weeks within it are left out."""
    await driver.file_case()
    await forward_to(driver, today_at(driver, 0, 5) + timedelta(days=7))

    async def reviewed() -> Any:
        return (await driver.get("officer", "/digests", kind="week"))["items"]

    digest = (await wait_until(reviewed, what="the digest"))[0]["digest"]
    (gap,) = digest["not_observed"]
    duration = datetime.fromisoformat(gap["until"]) - datetime.fromisoformat(gap["since"])
    assert timedelta(days=5) < duration < timedelta(days=7)
    pool = driver.supervision.context.database
    driver.installation.shift_clock(days=21)
    now = driver.installation.now()

    async def caught_up() -> bool:
        return await pool.fetchval("SELECT until FROM roster_progress WHERE what = 'digests'") >= now

    await wait_until(caught_up, what="the weeks since")
    today = now.astimezone(SHANGHAI).date()
    monday = today - timedelta(days=today.weekday())
    written = {item["digest"]["begins_on"] for item in (await driver.get("officer", "/digests", kind="week"))["items"]}
    assert digest["begins_on"] in written
    assert not written & {str(monday - timedelta(weeks=weeks)) for weeks in (1, 2)}, (
        "the system was down in these weeks"
    )
    oldest = await pool.fetchval("SELECT min(ends_at) FROM patrol_duty WHERE starts_at > $1", now - timedelta(days=20))
    assert oldest > now - timedelta(hours=driver.supervision.context.district.settings.patrol.offline_hours)
