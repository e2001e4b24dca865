"""Situations reported by officers, lane leads and patrol teams."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from deploy.play.city import City
from deploy.play.life import Life, NotYetError, is_assigned, recheck
from deploy.play.situations.base import (
    AUTOMATIC,
    LOCAL,
    MATTER,
    ExpectationError,
    begin,
    counted,
    ends,
    expect,
    situation,
)
from deploy.play.situations.releases import settings


@situation(2, "污水井盖缺失", "A sewage manhole cover is missing")
async def manhole(city: City) -> list[Life]:
    async def put_up_fence(life: Life) -> None:
        dispatch = await life.dispatch("drainage-works")
        await life.answer("drainage-works", "sign", dispatch["dispatch_id"])
        photos = [await city.photo("unit:drainage-works", "before")]
        await life.answer(
            "drainage-works",
            "progress",
            dispatch["dispatch_id"],
            note="已设围挡。",
            milestone=dispatch["milestones"][0]["name"],
            photos=photos,
        )

    life = await begin(
        city,
        "officer:officer-licheng-07",
        channel="grid_terminal",
        category_id=MATTER + "01002",
        condition_id="01002-1",
        component_id="37052201002000001",
        photos=("near", "far"),
        description="人行道上一处污水井盖缺失。",
        script={"awaiting_signature": [put_up_fence]},
    )
    await ends(life, outcome="solved")
    dispatch = (await life.dispatches())[0]
    expect(
        dispatch["unit_id"] == "drainage-works", f"dispatched to {dispatch['unit_id']} instead of the maintaining unit"
    )
    expect(dispatch["milestones"][0]["reached_at"], "the first milestone is not marked as reached")
    return [life]


@situation(3, "不明井盖破损，无主", "A broken cover that nobody owns")
async def nobodys_cover(city: City) -> list[Life]:
    life = await begin(
        city,
        "officer:officer-wenchang-04",
        channel="grid_terminal",
        category_id=MATTER + "01023",
        condition_id="01023-1",
        component_id="37052201023000001",
        photos=("near",),
        description="不明井盖破损，找不到权属。",
    )
    await ends(life, outcome="solved")
    explanation = await city.ask("dispatcher", "GET", f"/api/routing/cases/{life.case_id}/explanation")
    expect(any(each["rule"] == "dispatcher" for each in explanation["decisions"]), "no dispatcher decided")
    findings = (await city.ask("administrator", "GET", "/api/routing/findings", params={"limit": 200}))["items"]
    gap = next((each for each in findings if each["case_id"] == life.case_id), None)
    expect(gap and gap["kind"] == "gap", "the gap in the responsibility list was not recorded")
    assert gap is not None
    expect(
        (gap["category_id"], gap["lead"]["unit_id"]) == (MATTER + "01023", "lijin-street"), f"the recorded gap is {gap}"
    )
    return [life]


@situation(7, "邻里占道纠纷当场调和", "Neighbours reconciled on the spot")
async def reconciled(city: City) -> list[Life]:
    """Play a dispute that a lane lead mediates. A sample check passes, and the settlement counts for the lane lead."""
    lives = await _until_sampled(
        city,
        "lane_lead",
        passed=True,
        note="协议在卷，双方已履行。",
        channel="lane_lead",
        category_id=LOCAL + "11001",
        condition_id="11001-1",
        grid_code="370522002001005-02",
        photos=("before", "after"),
        description="两户因门前停车起争执。",
        settlement={"outcome": "mediated", "what_was_done": "当面劝和，划定停放位置。"},
    )
    expect(lives[-1].view["outcome"] == "mediated", f"the outcome is {lives[-1].view['outcome']}")
    modes = [task["mode"] for task in lives[-1].view["tasks"]]
    expect(modes == ["document"], f"the tasks are {modes} instead of a document check")
    await _counts(lives[-1], "lane-fengyi-05-02", settled=1, sample_passed=1, sample_failed=0)
    return lives


@situation(8, "调解不成，升级司法所", "Mediation failed: the justice office takes over")
async def to_the_justice_office(city: City) -> list[Life]:
    """Play a failed mediation: the lane lead reports it, an officer verifies it, the justice office handles it."""
    life = await begin(
        city,
        "lane_lead",
        channel="lane_lead",
        category_id=LOCAL + "11001",
        condition_id="11001-1",
        grid_code="370522002001005-02",
        photos=("near", "document"),
        description="邻里排水纠纷，街巷长两次调解不成。",
        outcome="mediated",
    )
    view = await ends(life, outcome="mediated")
    tasks = {task["kind"]: task for task in view["tasks"]}
    verified_by = tasks["verify"]["officer_id"]
    expect(verified_by not in (None, "lane-fengyi-05-02"), f"verified by {verified_by}, not by an officer")
    expect(
        [dispatch["unit_id"] for dispatch in await life.dispatches()] == ["justice"],
        "the case was not dispatched to the justice office",
    )
    expect(tasks["recheck"]["mode"] == "document", f"the recheck did not use the documents: {tasks['recheck']['mode']}")
    return [life]


@situation(19, "小广告随手清除，抽查不通过", "Small ads removed on the spot; the sample fails")
async def small_ads(city: City) -> list[Life]:
    lives = await _until_sampled(
        city,
        "officer:officer-jinyuan-01",
        passed=False,
        note="墙面残留未清。",
        channel="grid_terminal",
        category_id=MATTER + "07001",
        condition_id="07001-1",
        grid_code="370522001001001",
        photos=("before", "after"),
        description="墙面小广告，已清除。",
        settlement={"outcome": "settled_on_the_spot", "what_was_done": "铲除并刷白。"},
    )
    view = lives[-1].view
    expect(view["outcome"] == "solved", f"the outcome after the failed sample is {view['outcome']}")
    expect(view["filed_at"] and view["dispatches"], "the failed sample was not filed and dispatched")
    await _counts(lives[-1], "officer-jinyuan-01", settled=0, sample_passed=0, sample_failed=1)
    return lives


async def _until_sampled(city: City, who: str, *, passed: bool, note: str, **form: Any) -> list[Life]:
    """Report settled cases until one of them is sampled, and let another person check that one.

    `passed` is the result of the check. Return all the cases.
    """
    lives: list[Life] = []

    async def approve(life: Life) -> None:
        """Approve the settlement while the sampling rate is 100 %.

        Intake may receive the release with this rate later than routing. So each attempt waits a second longer than the
        last one.
        """
        async with settings(city, sample_rate=1.0):
            await asyncio.sleep(len(lives))
            await city.ask(
                "intake_clerk",
                "POST",
                f"/api/intake/cases/{life.number}/settlement",
                {"approved": True, "note": "照片齐全。"},
            )

    async def recheck_sample(life: Life) -> None:
        task = next((each for each in (await life.at_supervision())["tasks"] if each["sample"]), None)
        if task is None or not is_assigned(task):
            raise NotYetError
        await recheck(life, task, passed=passed, note=note)
        life.once("sampled")

    for _ in range(5):
        life = await begin(city, who, **form, script={"settled": [approve], "rechecking": [recheck_sample]})
        view = await ends(life)
        lives.append(life)
        if "sampled" in life.done:
            return lives
        expect(view["outcome"] == form["settlement"]["outcome"], f"{life.number} has the outcome {view['outcome']}")
    raise ExpectationError("no settlement was sampled, although the sampling rate is 100 %")


async def _counts(life: Life, officer: str, **figures: int) -> None:
    """Check the sum of the officer's score entries of this case in each figure. A reversed entry adds zero."""
    for figure, wanted in figures.items():
        found = await counted(life, "officer", officer, figure)
        total = sum(each["value"] for each in found)
        expect(total == wanted, f"{officer} has {total} of {figure} instead of {wanted}: {found}")


@situation(20, "离线上报，两次重发", "Reported offline, sent twice")
async def sent_twice(city: City) -> list[Life]:
    who, key = "officer:officer-xinhe-04", str(uuid4())
    photo = await city.photo(who, "near")
    form = {
        "channel": "grid_terminal",
        "category_id": MATTER + "06010",
        "condition_id": "06010-1",
        "grid_code": "370522001006004",
        "photos": [photo],
        "description": "绿化带旁暴露垃圾。",
        "captured_at": (city.now() - timedelta(hours=2, minutes=35)).isoformat(),
    }
    first = await city.ask(who, "POST", "/api/intake/reports", form, key=key)
    again = await city.ask(who, "POST", "/api/intake/reports", form, key=key)
    expect(first == again, "the repeated request created a second report")

    async def check_clock(life: Life) -> None:
        view = await life.at_intake()
        reported_at, registered_at = (datetime.fromisoformat(view[name]) for name in ("reported_at", "registered_at"))
        expect(registered_at - reported_at > timedelta(hours=2), f"reported {reported_at}, registered {registered_at}")
        clocks = (await life.at_supervision())["clocks"]
        started = [datetime.fromisoformat(each["started_at"]) for each in clocks if each["name"] == "case"]
        expect(started == [registered_at], f"the clock of the case started at {started}, not at {registered_at}")
        life.once("checked the clock")

    life = Life(
        city,
        first["case_number"],
        first["case_id"],
        not_simulated=AUTOMATIC,
        script={"awaiting_recheck": [check_clock]},
    )
    await ends(life, outcome="solved")
    expect("checked the clock" in life.done, f"the clock was not checked: {life.seen}")
    return [life]
