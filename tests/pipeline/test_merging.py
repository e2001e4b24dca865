"""Merging a filed case into another, and its undoing: across intake, routing, dispatch and supervision as they are."""

from __future__ import annotations

import pytest

from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import compose as intake
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.house import House
from tests.support.intake import Desk, at
from tests.support.lijin import open_lijin
from tests.support.loop import orders, supervised


@pytest.fixture
async def desk(house: House) -> Desk:
    await open_lijin(house, intake(), ROUTING, DISPATCH, SUPERVISION)
    return Desk(house, house.running["intake"])


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
