"""Merging of a filed case into another and undoing it, with intake, routing, dispatch and supervision."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.chassis import http_client
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.handovers import answer_of_fire_brigade
from tests.support.installation import Installation
from tests.support.intake_driver import IntakeDriver, location_in
from tests.support.other_services import post_as_dispatcher, wait_for_dispatches, wait_for_supervised_case
from tests.support.sample_district import UNIT_KEYS, start_with_sample_district
from tests.support.waiting import wait_until

VENDOR, UNLISTED = (f"GB47678-5-2026/matter/{code}" for code in ("09001", "01023"))
Case = dict[str, Any]


@pytest.fixture
async def driver(shared_installation: Installation) -> IntakeDriver:
    await start_with_sample_district(shared_installation, INTAKE, ROUTING, DISPATCH, SUPERVISION)
    return IntakeDriver(shared_installation, shared_installation.running["intake"])


async def post_as_unit(driver: IntakeDriver, unit: str, path: str, **body: object) -> httpx.Response:
    """Send a command to dispatch with the key of a unit."""
    key = {"authorization": f"Bearer {UNIT_KEYS[unit]}", "accept-language": "en"}
    async with http_client.create_client(
        base_url=driver.installation.running["dispatch"].url, headers=key, timeout=30
    ) as web:
        return await web.post(f"/api/dispatch/{path}", json=body)


async def events_at(driver: IntakeDriver, service: str, case: Case) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of a service about a case: type without stage and version, and body."""
    rows = await driver.installation.running[service].context.database.fetch(
        "SELECT type, body FROM event_store WHERE case_id = $1 ORDER BY sequence", UUID(case["case_id"])
    )
    return [(row["type"].split(".")[1], json.loads(row["body"])) for row in rows]


async def merge(driver: IntakeDriver, case: Case, host: Case) -> None:
    """Merge a case into its host."""
    answer = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"]
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "attached"), answer.text


async def undo_merge(driver: IntakeDriver, case: Case) -> None:
    """Undo the merge of a case."""
    answer = await driver.post("intake_clerk", f"cases/{case['case_number']}/detach", note="另一处")
    assert (answer.status_code, answer.json()["status"]) == (200, "filed"), answer.text


async def call_fire_brigade(driver: IntakeDriver, case: Case) -> str:
    """Hand a case over to the fire brigade as well, which acknowledges it. Return its dispatch."""
    await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    called = await post_as_dispatcher(
        driver, "routing", f"cases/{case['case_id']}/handover", unit_id="fire", mode="joint", instructions="有明火"
    )
    assert called.status_code == 200, called.text
    found = await wait_for_dispatches(
        driver, case, [("sanitation", "awaiting_signature"), ("fire", "awaiting_signature")]
    )
    order = found[1]["dispatch_id"]
    assert (await answer_as_fire_brigade(driver, order, "Ack")).status_code == 200
    await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature"), ("fire", "handling")])
    return order


async def answer_as_fire_brigade(driver: IntakeDriver, order: str, kind: str, **fields: Any) -> httpx.Response:
    """Send an answer of the fire brigade's platform."""
    return await post_as_unit(driver, "fire", "handovers", **answer_of_fire_brigade(order, kind, **fields))


async def test_a_merge_withdraws_the_dispatches_and_undoing_it_dispatches_again(
    driver: IntakeDriver,
) -> None:
    host, case = await driver.file_case(), await driver.file_case(location=location_in("370522001003006"))
    await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    refused = await driver.post("officer", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"])
    assert refused.status_code == 403, "an officer may not merge"
    merged = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"]
    )
    assert (merged.status_code, merged.json()["status"]) == (200, "attached")
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn")])
    assert (await wait_for_supervised_case(driver, case, "attached")).clocks == {}
    again = await driver.post("intake_clerk", f"cases/{case['case_number']}/void", note="x")
    assert again.status_code == 403, "only the shift lead may void"
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


async def test_an_acknowledged_hand_over_of_a_merged_case_continues_and_its_result_reaches_the_host(
    driver: IntakeDriver,
) -> None:
    host, case = await driver.file_case(), await driver.file_case(location=location_in("370522001003006"))
    order = await call_fire_brigade(driver, case)
    await merge(driver, case, host)
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    assert (await wait_for_supervised_case(driver, case, "attached")).clocks == {}
    result = await answer_as_fire_brigade(driver, order, "Result", note="明火已扑灭")
    assert (result.status_code, result.json()["status"]) == (200, "completed"), result.text
    kind, body = (await events_at(driver, "dispatch", host))[-1]
    assert (kind, body["note"], body["outcome"]) == ("progress_reported", "明火已扑灭", "solved")
    assert (body["merged_case_number"], body["dispatch_id"]) == (case["case_number"], order)
    assert (await events_at(driver, "dispatch", case))[-1][0] == "work_completed"
    assert "work_completed" not in [kind for kind, _ in await events_at(driver, "dispatch", host)], (
        "the units of the host continue"
    )


async def test_undoing_a_merge_does_not_hand_the_case_over_again(driver: IntakeDriver) -> None:
    host, case = await driver.file_case(), await driver.file_case(location=location_in("370522001003006"))
    order = await call_fire_brigade(driver, case)
    await merge(driver, case, host)
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    await undo_merge(driver, case)
    wanted = [("sanitation", "withdrawn"), ("fire", "handling"), ("sanitation", "awaiting_signature")]
    await wait_for_dispatches(driver, case, wanted)
    assert (await answer_as_fire_brigade(driver, order, "Result", note="已扑灭")).json()["status"] == "completed"


async def test_the_hand_over_of_a_voided_case_continues_and_its_result_is_accepted(
    driver: IntakeDriver,
) -> None:
    case = await driver.file_case()
    order = await call_fire_brigade(driver, case)
    voided = await driver.post("shift_lead", f"cases/{case['case_number']}/void", note="误报")
    assert voided.status_code == 200, voided.text
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("fire", "handling")])
    result = await answer_as_fire_brigade(driver, order, "Result", note="到场无警情")
    assert (result.status_code, result.json()["status"]) == (200, "completed"), result.text
    assert (await wait_for_supervised_case(driver, case, "voided")).clocks == {}


async def test_undoing_the_merge_of_a_corrected_case_dispatches_to_the_new_unit_only(
    driver: IntakeDriver,
) -> None:
    """Before the merge both units have a dispatch: the former lead keeps the place safe until the new one signs."""
    host, case = await driver.file_case(), await driver.file_case(location=location_in("370522001003006"))
    (order,) = await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    assert (await post_as_unit(driver, "sanitation", f"dispatches/{order['dispatch_id']}/sign")).status_code == 200
    corrected = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/correct", category_id=VENDOR, note="占道经营"
    )
    assert corrected.status_code == 200, corrected.text
    await wait_for_dispatches(driver, case, [("sanitation", "handling"), ("urban-management", "awaiting_signature")])
    await merge(driver, case, host)
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("urban-management", "withdrawn")])
    await undo_merge(driver, case)
    again = [("sanitation", "withdrawn"), ("urban-management", "withdrawn"), ("urban-management", "awaiting_signature")]
    await wait_for_dispatches(driver, case, again)
    await wait_for_supervised_case(driver, case, "awaiting_signature")


async def test_no_other_lead_can_be_named_after_the_completion(driver: IntakeDriver) -> None:
    """The refusal lists the possible commands."""
    after = await driver.photo("sanitation", "blue", "after")
    before = await driver.photo("sanitation", "red", "before")
    case = await driver.file_case()
    (order,) = await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    corrected = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/correct", category_id=UNLISTED, note="另一类"
    )
    assert corrected.status_code == 200, corrected.text
    pool = driver.installation.running["routing"].context.database

    async def known(path: str) -> bool:
        return await pool.fetchval(
            f"SELECT state #> '{{{path}}}' IS NOT NULL FROM aggregate WHERE case_id = $1", UUID(case["case_id"])
        )

    await wait_until(lambda: known("waiting"), what="the question to the dispatcher")
    done = await post_as_unit(
        driver,
        "sanitation",
        f"dispatches/{order['dispatch_id']}/complete",
        outcome="solved",
        note="已清运",
        photos=[before, after],
    )
    assert done.status_code == 200, done.text
    await wait_until(lambda: known("handled"), what="the completion at routing")
    refused = await post_as_dispatcher(
        driver, "routing", f"cases/{case['case_id']}/decision", lead="urban-management", co=[], reason="占道"
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-handled")
    assert (refused.json()["possible"], refused.json()["elsewhere"]) == (
        [],
        ["attach", "void", "correct", "claim", "close", "force-close"],
    )
    state = await wait_for_supervised_case(driver, case, "awaiting_recheck")
    assert sorted(clock.name for clock in state.clocks.values()) == ["case", "recheck"], "no clock waits for a decision"
