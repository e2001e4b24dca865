"""Situations with several parties: co-units, coordinated units, emergency services."""

from __future__ import annotations

from datetime import datetime, timedelta

from deploy.play.city import City, Json
from deploy.play.life import Life, NotYetError
from deploy.play.situations.base import EMERGENCY, LOCAL, RESIDENT, begin, ends, expect, situation


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def _timeline_entry(life: Life, event_type: str) -> Json:
    """Return the first timeline entry of an event type. Raises `NotYetError` while there is none."""
    view = await life.city.ask("leader", "GET", f"/api/tracking/cases/{life.number}/timeline", params={"full": True})
    found = next((each for each in view["items"] if each["type"] == event_type), None)
    if found is None:
        raise NotYetError
    entry: Json = found
    return entry


@situation(
    4, "小区下水管不通，物业逾期，升级住建", "A blocked drain: the property company is late, its authority steps in"
)
async def blocked_drain(city: City) -> list[Life]:
    async def miss_deadline(life: Life) -> None:
        """Let the property company acknowledge its dispatch and then miss the deadline."""
        dispatch = await life.dispatch("jinhe-property")
        if life.once("sign"):
            await life.answer("jinhe-property", "sign", dispatch["dispatch_id"])
        await city.pass_time(_instant(dispatch["due_at"]) + timedelta(minutes=1))

    async def check_escalation(life: Life) -> None:
        """Check that the housing authority gets a notice, and that the clock of the coordinated unit is not red."""
        await _timeline_entry(life, "supervision.supervision_order_issued.v1")
        notices = (await life.at_supervision())["notices"]
        expect({each["unit_id"] for each in notices} == {"housing"}, f"the housing authority has no notice: {notices}")
        clocks = (await life.at_supervision())["clocks"]
        lights = {each["light"] for each in clocks if each["unit_id"] == "jinhe-property"}
        expect("red" not in lights, f"the clock of a coordinated unit turned red: {lights}")

    life = await begin(
        city,
        "channel:hotline",
        channel="hotline",
        request_type="help",
        category_id=LOCAL + "12002",
        condition_id="12002-1",
        grid_code="370522001001003",
        description="单元下水管堵了，污水往一楼返。",
        reporter=RESIDENT,
        script={"awaiting_signature": [miss_deadline], "handling": [check_escalation]},
    )
    view = await ends(life, outcome="solved")
    expect("verifying" in life.seen, "the case was filed without verification")
    dispatch = view["dispatches"][0]
    expect(dispatch["coordinated"], "the property company is not a coordinated unit")
    modes = {task["kind"]: task["mode"] for task in view["tasks"]}
    expect(modes.get("recheck") == "callback", f"the recheck was not a call-back: {modes}")
    return [life]


@situation(5, "顶楼漏水两家互推，联合议事", "A leaking roof: two parties refuse, and all meet to settle it")
async def leaking_roof(city: City) -> list[Life]:
    async def settle_together(life: Life) -> None:
        """Let all units acknowledge, the lead report progress, and the co-units complete their dispatches."""
        dispatches = {each["unit_id"]: each for each in await life.dispatches()}
        expect(
            set(dispatches) == {"housing", "jinhe-property", "fengyi-owners"},
            f"dispatched to {sorted(dispatches)} instead of all three units",
        )
        for unit in ("housing", "jinhe-property", "fengyi-owners"):
            await life.answer(unit, "sign", dispatches[unit]["dispatch_id"])
        note = "三方到场议事，议定费用由维修资金和物业分担。"
        await life.answer("housing", "progress", dispatches["housing"]["dispatch_id"], note=note)
        for unit in ("jinhe-property", "fengyi-owners"):
            await life.complete(dispatches[unit], note="按议定方案履行。")

    life = await begin(
        city,
        "intake_clerk",
        channel="walk_in",
        request_type="help",
        category_id=LOCAL + "12001",
        condition_id="12001-1",
        grid_code="370522002001005",
        description="顶楼漏水，物业和业委会互相推。",
        reporter=RESIDENT,
        script={"awaiting_signature": [settle_together]},
    )
    view = await ends(life, outcome="solved")
    parts = {each["unit"]["id"]: (each["role"], each["coordinated"]) for each in view["dispatches"]}
    expect(
        parts == {"housing": ("lead", False), "jinhe-property": ("co", True), "fengyi-owners": ("co", True)},
        f"the units have the roles {parts}",
    )
    modes = {task["kind"]: task["mode"] for task in view["tasks"]}
    expect(modes.get("verify") == "site", f"the case was not verified on site: {modes}")
    expect(modes.get("recheck") == "document", f"the recheck did not use the documents: {modes}")
    return [life]


@situation(11, "学校燃气异味，119 应答超期", "A smell of gas at a school: 119 does not answer in time")
async def smell_of_gas(city: City) -> list[Life]:
    async def let_fire_brigade_miss_deadline(life: Life) -> None:
        """Let the other units acknowledge, and let the deadline for the fire brigade's acknowledgement pass."""
        dispatches = {each["unit_id"]: each for each in await life.dispatches()}
        if len(dispatches) < 3:
            raise NotYetError
        for unit in ("gas-company", "mobile-team"):
            if life.once(f"sign {unit}"):
                await life.answer(unit, "sign", dispatches[unit]["dispatch_id"])
        await city.pass_time(_instant(dispatches["fire"]["sign_due_at"]) + timedelta(seconds=30))

    async def sign_by_phone(life: Life) -> None:
        tasks = (await life.at_supervision())["tasks"]
        if not any(each["reason"] == "handover_unacknowledged" for each in tasks):
            raise NotYetError
        await _timeline_entry(life, "supervision.unit_urged.v1")
        dispatch = await life.dispatch("fire")
        await city.ask(
            "dispatcher",
            "POST",
            f"/api/dispatch/dispatches/{dispatch['dispatch_id']}/sign",
            {"by_phone": {"contact": "119 指挥中心值班席", "at": city.now().isoformat()}},
        )

    async def complete_all(life: Life) -> None:
        for unit in ("fire", "mobile-team", "gas-company"):
            dispatch = await life.dispatch(unit)
            if dispatch["status"] == "handling":
                await life.complete(dispatch, note="关阀、通风、检测无泄漏，险情解除。")

    life = await begin(
        city,
        "channel:resident",
        frozenset({"fire"}),
        channel="resident",
        category_id=EMERGENCY + "05-02",
        condition_id="05-02-1",
        grid_code="370522001007801",
        location=await city.point_in("370522001007801"),
        description="学校门口有很浓的燃气味。",
        reporter=RESIDENT,
        script={"awaiting_signature": [let_fire_brigade_miss_deadline], "handling": [sign_by_phone, complete_all]},
    )
    view = await ends(life, outcome="solved")
    expect("verifying" not in life.seen, "an emergency was verified before it was filed")
    parts = {each["unit"]["id"]: each["role"] for each in view["dispatches"]}
    expect(
        parts == {"gas-company": "lead", "mobile-team": "first_response", "fire": "first_response"},
        f"the units have the roles {parts}, not those of the emergency plan",
    )
    return [life]
