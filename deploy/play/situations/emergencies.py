"""Situations with emergencies, first response and hand-overs, and a situation with noise at night."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from deploy.play.city import ZONE, City
from deploy.play.life import Life
from deploy.play.situations.base import (
    EMERGENCY,
    MATTER,
    NIGHT_SQUAD,
    RESIDENT,
    begin,
    counted,
    ends,
    expect,
    situation,
)


@situation(1, "西大街×江州街轿车撞散隔离栏", "A car scatters the guardrail at a crossing")
async def crash(city: City) -> list[Life]:
    async def sign_by_phone(life: Life) -> None:
        """Record, as the dispatcher, that the traffic police acknowledged by phone.

        Also check that they must acknowledge within five minutes.
        """
        police = await life.dispatch("traffic-police")
        asked_at, answer_by = (datetime.fromisoformat(police[name]) for name in ("created_at", "sign_due_at"))
        waits = police["handover"] and police["status"] == "awaiting_signature"
        expect(
            waits and answer_by - asked_at == timedelta(minutes=5),
            f"not a hand-over that must be acknowledged within five minutes: {police}",
        )
        if life.once("phone"):
            await city.ask(
                "dispatcher",
                "POST",
                f"/api/dispatch/dispatches/{police['dispatch_id']}/sign",
                {"by_phone": {"contact": "交警指挥室", "at": city.now().isoformat()}},
            )

    life = await begin(
        city,
        "team_leader",
        channel="patrol_team",
        category_id=EMERGENCY + "05-95",
        condition_id="05-95-1",
        component_id="37052202017000001",
        photos=("near",),
        occurred_at=(city.now() - timedelta(minutes=12)).isoformat(),
        description="西大街与江州街路口，一辆轿车撞散隔离栏，约两米缺失，车辆受阻。",
        script={"awaiting_signature": [sign_by_phone]},
    )
    guardrail = await begin(
        city,
        "team_leader",
        channel="patrol_team",
        category_id=MATTER + "02017",
        condition_id="02017-1",
        component_id="37052202017000001",
        photos=("near",),
        description="被撞隔离栏缺失两米，需要补装。",
    )
    await city.ask(
        "shift_lead",
        "POST",
        f"/api/intake/cases/{guardrail.number}/link",
        {"relation": "parent", "other_case_number": life.number},
    )
    view = await ends(life, outcome="solved")
    units = {dispatch["unit_id"]: dispatch["role"] for dispatch in await life.dispatches()}
    expect(units.get("mobile-team") == "first_response", f"the mobile team was not sent first: {units}")
    expect("traffic-police" in units, f"the traffic police were not informed: {units}")
    expect("phone" in life.done, "nobody phoned the traffic police")
    for figure, wanted in (("handed_over", 1), ("handling_due", 0)):
        found = await counted(life, "unit", "traffic-police", figure)
        expect(len(found) == wanted, f"the traffic police have {figure}: {found}")
    expect(view["emergency"], "the crash is not an emergency")
    repair = await guardrail.dispatch("municipal-works")
    expect(repair["status"] == "awaiting_signature", f"the guardrail case ended with the crash: {repair['status']}")
    limits = [(each["amount"], each["unit"]) for each in repair["milestones"]]
    expect(limits == [(2, "urgent_hour"), (3, "work_day")], f"the limits of the guardrail case are {limits}")
    await ends(guardrail, outcome="solved")
    return [life, guardrail]


@situation(10, "夜间施工扰民", "Building noise at night")
async def night_noise(city: City) -> list[Life]:
    """Report noise at 23:30: it is not verified, the night squad has two hours, and the recheck is a call-back."""
    await city.pass_time(_half_past_eleven(city))
    life = await begin(
        city,
        "channel:hotline",
        channel="hotline",
        grid_code="370522001008003",
        category_id=MATTER + "08001",
        condition_id="08001-1",
        description="深夜还在打混凝土。",
        reporter=RESIDENT,
        outcome="persuaded",
    )
    view = await ends(life, outcome="solved")
    dispatch = (await life.dispatches())[0]
    expect(dispatch["unit_id"] == NIGHT_SQUAD, f"{dispatch['unit_id']} was sent at night")
    sent_at, due_at = (datetime.fromisoformat(dispatch[name]) for name in ("created_at", "due_at"))
    expect(due_at - sent_at == timedelta(hours=2), f"not two urgent hours: sent {sent_at}, due {due_at}")
    modes = {task["kind"]: task["mode"] for task in view["tasks"]}
    expect(modes == {"recheck": "callback"}, f"the tasks are {modes} instead of one call-back")
    expect(dispatch["outcome"] == "persuaded", f"the squad reported {dispatch['outcome']}")
    return [life]


def _half_past_eleven(city: City) -> datetime:
    """Return 23:30 of today, or the present time if it is before six o'clock."""
    now = city.now().astimezone(ZONE)
    return now if now.hour < 6 else datetime.combine(now, time(23, 30), ZONE)


@situation(12, "供水爆管致路面塌陷", "A burst water main and a hole in the road")
async def burst_main(city: City) -> list[Life]:
    """Play a burst main: a camera reports it, and a person confirms the report.

    The water must be stopped within one urgent hour and the road repaired within five work days.
    """

    async def confirm(life: Life) -> None:
        view = await life.at_intake()
        expect(not await life.dispatches(), "a camera's report was dispatched without confirmation")
        await city.ask(
            "intake_clerk",
            "POST",
            f"/api/intake/cases/{life.number}/file",
            {"category_id": view["category"]["id"], "condition_id": "05-01-2"},
        )

    async def shut_off(life: Life) -> None:
        dispatch = await life.dispatch("water-company")
        await life.answer("water-company", "sign", dispatch["dispatch_id"])
        await life.answer(
            "water-company",
            "progress",
            dispatch["dispatch_id"],
            note="已关阀止水，路面已围护。",
            milestone=dispatch["milestones"][0]["name"],
            photos=[await city.photo("unit:water-company", "before")],
        )

    life = await begin(
        city,
        "channel:camera",
        channel="camera",
        category_id=EMERGENCY + "05-01",
        condition_id="05-01-2",
        grid_code="370522001004002",
        photos=("frame",),
        description="画面可见路面涌水并下陷。",
        script={"awaiting_filing": [confirm], "awaiting_signature": [shut_off]},
    )
    await ends(life, outcome="solved")
    expect("awaiting_filing" in life.seen, f"no person confirmed the report: {life.seen}")
    dispatches = {dispatch["unit_id"]: dispatch for dispatch in await life.dispatches()}
    expect("water-company" in dispatches, f"the water company was not sent: {sorted(dispatches)}")
    water, road = dispatches["water-company"]["milestones"]
    limits = [(each["amount"], each["unit"]) for each in (water, road)]
    expect(limits == [(1, "urgent_hour"), (5, "work_day")], f"the limits of the two milestones are {limits}")
    expect(water["reached_at"], "the first milestone is not marked as reached")
    return [life]
