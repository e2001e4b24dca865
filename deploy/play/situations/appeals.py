"""Situation of an appeal: a unit acknowledges too late at night and appeals against the score entry for the delay."""

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
    async def answer_late(life: Life) -> None:
        """Let the night squad acknowledge only after it has received a reminder and an overdue notice."""
        dispatch = await life.dispatch(NIGHT_SQUAD)
        await city.pass_time(datetime.fromisoformat(dispatch["due_at"]) + timedelta(minutes=2))
        notices = (await life.at_supervision())["notices"]
        notice = next((each for each in notices if each["unit_id"] == NIGHT_SQUAD), None)
        if notice is None:
            raise NotYetError
        if life.once("why"):
            await city.ask(
                f"unit:{NIGHT_SQUAD}",
                "POST",
                f"/api/supervision/cases/{life.case_id}/notices/{notice['notice_id']}/reply",
                {"text": "值班电话线路中断，未收到派遣。"},
            )
        await life.answer(NIGHT_SQUAD, "sign", dispatch["dispatch_id"])
        await life.complete(dispatch, note="到场劝导，音响已关。")

    async def appeal(life: Life) -> None:
        """Appeal as the squad, because its telephone line was dead, and accept the appeal as the assessor."""
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
        expect(again.status_code == 409, f"a second appeal was not refused: {again.status_code} {again.text[:200]}")

    if 8 <= city.now().astimezone(ZONE).hour < 20:
        city.advance_to(hour=21)
    number = f"110-{uuid4().hex[:8]}"
    async with platform(city, "unit:public-security", kind="emergency", description="110") as police:
        receipt = await _handed_over(city, number)
        life = Life(
            city,
            receipt["case_number"],
            receipt["case_id"],
            condition="06028-1",
            outcome="persuaded",
            script={"awaiting_signature": [answer_late], "awaiting_feedback": [appeal]},
        )
        view = await ends(life, outcome="solved")
        await until(lambda: police.answers(number)[-1:] and police.answers(number)[-1]["kind"] == "Result")
        answers = police.answers(number)
        expect([each["kind"] for each in answers] == ["Ack", "Result"], f"110 received {answers}")
        expect(answers[0]["case"]["number"] == life.number, f"acknowledged under {answers[0]['case']['number']}")
        expect(answers[0]["handover"]["accepted_by"] == "lijin-street-centre", f"accepted by {answers[0]['handover']}")
        expect(police.refused == 0, "a message was not signed")
    expect(view["external"]["number"] == number, f"the case has {view['external']} instead of the number {number}")
    expect(view["dispatches"][0]["unit"]["id"] == NIGHT_SQUAD, f"the night squad was not sent: {view['dispatches']}")
    expect(view["was_overdue"], "the case is no longer marked as overdue")
    for step in ("supervision.unit_urged.v1", "supervision.overdue_notified.v1", "evaluation.appeal_decided.v1"):
        expect(step in happened(view), f"{step} did not happen: {happened(view)}")
    expect((await life.at_supervision())["exempt_reason"] == "appeal", "the appeal did not exempt the delay")
    figures = {each["figure"] for each in view["figures"] if each["subject_id"] == NIGHT_SQUAD}
    expect(not figures & {"overdue", "handling_due"}, f"the delay still counts: {sorted(figures)}")
    entries = await counted(life, "unit", NIGHT_SQUAD, "overdue")
    expect([(each["value"], each["exempt"]) for each in entries] == [(0, True)], f"the scorecard has {entries}")
    return [life]


async def _handed_over(city: City, number: str) -> Json:
    """Hand a case that is not a police matter over from 110 to the district, and return the receipt."""
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
