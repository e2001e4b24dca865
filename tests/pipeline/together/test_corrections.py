"""Corrections of filed cases, with intake, routing, dispatch and supervision."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.supervision.domain.evaluation.scored_case import ScoredCase
from tests.support.installation import Installation
from tests.support.intake_driver import IntakeDriver
from tests.support.other_services import post_as_dispatcher, wait_for_dispatches, wait_for_supervised_case
from tests.support.sample_district import start_with_sample_district
from tests.support.waiting import wait_until

LITTER, VENDOR, UNLISTED = (f"GB47678-5-2026/matter/{code}" for code in ("06010", "09001", "01023"))


@pytest.fixture
async def driver(shared_installation: Installation) -> IntakeDriver:
    await start_with_sample_district(shared_installation, INTAKE, ROUTING, DISPATCH, SUPERVISION)
    return IntakeDriver(shared_installation, shared_installation.running["intake"])


async def test_a_case_sent_back_to_the_desk_is_filed_again_and_dispatched(driver: IntakeDriver) -> None:
    """退回受理: the case keeps number and deadline; the clocks of the desk and then of the command stage start."""
    case = await driver.file_case(category_id=UNLISTED, condition_id="01023-1")
    before = await wait_for_supervised_case(driver, case, "awaiting_dispatch")
    about = {"reason": "wrong_category", "note": "照片上是垃圾"}

    async def sent() -> httpx.Response | None:
        answer = await post_as_dispatcher(driver, "routing", f"cases/{case['case_id']}/send-back", **about)
        return None if answer.status_code == 404 else answer

    answer: httpx.Response = await wait_until(sent, what="the case at routing")
    assert answer.status_code == 200, answer.text
    state = await driver.wait_for_status(case, "awaiting_filing")
    assert state.sent_back_to_desk is not None
    assert state.sent_back_to_desk.note == "照片上是垃圾"
    seen = await wait_for_supervised_case(driver, case, "awaiting_filing")
    assert sorted(clock.name for clock in seen.clocks.values()) == ["case", "file"]
    filed = await driver.post("intake_clerk", f"cases/{case['case_number']}/file", category_id=LITTER)
    assert (filed.status_code, filed.json()["status"]) == (200, "filed"), filed.text
    await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    after = await wait_for_supervised_case(driver, case, "awaiting_signature")
    assert sorted(clock.name for clock in after.clocks.values()) == ["case", "handle", "sign"]
    assert (after.case_number, after.filed_at) == (case["case_number"], before.filed_at)
    promised = next(clock for clock in after.clocks.values() if clock.name == "case")
    assert promised.started_at == after.registered_at


async def test_a_dispatch_returned_for_a_missing_filing_condition_sends_the_case_to_the_desk(
    driver: IntakeDriver,
) -> None:
    """The desk reads the notes of the return, and no other decision is needed."""
    case = await driver.file_case()
    (order,) = await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    about, path = {"reason": "conditions_missing", "note": "垃圾在红线内"}, f"dispatches/{order['dispatch_id']}"
    assert (await post_as_dispatcher(driver, "dispatch", f"{path}/request-return", **about)).status_code == 200
    assert (await post_as_dispatcher(driver, "dispatch", f"{path}/accept-return", note="属实")).status_code == 200
    state = await driver.wait_for_status(case, "awaiting_filing")
    assert state.sent_back_to_desk is not None
    assert (state.sent_back_to_desk.reason, state.sent_back_to_desk.note) == (
        "conditions_missing",
        "垃圾在红线内；属实",
    )
    seen = await wait_for_supervised_case(driver, case, "awaiting_filing")
    assert sorted(clock.name for clock in seen.clocks.values()) == ["case", "file"]
    filed = await driver.post("intake_clerk", f"cases/{case['case_number']}/file", category_id=LITTER)
    assert (filed.status_code, filed.json()["status"]) == (200, "filed"), filed.text
    await wait_for_dispatches(driver, case, [("sanitation", "returned"), ("sanitation", "awaiting_signature")])


async def test_a_corrected_case_is_dispatched_to_another_unit_and_withdrawn_from_the_former(
    driver: IntakeDriver,
) -> None:
    """更正: the former unit keeps its dispatch until the other one has signed."""
    case = await driver.file_case()
    (order,) = await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    phoned = {"by_phone": {"contact": "值班室", "at": datetime.now(UTC).isoformat()}}
    assert (
        await post_as_dispatcher(driver, "dispatch", f"dispatches/{order['dispatch_id']}/sign", **phoned)
    ).status_code == 200
    await wait_for_dispatches(driver, case, [("sanitation", "handling")])
    refused = await driver.post("officer", f"cases/{case['case_number']}/correct", category_id=VENDOR, note="占道经营")
    assert refused.status_code == 403
    told = await driver.post(
        "intake_clerk", f"cases/{case['case_number']}/correct", category_id=VENDOR, note="占道经营"
    )
    assert (told.status_code, told.json()["category"]["id"]) == (200, VENDOR), told.text
    _, second = await wait_for_dispatches(
        driver, case, [("sanitation", "handling"), ("urban-management", "awaiting_signature")]
    )
    await post_as_dispatcher(driver, "dispatch", f"dispatches/{second['dispatch_id']}/sign", **phoned)
    await wait_for_dispatches(driver, case, [("sanitation", "withdrawn"), ("urban-management", "handling")])

    async def clock_of_new_unit() -> ScoredCase | None:
        found = await wait_for_supervised_case(driver, case, "handling")
        clocks = [(clock.name, clock.unit_id) for clock in found.clocks.values() if clock.unit_id]
        return found if clocks == [("handle", "urban-management")] else None

    seen: ScoredCase = await wait_until(clock_of_new_unit, what="only the clock of the new unit")
    assert seen.filed_case is not None
    assert seen.filed_case.category_id == VENDOR
    too_late = await post_as_dispatcher(
        driver, "routing", f"cases/{case['case_id']}/send-back", reason="unclear", note="…"
    )
    assert (too_late.status_code, too_late.json()["type"]) == (409, "/problems/nothing-to-decide")


async def test_a_split_part_is_a_case_of_its_own_and_can_be_joined_again(driver: IntakeDriver) -> None:
    """拆分: the part is not attached to the case it came from. The contact of the reporter is stored for both."""
    case = await driver.file_case(reporter={"name": "王某", "phone": "13800000000", "feedback_wanted": True})
    path = f"cases/{case['case_number']}"
    about = {"description": "旁边还有一堆", "category_id": LITTER, "condition_id": "06010-1", "note": "两处"}
    made = await driver.post("intake_clerk", f"{path}/split", **about)
    assert (made.status_code, made.json()["status"]) == (201, "reported"), made.text
    part = made.json()
    await driver.wait_for_status(part, "awaiting_filing")
    pool = driver.intake.context.database
    assert await pool.fetchval("SELECT count(*) FROM reporter WHERE phone_hash IS NOT NULL") == 2
    assert (await driver.types(case))[-2:] == ["case_split", "case_linked"]
    filed = await driver.post("intake_clerk", f"cases/{part['case_number']}/file", category_id=LITTER)
    assert filed.json()["status"] == "filed", filed.text
    await wait_for_dispatches(driver, part, [("sanitation", "awaiting_signature")])
    back = await driver.post("intake_clerk", f"cases/{part['case_number']}/unsplit", note="同一堆")
    assert (back.status_code, back.json()["attached_to"]) == (200, case["case_id"]), back.text
    await wait_for_dispatches(driver, part, [("sanitation", "withdrawn")])
    await wait_for_supervised_case(driver, part, "attached")
    refused = await driver.post("intake_clerk", f"{path}/unsplit", note="…")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-possible-now")


async def test_evidence_must_be_uploaded_and_not_be_a_photo_of_the_report(
    driver: IntakeDriver,
) -> None:
    near, before = await driver.photo(), await driver.photo("dispatcher", "red", "before")
    after = await driver.photo("dispatcher", "blue", "after")
    case = await driver.file_case()
    (order,) = await wait_for_dispatches(driver, case, [("sanitation", "awaiting_signature")])
    path, said = f"dispatches/{order['dispatch_id']}/complete", {"outcome": "solved", "note": "已清运"}

    async def completed(photo: dict[str, str]) -> tuple[int, str]:
        answer = await post_as_dispatcher(driver, "dispatch", path, **said, photos=[before, {**photo, "role": "after"}])
        return answer.status_code, answer.json().get("title", "")

    nowhere = "f" * 64
    assert await completed({"sha256": nowhere}) == (422, f"Upload the photos first. Missing: {nowhere}.")
    assert (await completed(near))[0] == 422, "a photo of the report is no evidence"
    assert await completed(after) == (200, "")
