"""Driver of the supervision service with the sample district published; intake, routing and dispatch are stubs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx

from contracts.catalogue import EVENTS
from contracts.clocks import Calendar
from services.chassis import http_client
from services.chassis.service import Service
from services.supervision.app import SERVICE
from services.supervision.commands.recount import OTHER_SOURCES, Recount, Result
from services.supervision.domain.evaluation.scored_case import ScoredCase
from tests.support.installation import SERVICE_KEY, Installation, RunningService
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.waiting import wait_until
from tests.unit.supervision import sample_events

GRID = "370522001003005"
"""The grid 津城05: its officer is the account `officer`; `officer_2` works elsewhere in the same community."""
SHANGHAI = ZoneInfo("Asia/Shanghai")
AFTER = [{"sha256": "0" * 64, "role": "after"}]
"""Photos of a recheck on site."""


@dataclass
class SupervisionDriver:
    """Driver of the supervision service: signs in, publishes events of other services, reads state."""

    installation: Installation
    supervision: RunningService
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict[str, httpx.AsyncClient])

    async def client_of(self, who: str) -> httpx.AsyncClient:
        """Return a client of supervision signed in as this account."""
        if who not in self.clients:
            self.clients[who] = http_client.create_client(
                base_url=f"{self.supervision.url}/api/supervision",
                timeout=30,
                headers={
                    "authorization": f"Bearer {await access_token(self.installation, who)}",
                    "accept-language": "en",
                },
            )
        return self.clients[who]

    async def get(self, who: str, path: str, **query: Any) -> Any:
        """Return the body of a successful read."""
        answer = await (await self.client_of(who)).get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, who: str, path: str, *, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        """Send a command as this account."""
        return await (await self.client_of(who)).post(path, json=body, headers=headers)

    async def file_case(self, case_id: UUID | None = None, **changes: Any) -> UUID:
        """File a case now, dispatch it to the sanitation centre, and wait until supervision knows it. Return its id."""
        found, now = case_id or uuid4(), self.installation.now()
        asked = {"feedback_wanted": False, "reporter_ref": None, "mode": "actual"}
        asked |= {name: changes.pop(name) for name in asked if name in changes}
        await self.installation.publish("intake", found, sample_events.received(now, **asked))
        await self.installation.publish("intake", found, sample_events.filed(now, **{**_PLACE, **changes}))
        await self.wait_for_status(found, "awaiting_dispatch")
        await self.installation.publish("dispatch", found, sample_events.dispatched(now, dispatch_id=lead_of(found)))
        await self.wait_for_status(found, "awaiting_signature")
        return found

    async def handle_case(self, **changes: Any) -> UUID:
        """Return a case whose unit has completed its work."""
        case_id = await self.file_case(**changes)
        await self.installation.publish(
            "dispatch",
            case_id,
            sample_events.signed(lead_of(case_id)),
            sample_events.completed(dispatch_id=lead_of(case_id)),
        )
        done = sample_events.all_completed().model_copy(update={"lead_dispatch_id": lead_of(case_id)})
        await self.installation.publish("dispatch", case_id, done)
        await self.wait_for_status(case_id, "awaiting_recheck")
        return case_id

    async def state(self, case_id: UUID) -> ScoredCase:
        """Return the state of a case at supervision."""
        found = await self.supervision.context.database.fetchval(
            "SELECT state::text FROM aggregate WHERE case_id = $1", case_id
        )
        return ScoredCase.load(found) if found else ScoredCase()

    async def wait_for_status(self, case_id: UUID, status: str) -> ScoredCase:
        """Wait until supervision has the case in this status."""

        async def there() -> ScoredCase | None:
            state = await self.state(case_id)
            return state if state.case_number and state.flow.status == status else None

        return await wait_until(there, what=status)

    async def published(self, case_id: UUID, kind: str) -> list[Any]:
        """Return the events of this type (without version) that supervision published, in order."""
        rows = await self.supervision.context.database.fetch(
            "SELECT type, body FROM event_store WHERE case_id = $1 ORDER BY sequence", case_id
        )
        return [EVENTS[row["type"]].parse(row["body"]) for row in rows if row["type"].split(".")[1] == kind]

    async def close(self) -> None:
        """Close all clients."""
        for web in self.clients.values():
            await web.aclose()


_PLACE: dict[str, Any] = {"place": {"grid_code": GRID}, "community": GRID[:12], "centre_id": "centre-lijin"}


async def recount(driver: SupervisionDriver) -> Result:
    """Recount every figure from the event stores of all services."""
    headers = {"authorization": f"Bearer {SERVICE_KEY}", "content-type": "application/json"}
    urls = {source: driver.installation.running[source].url for source in OTHER_SOURCES}
    async with http_client.create_client(headers=headers) as client:
        return await Recount(driver.supervision.context.database, client, urls).run()


def lead_of(case_id: UUID) -> UUID:
    """Return the id of the lead dispatch of a case."""
    return UUID(int=case_id.int ^ 1)


def next_monday_at_nine(now: datetime) -> datetime:
    """Return the next Monday 09:00 of a week without holidays, when all officers are on duty."""
    local, calendar = now.astimezone(SHANGHAI), Calendar()
    day = local.date() + timedelta(days=7 - local.weekday())
    while not all(calendar.is_working_day(day + timedelta(days=n)) for n in range(5)):
        day += timedelta(days=7)
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


async def forward_to(driver: SupervisionDriver, moment: datetime) -> None:
    """Move the clock to that moment, after supervision has written its first roster."""

    async def writing() -> bool:
        return await driver.supervision.context.database.fetchval("SELECT count(*) FROM roster_progress") == 3

    await wait_until(writing, what="the first round of the roster worker")
    driver.installation.shift_clock(seconds=(moment - driver.installation.now()).total_seconds())


def today_at(driver: SupervisionDriver, hour: int, minute: int = 0) -> datetime:
    """Return this hour of the current day in the district."""
    return driver.installation.now().astimezone(SHANGHAI).replace(hour=hour, minute=minute, second=0, microsecond=0)


async def open_supervision_driver(installation: Installation) -> SupervisionDriver:
    """Start supervision, the registry and stubs of the other services on a Monday at nine."""
    if not installation.running:
        start_of_week = next_monday_at_nine(installation.now())
        installation.shift_clock(seconds=(start_of_week - installation.now()).total_seconds())
    await start_with_sample_district(
        installation, SERVICE, *(Service(name=name) for name in ("intake", "routing", "dispatch"))
    )
    return SupervisionDriver(installation, installation.running["supervision"])
