"""Additions, withdrawals and recorded contacts of reporters, by themselves, the hotline or a unit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from contracts.events.command import CaseDispatched
from services.intake.store import photos as store
from tests.support.intake_driver import IntakeDriver
from tests.support.sample_district import CONFIDENTIAL_CATEGORY
from tests.support.waiting import wait_until

WANG = {"name": "王五", "phone": "13900001111", "feedback_wanted": True}


async def verifying(driver: IntakeDriver, who: str = "", **fields: Any) -> dict[str, Any]:
    """Submit a report that is being verified and not filed yet."""
    receipt = await driver.submit_accepted(who, photos=[], **{"reporter": WANG, **fields})
    await driver.wait_for_status(receipt, "verifying")
    return receipt


async def send(driver: IntakeDriver, who: str, receipt: dict[str, Any], what: str, key: str = "", **body: Any) -> Any:
    """Send a command about a report, with this idempotency key or none."""
    headers = {"idempotency-key": key} if key else None
    path = f"/api/intake/reports/{receipt['report_id']}/{what}"
    return await (await driver.client_of(who)).post(path, json=body, headers=headers)


def problem(answer: Any) -> tuple[int, str]:
    """Return status and problem type."""
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


async def test_an_addition_to_an_attached_report_reaches_the_host(driver: IntakeDriver) -> None:
    """It is published once for the host as well, without the phone number."""
    host = await driver.file_case()
    case = await driver.submit_accepted("", photos=[], reporter=WANG)
    assert str((await driver.wait_for_status(case, "attached")).attached_to) == host["case_id"]
    key, text = str(uuid4()), "电话13900001111，晚上更臭"
    for _ in range(2):
        assert (await send(driver, "hotline", case, "additions", key, text=text)).status_code == 200
    for each in (case, host):
        added = [body for kind, body in await driver.events_of(each) if kind == "information_added"]
        assert [(body["report_id"], "13900001111" in body["text"]) for body in added] == [(case["report_id"], False)]


async def test_rule_1_a_repeated_addition_gets_its_response_after_its_photo_was_erased(driver: IntakeDriver) -> None:
    receipt, photos = await verifying(driver), [await driver.photo("hotline", "olive")]
    first = await send(driver, "hotline", receipt, "additions", "added", text="见照片", photos=photos)
    await store.record_deletion(driver.intake.context.database, photos[0]["sha256"])
    again = await send(driver, "hotline", receipt, "additions", "added", text="见照片", photos=photos)
    assert (again.status_code, again.content) == (200, first.content)
    other = await send(driver, "hotline", receipt, "additions", "another", text="见照片", photos=photos)
    assert problem(other) == (422, "photos-missing")


async def test_only_the_sender_or_the_desk_may_add_to_a_report(driver: IntakeDriver) -> None:
    """The upstream platform may add to its own order. The desk of another street and other officers may not."""
    own, order = (
        await driver.file_case(),
        await driver.submit_accepted("upstream", category_id=None, condition_id=None, photos=[]),
    )
    photo = await driver.photo("officer", "red")
    added = await send(driver, "officer", own, "additions", text="又多了", photos=[photo])
    assert (added.status_code, (await driver.events_of(own))[-1][1]["photos"][0]["sha256"]) == (200, photo["sha256"])
    assert (await send(driver, "upstream", order, "additions", text="来电人补充")).status_code == 200
    for who in ("officer_2", "other_desk", "unit_clerk", "camera"):
        assert problem(await send(driver, who, own, "additions", text="x")) == (404, "case-unknown"), who
    assert (await send(driver, "", own, "additions", text="x")).status_code == 401
    missing = await send(driver, "officer", own, "additions", text="x", photos=[{"sha256": "0" * 64, "role": "near"}])
    assert problem(missing) == (422, "photos-missing")
    secret = await driver.submit_accepted(
        "intake_clerk", category_id=CONFIDENTIAL_CATEGORY, condition_id=None, photos=[], reporter=WANG
    )
    assert problem(await send(driver, "intake_clerk", secret, "additions", text="还有")) == (
        422,
        "confidential-not-amended",
    )
    assert problem(await send(driver, "hotline", {"report_id": str(uuid4())}, "additions", text="x"))[0] == 404


async def test_a_report_can_be_withdrawn_by_phone_until_it_is_filed(driver: IntakeDriver) -> None:
    """A repeated withdrawal changes nothing."""
    filed = await driver.file_case()
    waiting = await verifying(driver, category_id="GB47678-5-2026/matter/09001", condition_id="09001-1")
    assert problem(await send(driver, "other_desk", waiting, "withdraw", note="x")) == (404, "case-unknown")
    for _ in range(2):
        gone = await send(driver, "hotline", waiting, "withdraw", note="来电撤回，电话13900001111")
        assert (gone.status_code, gone.json()["status"]) == (200, "withdrawn")
    said = [body for kind, body in await driver.events_of(waiting) if kind == "case_withdrawn"]
    assert [(body["withdrawn_by"]["role"], "13900001111" in body["note"]) for body in said] == [("hotline", False)]
    refused = await send(driver, "hotline", filed, "withdraw")
    assert problem(refused) == (409, "not-possible-now")
    assert refused.json()["possible"] == [], "only the desk has commands for it"


async def test_the_desk_and_the_unit_record_contacts_with_the_reporter(driver: IntakeDriver) -> None:
    """A unit may do so once it has the case. A repeated request is recorded once."""
    receipt = await verifying(driver)
    key = str(uuid4())
    for _ in range(2):
        done = await send(driver, "hotline", receipt, "contact", key, reached=False, note="13900001111 无人接听")
        assert (done.status_code, done.content) == (204, b"")
    for sent in ("", str(uuid4())):
        assert problem(await send(driver, "unit_clerk", receipt, "contact", sent, reached=True)) == (
            404,
            "case-unknown",
        )
    now = datetime.now(UTC)
    order = CaseDispatched(
        dispatch_id=uuid4(), unit_id="sanitation", role="lead", round=1, milestones=(), sign_due_at=now
    )
    await driver.installation.publish("dispatch", receipt["case_id"], order)

    async def known() -> bool:
        return (await driver.state(receipt)).units == {"sanitation"}

    await wait_until(known, what="the dispatch at intake")
    assert (await send(driver, "unit_clerk", receipt, "contact", means="visit", reached=True)).status_code == 204
    said = [body for kind, body in await driver.events_of(receipt) if kind == "reporter_contacted"]
    assert [(body.get("means", "phone"), body["reached"]) for body in said] == [("phone", False), ("visit", True)]
    assert "13900001111" not in str(said)
    assert (await send(driver, "officer", receipt, "contact", reached=True)).status_code == 403


async def test_a_contact_with_a_reporter_without_contact_data_is_refused(driver: IntakeDriver) -> None:
    """The note of a contact about a confidential case is in no event."""
    silent = await driver.submit_accepted("intake_clerk", photos=[], reporter={"anonymous": True})
    assert problem(await send(driver, "hotline", silent, "contact", reached=True)) == (404, "no-reporter")
    secret = await driver.submit_accepted(
        "intake_clerk", category_id=CONFIDENTIAL_CATEGORY, condition_id=None, photos=[], reporter=WANG
    )
    assert (await send(driver, "intake_clerk", secret, "contact", reached=True, note="他说是三楼")).status_code == 204
    said = [body for kind, body in await driver.events_of(secret) if kind == "reporter_contacted"]
    assert [(body["reached"], "三楼" in str(body)) for body in said] == [(True, False)]
