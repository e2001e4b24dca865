"""Calls on real parts: several reports in one, none in another, the caller known again until the hash expires."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.intake.store import personal_data
from tests.support.house import House, until
from tests.support.intake import Desk, at, open_desk
from tests.support.tables import rows_of

LITTER, LAMP, SECRET = "GB47678-5-2026/matter/06010", "GB47678-5-2026/matter/01037", "LOCAL-370522/matter/15001"
WANG = {"name": "王五", "phone": "13900001111"}


@pytest.fixture
async def desk(kept: House) -> AsyncIterator[Desk]:
    found = await open_desk(kept)
    yield found
    await found.close()


async def taken(desk: Desk, **form: Any) -> dict[str, Any]:
    answer = await desk.post("hotline", "calls", **form)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def reported(desk: Desk, call: dict[str, Any], category: str = LITTER, **fields: Any) -> dict[str, Any]:
    given = {"category_id": category, "condition_id": None, "photos": [], "reporter": WANG, **fields}
    return await desk.accepted("hotline", call_id=call["id"], **given)


async def links(desk: Desk, receipt: dict[str, Any]) -> set[str]:
    return {link.number for link in (await desk.state(receipt)).links if link.relation == "related"}


async def test_the_reports_of_one_call_know_of_each_other(desk: Desk) -> None:
    """Situation 28, as intake sees it."""
    call = await taken(desk, call_ref="acd-1", phone=WANG["phone"])
    first, second = await reported(desk, call), await reported(desk, call, LAMP)

    async def linked() -> bool:
        return await links(desk, first) == {second["case_number"]} and await links(desk, second) == {
            first["case_number"]
        }

    await until(linked, what="the two to know of each other")
    seen = (await (await desk.as_("hotline")).get(f"/api/intake/calls/{call['id']}")).json()
    assert [each["case_number"] for each in seen["reports"]] == [first["case_number"], second["case_number"]]


@pytest.mark.parametrize("hidden", [{"request_type": "tip"}, {"category": SECRET}], ids=["tip", "confidential"])
async def test_what_is_told_in_confidence_is_not_known_by_the_call(desk: Desk, hidden: dict[str, Any]) -> None:
    call = await taken(desk)
    secret, open_one = await reported(desk, call, **hidden), await reported(desk, call, LAMP)

    async def triaged() -> bool:
        return all([(await desk.state(each)).status not in ("", "reported") for each in (secret, open_one)])

    await until(triaged, what="both to be triaged")
    assert await links(desk, secret) == await links(desk, open_one) == set()
    seen = (await (await desk.as_("hotline")).get(f"/api/intake/calls/{call['id']}")).json()
    assert [each["case_number"] for each in seen["reports"]] == [open_one["case_number"]]


async def test_a_call_without_a_case_is_counted_by_what_came_of_it(desk: Desk) -> None:
    now = desk.house.now()
    for result in ("answered", "answered", "silent"):
        call = await taken(desk)
        body = {"result": result, "knowledge_id": "heating-start" if result == "answered" else None}
        ended = await desk.post("hotline", f"calls/{call['id']}/end", **body)
        assert (ended.status_code, ended.json()["result"]) == (200, result)
        again = await desk.post("hotline", f"calls/{call['id']}/end", result="nuisance")
        assert again.json()["result"] == result, "the first word counts"
    await reported(desk, await taken(desk))
    await taken(desk)
    web, period = (
        await desk.as_("shift_lead"),
        {"since": now.isoformat(), "until": (now + timedelta(hours=1)).isoformat()},
    )
    figures = (await web.get("/api/intake/calls/figures", params=period)).json()["results"]
    assert figures == {"answered": 2, "silent": 1, "reported": 1, "open": 1}
    [row] = await rows_of(web, "/api/intake/calls/ledger")
    told = {
        key: row[key]
        for key in ("Number called", "Calls", "Calls with a report", "Reports", "Answered", "No result yet")
    }
    assert (row["Desk"], len(row["Account"])) == ("12345坐席1", 36)
    assert told == {
        "Number called": "12345", "Calls": "5", "Calls with a report": "1", "Reports": "1", "Answered": "2",
        "No result yet": "1",
    }  # fmt: skip


async def test_a_call_that_was_not_taken_or_an_article_that_is_not_there_is_refused(desk: Desk) -> None:
    assert (await desk.post("hotline", f"calls/{uuid4()}/end", result="silent")).status_code == 404
    unknown = await desk.report("hotline", category_id=LITTER, photos=[], call_id=str(uuid4()))
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/call-unknown")
    call = await taken(desk)
    assert (
        await desk.post("hotline", f"calls/{call['id']}/end", result="answered", knowledge_id="–")
    ).status_code == 422
    by_resident = await desk.report("", category_id=LITTER, photos=[], call_id=call["id"])
    assert by_resident.status_code == 403, "only the hotline says in which call"


async def test_a_caller_is_known_again_until_the_hash_expires(desk: Desk) -> None:
    receipt = await reported(desk, await taken(desk, phone=WANG["phone"]))
    again = await taken(desk, phone="139 0000 1111")
    assert [each["case_number"] for each in again["older"]] == [receipt["case_number"]]
    database, context = desk.intake.context.database, desk.intake.context
    reasons = [row["reason"] for row in await database.fetch("SELECT reason FROM reveal WHERE what = 'phone_lookup'")]
    assert len(reasons) == 2, "each look is logged"
    for row in await database.fetch("SELECT call::text AS t FROM call"):
        assert "00001111" not in row["t"]
    desk.house.shift_clock(days=181)

    async def expired() -> bool:
        await personal_data.erase_due(database, context.clock.now())
        return await database.fetchval("SELECT count(phone_hash) FROM call") == 0

    await until(expired, what="the hash to go")


async def test_a_resident_adds_to_a_report_and_takes_it_back_with_its_token_only(desk: Desk) -> None:
    receipt = await desk.accepted("", reporter=WANG, photos=[])
    other = await desk.accepted("", reporter=WANG, photos=[], location=at("370522001007002"))
    for each in (receipt, other):
        await desk.until(each, "verifying")
    followed = await desk.post("", "follow", case_number=receipt["case_number"], phone_tail="1111")
    token = {"authorization": f"Bearer {followed.json()['token']}"}
    web = await desk.as_("")
    path = "/api/intake/reports/{}/{}"
    text = {"text": "电话13900001111，晚上更臭"}
    added = await web.post(path.format(receipt["report_id"], "additions"), json=text, headers=token)
    assert added.status_code == 200
    kind, body = (await desk.told(receipt))[-1]
    assert (kind, "13900001111" in body["text"]) == ("information_added", False)
    for what, sent in (("additions", text), ("withdraw", {})):
        refused = await web.post(path.format(other["report_id"], what), json=sent, headers=token)
        assert refused.status_code == 404, what
    gone = await web.post(path.format(receipt["report_id"], "withdraw"), json={}, headers=token)
    assert (gone.status_code, gone.json()["possible"]) == (200, []), "nothing is left to do with it"
    late = await web.post(path.format(receipt["report_id"], "additions"), json=text, headers=token)
    assert late.status_code == 409
