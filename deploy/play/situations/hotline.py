"""Situations with the hotline 12345, the upstream platform, and storm mode."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

from deploy.play.city import City, Json
from deploy.play.life import Life, NotYetError
from deploy.play.platform import platform, until
from deploy.play.situations.base import (
    AUTOMATIC,
    EMERGENCY,
    LOCAL,
    MATTER,
    RESIDENT,
    appears,
    begin,
    ends,
    expect,
    situation,
)

RAINED = ("370522001008", "370522001009")
"""The communities 津兴 and 文津."""

FLOODED = EMERGENCY + "05-06"


@situation(13, "暴雨积水，同时段四十件", "A cloudburst: forty reports at once")
async def cloudburst(city: City) -> list[Life]:
    """Play a cloudburst. The shift lead declares storm mode after six of forty reports and replies to all reporters."""
    grids = [code for code in await city.base_grids() if code.startswith(RAINED)]
    first = [await _report_flooding(city, grids[index % len(grids)], index) for index in range(6)]
    storm = await _declare(city, grids)
    rest = await asyncio.gather(*(_report_flooding(city, grids[index % len(grids)], index) for index in range(6, 40)))
    reports = [*first, *rest]
    for life in reports:
        life.script = {status: [_wait] for status in ("awaiting_signature", "handling")}
        await ends(life, "attached")
    parent = Life(city, storm["parent_case_number"], storm["parent_case_id"], not_simulated=AUTOMATIC)
    reply = await city.ask(
        "shift_lead",
        "POST",
        f"/api/intake/storms/{storm['id']}/reply",
        {
            "text": "积水路段正在抽排，请绕行，预计今晚恢复。",
            "text_en": "The water is being pumped off; please drive round it tonight.",
        },
    )
    expect(reply["reporters"] >= 40, f"the reply reached {reply['reporters']} reporters instead of 40")
    view = await ends(parent, outcome="solved")
    units = {dispatch["unit_id"]: dispatch["role"] for dispatch in await parent.dispatches()}
    expect(units.get("water") == "lead", f"water affairs is not the lead: {units}")
    expect(units.get("mobile-team") == "first_response", f"the mobile team was not sent: {units}")
    joined = {each["case_number"] for each in view["reports"]}  # may include other reports of that day
    missing = [life.number for life in reports if life.number not in joined]
    expect(not missing, f"not attached to the storm: {missing}")
    expect(len(joined) == len(view["reports"]), "a report was attached twice")
    expect(view["exempt_reason"] == "storm", f"the delay is not exempt: {view['exempt_reason']}")
    late = {each["figure"] for each in view["figures"]} & {"overdue", "handling_due", "sign_due"}
    expect(not late, f"delays count although a storm was declared: {late}")
    for life in reports:
        replies = await _replies(city, life)
        expect(len(replies) == 1, f"{life.number} has {len(replies)} replies instead of one")
    return [parent, *reports]


async def _wait(life: Life) -> None:
    """Let the units do nothing until the cases are attached to the parent case of the storm."""
    raise NotYetError


async def _report_flooding(city: City, grid: str, index: int) -> Life:
    """Report flooding: every tenth report comes from a person at the desk, the others from callers and residents."""
    location = await city.point_in(grid)
    location["latitude"] += (index % 5 - 2) * 0.0004  # apart, so that only the storm attaches the reports
    form: Json = {
        "location": location,
        "category_id": FLOODED,
        "condition_id": "05-06-1",
        "description": "路口积水没过车轮。",
    }
    if index % 10 == 9:
        return await begin(city, "intake_clerk", channel="walk_in", **form, reporter=RESIDENT)
    channel = ("hotline", "resident")[index % 2]
    return await begin(city, f"channel:{channel}", channel=channel, **form, reporter=RESIDENT)


async def _declare(city: City, grids: list[str]) -> Json:
    """Declare storm mode for these grids, from an hour ago until six hours from now."""
    corners = await city.box(grids)
    storm: Json = await city.ask(
        "shift_lead",
        "POST",
        "/api/intake/storms",
        {
            "name": "暴雨积水",
            "name_en": "Flooding after a cloudburst",
            "category_ids": [FLOODED],
            "condition_id": "05-06-1",
            "polygon": {"crs": "cgcs2000", "corners": corners},
            "grid_code": grids[0],
            "note": "气象台发布暴雨红色预警。",
            "starts_at": (city.now() - timedelta(hours=1)).isoformat(),
            "ends_at": (city.now() + timedelta(hours=6)).isoformat(),
        },
    )
    return storm


async def _replies(city: City, life: Life) -> list[Json]:
    """Wait for replies in the timeline of the case, which may lag behind intake, and return them."""

    async def load() -> list[Json]:
        timeline = await city.ask("leader", "GET", f"/api/tracking/cases/{life.number}/timeline")
        return [entry for entry in timeline["items"] if entry["type"] == "acceptance.reply_given.v1"]

    return await appears(load, f"the reply to {life.number} in the timeline")


@situation(
    29,
    "上级12345平台派单，县里认为非本辖区",
    "An order of the city's platform that the county returns as outside its area",
)
async def not_ours(city: City) -> list[Life]:
    """Play an order of the upstream platform: the county returns it, the platform refuses, the county handles it."""
    number = f"DY12345-{uuid4().hex[:10]}"
    due_at = city.now() + timedelta(days=2)

    async def return_upstream(life: Life) -> None:
        await city.ask(
            "shift_lead",
            "POST",
            f"/api/intake/cases/{life.number}/return-upstream",
            {"reason": "outside_area", "note": "河段在界河对岸，不属本县。"},
        )
        await city.ask(
            "channel:upstream",
            "POST",
            f"/api/intake/cases/{life.number}/upstream-decision",
            {"accepted": False, "note": "界河由两县共管，请先行处置。"},
        )

    async with platform(city) as upstream:
        life = await begin(
            city,
            "channel:upstream",
            channel="upstream",
            category_id=MATTER + "06026",
            condition_id="06026-1",
            grid_code="370522002002802",
            description="界河一处排口排黑水。",
            reporter=RESIDENT,
            external={"channel_number": "12345", "number": number, "due_at": due_at.isoformat()},
            script={"awaiting_filing": [return_upstream]},
            feedback={"solved": True, "satisfied": "satisfied"},
        )
        view = await ends(life, outcome="solved")
        lead = next(each for each in await life.dispatches() if each["role"] == "lead")
        expect(lead["unit_id"] == "fenghuangcheng-street", f"the lead is {lead['unit_id']} instead of the street")
        promise = datetime.fromisoformat(view["case_due_at"])
        expect(
            abs(promise - due_at) < timedelta(seconds=1),
            f"the promise is {promise} instead of the earlier deadline of the platform",
        )
        await until(
            lambda: upstream.about(life.number)[-1:] and upstream.about(life.number)[-1]["type"] == "report.closed"
        )
        received = [each["type"] for each in upstream.about(life.number)]
        steps = [each["data"]["step"] for each in upstream.about(life.number) if each["type"] == "report.progressed"]
        result = upstream.about(life.number)[-1]["data"]
        expect(received[:2] == ["report.accepted", "report.returned_upstream"], f"the platform received {received}")
        expect(
            [step for step in steps if step != "working"] == ["filed", "dispatched", "signed", "handled"],
            f"the platform received the steps {steps}",
        )
        expect(
            (result["external_number"], result["outcome"]) == (number, "solved"),
            f"the platform received the result {result}",
        )
        expect(upstream.refused == 0, "a message was not signed")
    return [life]


@situation(28, "一通电话三件诉求", "One call, three complaints")
async def three_in_one(city: City) -> list[Life]:
    """Play one call about three problems, which become three linked cases.

    The problems are fees (not filed, because the caller has gone to court), a street light, and a barking dog.
    """
    phone = "13800002801"
    call = await city.ask("hotline", "POST", "/api/intake/calls", {"channel_number": "12345", "phone": phone})
    number = f"12345-{uuid4().hex[:8]}"
    common: Json = {
        "channel": "hotline",
        "grid_code": "370522001009007",
        "call_id": call["id"],
        "reporter": {**RESIDENT, "phone": phone},
        "external": {"channel_number": "12345", "number": number},
    }

    async def refuse_filing(life: Life) -> None:
        await city.ask(
            "intake_clerk",
            "POST",
            f"/api/intake/cases/{life.number}/not-file",
            {"reason": "in_court_or_petition", "note": "物业费纠纷已起诉，请等候法院处理。"},
        )

    fees = await begin(
        city,
        "hotline",
        **common,
        category_id=LOCAL + "11002",
        condition_id="11002-1",
        description="物业乱收费，已经起诉了，再催一催。",
        script={"verifying": [refuse_filing], "awaiting_filing": [refuse_filing]},
    )
    light = await begin(
        city, "hotline", **common, category_id=MATTER + "01037", condition_id="01037-1", description="楼前路灯不亮。"
    )
    dog = await begin(
        city,
        "hotline",
        **common,
        category_id=MATTER + "06028",
        condition_id="06028-2",
        description="邻居的狗整夜叫。",
        outcome="ordered",
    )
    ended = await city.ask("hotline", "POST", f"/api/intake/calls/{call['id']}/end", {"result": "reported"})
    expect(len(ended["reports"]) == 3, f"{len(ended['reports'])} reports in the call instead of 3")
    view = await ends(fees, "not_filed")
    expect(view["not_filed_reason"] == "in_court_or_petition", f"not filed for the reason {view['not_filed_reason']}")
    for life, unit in ((light, "street-lighting"), (dog, "police-lijin")):
        await ends(life, outcome="solved")
        lead = next(each["unit_id"] for each in await life.dispatches() if each["role"] == "lead")
        expect(lead == unit, f"{life.number} went to {lead}, not to {unit}")
    related = {link["number"] for link in (await dog.at_intake())["links"] if link["relation"] == "related"}
    expect(related == {fees.number, light.number}, f"the three cases are not linked: {related}")
    again = await city.ask("hotline", "POST", "/api/intake/calls", {"channel_number": "12345", "phone": phone})
    expect(
        {fees.number, light.number, dog.number} <= {each["case_number"] for each in again["older"]},
        "a second call does not show the three cases",
    )
    await city.ask("hotline", "POST", f"/api/intake/calls/{again['id']}/end", {"result": "progress_told"})
    return [fees, light, dog]


@situation(24, "子女就业信息不合适", "Unsuitable job offers")
async def jobs(city: City) -> list[Life]:
    """Play a case to which the reporter answers "not solved".

    In the rework the unit explains why it can do no more, and a leader reviews this explanation.
    """

    async def answer_not_solved(life: Life) -> None:
        mine = next(each for each in (await life.at_supervision())["reports"] if each["report_id"] == life.case_id)
        if mine["asked"] != "waiting":
            raise NotYetError
        await city.ask(
            "hotline",
            "POST",
            f"/api/supervision/cases/{life.case_id}/feedback",
            {"report_id": life.case_id, "solved": False, "satisfied": "dissatisfied", "comment": "岗位离家太远。"},
        )
        life.outcome = "explained"

    life = await begin(
        city,
        "intake_clerk",
        channel="walk_in",
        request_type="help",
        category_id=LOCAL + "12006",
        condition_id="12006-1",
        grid_code="370522001005003",
        description="孩子毕业一年没找到工作，介绍的岗位都不合适。",
        reporter=RESIDENT,
        script={"awaiting_feedback": [answer_not_solved]},
        feedback={"solved": True, "satisfied": "fair"},
    )
    await ends(life, outcome="explained")
    expect(life.seen.index("rework") < life.seen.index("awaiting_review"), f"no rework before the review: {life.seen}")
    expect(
        (await life.dispatches())[0]["unit_id"] == "human-resources", "the case was not dispatched to human resources"
    )
    reworks = (await life.at_supervision())["rework_count"]
    expect(reworks == 1, f"{reworks} reworks instead of one")
    return [life]
