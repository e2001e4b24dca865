"""Mistakes at the desk and their correction. They belong to any day, beside the thirty situations."""

from __future__ import annotations

from deploy.play.city import City
from deploy.play.life import Life, NotYetError
from deploy.play.situations.base import MATTER, RESIDENT, Situation, begin, ends, expect

_COVER, _LITTER, _STALL, _LAMP = (MATTER + code for code in ("01023", "06010", "09005", "01037"))


async def sent_back(city: City) -> list[Life]:
    """退回受理: litter was filed as an ownerless cover. The dispatcher sends it back, the desk files it again."""

    async def to_the_desk(life: Life) -> None:
        body = {"reason": "wrong_category", "note": "照片上是垃圾堆，不是井盖。"}
        await city.ask("dispatcher", "POST", f"/api/routing/cases/{life.case_id}/send-back", body)

    async def filed_anew(life: Life) -> None:
        view = await life.at_intake()
        if view["status"] != "awaiting_filing":
            raise NotYetError  # tracking has the event before intake
        expect((view["returned"] or {}).get("reason") == "wrong_category", f"the desk is not told: {view['returned']}")
        body = {"category_id": _LITTER, "condition_id": "06010-1"}
        await city.ask("shift_lead", "POST", f"/api/intake/cases/{life.number}/file", body)

    life = await begin(
        city, "officer:officer-jincheng-05", channel="grid_terminal", category_id=_COVER, condition_id="01023-1",
        grid_code="370522001003005", photos=("near",), description="路边一堆，像是井盖坏了。",
        script={"awaiting_dispatch": [to_the_desk], "awaiting_filing": [filed_anew]},
    )  # fmt: skip
    view = await ends(life, outcome="solved")
    expect(view["case_number"] == life.number, "it got another number")
    expect({each["unit"]["id"] for each in view["dispatches"]} == {"sanitation"}, "it did not find its unit")
    return [life]


async def corrected(city: City) -> list[Life]:
    """更正: a lamp was reported, but it is a stall under the lamp. The dispatch moves to the competent unit."""

    async def put_right(life: Life) -> None:
        (order,) = await life.orders()
        body = {"category_id": _STALL, "condition_id": "09005-1", "note": "现场是占道经营，路灯正常。"}
        await city.ask("intake_clerk", "POST", f"/api/intake/cases/{life.number}/correct", body)
        life.done.add(order["unit_id"])

    async def goes_on(life: Life) -> None:
        """Let the wrong unit do nothing while the case moves to the right one."""
        await life.order("urban-management")

    life = await begin(
        city, "officer:officer-jincheng-05", channel="grid_terminal", category_id=_LAMP, condition_id="01037-1",
        grid_code="370522001003005", photos=("near",), description="路灯下摆摊，灯好像也不亮。",
        script={"awaiting_signature": [put_right, goes_on]},
    )  # fmt: skip
    view = await ends(life, outcome="solved")
    first, *others = view["dispatches"]
    expect(first["unit"]["id"] in life.done and first["status"] == "withdrawn", f"the first order stands: {first}")
    expect([each["unit"]["id"] for each in others] == ["urban-management"], "it is not with whose work it is")
    return [life]


async def split(city: City) -> list[Life]:
    """拆分: one caller reports two problems. Each becomes a case, and the caller hears of both."""
    parts: list[Life] = []

    async def parted(life: Life) -> None:
        body = {
            "category_id": _LAMP, "condition_id": "01037-1", "description": "门口的路灯也不亮。", "note": "另一件事。",
        }  # fmt: skip
        made = await city.ask("intake_clerk", "POST", f"/api/intake/cases/{life.number}/split", body)
        parts.append(Life(city, made["case_number"], made["case_id"], hands_off=life.hands_off))

    life = await begin(
        city, "channel:hotline", channel="hotline", category_id=_LITTER, condition_id="06010-1",
        grid_code="370522001003005", description="门口垃圾没人收，路灯也不亮。", reporter=RESIDENT,
        script={"verifying": [parted]},
    )  # fmt: skip
    await ends(life, outcome="solved")
    for part in parts:
        view = await ends(part, outcome="solved")
        expect([each["relation"] for each in view["relatives"]] == ["parent"], "it does not know where it came from")
    expect(len(parts) == 1, "nothing was split off")
    return [life, *parts]


MISHAPS: dict[str, tuple[str, str, Situation]] = {
    "09:30": ("立案有误，退回受理", "Filed wrongly, sent back to the desk", sent_back),
    "14:20": ("派错了对象，办理中更正", "Not what was said: corrected on the way", corrected),
    "15:20": ("一个电话两件事，拆分", "One call, two problems: split", split),
}
"""Local time → Chinese title, English title, story."""
