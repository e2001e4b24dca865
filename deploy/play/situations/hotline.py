"""The hotline 12345, the city's platform above it, and floods of calls: what operators and shift leads live through."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from deploy.play.city import City, Json
from deploy.play.life import Life
from deploy.play.situations.base import AUTOMATIC, EMERGENCY, RESIDENT, begin, ends, expect, situation

RAINED = ("370522001008", "370522001009")
"""津兴 and 文津."""

FLOODED = EMERGENCY + "05-06"


@situation(13, "暴雨积水，同时段四十件", "A cloudburst: forty reports at once")
async def cloudburst(city: City) -> list[Life]:
    """A few reports come first, the shift lead declares a storm, the rest follow it; one reply reaches everybody."""
    grids = [code for code in await city.base_grids() if code.startswith(RAINED)]
    first = [await _flooded(city, grids[place % len(grids)], place) for place in range(6)]
    storm = await _declare(city, grids)
    rest = await asyncio.gather(*(_flooded(city, grids[place % len(grids)], place) for place in range(6, 40)))
    reports = [*first, *rest]
    for life in reports:
        await ends(life, "attached")
    parent = Life(city, storm["parent_case_number"], storm["parent_case_id"], hands_off=AUTOMATIC)
    told = await city.ask(
        "shift_lead", "POST", f"/api/intake/storms/{storm['id']}/reply",
        {"text": "积水路段正在抽排，请绕行，预计今晚恢复。", "text_en": "The water is being pumped off; please drive round it tonight."},
    )  # fmt: skip
    expect(told["reporters"] == 40, f"{told['reporters']} reporters were told instead of 40")
    view = await ends(parent, outcome="solved")
    units = {order["unit_id"]: order["role"] for order in await parent.orders()}
    expect(units.get("water") == "lead", f"water affairs do not lead: {units}")
    expect(units.get("mobile-team") == "first_response", f"the mobile team was not sent: {units}")
    expect(len(view["reports"]) == 40, f"{len(view['reports'])} reports joined instead of 40")
    expect(view["exempt_reason"] == "storm", f"the storm's lateness counts: {view['exempt_reason']}")
    late = {each["figure"] for each in view["figures"]} & {"overdue", "handling_due", "sign_due"}
    expect(not late, f"counted in a storm: {late}")
    for life in reports:
        replies = await _replies(city, life)
        expect(len(replies) == 1, f"{life.number} was replied to {len(replies)} times")
    return [parent, *reports]


async def _flooded(city: City, grid: str, place: int) -> Life:
    """Somebody somewhere stands in the water: residents, callers, officers."""
    where = await city.point_in(grid)
    where["latitude"] += (place % 5 - 2) * 0.0004  # not at the same place: nothing else would join them
    form: Json = {
        "location": where, "category_id": FLOODED, "condition_id": "05-06-1", "description": "路口积水没过车轮。",
    }  # fmt: skip
    if place % 10 == 9:
        return await begin(city, "intake_clerk", channel="walk_in", **form, reporter=RESIDENT)
    channel = ("hotline", "resident")[place % 2]
    return await begin(city, f"channel:{channel}", channel=channel, **form, reporter=RESIDENT)


async def _declare(city: City, grids: list[str]) -> Json:
    """Storm mode over both communities, from an hour ago until the evening."""
    corners = await city.box(grids)
    storm: Json = await city.ask(
        "shift_lead", "POST", "/api/intake/storms",
        {
            "name": "暴雨积水", "name_en": "Flooding after a cloudburst", "category_ids": [FLOODED], "condition_id": "05-06-1",
            "polygon": {"crs": "cgcs2000", "corners": corners}, "grid_code": grids[0], "note": "气象台发布暴雨红色预警。",
            "starts_at": (city.now() - timedelta(hours=1)).isoformat(),
            "ends_at": (city.now() + timedelta(hours=6)).isoformat(),
        },
    )  # fmt: skip
    return storm


async def _replies(city: City, life: Life) -> list[Json]:
    timeline = await city.ask("leader", "GET", f"/api/tracking/cases/{life.number}/timeline")
    return [entry for entry in timeline["items"] if entry["type"] == "acceptance.reply_given.v1"]
