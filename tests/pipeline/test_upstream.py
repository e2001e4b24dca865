"""Who is outside on real parts, the platform above and the SMS gateway: their keys register where they listen, and what
comes is signed and in order.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from standardwebhooks.webhooks import Webhook

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.events.acceptance import CaseNotFiled
from contracts.events.acceptance.upstream import ReturnedUpstream
from contracts.events.discovery import External, ReportReceived
from contracts.events.supervision import OverdueNotified
from services.chassis import http_client
from services.chassis.auth import SYSTEM
from services.dispatch.app import SERVICE
from services.dispatch.events import EVENTS
from tests.support.installation import Installation, wait_until
from tests.support.receivers import answer, echo, receiver
from tests.support.sample_district import CHANNEL_KEYS, UNIT_KEYS, access_token, start_with_sample_district


async def test_what_is_for_those_outside_reaches_them_signed_and_in_order(installation: Installation) -> None:
    """Each hears its own; the gateway nothing that was said before it was there, and what it did not take again."""
    await start_with_sample_district(installation, SERVICE)
    dispatch = installation.running["dispatch"]

    def web(credential: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {credential}"}
        return http_client.create_client(base_url=f"{dispatch.url}/api/dispatch", headers=headers)

    async with (
        receiver(echo) as there,
        receiver(echo) as phones,
        web(CHANNEL_KEYS["upstream"]) as above,
        web(UNIT_KEYS["sanitation"]) as unit,
        web(await access_token(installation, "gateway")) as gateway,
        web(await access_token(installation, "intake_clerk")) as clerk,
    ):
        made = await above.post("/endpoints", json={"url": there.url})
        assert (made.status_code, made.json()["unit_id"]) == (201, "upstream")
        path = f"/endpoints/{made.json()['id']}"
        assert (await unit.get(path)).status_code == 404, "a unit does not see it"
        assert (await unit.post("/endpoints", json={"url": there.url, "unit_id": "upstream"})).status_code == 422
        assert (await above.post("/endpoints", json={"url": there.url, "unit_id": "sanitation"})).status_code == 422
        assert (await clerk.get(path)).status_code == 403, "who may report in the channel's name is not the platform"

        case_id, now = uuid4(), datetime.now(UTC)
        external = External(channel_number="12345", number="DY-1")

        async def hear(*events: Event) -> None:
            def apply(cases: dict[object, object]) -> None:
                for event in events:
                    meta = Envelope(case_id, event.SOURCE, 1, event.TYPE, now)
                    EVENTS[type(event)](cases[case_id], event, meta)  # type: ignore[arg-type]

            await dispatch.context.cases.run([case_id], apply, cause=str(events))  # type: ignore[arg-type]

        overdue = OverdueNotified(clock_id=case_id, name="file", role="shift_lead", reply_due_at=now)
        await hear(
            ReportReceived(
                report_id=case_id,
                case_number="LJ-20261123-000001",
                channel="upstream",
                occurred_at=now,
                reported_at=now,
                registered_at=now,
                reported_by=SYSTEM,
                external=external,
                reporter_ref=uuid4(),
            ),
            overdue,
            ReturnedUpstream(reason="outside_area", note="不属本区", external=external, returned_by=SYSTEM),
        )

        async def both() -> bool:
            return len(there.got) == 3

        await wait_until(both, what="test, accepted, returned")
        signed = [Webhook(made.json()["secret"]).verify(got.body, got.headers) for got in there.got[1:]]
        bodies = [json.loads(got.body) for got in there.got[1:]]
        assert signed == bodies
        assert [body["type"] for body in bodies] == ["report.accepted", "report.returned_upstream"]
        assert bodies[1]["data"]["answer_url"].startswith("http://")

        listening = await gateway.post("/endpoints", json={"url": phones.url})
        assert (listening.status_code, listening.json()["unit_id"]) == (201, "gateway")
        mine = f"/endpoints/{listening.json()['id']}"

        async def verified() -> bool:
            return (await gateway.get(mine)).json()["state"] == "verified"

        await wait_until(verified, what="the gateway's proof")
        assert [(await each.get(mine)).status_code for each in (above, unit, clerk)] == [404, 404, 403]
        phones.behaviour = answer(503)
        await hear(CaseNotFiled(reason="not_ours", note="非本区", decided_by=SYSTEM))

        async def refused() -> bool:
            return bool(await dispatch.context.database.fetchval("SELECT count(*) FROM attempt WHERE status = 503"))

        await wait_until(refused, what="a try that failed")
        phones.behaviour = echo
        await dispatch.context.database.execute("UPDATE delivery SET next_attempt_at = now() WHERE state = 'pending'")

        async def again() -> bool:
            return len(phones.got) == 3

        await wait_until(again, what="the test, and the notice twice")
        assert phones.got[1].id == phones.got[2].id
        said = Webhook(listening.json()["secret"]).verify(phones.got[2].body, phones.got[2].headers)
        contact_url = f"http://127.0.0.1:9/api/intake/reports/{case_id}/reporter"
        assert (said["type"], said["data"]) == (
            "notice.requested",
            {
                "recipient_ref": f"reporter:{case_id}",
                "template": "report_not_filed",
                "case_number": "LJ-20261123-000001",
                "mode": "actual",
                "contact_url": contact_url,
            },
        )

        async def result() -> bool:
            return len(there.got) == 4

        await wait_until(result, what="the platform above's own result")
        assert json.loads(there.got[3].body)["type"] == "report.closed"
