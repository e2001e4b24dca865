"""Timers, tasks, closing, feedback and figures of supervision over its public API."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.base import utc_text
from contracts.events.acceptance import CaseVoided, reporters
from services.supervision.app import SERVICE
from tests.support.integrators_guide import curl_body
from tests.support.supervision_driver import (
    AFTER,
    SHANGHAI,
    SupervisionDriver,
    lead_of,
    recount,
)
from tests.support.waiting import wait_until
from tests.unit.supervision import sample_district, sample_events


async def recheck_of(driver: SupervisionDriver, who: str, case_id: UUID) -> dict[str, Any]:
    """Wait until the recheck of a case is in the list of this account, and return it."""

    async def there() -> Any:
        mine = await driver.get(who, "/tasks", scope="mine")
        return next((task for task in mine["items"] if task["case_id"] == str(case_id)), None)

    return await wait_until(there, what=f"the recheck at {who}")


def months(driver: SupervisionDriver) -> list[str]:
    """Return the month of today and that of tomorrow, because a figure belongs to the month of its deadline."""
    return sorted(
        {f"{driver.installation.now().astimezone(SHANGHAI) + timedelta(days=ahead):%Y-%m}" for ahead in (0, 1)}
    )


async def figures(driver: SupervisionDriver, kind: str, subject: str) -> dict[str, int]:
    """Return the non-zero figures of a subject in these months."""
    found: Counter[str] = Counter()
    for month in months(driver):
        cards = await driver.get("assessor", "/scorecards", kind=kind, period=month)
        card = next(each for each in cards["items"] if each["subject_id"] == subject)
        found.update({each["figure"]: each["value"] for each in card["figures"] if each["value"]})
    return dict(found)


async def test_a_handled_case_is_rechecked_closed_and_scored(driver: SupervisionDriver) -> None:
    """The officer on duty answers the recheck, and each figure leads to its case."""
    case_id = await driver.handle_case()
    task = await recheck_of(driver, "officer", case_id)
    assert (task["kind"], task["officer_id"], task["closing_condition"]) == (
        "recheck",
        "officer-jincheng-05",
        "清理干净",
    )
    refused = await driver.post("officer_2", f"/tasks/{task['task_id']}/claim")
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/task-unknown")
    key = {"idempotency-key": str(uuid4())}
    answers = [
        await driver.post(
            "officer", f"/tasks/{task['task_id']}/answer", headers=key, passed=True, note="已清理", photos=AFTER
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["status"], answers[0].json()["outcome"]) == ("evaluated", "solved")
    unit = await figures(driver, "unit", "sanitation")
    assert unit == dict.fromkeys(
        (
            "dispatched",
            "sign_due",
            "signed_on_time",
            "completed",
            "handling_due",
            "due_completed",
            "completed_on_time",
            "recheck_passed",
        ),
        1,
    )
    assert await figures(driver, "officer", "officer-jincheng-05") == {
        "rechecked": 1,
        "recheck_due": 1,
        "recheck_on_time": 1,
    }
    path = "/scorecards/unit/sanitation/cases"
    behind = await driver.get("assessor", path, figure="completed_on_time", period=months(driver)[-1])
    assert [each["case_id"] for each in behind["items"]] == [str(case_id)]
    assert (await driver.get("unit_clerk", "/scorecards", kind="unit"))["items"][0]["subject_id"] == "sanitation"


async def test_provisional_deadlines_move_when_the_holidays_are_announced(driver: SupervisionDriver) -> None:
    """Clocks and reply dates move with the release, and a recount has the same figures."""
    now = driver.installation.now()
    driver.installation.shift_clock(seconds=(new_years_eve(now) - now).total_seconds())
    case_id = await driver.file_case(reporter_ref=sample_events.SECOND_REPORT)
    await driver.post("shift_lead", f"/cases/{case_id}/order", kind="leader", text="请办结")
    due_at = (driver.installation.now() + timedelta(hours=1)).isoformat()
    wish = {"admission_id": "waste-sorting-drive", "community": "370522001003", "hours": 1, "due_at": due_at}
    help_ = (await driver.post("unit_clerk", "assists", **wish)).json()
    before = {
        event.clock_id: event.due_at for event in await driver.published(case_id, "clock_started") if event.provisional
    }
    assert before
    days = [{"kind": "calendar_day", "id": day, "body": {"id": day, "working": works}} for day, works in announced(now)]
    settings = driver.installation.running["supervision"].context.district.settings
    body = {**settings.to_body(), "announced_years": [now.year + 2, now.year + 3]}
    days.append({"kind": "district", "id": settings.id, "body": body})
    administrator = await driver.client_of("administrator")
    registry = driver.installation.running["registry"].url
    answer = await administrator.post(f"{registry}/api/registry/changes?publish=true", json={"changes": days})
    assert answer.status_code == 200, answer.text

    async def moved() -> Any:
        return await driver.published(case_id, "deadline_moved")

    for event in await wait_until(moved, what="the new deadline"):
        assert (event.reason, event.provisional) == ("calendar", False)
        assert event.due_at > before[event.clock_id]

    async def help_moved() -> bool:
        (found,) = (await driver.get("unit_clerk", "assists"))["items"]
        return found["answer_due_at"] > help_["answer_due_at"]

    await wait_until(help_moved, what="the answer to a request for help")
    (order,) = await driver.published(case_id, "supervision_order_issued")
    answers = {event.kind: event for event in await driver.published(case_id, "answer_due_moved")}
    assert order.provisional
    assert answers["supervision_order_reply"].due_at > order.reply_due_at
    (shown,) = (await driver.get("unit_clerk", f"/cases/{case_id}"))["notices"]
    assert (shown["reply_due_at"], shown["provisional"]) == (utc_text(answers["supervision_order_reply"].due_at), False)
    said = reporters.ReporterContacted(
        report_id=sample_events.REPORT, means="phone", reached=True, contacted_by=sample_district.DESK
    )
    await driver.installation.publish("intake", case_id, said)

    async def counted() -> bool:
        return (await driver.state(case_id)).scores.contact_counted

    await wait_until(counted, what="the first contact")
    pool = driver.supervision.context.database
    due = await pool.fetch(
        "SELECT figure, at FROM score_entry WHERE kind = 'unit' AND figure LIKE 'contact%' ORDER BY figure"
    )
    assert [tuple(each) for each in due] == [
        (figure, answers["first_contact"].due_at) for figure in ("contact_due", "contact_on_time")
    ]
    assert (await recount(driver)).differences == []
    pool = driver.supervision.context.database
    assert await pool.fetchval("SELECT count(*) FROM provisional_deadline") == 0, "nothing is left that moves"


def new_years_eve(now: datetime) -> datetime:
    """Return the last evening of a year whose holidays, like those of the following year, are not announced."""
    return datetime(now.year + 2, 12, 31, 17, tzinfo=SHANGHAI)


def announced(now: datetime) -> list[tuple[str, bool]]:
    """Return days and whether they are worked: a Saturday in both years, and no day of the first week of the second."""
    firsts = [date(now.year + years, 1, 1) for years in (2, 3)]
    worked = [first + timedelta(days=(5 - first.weekday()) % 7 + 14) for first in firsts]
    return [(str(firsts[1] + timedelta(days=n)), False) for n in range(7)] + [(str(day), True) for day in worked]


async def test_the_reporter_does_not_get_the_recheck(driver: SupervisionDriver) -> None:
    """津城05 has one officer. For that officer's own report, an officer of a neighbouring grid is assigned."""
    case_id = await driver.handle_case(reporter_officer_id="officer-jincheng-05")

    async def assigned() -> Any:
        return await driver.published(case_id, "recheck_assigned")

    event = (await wait_until(assigned, what="an officer"))[0]
    assert event.officer_id != "officer-jincheng-05"


async def test_a_failed_recheck_means_rework_and_the_third_needs_the_leader(driver: SupervisionDriver) -> None:
    """The third failure issues a formal order."""
    case_id = await driver.handle_case()
    for round_ in (1, 2, 3):
        task = await recheck_of(driver, "officer", case_id)
        answer = await driver.post(
            "officer", f"/tasks/{task['task_id']}/answer", passed=False, note="没有清理", photos=AFTER
        )
        assert answer.json()["status"] == "rework"
        done = sample_events.all_completed(round_=round_).model_copy(update={"lead_dispatch_id": lead_of(case_id)})
        await driver.installation.publish(
            "dispatch", case_id, sample_events.completed(dispatch_id=lead_of(case_id), round_=round_), done
        )
        await driver.wait_for_status(case_id, "awaiting_recheck")
    assert [event.kind for event in await driver.published(case_id, "supervision_order_issued")] == ["rework"]
    seen = await driver.get("leader", "/tasks", kind="attention")
    assert [(task["case_id"], task["reason"]) for task in seen["items"]] == [(str(case_id), "third_recheck_failure")]
    assert (await figures(driver, "unit", "sanitation"))["reworked"] == 3


async def test_rule_7_no_timer_is_lost_or_fires_twice_over_a_restart(driver: SupervisionDriver) -> None:
    """Supervision is stopped while the timers become due."""
    cases = [await driver.file_case() for _ in range(3)]
    await driver.installation.stop("supervision")
    driver.installation.shift_clock(days=1, hours=8)
    driver.supervision = await driver.installation.start(SERVICE)

    async def all_red() -> bool:
        return all([await driver.published(case_id, "overdue_notified") for case_id in cases])

    await wait_until(all_red, what="every notice")
    await driver.installation.stop("supervision")
    driver.supervision = await driver.installation.start(SERVICE)
    for case_id in cases:
        lights = [event.light for event in await driver.published(case_id, "light_changed") if event.name == "handle"]
        assert lights == ["yellow", "red"]
    assert (await figures(driver, "unit", "sanitation"))["overdue"] == len(cases)


async def test_rule_7_a_light_that_a_late_event_disproves_is_corrected(driver: SupervisionDriver) -> None:
    """The dispatch was signed in time, and the event arrives after the clock has turned red."""
    case_id = await driver.file_case()
    driver.installation.shift_clock(hours=2, minutes=30)
    case = await driver.state(case_id)
    sign = next(clock for clock in case.clocks.values() if clock.name == "sign")

    async def light_changed() -> bool:
        return bool(await driver.published(case_id, "light_changed"))

    await wait_until(light_changed, what="a light")
    phoned = {"contact": "值班电话", "at": sign.started_at}
    await driver.installation.publish("dispatch", case_id, sample_events.signed(lead_of(case_id), by_phone=phoned))

    async def corrected() -> bool:
        return any(event.corrected for event in await driver.published(case_id, "light_changed"))

    await wait_until(corrected, what="the correction")
    assert (await driver.published(case_id, "clock_stopped"))[-1].on_time


async def test_a_reporter_gives_feedback_with_a_token_or_through_the_desk(driver: SupervisionDriver) -> None:
    """A token is valid for one report of one case."""
    case_id = await driver.handle_case(feedback_wanted=True)
    task = await recheck_of(driver, "officer", case_id)
    await driver.post("officer", f"/tasks/{task['task_id']}/answer", passed=True, photos=AFTER)
    await driver.wait_for_status(case_id, "awaiting_feedback")
    token = driver.supervision.context.auth.resident_token(str(case_id), str(sample_events.REPORT))
    desk = await driver.client_of("hotline")
    headers, path = {"authorization": f"Bearer {token}"}, f"/cases/{case_id}/feedback"
    stranger = await desk.post(f"/cases/{uuid4()}/feedback", json={"solved": True}, headers=headers)
    assert stranger.status_code == 404
    said = {"solved": False, "comment": "电话13812345678联系我"}
    answer = await desk.post(path, json=said, headers=headers)
    assert (answer.status_code, answer.json()["reopened"]) == (200, True)
    recorded = (await driver.published(case_id, "feedback_recorded"))[0]
    assert (recorded.recorded_by.kind, recorded.recorded_by.id) == ("resident", "resident")
    assert "13812345678" not in recorded.comment, "free text is masked before it enters an event"
    assert (await driver.state(case_id)).flow.status == "rework"
    late = await driver.post("hotline", f"/cases/{case_id}/feedback", report_id=str(sample_events.REPORT), solved=True)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/feedback-not-open")
    assert (await driver.post("officer", path, solved=True)).status_code == 403


async def test_a_voided_case_counts_for_no_subject(driver: SupervisionDriver) -> None:
    """Its score entries stay and are reversed. (At filing, the case moved from the district's code to its street.)"""
    case_id = await driver.file_case()
    assert (await figures(driver, "unit", "sanitation"))["dispatched"] == 1
    await driver.installation.publish("intake", case_id, CaseVoided(note="误立", decided_by=sample_district.DESK))
    await driver.wait_for_status(case_id, "voided")
    assert await figures(driver, "unit", "sanitation") == {}
    rows = await driver.supervision.context.database.fetch(
        "SELECT figure, reason FROM score_entry WHERE case_id = $1 AND value = -1 AND subject_id <> '370522' AND reason <> 'ended'",
        case_id,
    )
    assert {row["reason"] for row in rows} == {"voided"}
    assert {"dispatched", "reported"} <= {row["figure"] for row in rows}


async def test_the_list_of_tasks_is_paged_and_shows_only_the_own_queue(driver: SupervisionDriver) -> None:
    """Tasks of an exercise are not listed among real ones."""
    drill = await driver.handle_case(recheck_mode="callback", mode="exercise")
    cases = await asyncio.gather(*(driver.handle_case(recheck_mode="callback") for _ in range(5)))
    (drilled,) = (await driver.get("intake_clerk", "/tasks", mode="exercise"))["items"]
    assert (drilled["case_id"], drilled["case_mode"], drilled["mode"]) == (str(drill), "exercise", "callback")
    assert len((await driver.get("intake_clerk", "/tasks", mode="all"))["items"]) == 6
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await driver.get("intake_clerk", "/tasks", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [task["case_id"] for task in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert sorted(seen) == sorted(map(str, cases))
    assert (await driver.get("officer", "/tasks"))["items"] == []
    assert (await (await driver.client_of("unit_clerk")).get("/tasks")).status_code == 403
    broken = await (await driver.client_of("intake_clerk")).get("/tasks", params={"cursor": "nonsense"})
    assert (broken.status_code, broken.json()["type"]) == (422, "/problems/cursor-invalid")


async def test_each_list_takes_one_statement(driver: SupervisionDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    await asyncio.gather(*(driver.handle_case(recheck_mode="callback") for _ in range(3)))
    asked: list[str] = []
    fetch = asyncpg.Pool.fetch

    async def counted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        if "FROM task JOIN" in query or "FROM score_entry" in query:
            asked.append(query)
        return await fetch(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Pool, "fetch", counted)
    assert len((await driver.get("intake_clerk", "/tasks"))["items"]) == 3
    await driver.get("assessor", "/scorecards", kind="unit")
    await driver.get("assessor", "/scorecards/unit/sanitation/cases", figure="dispatched")
    assert len(asked) == 3


BAD_INPUT: list[tuple[str, dict[str, Any]]] = [
    ("/cases/{case}/urge", {"text": "a\u0000b"}),
    ("/cases/{case}/urge", {"text": ""}),
    ("/cases/{case}/order", {"text": "x", "kind": "rework"}),
    ("/cases/nothing/urge", {"text": "x"}),
    ("/cases/{case}/urge", {"text": "x", "more": 1}),
]


async def test_bad_input_is_refused_with_its_field(driver: SupervisionDriver) -> None:
    for path, body in BAD_INPUT:
        answer = await driver.post("dispatcher", path.format(case=uuid4()), **body)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request"), (path, body)
        assert answer.json()["errors"][0]["field"]


async def test_a_case_is_shown_to_its_units_and_changed_at_its_current_version(driver: SupervisionDriver) -> None:
    case_id = await driver.file_case()
    shown = await driver.get("dispatcher", f"/cases/{case_id}")
    assert {clock["name"] for clock in shown["clocks"]} == {"case", "sign", "handle"}
    assert (await driver.get("unit_clerk", f"/cases/{case_id}"))["version"] == shown["version"]
    assert (await (await driver.client_of("dispatcher")).get(f"/cases/{uuid4()}")).status_code == 404
    old = await driver.post("dispatcher", f"/cases/{case_id}/urge", headers={"if-match": '"1"'}, text="请抓紧")
    assert old.status_code == 412
    urged = await driver.post("dispatcher", f"/cases/{case_id}/urge", text="请抓紧")
    assert urged.status_code == 200
    ordered = await driver.post("dispatcher", f"/cases/{case_id}/order", text="请今日办结")
    [notice] = ordered.json()["notices"]
    reply = f"/cases/{case_id}/notices/{notice['notice_id']}/reply"
    answered = await driver.post("unit_clerk", reply, **curl_body("$REPLY_AT"))
    assert (answered.status_code, answered.json()["notices"]) == (200, []), "with the body of the guide"
    assert (await driver.post("unit_clerk", reply, **curl_body("$REPLY_AT"))).status_code == 404, (
        "a notice is answered once"
    )
    forced = await driver.post("unit_leader", f"/cases/{case_id}/force-close", note="我单位已办")
    assert forced.status_code == 403, "a unit may not force-close"
    forced = await driver.post("leader", f"/cases/{case_id}/force-close", note="重复立案")
    assert (forced.json()["outcome"], forced.json()["clocks"]) == ("forced", [])


async def test_several_answers_at_once_close_the_case_once(driver: SupervisionDriver) -> None:
    """The same officer uses several terminals."""
    case_id = await driver.handle_case()
    task = await recheck_of(driver, "officer", case_id)
    path = f"/tasks/{task['task_id']}/answer"
    answers = await asyncio.gather(
        *(driver.post("officer", path, passed=True, note="好", photos=AFTER) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len(await driver.published(case_id, "case_closed")) == 1
