"""Situations with confidential cases: only the competent units can read the text, all others see only the status."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from deploy.play.city import City, Json
from deploy.play.life import Life, NotYetError
from deploy.play.situations.base import LOCAL, ExpectationError, begin, ends, expect, situation

ANOMALY, PERSON = LOCAL + "15001", LOCAL + "15002"


async def _text_for(life: Life, unit: str) -> Json:
    """Return the confidential text as the unit. Raises `NotYetError` while intake does not know the unit's dispatch."""
    answer = await life.city.request(f"unit:{unit}", "GET", f"/api/intake/cases/{life.case_id}/confidential")
    if answer.status_code == 404:
        raise NotYetError
    found: Json = answer.json()
    return found


async def _board_hides_content(life: Life) -> None:
    """Check that the leader's board shows the case as confidential, without its text, category and position."""
    board = await life.city.ask("leader", "GET", "/api/tracking/board/snapshot")
    card = next((each for each in board["cards"] if each["id"] == life.case_id), None)
    if card is None:
        raise NotYetError
    shown = {"title", "category", "grid_code", "grid_name", "longitude", "latitude"} & card.keys()
    expect(card["confidential"] and not shown, f"the board shows confidential fields: {sorted(shown)}")


async def _others_cannot_read_it(life: Life, words: str) -> None:
    """Check that nobody outside the competent unit can read the text, in the case, timeline, search or map."""
    city = life.city
    view = await city.case(life.number)
    expect(view is not None, "the leader does not see that the case exists")
    readable = [
        name for name in ("description", "category", "place", "condition", "longitude") if (view or {}).get(name)
    ]
    expect(not readable, f"the leader can read {readable}")
    timeline = await city.ask("leader", "GET", f"/api/tracking/cases/{life.number}/timeline", params={"full": True})
    texts = {each["text"]["zh"] for each in timeline["items"]} | {each["note"] for each in timeline["items"]}
    expect(texts <= {"保密", None}, f"the timeline shows {texts}")
    found = await city.ask("leader", "GET", "/api/tracking/cases", params={"q": words})
    expect(life.case_id not in {each["id"] for each in found["items"]}, "the search finds the confidential text")
    dots = await city.ask("leader", "GET", "/api/tracking/cases.geojson")
    expect(life.case_id not in {each["id"] for each in dots["features"]}, "the map shows the confidential case")
    for who in ("leader", "shift_lead", "administrator", "assessor", "unit:housing"):
        answer = await city.request(who, "GET", f"/api/intake/cases/{life.case_id}/confidential")
        expect(answer.status_code in (403, 404), f"{who} can read the text: {answer.status_code}")
    other = await city.request("unit:housing", "GET", f"/api/tracking/cases/{life.number}")
    expect(other.status_code == 404, f"another unit sees the case: {other.status_code}")


async def _result(life: Life, dispatch: Json, note: str) -> Json:
    """Send the result of a dispatch to 120 as a hand-over envelope, and return the response."""
    message: Json = {
        "id": f"result-{dispatch['dispatch_id']}",
        "sender": {"division": "370522", "organisation": "120"},
        "sent": life.city.now().isoformat(),
        "kind": "Result",
        "references": [dispatch["dispatch_id"]],
        "case": {"number": "120-0026"},
        "note": note,
    }
    found: Json = await life.city.ask(
        f"unit:{dispatch['unit_id']}", "POST", "/api/dispatch/handovers", message, key=message["id"]
    )
    return found


async def _officer_tasks(life: Life) -> set[str]:
    """Return the types of the timeline's events that give an officer a task. A confidential case must have none."""
    path = f"/api/tracking/cases/{life.number}/timeline"
    timeline = await life.city.ask("leader", "GET", path, params={"full": True})
    tasks = {"acceptance.verification_requested.v1", "supervision.recheck_requested.v1"}
    return tasks & {each["type"] for each in timeline["items"]}


@situation(25, "涉人异常线索", "A clue about a person")
async def clue(city: City) -> list[Life]:
    words = "深夜频繁有陌生人聚集"

    async def read_and_sign(life: Life) -> None:
        dispatch = await life.dispatch("justice")
        text = await _text_for(life, "justice")
        expect(text.get("description") == words + "。", f"the competent unit cannot read the text: {text}")
        expect(dispatch["description"] == "", "the dispatch contains the confidential text")
        await life.answer("justice", "sign", dispatch["dispatch_id"])

    async def check_board(life: Life) -> None:
        await _board_hides_content(life)

    life = await begin(
        city,
        "officer",
        channel="grid_terminal",
        category_id=ANOMALY,
        condition_id="15001-1",
        location=await city.point_in("370522001003005"),
        description=words + "。",
        photos=("near",),
        outcome="handled",
        script={"awaiting_signature": [read_and_sign], "handling": [check_board]},
    )
    view = await ends(life, outcome="solved")
    expect(not await _officer_tasks(life), "an officer received a task")
    expect([each["unit"]["id"] for each in view["dispatches"]] == ["justice"], "other units received a dispatch")
    expect(view["dispatches"][0]["outcome"] == "handled", f"the unit reported {view['dispatches'][0]['outcome']}")
    expect(view["community"] == "370522001003", "the community is not shown")
    await _others_cannot_read_it(life, words)
    return [life]


@situation(26, "独居老人敲门无人应", "An old person does not answer the door")
async def nobody_answers(city: City) -> list[Life]:
    words = "独居老人两天没有出门"
    planned_units = {"mobile-team", "public-security", "emergency-medical", "police-lijin"}

    async def read_and_sign(life: Life) -> None:
        """Check that the mobile team can read the address, and let all units acknowledge."""
        dispatches = {each["unit_id"]: each for each in await life.dispatches()}
        if set(dispatches) != planned_units:
            raise NotYetError
        text = await _text_for(life, "mobile-team")
        expect(text.get("address") == "3号楼2单元101", f"the mobile team cannot read the address: {text}")
        for unit, dispatch in dispatches.items():
            if life.once(f"sign {unit}"):
                await life.answer(unit, "sign", dispatch["dispatch_id"])

    async def complete_all(life: Life) -> None:
        """Complete the dispatches of the first response, and last that of the police station, which is the lead."""
        await _board_hides_content(life)
        if life.once("done emergency-medical"):
            dispatch = await life.dispatch("emergency-medical")
            await _result(life, dispatch, "3号楼2单元101老人平安。")
        for unit in ("mobile-team", "public-security"):
            if life.once(f"done {unit}"):
                dispatch = await life.dispatch(unit)
                await life.complete(dispatch, "handled", "人员平安，误报。")
        await life.complete(await life.dispatch("police-lijin"), "handed_over", "人员平安，派出所继续关注。")

    life = await begin(
        city,
        "helper",
        channel="helper",
        request_type="help",
        category_id=PERSON,
        condition_id="15002-1",
        grid_code="370522001004003",
        address="3号楼2单元101",
        description=words + "，敲门无人应。",
        script={"awaiting_signature": [read_and_sign], "handling": [complete_all]},
    )
    view = await ends(life, outcome="handed_over")
    expect(not await _officer_tasks(life), "an officer received a verification or a recheck")
    parts = {each["unit"]["id"]: each["role"] for each in view["dispatches"]}
    expect(
        parts == {each: "lead" if each == "police-lijin" else "first_response" for each in planned_units},
        f"dispatched to {parts}",
    )
    outcomes = {each["unit"]["id"]: each["outcome"] for each in view["dispatches"]}
    others = dict.fromkeys(planned_units - {"police-lijin"}, "handled")
    expect(outcomes == {**others, "police-lijin": "handed_over"}, f"the units reported {outcomes}")
    await _others_cannot_read_it(life, words)
    await _is_erased(life, view["closed_at"], "police-lijin")
    return [life]


async def _is_erased(life: Life, closed_at: str, unit: str) -> None:
    """Check that the text of a case is erased thirty days after the case was closed, and that the case remains."""
    city, kept_until = life.city, datetime.fromisoformat(closed_at) + timedelta(days=30)

    async def can_read() -> bool:
        answer = await city.request(f"unit:{unit}", "GET", f"/api/intake/cases/{life.case_id}/confidential")
        return answer.status_code == 200

    await city.pass_time(kept_until - timedelta(hours=2))
    expect(await can_read(), "the text was erased too early")
    for later in range(1, 7):  # erasure runs hourly, and intake may receive the closing after a run has begun
        await city.pass_time(kept_until + timedelta(hours=later))
        for _ in range(20):
            if not await can_read():
                expect(await city.case(life.number), "the case was erased together with its text")
                return
            await asyncio.sleep(0.1)
    raise ExpectationError("the text can still be read after thirty days")
