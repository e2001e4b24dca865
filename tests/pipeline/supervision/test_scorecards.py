"""Scorecards: figures against a recount, appeals, ledgers, and who sees whose figures."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest

from contracts.common import Actor
from contracts.events.acceptance import CaseLinked, CaseNotFiled, CaseVoided
from contracts.figures import SUBJECTS
from services.chassis import http_client
from services.supervision.commands import recount as recounting
from tests.support.sample_district import PASSWORD, access_token
from tests.support.supervision_driver import SHANGHAI, SupervisionDriver, lead_of, recount
from tests.support.waiting import wait_until
from tests.unit.supervision import sample_district, sample_events


async def card(
    driver: SupervisionDriver, kind: str, subject: str, period: str, who: str = "assessor"
) -> dict[str, int]:
    cards = await driver.get(who, "/scorecards", kind=kind, period=period)
    found = next(each for each in cards["items"] if each["subject_id"] == subject)
    return {each["figure"]: each["value"] for each in found["figures"] if each["value"]}


def year(driver: SupervisionDriver) -> str:
    """Return the current year as a period."""
    return f"{driver.installation.now().astimezone(SHANGHAI):%Y}"


async def overdue_case(driver: SupervisionDriver) -> UUID:
    """Return a case that was signed too late and is completed."""
    case_id = await driver.file_case()
    driver.installation.shift_clock(hours=3)

    async def noticed() -> Any:
        return [each for each in await driver.published(case_id, "overdue_notified") if each.name == "sign"]

    await wait_until(noticed, what="the overdue notice")
    done = sample_events.all_completed().model_copy(update={"lead_dispatch_id": lead_of(case_id)})
    await driver.installation.publish("dispatch", case_id, sample_events.completed(dispatch_id=lead_of(case_id)), done)
    await driver.wait_for_status(case_id, "awaiting_recheck")
    return case_id


async def test_a_recount_of_all_event_stores_finds_the_same_score_entries(driver: SupervisionDriver) -> None:
    """The cases are handled, overdue, voided or appealed. A changed entry is found."""
    for _ in range(3):
        await driver.handle_case()
    late = await overdue_case(driver)
    again = CaseLinked(relation="recurrence", other_case_id=sample_events.CASE, other_case_number="LJ-20260101-000001")
    await driver.installation.publish("intake", late, again)
    await driver.post("unit_clerk", f"/cases/{late}/appeals", kind="unit", text="系统故障")
    voided = await driver.file_case()
    await driver.installation.publish("intake", voided, CaseVoided(note="误立", decided_by=sample_district.DESK))
    await driver.wait_for_status(voided, "voided")

    async def repeated() -> Any:
        found = await card(driver, "unit", "sanitation", year(driver))
        return found if "repeat_completed" in found else None

    counted = await wait_until(repeated, what="the link to be counted")
    assert (counted["completed"], 170 < counted["handling_minutes"] <= 180) == (4, True), "one case took three hours"
    found = await recount(driver)
    assert (found.cases, found.differences, found.failed) == (5, [], [])
    assert found.entries > 30
    await driver.supervision.context.database.execute(
        "UPDATE score_entry SET value = -1 WHERE case_id = $1 AND figure = 'sign_overdue'", late
    )
    assert len((await recount(driver)).differences) == 2, "the stored entry and the counted one"


async def test_a_case_that_cannot_be_recounted_does_not_stop_others(
    driver: SupervisionDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, replay = await driver.handle_case(), recounting.replay
    good = await driver.handle_case()

    def failing(case_id: UUID, *given: Any) -> Any:
        if case_id == bad:
            raise KeyError("an unexpected event")
        return replay(case_id, *given)

    monkeypatch.setattr(recounting, "replay", failing)
    found = await recount(driver)
    assert (found.cases, found.differences) == (1, []), good
    assert [each.partition(" ")[0] for each in found.failed] == [str(bad)]


async def test_a_scorecard_with_few_events_has_no_grade(driver: SupervisionDriver) -> None:
    await driver.handle_case()

    async def scored() -> Any:
        cards = await driver.get("assessor", "/scorecards", kind="unit", period=year(driver))
        found = next(each for each in cards["items"] if each["subject_id"] == "sanitation")
        return found if found["score"] is not None else None

    found = await wait_until(scored, what="a score")
    assert 0 < found["events"] < driver.supervision.context.district.settings.grade_events
    assert (found["grade"], found["no_grade"]) == (None, "too_few_events")


async def test_an_upheld_appeal_exempts_its_figures_and_keeps_the_history(driver: SupervisionDriver) -> None:
    """The figure and its denominator are not counted, but the list behind the figure shows the case as exempt."""
    case_id = await overdue_case(driver)
    before = await card(driver, "unit", "sanitation", year(driver))
    assert (before["sign_overdue"], before["sign_due"]) == (1, 1)
    stranger = await driver.post("officer_2", f"/cases/{case_id}/appeals", kind="officer", text="不是我")
    assert (stranger.status_code, stranger.json()["type"]) == (404, "/problems/case-unknown")
    nothing = await driver.post(
        "unit_clerk", f"/cases/{case_id}/appeals", kind="unit", figures=["reworked"], text="返工"
    )
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/nothing-to-appeal")
    assert "sign_overdue" in nothing.json()["possible"]
    body = {"kind": "unit", "figures": ["sign_overdue"], "text": "夜间线路故障 13812345678"}
    lodged = [await driver.post("unit_clerk", f"/cases/{case_id}/appeals", **body) for _ in range(2)]
    assert [each.status_code for each in lodged] == [200, 200]
    assert len(await driver.published(case_id, "appeal_lodged")) == 1
    assert "13812345678" not in (await driver.published(case_id, "appeal_lodged"))[0].text
    assert lodged[0].json()["appeals"][0]["upheld"] is None
    again = await driver.post("unit_clerk", f"/cases/{case_id}/appeals", kind="unit", figures=["urged"], text="再申诉")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/appealed-before")

    task = (await driver.get("assessor", "/tasks", kind="appeal"))["items"][0]
    assert (await driver.get("shift_lead", "/tasks"))["items"] == [], "only an assessor decides"
    silent = await driver.post("assessor", f"/tasks/{task['task_id']}/answer", passed=True)
    assert (silent.status_code, silent.json()["type"]) == (422, "/problems/note-needed")
    decided = await driver.post("assessor", f"/tasks/{task['task_id']}/answer", passed=True, note="属实，曾超期，不计")
    assert (decided.status_code, decided.json()["was_overdue"]) == (200, True)
    after = await card(driver, "unit", "sanitation", year(driver))
    assert ("sign_overdue" in after, "sign_due" in after) == (False, False)
    shown = await driver.get(
        "unit_clerk", "/scorecards/unit/sanitation/cases", figure="sign_overdue", period=year(driver)
    )
    assert [(each["case_id"], each["value"], each["exempt"]) for each in shown["items"]] == [(str(case_id), 0, True)]
    assert (await recount(driver)).differences == []


async def test_a_case_with_an_open_appeal_is_not_evaluated(driver: SupervisionDriver) -> None:
    """A refused appeal evaluates the case with all figures."""
    case_id = await overdue_case(driver)
    await driver.post("unit_clerk", f"/cases/{case_id}/appeals", kind="unit", figures=["sign_overdue"], text="请免计")
    forced = await driver.post("leader", f"/cases/{case_id}/force-close", note="已办")
    assert forced.json()["status"] == "closed"
    task = (await driver.get("assessor", "/tasks", kind="appeal"))["items"][0]
    refused = await driver.post("assessor", f"/tasks/{task['task_id']}/answer", passed=False, note="值班电话正常")
    assert refused.json()["status"] == "evaluated"
    assert (await card(driver, "unit", "sanitation", year(driver)))["sign_overdue"] == 1
    figures = (await driver.published(case_id, "case_evaluated"))[0].figures
    assert ("unit", "sanitation", "sign_overdue", 1) in {(f.kind, f.subject_id, f.figure, f.value) for f in figures}


async def test_a_change_after_the_freeze_is_a_correction_in_the_open_month(driver: SupervisionDriver) -> None:
    """An appeal is upheld six weeks later."""
    case_id = await overdue_case(driver)
    due_at = next(each.due_at for each in await driver.published(case_id, "clock_started") if each.name == "sign")
    month = f"{due_at.astimezone(SHANGHAI):%Y-%m}"
    await driver.post("unit_clerk", f"/cases/{case_id}/appeals", kind="unit", figures=["sign_overdue"], text="请免计")
    driver.installation.shift_clock(days=45)
    now = f"{driver.installation.now().astimezone(SHANGHAI):%Y-%m}"
    task = (await driver.get("assessor", "/tasks", kind="appeal"))["items"][0]
    await driver.post("assessor", f"/tasks/{task['task_id']}/answer", passed=True, note="属实")
    frozen = await driver.get("assessor", "/scorecards", kind="unit", period=month)
    assert [each["frozen"] for each in frozen["months"]] == [True]
    assert (await card(driver, "unit", "sanitation", month))["sign_overdue"] == 1
    assert (await card(driver, "unit", "sanitation", now))["sign_overdue"] == -1
    open_month = await driver.get("assessor", "/scorecards", kind="unit", period=now)
    late = next(each for each in open_month["items"] if each["subject_id"] == "sanitation")["figures"]
    assert next(each["corrections"] for each in late if each["figure"] == "sign_overdue") == -1
    assert (await recount(driver)).differences == []


async def test_a_ledger_has_the_figures_of_the_scorecards(driver: SupervisionDriver) -> None:
    """XLSX and CSV have the same rows. The rules are on a second sheet."""
    case_id = await driver.handle_case()
    assessor = await driver.client_of("assessor")
    cards = await driver.get("assessor", "/scorecards", kind="unit", period=year(driver))
    answer = await assessor.get("/scorecards/ledger.csv", params={"kind": "unit", "period": year(driver)})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel reads Chinese only with a BOM"
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Subject"] for row in table] == [each["subject_id"] for each in cards["items"]]
    row = next(row for row in table if row["Subject"] == "sanitation")
    assert row["Rate: Completed on time"] == "1.0", "a count and a rate have different names"
    assert (row["Completions"], row["Dispatches received"], row["Reworks"]) == ("1", "1", "0")
    book = openpyxl.load_workbook(
        io.BytesIO(
            (await assessor.get("/scorecards/ledger.xlsx", params={"kind": "unit", "period": year(driver)})).content
        )
    )
    first, second = book.worksheets
    shown = [[cell.value for cell in line] for line in first.iter_rows()]
    assert shown[0] == next(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(shown) == len(table) + 1
    assert any("unit.2026-01" in [cell.value for cell in line] for line in second.iter_rows())
    behind = await assessor.get(
        "/scorecards/unit/sanitation/cases.csv", params={"figure": "completed", "period": year(driver)}
    )
    lines = list(csv.reader(io.StringIO(behind.content.decode("utf-8-sig"))))
    number = (await driver.state(case_id)).case_number
    assert [line[0] for line in lines[1:]] == [number]


async def test_each_figure_of_every_kind_of_subject_leads_to_its_cases(driver: SupervisionDriver) -> None:
    """The county counts what its streets count."""
    await driver.handle_case()
    for kind in SUBJECTS:
        found = await driver.get("assessor", "/scorecards", kind=kind, period=year(driver))
        assert found["edition"]["id"] == f"{kind}.2026-01"
        for subject in found["items"]:
            for figure in (each for each in subject["figures"] if each["value"] and each["behind"] == "cases"):
                path = f"/scorecards/{kind}/{subject['subject_id']}/cases"
                page = await driver.get("assessor", path, figure=figure["figure"], period=year(driver))
                assert sum(each["value"] for each in page["items"]) == figure["value"], (kind, figure)
                assert all(each["case_number"] for each in page["items"])
    assert (await card(driver, "county", "370522", year(driver)))["filed"] == 1
    assert (await card(driver, "street", "370522001", year(driver)))["filed"] == 1


async def test_officers_and_units_see_only_their_own_figures(driver: SupervisionDriver) -> None:
    await driver.handle_case()
    own = await driver.get("unit_clerk", "/scorecards", kind="unit")
    assert [each["subject_id"] for each in own["items"]] == ["sanitation"]
    clerk, officer = await driver.client_of("unit_clerk"), await driver.client_of("officer")
    assert (await clerk.get("/scorecards/unit/housing/cases", params={"figure": "dispatched"})).status_code == 403
    assert (await clerk.get("/scorecards", params={"kind": "officer"})).status_code == 403
    assert (await officer.get("/scorecards", params={"kind": "county"})).status_code == 403
    mine = await driver.get("officer", "/scorecards", kind="officer")
    assert [each["subject_id"] for each in mine["items"]] == ["officer-jincheng-05"]
    wrong = await (await driver.client_of("assessor")).get("/scorecards", params={"kind": "unit", "period": "2026-13"})
    assert wrong.status_code == 422
    unknown = await (await driver.client_of("assessor")).get("/scorecards/unit/x/cases", params={"figure": "nonsense"})
    assert unknown.status_code == 404


async def test_a_figure_about_a_deadline_counts_in_the_month_of_the_deadline(driver: SupervisionDriver) -> None:
    """The case is completed this month and due next month. A pending case counts in each month until completion."""
    now = driver.installation.now().astimezone(SHANGHAI)
    last = (now.replace(day=1) + timedelta(days=62)).replace(day=1, hour=15, minute=0) - timedelta(days=1)
    while last.weekday() > 4:
        last -= timedelta(days=1)
    driver.installation.shift_clock(seconds=(last - now).total_seconds())
    await driver.handle_case()
    this, following = f"{last:%Y-%m}", f"{last + timedelta(days=20):%Y-%m}"
    done, due = [await card(driver, "unit", "sanitation", month) for month in (this, following)]
    assert (done["completed"], done.get("handling_due")) == (1, None)
    assert (due["handling_due"], due["completed_on_time"], due.get("completed")) == (1, 1, None)
    open_case = await driver.file_case()
    for month in (this, following):
        assert (await card(driver, "unit", "sanitation", month))["pending_handling"] == 1, (
            "a pending case counts in each month"
        )
        path = "/scorecards/unit/sanitation/cases"
        behind = await driver.get("assessor", path, figure="pending_handling", period=month)
        assert [each["case_id"] for each in behind["items"]] == [str(open_case)]
    before = f"{last.replace(day=1) - timedelta(days=1):%Y-%m}"
    assert "pending_handling" not in await card(driver, "unit", "sanitation", before)


async def test_an_overdue_case_counts_for_unit_street_and_county(driver: SupervisionDriver) -> None:
    """After an upheld appeal it counts for none, and a recount agrees."""
    case_id = await driver.file_case()
    driver.installation.shift_clock(days=12)
    month = f"{driver.installation.now().astimezone(SHANGHAI):%Y-%m}"
    cards = (("unit", "sanitation"), ("street", "370522001"), ("county", "370522"))
    late, unclosed = "pending_handling_overdue", "pending_closing_overdue"

    async def counted() -> bool:
        found = await card(driver, "county", "370522", month)
        return (found.get(late), found.get(unclosed)) == (1, 1)

    await wait_until(counted, what="the end of the limits")
    for kind, subject in cards:
        figure = late if kind == "unit" else unclosed
        behind = await driver.get("assessor", f"/scorecards/{kind}/{subject}/cases", figure=figure, period=month)
        assert [each["case_id"] for each in behind["items"]] == [str(case_id)], kind
    await driver.post("unit_clerk", f"/cases/{case_id}/appeals", kind="unit", figures=["overdue"], text="线路故障")
    task = next(each for each in (await driver.get("assessor", "/tasks"))["items"] if each["kind"] == "appeal")
    answer = await driver.post("assessor", f"/tasks/{task['task_id']}/answer", passed=True, note="属实")
    assert answer.status_code == 200, answer.text
    found = [(await card(driver, kind, subject, month)).get(late) for kind, subject in cards]
    assert found == [None, None, None]
    assert (await card(driver, "county", "370522", month))[unclosed] == 1, (
        "the appeal of the unit does not exempt the street"
    )
    assert (await recount(driver)).differences == []


async def create_account(driver: SupervisionDriver, name: str, **bindings: Any) -> str:
    """Create an account with these bindings and return its id."""
    registry = driver.installation.running["registry"].url
    headers = {"authorization": f"Bearer {await access_token(driver.installation, 'administrator')}"}
    async with http_client.create_client(base_url=registry, headers=headers, timeout=30) as web:
        account = {"username": name, "name": name, "password": PASSWORD, **bindings}
        answer = await web.post("/api/registry/accounts", json=account)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["account"]["id"])


async def test_an_unfiled_report_is_listed_behind_a_figure_for_the_street_of_its_place(
    driver: SupervisionDriver,
) -> None:
    """A report without a place is listed for the county and for the clerk who decided about it."""
    clerk = await create_account(driver, "clerk_here", roles=["intake_clerk"], areas=["370522001"])
    for name, area in (("assessor_here", "370522001"), ("assessor_there", "370522002")):
        await create_account(driver, name, roles=["assessor"], areas=[area])
    numbers = {"here": "LJ-20261130-000001", "there": "LJ-20261130-000002", "nowhere": "LJ-20261130-000003"}
    places = {"here": "370522001003005", "there": "370522002001001", "nowhere": None}
    for which, number in numbers.items():
        case_id, grid = uuid4(), places[which]
        place = {"grid_code": grid} if grid else None
        report = sample_events.received(driver.installation.now(), report_id=uuid4(), case_number=number, place=place)
        refused = CaseNotFiled(reason="not_ours", note="", decided_by=Actor(kind="account", id=clerk))
        await driver.installation.publish("intake", case_id, report, refused)
        await driver.wait_for_status(case_id, "not_filed")

    async def behind(who: str) -> set[str]:
        path = f"/scorecards/intake_clerk/{clerk}/cases"
        listed = await driver.get(who, path, figure="not_filed", period=year(driver))
        table = await (await driver.client_of(who)).get(
            f"{path}.csv", params={"figure": "not_filed", "period": year(driver)}
        )
        found = {each["case_number"] for each in listed["items"]}
        assert found == {number for number in numbers.values() if number in table.text}, who
        return {which for which, number in numbers.items() if number in found}

    assert await behind("assessor_here") == {"here"}
    assert await behind("assessor_there") == {"there"}
    assert await behind("assessor") == {"here", "there", "nowhere"}
    assert await behind("clerk_here") == {"here", "there", "nowhere"}, "clerks see all of their own work"
