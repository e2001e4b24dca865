"""The text of a confidential case: read by its unit alone, and erased on schedule."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from contracts.events.command import HandoverTarget
from contracts.events.handling import HandoverRefused, ReturnAccepted
from contracts.events.supervision import CaseClosed
from services.chassis import http_client
from services.chassis.auth import SYSTEM
from services.intake.store import personal_data
from tests.support.case_events import DISPATCHER, dispatched
from tests.support.intake_driver import IntakeDriver
from tests.support.sample_district import CONFIDENTIAL_CATEGORY, UNIT_KEYS
from tests.support.waiting import wait_until


async def test_a_confidential_text_is_read_by_its_unit_only_and_erased_after_the_end(driver: IntakeDriver) -> None:
    """Situation 25."""
    receipt = await driver.submit_accepted(
        category_id=CONFIDENTIAL_CATEGORY, condition_id=None, description="某处有异常", photos=[]
    )
    await driver.wait_for_status(receipt, "filed")
    assert "异常" not in str([body.get("description") for _, body in await driver.events_of(receipt)])
    path, reason = f"/api/intake/cases/{receipt['case_id']}/confidential", {"reason": "签收"}
    unit = await driver.client_of("unit_clerk")
    assert (await unit.get(path, params=reason)).status_code == 404
    assert (await (await driver.client_of("shift_lead")).get(path, params=reason)).status_code == 403
    await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))

    async def readable() -> bool:
        return (await unit.get(path, params=reason)).status_code == 200

    await wait_until(readable, what="the unit may read")
    assert (await unit.get(path, params=reason)).json()["description"] == "某处有异常"
    await driver.post("shift_lead", f"cases/{receipt['case_id']}/void", note="误报")
    driver.installation.shift_clock(days=31)

    async def erased() -> bool:
        """Erase it here unless the worker of intake has done so."""
        context = driver.intake.context
        await personal_data.erase_due(context.database, context.clock.now())
        return await context.database.fetchval("SELECT count(*) FROM confidential_text") == 0

    await wait_until(erased, what="the text to be due")
    assert (await unit.get(path, params=reason)).status_code == 404


async def test_the_text_of_a_closed_confidential_case_is_erased_after_thirty_days(driver: IntakeDriver) -> None:
    """Situation 26: the case is closed as handed over."""
    receipt = await driver.submit_accepted(
        category_id="LOCAL-370522/matter/15002", condition_id=None, description="敲门无人应", photos=[]
    )
    await driver.wait_for_status(receipt, "filed")
    closed = CaseClosed(outcome="handed_over", closing_condition_met=True, closed_by=SYSTEM)
    await driver.installation.publish("supervision", receipt["case_id"], closed)
    context = driver.intake.context

    async def due() -> Any:
        return await context.database.fetchval("SELECT erase_at FROM confidential_text")

    erase_at = await wait_until(due, what="the day on which the text goes")
    assert abs(erase_at - context.clock.now() - timedelta(days=30)) < timedelta(minutes=5)
    await personal_data.erase_due(context.database, erase_at - timedelta(hours=1))
    assert await context.database.fetchval("SELECT count(*) FROM confidential_text") == 1
    await personal_data.erase_due(context.database, erase_at)
    assert await context.database.fetchval("SELECT count(*) FROM confidential_text") == 0


async def test_a_unit_that_returned_its_dispatch_cannot_read_the_text_any_more(driver: IntakeDriver) -> None:
    """The same holds for an emergency service that refused the hand-over."""
    receipt = await driver.submit_accepted(
        category_id=CONFIDENTIAL_CATEGORY, condition_id=None, description="某处有异常", photos=[]
    )
    await driver.wait_for_status(receipt, "filed")
    path, reason = f"/api/intake/cases/{receipt['case_id']}/confidential", {"reason": "签收"}
    unit, order = await driver.client_of("unit_clerk"), dispatched("sanitation")
    await driver.installation.publish("dispatch", receipt["case_id"], order)

    async def wait_for_response(status: int, reader: httpx.AsyncClient = unit) -> None:
        async def answered() -> bool:
            return (await reader.get(path, params=reason)).status_code == status

        await wait_until(answered, what=f"the text answered with {status}")

    await wait_for_response(200)
    key = {"authorization": f"Bearer {UNIT_KEYS['fire']}"}
    async with http_client.create_client(base_url=driver.intake.url, headers=key) as called_in:
        handed = dispatched("fire").model_copy(
            update={"handover": HandoverTarget(agency="119"), "role": "first_response"}
        )
        await driver.installation.publish("dispatch", receipt["case_id"], handed)
        await wait_for_response(200, called_in)
        refused = HandoverRefused(
            dispatch_id=handed.dispatch_id, unit_id="fire", role="first_response", note="无火情", refused_by=DISPATCHER
        )
        await driver.installation.publish("dispatch", receipt["case_id"], refused)
        await wait_for_response(404, called_in)
    returned = ReturnAccepted(
        dispatch_id=order.dispatch_id,
        unit_id="sanitation",
        role="lead",
        reason="not_our_function",
        decided_by=DISPATCHER,
    )
    await driver.installation.publish("dispatch", receipt["case_id"], returned)
    await wait_for_response(404)


async def test_the_text_of_a_case_that_turns_out_confidential_is_encrypted_for_its_unit(driver: IntakeDriver) -> None:
    """The filing is refused if information was added meanwhile, because it would be encrypted unread (ADR 0016)."""
    receipt = await driver.submit_accepted(
        "", category_id=None, condition_id=None, description="楼上总有异响，担心", photos=[]
    )
    await driver.wait_for_status(receipt, "awaiting_filing")
    database, file = driver.intake.context.database, f"cases/{receipt['case_id']}/file"
    async with database.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM aggregate WHERE case_id = $1 FOR UPDATE", UUID(receipt["case_id"]))

        async def waiting(count: int) -> bool:
            return count == await database.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )

        addition = asyncio.create_task(
            driver.post("shift_lead", f"reports/{receipt['report_id']}/additions", text="夜里更响")
        )
        await wait_until(lambda: waiting(1), what="the addition to wait for the case")
        filing = asyncio.create_task(driver.post("shift_lead", file, category_id=CONFIDENTIAL_CATEGORY))
        await wait_until(lambda: waiting(2), what="the filing to wait behind the addition")
    added, refused = await asyncio.gather(addition, filing)
    assert added.status_code == 200, added.text
    assert (refused.status_code, refused.json()["type"]) == (412, "/problems/changed-meanwhile")
    assert "楼上总有异响" in str(await driver.events_of(receipt)), "the refused filing has redacted nothing"
    filed = await driver.post("shift_lead", file, category_id=CONFIDENTIAL_CATEGORY)
    assert (filed.status_code, filed.json()["confidential"]) == (200, True), filed.text
    assert (filed.json()["description"], filed.json()["place"]["grid_code"]) == ("", "370522001003")
    assert (await driver.events_of(receipt))[-1][1].get("description", "") == ""
    for event in await driver.events_of(receipt):
        assert "异响" not in str(event), "the text is redacted in the event store"
    await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))
    unit, path = await driver.client_of("unit_clerk"), f"/api/intake/cases/{receipt['case_id']}/confidential"

    async def readable() -> Any:
        found = await unit.get(path, params={"reason": "签收"})
        return found.json() if found.status_code == 200 else None

    text = await wait_until(readable, what="the unit may read")
    assert (text["description"], text["grid_code"]) == ("楼上总有异响，担心\n夜里更响", "370522001003005")
    for row in await driver.intake.context.database.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ):
        for found in await driver.intake.context.database.fetch(f"SELECT t::text AS t FROM {row['relname']} AS t"):
            for word in ("总有异响", "夜里更响"):
                assert word not in found["t"], row["relname"]
                assert word.encode().hex() not in found["t"], row["relname"]


async def test_a_confidential_report_cannot_be_verified_by_an_officer(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted(
        category_id=CONFIDENTIAL_CATEGORY,
        condition_id=None,
        location=None,
        address="某小区",
        description="异常",
        photos=[],
    )
    await driver.wait_for_status(receipt, "awaiting_filing")
    refused = await driver.post("shift_lead", f"cases/{receipt['case_id']}/verify", mode="phone")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-for-confidential")
