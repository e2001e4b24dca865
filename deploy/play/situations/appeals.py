"""What counts, and what does not: a night without a signature, and the appeal that follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from deploy.play.city import ZONE, City
from deploy.play.life import Life, NotYet
from deploy.play.situations.base import MATTER, RESIDENT, begin, ends, expect, situation

SQUAD = "enforcement-night-squad"


@situation(
    30, "110转来广场舞噪声，夜班未签收，逾期后申诉成功", "Noise handed over by 110: unsigned at night, late, appealed"
)
async def unsigned_at_night(city: City) -> list[Life]:
    async def overslept(life: Life) -> None:
        """Nobody signs: the squad is urged, and at the limit asked why it is late. Then it goes out after all."""
        order = await life.order(SQUAD)
        await city.pass_time(datetime.fromisoformat(order["due_at"]) + timedelta(minutes=2))
        at = await life.at_supervision()
        if not any(notice["unit_id"] == SQUAD for notice in at["notices"]):
            raise NotYet
        notice = next(each for each in at["notices"] if each["unit_id"] == SQUAD)
        if life.once("why"):
            await city.ask(
                f"unit:{SQUAD}", "POST", f"/api/supervision/cases/{life.case_id}/notices/{notice['notice_id']}/reply",
                {"text": "值班电话线路中断，未收到派遣。"},
            )  # fmt: skip
        await life.answer(SQUAD, "sign", order["dispatch_id"])
        await life.complete(order, note="到场劝导，音响已关。")

    async def appeal(life: Life) -> None:
        """Once for each case; the assessor finds that the line was dead. It stays known that it was late."""
        path = f"/api/supervision/cases/{life.case_id}/appeals"
        body = {"kind": "unit", "figures": ["overdue"], "text": "线路中断有电信故障单为证，请予免计。"}
        if life.once("appeal"):
            await city.ask(f"unit:{SQUAD}", "POST", path, body)
        tasks = await city.ask("assessor", "GET", "/api/supervision/tasks", params={"kind": "appeal"})
        task = next((each for each in tasks["items"] if each["case_id"] == life.case_id), None)
        if task is None:
            raise NotYet
        await city.ask(
            "assessor", "POST", f"/api/supervision/tasks/{task['task_id']}/answer",
            {"passed": True, "note": "故障单属实。曾超时，不计。"},
        )  # fmt: skip
        again = await city.request(f"unit:{SQUAD}", "POST", path, {**body, "figures": ["urged"]})
        expect(again.status_code == 409, f"appealed twice: {again.status_code} {again.text[:200]}")

    if 8 <= city.now().astimezone(ZONE).hour < 20:
        city.advance_to(hour=21)
    life = await begin(
        city, "intake_clerk", channel="emergency", category_id=MATTER + "06028", condition_id="06028-1",
        grid_code="370522001003801", description="津城广场夜间广场舞音响扰民，110转来。",
        external={"channel_number": "110", "number": f"110-{city.random.randrange(10**8):08}"}, reporter=RESIDENT,
        outcome="persuaded", script={"awaiting_signature": [overslept], "awaiting_feedback": [appeal]},
    )  # fmt: skip
    view = await ends(life, outcome="solved")
    expect(view["dispatches"][0]["unit"]["id"] == SQUAD, f"the night squad was not sent: {view['dispatches']}")
    expect(view["was_overdue"], "that it was late was erased")
    said = [entry["type"] for entry in view["timeline"]]
    for step in ("supervision.unit_urged.v1", "supervision.overdue_notified.v1", "evaluation.appeal_decided.v1"):
        expect(step in said, f"{step} did not happen: {said}")
    expect((await life.at_supervision())["exempt_reason"] == "appeal", "the appeal exempts nothing")
    counted = {each["figure"] for each in view["figures"] if each["subject_id"] == SQUAD}
    expect(not counted & {"overdue", "handling_due"}, f"it still counts: {sorted(counted)}")
    behind = await city.ask(
        "assessor", "GET", f"/api/supervision/scorecards/unit/{SQUAD}/cases",
        params={"figure": "overdue", "period": f"{city.now().astimezone(ZONE):%Y}", "limit": 200},
    )  # fmt: skip
    mine = [each for each in behind["items"] if each["case_id"] == life.case_id]
    expect([(each["value"], each["exempt"]) for each in mine] == [(0, True)], f"the scorecard says {mine}")
    return [life]
