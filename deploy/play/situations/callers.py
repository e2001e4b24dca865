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
    begin,
    counted,
    ends,
    expect,
    happened,
    situation,
    without_system,
)


@situation(6, "小区监控与公共探头同日损坏", "A housing estate's camera and a public camera broken on the same day")
async def two_cameras(city: City) -> list[Life]:
    """Report two broken cameras twenty metres apart.

    Intake suggests that the second report is a duplicate. A person decides that it is a case of its own.
    """
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

    async def link_as_related(life: Life) -> None:
        view = await life.at_intake()
        suggested = (view["possible_duplicate_of"] or {}).get("case_number")
        expect(suggested == estate.number, f"{life.number} was compared with {suggested}, not with {estate.number}")
        decided = await city.ask(
            "shift_lead",
            "POST",
            f"/api/intake/cases/{life.number}/link",
            {"relation": "related", "other_case_number": estate.number},
        )
        expect(decided["possible_duplicate_of"] is None, "the suggestion is still shown after a person has answered it")

    public = await begin(
        city,
        "channel:resident",
        channel="resident",
        location={**here, "latitude": here["latitude"] + 0.0002},
        category_id=MATTER + "01050",
        description="路口公共探头坏了。",
        reporter=RESIDENT,
        condition="01050-1",
        script={"awaiting_filing": [link_as_related]},
    )
    units = [(await ends(life, outcome="solved"))["units"][0]["id"] for life in (estate, public)]
    expect("awaiting_filing" in public.seen, f"no person was asked: {public.seen}")
    expect(len(set(units)) == 2, f"both cases went to one unit: {units}")
    links = (await public.at_intake())["links"]
    expect([(each["number"], each["relation"]) for each in links] == [(estate.number, "related")], f"linked: {links}")
    return [estate, public]


@situation(9, "饭店油烟，两单位先后退单", "Kitchen fumes: two units return the dispatch one after the other")
async def fumes(city: City) -> list[Life]:
    async def return_first(life: Life) -> None:
        dispatch = await life.dispatch("ecology-environment")
        path = f"/api/dispatch/dispatches/{dispatch['dispatch_id']}"
        body = {"reason": "not_our_function", "note": "餐饮油烟不属我局职责。"}
        await city.ask("unit:ecology-environment", "POST", f"{path}/request-return", body)
        await city.ask("dispatcher", "POST", f"{path}/refuse-return", {"note": "清单载明由你局牵头。"})
        await city.ask("unit:ecology-environment", "POST", f"{path}/request-return", body)
        await city.ask("dispatcher", "POST", f"{path}/accept-return", {"note": "现场核实后同意。"})

    async def return_second(life: Life) -> None:
        dispatch = await life.dispatch("urban-management")
        path = f"/api/dispatch/dispatches/{dispatch['dispatch_id']}"
        await city.ask(
            "unit:urban-management",
            "POST",
            f"{path}/request-return",
            {"reason": "ownership_unclear", "note": "需联合认定。"},
        )
        await city.ask("dispatcher", "POST", f"{path}/accept-return", {"note": "提请现场会商。"})

    async def decide_after_survey(life: Life) -> None:
        queue = await city.ask("dispatcher", "GET", "/api/routing/queue")
        mine = next((each for each in queue["items"] if each["case_id"] == life.case_id), None)
        if mine is None:
            raise NotYetError
        expect(mine["reason"] == "joint_survey", f"no joint survey was requested: {mine['reason']}")
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

    async with without_system(city, "urban-management"):
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
            script={"awaiting_signature": [return_first, return_second], "awaiting_dispatch": [decide_after_survey]},
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

    async def report_not_found(life: Life) -> None:
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
            script={"verifying": [report_not_found]},
            reporter=RESIDENT,
        )
        view = await ends(life, "not_filed")
        expect(view["not_filed_reason"] == "not_found_on_site", f"not filed for the reason {view['not_filed_reason']}")
        lives.append(life)
    parent = next((link for link in (await lives[-1].at_intake())["links"] if link["relation"] == "parent"), None)
    expect(parent, "three reports did not create a parent case")
    assert parent is not None
    whole = Life(city, parent["number"], parent["case_id"], not_simulated=AUTOMATIC)
    await ends(whole, outcome="solved")
    links = {each["number"] for each in (await whole.at_intake())["links"] if each["relation"] == "child"}
    expect(links == {life.number for life in lives}, f"the parent is linked with {links}")
    parts = {each["unit_id"]: each["role"] for each in await whole.dispatches()}
    team = (await city.ask("administrator", "GET", "/api/registry/entities/team/joint-lijin"))["body"]
    expect(
        set(parts) == {team["convenor"], *team["members"]}, f"dispatched to {sorted(parts)} instead of the joint team"
    )
    lead = [unit for unit, role in parts.items() if role == "lead"]
    expect(lead == ["urban-management"], f"the lead of the team is {lead}, not the unit that the list names")
    return [*lives, whole]


@situation(21, "三位居民报同一垃圾堆", "Three residents, one heap")
async def one_heap(city: City) -> list[Life]:
    async def answer_not_solved(life: Life) -> None:
        """Record that the first reporter answers "not solved"."""
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

    async def decide_second_answer(life: Life) -> None:
        """Decide about the second "not solved" as the shift lead. Only the first one reopens the case automatically."""
        tasks = [each for each in (await life.at_supervision())["tasks"] if each["kind"] == "attention"]
        if not tasks:
            raise NotYetError
        asked = [(each["reason"], each["queue"]) for each in tasks]
        expect(asked == [("second_not_solved", "shift_lead")], f"a person was asked about {asked}")
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
    script = {"awaiting_feedback": [answer_not_solved, answer_not_solved], "closed": [decide_second_answer]}
    host = await begin(city, "channel:resident", **form, script=script)
    attached = [await begin(city, "channel:resident", **form) for _ in range(2)]
    for life in attached:
        await ends(life, "attached")
    view = await ends(host)
    joined = {each["case_number"] for each in view["reports"]}
    expect({life.number for life in attached} <= joined, f"the case has the reports {joined}")
    steps = happened(view)
    expect(steps.count("supervision.case_reopened.v1") == 1, f"not reopened exactly once: {steps}")
    expect("rework" in host.seen, f"no rework after the reopening: {host.seen}")
    later = steps[steps.index("supervision.case_reopened.v1") :]
    expect("supervision.attention_needed.v1" in later, f"nobody was asked about the second answer: {later}")
    expect("supervision.attention_settled.v1" in later, f"nobody decided about the second answer: {later}")
    return [host, *attached]


@situation(22, "边界定位漂移派错网格", "A position that drifted over the border")
async def drifted(city: City) -> list[Life]:
    async def report_wrong_place(life: Life) -> None:
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
        script={"verifying": [report_wrong_place]},
    )
    view = await ends(life, outcome="solved")
    expect(view["grid_code"] == "370522001009001", f"the case stayed in {view['grid_code']}")
    asked = [(task["result"], task["officer_id"]) for task in view["tasks"] if task["kind"] == "verify"]
    expect(
        [result for result, _ in asked] == ["wrong_place", "confirmed"],
        f"the case was not verified at the new place: {asked}",
    )
    expect(len({officer for _, officer in asked}) == 2, f"the same officer verified twice: {asked}")
    expect(len(view["dispatches"]) == 1, f"dispatched to {len(view['dispatches'])} units instead of one")
    unit = view["dispatches"][0]["unit"]["id"]
    charged = await counted(life, "unit", unit, "return_requested")
    expect(not charged, f"{unit} has score entries for the wrong position: {charged}")
    return [life]


@situation(23, "高龄补贴咨询，直接办结", "A question about the old-age allowance, answered at once")
async def question(city: City) -> list[Life]:
    async def answer(life: Life) -> None:
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
        script={"awaiting_filing": [answer], "verifying": [answer], "reported": [answer]},
    )
    view = await ends(life, outcome="answered")
    expect(not view["dispatches"], "an inquiry was dispatched")
    return [life]


@situation(27, "匿名举报商场占消防通道", "An anonymous tip about a blocked fire lane")
async def fire_lane(city: City) -> list[Life]:
    grid, phone = "370522002002801", "13800002701"

    async def release_co_unit(life: Life) -> None:
        dispatches = {dispatch["unit_id"]: dispatch for dispatch in await life.dispatches()}
        lead, co = dispatches["fire"], dispatches["urban-management"]
        if lead["status"] == "awaiting_signature":
            await life.answer("fire", "sign", lead["dispatch_id"])
        if co["status"] in ("awaiting_signature", "handling"):
            await life.answer(
                "fire", "release-co-unit", lead["dispatch_id"], dispatch_id=co["dispatch_id"], note="现场无需执法配合。"
            )

    async with without_system(city, "urban-management"):
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
            script={"awaiting_signature": [release_co_unit]},
        )
        view = await ends(life, outcome="solved")
    parts = {each["unit"]["id"]: (each["role"], each["status"]) for each in view["dispatches"]}
    expect(
        parts == {"fire": ("lead", "completed"), "urban-management": ("co", "released")},
        f"the co-unit was not released: {parts}",
    )
    await _reporter_stays_unknown(life, phone)
    task = next(each for each in view["tasks"] if each["kind"] == "recheck")
    officer = (await city.ask("administrator", "GET", f"/api/registry/entities/officer/{task['officer_id']}"))["body"]
    expect(grid not in {officer["primary_grid"], *officer["grids"]}, "an officer of the dedicated grid rechecked it")
    expect(officer["primary_grid"].startswith(grid[:9]), f"rechecked from another street: {officer['primary_grid']}")
    return [life]


async def _reporter_stays_unknown(life: Life, phone: str) -> None:
    """Check that no view of the case and no call shows who the reporter is: not to the desk, the unit or the leader."""
    city, path = life.city, f"/api/tracking/cases/{life.number}"
    views = [
        await life.at_intake(),
        *(await life.dispatches()),
        *[await city.ask(who, "GET", path) for who in ("leader", "shift_lead", "unit:fire")],
        await city.ask("leader", "GET", f"{path}/timeline", params={"full": True}),
    ]
    expect(not any(word in str(views) for word in (phone, "知情人")), "the case reveals the reporter")
    for who in ("shift_lead", "intake_clerk", "hotline", "unit:fire"):
        answer = await city.request(
            who, "GET", f"/api/intake/reports/{life.case_id}/reporter", params={"reason": "回访"}
        )
        expect(answer.status_code in (403, 404), f"{who} can read the reporter: {answer.status_code}")
    call = await city.ask("hotline", "POST", "/api/intake/calls", {"channel_number": "12345", "phone": phone})
    expect(
        life.number not in {each["case_number"] for each in call["older"]},
        "a call from the same phone shows the anonymous case",
    )
    await city.ask("hotline", "POST", f"/api/intake/calls/{call['id']}/end", {"result": "progress_told"})
