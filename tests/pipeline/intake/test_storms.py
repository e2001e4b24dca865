"""Storm mode and control areas: which reports they take, who may declare them, and their log."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.events.supervision import CaseClosed
from services.chassis.auth import SYSTEM
from services.console.app import SERVICE as CONSOLE
from tests.support.intake_driver import IntakeDriver, location_in
from tests.support.pages import fill_in, sign_in
from tests.support.supervision_driver import SHANGHAI
from tests.support.waiting import wait_until

FLOODED = "GB30428-2-2013/event/05-06"
GRID, FAR = "370522001003005", "370522001007002"


def square_around(grid: str = GRID, half: float = 0.002) -> dict[str, Any]:
    """Return a square around the middle of a grid."""
    where = location_in(grid)
    x, y = where["longitude"], where["latitude"]
    corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    return {"crs": "wgs84", "corners": corners}


def declaration(driver: IntakeDriver, category: str = FLOODED, **more: Any) -> dict[str, Any]:
    """Return the form that declares a storm or a control area."""
    now = driver.installation.now()
    return {
        "name": "暴雨积水",
        "name_en": "Flooding",
        "category_ids": [category],
        "polygon": square_around(),
        "note": "红色预警",
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=6)).isoformat(),
        **more,
    }


async def report_flood(driver: IntakeDriver, north_m: float, grid: str = GRID) -> dict[str, Any]:
    """Report water some metres north of the middle of a grid."""
    return await driver.submit_accepted(
        "intake_clerk",
        category_id=FLOODED,
        condition_id="05-06-1",
        location=location_in(grid, north_m),
        description="积水",
        photos=[],
    )


async def test_a_storm_attaches_earlier_and_later_reports(driver: IntakeDriver) -> None:
    """Situation 13: reports before and after the declaration, one outside of the polygon, and one reply to all."""
    before, outside = await report_flood(driver, 60), await report_flood(driver, 0, FAR)
    await driver.wait_for_status(before, "filed")
    answer = await driver.post("shift_lead", "storms", **declaration(driver))
    assert answer.status_code == 201, answer.text
    storm = answer.json()
    parent = {"case_id": storm["parent_case_id"], "case_number": storm["parent_case_number"]}
    await driver.wait_for_status(before, "attached")
    assert (await driver.post("leader", f"storms/{storm['id']}/reply", text="正在抽排", text_en="Pumping")).json() == {
        "reporters": 1
    }
    after = await report_flood(driver, -60)
    await driver.wait_for_status(after, "attached")
    assert await driver.types(before) == ["report_received", "case_filed", "case_attached", "reply_given"]
    assert await driver.types(after) == ["report_received", "case_attached", "reply_given"]
    assert (await driver.types(parent)).count("report_joined") == 2
    assert (await driver.wait_for_status(outside, "filed")).attached_to is None
    seen = (await (await driver.client_of("intake_clerk")).get("/api/intake/storms")).json()["items"]
    assert [(each["id"], each["reports"], each["parent_case_number"]) for each in seen] == [
        (storm["id"], 2, parent["case_number"])
    ]


async def test_an_ended_storm_takes_no_more_reports_and_cannot_end_twice(driver: IntakeDriver) -> None:
    storm = (await driver.post("shift_lead", "storms", **declaration(driver))).json()
    ended = await driver.post("shift_lead", f"storms/{storm['id']}/end", note="雨停")
    assert ended.status_code == 200
    assert ended.json()["ended_at"]
    assert (await driver.post("shift_lead", f"storms/{storm['id']}/end", note="雨停")).status_code == 409
    await driver.wait_for_status(await report_flood(driver, 100), "filed")


@pytest.mark.parametrize("over", ["ended", "its time is up", "its case is closed"])
async def test_a_report_at_the_place_of_a_past_storm_is_a_case_of_its_own(driver: IntakeDriver, over: str) -> None:
    """It is neither attached, nor a possible duplicate, nor a recurrence."""
    soon = (driver.installation.now() + timedelta(minutes=20)).isoformat()
    storm = (await driver.post("shift_lead", "storms", **declaration(driver, ends_at=soon))).json()
    parent = {"case_id": storm["parent_case_id"], "case_number": storm["parent_case_number"]}
    during = await report_flood(driver, 0)
    assert str((await driver.wait_for_status(during, "attached")).attached_to) == parent["case_id"]
    if over == "its time is up":
        driver.installation.shift_clock(minutes=30)
    else:
        assert (await driver.post("shift_lead", f"storms/{storm['id']}/end", note="雨停")).status_code == 200
    if over == "its case is closed":
        await driver.installation.publish(
            "supervision", parent["case_id"], CaseClosed(outcome="solved", closing_condition_met=True, closed_by=SYSTEM)
        )

        async def ended() -> bool:
            return (await driver.state(parent)).ended_at is not None

        await wait_until(ended, what="the closing at intake")
    state = await driver.wait_for_status(await report_flood(driver, 0), "filed")
    assert (state.attached_to, state.possible_duplicate_of, state.links) == (None, None, [])


async def test_a_report_that_the_desk_files_in_the_category_of_a_storm_is_attached(driver: IntakeDriver) -> None:
    vague = await driver.submit_accepted(
        "intake_clerk",
        category_id=None,
        condition_id=None,
        location=location_in(GRID),
        description="门口走不了",
        photos=[],
    )
    await driver.wait_for_status(vague, "awaiting_filing")
    storm = (await driver.post("shift_lead", "storms", **declaration(driver))).json()
    await driver.post("intake_clerk", f"cases/{vague['case_id']}/file", category_id=FLOODED, condition_id="05-06-1")
    assert str((await driver.wait_for_status(vague, "attached")).attached_to) == storm["parent_case_id"]
    undone = await driver.post("shift_lead", f"cases/{vague['case_id']}/detach", note="是自家水管")
    assert undone.json()["status"] == "filed"
    later = await report_flood(driver, 80)
    await driver.wait_for_status(later, "attached")
    assert (await driver.state(vague)).status == "filed", "a detached report stays detached"


async def test_a_control_area_answers_reports_and_counts_them(driver: IntakeDriver) -> None:
    litter = "GB47678-5-2026/matter/06010"
    form = declaration(driver, litter, answer="正在施工，11月30日恢复。", answer_en="Works until 30 November.")
    area = (await driver.post("shift_lead", "control-areas", **form)).json()
    receipts = [await driver.submit_accepted(who, photos=[]) for who in ("intake_clerk", "officer", "")]
    for receipt in receipts:
        await driver.wait_for_status(receipt, "answered")
        assert await driver.types(receipt) == ["report_received", "case_answered"]

    async def counted() -> bool:
        listed = (await (await driver.client_of("hotline")).get("/api/intake/control-areas")).json()["items"]
        return [(each["id"], each["reports"]) for each in listed] == [(area["id"], 3)]

    await wait_until(counted, what="three reports counted")
    assert (await driver.post("shift_lead", f"control-areas/{area['id']}/end", note="提前完工")).status_code == 200
    await driver.file_case()


async def test_only_shift_lead_and_leader_may_declare(driver: IntakeDriver) -> None:
    for who, code in (("intake_clerk", 403), ("officer", 403), ("unit_leader", 403), ("", 401), ("hotline", 403)):
        assert (await driver.post(who, "storms", **declaration(driver))).status_code == code, who
        form = declaration(driver, "GB47678-5-2026/matter/06010", answer="已知")
        assert (await driver.post(who, "control-areas", **form)).status_code == code, who
    unknown = await driver.post("shift_lead", f"storms/{uuid4()}/end", note="–")
    assert (unknown.status_code, unknown.json()["type"].rpartition("/")[2]) == (404, "area-unknown")
    assert (await (await driver.client_of("officer")).get("/api/intake/storms")).status_code == 403


async def test_every_step_of_an_area_is_logged_append_only(driver: IntakeDriver) -> None:
    storm = (await driver.post("shift_lead", "storms", **declaration(driver))).json()
    await driver.post("leader", f"storms/{storm['id']}/reply", text="正在抽排")
    await driver.post("shift_lead", f"storms/{storm['id']}/end", note="雨停")
    database = driver.intake.context.database
    rows = await database.fetch("SELECT what, text, by->>'role' AS role FROM area_log ORDER BY id")
    assert [tuple(row)[:2] for row in rows] == [("declared", "红色预警"), ("replied", "正在抽排"), ("ended", "雨停")]
    for statement in ("UPDATE area_log SET text = ''", "DELETE FROM area_log"):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await database.execute(statement)


async def test_a_storm_is_declared_answered_and_ended_on_its_page(driver: IntakeDriver) -> None:
    """A caller who may not declare sees the storms and no form."""
    await driver.installation.start(CONSOLE)
    lead, clerk = (
        await sign_in(driver.installation, "shift_lead"),
        await sign_in(driver.installation, "dispatcher", "zh-CN"),
    )
    now = driver.installation.now().astimezone(SHANGHAI)
    form = {
        "name": "暴雨 <积水>",
        "name_en": "Flooding",
        "matter": f"{FLOODED}|05-06-1",
        "area": GRID[:12],
        "starts_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(hours=6):%Y-%m-%dT%H:%M}",
    }
    new = "/floods/storms/new"
    wrong = await fill_in(lead, new, "/floods/storms", **{**form, "name": "", "note": "kept"})
    assert (wrong.status_code, "Enter a name." in wrong.text, 'value="kept"' in wrong.text) == (422, True, True)
    over = await fill_in(lead, new, "/floods/storms", **{**form, "ends_at": form["starts_at"]})
    assert (over.status_code, 'role="alert"' in over.text) == (422, True)
    declared = await fill_in(lead, new, "/floods/storms", **form)
    assert "Declared." in declared.text
    await driver.wait_for_status(await report_flood(driver, 60), "attached")
    shown = (await clerk.get("/floods")).text
    assert "暴雨 &lt;积水&gt;" in shown
    assert "已并入 1 件" in shown
    assert "<form method=" not in shown.partition("<main")[2], "a dispatcher may not end it"
    [storm_path] = re.findall(r'action="(/floods/storms/[0-9a-f-]{36})/end"', (await lead.get("/floods")).text)
    assert (await lead.get(storm_path)).headers["location"] == "/floods?kind=storms", "after signing in again"
    told = await fill_in(lead, "/floods", f"{storm_path}/reply", text="正在抽排")
    assert "The reply has been sent." in told.text
    refused = await clerk.post(f"{storm_path}/end", data={"csrf": clerk.cookies["gridloop_csrf"]})
    assert refused.status_code == 403
    ended = await fill_in(lead, "/floods", f"{storm_path}/end", note="雨停")
    assert "Ended" in ended.text
    assert f"{storm_path}/end" not in ended.text
    await lead.aclose()
    await clerk.aclose()
