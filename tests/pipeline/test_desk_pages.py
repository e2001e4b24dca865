"""The desk's pages besides dispatches on real parts: help asked for and answered, call-backs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.console.app import SERVICE as CONSOLE
from tests.support.house import House
from tests.support.pages import fill_in, signed_in
from tests.support.supervision import GRID, SHANGHAI, Watch, open_watch
from tests.support.tables import rows_of


@pytest.fixture
async def watch(house: House) -> AsyncIterator[Watch]:
    found = await open_watch(house)
    await house.start(CONSOLE)
    yield found
    await found.close()


async def test_help_is_asked_for_and_answered_on_the_desk(watch: Watch) -> None:
    """From the list the unit has; refused above its hours; each officer answers for one share; the rest is taken back."""
    clerk, officer = await signed_in(watch.house, "unit_clerk"), await signed_in(watch.house, "officer", "zh-CN")
    due = f"{watch.house.now().astimezone(SHANGHAI) + timedelta(days=2):%Y-%m-%dT%H:%M}"
    wish = {"admission_id": "waste-sorting-drive", "community": GRID[:12], "hours": "1.5", "due_at": due}
    form = (await clerk.get("/desk/assists")).text
    assert "anti-fraud-leaflets" not in form, "another department's"
    wrong = await fill_in(clerk, "/desk/assists", "/desk/assists", **{**wish, "community": "", "note": "<i>kept</i>"})
    assert (wrong.status_code, "Choose a community." in wrong.text) == (422, True)
    assert "&lt;i&gt;kept&lt;/i&gt;" in wrong.text
    much = await fill_in(clerk, "/desk/assists", "/desk/assists", **{**wish, "hours": "20"})
    assert (much.status_code, 'role="alert"' in much.text) == (409, True)
    asked = await fill_in(clerk, "/desk/assists", "/desk/assists", **wish)
    page = asked.url.path
    assert "Help has been asked for." in asked.text
    assert (await officer.get("/desk")).headers["location"] == "/desk/assists"
    assert f'href="{page}"' in (await officer.get("/desk/assists")).text
    mine = (await officer.get(page)).text
    assert mine.count('<th scope="row">') == 1, "the own share only"
    accepted = await fill_in(officer, page, f"{page}/accept")
    assert "<td>已接受</td>" in accepted.text
    assert f'action="{page}/accept"' not in accepted.text
    assert "<td>Accepted</td>" in (await clerk.get(page)).text
    done = await fill_in(officer, page, f"{page}/answer", hours="1")
    assert "已答复。" in done.text
    assert f'action="{page}/answer"' not in done.text
    for who in ("officer_3", "convenor"):
        stranger = await signed_in(watch.house, who)
        assert (await stranger.get(page)).status_code == 404, who
        await stranger.aclose()
    back = await fill_in(clerk, page, f"{page}/withdraw", note="called off")
    assert re.findall(r"<td>(Done|Withdrawn|Open)</td>", back.text).count("Done") == 1
    assert "<td>Open</td>" not in back.text
    month = due[:7]
    assert f'href="/desk/burden/ledger.csv?month={month}"' in (await clerk.get(f"/desk/burden?month={month}")).text
    [line] = await rows_of(clerk, "/desk/burden/ledger", month=month)
    assert (line["Done"], line["Hours spent"]) == ("1", "1.0")
    await asyncio.gather(clerk.aclose(), officer.aclose())
