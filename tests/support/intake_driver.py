"""Driver of the intake service, with the sample district published and the demo accounts."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
from PIL import Image

from services.chassis import http_client
from services.chassis.service import Service
from services.intake.app import SERVICE
from services.intake.domain.case import IntakeCase
from tests.support.installation import Installation, RunningService
from tests.support.sample_district import CHANNEL_KEYS, LIJIN, UNIT_KEYS, access_token, start_with_sample_district
from tests.support.waiting import wait_until


def jpeg(colour: str = "green", **save: Any) -> bytes:
    """Return a small JPEG; each colour is a different photo."""
    data = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(data, "JPEG", **save)
    return data.getvalue()


@dataclass
class IntakeDriver:
    """Driver of the intake service: signs in, submits reports and reads what intake published."""

    installation: Installation
    intake: RunningService
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict[str, httpx.AsyncClient])

    async def client_of(self, who: str) -> httpx.AsyncClient:
        """Return a client with the credential of this account, channel or unit; `""` means no credential."""
        if who not in self.clients:
            self.clients[who] = http_client.create_client(
                base_url=self.intake.url, headers=await self._credential(who), timeout=30
            )
        return self.clients[who]

    async def _credential(self, who: str) -> dict[str, str]:
        english = {"accept-language": "en"}
        if not who:
            return english
        credential = CHANNEL_KEYS.get(who) or UNIT_KEYS.get(who) or await access_token(self.installation, who)
        return {**english, "authorization": f"Bearer {credential}"}

    async def photo(self, who: str = "officer", colour: str = "green", role: str = "near") -> dict[str, str]:
        """Upload a photo and return its reference for a report."""
        data = jpeg(colour)
        name = sha256(data).hexdigest()
        answer = await (await self.client_of(who)).put(f"/api/intake/photos/{name}", content=data)
        assert answer.status_code in (200, 201), answer.text
        stored = answer.json()
        claim = {"claim": stored["claim"]} if stored["claim"] else {}
        return {"sha256": stored["sha256"], "role": role, **claim}

    async def submit(
        self,
        who: str = "officer",
        *,
        headers: dict[str, str] | None = None,
        replica: RunningService | None = None,
        **fields: Any,
    ) -> httpx.Response:
        """Send a report; by default litter in the grid 津城05, by its officer, to the first replica."""
        given = {
            "channel": {
                "officer": "grid_terminal",
                "officer_2": "grid_terminal",
                "": "resident",
                "intake_clerk": "hotline",
                "shift_lead": "hotline",
            }.get(who, who),
            "category_id": "GB47678-5-2026/matter/06010",
            "condition_id": "06010-1",
            "location": location_in("370522001003005"),
            "description": "路边有一堆垃圾",
            **fields,
        }
        body = {name: value for name, value in given.items() if value is not None}
        url = f"{(replica or self.intake).url}/api/intake/reports"
        return await (await self.client_of(who)).post(url, json=body, headers=headers)

    async def submit_accepted(self, who: str = "officer", **fields: Any) -> dict[str, Any]:
        """Submit a report that must be accepted, and return its receipt."""
        answer = await self.submit(who, **fields)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def file_case(self, **fields: Any) -> dict[str, Any]:
        """File a case directly as an officer, and return its receipt."""
        receipt = await self.submit_accepted(photos=[await self.photo()], **fields)
        await self.wait_for_status(receipt, "filed")
        return receipt

    async def post(self, who: str, path: str, **body: Any) -> httpx.Response:
        """Send a command to intake."""
        return await (await self.client_of(who)).post(f"/api/intake/{path}", json=body)

    async def state(self, receipt: dict[str, Any]) -> IntakeCase:
        """Return the state of a case at intake."""
        found = await self.intake.context.database.fetchval(
            "SELECT state::text FROM aggregate WHERE case_id = $1", UUID(receipt["case_id"])
        )
        return IntakeCase.load(found) if found else IntakeCase()

    async def wait_for_status(self, receipt: dict[str, Any], status: str) -> IntakeCase:
        """Wait until intake has the case in this status."""

        async def there() -> IntakeCase | None:
            state = await self.state(receipt)
            return state if state.status == status else None

        return await wait_until(there, what=f"{receipt['case_number']} {status}")

    async def events_of(self, receipt: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Return the events of intake about a case: type without stage and version, and body."""
        rows = await self.intake.context.database.fetch(
            "SELECT type, body FROM event_store WHERE case_id = $1 ORDER BY sequence", UUID(receipt["case_id"])
        )
        return [(row["type"].split(".")[1], json.loads(row["body"])) for row in rows]

    async def types(self, receipt: dict[str, Any]) -> list[str]:
        """Return the types of the events of intake about a case."""
        return [kind for kind, _ in await self.events_of(receipt)]

    async def close(self) -> None:
        """Close all clients."""
        for web in self.clients.values():
            await web.aclose()


async def open_intake_driver(installation: Installation) -> IntakeDriver:
    """Start the registry with the sample district, intake, and stubs of the other services."""
    await start_with_sample_district(
        installation, SERVICE, *(Service(name=name) for name in ("routing", "dispatch", "supervision"))
    )
    return IntakeDriver(installation, installation.running["intake"])


def location_in(grid_code: str, north_m: float = 0, **more: Any) -> dict[str, Any]:
    """Return a location in the middle of a grid, or some metres north of it."""
    for line in (LIJIN / "grids.jsonl").read_text().splitlines():
        grid = json.loads(line)
        if grid["id"] == grid_code:
            corners = grid["polygon"][:-1]
            longitude = sum(x for x, _ in corners) / len(corners)
            latitude = sum(y for _, y in corners) / len(corners) + north_m / 111_320
            return {"longitude": longitude, "latitude": latitude, "crs": "wgs84", **more}
    raise LookupError(grid_code)
