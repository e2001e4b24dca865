"""Merging a filed case into another, and its undoing: across intake, routing, dispatch and supervision as they are."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.chassis import http_client
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import compose as intake
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.house import House, until
from tests.support.intake import Desk, at
from tests.support.lijin import UNIT_KEYS, open_lijin
from tests.support.loop import ask, orders, supervised

VENDOR, UNLISTED = (f"GB47678-5-2026/matter/{code}" for code in ("09001", "01023"))
Case = dict[str, Any]


@pytest.fixture
async def desk(kept: House) -> Desk:
    await open_lijin(kept, intake(), ROUTING, DISPATCH, SUPERVISION)
    return Desk(kept, kept.running["intake"])


async def by_unit(desk: Desk, unit: str, path: str, **body: object) -> httpx.Response:
    """What a unit's own system says to dispatch."""
    key = {"authorization": f"Bearer {UNIT_KEYS[unit]}", "accept-language": "en"}
    async with http_client.create_client(base_url=desk.house.running["dispatch"].url, headers=key, timeout=30) as web:
        return await web.post(f"/api/dispatch/{path}", json=body)


async def told(desk: Desk, service: str, case: Case) -> list[tuple[str, dict[str, Any]]]:
    """What a service has said about a case: type without stage and version, and body."""
    rows = await desk.house.running[service].context.database.fetch(
        "SELECT type, body FROM event_store WHERE case_id = $1 ORDER BY sequence", UUID(case["case_id"])
    )
    return [(row["type"].split(".")[1], json.loads(row["body"])) for row in rows]


async def merged(desk: Desk, case: Case, host: Case) -> None:
    answer = await desk.post(
        "intake_clerk", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"]
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "attached"), answer.text


async def undone(desk: Desk, case: Case) -> None:
    answer = await desk.post("intake_clerk", f"cases/{case['case_number']}/detach", note="另一处")
    assert (answer.status_code, answer.json()["status"]) == (200, "filed"), answer.text


async def acknowledged(desk: Desk, case: Case) -> str:
    """The fire brigade was called in beside whoever leads, and has answered: its order."""
    await orders(desk, case, [("sanitation", "awaiting_signature")])
    called = await ask(
        desk, "routing", f"cases/{case['case_id']}/handover", unit_id="fire", mode="joint", asked="有明火"
    )
    assert called.status_code == 200, called.text
    found = await orders(desk, case, [("sanitation", "awaiting_signature"), ("fire", "awaiting_signature")])
    order = found[1]["dispatch_id"]
    assert (await answered(desk, order, "Ack")).status_code == 200
    await orders(desk, case, [("sanitation", "awaiting_signature"), ("fire", "handling")])
    return order


async def answered(desk: Desk, order: str, kind: str, **fields: Any) -> httpx.Response:
    """The fire brigade's platform says this about what it was handed over."""
    return await by_unit(
        desk, "fire", "handovers", id=str(uuid4()), sender={"division": "370522", "organisation": "119"},
        sent="2026-11-23T09:03:00+08:00", kind=kind, references=[order], case={"number": "119-0007"},
        handover={"accepted_by": "119 指挥中心 07 席"}, **fields,
    )  # fmt: skip


async def test_merging_takes_the_orders_back_and_undoing_it_brings_the_case_back_where_it_was(desk: Desk) -> None:
    host, case = await desk.filed(), await desk.filed(location=at("370522001003006"))
    await orders(desk, case, [("sanitation", "awaiting_signature")])
    refused = await desk.post("officer", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"])
    assert refused.status_code == 403, "an officer reports; merging is the desk's"
    merged = await desk.post(
        "intake_clerk", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"]
    )
    assert (merged.status_code, merged.json()["status"]) == (200, "attached")
    await orders(desk, case, [("sanitation", "withdrawn")])
    assert (await supervised(desk, case, "attached")).clocks == {}
    again = await desk.post("intake_clerk", f"cases/{case['case_number']}/void", note="x")
    assert again.status_code == 403, "voiding is the shift lead's"
    refusal = await desk.post("shift_lead", f"cases/{case['case_number']}/void", note="x")
    assert (refusal.status_code, refusal.json()["possible"]) == (409, ["detach", "link"])
    assert refusal.json()["title"] == "Not possible in the status “Attached”. Possible now: detach, link."

    undone = await desk.post("intake_clerk", f"cases/{case['case_number']}/detach", note="另一处")
    assert (undone.status_code, undone.json()["status"]) == (200, "filed")
    await orders(desk, case, [("sanitation", "withdrawn"), ("sanitation", "awaiting_signature")])
    state = await supervised(desk, case, "awaiting_signature")
    assert sorted(clock.name for clock in state.clocks.values()) == ["case", "handle", "sign"]
    assert (await desk.types(case)).count("case_filed") == 1
    assert (await desk.types(host))[-2:] == ["report_joined", "report_left"]


async def test_what_the_fire_brigade_acknowledged_goes_on_in_a_merged_case_and_its_result_reaches_the_host(
    desk: Desk,
) -> None:
    host, case = await desk.filed(), await desk.filed(location=at("370522001003006"))
    order = await acknowledged(desk, case)
    await merged(desk, case, host)
    await orders(desk, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    assert (await supervised(desk, case, "attached")).clocks == {}
    result = await answered(desk, order, "Result", note="明火已扑灭")
    assert (result.status_code, result.json()["status"]) == (200, "completed"), result.text
    kind, body = (await told(desk, "dispatch", host))[-1]
    assert (kind, body["note"], body["outcome"]) == ("progress_reported", "明火已扑灭", "solved")
    assert (body["merged_case_number"], body["dispatch_id"]) == (case["case_number"], order)
    assert (await told(desk, "dispatch", case))[-1][0] == "work_completed"
    assert "work_completed" not in [kind for kind, _ in await told(desk, "dispatch", host)], (
        "the host's own units go on"
    )


async def test_a_merge_undone_calls_the_fire_brigade_no_second_time(desk: Desk) -> None:
    host, case = await desk.filed(), await desk.filed(location=at("370522001003006"))
    order = await acknowledged(desk, case)
    await merged(desk, case, host)
    await orders(desk, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    await undone(desk, case)
    wanted = [("sanitation", "withdrawn"), ("fire", "handling"), ("sanitation", "awaiting_signature")]
    await orders(desk, case, wanted)
    assert (await answered(desk, order, "Result", note="已扑灭")).json()["status"] == "completed"


async def test_what_was_found_wrong_is_not_taken_from_the_fire_brigade_and_its_result_is_taken(desk: Desk) -> None:
    case = await desk.filed()
    order = await acknowledged(desk, case)
    voided = await desk.post("shift_lead", f"cases/{case['case_number']}/void", note="误报")
    assert voided.status_code == 200, voided.text
    await orders(desk, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    result = await answered(desk, order, "Result", note="到场无警情")
    assert (result.status_code, result.json()["status"]) == (200, "completed"), result.text
    assert (await supervised(desk, case, "voided")).clocks == {}


async def test_corrected_and_merged_it_goes_to_whoever_it_concerns_now_once_the_merge_is_undone(desk: Desk) -> None:
    """The former lead had signed, and kept the place safe until the new one would: both had an order, and both got it again."""
    host, case = await desk.filed(), await desk.filed(location=at("370522001003006"))
    (order,) = await orders(desk, case, [("sanitation", "awaiting_signature")])
    assert (await by_unit(desk, "sanitation", f"dispatches/{order['dispatch_id']}/sign")).status_code == 200
    told = await desk.post("intake_clerk", f"cases/{case['case_number']}/correct", category_id=VENDOR, note="占道经营")
    assert told.status_code == 200, told.text
    await orders(desk, case, [("sanitation", "handling"), ("urban-management", "awaiting_signature")])
    await merged(desk, case, host)
    await orders(desk, case, [("sanitation", "withdrawn"), ("urban-management", "withdrawn")])
    await undone(desk, case)
    again = [("sanitation", "withdrawn"), ("urban-management", "withdrawn"), ("urban-management", "awaiting_signature")]
    await orders(desk, case, again)
    await supervised(desk, case, "awaiting_signature")


async def test_once_the_lead_has_completed_no_dispatcher_names_another(desk: Desk) -> None:
    """It would have no effect: what was done is rechecked. The refusal says what can be done."""
    after = await desk.photo("sanitation", "blue", "after")
    before = await desk.photo("sanitation", "red", "before")
    case = await desk.filed()
    (order,) = await orders(desk, case, [("sanitation", "awaiting_signature")])
    told = await desk.post("intake_clerk", f"cases/{case['case_number']}/correct", category_id=UNLISTED, note="另一类")
    assert told.status_code == 200, told.text
    pool = desk.house.running["routing"].context.database

    async def known(path: str) -> bool:
        return await pool.fetchval(
            f"SELECT state #> '{{{path}}}' IS NOT NULL FROM aggregate WHERE case_id = $1", UUID(case["case_id"])
        )

    await until(lambda: known("waiting"), what="the question to the dispatcher")
    done = await by_unit(
        desk,
        "sanitation",
        f"dispatches/{order['dispatch_id']}/complete",
        outcome="solved",
        note="已清运",
        photos=[before, after],
    )
    assert done.status_code == 200, done.text
    await until(lambda: known("handled"), what="routing to hear of the completion")
    refused = await ask(
        desk, "routing", f"cases/{case['case_id']}/decision", lead="urban-management", co=[], reason="占道"
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-handled")
    assert (refused.json()["possible"], refused.json()["elsewhere"]) == (
        [],
        ["attach", "void", "correct", "claim", "close", "force-close"],
    )
    state = await supervised(desk, case, "awaiting_recheck")
    assert sorted(clock.name for clock in state.clocks.values()) == ["case", "recheck"], "nobody has to decide"
