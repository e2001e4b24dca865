"""What reporters add or take back, by themselves or on the phone, and who writes down that somebody spoke with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from contracts.events.command import CaseDispatched
from services.intake.store import photos as store
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver, open_intake_driver

SECRET = "LOCAL-370522/matter/15001"
WANG = {"name": "王五", "phone": "13900001111", "feedback_wanted": True}


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[IntakeDriver]:
    found = await open_intake_driver(shared_installation)
    yield found
    await found.close()


async def verifying(driver: IntakeDriver, who: str = "", **fields: Any) -> dict[str, Any]:
    """A report that waits to be verified: nothing is filed yet."""
    receipt = await driver.submit_accepted(who, photos=[], **{"reporter": WANG, **fields})
    await driver.wait_for_status(receipt, "verifying")
    return receipt


async def asked(driver: IntakeDriver, who: str, receipt: dict[str, Any], what: str, key: str = "", **body: Any) -> Any:
    """A command about a report, with this key or none."""
    headers = {"idempotency-key": key} if key else None
    path = f"/api/intake/reports/{receipt['report_id']}/{what}"
    return await (await driver.client_of(who)).post(path, json=body, headers=headers)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


async def test_what_a_caller_adds_reaches_whoever_handles_the_host(driver: IntakeDriver) -> None:
    """The report was attached: the host hears it too, once, and no number gets into an event."""
    host = await driver.file_case()
    case = await driver.submit_accepted("", photos=[], reporter=WANG)
    assert str((await driver.wait_for_status(case, "attached")).attached_to) == host["case_id"]
    key, text = str(uuid4()), "电话13900001111，晚上更臭"
    for _ in range(2):
        assert (await asked(driver, "hotline", case, "additions", key, text=text)).status_code == 200
    for each in (case, host):
        added = [body for kind, body in await driver.events_of(each) if kind == "information_added"]
        assert [(body["report_id"], "13900001111" in body["text"]) for body in added] == [(case["report_id"], False)]


async def test_rule_1_what_was_added_stays_answered_when_its_photo_has_gone(driver: IntakeDriver) -> None:
    receipt, photos = await verifying(driver), [await driver.photo("hotline", "olive")]
    first = await asked(driver, "hotline", receipt, "additions", "added", text="见照片", photos=photos)
    await store.record_deletion(driver.intake.context.database, photos[0]["sha256"])
    again = await asked(driver, "hotline", receipt, "additions", "added", text="见照片", photos=photos)
    assert (again.status_code, again.content) == (200, first.content)
    other = await asked(driver, "hotline", receipt, "additions", "another", text="见照片", photos=photos)
    assert problem(other) == (422, "photos-missing")


async def test_whoever_sent_a_report_adds_to_it_and_nobody_else(driver: IntakeDriver) -> None:
    """Also the platform above to its own order; not another street's desk, nor another officer."""
    own, order = (
        await driver.file_case(),
        await driver.submit_accepted("upstream", category_id=None, condition_id=None, photos=[]),
    )
    photo = await driver.photo("officer", "red")
    added = await asked(driver, "officer", own, "additions", text="又多了", photos=[photo])
    assert (added.status_code, (await driver.events_of(own))[-1][1]["photos"][0]["sha256"]) == (200, photo["sha256"])
    assert (await asked(driver, "upstream", order, "additions", text="来电人补充")).status_code == 200
    for who in ("officer_2", "other_desk", "unit_clerk", "camera"):
        assert problem(await asked(driver, who, own, "additions", text="x")) == (404, "case-unknown"), who
    assert (await asked(driver, "", own, "additions", text="x")).status_code == 401
    missing = await asked(driver, "officer", own, "additions", text="x", photos=[{"sha256": "0" * 64, "role": "near"}])
    assert problem(missing) == (422, "photos-missing")
    secret = await driver.submit_accepted(
        "intake_clerk", category_id=SECRET, condition_id=None, photos=[], reporter=WANG
    )
    assert problem(await asked(driver, "intake_clerk", secret, "additions", text="还有")) == (
        422,
        "confidential-not-amended",
    )
    assert problem(await asked(driver, "hotline", {"report_id": str(uuid4())}, "additions", text="x"))[0] == 404


async def test_a_caller_takes_a_report_back_as_long_as_nothing_is_filed(driver: IntakeDriver) -> None:
    """On the phone: the hotline enters it. Said again it changes nothing; filed, it is refused."""
    filed = await driver.file_case()
    waiting = await verifying(driver, category_id="GB47678-5-2026/matter/09001", condition_id="09001-1")
    assert problem(await asked(driver, "other_desk", waiting, "withdraw", note="x")) == (404, "case-unknown")
    for _ in range(2):
        gone = await asked(driver, "hotline", waiting, "withdraw", note="来电撤回，电话13900001111")
        assert (gone.status_code, gone.json()["status"]) == (200, "withdrawn")
    said = [body for kind, body in await driver.events_of(waiting) if kind == "case_withdrawn"]
    assert [(body["withdrawn_by"]["role"], "13900001111" in body["note"]) for body in said] == [("hotline", False)]
    refused = await asked(driver, "hotline", filed, "withdraw")
    assert problem(refused) == (409, "not-possible-now")
    assert refused.json()["possible"] == [], "what is left to do with it is the desk's"


async def test_that_somebody_spoke_with_the_reporter_is_written_down_by_desk_and_unit(driver: IntakeDriver) -> None:
    """A unit once it has the case; each try once, however often it is sent; a refusal is said, with a key too."""
    receipt = await verifying(driver)
    key = str(uuid4())
    for _ in range(2):
        done = await asked(driver, "hotline", receipt, "contact", key, reached=False, note="13900001111 无人接听")
        assert (done.status_code, done.content) == (204, b"")
    for sent in ("", str(uuid4())):
        assert problem(await asked(driver, "unit_clerk", receipt, "contact", sent, reached=True)) == (
            404,
            "case-unknown",
        )
    now = datetime.now(UTC)
    order = CaseDispatched(
        dispatch_id=uuid4(), unit_id="sanitation", role="lead", round=1, milestones=(), sign_due_at=now
    )
    await driver.publish("dispatch", receipt, order)

    async def known() -> bool:
        return (await driver.state(receipt)).units == {"sanitation"}

    await wait_until(known, what="the dispatch at intake")
    assert (await asked(driver, "unit_clerk", receipt, "contact", means="visit", reached=True)).status_code == 204
    said = [body for kind, body in await driver.events_of(receipt) if kind == "reporter_contacted"]
    assert [(body.get("means", "phone"), body["reached"]) for body in said] == [("phone", False), ("visit", True)]
    assert "13900001111" not in str(said)
    assert (await asked(driver, "officer", receipt, "contact", reached=True)).status_code == 403


async def test_nobody_can_have_spoken_with_whoever_left_no_contact(driver: IntakeDriver) -> None:
    """And what was said about a confidential matter is in no event."""
    silent = await driver.submit_accepted("intake_clerk", photos=[], reporter={"anonymous": True})
    assert problem(await asked(driver, "hotline", silent, "contact", reached=True)) == (404, "no-reporter")
    secret = await driver.submit_accepted(
        "intake_clerk", category_id=SECRET, condition_id=None, photos=[], reporter=WANG
    )
    assert (await asked(driver, "intake_clerk", secret, "contact", reached=True, note="他说是三楼")).status_code == 204
    said = [body for kind, body in await driver.events_of(secret) if kind == "reporter_contacted"]
    assert [(body["reached"], "三楼" in str(body)) for body in said] == [(True, False)]
