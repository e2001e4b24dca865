"""Who reported stays inside intake: sealed, masked, revealed to few, logged, and erased on schedule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.common import Actor
from contracts.events.command import CaseDispatched, HandoverTarget
from contracts.events.evaluation import CallBackTried, FeedbackRecorded, FeedbackRequested
from contracts.events.handling import HandoverRefused, ReturnAccepted
from contracts.events.supervision import CaseClosed
from services.chassis import http_client
from services.chassis.auth import SYSTEM
from services.intake.store import personal_data
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver, open_intake_driver
from tests.support.sample_district import UNIT_KEYS
from tests.support.shared_installations import SharedInstallations

ZHANG = {"name": "张三", "phone": "13812345678", "feedback_wanted": True}
ANOMALY = "LOCAL-370522/matter/15001"


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[IntakeDriver]:
    found = await open_intake_driver(shared_installation)
    yield found
    await found.close()


DISPATCHER = Actor(kind="account", id="dispatcher")


def dispatched(unit_id: str) -> CaseDispatched:
    from datetime import UTC, datetime
    from uuid import uuid4

    return CaseDispatched(
        dispatch_id=uuid4(), unit_id=unit_id, role="lead", round=1, milestones=(), sign_due_at=datetime.now(UTC)
    )


async def test_name_and_number_are_in_no_table_in_clear(driver: IntakeDriver) -> None:
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


async def test_the_desk_may_call_back_and_it_is_logged(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    path = f"/api/intake/reports/{receipt['report_id']}/reporter"
    clerk = await driver.client_of("intake_clerk")
    assert (await clerk.get(path)).status_code == 422, "a reason is asked for"
    shown = await clerk.get(path, params={"reason": "回访"})
    assert shown.json() == {"name": "张三", "phone": "13812345678"}
    assert (await (await driver.client_of("officer")).get(path, params={"reason": "好奇"})).status_code == 403
    rows = await driver.intake.context.database.fetch("SELECT what, case_id, caller_kind, reason FROM access_log")
    assert [tuple(row) for row in rows] == [("reporter", UUID(receipt["case_id"]), "account", "回访")]


async def test_a_tips_reporter_is_for_the_shift_lead_only(driver: IntakeDriver) -> None:
    """Situation 27: whoever tells on somebody is not told on."""
    receipt = await driver.submit_accepted("intake_clerk", reporter=ZHANG, request_type="tip", photos=[])
    path, reason = f"/api/intake/reports/{receipt['report_id']}/reporter", {"reason": "核实"}
    assert (await (await driver.client_of("intake_clerk")).get(path, params=reason)).status_code == 403
    assert (await (await driver.client_of("shift_lead")).get(path, params=reason)).status_code == 200
    assert "reporter_ref" not in (await driver.events_of(receipt))[0][1]


async def test_whoever_calls_back_is_told_the_number_once_for_each_call(driver: IntakeDriver) -> None:
    """Only while a call-back of that report is due, only in the area; also of a report that follows another case."""
    host = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    await driver.wait_for_status(host, "verifying")
    receipt = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    await driver.wait_for_status(receipt, "attached")
    path, report_id = f"/api/intake/reports/{receipt['report_id']}/reporter", UUID(receipt["report_id"])

    async def asked(who: str) -> tuple[int, Any]:
        answer = await (await driver.client_of(who)).get(path, params={"reason": "回访"})
        return answer.status_code, answer.json().get("type", answer.json())

    async def heard(*calls: UUID) -> None:
        async def so() -> bool:
            return (*(await driver.state(host)).call_backs,) == calls

        await wait_until(so, what=f"calls due: {calls}")

    not_due, told = (409, "/problems/call-back-not-due"), (409, "/problems/contact-already-shown")
    number = (200, {"name": "张三", "phone": "13812345678"})
    assert await asked("street_desk") == not_due
    await driver.publish("supervision", host, FeedbackRequested(report_id=report_id, due_at=driver.installation.now()))
    await heard(report_id)
    assert (await asked("other_desk"))[0] == 404
    assert [await asked(who) for who in ("street_desk", "street_desk", "hotline")] == [number, told, told]
    by = Actor(kind="account", id="hotline")
    before = (await driver.state(host)).call_backs
    await driver.publish("supervision", host, CallBackTried(report_id=report_id, tries=1, result="busy", tried_by=by))

    async def next_call() -> bool:
        return (await driver.state(host)).call_backs != before

    await wait_until(next_call, what="the next call")
    assert [await asked(who) for who in ("hotline", "hotline")] == [number, told]
    assert await asked("gateway") == (200, {"name": None, "phone": "13812345678"}), "the number is all that it needs"
    await driver.publish("supervision", host, FeedbackRecorded(report_id=report_id, solved=True, recorded_by=by))
    await heard()
    assert await asked("hotline") == not_due
    rows = await driver.intake.context.database.fetch(
        "SELECT reason, call FROM access_log WHERE caller_kind = 'account'"
    )
    assert [(row["reason"], row["call"] is not None) for row in rows] == [
        ("回访", True),
        ("回访", True),
        ("回访", False),
    ]


async def test_anonymous_means_nothing_is_kept(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("intake_clerk", reporter={**ZHANG, "anonymous": True}, photos=[])
    shown = await (await driver.client_of("shift_lead")).get(
        f"/api/intake/reports/{receipt['report_id']}/reporter", params={"reason": "核实"}
    )
    assert shown.status_code == 404


async def test_a_unit_may_reach_a_consenting_reporter_once(driver: IntakeDriver) -> None:
    willing = await driver.submit_accepted("intake_clerk", reporter={**ZHANG, "contact_consent": True}, photos=[])
    silent = await driver.submit_accepted("intake_clerk", reporter=ZHANG, photos=[])
    unit, other = await driver.client_of("unit_clerk"), await driver.client_of("unit_clerk_2")
    path, reason = "/api/intake/reports/{}/reporter", {"reason": "约定上门时间"}
    assert (await unit.get(path.format(willing["case_id"]), params=reason)).status_code == 404
    for receipt in (willing, silent):
        await driver.publish("dispatch", receipt, dispatched("sanitation"))

    async def heard() -> bool:
        return (await driver.state(silent)).units == {"sanitation"} == (await driver.state(willing)).units

    await wait_until(heard, what="the dispatch at intake")
    assert (await other.get(path.format(willing["case_id"]), params=reason)).status_code == 404
    assert (await unit.get(path.format(silent["case_id"]), params=reason)).status_code == 404
    assert (await unit.get(path.format(willing["case_id"]), params=reason)).json()["phone"] == ZHANG["phone"]
    assert (await unit.get(path.format(willing["case_id"]), params=reason)).status_code == 404


async def test_a_callers_older_cases_are_found_until_the_hash_expires(driver: IntakeDriver) -> None:
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
    assert kept["encrypted"] is not None, "the case is open: somebody may have to call"
    await driver.post("intake_clerk", f"cases/{receipt['case_id']}/not-file", reason="permitted")
    await personal_data.erase_due(context.database, context.clock.now())
    assert await context.database.fetchval("SELECT count(*) FROM reporter") == 0


async def test_somebody_who_joined_another_case_can_be_called_while_that_is_open(driver: IntakeDriver) -> None:
    """A host may be suspended for a year, and everybody who reported it is asked at its end."""
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


async def test_following_a_case_wrong_number_and_wrong_tail_sound_alike(driver: IntakeDriver) -> None:
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


async def test_guessing_tails_is_stopped(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("", reporter=ZHANG, photos=[])
    answers = [
        (await driver.post("", "follow", case_number=receipt["case_number"], phone_tail=f"{tail:04}")).status_code
        for tail in range(8)
    ]
    assert answers == [404] * 6 + [429] * 2


async def test_without_a_phone_there_is_a_query_code(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("", photos=[])
    followed = await driver.post(
        "", "follow", case_number=receipt["case_number"], query_code=receipt["query_code"].lower()
    )
    assert followed.status_code == 200
    assert (await driver.post("", "follow", case_number=receipt["case_number"], query_code="AAAAAA")).status_code == 404


async def test_a_confidential_text_is_for_the_unit_that_has_it_and_is_erased(driver: IntakeDriver) -> None:
    """Situation 25: what is told in confidence is read by the competent unit alone."""
    receipt = await driver.submit_accepted(
        category_id="LOCAL-370522/matter/15001", condition_id=None, description="某处有异常", photos=[]
    )
    await driver.wait_for_status(receipt, "filed")
    assert "异常" not in str([body.get("description") for _, body in await driver.events_of(receipt)])
    path, reason = f"/api/intake/cases/{receipt['case_id']}/confidential", {"reason": "签收"}
    unit = await driver.client_of("unit_clerk")
    assert (await unit.get(path, params=reason)).status_code == 404
    assert (await (await driver.client_of("shift_lead")).get(path, params=reason)).status_code == 403
    await driver.publish("dispatch", receipt, dispatched("sanitation"))

    async def readable() -> bool:
        return (await unit.get(path, params=reason)).status_code == 200

    await wait_until(readable, what="the unit may read")
    assert (await unit.get(path, params=reason)).json()["description"] == "某处有异常"
    await driver.post("shift_lead", f"cases/{receipt['case_id']}/void", note="误报")
    driver.installation.shift_clock(days=31)

    async def erased() -> bool:
        """Once its day is set, by intake's own worker, or by us."""
        context = driver.intake.context
        await personal_data.erase_due(context.database, context.clock.now())
        return await context.database.fetchval("SELECT count(*) FROM confidential_text") == 0

    await wait_until(erased, what="the text to be due")
    assert (await unit.get(path, params=reason)).status_code == 404


async def test_the_text_of_a_closed_confidential_case_goes_after_thirty_days(driver: IntakeDriver) -> None:
    """Situation 26: safe after all, closed as handed over; what was told about the person does not stay."""
    receipt = await driver.submit_accepted(
        category_id="LOCAL-370522/matter/15002", condition_id=None, description="敲门无人应", photos=[]
    )
    await driver.wait_for_status(receipt, "filed")
    closed = CaseClosed(outcome="handed_over", closing_condition_met=True, closed_by=SYSTEM)
    await driver.publish("supervision", receipt, closed)
    context = driver.intake.context

    async def due() -> Any:
        return await context.database.fetchval("SELECT erase_at FROM confidential_text")

    erase_at = await wait_until(due, what="the day on which the text goes")
    assert abs(erase_at - context.clock.now() - timedelta(days=30)) < timedelta(minutes=5)
    await personal_data.erase_due(context.database, erase_at - timedelta(hours=1))
    assert await context.database.fetchval("SELECT count(*) FROM confidential_text") == 1
    await personal_data.erase_due(context.database, erase_at)
    assert await context.database.fetchval("SELECT count(*) FROM confidential_text") == 0


async def test_a_unit_that_gave_it_back_reads_nothing_any_more(driver: IntakeDriver) -> None:
    """Nor an emergency service that does not take what was handed over to it; until then it knows which door."""
    receipt = await driver.submit_accepted(category_id=ANOMALY, condition_id=None, description="某处有异常", photos=[])
    await driver.wait_for_status(receipt, "filed")
    path, reason = f"/api/intake/cases/{receipt['case_id']}/confidential", {"reason": "签收"}
    unit, order = await driver.client_of("unit_clerk"), dispatched("sanitation")
    await driver.publish("dispatch", receipt, order)

    async def answered(status: int, reader: httpx.AsyncClient = unit) -> None:
        async def so() -> bool:
            return (await reader.get(path, params=reason)).status_code == status

        await wait_until(so, what=f"the text answered with {status}")

    await answered(200)
    key = {"authorization": f"Bearer {UNIT_KEYS['fire']}"}
    async with http_client.create_client(base_url=driver.intake.url, headers=key) as called_in:
        handed = dispatched("fire").model_copy(
            update={"handover": HandoverTarget(agency="119"), "role": "first_response"}
        )
        await driver.publish("dispatch", receipt, handed)
        await answered(200, called_in)
        refused = HandoverRefused(
            dispatch_id=handed.dispatch_id, unit_id="fire", role="first_response", note="无火情", refused_by=DISPATCHER
        )
        await driver.publish("dispatch", receipt, refused)
        await answered(404, called_in)
    returned = ReturnAccepted(
        dispatch_id=order.dispatch_id,
        unit_id="sanitation",
        role="lead",
        reason="not_our_function",
        decided_by=DISPATCHER,
    )
    await driver.publish("dispatch", receipt, returned)
    await answered(404)


async def test_what_the_desk_finds_to_be_confidential_is_sealed_for_its_unit(driver: IntakeDriver) -> None:
    """A caller does not know our categories: what was told in the open is from then on for the competent unit alone.
    Filed in the moment in which somebody adds to it, it is refused: that would be sealed away unread (ADR 0016).
    """
    receipt = await driver.submit_accepted(
        "", category_id=None, condition_id=None, description="楼上总有异响，担心", photos=[]
    )
    await driver.wait_for_status(receipt, "awaiting_filing")
    database, file = driver.intake.context.database, f"cases/{receipt['case_id']}/file"
    async with database.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM aggregate WHERE case_id = $1 FOR UPDATE", UUID(receipt["case_id"]))

        async def waiting(count: int) -> bool:
            return count == await database.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )

        addition = asyncio.create_task(
            driver.post("shift_lead", f"reports/{receipt['report_id']}/additions", text="夜里更响")
        )
        await wait_until(lambda: waiting(1), what="the addition to wait for the case")
        filing = asyncio.create_task(driver.post("shift_lead", file, category_id=ANOMALY))
        await wait_until(lambda: waiting(2), what="the filing, which has read what was said, to wait behind it")
    added, refused = await asyncio.gather(addition, filing)
    assert added.status_code == 200, added.text
    assert (refused.status_code, refused.json()["type"]) == (412, "/problems/changed-meanwhile")
    assert "楼上总有异响" in str(await driver.events_of(receipt)), "nothing is sealed by what was refused"
    filed = await driver.post("shift_lead", file, category_id=ANOMALY)
    assert (filed.status_code, filed.json()["confidential"]) == (200, True), filed.text
    assert (filed.json()["description"], filed.json()["place"]["grid_code"]) == ("", "370522001003")
    assert (await driver.events_of(receipt))[-1][1].get("description", "") == ""
    for said in await driver.events_of(receipt):
        assert "异响" not in str(said), "what was told in the open has left the ledger"
    await driver.publish("dispatch", receipt, dispatched("sanitation"))
    unit, path = await driver.client_of("unit_clerk"), f"/api/intake/cases/{receipt['case_id']}/confidential"

    async def readable() -> Any:
        found = await unit.get(path, params={"reason": "签收"})
        return found.json() if found.status_code == 200 else None

    text = await wait_until(readable, what="the unit may read")
    assert (text["description"], text["grid_code"]) == ("楼上总有异响，担心\n夜里更响", "370522001003005")
    for row in await driver.intake.context.database.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ):
        for found in await driver.intake.context.database.fetch(f"SELECT t::text AS t FROM {row['relname']} AS t"):
            for word in ("总有异响", "夜里更响"):
                assert word not in found["t"], row["relname"]
                assert word.encode().hex() not in found["t"], row["relname"]


async def test_no_officer_is_sent_to_verify_what_is_confidential(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted(
        category_id=ANOMALY, condition_id=None, location=None, address="某小区", description="异常", photos=[]
    )
    await driver.wait_for_status(receipt, "awaiting_filing")
    refused = await driver.post("shift_lead", f"cases/{receipt['case_id']}/verify", mode="phone")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-for-confidential")


async def test_tips_and_confidential_matters_are_not_found_by_the_callers_number(driver: IntakeDriver) -> None:
    """Whoever answers the phone would else learn what the caller once told in confidence."""
    told = {"reporter": ZHANG, "photos": []}
    await driver.submit_accepted("intake_clerk", request_type="tip", **told)
    secret = await driver.submit_accepted("intake_clerk", category_id=ANOMALY, condition_id=None, **told)
    plain = await driver.submit_accepted("intake_clerk", **told)
    found = await driver.post("intake_clerk", "reporters/lookup", phone=ZHANG["phone"], reason="来电")
    assert [each["case_number"] for each in found.json()] == [plain["case_number"]]
    path, reason = f"/api/intake/reports/{secret['report_id']}/reporter", {"reason": "回访"}
    assert (await (await driver.client_of("intake_clerk")).get(path, params=reason)).status_code == 403
    assert (await (await driver.client_of("shift_lead")).get(path, params=reason)).status_code == 200


async def test_a_number_asked_for_twice_at_once_is_told_once(driver: IntakeDriver) -> None:
    receipt = await driver.submit_accepted("intake_clerk", reporter={**ZHANG, "contact_consent": True}, photos=[])
    await driver.publish("dispatch", receipt, dispatched("sanitation"))

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
    assert (again.status_code, again.content) == (202, first.content), (
        "rule 1: to hear an answer again counts for nothing"
    )
    await driver.close()
