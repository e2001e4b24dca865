"""The pages about duty: roster, handover sheets and digests."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

from tests.support.exported_tables import ledger_rows
from tests.support.pages import fill_in, sign_in
from tests.support.supervision_driver import GRID, SupervisionDriver, forward_to, today_at
from tests.support.waiting import wait_until


async def test_roster_sheets_and_digests_are_read_and_signed_on_their_pages(driver: SupervisionDriver) -> None:
    """Two accounts sign the sheet of the evening, and the officer confirms the digest of the week."""
    case_id = await driver.file_case()
    number = (await driver.state(case_id)).case_number
    lead = await sign_in(driver.installation, "shift_lead")
    roster = (await lead.get("/duty")).text
    assert f"{(await driver.get('shift_lead', '/roster'))['grids']} grids" in roster
    assert GRID in roster
    night = (await lead.get(f"/duty?at={today_at(driver, 3):%Y-%m-%dT%H:%M}&without=1")).text
    assert "Nobody" in night
    await forward_to(driver, today_at(driver, 18, 1))

    async def written() -> list[str]:
        items = (await driver.get("shift_lead", "/shift-handovers"))["items"]
        return [f"/duty/handovers/{item['sheet_id']}" for item in items if item["centre"] == "利津街道网格中心"]

    [sheet] = await wait_until(written, what="the sheet")
    assert f'href="{sheet}"' in (await lead.get("/duty/handovers")).text
    assert 'action="/duty/handovers/ledger.xlsx"' in (await lead.get("/duty/handovers")).text
    assert await ledger_rows(lead, "/duty/handovers/ledger")
    assert f'href="{sheet}/ledger.csv"' in (await lead.get(sheet)).text
    await ledger_rows(lead, f"{sheet}/ledger")
    assert number in (await lead.get(sheet)).text
    given = await fill_in(lead, sheet, f"{sheet}/sign", side="outgoing", note="one <b>unsigned</b> order")
    assert "Signed." in given.text
    assert "one &lt;b&gt;unsigned&lt;/b&gt; order" in given.text
    assert "Sign as incoming" not in given.text, "one account cannot sign for both sides"
    both = await lead.post(f"{sheet}/sign", data={"side": "incoming", "csrf": lead.cookies["gridloop_csrf"]})
    assert (both.status_code, 'role="alert"' in both.text) == (409, True)
    clerk = await sign_in(driver.installation, "intake_clerk", "zh-CN")
    assert "已签字。" in (await fill_in(clerk, sheet, f"{sheet}/sign", side="incoming")).text
    driver.installation.shift_clock(
        seconds=(today_at(driver, 0, 5) + timedelta(days=7) - driver.installation.now()).total_seconds()
    )
    officer = await sign_in(driver.installation, "officer")
    assert (await officer.get("/duty")).headers["location"] == "/duty/digests"

    async def digests() -> list[str]:
        return re.findall(r'href="(/duty/digests/[0-9a-f-]{36})"', (await officer.get("/duty/digests?kind=week")).text)

    [digest] = await wait_until(digests, what="the digest")
    confirmed = await fill_in(officer, digest, f"{digest}/confirm", note="after the night market")
    assert "Confirmed." in confirmed.text
    assert "after the night market" in confirmed.text
    assert number in confirmed.text
    assert "The system was down from" in confirmed.text, "the clock jumped by a week"
    stranger = await sign_in(driver.installation, "officer_3")
    assert (await stranger.get(digest)).status_code == 404
    assert (await stranger.get(sheet)).status_code == 403
    await asyncio.gather(*(web.aclose() for web in (lead, clerk, officer, stranger)))
