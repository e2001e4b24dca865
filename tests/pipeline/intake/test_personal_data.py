"""The personal data of reporters: encrypted, shown to few, logged, and erased on schedule."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.common import Actor
from contracts.events.evaluation import CallBackTried, FeedbackRecorded, FeedbackRequested
from services.intake.store import personal_data
from tests.support.case_events import dispatched
from tests.support.intake_driver import IntakeDriver, open_intake_driver
from tests.support.sample_district import CONFIDENTIAL_CATEGORY
from tests.support.shared_installations import SharedInstallations
from tests.support.waiting import wait_until

ZHANG = {"name": "张三", "phone": "13812345678", "feedback_wanted": True}


async def test_name_and_phone_number_are_in_no_table_in_clear_text(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted(
        "intake_clerk", reporter=ZHANG, description="我是张先生13812345678", photos=[]
    )
    await driver.wait_for_status(receipt, "verifying")
    database = driver.intake.context.database
    tables = await database.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for row in tables:
        for text in await database.fetch(f"SELECT t::text AS t FROM {row['relname']} AS t"):
            assert "12345678" not in text["t"], row["relname"]
            assert "张三" not in text["t"], row["relname"]


async def test_the_desk_sees_the_contact_with_a_reason_that_is_logged(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    path = f"/api/intake/reports/{receipt['report_id']}/reporter"
    clerk = await driver.client_of("intake_clerk")
    assert (await clerk.get(path)).status_code == 422, "a reason is needed"
    shown = await clerk.get(path, params={"reason": "回访"})
    assert shown.json() == {"name": "张三", "phone": "13812345678"}
    assert (await (await driver.client_of("officer")).get(path, params={"reason": "好奇"})).status_code == 403
    rows = await driver.intake.context.database.fetch("SELECT what, case_id, caller_kind, reason FROM access_log")
    assert [tuple(row) for row in rows] == [("reporter", UUID(receipt["case_id"]), "account", "回访")]


async def test_only_the_shift_lead_sees_the_reporter_of_a_tip(driver: IntakeDriver) -> None:
    """Situation 27."""
    receipt = await driver.submit_accepted("intake_clerk", reporter=ZHANG, request_type="tip", photos=[])
    path, reason = f"/api/intake/reports/{receipt['report_id']}/reporter", {"reason": "核实"}
    assert (await (await driver.client_of("intake_clerk")).get(path, params=reason)).status_code == 403
    assert (await (await driver.client_of("shift_lead")).get(path, params=reason)).status_code == 200
    assert "reporter_ref" not in (await driver.events_of(receipt))[0][1]


async def test_the_number_is_shown_once_for_each_call_back(driver: IntakeDriver) -> None:
    """The call-back must be due and in the area of the caller. The report may be attached to another case."""
    host = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    await driver.wait_for_status(host, "verifying")
    receipt = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    await driver.wait_for_status(receipt, "attached")
    path, report_id = f"/api/intake/reports/{receipt['report_id']}/reporter", UUID(receipt["report_id"])

    async def request_contact(who: str) -> tuple[int, Any]:
        answer = await (await driver.client_of(who)).get(path, params={"reason": "回访"})
        return answer.status_code, answer.json().get("type", answer.json())

    async def wait_for_call_backs(*calls: UUID) -> None:
        async def due() -> bool:
            return (*(await driver.state(host)).call_backs,) == calls

        await wait_until(due, what=f"calls due: {calls}")

    not_due, already_shown = (409, "/problems/call-back-not-due"), (409, "/problems/contact-already-shown")
    number = (200, {"name": "张三", "phone": "13812345678"})
    assert await request_contact("street_desk") == not_due
    await driver.installation.publish(
        "supervision", host["case_id"], FeedbackRequested(report_id=report_id, due_at=driver.installation.now())
    )
    await wait_for_call_backs(report_id)
    assert (await request_contact("other_desk"))[0] == 404
    assert [await request_contact(who) for who in ("street_desk", "street_desk", "hotline")] == [
        number,
        already_shown,
        already_shown,
    ]
    by = Actor(kind="account", id="hotline")
    before = (await driver.state(host)).call_backs
    await driver.installation.publish(
        "supervision", host["case_id"], CallBackTried(report_id=report_id, tries=1, result="busy", tried_by=by)
    )

    async def next_call() -> bool:
        return (await driver.state(host)).call_backs != before

    await wait_until(next_call, what="the next call")
    assert [await request_contact(who) for who in ("hotline", "hotline")] == [number, already_shown]
    assert await request_contact("gateway") == (200, {"name": None, "phone": "13812345678"}), (
        "the gateway needs only the number"
    )
    await driver.installation.publish(
        "supervision", host["case_id"], FeedbackRecorded(report_id=report_id, solved=True, recorded_by=by)
    )
    await wait_for_call_backs()
    assert await request_contact("hotline") == not_due
    rows = await driver.intake.context.database.fetch(
        "SELECT reason, call FROM access_log WHERE caller_kind = 'account'"
    )
    assert [(row["reason"], row["call"] is not None) for row in rows] == [
        ("回访", True),
        ("回访", True),
        ("回访", False),
    ]


async def test_nothing_is_stored_about_an_anonymous_reporter(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("intake_clerk", reporter={**ZHANG, "anonymous": True}, photos=[])
    shown = await (await driver.client_of("shift_lead")).get(
        f"/api/intake/reports/{receipt['report_id']}/reporter", params={"reason": "核实"}
    )
    assert shown.status_code == 404


async def test_a_unit_sees_the_contact_of_a_consenting_reporter_once(driver: IntakeDriver) -> None:
    willing = await driver.submit_accepted("intake_clerk", reporter={**ZHANG, "contact_consent": True}, photos=[])
    silent = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    unit, other = await driver.client_of("unit_clerk"), await driver.client_of("unit_clerk_2")
    path, reason = "/api/intake/reports/{}/reporter", {"reason": "约定上门时间"}
    assert (await unit.get(path.format(willing["case_id"]), params=reason)).status_code == 404
    for receipt in (willing, silent):
        await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))

    async def heard() -> bool:
        return (await driver.state(silent)).units == {"sanitation"} == (await driver.state(willing)).units

    await wait_until(heard, what="the dispatch at intake")
    assert (await other.get(path.format(willing["case_id"]), params=reason)).status_code == 404
    assert (await unit.get(path.format(silent["case_id"]), params=reason)).status_code == 404
    assert (await unit.get(path.format(willing["case_id"]), params=reason)).json()["phone"] == ZHANG["phone"]
    assert (await unit.get(path.format(willing["case_id"]), params=reason)).status_code == 404


async def test_earlier_cases_of_a_caller_are_found_until_the_hash_expires(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    body = {"phone": "138 1234 5678", "reason": "来电"}
    found = await driver.post("intake_clerk", "reporters/lookup", **body)
    assert [each["case_number"] for each in found.json()] == [receipt["case_number"]]
    assert (await driver.post("officer", "reporters/lookup", **body)).status_code == 403
    driver.installation.shift_clock(days=181)
    context = driver.intake.context

    async def expired() -> bool:
        return (await driver.post("intake_clerk", "reporters/lookup", **body)).json() == []

    await wait_until(expired, what="the hash to expire")
    await personal_data.erase_due(context.database, context.clock.now())
    kept = await context.database.fetchrow("SELECT phone_hash, encrypted FROM reporter")
    assert kept["phone_hash"] is None
    assert kept["encrypted"] is not None, "the case is open, so a call may be needed"
    await driver.post("intake_clerk", f"cases/{receipt['case_id']}/not-file", reason="permitted")
    await personal_data.erase_due(context.database, context.clock.now())
    assert await context.database.fetchval("SELECT count(*) FROM reporter") == 0


async def test_the_contact_of_an_attached_report_is_kept_while_the_host_is_open(driver: IntakeDriver) -> None:
    """A host may be suspended for a year, and all of its reporters are called at its end."""
    host = await driver.submit_accepted("intake_clerk", photos=[])
    joined = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])

    async def joins() -> bool:
        path = f"cases/{joined['case_id']}/attach"
        return (await driver.post("intake_clerk", path, host_case_number=host["case_number"])).status_code == 200

    await wait_until(joins, what="triage to have looked at both")
    context, kept = driver.intake.context, "SELECT count(*) FROM reporter WHERE case_id = $1"
    late = context.clock.now() + timedelta(days=181)
    await personal_data.erase_due(context.database, late)
    assert await context.database.fetchval(kept, joined["case_id"]) == 1
    await driver.post("intake_clerk", f"cases/{host['case_id']}/not-file", reason="permitted")
    await personal_data.erase_due(context.database, late)
    assert await context.database.fetchval(kept, joined["case_id"]) == 0


async def test_a_wrong_number_and_a_wrong_phone_tail_get_the_same_response(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("", reporter=ZHANG, photos=[])
    good = await driver.post("", "follow", case_number=receipt["case_number"].lower(), phone_tail="5678")
    assert good.status_code == 200
    token = {"authorization": f"Bearer {good.json()['token']}"}
    own = await (await driver.client_of("")).get(f"/api/intake/reports/{receipt['report_id']}", headers=token)
    assert own.status_code == 200
    other = await driver.submit_accepted("", photos=[])
    assert (
        await (await driver.client_of("")).get(f"/api/intake/reports/{other['report_id']}", headers=token)
    ).status_code == 404
    wrong = [
        await driver.post("", "follow", case_number=receipt["case_number"], phone_tail="0000"),
        await driver.post("", "follow", case_number="LJ-20200101-000001", phone_tail="5678"),
    ]
    assert [answer.status_code for answer in wrong] == [404, 404]
    assert wrong[0].json() == wrong[1].json()


async def test_guesses_of_the_phone_tail_are_limited(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("", reporter=ZHANG, photos=[])
    answers = [
        (await driver.post("", "follow", case_number=receipt["case_number"], phone_tail=f"{tail:04}")).status_code
        for tail in range(8)
    ]
    assert answers == [404] * 6 + [429] * 2


async def test_a_report_without_a_phone_number_is_followed_by_a_query_code(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("", photos=[])
    followed = await driver.post(
        "", "follow", case_number=receipt["case_number"], query_code=receipt["query_code"].lower()
    )
    assert followed.status_code == 200
    assert (await driver.post("", "follow", case_number=receipt["case_number"], query_code="AAAAAA")).status_code == 404


async def test_tips_and_confidential_cases_are_not_found_by_the_phone_number(driver: IntakeDriver) -> None:
    """Otherwise the desk would learn what the caller told in confidence."""
    told = {"reporter": ZHANG, "photos": []}
    await driver.submit_accepted("intake_clerk", request_type="tip", **told)
    secret = await driver.submit_accepted("intake_clerk", category_id=CONFIDENTIAL_CATEGORY, condition_id=None, **told)
    plain = await driver.submit_accepted("intake_clerk", **told)
    found = await driver.post("intake_clerk", "reporters/lookup", phone=ZHANG["phone"], reason="来电")
    assert [each["case_number"] for each in found.json()] == [plain["case_number"]]
    path, reason = f"/api/intake/reports/{secret['report_id']}/reporter", {"reason": "回访"}
    assert (await (await driver.client_of("intake_clerk")).get(path, params=reason)).status_code == 403
    assert (await (await driver.client_of("shift_lead")).get(path, params=reason)).status_code == 200


async def test_the_contact_requested_several_times_at_once_is_shown_once(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("intake_clerk", reporter={**ZHANG, "contact_consent": True}, photos=[])
    await driver.installation.publish("dispatch", receipt["case_id"], dispatched("sanitation"))

    async def heard() -> bool:
        return (await driver.state(receipt)).units == {"sanitation"}

    await wait_until(heard, what="the dispatch at intake")
    unit, path = await driver.client_of("unit_clerk"), f"/api/intake/reports/{receipt['report_id']}/reporter"
    answers = await asyncio.gather(*(unit.get(path, params={"reason": "联系群众"}) for _ in range(6)))
    assert sorted(each.status_code for each in answers) == [200, *[404] * 5]


async def test_anonymous_reports_are_rate_limited(shared_installations: SharedInstallations) -> None:
    driver = await open_intake_driver(await shared_installations.get("where nobody has reported yet"))
    key = {"idempotency-key": str(uuid4())}
    first = await driver.submit("", photos=[], headers=key)
    answers = [(await driver.submit("", photos=[])).status_code for _ in range(20)]
    assert answers == [202] * 19 + [429]
    again = await driver.submit("", photos=[], headers=key)
    assert (again.status_code, again.content) == (202, first.content), "rule 1: a repeated request is not counted"
    await driver.close()
