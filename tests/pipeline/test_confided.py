"""Where exactly a confidential case is its unit alone reads: it stands nowhere else, and after thirty days nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from contracts.events.command import CaseSentBack
from services.intake.store import personal_data
from tests.pipeline.test_intake_people import ANOMALY, DISPATCHER, dispatched
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver, location_in, open_intake_driver

FIFTH, SIXTH = "370522001003005", "370522001003006"


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[IntakeDriver]:
    found = await open_intake_driver(shared_installation)
    yield found
    await found.close()


def spot(grid_code: str, address: str) -> dict[str, Any]:
    """A place to the metre, with numbers that are written alike everywhere."""
    found = location_in(grid_code)
    point = {name: round(found[name], 6) for name in ("longitude", "latitude")}
    return {"location": {**found, **point}, "address": address}


HERE, THERE = spot(FIFTH, "幸福里三号楼五零二"), spot(SIXTH, "和平巷甲九号")


async def traces(driver: IntakeDriver) -> set[str]:
    """What of the two places is in clear in any table of intake's."""
    words = {
        word
        for each in (HERE, THERE)
        for word in (each["address"], *(str(each["location"][name]) for name in ("longitude", "latitude")))
    }
    database, found = driver.intake.context.database, set[str]()
    for table in await database.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ):
        for row in await database.fetch(f"SELECT t::text AS t FROM {table['relname']} AS t"):
            found |= {word for word in words if word in row["t"] or word.encode().hex() in row["t"]}
    return found


async def read(driver: IntakeDriver, receipt: dict[str, Any]) -> dict[str, Any]:
    """What the unit that has the dispatch reads."""
    unit, path = await driver.client_of("unit_clerk"), f"/api/intake/cases/{receipt['case_id']}/confidential"

    async def readable() -> Any:
        found = await unit.get(path, params={"reason": "办理"})
        assert found.status_code != 200 or found.headers["cache-control"] == "no-store"
        return found.json() if found.status_code == 200 else None

    return await wait_until(readable, what="the unit may read")


async def erased_after_its_end(driver: IntakeDriver, receipt: dict[str, Any]) -> None:
    await driver.post("shift_lead", f"cases/{receipt['case_id']}/void", note="误报")
    driver.installation.shift_clock(days=31)
    context = driver.intake.context

    async def gone() -> bool:
        await personal_data.erase_due(context.database, context.clock.now())
        return await personal_data.find_confidential(context.database, UUID(receipt["case_id"])) is None

    await wait_until(gone, what="the text to be due and gone")


async def test_a_place_told_in_confidence_is_sealed_also_when_it_is_put_right(driver: IntakeDriver) -> None:
    """更正: what the unit reads is where it really is. Said again, nothing changes, nor is anything sealed anew."""
    told: dict[str, Any] = {
        "category_id": ANOMALY,
        "condition_id": None,
        "description": "某处有异常",
        "photos": [],
        **HERE,
    }
    key = {"idempotency-key": "told-in-confidence"}
    first, again = [await driver.submit(headers=key, **told) for _ in range(2)]
    receipt = first.json()
    assert again.json() == receipt
    await driver.wait_for_status(receipt, "filed")
    assert await traces(driver) == set()
    await driver.publish("dispatch", receipt, dispatched("sanitation"))
    text = await read(driver, receipt)
    assert (text["address"], text["grid_code"]) == (HERE["address"], FIFTH)
    assert text["location"]["longitude"] == HERE["location"]["longitude"]
    wrong = {"category_id": ANOMALY, "note": "门牌号报错"}
    sealed, answers = list[Any](), list[Any]()
    for _ in range(2):
        answers.append(await driver.post("shift_lead", f"cases/{receipt['case_id']}/correct", **wrong, **THERE))
        sealed.append(await personal_data.find_confidential(driver.intake.context.database, UUID(receipt["case_id"])))
    assert [each.status_code for each in answers] == [200, 200], answers[0].text
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["place"]["grid_code"] == FIFTH[:12]
    assert sealed[0] == sealed[1]
    assert (await driver.types(receipt)).count("case_corrected") == 1
    text = await read(driver, receipt)
    assert (text["description"], text["address"], text["grid_code"]) == ("某处有异常", THERE["address"], SIXTH)
    about = answers[0].json()
    assert (about["category"]["id"], about["condition_id"]) == ("LOCAL-370522/matter/15", None), (
        "which one the desk sees no more"
    )
    only_address = {"category_id": about["category"]["id"], "note": "门牌号报错", "address": "和平巷乙九号"}
    assert (await driver.post("shift_lead", f"cases/{receipt['case_id']}/correct", **only_address)).status_code == 200
    text = await read(driver, receipt)
    assert (text["address"], text["grid_code"]) == ("和平巷乙九号", SIXTH)
    assert text["category"]["id"] == ANOMALY
    assert text["location"]["latitude"] == THERE["location"]["latitude"]
    assert await traces(driver) == set()
    await erased_after_its_end(driver, receipt)
    assert await traces(driver) == set()


async def test_what_the_desk_finds_to_be_confidential_leaves_no_trace_of_its_place(driver: IntakeDriver) -> None:
    """Neither of the place told in the open nor of the one that the desk gives; its unit reads the latter."""
    receipt = await driver.submit_accepted("", category_id=None, condition_id=None, photos=[], **HERE)
    await driver.wait_for_status(receipt, "awaiting_filing")
    assert len(await traces(driver)) == 3, "in the open it stands in clear"
    filed = await driver.post("shift_lead", f"cases/{receipt['case_id']}/file", category_id=ANOMALY, **THERE)
    assert filed.status_code == 200, filed.text
    assert await traces(driver) == set()
    await driver.publish("dispatch", receipt, dispatched("sanitation"))
    text = await read(driver, receipt)
    assert (text["address"], text["grid_code"]) == (THERE["address"], SIXTH)
    await erased_after_its_end(driver, receipt)
    assert await traces(driver) == set()


async def test_the_address_that_was_told_stays_when_the_desk_finds_its_grid(driver: IntakeDriver) -> None:
    told: dict[str, Any] = {"category_id": ANOMALY, "condition_id": None, "photos": [], "address": HERE["address"]}
    receipt = await driver.submit_accepted(location=None, **told)
    await driver.wait_for_status(receipt, "awaiting_filing")
    await driver.post("shift_lead", f"cases/{receipt['case_id']}/file", category_id=ANOMALY, grid_code=FIFTH)
    await driver.publish("dispatch", receipt, dispatched("sanitation"))
    text = await read(driver, receipt)
    assert (text["address"], text["grid_code"]) == (HERE["address"], FIFTH)
    assert await traces(driver) == set()


async def test_the_shift_lead_alone_reads_an_address_that_nobody_has_placed_and_finds_its_grid(
    driver: IntakeDriver,
) -> None:
    """As long as it waits for that, each look with its reason in the log: what was told, nobody but the unit reads."""
    told: dict[str, Any] = {"category_id": ANOMALY, "condition_id": None, "photos": [], "address": HERE["address"]}
    receipt = await driver.submit_accepted(location=None, **told)
    await driver.wait_for_status(receipt, "awaiting_filing")
    path, why = f"/api/intake/cases/{receipt['case_id']}/confidential-place", {"reason": "确定网格"}
    for other in ("intake_clerk", "hotline", "leader", "administrator", "unit_clerk", "officer"):
        assert (await (await driver.client_of(other)).get(path, params=why)).status_code == 403
    lead = await driver.client_of("shift_lead")
    assert (await lead.get(path)).status_code == 422, "without a reason it is not told"
    seen = await lead.get(path, params=why)
    assert seen.json() == {"address": HERE["address"], "location": None}
    assert seen.headers["cache-control"] == "no-store"
    looks = await driver.intake.context.database.fetch("SELECT what, caller_kind, reason FROM access_log")
    assert [tuple(each) for each in looks] == [("confidential_place", "account", "确定网格")]
    await driver.post("shift_lead", f"cases/{receipt['case_id']}/file", category_id=ANOMALY, grid_code=FIFTH)
    assert (await lead.get(path, params=why)).json()["type"] == "/problems/place-not-awaited"
    await driver.publish("dispatch", receipt, dispatched("sanitation"))
    assert (await read(driver, receipt))["grid_code"] == FIFTH
    wrong = CaseSentBack(round=1, reason="wrong_place", note="", decided_by=DISPATCHER)
    await driver.publish("routing", receipt, wrong)
    await driver.wait_for_status(receipt, "awaiting_filing")
    assert (await lead.get(path, params=why)).json()["address"] == HERE["address"]


async def test_filed_in_the_open_after_all_only_its_grid_is_told(driver: IntakeDriver) -> None:
    """Routing needs to know where; what was told in confidence stays with whoever has the case."""
    receipt = await driver.submit_accepted(category_id=ANOMALY, condition_id=None, photos=[], **HERE)
    await driver.wait_for_status(receipt, "filed")
    back = CaseSentBack(round=1, reason="wrong_category", note="", decided_by=DISPATCHER)
    await driver.publish("routing", receipt, back)
    await driver.wait_for_status(receipt, "awaiting_filing")
    litter = {"category_id": "GB47678-5-2026/matter/06010", "condition_id": "06010-1"}
    filed = await driver.post("shift_lead", f"cases/{receipt['case_id']}/file", **litter)
    assert filed.status_code == 200, filed.text
    kind, said = (await driver.events_of(receipt))[-1]
    assert (kind, said.get("confidential", False), said["place"]) == ("case_filed", False, {"grid_code": FIFTH})
    assert await traces(driver) == set()
