"""Wrongly filed or combined reports, and how people correct them. The demo plays them besides the thirty situations."""

from __future__ import annotations

from deploy.play.city import City
from deploy.play.life import Life, NotYetError
from deploy.play.situations.base import MATTER, RESIDENT, Situation, begin, ends, expect

_COVER, _LITTER, _STALL, _LAMP = (MATTER + code for code in ("01023", "06010", "09005", "01037"))


async def sent_back(city: City) -> list[Life]:
    """退回受理: litter was filed as a damaged cover. The dispatcher sends the case back and the desk files it again."""

    async def send_back(life: Life) -> None:
        body = {"reason": "wrong_category", "note": "照片上是垃圾堆，不是井盖。"}
        await city.ask("dispatcher", "POST", f"/api/routing/cases/{life.case_id}/send-back", body)

    async def file_again(life: Life) -> None:
        view = await life.at_intake()
        if view["status"] != "awaiting_filing":
            raise NotYetError  # tracking has received the event, intake has not
        expect(
            (view["returned"] or {}).get("reason") == "wrong_category",
            f"the desk does not see the reason: {view['returned']}",
        )
        body = {"category_id": _LITTER, "condition_id": "06010-1"}
        await city.ask("shift_lead", "POST", f"/api/intake/cases/{life.number}/file", body)

    life = await begin(
        city,
        "officer:officer-jincheng-05",
        channel="grid_terminal",
        category_id=_COVER,
        condition_id="01023-1",
        grid_code="370522001003005",
        photos=("near",),
        description="路边一堆，像是井盖坏了。",
        script={"awaiting_dispatch": [send_back], "awaiting_filing": [file_again]},
    )
    view = await ends(life, outcome="solved")
    expect(view["case_number"] == life.number, "the case has another number")
    expect(
        {each["unit"]["id"] for each in view["dispatches"]} == {"sanitation"},
        "the case did not go to the sanitation unit",
    )
    return [life]


async def corrected(city: City) -> list[Life]:
    """更正: a broken street light was reported, but the problem is a stall. The case moves to the responsible unit."""

    async def correct(life: Life) -> None:
        (dispatch,) = await life.dispatches()
        body = {"category_id": _STALL, "condition_id": "09005-1", "note": "现场是占道经营，路灯正常。"}
        await city.ask("intake_clerk", "POST", f"/api/intake/cases/{life.number}/correct", body)
        life.done.add(dispatch["unit_id"])

    async def wait_for_move(life: Life) -> None:
        """Let the wrongly chosen unit do nothing until the responsible unit has a dispatch."""
        await life.dispatch("urban-management")

    life = await begin(
        city,
        "officer:officer-jincheng-05",
        channel="grid_terminal",
        category_id=_LAMP,
        condition_id="01037-1",
        grid_code="370522001003005",
        photos=("near",),
        description="路灯下摆摊，灯好像也不亮。",
        script={"awaiting_signature": [correct, wait_for_move]},
    )
    view = await ends(life, outcome="solved")
    first, *others = view["dispatches"]
    expect(
        first["unit"]["id"] in life.done and first["status"] == "withdrawn",
        f"the first dispatch was not withdrawn: {first}",
    )
    expect([each["unit"]["id"] for each in others] == ["urban-management"], "the case did not go to urban management")
    return [life]


async def split(city: City) -> list[Life]:
    """拆分: one caller reports two problems, and a clerk splits the second one off into its own case."""
    parts: list[Life] = []

    async def split_off(life: Life) -> None:
        body = {
            "category_id": _LAMP,
            "condition_id": "01037-1",
            "description": "门口的路灯也不亮。",
            "note": "另一件事。",
        }
        created = await city.ask("intake_clerk", "POST", f"/api/intake/cases/{life.number}/split", body)
        parts.append(Life(city, created["case_number"], created["case_id"], not_simulated=life.not_simulated))

    life = await begin(
        city,
        "channel:hotline",
        channel="hotline",
        category_id=_LITTER,
        condition_id="06010-1",
        grid_code="370522001003005",
        description="门口垃圾没人收，路灯也不亮。",
        reporter=RESIDENT,
        script={"verifying": [split_off]},
    )
    await ends(life, outcome="solved")
    for part in parts:
        view = await ends(part, outcome="solved")
        expect(
            [each["relation"] for each in view["relatives"]] == ["parent"], "the split case does not name its parent"
        )
    expect(len(parts) == 1, "not exactly one case was split off")
    return [life, *parts]


MISTAKES: dict[str, tuple[str, str, Situation]] = {
    "09:30": ("立错类别，退回受理", "Filed under the wrong category, sent back to the desk", sent_back),
    "14:20": ("立错类别，办理中更正", "Filed under the wrong category, corrected during handling", corrected),
    "15:20": ("一个电话两件事，拆分", "One call, two problems: split", split),
}
"""Local time → Chinese title, English title, function that plays it."""
