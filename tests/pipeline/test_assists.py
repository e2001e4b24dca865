"""协助 end to end: a department asks, officers answer, and the burden of each community is the sum of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.supervision.app import SERVICE
from tests.support.house import House, until
from tests.support.supervision import Watch, open_watch
from tests.support.tables import rows_of

JINCHENG = "370522001003"


@pytest.fixture
async def watch(kept: House) -> AsyncIterator[Watch]:
    found = await open_watch(kept)
    yield found
    await found.close()


def form(watch: Watch, **changes: Any) -> dict[str, Any]:
    """The sanitation centre's one item: three hours a month."""
    due = (watch.house.now() + timedelta(hours=4)).isoformat()
    return {"admission_id": "waste-sorting-drive", "community": JINCHENG, "hours": 1, "due_at": due, **changes}


async def test_asked_done_refused_and_counted(watch: Watch) -> None:
    asked = await watch.post("unit_clerk", "assists", **form(watch))
    assert asked.status_code == 201, asked.text
    request = asked.json()
    officers = len(request["shares"])
    assert officers == 10, "nine base grids and the square have an officer each"
    mine = (await watch.get("officer", "assists"))["items"]
    assert [(each["assist_id"], len(each["shares"])) for each in mine] == [(request["assist_id"], 1)]
    path = f"assists/{request['assist_id']}"
    accepted = await watch.post("officer", f"{path}/accept")
    assert accepted.status_code == 200, accepted.text
    assert len((await watch.get("officer", "assists"))["items"]) == 1, "what was taken on is still to be done"
    (line,) = (await watch.get("assessor", "burden"))["items"]
    assert (line["accepted"], line["open"]) == (1, officers - 1)
    done = await watch.post("officer", f"{path}/answer", done=True, hours=0.5)
    refused = await watch.post("officer_2", f"{path}/answer", done=False, reason="no_time", note="扫雪")
    assert (done.status_code, refused.status_code) == (200, 200), refused.text
    assert (await watch.get("officer", "assists"))["items"] == [], "nothing is asked of them any more"
    (line,) = (await watch.get("assessor", "burden"))["items"]
    told = {key: line[key] for key in ("unit_id", "community", "requests", "shares", "done", "refused", "hours_spent")}
    assert told == {
        "unit_id": "sanitation", "community": JINCHENG, "requests": 1, "shares": officers, "done": 1, "refused": 1,
        "hours_spent": 0.5,
    }  # fmt: skip
    assert (line["hours"], line["hours_granted"]) == (officers - 2 + 0.5, 3 * officers)
    facts = [each.__class__.__name__ for each in await watch.said(UUID(request["assist_id"]), "assist_answered")]
    assert len(facts) == 2


async def test_units_see_their_own_burden_and_overseers_their_area(watch: Watch) -> None:
    await watch.post("unit_clerk", "assists", **form(watch))
    assert len((await watch.get("unit_clerk", "burden"))["items"]) == 1
    assert (await watch.get("unit_clerk_2", "burden"))["items"] == []
    [line] = await rows_of(await watch.as_("unit_clerk"), "burden/ledger")
    assert (line["Requests"], line["Done"]) == ("1", "0")
    assert await rows_of(await watch.as_("unit_clerk_2"), "burden/ledger") == []
    assert len((await watch.get("grid_lead", "burden"))["items"]) == 1
    await watch.post("unit_clerk", "assists", **form(watch, community="370522002001"))
    assert len((await watch.get("leader", "burden"))["items"]) == 2
    assert [each["community"] for each in (await watch.get("instructor", "burden"))["items"]] == [JINCHENG]


async def test_what_is_not_on_the_list_is_refused_with_what_is(watch: Watch) -> None:
    refused = await watch.post("unit_clerk", "assists", **form(watch, admission_id="household-survey"))
    assert (refused.status_code, refused.json()["possible"]) == (422, ["waste-sorting-drive"])
    others = await watch.post("unit_clerk_2", "assists", **form(watch))
    assert (others.status_code, others.json()["possible"]) == (422, [])


async def test_the_grant_holds_also_when_asked_at_once(watch: Watch) -> None:
    """Five times an hour of three: two too many, whatever the order."""
    answers = await asyncio.gather(*(watch.post("unit_clerk", "assists", **form(watch)) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [201, 201, 201, 409, 409]
    taken = next(each.json() for each in answers if each.status_code == 201)
    back = await watch.post("unit_clerk", f"assists/{taken['assist_id']}/withdraw", note="不用了")
    assert back.status_code == 200, back.text
    assert (await watch.post("unit_clerk", "assists", **form(watch))).status_code == 201


async def test_what_nobody_answers_lapses_and_who_asked_sees_it(watch: Watch) -> None:
    """Over a restart, once, counted apart, and its hours are free again for the month."""
    request = (await watch.post("unit_clerk", "assists", **form(watch, hours=3))).json()
    path, officers = f"assists/{request['assist_id']}", len(request["shares"])
    await watch.post("officer", f"{path}/answer", done=True, hours=0.5)
    assert (await watch.get("unit_clerk", "assists", state="lapsed"))["items"] == []
    await watch.house.stop("supervision")
    watch.house.shift_clock(days=4)
    watch.supervision = await watch.house.start(SERVICE)
    await watch.close()
    watch.clients.clear()

    async def lapsed() -> Any:
        return (await watch.get("unit_clerk", "assists", state="lapsed"))["items"]

    (found,) = await until(lapsed, what="the request to lapse")
    assert (found["assist_id"], found["status"]) == (request["assist_id"], "lapsed")
    assert sorted(share["status"] for share in found["shares"]) == ["done"] + ["lapsed"] * (officers - 1)
    assert len(await watch.said(UUID(request["assist_id"]), "assist_lapsed")) == 1
    assert (await watch.get("unit_clerk_2", "assists", state="lapsed"))["items"] == []
    assert (await watch.get("officer_2", "assists"))["items"] == [], "nothing is asked of them any more"
    month = request["due_at"][:7]
    (line,) = (await watch.get("unit_clerk", "burden", month=month))["items"]
    counted = {key: line[key] for key in ("shares", "done", "open", "lapsed", "hours")}
    assert counted == {"shares": officers, "done": 1, "open": 0, "lapsed": officers - 1, "hours": 0.5}
    assert len((await watch.get("unit_clerk", "assists", state="lapsed", month=month))["items"]) == 1
    assert (await watch.get("unit_clerk", "assists", state="lapsed", month="2020-01"))["items"] == []
    late = await watch.post("officer_2", f"{path}/answer", done=True, hours=1)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/share-not-open")


async def test_a_request_is_no_case(watch: Watch) -> None:
    request = (await watch.post("unit_clerk", "assists", **form(watch))).json()
    answer = await (await watch.as_("shift_lead")).get(f"cases/{request['assist_id']}")
    assert answer.status_code == 404
