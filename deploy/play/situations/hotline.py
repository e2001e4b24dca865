"""The hotline 12345, the city's platform above it, and floods of calls: what operators and shift leads live through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from deploy.play.city import City, Json
from deploy.play.life import Life
from deploy.play.platform import platform
from deploy.play.situations.base import AUTOMATIC, EMERGENCY, MATTER, RESIDENT, begin, ends, expect, situation

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


@situation(
    29, "上级12345平台派单，县里认为非本辖区", "An order from the city's platform that the county holds is not its own"
)
async def not_ours(city: City) -> list[Life]:
    """Taken, sent back, refused above, the street as backstop, the earlier deadline, the result sent back."""
    number = f"DY12345-{uuid4().hex[:10]}"
    due_at = city.now() + timedelta(days=2)

    async def sent_back(life: Life) -> None:
        await city.ask(
            "shift_lead", "POST", f"/api/intake/cases/{life.number}/return-upstream",
            {"reason": "outside_area", "note": "河段在界河对岸，不属本县。"},
        )  # fmt: skip
        await city.ask(
            "channel:upstream", "POST", f"/api/intake/cases/{life.number}/upstream-decision",
            {"accepted": False, "note": "界河由两县共管，请先行处置。"},
        )  # fmt: skip

    async with platform(city) as above:
        life = await begin(
            city, "channel:upstream", channel="upstream", category_id=MATTER + "06026", condition_id="06026-1",
            grid_code="370522002002802", description="界河一处排口排黑水。", reporter=RESIDENT,
            external={"channel_number": "12345", "number": number, "due_at": due_at.isoformat()},
            script={"awaiting_filing": [sent_back]}, feedback={"solved": True, "satisfied": "satisfied"},
        )  # fmt: skip
        view = await ends(life, outcome="solved")
        lead = next(each for each in await life.orders() if each["role"] == "lead")
        expect(lead["unit_id"] == "fenghuangcheng-street", f"the street is not the backstop: {lead['unit_id']}")
        promise = datetime.fromisoformat(view["case_due_at"])
        expect(abs(promise - due_at) < timedelta(seconds=1), f"the earlier deadline did not win: {promise}")
        await _until(lambda: above.about(life.number)[-1:] and above.about(life.number)[-1]["type"] == "report.closed")
        heard = [each["type"] for each in above.about(life.number)]
        steps = [each["data"]["step"] for each in above.about(life.number) if each["type"] == "report.progressed"]
        result = above.about(life.number)[-1]["data"]
        expect(heard[:2] == ["report.accepted", "report.returned_upstream"], f"sent back: {heard}")
        expect(
            [step for step in steps if step != "working"] == ["filed", "dispatched", "signed", "handled"],
            f"told: {steps}",
        )
        expect((result["external_number"], result["outcome"]) == (number, "solved"), f"the result: {result}")
        expect(above.refused == 0, "a message was not signed")
    return [life]


async def _until(holds: Callable[[], object], within: float = 30.0) -> None:
    """Wait for something outside the district."""
    while not holds():
        within -= 0.1
        expect(within > 0, "nothing came back from the district")
        await asyncio.sleep(0.1)
