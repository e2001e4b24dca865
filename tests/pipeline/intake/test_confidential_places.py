"""The exact place of a confidential case: read by its unit alone, and erased after thirty days."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.events.command import CaseSentBack
from services.intake.store import personal_data
from tests.support.case_events import DISPATCHER, dispatched
from tests.support.intake_driver import IntakeDriver, location_in
from tests.support.sample_district import CONFIDENTIAL_CATEGORY
from tests.support.waiting import wait_until

FIFTH, SIXTH = "370522001003005", "370522001003006"


def spot(grid_code: str, address: str) -> dict[str, Any]:
    """Return an exact place with rounded coordinates, so that they are the same text everywhere."""
    found = location_in(grid_code)
    point = {name: round(found[name], 6) for name in ("longitude", "latitude")}
    return {"location": {**found, **point}, "address": address}


HERE, THERE = spot(FIFTH, "幸福里三号楼五零二"), spot(SIXTH, "和平巷甲九号")


async def traces(driver: IntakeDriver) -> set[str]:
    """Return the parts of both places that are in clear text in any table of intake."""
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
    """Wait until the unit may read the confidential text, and return it."""
    unit, path = await driver.client_of("unit_clerk"), f"/api/intake/cases/{receipt['case_id']}/confidential"

    async def readable() -> Any:
        found = await unit.get(path, params={"reason": "办理"})
        assert found.status_code != 200 or found.headers["cache-control"] == "no-store"
        return found.json() if found.status_code == 200 else None

    return await wait_until(readable, what="the unit may read")


async def end_and_wait_for_erasure(driver: IntakeDriver, receipt: dict[str, Any]) -> None:
    """Void the case, and wait until its text is erased after thirty days."""
    await driver.post("shift_lead", f"cases/{receipt['case_id']}/void", note="误报")
    driver.installation.shift_clock(days=31)
    context = driver.intake.context

    async def gone() -> bool:
        await personal_data.erase_due(context.database, context.clock.now())
        return await personal_data.find_confidential(context.database, UUID(receipt["case_id"])) is None

    await wait_until(gone, what="the text to be due and gone")


async def test_the_place_of_a_confidential_case_stays_encrypted_when_it_is_corrected(driver: IntakeDriver) -> None:
    """The unit reads the corrected place. A repeated correction changes nothing."""
    told: dict[str, Any] = {
        "category_id": CONFIDENTIAL_CATEGORY,
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
    await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))
    text = await read(driver, receipt)
    assert (text["address"], text["grid_code"]) == (HERE["address"], FIFTH)
    assert text["location"]["longitude"] == HERE["location"]["longitude"]
    wrong = {"category_id": CONFIDENTIAL_CATEGORY, "note": "门牌号报错"}
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
        "the desk sees only the major category"
    )
    only_address = {"category_id": about["category"]["id"], "note": "门牌号报错", "address": "和平巷乙九号"}
    assert (await driver.post("shift_lead", f"cases/{receipt['case_id']}/correct", **only_address)).status_code == 200
    text = await read(driver, receipt)
    assert (text["address"], text["grid_code"]) == ("和平巷乙九号", SIXTH)
    assert text["category"]["id"] == CONFIDENTIAL_CATEGORY
    assert text["location"]["latitude"] == THERE["location"]["latitude"]
    assert await traces(driver) == set()
    await end_and_wait_for_erasure(driver, receipt)
    assert await traces(driver) == set()


async def test_the_place_of_a_case_that_turns_out_confidential_is_redacted(driver: IntakeDriver) -> None:
    """This holds for the reported place and for the place that the desk enters."""
    receipt = await driver.submit_accepted("", category_id=None, condition_id=None, photos=[], **HERE)
    await driver.wait_for_status(receipt, "awaiting_filing")
    assert len(await traces(driver)) == 3, "before that it is in clear text"
    filed = await driver.post(
        "shift_lead", f"cases/{receipt['case_id']}/file", category_id=CONFIDENTIAL_CATEGORY, **THERE
    )
    assert filed.status_code == 200, filed.text
    assert await traces(driver) == set()
    await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))
    text = await read(driver, receipt)
    assert (text["address"], text["grid_code"]) == (THERE["address"], SIXTH)
    await end_and_wait_for_erasure(driver, receipt)
    assert await traces(driver) == set()


async def test_the_reported_address_is_kept_when_the_desk_enters_the_grid(driver: IntakeDriver) -> None:
    told: dict[str, Any] = {
        "category_id": CONFIDENTIAL_CATEGORY,
        "condition_id": None,
        "photos": [],
        "address": HERE["address"],
    }
    receipt = await driver.submit_accepted(location=None, **told)
    await driver.wait_for_status(receipt, "awaiting_filing")
    await driver.post(
        "shift_lead", f"cases/{receipt['case_id']}/file", category_id=CONFIDENTIAL_CATEGORY, grid_code=FIFTH
    )
    await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))
    text = await read(driver, receipt)
    assert (text["address"], text["grid_code"]) == (HERE["address"], FIFTH)
    assert await traces(driver) == set()


async def test_only_the_shift_lead_reads_an_address_that_has_no_grid_yet(
    driver: IntakeDriver,
) -> None:
    """Each read is logged with its reason, and is possible only while the grid is missing."""
    told: dict[str, Any] = {
        "category_id": CONFIDENTIAL_CATEGORY,
        "condition_id": None,
        "photos": [],
        "address": HERE["address"],
    }
    receipt = await driver.submit_accepted(location=None, **told)
    await driver.wait_for_status(receipt, "awaiting_filing")
    path, why = f"/api/intake/cases/{receipt['case_id']}/confidential-place", {"reason": "确定网格"}
    for other in ("intake_clerk", "hotline", "leader", "administrator", "unit_clerk", "officer"):
        assert (await (await driver.client_of(other)).get(path, params=why)).status_code == 403
    lead = await driver.client_of("shift_lead")
    assert (await lead.get(path)).status_code == 422, "a reason is needed"
    seen = await lead.get(path, params=why)
    assert seen.json() == {"address": HERE["address"], "location": None}
    assert seen.headers["cache-control"] == "no-store"
    looks = await driver.intake.context.database.fetch("SELECT what, caller_kind, reason FROM access_log")
    assert [tuple(each) for each in looks] == [("confidential_place", "account", "确定网格")]
    await driver.post(
        "shift_lead", f"cases/{receipt['case_id']}/file", category_id=CONFIDENTIAL_CATEGORY, grid_code=FIFTH
    )
    assert (await lead.get(path, params=why)).json()["type"] == "/problems/place-not-awaited"
    await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))
    assert (await read(driver, receipt))["grid_code"] == FIFTH
    wrong = CaseSentBack(round=1, reason="wrong_place", note="", decided_by=DISPATCHER)
    await driver.installation.publish("routing", receipt["case_id"], wrong)
    await driver.wait_for_status(receipt, "awaiting_filing")
    assert (await lead.get(path, params=why)).json()["address"] == HERE["address"]


async def test_a_confidential_report_that_is_filed_openly_publishes_only_its_grid(driver: IntakeDriver) -> None:
    """Routing needs the grid; the exact place stays confidential."""
    receipt = await driver.submit_accepted(category_id=CONFIDENTIAL_CATEGORY, condition_id=None, photos=[], **HERE)
    await driver.wait_for_status(receipt, "filed")
    back = CaseSentBack(round=1, reason="wrong_category", note="", decided_by=DISPATCHER)
    await driver.installation.publish("routing", receipt["case_id"], back)
    await driver.wait_for_status(receipt, "awaiting_filing")
    litter = {"category_id": "GB47678-5-2026/matter/06010", "condition_id": "06010-1"}
    filed = await driver.post("shift_lead", f"cases/{receipt['case_id']}/file", **litter)
    assert filed.status_code == 200, filed.text
    kind, said = (await driver.events_of(receipt))[-1]
    assert (kind, said.get("confidential", False), said["place"]) == ("case_filed", False, {"grid_code": FIFTH})
    assert await traces(driver) == set()
