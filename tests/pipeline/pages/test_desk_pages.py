"""The pages of the desk: dispatches, and requests for help."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

from services.chassis.service import Service
from services.console.app import SERVICE as CONSOLE
from services.dispatch.app import SERVICE as DISPATCH
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.exported_tables import ledger_rows
from tests.support.installation import Installation
from tests.support.pages import fill_in, hidden_fields, sign_in
from tests.support.routing_driver import RoutingDriver
from tests.support.sample_district import start_with_sample_district
from tests.support.supervision_driver import GRID, SHANGHAI, SupervisionDriver
from tests.support.waiting import wait_until
from tests.unit.supervision import sample_events


async def test_help_is_requested_and_answered_on_the_desk(driver: SupervisionDriver) -> None:
    """The unit may use its admitted tasks and hours; each officer answers one share."""
    clerk, officer = (
        await sign_in(driver.installation, "unit_clerk"),
        await sign_in(driver.installation, "officer", "zh-CN"),
    )
    due = f"{driver.installation.now().astimezone(SHANGHAI) + timedelta(days=2):%Y-%m-%dT%H:%M}"
    wish = {"admission_id": "waste-sorting-drive", "community": GRID[:12], "hours": "1.5", "due_at": due}
    form = (await clerk.get("/desk/assists")).text
    assert "anti-fraud-leaflets" not in form, "the task of another unit"
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
    assert mine.count('<th scope="row">') == 1, "only the own share"
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


async def test_a_formal_order_is_answered_once_on_the_page_of_its_dispatch(installation: Installation) -> None:
    await start_with_sample_district(installation, ROUTING, Service(name="intake"), DISPATCH, SUPERVISION, CONSOLE)
    received = sample_events.received(installation.now(), feedback_wanted=False, reporter_ref=None, mode="actual")
    case_id = await RoutingDriver(installation, installation.running["routing"]).file_case("06010", received)
    database = installation.running["dispatch"].context.database
    dispatch_id = await wait_until(
        lambda: database.fetchval("SELECT id FROM dispatch WHERE unit_id = 'sanitation'"), what="the dispatch"
    )
    page = f"/desk/{dispatch_id}"
    clerk = await sign_in(installation, "unit_clerk", "zh-CN")
    stranger = await sign_in(installation, "convenor")
    driver = SupervisionDriver(installation, installation.running["supervision"])

    async def ordered() -> bool:
        asked = {"dispatch_id": str(dispatch_id), "text": "请今日办结"}
        return (await driver.post("dispatcher", f"/cases/{case_id}/order", **asked)).status_code == 200

    await wait_until(ordered, what="the supervision order")
    shown = (await clerk.get(page)).text
    assert ("须答复" in shown, "请今日办结" in shown) == (True, True)
    [form] = re.findall(rf'action="({page}/notices/[0-9a-f-]+/reply)"', shown)
    hidden = hidden_fields(shown, form)
    assert (await stranger.post(form, data={**hidden, "text": "x"})).status_code in (403, 404), (
        "the dispatch of another unit"
    )
    answered = await clerk.post(form, data={**hidden, "text": "今晚八时前办结"}, follow_redirects=True)
    assert ("已答复。" in answered.text, form in answered.text) == (True, False)
    twice = await clerk.post(form, data={**hidden, "text": "今晚八时前办结"}, follow_redirects=True)
    assert "已答复。" in twice.text, "a repeated form is one answer"
    again = await clerk.post(form, data={**hidden, "key": "another", "text": "明日"})
    assert (again.status_code, "此项已有答复" in again.text) == (404, True)
    [reply] = await driver.published(case_id, "supervision_order_replied")
    assert (reply.text, reply.unit_id) == ("今晚八时前办结", "sanitation")
    await asyncio.gather(clerk.aclose(), stranger.aclose(), driver.close())


async def test_a_dispatch_is_assigned_and_returned_and_a_team_is_sent_on_its_page(
    installation: Installation,
) -> None:
    """Every decision has an explanation."""
    await start_with_sample_district(installation, ROUTING, Service(name="intake"), DISPATCH, CONSOLE)
    command = RoutingDriver(installation, installation.running["routing"])
    case_id = await command.file_case("06010")

    async def dispatch_pages(*units: str) -> dict[str, str]:
        rows = await installation.running["dispatch"].context.database.fetch("SELECT id, unit_id FROM dispatch")
        found = {row["unit_id"]: f"/desk/{row['id']}" for row in rows}
        return found if set(units) <= set(found) else {}

    page = (await wait_until(lambda: dispatch_pages("sanitation"), what="the dispatch"))["sanitation"]
    clerk, dispatcher = await sign_in(installation, "unit_clerk", "zh-CN"), await sign_in(installation, "dispatcher")
    why = re.search(r"<dt>派遣依据</dt><dd>(.*?)</dd>", (await clerk.get(page)).text)
    assert why is not None, "the unit reads why it was chosen"
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
    ahead = (await wait_until(lambda: dispatch_pages("mobile-team"), what="the dispatch of the team"))["mobile-team"]
    shown = (await dispatcher.get(page)).text
    assert f'href="{ahead}"' in shown
    assert f'action="{page}/first-response"' not in shown, "a team that was sent is not offered again"

    async def called_off() -> bool:
        return (
            "Called off; the other side"
            in (await fill_in(dispatcher, ahead, f"{ahead}/cancel-handover", note="false alarm")).text
        )

    await wait_until(called_off, what="the team to be called off")

    async def withdrawn() -> bool:
        return "Withdrawn" in (await dispatcher.get(ahead)).text

    await wait_until(withdrawn, what="the withdrawal of the team's dispatch")
    await fill_in(clerk, page, f"{page}/request-return", reason="not_our_function", note="属园林")
    assert page in (await dispatcher.get("/desk?state=returns")).text
    assert "keeps the dispatch" in (await fill_in(dispatcher, page, f"{page}/refuse-return", note="it is yours")).text
    decided = (await command.get("dispatcher", f"/cases/{case_id}/explanation"))["decisions"]
    assert [each["rule"] for each in decided] == ["responsibility_list", "first_response", "first_response"]
    assert "near a school" in decided[1]["explanation_en"]
    await asyncio.gather(clerk.aclose(), dispatcher.aclose())
