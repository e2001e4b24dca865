"""What was filed is put right, across intake, routing, dispatch and supervision as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.supervision.domain.evaluation.scored_case import ScoredCase
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver
from tests.support.other_services import post_as_dispatcher, wait_for_dispatches, wait_for_supervised_case
from tests.support.sample_district import start_with_sample_district

LITTER, VENDOR, UNLISTED = (f"GB47678-5-2026/matter/{code}" for code in ("06010", "09001", "01023"))


@pytest.fixture
async def driver(shared_installation: Installation) -> IntakeDriver:
    await start_with_sample_district(shared_installation, INTAKE, ROUTING, DISPATCH, SUPERVISION)
    return IntakeDriver(shared_installation, shared_installation.running["intake"])


async def test_sent_back_to_the_desk_it_is_filed_anew_and_finds_its_unit(driver: IntakeDriver) -> None:
    """退回受理: the number stays, the promise runs on, the desk's and then command's minutes begin."""
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


async def test_given_back_because_the_filing_condition_is_not_met_it_comes_before_the_desk(
    driver: IntakeDriver,
) -> None:
    """Accepting the return is the decision: the desk reads what the unit said, command's minutes end, nobody else is
    asked.
    """
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


async def test_corrected_while_it_is_handled_another_unit_gets_it_and_the_former_one_is_let_go(
    driver: IntakeDriver,
) -> None:
    """更正: who has signed keeps it until the other has."""
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

    async def only_the_other_owes() -> ScoredCase | None:
        found = await wait_for_supervised_case(driver, case, "handling")
        owed = [(clock.name, clock.unit_id) for clock in found.clocks.values() if clock.unit_id]
        return found if owed == [("handle", "urban-management")] else None

    seen: ScoredCase = await wait_until(only_the_other_owes, what="the clock of the other unit alone")
    assert seen.filed_case is not None
    assert seen.filed_case.category_id == VENDOR
    too_late = await post_as_dispatcher(
        driver, "routing", f"cases/{case['case_id']}/send-back", reason="unclear", note="…"
    )
    assert (too_late.status_code, too_late.json()["type"]) == (409, "/problems/nothing-to-decide")


async def test_a_part_is_split_off_goes_its_own_way_and_comes_back(driver: IntakeDriver) -> None:
    """拆分: near as it is, it is not taken for the case it came from; the reporter of both is kept for both."""
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


async def test_work_is_not_proved_by_a_photo_that_nobody_has_uploaded_nor_by_the_reporters_own(
    driver: IntakeDriver,
) -> None:
    """Whoever rechecks by photo would look at nothing, or at the heap as it was before."""
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
    assert (await completed(near))[0] == 422, "what the reporter had sent proves nothing"
    assert await completed(after) == (200, "")
