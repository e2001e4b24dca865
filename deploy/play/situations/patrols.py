"""What officers, lane leads and patrol teams find on their rounds."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from deploy.play.city import City
from deploy.play.life import Life, NotYet, has_somebody, recheck
from deploy.play.situations.base import AUTOMATIC, LOCAL, MATTER, NotAsItShould, begin, ends, expect, situation


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
