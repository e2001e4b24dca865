"""Situations reported by residents and callers."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from deploy.play.city import City, Json
from deploy.play.life import Life, NotYetError
from deploy.play.situations.base import (
    AUTOMATIC,
    LOCAL,
    MATTER,
    RESIDENT,
    at_the_desk,
    begin,
    counted,
    ends,
    expect,
    happened,
    situation,
)


@situation(6, "小区监控与公共探头同日损坏", "A housing estate's camera and a public one, the same day")
async def two_cameras(city: City) -> list[Life]:
    """Report two cameras twenty metres apart. A duplicate is suggested, and a person decides that they are two."""
    here = await city.point_in("370522001009002")
    estate = await begin(
        city,
        "channel:resident",
        channel="resident",
        location=here,
        category_id=LOCAL + "12003",
        description="小区单元门口监控坏了。",
        reporter=RESIDENT,
        condition="12003-1",
    )

    async def are_two(life: Life) -> None:
        seen = await life.at_intake()
        suggested = (seen["possible_duplicate_of"] or {}).get("case_number")
        expect(suggested == estate.number, f"{life.number} was compared with {suggested}, not with {estate.number}")
        decided = await city.ask(
            "shift_lead",
            "POST",
            f"/api/intake/cases/{life.number}/link",
            {"relation": "related", "other_case_number": estate.number},
        )
        expect(decided["possible_duplicate_of"] is None, "the question stands although a person has answered it")

    public = await begin(
        city,
        "channel:resident",
        channel="resident",
        location={**here, "latitude": here["latitude"] + 0.0002},
        category_id=MATTER + "01050",
        description="路口公共探头坏了。",
        reporter=RESIDENT,
        condition="01050-1",
        script={"awaiting_filing": [are_two]},
    )
    units = [(await ends(life, outcome="solved"))["units"][0]["id"] for life in (estate, public)]
    expect("awaiting_filing" in public.seen, f"no person was asked: {public.seen}")
    expect(len(set(units)) == 2, f"one unit for both: {units}")
    links = (await public.at_intake())["links"]
    expect([(each["number"], each["relation"]) for each in links] == [(estate.number, "related")], f"linked: {links}")
    return [estate, public]


@situation(9, "饭店油烟，两单位先后退单", "Kitchen fumes: two units say it is not theirs")
async def fumes(city: City) -> list[Life]:
    async def first_returns(life: Life) -> None:
        order = await life.order("ecology-environment")
        path = f"/api/dispatch/dispatches/{order['dispatch_id']}"
        body = {"reason": "not_our_function", "note": "餐饮油烟不属我局职责。"}
        await city.ask("unit:ecology-environment", "POST", f"{path}/request-return", body)
        await city.ask("dispatcher", "POST", f"{path}/refuse-return", {"note": "清单载明由你局牵头。"})
        await city.ask("unit:ecology-environment", "POST", f"{path}/request-return", body)
        await city.ask("dispatcher", "POST", f"{path}/accept-return", {"note": "现场核实后同意。"})

    async def second_returns(life: Life) -> None:
        order = await life.order("urban-management")
        path = f"/api/dispatch/dispatches/{order['dispatch_id']}"
        await city.ask(
            "unit:urban-management",
            "POST",
            f"{path}/request-return",
            {"reason": "ownership_unclear", "note": "需联合认定。"},
        )
        await city.ask("dispatcher", "POST", f"{path}/accept-return", {"note": "提请现场会商。"})

    async def survey(life: Life) -> None:
        queue = await city.ask("dispatcher", "GET", "/api/routing/queue")
        mine = next((each for each in queue["items"] if each["case_id"] == life.case_id), None)
        if mine is None:
            raise NotYetError
        expect(mine["reason"] == "joint_survey", f"no joint survey was called: {mine['reason']}")
        await city.ask(
            "dispatcher",
            "POST",
            f"/api/routing/cases/{life.case_id}/decision",
            {
                "lead": "ecology-environment",
                "co": ["market-regulation"],
                "reason": "现场会商：生态环境牵头，市场监管配合。",
            },
        )

    async with at_the_desk(city, "urban-management"):
        life = await begin(
            city,
            "channel:hotline",
            channel="hotline",
            request_type="complaint",
            grid_code="370522002002006",
            category_id=MATTER + "06027",
            condition_id="06027-1",
            description="楼下饭店油烟直排，熏得开不了窗。",
            external={"channel_number": "12319", "number": f"12319-{uuid4().hex[:8]}"},
            reporter=RESIDENT,
            script={"awaiting_signature": [first_returns, second_returns], "awaiting_dispatch": [survey]},
        )
        view = await ends(life, outcome="solved")
    returned = [each for each in view["dispatches"] if each["status"] in ("returned", "withdrawn")]
    expect(len(returned) == 2, f"{len(returned)} returned dispatches instead of 2")
    for unit, figure in (
        ("ecology-environment", "return_refused"),
        ("ecology-environment", "return_accepted"),
        ("urban-management", "return_accepted"),
    ):
        values = [each["value"] for each in await counted(life, "unit", unit, figure)]
        expect(values == [1], f"{figure} of {unit} counts {values}")
    return [life]


@situation(16, "流动摊贩，三日三次核实已离开", "Hawkers gone at each of three verifications, on three days")
async def hawkers(city: City) -> list[Life]:
    lives: list[Life] = []

    async def gone(life: Life) -> None:
        task = (await life.at_intake())["task"]
        if task is None:
            raise NotYetError
        who = f"officer:{task['officer_id']}" if task["officer_id"] else "intake_clerk"
        photos = [await city.photo(who, role) for role in ("near", "far")]
        await city.ask(
            who,
            "POST",
            f"/api/intake/tasks/{task['task_id']}/answer",
            {"result": "not_found", "note": "到场时已离开。", "photos": photos},
        )

    here = await city.point_in("370522001003005")
    for day in range(3):
        if day:
            await city.pass_time(city.now() + timedelta(days=1))
        life = await begin(
            city,
            "channel:resident",
            channel="resident",
            category_id=MATTER + "09001",
            condition_id="09001-1",
            location=here,
            description="路口流动摊贩占道。",
            script={"verifying": [gone]},
            reporter=RESIDENT,
        )
        view = await ends(life, "not_filed")
        expect(view["not_filed_reason"] == "not_found_on_site", f"not filed: {view['not_filed_reason']}")
        lives.append(life)
    parent = next((link for link in (await lives[-1].at_intake())["links"] if link["relation"] == "parent"), None)
    expect(parent, "three times and no parent case")
    assert parent is not None
    whole = Life(city, parent["number"], parent["case_id"], hands_off=AUTOMATIC)
    await ends(whole, outcome="solved")
    links = {each["number"] for each in (await whole.at_intake())["links"] if each["relation"] == "child"}
    expect(links == {life.number for life in lives}, f"the parent has {links}")
    parts = {each["unit_id"]: each["role"] for each in await whole.orders()}
    team = (await city.ask("administrator", "GET", "/api/registry/entities/team/joint-lijin"))["body"]
    expect(set(parts) == {team["convenor"], *team["members"]}, f"not the joint team, but {sorted(parts)}")
    lead = [unit for unit, role in parts.items() if role == "lead"]
    expect(lead == ["urban-management"], f"whom the list names does not lead the team: {lead}")
    return [*lives, whole]


@situation(21, "三位居民报同一垃圾堆", "Three residents, one heap")
async def one_heap(city: City) -> list[Life]:
    async def unsolved(life: Life) -> None:
        """Answer "not solved" twice as the first reporter."""
        reports = (await life.at_supervision())["reports"]
        mine = next(each for each in reports if each["report_id"] == life.case_id)
        if mine["asked"] != "waiting":
            raise NotYetError
        await city.ask(
            "hotline",
            "POST",
            f"/api/supervision/cases/{life.case_id}/feedback",
            {"report_id": life.case_id, "solved": False, "satisfied": "dissatisfied"},
        )

    async def weighed(life: Life) -> None:
        """Let the shift lead decide about the second "not solved", which does not reopen the case by itself."""
        tasks = [each for each in (await life.at_supervision())["tasks"] if each["kind"] == "attention"]
        if not tasks:
            raise NotYetError
        asked = [(each["reason"], each["queue"]) for each in tasks]
        expect(asked == [("second_not_solved", "shift_lead")], f"put before a person: {asked}")
        await city.ask(
            "shift_lead",
            "POST",
            f"/api/supervision/tasks/{tasks[0]['task_id']}/answer",
            {"passed": True, "note": "现场已两次清运，已向诉求人说明。"},
        )

    form: Json = {
        "channel": "resident",
        "category_id": MATTER + "06010",
        "condition_id": "06010-1",
        "grid_code": "370522001004009",
        "description": "楼后一大堆垃圾没人清。",
        "reporter": RESIDENT,
    }
    form["location"] = await city.point_in("370522001004009")
    script = {"awaiting_feedback": [unsolved, unsolved], "closed": [weighed]}
    host = await begin(city, "channel:resident", **form, script=script)
    attached = [await begin(city, "channel:resident", **form) for _ in range(2)]
    for life in attached:
        await ends(life, "attached")
    view = await ends(host)
    joined = {each["case_number"] for each in view["reports"]}
    expect({life.number for life in attached} <= joined, f"the heap has {joined}")
    steps = happened(view)
    expect(steps.count("supervision.case_reopened.v1") == 1, f"not reopened once: {steps}")
    expect("rework" in host.seen, f"reopened, it was not done again: {host.seen}")
    later = steps[steps.index("supervision.case_reopened.v1") :]
    expect("supervision.attention_needed.v1" in later, f"the second no went before nobody: {later}")
    expect("supervision.attention_settled.v1" in later, f"nobody weighed the second no: {later}")
    return [host, *attached]


@situation(22, "边界定位漂移派错网格", "A position that drifted over the border")
async def drifted(city: City) -> list[Life]:
    async def elsewhere(life: Life) -> None:
        task = (await life.at_intake())["task"]
        if task is None:
            raise NotYetError
        who = f"officer:{task['officer_id']}"
        photos = [await city.photo(who, role) for role in ("near", "far")]
        await city.ask(
            who,
            "POST",
            f"/api/intake/tasks/{task['task_id']}/answer",
            {"result": "wrong_place", "note": "实际在路对面。", "photos": photos, "grid_code": "370522001009001"},
        )

    life = await begin(
        city,
        "channel:resident",
        channel="resident",
        category_id=MATTER + "06013",
        condition_id="06013-1",
        grid_code="370522001008001",
        description="路面坑洼。",
        reporter=RESIDENT,
        script={"verifying": [elsewhere]},
    )
    view = await ends(life, outcome="solved")
    expect(view["grid_code"] == "370522001009001", f"the case stayed in {view['grid_code']}")
    asked = [(task["result"], task["officer_id"]) for task in view["tasks"] if task["kind"] == "verify"]
    expect([result for result, _ in asked] == ["wrong_place", "confirmed"], f"the task did not go on: {asked}")
    expect(len({officer for _, officer in asked}) == 2, f"the same officer again: {asked}")
    expect(len(view["dispatches"]) == 1, f"sent to {len(view['dispatches'])} units")
    unit = view["dispatches"][0]["unit"]["id"]
    charged = await counted(life, "unit", unit, "return_requested")
    expect(not charged, f"{unit} is charged for the drift: {charged}")
    return [life]


@situation(23, "高龄补贴咨询，直接办结", "A question about the old-age allowance, answered at once")
async def question(city: City) -> list[Life]:
    async def answered(life: Life) -> None:
        await city.ask(
            "intake_clerk", "POST", f"/api/intake/cases/{life.number}/answer", {"knowledge_id": "old-age-allowance"}
        )

    life = await begin(
        city,
        "channel:hotline",
        channel="hotline",
        request_type="inquiry",
        category_id=LOCAL + "14001",
        grid_code="370522001007002",
        description="老人八十了，高龄补贴怎么申请？",
        reporter={"phone": "13900000000"},
        script={"awaiting_filing": [answered], "verifying": [answered], "reported": [answered]},
    )
    view = await ends(life, outcome="answered")
    expect(not view["dispatches"], "a question was dispatched")
    return [life]


@situation(27, "匿名举报商场占消防通道", "An anonymous tip about a blocked fire lane")
async def fire_lane(city: City) -> list[Life]:
    grid, phone = "370522002002801", "13800002701"

    async def release(life: Life) -> None:
        orders = {order["unit_id"]: order for order in await life.orders()}
        lead, co = orders["fire"], orders["urban-management"]
        if lead["status"] == "awaiting_signature":
            await life.answer("fire", "sign", lead["dispatch_id"])
        if co["status"] in ("awaiting_signature", "handling"):
            await life.answer(
                "fire", "release-co-unit", lead["dispatch_id"], dispatch_id=co["dispatch_id"], note="现场无需执法配合。"
            )

    async with at_the_desk(city, "urban-management"):
        life = await begin(
            city,
            "channel:hotline",
            channel="hotline",
            request_type="tip",
            category_id=MATTER + "09012",
            condition_id="09012-1",
            grid_code=grid,
            description="商场后门堆货占了消防通道。",
            reporter={"anonymous": True, "name": "知情人", "phone": phone},
            script={"awaiting_signature": [release]},
        )
        view = await ends(life, outcome="solved")
    parts = {each["unit"]["id"]: (each["role"], each["status"]) for each in view["dispatches"]}
    expect(
        parts == {"fire": ("lead", "completed"), "urban-management": ("co", "released")},
        f"the lead did not let the other go: {parts}",
    )
    await _nobody_learns_who(life, phone)
    task = next(each for each in view["tasks"] if each["kind"] == "recheck")
    officer = (await city.ask("administrator", "GET", f"/api/registry/entities/officer/{task['officer_id']}"))["body"]
    expect(grid not in {officer["primary_grid"], *officer["grids"]}, "the market's own officer judged it")
    expect(officer["primary_grid"].startswith(grid[:9]), f"rechecked from afar: {officer['primary_grid']}")
    return [life]


async def _nobody_learns_who(life: Life, phone: str) -> None:
    """Check that the reporter's identity is stored nowhere: desk, unit and readers of the case find nothing."""
    city, about = life.city, f"/api/tracking/cases/{life.number}"
    told = [
        await life.at_intake(),
        *(await life.orders()),
        *[await city.ask(who, "GET", about) for who in ("leader", "shift_lead", "unit:fire")],
        await city.ask("leader", "GET", f"{about}/timeline", params={"full": True}),
    ]
    expect(not any(word in str(told) for word in (phone, "知情人")), "the case says who tipped off")
    for who in ("shift_lead", "intake_clerk", "hotline", "unit:fire"):
        answer = await city.request(
            who, "GET", f"/api/intake/reports/{life.case_id}/reporter", params={"reason": "回访"}
        )
        expect(answer.status_code in (403, 404), f"{who} learns who tipped off: {answer.status_code}")
    call = await city.ask("hotline", "POST", "/api/intake/calls", {"channel_number": "12345", "phone": phone})
    expect(life.number not in {each["case_number"] for each in call["older"]}, "the phone leads to the tip")
    await city.ask("hotline", "POST", f"/api/intake/calls/{call['id']}/end", {"result": "progress_told"})
