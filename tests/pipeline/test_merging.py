"""Merging a filed case into another, and its undoing: across intake, routing, dispatch and supervision as they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.chassis import outgoing
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import compose as intake
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.supervision.domain.state import SupervisedCase
from tests.support.house import House, until
from tests.support.intake import Desk, at
from tests.support.lijin import open_lijin, token


@pytest.fixture
async def desk(house: House) -> Desk:
    await open_lijin(house, intake(), ROUTING, DISPATCH, SUPERVISION)
    return Desk(house, house.running["intake"])


async def orders(desk: Desk, receipt: dict[str, Any], wanted: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Wait until the case's orders are these, by unit and status."""
    bearer = {"authorization": f"Bearer {await token(desk.house, 'dispatcher')}"}
    url = desk.house.running["dispatch"].url

    async def there() -> list[dict[str, Any]] | None:
        async with outgoing.client(base_url=url, headers=bearer, timeout=30) as web:
            answer = await web.get("/api/dispatch/dispatches", params={"case_id": receipt["case_id"]})
        found: list[dict[str, Any]] = answer.json()["items"]
        return found if [(each["unit_id"], each["status"]) for each in found] == wanted else None

    found: list[dict[str, Any]] = await until(there, what=f"{wanted}")
    return found


async def supervised(desk: Desk, receipt: dict[str, Any], status: str) -> SupervisedCase:
    """Wait until supervision sees the case in this status."""
    pool = desk.house.running["supervision"].context.database

    async def there() -> SupervisedCase | None:
        found = await pool.fetchval("SELECT state::text FROM head WHERE case_id = $1", UUID(receipt["case_id"]))
        state = SupervisedCase.model_validate_json(found) if found else SupervisedCase()
        return state if state.case_number and state.flow.status == status else None

    found: SupervisedCase = await until(there, what=status)
    return found


async def test_merging_takes_the_orders_back_and_undoing_it_brings_the_case_back_where_it_was(desk: Desk) -> None:
    host, case = await desk.filed(), await desk.filed(location=at("370522001003006"))
    await orders(desk, case, [("sanitation", "awaiting_signature")])
    refused = await desk.post("officer", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"])
    assert refused.status_code == 403, "an officer reports; merging is the desk's"
    merged = await desk.post(
        "intake_clerk", f"cases/{case['case_number']}/attach", host_case_number=host["case_number"]
    )
    assert (merged.status_code, merged.json()["status"]) == (200, "attached")
    await orders(desk, case, [("sanitation", "withdrawn")])
    assert (await supervised(desk, case, "attached")).clocks == {}
    again = await desk.post("intake_clerk", f"cases/{case['case_number']}/void", note="x")
    assert again.status_code == 403, "voiding is the shift lead's"
    refusal = await desk.post("shift_lead", f"cases/{case['case_number']}/void", note="x")
    assert (refusal.status_code, refusal.json()["possible"]) == (409, ["detach", "link"])
    assert refusal.json()["title"] == "Not possible in the status “Attached”. Possible now: detach, link."

    undone = await desk.post("intake_clerk", f"cases/{case['case_number']}/detach", note="另一处")
    assert (undone.status_code, undone.json()["status"]) == (200, "filed")
    await orders(desk, case, [("sanitation", "withdrawn"), ("sanitation", "awaiting_signature")])
    state = await supervised(desk, case, "awaiting_signature")
    assert sorted(clock.name for clock in state.clocks.values()) == ["case", "handle", "sign"]
    assert (await desk.types(case)).count("case_filed") == 1
    assert (await desk.types(host))[-2:] == ["report_joined", "report_left"]
