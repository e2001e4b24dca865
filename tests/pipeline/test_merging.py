"""Merging a filed case into another, and its undoing: across intake, routing, dispatch and supervision as they are."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.chassis import http_client
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver, location_in
from tests.support.other_services import post_as_dispatcher, wait_for_dispatches, wait_for_supervised_case
from tests.support.sample_district import UNIT_KEYS, start_with_sample_district

VENDOR, UNLISTED = (f"GB47678-5-2026/matter/{code}" for code in ("09001", "01023"))
Case = dict[str, Any]


@pytest.fixture
async def driver(shared_installation: Installation) -> IntakeDriver:
    await start_with_sample_district(shared_installation, INTAKE, ROUTING, DISPATCH, SUPERVISION)
    return IntakeDriver(shared_installation, shared_installation.running["intake"])


async def by_unit(driver: IntakeDriver, unit: str, path: str, **body: object) -> httpx.Response:
    """What a unit's own system says to dispatch."""
    key = {"authorization": f"Bearer {UNIT_KEYS[unit]}", "accept-language": "en"}
    async with http_client.create_client(
        base_url=driver.installation.running["dispatch"].url, headers=key, timeout=30
    ) as web:
        return await web.post(f"/api/dispatch/{path}", json=body)


async def told(driver: IntakeDriver, service: str, case: Case) -> list[tuple[str, dict[str, Any]]]:
    """What a service has said about a case: type without stage and version, and body."""
    rows = await driver.installation.running[service].context.database.fetch(
        "SELECT type, body FROM event_store WHERE case_id = $1 ORDER BY sequence", UUID(case["case_id"])
    )
    return [(row["type"].split(".")[1], json.loads(row["body"])) for row in rows]


async def merged(driver: IntakeDriver, case: Case, host: Case) -> None:
    answer = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"]
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "attached"), answer.text


async def undone(driver: IntakeDriver, case: Case) -> None:
    answer = await driver.post("intake_clerk", f"cases/{case['case_number']}/detach", note="另一处")
    assert (answer.status_code, answer.json()["status"]) == (200, "filed"), answer.text


async def acknowledged(driver: IntakeDriver, case: Case) -> str:
    """The fire brigade was called in beside whoever leads, and has answered: its order."""
    await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    called = await post_as_dispatcher(
        driver, "routing", f"cases/{case['case_id']}/handover", unit_id="fire", mode="joint", instructions="有明火"
    )
    assert called.status_code == 200, called.text
    found = await wait_for_dispatches(
        driver, case, [("sanitation", "awaiting_signature"), ("fire", "awaiting_signature")]
    )
    order = found[1]["dispatch_id"]
    assert (await answered(driver, order, "Ack")).status_code == 200
    await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature"), ("fire", "handling")])
    return order


async def answered(driver: IntakeDriver, order: str, kind: str, **fields: Any) -> httpx.Response:
    """The fire brigade's platform says this about what it was handed over."""
    return await by_unit(
        driver,
        "fire",
        "handovers",
        id=str(uuid4()),
        sender={"division": "370522", "organisation": "119"},
        sent="2026-11-23T09:03:00+08:00",
        kind=kind,
        references=[order],
        case={"number": "119-0007"},
        handover={"accepted_by": "119 指挥中心 07 席"},
        **fields,
    )


async def test_merging_takes_the_orders_back_and_undoing_it_brings_the_case_back_where_it_was(
    driver: IntakeDriver,
) -> None:
    host, case = await driver.file_case(), await driver.file_case(location=location_in("370522001003006"))
    await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    refused = await driver.post("officer", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"])
    assert refused.status_code == 403, "an officer reports; merging is the desk's"
    merged = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"]
    )
    assert (merged.status_code, merged.json()["status"]) == (200, "attached")
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn")])
    assert (await wait_for_supervised_case(driver, case, "attached")).clocks == {}
    again = await driver.post("intake_clerk", f"cases/{case['case_number']}/void", note="x")
    assert again.status_code == 403, "voiding is the shift lead's"
    refusal = await driver.post("shift_lead", f"cases/{case['case_number']}/void", note="x")
    assert (refusal.status_code, refusal.json()["possible"]) == (409, ["detach", "link"])
    assert refusal.json()["title"] == "Not possible in the status “Attached”. Possible now: detach, link."

    undone = await driver.post("intake_clerk", f"cases/{case['case_number']}/detach", note="另一处")
    assert (undone.status_code, undone.json()["status"]) == (200, "filed")
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("sanitation", "awaiting_signature")])
    state = await wait_for_supervised_case(driver, case, "awaiting_signature")
    assert sorted(clock.name for clock in state.clocks.values()) == ["case", "handle", "sign"]
    assert (await driver.types(case)).count("case_filed") == 1
    assert (await driver.types(host))[-2:] == ["report_joined", "report_left"]


async def test_what_the_fire_brigade_acknowledged_goes_on_in_a_merged_case_and_its_result_reaches_the_host(
    driver: IntakeDriver,
) -> None:
    host, case = await driver.file_case(), await driver.file_case(location=location_in("370522001003006"))
    order = await acknowledged(driver, case)
    await merged(driver, case, host)
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    assert (await wait_for_supervised_case(driver, case, "attached")).clocks == {}
    result = await answered(driver, order, "Result", note="明火已扑灭")
    assert (result.status_code, result.json()["status"]) == (200, "completed"), result.text
    kind, body = (await told(driver, "dispatch", host))[-1]
    assert (kind, body["note"], body["outcome"]) == ("progress_reported", "明火已扑灭", "solved")
    assert (body["merged_case_number"], body["dispatch_id"]) == (case["case_number"], order)
    assert (await told(driver, "dispatch", case))[-1][0] == "work_completed"
    assert "work_completed" not in [kind for kind, _ in await told(driver, "dispatch", host)], (
        "the host's own units go on"
    )


async def test_a_merge_undone_calls_the_fire_brigade_no_second_time(driver: IntakeDriver) -> None:
    host, case = await driver.file_case(), await driver.file_case(location=location_in("370522001003006"))
    order = await acknowledged(driver, case)
    await merged(driver, case, host)
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    await undone(driver, case)
    wanted = [("sanitation", "withdrawn"), ("fire", "handling"), ("sanitation", "awaiting_signature")]
    await wait_for_dispatches(driver, case, wanted)
    assert (await answered(driver, order, "Result", note="已扑灭")).json()["status"] == "completed"


async def test_what_was_found_wrong_is_not_taken_from_the_fire_brigade_and_its_result_is_taken(
    driver: IntakeDriver,
) -> None:
    case = await driver.file_case()
    order = await acknowledged(driver, case)
    voided = await driver.post("shift_lead", f"cases/{case['case_number']}/void", note="误报")
    assert voided.status_code == 200, voided.text
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    result = await answered(driver, order, "Result", note="到场无警情")
    assert (result.status_code, result.json()["status"]) == (200, "completed"), result.text
    assert (await wait_for_supervised_case(driver, case, "voided")).clocks == {}


async def test_corrected_and_merged_it_goes_to_whoever_it_concerns_now_once_the_merge_is_undone(
    driver: IntakeDriver,
) -> None:
    """The former lead had signed, and kept the place safe until the new one would: both had an order, and both got it
    again.
    """
    host, case = await driver.file_case(), await driver.file_case(location=location_in("370522001003006"))
    (order,) = await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    assert (await by_unit(driver, "sanitation", f"dispatches/{order['dispatch_id']}/sign")).status_code == 200
    told = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/correct", category_id=VENDOR, note="占道经营"
    )
    assert told.status_code == 200, told.text
    await wait_for_dispatches(driver, case, [("sanitation", "handling"), ("urban-management", "awaiting_signature")])
    await merged(driver, case, host)
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("urban-management", "withdrawn")])
    await undone(driver, case)
    again = [("sanitation", "withdrawn"), ("urban-management", "withdrawn"), ("urban-management", "awaiting_signature")]
    await wait_for_dispatches(driver, case, again)
    await wait_for_supervised_case(driver, case, "awaiting_signature")


async def test_once_the_lead_has_completed_no_dispatcher_names_another(driver: IntakeDriver) -> None:
    """It would have no effect: what was done is rechecked. The refusal says what can be done."""
    after = await driver.photo("sanitation", "blue", "after")
    before = await driver.photo("sanitation", "red", "before")
    case = await driver.file_case()
    (order,) = await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    told = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/correct", category_id=UNLISTED, note="另一类"
    )
    assert told.status_code == 200, told.text
    pool = driver.installation.running["routing"].context.database

    async def known(path: str) -> bool:
        return await pool.fetchval(
            f"SELECT state #> '{{{path}}}' IS NOT NULL FROM aggregate WHERE case_id = $1", UUID(case["case_id"])
        )

    await wait_until(lambda: known("waiting"), what="the question to the dispatcher")
    done = await by_unit(
        driver,
        "sanitation",
        f"dispatches/{order['dispatch_id']}/complete",
        outcome="solved",
        note="已清运",
        photos=[before, after],
    )
    assert done.status_code == 200, done.text
    await wait_until(lambda: known("handled"), what="routing to hear of the completion")
    refused = await post_as_dispatcher(
        driver, "routing", f"cases/{case['case_id']}/decision", lead="urban-management", co=[], reason="占道"
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-handled")
    assert (refused.json()["possible"], refused.json()["elsewhere"]) == (
        [],
        ["attach", "void", "correct", "claim", "close", "force-close"],
    )
    state = await wait_for_supervised_case(driver, case, "awaiting_recheck")
    assert sorted(clock.name for clock in state.clocks.values()) == ["case", "recheck"], "nobody has to decide"
