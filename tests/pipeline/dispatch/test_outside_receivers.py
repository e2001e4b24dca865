"""Webhooks to the upstream platform and the SMS gateway: each receives its own messages, signed and in order."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import httpx
from standardwebhooks.webhooks import Webhook

from contracts.events.acceptance import CaseNotFiled
from contracts.events.acceptance.upstream import ReturnedUpstream
from contracts.events.discovery import External
from contracts.events.supervision import OverdueNotified
from services.chassis import http_client
from services.chassis.auth import SYSTEM
from tests.support.dispatch_driver import DispatchDriver, register_endpoint, report_received
from tests.support.receivers import answer, echo, receiver
from tests.support.sample_district import CHANNEL_KEYS
from tests.support.waiting import wait_until

ORDER = External(channel_number="12345", number="DY-1")


def platform_client(driver: DispatchDriver) -> httpx.AsyncClient:
    """Return a client of dispatch with the key of the upstream platform."""
    headers = {"authorization": f"Bearer {CHANNEL_KEYS['upstream']}"}
    return http_client.create_client(base_url=f"{driver.dispatch.url}/api/dispatch", headers=headers)


async def report_from_upstream(driver: DispatchDriver) -> UUID:
    """Receive a report of the upstream platform whose verification is overdue. Return the case."""
    case_id, now = uuid4(), driver.dispatch.context.clock.now()
    overdue = OverdueNotified(clock_id=case_id, name="file", role="shift_lead", reply_due_at=now)
    report = report_received(now, report_id=case_id, channel="upstream", external=ORDER, reporter_ref=uuid4())
    await driver.receive(case_id, report, overdue)
    return case_id


async def test_the_upstream_platform_learns_whether_its_order_was_accepted_and_how_it_ended(
    driver: DispatchDriver,
) -> None:
    async with receiver(echo) as there, platform_client(driver) as platform:
        created = await register_endpoint(platform, there)
        case_id = await report_from_upstream(driver)
        returned = ReturnedUpstream(reason="outside_area", note="不属本区", external=ORDER, returned_by=SYSTEM)
        await driver.receive(case_id, returned)
        await driver.receive(case_id, CaseNotFiled(reason="not_ours", note="非本区", decided_by=SYSTEM))
        await wait_until(lambda: len(there.got) == 4, what="the test and three messages")
    messages = there.got[1:]
    bodies = [json.loads(each.body) for each in messages]
    assert [Webhook(created["secret"]).verify(each.body, each.headers) for each in messages] == bodies
    assert [body["type"] for body in bodies] == ["report.accepted", "report.returned_upstream", "report.closed"]
    assert bodies[1]["data"]["answer_url"].startswith("http://")


async def test_the_gateway_receives_notices_from_its_registration_on_and_a_refused_one_again(
    driver: DispatchDriver,
) -> None:
    case_id = await report_from_upstream(driver)
    pool = driver.dispatch.context.database
    async with receiver(echo) as phones, await driver.client_of_account("gateway") as gateway:
        created = await register_endpoint(gateway, phones)
        phones.behaviour = answer(503)
        await driver.receive(case_id, CaseNotFiled(reason="not_ours", note="非本区", decided_by=SYSTEM))
        await wait_until(lambda: pool.fetchval("SELECT count(*) FROM attempt WHERE status = 503"))
        phones.behaviour = echo
        await pool.execute("UPDATE delivery SET next_attempt_at = now() WHERE state = 'pending'")
        await wait_until(lambda: len(phones.got) == 3, what="the test, and the notice twice")
    refused, accepted = phones.got[1:]
    assert refused.id == accepted.id
    notice = Webhook(created["secret"]).verify(accepted.body, accepted.headers)
    assert (notice["type"], notice["data"]) == (
        "notice.requested",
        {
            "recipient_ref": f"reporter:{case_id}",
            "template": "report_not_filed",
            "case_number": "LJ-20261123-000001",
            "mode": "actual",
            "contact_url": f"http://127.0.0.1:9/api/intake/reports/{case_id}/reporter",
        },
    )


async def test_endpoints_of_the_platform_and_the_gateway_are_managed_by_their_own_key_only(
    driver: DispatchDriver,
) -> None:
    url = {"url": "http://127.0.0.1:9/"}
    async with (
        platform_client(driver) as platform,
        driver.client_of_unit() as unit,
        await driver.client_of_account("gateway") as gateway,
        await driver.client_of_account("intake_clerk") as clerk,
    ):
        created = [(await each.post("/endpoints", json=url)).json() for each in (platform, gateway)]
        assert [each["unit_id"] for each in created] == ["upstream", "gateway"]
        paths = [f"/endpoints/{each['id']}" for each in created]
        assert [(await each.get(paths[0])).status_code for each in (platform, unit, clerk)] == [200, 404, 403]
        assert [(await each.get(paths[1])).status_code for each in (gateway, platform, unit, clerk)] == [
            200,
            404,
            404,
            403,
        ]
        assert (await unit.post("/endpoints", json={**url, "unit_id": "upstream"})).status_code == 422
        assert (await platform.post("/endpoints", json={**url, "unit_id": "sanitation"})).status_code == 422
