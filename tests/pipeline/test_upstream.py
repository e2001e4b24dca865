"""The platform above on real parts: its key registers where it listens, and what comes back is signed and in order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from standardwebhooks.webhooks import Webhook

from contracts.discovery import External, ReportReceived
from contracts.envelope import Envelope
from contracts.upstream import ReturnedUpstream
from services.chassis import outgoing
from services.chassis.auth import SYSTEM
from services.dispatch.app import SERVICE
from services.dispatch.events import EVENTS
from tests.support.house import House, until
from tests.support.lijin import CHANNEL_KEYS, UNIT_KEYS, open_lijin, token
from tests.support.receivers import echo, receiver


async def test_an_orders_way_comes_back_signed_to_who_sent_it(house: House) -> None:
    await open_lijin(house, SERVICE)
    dispatch = house.running["dispatch"]

    def web(credential: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {credential}"}
        return outgoing.client(base_url=f"{dispatch.url}/api/dispatch", headers=headers)

    async with (
        receiver(echo) as there,
        web(CHANNEL_KEYS["upstream"]) as above,
        web(UNIT_KEYS["sanitation"]) as unit,
        web(await token(house, "intake_clerk")) as clerk,
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
        events = (
            ReportReceived(
                report_id=case_id, case_number="LJ-20261123-000001", channel="upstream", occurred_at=now, reported_at=now,
                registered_at=now, reported_by=SYSTEM, external=external,
            ),
            ReturnedUpstream(reason="outside_area", note="不属本区", external=external, returned_by=SYSTEM),
        )  # fmt: skip

        def hear(cases: dict[object, object]) -> None:
            for event in events:
                meta = Envelope(case_id, event.SOURCE, 1, event.TYPE, now)
                EVENTS[type(event)](cases[case_id], event, meta)  # type: ignore[arg-type]

        await dispatch.context.cases.run([case_id], hear, cause="test")  # type: ignore[arg-type]

        async def both() -> bool:
            return len(there.got) == 3

        await until(both, what="test, accepted, returned")
        signed = [Webhook(made.json()["secret"]).verify(got.body, got.headers) for got in there.got[1:]]
        bodies = [json.loads(got.body) for got in there.got[1:]]
        assert signed == bodies
        assert [body["type"] for body in bodies] == ["report.accepted", "report.returned_upstream"]
        assert bodies[1]["data"]["answer_at"].startswith("http://")
