"""Situations from practice, played by the people in them. Each ends as a city would want it, or says how it did not.

Numbers are those of docs/situations.md. A situation is an async function of a `City`; it returns the cases it
made. What must hold is said with `expect`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from deploy.play.city import City, Json
from deploy.play.life import Life, NotYet, has_somebody, recheck

Situation = Callable[[City], Awaitable[list[Life]]]

MATTER = "GB47678-5-2026/matter/"
EMERGENCY = "GB30428-2-2013/event/"
LOCAL = "LOCAL-370522/matter/"

AUTOMATIC = frozenset({"sanitation", "urban-management"})
"""Units whose demo receivers answer by themselves."""

SITUATIONS: dict[int, tuple[str, str, Situation]] = {}
"""Number → Chinese title, English title, how it goes."""


class NotAsItShould(Exception):
    """A situation did not come out right."""


def expect(holds: object, what: str) -> None:
    """Raises `NotAsItShould` naming what does not hold."""
    if not holds:
        raise NotAsItShould(what)


def situation(number: int, title: str, title_en: str) -> Callable[[Situation], Situation]:
    def register(play: Situation) -> Situation:
        SITUATIONS[number] = (title, title_en, play)
        return play

    return register


async def begin(city: City, who: str, **form: Any) -> Life:
    """Report, and hold the case in hand."""
    options = {
        name: form.pop(name)
        for name in ("script", "category", "condition", "outcome", "feedback", "grid")
        if name in form
    }
    receipt = await city.report(who, **form)
    return Life(city, receipt["case_number"], receipt["case_id"], hands_off=AUTOMATIC, **options)


async def ends(life: Life, status: str = "evaluated", outcome: str | None = None) -> Json:
    """Live the case to its end, and expect that end."""
    view = await life.run()
    expect(view["status"] == status, f"{life.number} ended {view['status']}, not {status}: {' → '.join(life.seen)}")
    if outcome is not None:
        expect(view["outcome"] == outcome, f"{life.number} came out {view['outcome']}, not {outcome}")
    return view


RESIDENT = {"name": "居民", "phone": "13800000000", "feedback_wanted": True}


@situation(1, "西大街×江州街轿车撞散隔离栏", "A car scatters the guardrail at a crossing")
async def crash(city: City) -> list[Life]:
    async def by_phone(life: Life) -> None:
        police = await life.order("traffic-police")
        if life.once("phone"):
            await city.ask(
                "dispatcher", "POST", f"/api/dispatch/dispatches/{police['dispatch_id']}/sign",
                {"by_phone": {"contact": "交警指挥室", "at": city.now().isoformat()}},
            )  # fmt: skip

    life = await begin(
        city, "team_leader", channel="patrol_team", category_id=EMERGENCY + "05-95", condition_id="05-95-1",
        component_id="37052202017000001", late_entry=True, by_phone=True, photos=("near",),
        occurred_at=(city.now() - timedelta(minutes=12)).isoformat(),
        description="西大街与江州街路口，一辆轿车撞散隔离栏，约两米缺失，车辆受阻。", script={"awaiting_signature": [by_phone]},
    )  # fmt: skip
    guardrail = await begin(
        city, "team_leader", channel="patrol_team", category_id=MATTER + "02017", condition_id="02017-1",
        component_id="37052202017000001", photos=("near",), description="被撞隔离栏缺失两米，需要补装。",
    )  # fmt: skip
    await city.ask(
        "shift_lead", "POST", f"/api/intake/cases/{guardrail.number}/link",
        {"relation": "parent", "other_case_number": life.number},
    )  # fmt: skip
    view = await ends(life, outcome="solved")
    units = {order["unit_id"]: order["role"] for order in await life.orders()}
    expect(units.get("mobile-team") == "first_response", f"the mobile team was not sent first: {units}")
    expect("traffic-police" in units, f"the traffic police were not told: {units}")
    await ends(guardrail, outcome="solved")
    expect(view["emergency"], "the crash is not an emergency")
    return [life, guardrail]


@situation(2, "污水井盖缺失", "A sewage manhole cover is missing")
async def manhole(city: City) -> list[Life]:
    async def fence(life: Life) -> None:
        order = await life.order("drainage-works")
        await life.answer("drainage-works", "sign", order["dispatch_id"])
        photos = [await city.photo("unit:drainage-works", "before")]
        await life.answer(
            "drainage-works",
            "progress",
            order["dispatch_id"],
            note="已设围挡。",
            milestone=order["milestones"][0]["name"],
            photos=photos,
        )

    life = await begin(
        city, "officer:officer-licheng-07", channel="grid_terminal", category_id=MATTER + "01002",
        condition_id="01002-1", component_id="37052201002000001", photos=("near", "far"),
        description="人行道上一处污水井盖缺失。", script={"awaiting_signature": [fence]},
    )  # fmt: skip
    await ends(life, outcome="solved")
    order = (await life.orders())[0]
    expect(order["unit_id"] == "drainage-works", f"the maintainer did not get it: {order['unit_id']}")
    expect(order["milestones"][0]["reached_at"], "the fence is not noted")
    return [life]


@situation(3, "不明井盖破损，无主", "A broken cover that nobody owns")
async def nobodys_cover(city: City) -> list[Life]:
    life = await begin(
        city, "officer:officer-wenchang-04", channel="grid_terminal", category_id=MATTER + "01023",
        condition_id="01023-1", component_id="37052201023000001", photos=("near",), description="不明井盖破损，找不到权属。",
    )  # fmt: skip
    await ends(life, outcome="solved")
    told = await city.ask("dispatcher", "GET", f"/api/routing/cases/{life.case_id}/explanation")
    expect(any(each["rule"] == "dispatcher" for each in told["decisions"]), "no person decided")
    return [life]


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


@situation(7, "邻里占道纠纷当场调和", "Neighbours reconciled on the spot")
async def reconciled(city: City) -> list[Life]:
    life = await begin(
        city, "lane_lead", channel="lane_lead", category_id=LOCAL + "11001", condition_id="11001-1",
        grid_code="370522002001005-02", photos=("before", "after"), description="两户因门前停车起争执。",
        settlement={"outcome": "mediated", "what_was_done": "当面劝和，划定停放位置。"},
    )  # fmt: skip
    await ends(life, outcome="mediated")
    return [life]


@situation(8, "调解不成，升级司法所", "Mediation failed: the justice office takes over")
async def to_the_justice_office(city: City) -> list[Life]:
    life = await begin(
        city, "officer:officer-fengyi-05", channel="grid_terminal", category_id=LOCAL + "11001", condition_id="11001-1",
        grid_code="370522002001005", photos=("near", "document"), description="邻里排水纠纷，街巷长两次调解不成。",
        outcome="mediated",
    )  # fmt: skip
    await ends(life, outcome="mediated")
    expect((await life.orders())[0]["unit_id"] == "justice", "the justice office did not get it")
    return [life]


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


@situation(10, "夜间施工扰民", "Building noise at night")
async def night_noise(city: City) -> list[Life]:
    life = await begin(
        city, "channel:hotline", channel="hotline", grid_code="370522001008003", category_id=MATTER + "08001",
        condition_id="08001-1", description="深夜还在打混凝土。", reporter=RESIDENT, outcome="persuaded",
    )  # fmt: skip
    await ends(life, outcome="solved")
    return [life]


@situation(12, "供水爆管致路面塌陷", "A burst water main and a hole in the road")
async def burst_main(city: City) -> list[Life]:
    life = await begin(
        city, "intake_clerk", channel="camera", category_id=EMERGENCY + "05-01", condition_id="05-01-2",
        grid_code="370522001004002", frame_confirmed=True, photos=("frame",), description="画面可见路面涌水并下陷。",
    )  # fmt: skip
    await ends(life, outcome="solved")
    orders = {order["unit_id"]: order for order in await life.orders()}
    expect("water-company" in orders, f"the water company was not sent: {sorted(orders)}")
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


@situation(19, "小广告随手清除，抽查不通过", "Small ads removed on the spot; the sample fails")
async def small_ads(city: City) -> list[Life]:
    """Reports until the seeded draw samples one: one in twenty."""
    lives: list[Life] = []

    async def sampled_fails(life: Life) -> None:
        task = next((each for each in (await life.at_supervision())["tasks"] if each["sample"]), None)
        if task is None or not has_somebody(task):
            raise NotYet
        await recheck(life, task, passed=False, note="墙面残留未清。")
        life.once("sample fails")

    for _ in range(300):
        life = await begin(
            city, "officer:officer-jinyuan-01", channel="grid_terminal", category_id=MATTER + "07001",
            condition_id="07001-1", grid_code="370522001001001", photos=("before", "after"),
            description="墙面小广告，已清除。",
            settlement={"outcome": "settled_on_the_spot", "what_was_done": "铲除并刷白。"},
            script={"rechecking": [sampled_fails]},
        )  # fmt: skip
        view = await ends(life)
        lives.append(life)
        if "sample fails" in life.done:
            expect(view["outcome"] == "solved", f"the failed sample came out {view['outcome']}")
            return lives
        expect(view["outcome"] == "settled_on_the_spot", f"{life.number} came out {view['outcome']}")
    raise NotAsItShould("none of 300 settlements was sampled")


@situation(20, "离线上报，两次重发", "Reported offline, sent twice")
async def sent_twice(city: City) -> list[Life]:
    who, key = "officer:officer-xinhe-04", str(uuid4())
    photo = await city.photo(who, "near")
    form = {
        "channel": "grid_terminal", "category_id": MATTER + "06010", "condition_id": "06010-1",
        "grid_code": "370522001006004", "photos": [photo], "description": "绿化带旁暴露垃圾。",
        "captured_at": (city.now() - timedelta(hours=2, minutes=35)).isoformat(),
    }  # fmt: skip
    first = await city.ask(who, "POST", "/api/intake/reports", form, key=key)
    again = await city.ask(who, "POST", "/api/intake/reports", form, key=key)
    expect(first == again, "the second sending made a second report")
    life = Life(city, first["case_number"], first["case_id"], hands_off=AUTOMATIC)
    await ends(life, outcome="solved")
    return [life]


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
