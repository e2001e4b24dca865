"""Requests for help (协助): a unit asks, officers answer, and the burden of each community is counted."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.supervision.app import SERVICE
from tests.support.exported_tables import ledger_rows
from tests.support.supervision_driver import SupervisionDriver
from tests.support.waiting import wait_until

JINCHENG = "370522001003"


def form(driver: SupervisionDriver, **changes: Any) -> dict[str, Any]:
    """Return the form for the only admitted task of the sanitation centre: three hours a month."""
    due = (driver.installation.now() + timedelta(hours=4)).isoformat()
    return {"admission_id": "waste-sorting-drive", "community": JINCHENG, "hours": 1, "due_at": due, **changes}


async def test_shares_are_accepted_done_or_refused_and_counted(driver: SupervisionDriver) -> None:
    asked = await driver.post("unit_clerk", "assists", **form(driver))
    assert asked.status_code == 201, asked.text
    request = asked.json()
    officers = len(request["shares"])
    assert officers == 10, "nine base grids and the square have an officer each"
    mine = (await driver.get("officer", "assists"))["items"]
    assert [(each["assist_id"], len(each["shares"])) for each in mine] == [(request["assist_id"], 1)]
    path = f"assists/{request['assist_id']}"
    accepted = await driver.post("officer", f"{path}/accept")
    assert accepted.status_code == 200, accepted.text
    assert len((await driver.get("officer", "assists"))["items"]) == 1, "an accepted share is still listed"
    (line,) = (await driver.get("assessor", "burden"))["items"]
    assert (line["accepted"], line["open"]) == (1, officers - 1)
    done = await driver.post("officer", f"{path}/answer", done=True, hours=0.5)
    refused = await driver.post("officer_2", f"{path}/answer", done=False, reason="no_time", note="扫雪")
    assert (done.status_code, refused.status_code) == (200, 200), refused.text
    assert (await driver.get("officer", "assists"))["items"] == [], "an answered share is not listed any more"
    (line,) = (await driver.get("assessor", "burden"))["items"]
    counts = {
        key: line[key] for key in ("unit_id", "community", "requests", "shares", "done", "refused", "hours_spent")
    }
    assert counts == {
        "unit_id": "sanitation",
        "community": JINCHENG,
        "requests": 1,
        "shares": officers,
        "done": 1,
        "refused": 1,
        "hours_spent": 0.5,
    }
    assert (line["hours"], line["hours_granted"]) == (officers - 2 + 0.5, 3 * officers)
    assert len(await driver.published(UUID(request["assist_id"]), "assist_answered")) == 2


async def test_a_unit_sees_its_own_burden_and_a_lead_that_of_the_area(driver: SupervisionDriver) -> None:
    await driver.post("unit_clerk", "assists", **form(driver))
    assert len((await driver.get("unit_clerk", "burden"))["items"]) == 1
    assert (await driver.get("unit_clerk_2", "burden"))["items"] == []
    [line] = await ledger_rows(await driver.client_of("unit_clerk"), "burden/ledger")
    assert (line["Requests"], line["Done"]) == ("1", "0")
    assert await ledger_rows(await driver.client_of("unit_clerk_2"), "burden/ledger") == []
    assert len((await driver.get("grid_lead", "burden"))["items"]) == 1
    await driver.post("unit_clerk", "assists", **form(driver, community="370522002001"))
    assert len((await driver.get("leader", "burden"))["items"]) == 2
    assert [each["community"] for each in (await driver.get("instructor", "burden"))["items"]] == [JINCHENG]


async def test_a_task_that_is_not_admitted_is_refused_with_the_admitted_ones(driver: SupervisionDriver) -> None:
    refused = await driver.post("unit_clerk", "assists", **form(driver, admission_id="household-survey"))
    assert (refused.status_code, refused.json()["possible"]) == (422, ["waste-sorting-drive"])
    others = await driver.post("unit_clerk_2", "assists", **form(driver))
    assert (others.status_code, others.json()["possible"]) == (422, [])


async def test_requests_at_once_cannot_exceed_the_granted_hours(driver: SupervisionDriver) -> None:
    """Three hours are granted and five are requested."""
    answers = await asyncio.gather(*(driver.post("unit_clerk", "assists", **form(driver)) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [201, 201, 201, 409, 409]
    taken = next(each.json() for each in answers if each.status_code == 201)
    back = await driver.post("unit_clerk", f"assists/{taken['assist_id']}/withdraw", note="不用了")
    assert back.status_code == 200, back.text
    assert (await driver.post("unit_clerk", "assists", **form(driver))).status_code == 201


async def test_an_unanswered_share_lapses_once_also_over_a_restart(driver: SupervisionDriver) -> None:
    """Lapsed shares are counted separately, and their hours are granted again."""
    request = (await driver.post("unit_clerk", "assists", **form(driver, hours=3))).json()
    path, officers = f"assists/{request['assist_id']}", len(request["shares"])
    await driver.post("officer", f"{path}/answer", done=True, hours=0.5)
    assert (await driver.get("unit_clerk", "assists", state="lapsed"))["items"] == []
    await driver.installation.stop("supervision")
    driver.installation.shift_clock(days=4)
    driver.supervision = await driver.installation.start(SERVICE)
    await driver.close()
    driver.clients.clear()

    async def lapsed() -> Any:
        return (await driver.get("unit_clerk", "assists", state="lapsed"))["items"]

    (found,) = await wait_until(lapsed, what="the request to lapse")
    assert (found["assist_id"], found["status"]) == (request["assist_id"], "lapsed")
    assert sorted(share["status"] for share in found["shares"]) == ["done"] + ["lapsed"] * (officers - 1)
    assert len(await driver.published(UUID(request["assist_id"]), "assist_lapsed")) == 1
    assert (await driver.get("unit_clerk_2", "assists", state="lapsed"))["items"] == []
    assert (await driver.get("officer_2", "assists"))["items"] == [], "an answered share is not listed any more"
    month = request["due_at"][:7]
    (line,) = (await driver.get("unit_clerk", "burden", month=month))["items"]
    counted = {key: line[key] for key in ("shares", "done", "open", "lapsed", "hours")}
    assert counted == {"shares": officers, "done": 1, "open": 0, "lapsed": officers - 1, "hours": 0.5}
    assert len((await driver.get("unit_clerk", "assists", state="lapsed", month=month))["items"]) == 1
    assert (await driver.get("unit_clerk", "assists", state="lapsed", month="2020-01"))["items"] == []
    late = await driver.post("officer_2", f"{path}/answer", done=True, hours=1)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/share-not-open")


async def test_a_request_for_help_is_not_a_case(driver: SupervisionDriver) -> None:
    request = (await driver.post("unit_clerk", "assists", **form(driver))).json()
    answer = await (await driver.client_of("shift_lead")).get(f"cases/{request['assist_id']}")
    assert answer.status_code == 404
