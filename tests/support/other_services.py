"""Commands to and state of dispatch and supervision, for cases that were submitted at intake."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from services.chassis import http_client
from services.supervision.domain.evaluation.scored_case import ScoredCase
from tests.support.intake_driver import IntakeDriver
from tests.support.sample_district import access_token
from tests.support.waiting import wait_until


async def post_as_dispatcher(driver: IntakeDriver, service: str, path: str, **body: object) -> httpx.Response:
    """Send a command to another service as the dispatcher."""
    bearer = {
        "authorization": f"Bearer {await access_token(driver.installation, 'dispatcher')}",
        "accept-language": "en",
    }
    async with http_client.create_client(
        base_url=driver.installation.running[service].url, headers=bearer, timeout=30
    ) as web:
        return await web.post(f"/api/{service}/{path}", json=body)


async def wait_for_dispatches(
    driver: IntakeDriver, receipt: dict[str, Any], wanted: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Wait until the dispatches of a case are these, given as unit and status, and return them."""
    bearer = {"authorization": f"Bearer {await access_token(driver.installation, 'dispatcher')}"}
    url = driver.installation.running["dispatch"].url

    async def there() -> list[dict[str, Any]] | None:
        async with http_client.create_client(base_url=url, headers=bearer, timeout=30) as web:
            answer = await web.get("/api/dispatch/dispatches", params={"case_id": receipt["case_id"]})
        found: list[dict[str, Any]] = answer.json()["items"]
        return found if [(each["unit_id"], each["status"]) for each in found] == wanted else None

    found: list[dict[str, Any]] = await wait_until(there, what=f"{wanted}")
    return found


async def wait_for_supervised_case(driver: IntakeDriver, receipt: dict[str, Any], status: str) -> ScoredCase:
    """Wait until supervision has the case in this status, and return its state."""
    pool = driver.installation.running["supervision"].context.database

    async def there() -> ScoredCase | None:
        found = await pool.fetchval("SELECT state::text FROM aggregate WHERE case_id = $1", UUID(receipt["case_id"]))
        state = ScoredCase.load(found) if found else ScoredCase()
        return state if state.case_number and state.flow.status == status else None

    found: ScoredCase = await wait_until(there, what=status)
    return found
