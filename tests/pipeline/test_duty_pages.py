"""The pages about duty on real parts: roster, handover sheets and reviews as supervision says them, signed by form."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.console.app import SERVICE as CONSOLE
from tests.support.house import House, until
from tests.support.pages import fill_in, signed_in
from tests.support.supervision import GRID, Watch, forward_to, open_watch, today_at
from tests.support.tables import rows_of


@pytest.fixture
async def watch(house: House) -> AsyncIterator[Watch]:
    found = await open_watch(house)
    await house.start(CONSOLE)
    yield found
    await found.close()


async def test_a_day_and_a_week_of_duty(watch: Watch) -> None:
    """Who is there and comes next; the sheet of the evening is signed by two people; the week is confirmed by its officer."""
    case_id = await watch.filed()
    number = (await watch.state(case_id)).case_number
    lead = await signed_in(watch.house, "shift_lead")
    roster = (await lead.get("/duty")).text
    assert f"{(await watch.get('shift_lead', '/roster'))['grids']} grids" in roster
    assert GRID in roster
    night = (await lead.get(f"/duty?at={today_at(watch, 3):%Y-%m-%dT%H:%M}&without=1")).text
    assert "Nobody" in night
    await forward_to(watch, today_at(watch, 18, 1))

    async def written() -> list[str]:
        items = (await watch.get("shift_lead", "/shift-handovers"))["items"]
        return [f"/duty/handovers/{item['sheet_id']}" for item in items if item["centre"] == "利津街道网格中心"]

    [sheet] = await until(written, what="the sheet")
    assert f'href="{sheet}"' in (await lead.get("/duty/handovers")).text
    assert 'action="/duty/handovers/ledger.xlsx"' in (await lead.get("/duty/handovers")).text
    assert await rows_of(lead, "/duty/handovers/ledger")
    assert f'href="{sheet}/ledger.csv"' in (await lead.get(sheet)).text
    await rows_of(lead, f"{sheet}/ledger")
    assert number in (await lead.get(sheet)).text
    given = await fill_in(lead, sheet, f"{sheet}/sign", side="outgoing", note="one <b>unsigned</b> order")
    assert "Signed." in given.text
    assert "one &lt;b&gt;unsigned&lt;/b&gt; order" in given.text
    assert "Sign as taker" not in given.text, "nobody signs for both sides"
    both = await lead.post(f"{sheet}/sign", data={"side": "incoming", "csrf": lead.cookies["gridloop_csrf"]})
    assert (both.status_code, 'role="alert"' in both.text) == (409, True)
    clerk = await signed_in(watch.house, "intake_clerk", "zh-CN")
    assert "已签字。" in (await fill_in(clerk, sheet, f"{sheet}/sign", side="incoming")).text
    watch.house.shift_clock(seconds=(today_at(watch, 0, 5) + timedelta(days=7) - watch.house.now()).total_seconds())
    officer = await signed_in(watch.house, "officer")
    assert (await officer.get("/duty")).headers["location"] == "/duty/digests"

    async def reviewed() -> list[str]:
        return re.findall(r'href="(/duty/digests/[0-9a-f-]{36})"', (await officer.get("/duty/digests?kind=week")).text)

    [review] = await until(reviewed, what="the review")
    confirmed = await fill_in(officer, review, f"{review}/confirm", note="after the night market")
    assert "Confirmed." in confirmed.text
    assert "after the night market" in confirmed.text
    assert number in confirmed.text
    assert "the system stood still" in confirmed.text, "the clock jumped for a week"
    stranger = await signed_in(watch.house, "officer_3")
    assert (await stranger.get(review)).status_code == 404
    assert (await stranger.get(sheet)).status_code == 403
    await asyncio.gather(*(web.aclose() for web in (lead, clerk, officer, stranger)))
