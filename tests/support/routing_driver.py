"""Driver of the routing service with the sample district published; intake and dispatch are stubs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.events.command import CaseDispatched, CaseRouted
from contracts.events.handling import DispatchSigned, ReturnAccepted
from services.chassis import http_client
from services.chassis.service import Service
from services.console.app import SERVICE as CONSOLE
from services.routing.app import SERVICE
from tests.support.installation import Installation, RunningService
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.waiting import wait_until
from tests.unit.routing.sample_events import CLERK, filed

GB = "GB47678-5-2026/matter/"


@dataclass
class RoutingDriver:
    """Driver of the routing service: signs in, publishes events of other services, reads decisions."""

    installation: Installation
    routing: RunningService
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    web: httpx.AsyncClient = field(default_factory=lambda: http_client.create_client(timeout=30))

    async def request(
        self, who: str, method: str, path: str, body: Any = None, *, at: str = "routing", **headers: str
    ) -> httpx.Response:
        """Call routing as this account. `at` is another service, or the beginning of a path in it."""
        headers = {"authorization": f"Bearer {await self.access_token(who)}", "accept-language": "en", **headers}
        url = f"{self.installation.running[at.partition('/')[0]].url}/api/{at}{path}"
        return await self.web.request(method, url, json=body, headers=headers)

    async def get(self, who: str, path: str) -> Any:
        """Return the body of a successful read."""
        answer = await self.request(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def registry(self, method: str, path: str, body: Any) -> Any:
        """Call the registry as the administrator; a second administrator approves if two persons are needed."""
        answer = await self.request("administrator", method, path, body, at="registry")
        if answer.status_code == 202:
            approval = answer.json()["approval"]["id"]
            answer = await self.request("administrator_2", "POST", f"/approvals/{approval}/approve", at="registry")
        assert answer.is_success, answer.text
        return answer.json()

    async def access_token(self, who: str) -> str:
        """Return the token of this account."""
        if who not in self.tokens:
            self.tokens[who] = await access_token(self.installation, who)
        return self.tokens[who]

    async def file_case(self, code: str, *before: Event, **changes: Any) -> UUID:
        """File a case in the grid 利城07, after these earlier events of intake. Return its id."""
        case_id = uuid4()
        place = {
            "category_id": f"{GB}{code}",
            "place": {"grid_code": "370522001004007"},
            "community": "370522001004",
            "centre_id": "lijin-street-centre",
        }
        await self.installation.publish("intake", case_id, *before, filed(code, **{**place, **changes}))
        return case_id

    async def published(self, case_id: UUID, kind: type[Event], count: int = 1) -> Any:
        """Wait for the `count`-th event of this type that routing publishes about the case, and return it."""

        async def there() -> Any:
            rows = await self.routing.context.database.fetch(
                "SELECT type, body FROM event_store WHERE case_id = $1 AND type = $2 ORDER BY sequence",
                case_id,
                kind.TYPE,
            )
            return EVENTS[kind.TYPE].parse(rows[count - 1]["body"]) if len(rows) >= count else None

        return await wait_until(there, what=f"{kind.TYPE} number {count}")

    async def dispatch(self, case_id: UUID, routed: CaseRouted) -> None:
        """Publish the dispatches of a decision, as the dispatch service would."""
        await self.installation.publish(
            "dispatch",
            case_id,
            *(
                CaseDispatched(
                    dispatch_id=dispatch_id_of(case_id, each.unit_id),
                    unit_id=each.unit_id,
                    role=each.role,
                    round=routed.round,
                    milestones=(),
                    sign_due_at=self.installation.now(),
                )
                for each in routed.assignments
            ),
        )

    async def give_back(self, case_id: UUID, unit: str) -> None:
        """Publish the lead's signature and its accepted return."""
        about = {"dispatch_id": dispatch_id_of(case_id, unit), "unit_id": unit}
        await self.installation.publish(
            "dispatch",
            case_id,
            DispatchSigned(**about, signed_by=CLERK),
            ReturnAccepted(**about, role="lead", reason="not_our_function", decided_by=CLERK),
        )

    async def close(self) -> None:
        """Close the client."""
        await self.web.aclose()


def dispatch_id_of(case_id: UUID, unit: str) -> UUID:
    """Return the id of the dispatch of a unit for a case."""
    return UUID(int=(case_id.int + sum(unit.encode())) % 2**128)


async def open_routing_driver(installation: Installation) -> RoutingDriver:
    """Start the registry with the sample district, routing, the pages and stubs of intake and dispatch."""
    await start_with_sample_district(installation, SERVICE, Service(name="intake"), Service(name="dispatch"), CONSOLE)
    return RoutingDriver(installation, installation.running["routing"])
