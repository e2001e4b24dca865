"""What residents and callers report."""

from __future__ import annotations

from uuid import uuid4

from deploy.play.city import City, Json
from deploy.play.life import Life, NotYet
from deploy.play.situations.base import AUTOMATIC, LOCAL, MATTER, RESIDENT, begin, ends, expect, situation


@situation(6, "小区监控与公共探头同日损坏", "A housing estate's camera and a public one, the same day")
async def two_cameras(city: City) -> list[Life]:
    grid = "370522001009002"
    estate = await begin(
        city, "channel:resident", channel="resident", grid_code=grid, category_id=LOCAL + "12003",
        description="小区单元门口监控坏了。", reporter=RESIDENT, condition="12003-1",
    )  # fmt: skip
    public = await begin(
        city, "channel:resident", channel="resident", grid_code=grid, category_id=MATTER + "01050",
        description="路口公共探头坏了。", reporter=RESIDENT, condition="01050-1",
    )  # fmt: skip
    await ends(estate)
    await ends(public)
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
            "unit:urban-management", "POST", f"{path}/request-return",
            {"reason": "ownership_unclear", "note": "需联合认定。"},
        )  # fmt: skip
        await city.ask("dispatcher", "POST", f"{path}/accept-return", {"note": "提请现场会商。"})

    async def survey(life: Life) -> None:
        queue = await city.ask("dispatcher", "GET", "/api/routing/queue")
        mine = next((each for each in queue["items"] if each["case_id"] == life.case_id), None)
        if mine is None:
            raise NotYet
        expect(mine["reason"] == "joint_survey", f"no joint survey was called: {mine['reason']}")
        await city.ask(
            "dispatcher", "POST", f"/api/routing/cases/{life.case_id}/decision",
            {"lead": "ecology-environment", "co": ["market-regulation"], "reason": "现场会商：生态环境牵头，市场监管配合。"},
        )  # fmt: skip

    life = await begin(
        city, "channel:hotline", channel="hotline", request_type="complaint", grid_code="370522002002006",
        category_id=MATTER + "06027", condition_id="06027-1", description="楼下饭店油烟直排，熏得开不了窗。",
        external={"channel_number": "12319", "number": f"12319-{uuid4().hex[:8]}"}, reporter=RESIDENT,
        script={"awaiting_signature": [first_returns, second_returns], "awaiting_dispatch": [survey]},
    )  # fmt: skip
    view = await ends(life, outcome="solved")
    returned = [each for each in view["dispatches"] if each["status"] in ("returned", "withdrawn")]
    expect(len(returned) == 2, f"{len(returned)} returned dispatches instead of 2")
    return [life]


@situation(16, "流动摊贩，三次核实已离开", "Hawkers gone at each of three verifications")
async def hawkers(city: City) -> list[Life]:
    lives: list[Life] = []

    async def gone(life: Life) -> None:
        task = (await life.at_intake())["task"]
        if task is None:
            raise NotYet
        who = f"officer:{task['officer_id']}" if task["officer_id"] else "intake_clerk"
        photos = [await city.photo(who, role) for role in ("near", "far")]
        await city.ask(
            who, "POST", f"/api/intake/tasks/{task['task_id']}/answer",
            {"result": "not_found", "note": "到场时已离开。", "photos": photos},
        )  # fmt: skip

    here = await city.point_in("370522001003005")
    for _ in range(3):
        life = await begin(
            city, "channel:resident", channel="resident", category_id=MATTER + "09001", condition_id="09001-1",
            location=here, description="路口流动摊贩占道。", script={"verifying": [gone]},
            reporter=RESIDENT,
        )  # fmt: skip
        await ends(life, "not_filed")
        lives.append(life)
    parent = next((link for link in (await lives[-1].at_intake())["links"] if link["relation"] == "parent"), None)
    expect(parent, "three times and no parent case")
    assert parent is not None
    whole = Life(city, parent["number"], parent["case_id"], hands_off=AUTOMATIC)
    await ends(whole, outcome="solved")
    return [*lives, whole]


@situation(21, "三位居民报同一垃圾堆", "Three residents, one heap")
async def one_heap(city: City) -> list[Life]:
    async def unsolved(life: Life) -> None:
        """The first reporter says no, and no again."""
        reports = (await life.at_supervision())["reports"]
        mine = next(each for each in reports if each["report_id"] == life.case_id)
        if mine["asked"] != "waiting":
            raise NotYet
        await city.ask(
            "hotline", "POST", f"/api/supervision/cases/{life.case_id}/feedback",
            {"report_id": life.case_id, "solved": False, "satisfied": "dissatisfied"},
        )  # fmt: skip

    form: Json = {
        "channel": "resident", "category_id": MATTER + "06010", "condition_id": "06010-1", "grid_code": "370522001004009",
        "description": "楼后一大堆垃圾没人清。", "reporter": RESIDENT,
    }  # fmt: skip
    form["location"] = await city.point_in("370522001004009")
    host = await begin(city, "channel:resident", **form, script={"awaiting_feedback": [unsolved, unsolved]})
    attached = [await begin(city, "channel:resident", **form) for _ in range(2)]
    for life in attached:
        await ends(life, "attached")
    view = await ends(host)
    expect("rework" in host.seen, f"it was never reopened: {view['status']}")
    return [host, *attached]


@situation(22, "边界定位漂移派错网格", "A position that drifted over the border")
async def drifted(city: City) -> list[Life]:
    async def elsewhere(life: Life) -> None:
        task = (await life.at_intake())["task"]
        if task is None:
            raise NotYet
        who = f"officer:{task['officer_id']}"
        photos = [await city.photo(who, role) for role in ("near", "far")]
        await city.ask(
            who, "POST", f"/api/intake/tasks/{task['task_id']}/answer",
            {"result": "wrong_place", "note": "实际在路对面。", "photos": photos, "grid_code": "370522001009001"},
        )  # fmt: skip

    life = await begin(
        city, "channel:resident", channel="resident", category_id=MATTER + "06013", condition_id="06013-1",
        grid_code="370522001008001", description="路面坑洼。", reporter=RESIDENT, script={"verifying": [elsewhere]},
    )  # fmt: skip
    view = await ends(life, outcome="solved")
    expect(view["grid_code"] == "370522001009001", f"the case stayed in {view['grid_code']}")
    return [life]


@situation(23, "高龄补贴咨询，直接办结", "A question about the old-age allowance, answered at once")
async def question(city: City) -> list[Life]:
    async def answered(life: Life) -> None:
        await city.ask(
            "intake_clerk", "POST", f"/api/intake/cases/{life.number}/answer", {"knowledge_id": "old-age-allowance"}
        )

    life = await begin(
        city, "channel:hotline", channel="hotline", request_type="inquiry", category_id=LOCAL + "14001",
        grid_code="370522001007002", description="老人八十了，高龄补贴怎么申请？", reporter={"phone": "13900000000"},
        script={"awaiting_filing": [answered], "verifying": [answered], "reported": [answered]},
    )  # fmt: skip
    view = await ends(life, outcome="answered")
    expect(not view["dispatches"], "a question was dispatched")
    return [life]


@situation(27, "匿名举报商场占消防通道", "An anonymous tip about a blocked fire lane")
async def fire_lane(city: City) -> list[Life]:
    async def release(life: Life) -> None:
        orders = {order["unit_id"]: order for order in await life.orders()}
        lead, co = orders["fire"], orders["urban-management"]
        if lead["status"] == "awaiting_signature":
            await life.answer("fire", "sign", lead["dispatch_id"])
        if co["status"] in ("awaiting_signature", "handling"):
            await life.answer(
                "fire", "release-co-unit", lead["dispatch_id"], dispatch_id=co["dispatch_id"], note="现场无需执法配合。"
            )

    life = await begin(
        city, "channel:hotline", channel="hotline", request_type="tip", category_id=MATTER + "09012",
        condition_id="09012-1", grid_code="370522002002801", description="商场后门堆货占了消防通道。",
        reporter={"anonymous": True}, script={"awaiting_signature": [release]},
    )  # fmt: skip
    await ends(life, outcome="solved")
    units = {order["unit_id"] for order in await life.orders()}
    expect({"fire", "urban-management"} <= units, f"not a joint dispatch: {units}")
    return [life]
