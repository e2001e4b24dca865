"""The pages of scorecards: they show the figures of supervision, and each figure leads to its cases."""

from __future__ import annotations

import csv
import io
import re
from uuid import uuid4

import pytest

from contracts.common import Actor
from contracts.events.acceptance import CaseNotFiled
from services.chassis import http_client
from services.console.scorecards.pages import periods
from tests.support.exported_tables import ledger_rows
from tests.support.pages import sign_in
from tests.support.sample_district import access_token
from tests.support.supervision_driver import SHANGHAI, SupervisionDriver
from tests.unit.supervision import sample_events

OFFICER = "officer-jincheng-05"


async def test_each_figure_leads_to_its_cases_and_visits(driver: SupervisionDriver) -> None:
    """The rules are shown beside the figures, and each table is also a ledger."""
    case_id = await driver.handle_case()
    number = (await driver.state(case_id)).case_number
    year = f"{driver.installation.now().astimezone(SHANGHAI):%Y}"
    web = await sign_in(driver.installation, "assessor")
    table = (await web.get("/scorecards", params={"kind": "unit", "period": year})).text
    assert f'href="/scorecards/unit/sanitation?period={year}"' in table
    assert "Rules unit.2026-01" in table
    assert "completed on time ÷ completions due" in table
    assert "Points for few cases" in table
    card = (await web.get(f"/scorecards/unit/sanitation?period={year}")).text
    assert "up to 50: 100 points" in card
    assert re.search(r"\b0 min <small>0/1</small>", card), "a mean of minutes, not a share"
    assert f'<a href="/scorecards/unit/sanitation/completed?period={year}">1</a>' in card
    behind = (await web.get(f"/scorecards/unit/sanitation/completed?period={year}")).text
    assert f"/board?case={number}" in behind
    ledger = await web.get("/scorecards/ledger.csv", params={"kind": "unit", "period": year})
    rows = list(csv.DictReader(io.StringIO(ledger.content.decode("utf-8-sig"))))
    assert next(row for row in rows if row["Subject"] == "sanitation")["Completions"] == "1"
    assert (await web.get(f"/scorecards/unit/sanitation/completed/ledger.xlsx?period={year}")).content[:2] == b"PK"
    point = (await driver.get("officer", "/patrol/mine"))["turns"][0]["points"][0]
    here = {"longitude": point["longitude"], "latitude": point["latitude"], "crs": "cgcs2000"}
    assert (await driver.post("officer", "/patrol/check-ins", point_id=point["point_id"], location=here)).is_success
    officer = (await web.get(f"/scorecards/officer/{OFFICER}?period={year}")).text
    behind_rounds = {
        "patrol_due": "Visited",
        "patrol_visited": "0 m",
        "shift_due": "First seen",
        "shift_attended": "Checked in:",
    }
    for figure, shown in behind_rounds.items():
        assert f'href="/scorecards/officer/{OFFICER}/{figure}?period={year}"' in officer
        rounds = (await web.get(f"/scorecards/officer/{OFFICER}/{figure}?period={year}")).text
        assert point["name_en"] in rounds, figure
        assert shown in rounds, figure
        assert f'href="/scorecards/officer/{OFFICER}/{figure}/ledger.csv?period={year}"' in rounds
    for path in (f"/scorecards/officer/{OFFICER}/patrol_due/ledger", "/scorecards/rounds"):
        turns = [row for row in await ledger_rows(web, path, period=year) if row["Id"] == OFFICER]
        assert "1" in {row["Visits made"] for row in turns}, path
    assert "/scorecards/rounds.xlsx" in (await web.get("/scorecards?kind=officer")).text
    for odd in ("/scorecards/unit/sanitation/nonsense", "/scorecards/unit/nobody", "/scorecards/ledger.pdf"):
        assert (await web.get(odd)).status_code == 404, odd
    await web.aclose()


async def test_the_pages_show_only_what_the_caller_may_see(driver: SupervisionDriver) -> None:
    await driver.handle_case()
    clerk = await sign_in(driver.installation, "unit_clerk", "zh-CN")
    table = (await clerk.get("/scorecards?kind=unit")).text
    assert "计算办法" in table
    assert re.findall(r'href="/scorecards/unit/([a-z0-9-]+)\?', table) == ["sanitation"]
    assert (await clerk.get("/scorecards/unit/housing/dispatched")).status_code == 403
    assert (await clerk.get("/scorecards?kind=county")).status_code == 403
    await clerk.aclose()
    async with http_client.create_client(base_url=driver.installation.running["console"].url) as stranger:
        answer = await stranger.get("/scorecards?kind=unit")
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_clerks_are_shown_by_name_to_callers_who_may_see_their_figures(driver: SupervisionDriver) -> None:
    """Score entries have the id of the account; the registry returns the name."""
    registry = driver.installation.running["registry"].url
    async with http_client.create_client(base_url=registry, timeout=30) as web:
        as_ = {
            who: {"authorization": f"Bearer {await access_token(driver.installation, who)}"}
            for who in ("administrator", "assessor", "leader", "dispatcher")
        }
        listed = (await web.get("/api/registry/accounts", headers=as_["administrator"])).json()["items"]
        clerk = next(each["id"] for each in listed if each["username"] == "intake_clerk")
        asked = {"account": [clerk, str(uuid4())]}
        told = (await web.get("/api/registry/people", params=asked, headers=as_["assessor"])).json()["items"]
        assert told == [{"id": clerk, "name": "受理台1", "name_en": "Intake desk 1"}]
        assert (await web.get("/api/registry/people", params=asked, headers=as_["dispatcher"])).status_code == 403
    case_id, number = uuid4(), "LJ-20261130-000009"
    report = sample_events.received(driver.installation.now(), report_id=uuid4(), case_number=number)
    refused = CaseNotFiled(reason="not_ours", note="", decided_by=Actor(kind="account", id=clerk))
    await driver.installation.publish("intake", case_id, report, refused)
    await driver.wait_for_status(case_id, "not_filed")
    for who in ("assessor", "intake_clerk"):
        web = await sign_in(driver.installation, who)
        assert ">Intake desk 1</a>" in (await web.get("/scorecards?kind=intake_clerk")).text, who
        card = (await web.get(f"/scorecards/intake_clerk/{clerk}")).text
        assert "<h1>Intake desk 1</h1>" in card, who
        table = await web.get("/scorecards/ledger.csv", params={"kind": "intake_clerk"})
        rows = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
        assert {row["Subject"]: row["Name"] for row in rows}[clerk] == "Intake desk 1", who
        await web.aclose()


@pytest.mark.parametrize(
    ("period", "before", "after", "longer"),
    [
        ("2026-01", "2025-12", "2026-02", ("2026-Q1", "2026")),
        ("2026-Q4", "2026-Q3", "2027-Q1", ("2026-Q4", "2026")),
        ("2026", "2025", "2027", ("2026-Q4", "2026")),
    ],
)
def test_a_period_has_its_neighbours_and_longer_periods(
    period: str, before: str, after: str, longer: tuple[str, str]
) -> None:
    found = periods(period)
    assert (found["before"], found["after"], (found["quarter"], found["year"])) == (before, after, longer)
