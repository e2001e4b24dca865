"""The desk's pages on real parts: orders, help asked for and answered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.chassis.service import Service
from services.console.app import SERVICE as CONSOLE
from services.dispatch.app import SERVICE as DISPATCH
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.exported_tables import ledger_rows
from tests.support.installation import Installation, wait_until
from tests.support.pages import fill_in, hidden_in, sign_in
from tests.support.routing_driver import RoutingDriver
from tests.support.sample_district import start_with_sample_district
from tests.support.supervision_driver import GRID, SHANGHAI, SupervisionDriver, open_supervision_driver
from tests.unit.supervision import town


@pytest.fixture
async def driver(installation: Installation) -> AsyncIterator[SupervisionDriver]:
    found = await open_supervision_driver(installation)
    await installation.start(CONSOLE)
    yield found
    await found.close()


async def test_help_is_asked_for_and_answered_on_the_desk(driver: SupervisionDriver) -> None:
    """From the list the unit has; refused above its hours; each officer answers for one share; the rest is
    taken back.
    """
    clerk, officer = (
        await sign_in(driver.installation, "unit_clerk"),
        await sign_in(driver.installation, "officer", "zh-CN"),
    )
    due = f"{driver.installation.now().astimezone(SHANGHAI) + timedelta(days=2):%Y-%m-%dT%H:%M}"
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
    assert "The request has been sent." in asked.text
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
        stranger = await sign_in(driver.installation, who)
        assert (await stranger.get(page)).status_code == 404, who
        await stranger.aclose()
    back = await fill_in(clerk, page, f"{page}/withdraw", note="called off")
    assert re.findall(r"<td>(Done|Withdrawn|Open)</td>", back.text).count("Done") == 1
    assert "<td>Open</td>" not in back.text
    month = due[:7]
    assert f'href="/desk/burden/ledger.csv?month={month}"' in (await clerk.get(f"/desk/burden?month={month}")).text
    [line] = await ledger_rows(clerk, "/desk/burden/ledger", month=month)
    assert (line["Done"], line["Hours spent"]) == ("1", "1.0")
    await asyncio.gather(clerk.aclose(), officer.aclose())


async def test_a_supervision_order_is_answered_on_the_orders_page_and_gone(installation: Installation) -> None:
    """督办 by the dispatcher; a unit without a system reads it and answers it where the order is, once."""
    await start_with_sample_district(installation, ROUTING, Service(name="intake"), DISPATCH, SUPERVISION, CONSOLE)
    received = town.received(installation.now(), feedback_wanted=False, reporter_ref=None, mode="actual")
    case_id = await RoutingDriver(installation, installation.running["routing"]).file("06010", received)
    database = installation.running["dispatch"].context.database
    dispatch_id = await wait_until(
        lambda: database.fetchval("SELECT id FROM dispatch WHERE unit_id = 'sanitation'"), what="it"
    )
    page = f"/desk/{dispatch_id}"
    clerk = await sign_in(installation, "unit_clerk", "zh-CN")
    stranger = await sign_in(installation, "convenor")
    driver = SupervisionDriver(installation, installation.running["supervision"])

    async def ordered() -> bool:
        """Supervision has to have heard of the order."""
        asked = {"dispatch_id": str(dispatch_id), "text": "请今日办结"}
        return (await driver.post("dispatcher", f"/cases/{case_id}/order", **asked)).status_code == 200

    await wait_until(ordered, what="the supervision order")
    shown = (await clerk.get(page)).text
    assert ("须答复" in shown, "请今日办结" in shown) == (True, True)
    [form] = re.findall(rf'action="({page}/notices/[0-9a-f-]+/reply)"', shown)
    hidden = hidden_in(shown, form)
    assert (await stranger.post(form, data={**hidden, "text": "x"})).status_code in (403, 404), "another unit's"
    answered = await clerk.post(form, data={**hidden, "text": "今晚八时前办结"}, follow_redirects=True)
    assert ("已答复。" in answered.text, form in answered.text) == (True, False)
    twice = await clerk.post(form, data={**hidden, "text": "今晚八时前办结"}, follow_redirects=True)
    assert "已答复。" in twice.text, "the same form sent twice is one answer"
    again = await clerk.post(form, data={**hidden, "key": "another", "text": "明日"})
    assert (again.status_code, "此项已有答复" in again.text) == (404, True)
    [reply] = await driver.published(case_id, "supervision_order_replied")
    assert (reply.text, reply.unit_id) == ("今晚八时前办结", "sanitation")
    await asyncio.gather(clerk.aclose(), stranger.aclose(), driver.close())


async def test_an_order_is_handed_on_returned_and_beside_it_a_team_is_sent_on_its_page(
    installation: Installation,
) -> None:
    """What the unit and the dispatcher do there is done by dispatch and routing, and explained like every decision."""
    await start_with_sample_district(installation, ROUTING, Service(name="intake"), DISPATCH, CONSOLE)
    command = RoutingDriver(installation, installation.running["routing"])
    case_id = await command.file("06010")

    async def orders(*units: str) -> dict[str, str]:
        rows = await installation.running["dispatch"].context.database.fetch("SELECT id, unit_id FROM dispatch")
        found = {row["unit_id"]: f"/desk/{row['id']}" for row in rows}
        return found if set(units) <= set(found) else {}

    page = (await wait_until(lambda: orders("sanitation"), what="the order"))["sanitation"]
    clerk, dispatcher = await sign_in(installation, "unit_clerk", "zh-CN"), await sign_in(installation, "dispatcher")
    why = re.search(r"<dt>派遣依据</dt><dd>(.*?)</dd>", (await clerk.get(page)).text)
    assert why is not None, "the unit reads why it was chosen where its order is"
    assert "责任清单" in why[1]
    assert "已派给班组" in (await fill_in(clerk, page, f"{page}/assign", crew="一组")).text
    assert 'href="/desk?crew=' in (await clerk.get("/desk/crews")).text
    assert page in (await clerk.get("/desk?crew=一组")).text
    assert "已收回" in (await fill_in(clerk, page, f"{page}/revoke")).text
    until_when = f"{installation.now() + timedelta(days=30):%Y-%m-%dT%H:%M}"
    assert (
        "挂账申请已提交"
        in (await fill_in(clerk, page, f"{page}/request-suspension", until=until_when, note="冻土")).text
    )
    sent = await fill_in(
        dispatcher, page, f"{page}/first-response", unit="mobile-team", instructions="", note="near a school"
    )
    assert "First response has been requested" in sent.text
    ahead = (await wait_until(lambda: orders("mobile-team"), what="the team's order"))["mobile-team"]
    shown = (await dispatcher.get(page)).text
    assert f'href="{ahead}"' in shown
    assert f'action="{page}/first-response"' not in shown, "who is sent is not sent again"

    async def called_off() -> bool:
        """Routing has to have heard of the order."""
        return (
            "Called off; the other side"
            in (await fill_in(dispatcher, ahead, f"{ahead}/cancel-handover", note="false alarm")).text
        )

    await wait_until(called_off, what="the team to be called off")

    async def withdrawn() -> bool:
        return "Withdrawn" in (await dispatcher.get(ahead)).text

    await wait_until(withdrawn, what="the team's order to be taken back")
    await fill_in(clerk, page, f"{page}/request-return", reason="not_our_function", note="属园林")
    assert page in (await dispatcher.get("/desk?state=returns")).text
    assert "keeps the dispatch" in (await fill_in(dispatcher, page, f"{page}/refuse-return", note="it is yours")).text
    decided = (await command.get("dispatcher", f"/cases/{case_id}/explanation"))["decisions"]
    assert [each["rule"] for each in decided] == ["responsibility_list", "first_response", "first_response"]
    assert "near a school" in decided[1]["explanation_en"]
    await asyncio.gather(clerk.aclose(), dispatcher.aclose())
