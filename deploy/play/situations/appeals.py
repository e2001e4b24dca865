"""Situation of an appeal: a night without an acknowledgement, and the appeal against the score entry."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from deploy.play.city import ZONE, City, Json
from deploy.play.life import Life, NotYetError
from deploy.play.platform import platform, until
from deploy.play.situations.base import (
    NIGHT_SQUAD,
    RESIDENT,
    counted,
    ends,
    expect,
    happened,
    situation,
)


@situation(
    30, "110转来广场舞噪声，夜班未签收，逾期后申诉成功", "Noise handed over by 110: unsigned at night, late, appealed"
)
async def unsigned_at_night(city: City) -> list[Life]:
    async def overslept(life: Life) -> None:
        """Let the squad be reminded and sent an overdue notice before it acknowledges."""
        order = await life.order(NIGHT_SQUAD)
        await city.pass_time(datetime.fromisoformat(order["due_at"]) + timedelta(minutes=2))
        at = await life.at_supervision()
        if not any(notice["unit_id"] == NIGHT_SQUAD for notice in at["notices"]):
            raise NotYetError
        notice = next(each for each in at["notices"] if each["unit_id"] == NIGHT_SQUAD)
        if life.once("why"):
            await city.ask(
                f"unit:{NIGHT_SQUAD}",
                "POST",
                f"/api/supervision/cases/{life.case_id}/notices/{notice['notice_id']}/reply",
                {"text": "值班电话线路中断，未收到派遣。"},
            )
        await life.answer(NIGHT_SQUAD, "sign", order["dispatch_id"])
        await life.complete(order, note="到场劝导，音响已关。")

    async def appeal(life: Life) -> None:
        """Uphold the appeal, because the line was dead. The delay stays visible."""
        path = f"/api/supervision/cases/{life.case_id}/appeals"
        body = {"kind": "unit", "figures": ["overdue"], "text": "线路中断有电信故障单为证，请予免计。"}
        if life.once("appeal"):
            await city.ask(f"unit:{NIGHT_SQUAD}", "POST", path, body)
        tasks = await city.ask("assessor", "GET", "/api/supervision/tasks", params={"kind": "appeal"})
        task = next((each for each in tasks["items"] if each["case_id"] == life.case_id), None)
        if task is None:
            raise NotYetError
        await city.ask(
            "assessor",
            "POST",
            f"/api/supervision/tasks/{task['task_id']}/answer",
            {"passed": True, "note": "故障单属实。曾超期，不计。"},
        )
        again = await city.request(f"unit:{NIGHT_SQUAD}", "POST", path, {**body, "figures": ["urged"]})
        expect(again.status_code == 409, f"appealed twice: {again.status_code} {again.text[:200]}")

    if 8 <= city.now().astimezone(ZONE).hour < 20:
        city.advance_to(hour=21)
    number = f"110-{uuid4().hex[:8]}"
    async with platform(city, "unit:public-security", kind="emergency", description="110") as above:
        receipt = await _handed_over(city, number)
        life = Life(
            city,
            receipt["case_number"],
            receipt["case_id"],
            condition="06028-1",
            outcome="persuaded",
            script={"awaiting_signature": [overslept], "awaiting_feedback": [appeal]},
        )
        view = await ends(life, outcome="solved")
        await until(lambda: above.answers(number)[-1:] and above.answers(number)[-1]["kind"] == "Result")
        answers = above.answers(number)
        expect([each["kind"] for each in answers] == ["Ack", "Result"], f"110 was answered {answers}")
        expect(answers[0]["case"]["number"] == life.number, f"acknowledged under {answers[0]['case']['number']}")
        expect(answers[0]["handover"]["accepted_by"] == "lijin-street-centre", f"taken by {answers[0]['handover']}")
        expect(above.refused == 0, "a message was not signed")
    expect(view["external"]["number"] == number, f"110 knows it as {number}, the case as {view['external']}")
    expect(view["dispatches"][0]["unit"]["id"] == NIGHT_SQUAD, f"the night squad was not sent: {view['dispatches']}")
    expect(view["was_overdue"], "that it was late was erased")
    for step in ("supervision.unit_urged.v1", "supervision.overdue_notified.v1", "evaluation.appeal_decided.v1"):
        expect(step in happened(view), f"{step} did not happen: {happened(view)}")
    expect((await life.at_supervision())["exempt_reason"] == "appeal", "the appeal exempts nothing")
    figures = {each["figure"] for each in view["figures"] if each["subject_id"] == NIGHT_SQUAD}
    expect(not figures & {"overdue", "handling_due"}, f"it still counts: {sorted(figures)}")
    mine = await counted(life, "unit", NIGHT_SQUAD, "overdue")
    expect([(each["value"], each["exempt"]) for each in mine] == [(0, True)], f"the scorecard says {mine}")
    return [life]


async def _handed_over(city: City, number: str) -> Json:
    """Return the hand-over envelope of 110 for a case that is not a police matter."""
    message: Json = {
        "id": str(uuid4()),
        "sender": {"division": "370522", "organisation": "110"},
        "kind": "Alert",
        "sent": city.now().isoformat(),
        "case": {
            "number": number,
            "standard": "GB47678-5-2026",
            "kind": "matter",
            "code": "06028",
            "description": "津城广场夜间广场舞音响扰民。",
            "location": {"grid_code": "370522001003801"},
        },
    }
    receipt: Json = await city.ask(
        "channel:emergency",
        "POST",
        "/api/intake/handovers",
        {"message": message, "reporter": RESIDENT},
        key=message["id"],
    )
    return receipt
