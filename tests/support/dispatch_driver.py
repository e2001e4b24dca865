"""Driver of dispatch with the sample district published; events of other services are handed in directly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.base import CASE_SOURCES, Event
from contracts.envelope import Envelope
from contracts.events.command import Assignment
from contracts.events.discovery import ReportReceived
from services.chassis import http_client
from services.dispatch.app import SERVICE
from services.dispatch.events import EVENTS
from tests.support.installation import Installation, RunningService
from tests.support.receivers import Receiver
from tests.support.sample_district import UNIT_KEYS, access_token, start_with_sample_district
from tests.support.waiting import wait_until
from tests.unit.dispatch.sample_events import DESK, filed, routed


@dataclass
class DispatchDriver:
    """Driver of the dispatch service: signs in, applies events of other services, reads what dispatch published."""

    installation: Installation
    dispatch: RunningService

    def client_of_unit(self, name: str = "sanitation") -> httpx.AsyncClient:
        """Return a client of dispatch with the key of this unit."""
        headers = {"authorization": f"Bearer {UNIT_KEYS[name]}", "accept-language": "en"}
        return http_client.create_client(base_url=f"{self.dispatch.url}/api/dispatch", headers=headers)

    async def client_of_account(self, name: str) -> httpx.AsyncClient:
        """Return a client of dispatch signed in as this account."""
        headers = {"authorization": f"Bearer {await access_token(self.installation, name)}"}
        return http_client.create_client(base_url=f"{self.dispatch.url}/api/dispatch", headers=headers)

    async def receive(self, case_id: UUID, *events: Event) -> None:
        """Apply events of other services to a case."""

        def decide(cases: Any) -> None:
            for event in events:
                dependencies = dict.fromkeys(CASE_SOURCES, 1)
                meta = Envelope(case_id, event.SOURCE, 1, event.TYPE, datetime.now(UTC), dependencies)
                EVENTS[type(event)](cases[case_id], event, meta)

        await self.dispatch.context.cases.run([case_id], decide, cause=f"test:{uuid4()}")

    async def dispatch_case(self, *units: str, **fields: Any) -> tuple[UUID, list[UUID]]:
        """File and route a case; the first unit leads. Return the case and the dispatches in the order of the units."""
        case_id, now = uuid4(), self.dispatch.context.clock.now()
        assignments = [Assignment(unit_id=unit, role="co" if index else "lead") for index, unit in enumerate(units)]
        filing = {"reported_at": now, "case_due_at": now + timedelta(days=1)} | fields
        report = report_received(now, mode=filing.pop("mode", "actual"))
        await self.receive(case_id, report, filed(**filing), routed(*assignments))
        rows = await self.dispatch.context.database.fetch(
            "SELECT id, unit_id FROM dispatch WHERE case_id = $1", case_id
        )
        dispatches = {row["unit_id"]: row["id"] for row in rows}
        return case_id, [dispatches[unit] for unit in units]

    async def published(self, case_id: UUID) -> list[str]:
        """Return the types of the events that dispatch published about a case."""
        rows = await self.dispatch.context.database.fetch(
            "SELECT type FROM event_store WHERE case_id = $1 ORDER BY sequence", case_id
        )
        return [row["type"] for row in rows]

    async def published_notes(self, case_id: UUID) -> list[str]:
        """Return the notes in the events that dispatch published about a case."""
        rows = await self.dispatch.context.database.fetch(
            "SELECT body FROM event_store WHERE case_id = $1 ORDER BY sequence", case_id
        )
        return [note for row in rows if (note := json.loads(row["body"]).get("note"))]


def report_received(when: datetime, **fields: Any) -> ReportReceived:
    """Return the event of a report that came in at this instant."""
    return ReportReceived.model_validate(
        {
            "report_id": uuid4(),
            "case_number": "LJ-20261123-000001",
            "channel": "helper",
            "occurred_at": when,
            "reported_at": when,
            "registered_at": when,
            "reported_by": DESK,
            **fields,
        }
    )


async def register_endpoint(web: httpx.AsyncClient, there: Receiver, **fields: Any) -> dict[str, Any]:
    """Register the receiver as an endpoint, wait until its test has verified it, and return the response."""
    answer = await web.post("/endpoints", json={"url": there.url, **fields})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    await web.post(f"/endpoints/{created['id']}/test")  # else the first test waits until the secret can be stored

    async def verified() -> bool:
        return (await web.get(f"/endpoints/{created['id']}")).json()["state"] == "verified"

    await wait_until(verified, what="the verification of the endpoint")
    return created


async def open_dispatch_driver(installation: Installation) -> DispatchDriver:
    """Start the registry with the sample district and dispatch."""
    await start_with_sample_district(installation, SERVICE)
    return DispatchDriver(installation, installation.running["dispatch"])
