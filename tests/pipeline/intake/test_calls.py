"""Calls of the hotline: with several reports or none, and the caller known until the hash expires."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.intake.store import personal_data
from tests.support.exported_tables import ledger_rows
from tests.support.intake_driver import IntakeDriver, location_in
from tests.support.sample_district import CONFIDENTIAL_CATEGORY
from tests.support.waiting import wait_until

LITTER, LAMP = "GB47678-5-2026/matter/06010", "GB47678-5-2026/matter/01037"
WANG = {"name": "王五", "phone": "13900001111"}


async def start_call(driver: IntakeDriver, **form: Any) -> dict[str, Any]:
    """Start a call at the hotline."""
    answer = await driver.post("hotline", "calls", **form)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def report(driver: IntakeDriver, call: dict[str, Any], category: str = LITTER, **fields: Any) -> dict[str, Any]:
    """Submit a report in a call."""
    given = {"category_id": category, "condition_id": None, "photos": [], "reporter": WANG, **fields}
    return await driver.submit_accepted("hotline", call_id=call["id"], **given)


async def related_cases(driver: IntakeDriver, receipt: dict[str, Any]) -> set[str]:
    """Return the numbers of related cases."""
    return {link.number for link in (await driver.state(receipt)).links if link.relation == "related"}


async def test_the_reports_of_one_call_are_linked(driver: IntakeDriver) -> None:
    """Situation 28."""
    call = await start_call(driver, call_ref="acd-1", phone=WANG["phone"])
    first, second = await report(driver, call), await report(driver, call, LAMP)

    async def linked() -> bool:
        return await related_cases(driver, first) == {second["case_number"]} and await related_cases(
            driver, second
        ) == {first["case_number"]}

    await wait_until(linked, what="the links")
    seen = (await (await driver.client_of("hotline")).get(f"/api/intake/calls/{call['id']}")).json()
    assert [each["case_number"] for each in seen["reports"]] == [first["case_number"], second["case_number"]]


@pytest.mark.parametrize(
    "hidden", [{"request_type": "tip"}, {"category": CONFIDENTIAL_CATEGORY}], ids=["tip", "confidential"]
)
async def test_a_tip_or_a_confidential_report_is_not_linked_to_its_call(
    driver: IntakeDriver, hidden: dict[str, Any]
) -> None:
    call = await start_call(driver)
    secret, open_one = await report(driver, call, **hidden), await report(driver, call, LAMP)

    async def triaged() -> bool:
        return all([(await driver.state(each)).status not in ("", "reported") for each in (secret, open_one)])

    await wait_until(triaged, what="both to be triaged")
    assert await related_cases(driver, secret) == await related_cases(driver, open_one) == set()
    seen = (await (await driver.client_of("hotline")).get(f"/api/intake/calls/{call['id']}")).json()
    assert [each["case_number"] for each in seen["reports"]] == [open_one["case_number"]]


async def test_calls_are_counted_by_their_result(driver: IntakeDriver) -> None:
    now = driver.installation.now()
    for result in ("answered", "answered", "silent"):
        call = await start_call(driver)
        body = {"result": result, "knowledge_id": "heating-start" if result == "answered" else None}
        ended = await driver.post("hotline", f"calls/{call['id']}/end", **body)
        assert (ended.status_code, ended.json()["result"]) == (200, result)
        again = await driver.post("hotline", f"calls/{call['id']}/end", result="nuisance")
        assert again.json()["result"] == result, "the first result counts"
    await report(driver, await start_call(driver))
    await start_call(driver)
    web, period = (
        await driver.client_of("shift_lead"),
        {"since": now.isoformat(), "until": (now + timedelta(hours=1)).isoformat()},
    )
    figures = (await web.get("/api/intake/calls/figures", params=period)).json()["results"]
    assert figures == {"answered": 2, "silent": 1, "reported": 1, "open": 1}
    [row] = await ledger_rows(web, "/api/intake/calls/ledger")
    told = {
        key: row[key]
        for key in ("Number called", "Calls", "Calls with a report", "Reports", "Answered", "No result yet")
    }
    assert (row["Desk"], len(row["Account"])) == ("12345坐席1", 36)
    assert told == {
        "Number called": "12345",
        "Calls": "5",
        "Calls with a report": "1",
        "Reports": "1",
        "Answered": "2",
        "No result yet": "1",
    }


async def test_an_unknown_call_or_article_is_refused(driver: IntakeDriver) -> None:
    assert (await driver.post("hotline", f"calls/{uuid4()}/end", result="silent")).status_code == 404
    unknown = await driver.submit("hotline", category_id=LITTER, photos=[], call_id=str(uuid4()))
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/call-unknown")
    call = await start_call(driver)
    assert (
        await driver.post("hotline", f"calls/{call['id']}/end", result="answered", knowledge_id="–")
    ).status_code == 422
    by_resident = await driver.submit("", category_id=LITTER, photos=[], call_id=call["id"])
    assert by_resident.status_code == 403, "only the hotline names a call"


async def test_a_caller_is_known_until_the_hash_expires(driver: IntakeDriver) -> None:
    receipt = await report(driver, await start_call(driver, phone=WANG["phone"]))
    again = await start_call(driver, phone="139 0000 1111")
    assert [each["case_number"] for each in again["older"]] == [receipt["case_number"]]
    database, context = driver.intake.context.database, driver.intake.context
    reasons = [
        row["reason"] for row in await database.fetch("SELECT reason FROM access_log WHERE what = 'phone_lookup'")
    ]
    assert len(reasons) == 2, "each lookup is logged"
    for row in await database.fetch("SELECT call::text AS t FROM call"):
        assert "00001111" not in row["t"]
    driver.installation.shift_clock(days=181)

    async def expired() -> bool:
        await personal_data.erase_due(database, context.clock.now())
        return await database.fetchval("SELECT count(phone_hash) FROM call") == 0

    await wait_until(expired, what="the erasure of the hash")


async def test_a_resident_adds_to_a_report_and_withdraws_it_with_its_token_only(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("", reporter=WANG, photos=[])
    other = await driver.submit_accepted("", reporter=WANG, photos=[], location=location_in("370522001007002"))
    for each in (receipt, other):
        await driver.wait_for_status(each, "verifying")
    followed = await driver.post("", "follow", case_number=receipt["case_number"], phone_tail="1111")
    token = {"authorization": f"Bearer {followed.json()['token']}"}
    web = await driver.client_of("")
    path = "/api/intake/reports/{}/{}"
    text = {"text": "电话13900001111，晚上更臭"}
    added = await web.post(path.format(receipt["report_id"], "additions"), json=text, headers=token)
    assert added.status_code == 200
    kind, body = (await driver.events_of(receipt))[-1]
    assert (kind, "13900001111" in body["text"]) == ("information_added", False)
    for what, sent in (("additions", text), ("withdraw", {})):
        refused = await web.post(path.format(other["report_id"], what), json=sent, headers=token)
        assert refused.status_code == 404, what
    gone = await web.post(path.format(receipt["report_id"], "withdraw"), json={}, headers=token)
    assert (gone.status_code, gone.json()["possible"]) == (200, []), "no command is left"
    late = await web.post(path.format(receipt["report_id"], "additions"), json=text, headers=token)
    assert late.status_code == 409
