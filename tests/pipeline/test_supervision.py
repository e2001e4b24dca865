"""Supervision on real parts: timers, tasks, closing, feedback and scorecards over the public interface."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.base import utc_text
from contracts.events.acceptance import CaseVoided, reporters
from services.supervision.app import SERVICE
from tests.support.guide import body_sent_to
from tests.support.house import House, until
from tests.support.supervision import AFTER, SHANGHAI, Watch, lead_of, open_watch, recount
from tests.unit.supervision import town


@pytest.fixture
async def watch(kept: House) -> AsyncIterator[Watch]:
    found = await open_watch(kept)
    yield found
    await found.close()


async def recheck_of(watch: Watch, who: str, case_id: UUID) -> dict[str, Any]:
    """The recheck of this case, once it is in somebody's own list."""

    async def there() -> Any:
        mine = await watch.get(who, "/tasks", scope="mine")
        return next((task for task in mine["items"] if task["case_id"] == str(case_id)), None)

    return await until(there, what=f"the recheck at {who}")


def months(watch: Watch) -> list[str]:
    """This month, and that of the work day after: figures about deadlines belong to the month of the due instant."""
    return sorted({f"{watch.house.now().astimezone(SHANGHAI) + timedelta(days=ahead):%Y-%m}" for ahead in (0, 1)})


async def figures(watch: Watch, kind: str, subject: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for month in months(watch):
        cards = await watch.get("assessor", "/scorecards", kind=kind, period=month)
        card = next(each for each in cards["items"] if each["subject_id"] == subject)
        found.update({each["figure"]: each["value"] for each in card["figures"] if each["value"]})
    return dict(found)


async def test_a_handled_case_is_rechecked_by_the_officer_on_duty_closed_and_scored(watch: Watch) -> None:
    """The whole stage: task found by the officer, answered, closed, evaluated, and every figure leads to its case."""
    case_id = await watch.handled()
    task = await recheck_of(watch, "officer", case_id)
    assert (task["kind"], task["officer_id"], task["closing_condition"]) == (
        "recheck",
        "officer-jincheng-05",
        "清理干净",
    )
    refused = await watch.post("officer_2", f"/tasks/{task['task_id']}/claim")
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/task-unknown")
    key = {"idempotency-key": str(uuid4())}
    answers = [
        await watch.post(
            "officer", f"/tasks/{task['task_id']}/answer", headers=key, passed=True, note="已清理", photos=AFTER
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["status"], answers[0].json()["outcome"]) == ("evaluated", "solved")
    unit = await figures(watch, "unit", "sanitation")
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
    assert await figures(watch, "officer", "officer-jincheng-05") == {
        "rechecked": 1,
        "recheck_due": 1,
        "recheck_on_time": 1,
    }
    path = "/scorecards/unit/sanitation/cases"
    behind = await watch.get("assessor", path, figure="completed_on_time", period=months(watch)[-1])
    assert [each["case_id"] for each in behind["items"]] == [str(case_id)]
    assert (await watch.get("unit_clerk", "/scorecards", kind="unit"))["items"][0]["subject_id"] == "sanitation"


async def test_provisional_deadlines_move_when_the_holidays_are_announced(watch: Watch) -> None:
    """The table of a year is published: the release switches, clocks and answers are due when it says, and every figure
    is the same when all events are counted again.
    """
    now = watch.house.now()
    watch.house.shift_clock(seconds=(new_years_eve(now) - now).total_seconds())
    case_id = await watch.filed(reporter_ref=town.SECOND_REPORT)
    await watch.post("shift_lead", f"/cases/{case_id}/order", kind="leader", text="请办结")
    due_at = (watch.house.now() + timedelta(hours=1)).isoformat()
    wish = {"admission_id": "waste-sorting-drive", "community": "370522001003", "hours": 1, "due_at": due_at}
    help_ = (await watch.post("unit_clerk", "assists", **wish)).json()
    before = {event.clock_id: event.due_at for event in await watch.said(case_id, "clock_started") if event.provisional}
    assert before
    days = [{"kind": "calendar_day", "id": day, "body": {"id": day, "working": works}} for day, works in announced(now)]
    settings = watch.house.running["supervision"].context.district.settings
    body = {**settings.to_body(), "announced_years": [now.year + 2, now.year + 3]}
    days.append({"kind": "district", "id": settings.id, "body": body})
    administrator = await watch.as_("administrator")
    registry = watch.house.running["registry"].url
    answer = await administrator.post(f"{registry}/api/registry/changes?publish=true", json={"changes": days})
    assert answer.status_code == 200, answer.text

    async def moved() -> Any:
        return await watch.said(case_id, "deadline_moved")

    for event in await until(moved, what="the new deadline"):
        assert (event.reason, event.provisional) == ("calendar", False)
        assert event.due_at > before[event.clock_id]

    async def help_moved() -> bool:
        (found,) = (await watch.get("unit_clerk", "assists"))["items"]
        return found["answer_due_at"] > help_["answer_due_at"]

    await until(help_moved, what="the answer to a request for help")
    (order,) = await watch.said(case_id, "order_issued")
    answers = {event.what: event for event in await watch.said(case_id, "answer_due_moved")}
    assert order.provisional
    assert answers["order_reply"].due_at > order.reply_due_at
    (shown,) = (await watch.get("unit_clerk", f"/cases/{case_id}"))["notices"]
    assert (shown["reply_due_at"], shown["provisional"]) == (utc_text(answers["order_reply"].due_at), False)
    said = reporters.ReporterContacted(report_id=town.REPORT, means="phone", reached=True, contacted_by=town.DESK)
    await watch.tell("intake", case_id, said)

    async def counted() -> bool:
        return (await watch.state(case_id)).books.contact_counted

    await until(counted, what="the first contact")
    pool = watch.supervision.context.database
    due = await pool.fetch(
        "SELECT figure, at FROM booking WHERE kind = 'unit' AND figure LIKE 'contact%' ORDER BY figure"
    )
    assert [tuple(each) for each in due] == [
        (figure, answers["first_contact"].due_at) for figure in ("contact_due", "contact_on_time")
    ]
    assert (await recount(watch)).differences == []
    pool = watch.supervision.context.database
    assert await pool.fetchval("SELECT count(*) FROM provisional_deadline") == 0, "nothing is left that moves"


def new_years_eve(now: datetime) -> datetime:
    """The evening of a year of which, like of the one after it, no holidays can be known yet."""
    return datetime(now.year + 2, 12, 31, 17, tzinfo=SHANGHAI)


def announced(now: datetime) -> list[tuple[str, bool]]:
    """In both years a Saturday is worked; in the second the first week is off."""
    firsts = [date(now.year + years, 1, 1) for years in (2, 3)]
    worked = [first + timedelta(days=(5 - first.weekday()) % 7 + 14) for first in firsts]
    return [(str(firsts[1] + timedelta(days=n)), False) for n in range(7)] + [(str(day), True) for day in worked]


async def test_whoever_reported_it_is_not_sent(watch: Watch) -> None:
    """津城05 has one officer: when the report is that officer's own, somebody from next door goes."""
    case_id = await watch.handled(reporter_officer_id="officer-jincheng-05")

    async def assigned() -> Any:
        return await watch.said(case_id, "recheck_assigned")

    event = (await until(assigned, what="an officer"))[0]
    assert event.officer_id != "officer-jincheng-05"


async def test_a_failed_recheck_goes_back_and_the_third_goes_to_the_leader(watch: Watch) -> None:
    """Rework with the half of the limit; the third failure is a formal order, seen in the leader's queue."""
    case_id = await watch.handled()
    for round_ in (1, 2, 3):
        task = await recheck_of(watch, "officer", case_id)
        answer = await watch.post(
            "officer", f"/tasks/{task['task_id']}/answer", passed=False, note="没有清理", photos=AFTER
        )
        assert answer.json()["status"] == "rework"
        done = town.all_completed(round_=round_).model_copy(update={"lead_dispatch_id": lead_of(case_id)})
        await watch.tell("dispatch", case_id, town.completed(dispatch_id=lead_of(case_id), round_=round_), done)
        await watch.until(case_id, "awaiting_recheck")
    assert [event.kind for event in await watch.said(case_id, "order_issued")] == ["rework"]
    seen = await watch.get("leader", "/tasks", kind="attention")
    assert [(task["case_id"], task["reason"]) for task in seen["items"]] == [(str(case_id), "third_recheck_failure")]
    assert (await figures(watch, "unit", "sanitation"))["reworked"] == 3


async def test_rule_7_no_timer_is_lost_or_fires_twice_over_a_restart(watch: Watch) -> None:
    """Stopped over the due instant: after the start every step has happened, and each once."""
    cases = [await watch.filed() for _ in range(3)]
    await watch.house.stop("supervision")
    watch.house.shift_clock(days=1, hours=8)
    watch.supervision = await watch.house.start(SERVICE)

    async def all_red() -> bool:
        return all([await watch.said(case_id, "overdue_notified") for case_id in cases])

    await until(all_red, what="every notice")
    await watch.house.stop("supervision")
    watch.supervision = await watch.house.start(SERVICE)
    for case_id in cases:
        lights = [event.light for event in await watch.said(case_id, "light_changed") if event.name == "handle"]
        assert lights == ["yellow", "red"]
    assert (await figures(watch, "unit", "sanitation"))["overdue"] == len(cases)


async def test_rule_7_a_light_that_a_late_fact_disproves_is_corrected(watch: Watch) -> None:
    """Signed in time, heard of after the sign clock had turned red."""
    case_id = await watch.filed()
    watch.house.shift_clock(hours=2, minutes=30)
    case = await watch.state(case_id)
    sign = next(clock for clock in case.clocks.values() if clock.name == "sign")

    async def lit() -> bool:
        return bool(await watch.said(case_id, "light_changed"))

    await until(lit, what="a light")
    phoned = {"contact": "值班电话", "at": sign.started_at}
    await watch.tell("dispatch", case_id, town.signed(lead_of(case_id), by_phone=phoned))

    async def corrected() -> bool:
        return any(event.corrected for event in await watch.said(case_id, "light_changed"))

    await until(corrected, what="the correction")
    assert (await watch.said(case_id, "clock_stopped"))[-1].on_time


async def test_reporters_answer_by_themselves_or_through_the_desk(watch: Watch) -> None:
    """A resident's token speaks for one report of one case; the desk for whoever it called back."""
    case_id = await watch.handled(feedback_wanted=True)
    task = await recheck_of(watch, "officer", case_id)
    await watch.post("officer", f"/tasks/{task['task_id']}/answer", passed=True, photos=AFTER)
    await watch.until(case_id, "awaiting_feedback")
    token = watch.supervision.context.auth.resident_token(str(case_id), str(town.REPORT))
    desk = await watch.as_("hotline")
    headers, path = {"authorization": f"Bearer {token}"}, f"/cases/{case_id}/feedback"
    stranger = await desk.post(f"/cases/{uuid4()}/feedback", json={"solved": True}, headers=headers)
    assert stranger.status_code == 404
    said = {"solved": False, "comment": "电话13812345678联系我"}
    answer = await desk.post(path, json=said, headers=headers)
    assert (answer.status_code, answer.json()["reopened"]) == (200, True)
    recorded = (await watch.said(case_id, "feedback_recorded"))[0]
    assert (recorded.recorded_by.kind, recorded.recorded_by.id) == ("resident", "resident")
    assert "13812345678" not in recorded.comment, "free text is masked before it enters an event"
    assert (await watch.state(case_id)).flow.status == "rework"
    late = await watch.post("hotline", f"/cases/{case_id}/feedback", report_id=str(town.REPORT), solved=True)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/feedback-not-open")
    assert (await watch.post("officer", path, solved=True)).status_code == 403


async def test_a_voided_case_counts_for_nobody(watch: Watch) -> None:
    """Its bookings stay, each with one that takes it back, and are in no sum. (Reported without a place, it had moved from the
    district's own code to its street when it was filed.)
    """
    case_id = await watch.filed()
    assert (await figures(watch, "unit", "sanitation"))["dispatched"] == 1
    await watch.tell("intake", case_id, CaseVoided(note="误立", decided_by=town.DESK))
    await watch.until(case_id, "voided")
    assert await figures(watch, "unit", "sanitation") == {}
    rows = await watch.supervision.context.database.fetch(
        "SELECT figure, reason FROM booking WHERE case_id = $1 AND value = -1 AND subject_id <> '370522' AND reason <> 'over'",
        case_id,
    )
    assert {row["reason"] for row in rows} == {"voided"}
    assert {"dispatched", "reported"} <= {row["figure"] for row in rows}


async def test_lists_page_and_show_only_ones_own_queues_and_area(watch: Watch) -> None:
    """Officers see their community, the desk its queue, units nothing; pages follow without gap or repetition. What is
    done of an exercise is never listed among real work.
    """
    drill = await watch.handled(recheck_mode="callback", mode="exercise")
    cases = await asyncio.gather(*(watch.handled(recheck_mode="callback") for _ in range(5)))
    (drilled,) = (await watch.get("intake_clerk", "/tasks", mode="exercise"))["items"]
    assert (drilled["case_id"], drilled["case_mode"], drilled["mode"]) == (str(drill), "exercise", "callback")
    assert len((await watch.get("intake_clerk", "/tasks", mode="all"))["items"]) == 6
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await watch.get("intake_clerk", "/tasks", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [task["case_id"] for task in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert sorted(seen) == sorted(map(str, cases))
    assert (await watch.get("officer", "/tasks"))["items"] == []
    assert (await (await watch.as_("unit_clerk")).get("/tasks")).status_code == 403
    broken = await (await watch.as_("intake_clerk")).get("/tasks", params={"cursor": "nonsense"})
    assert (broken.status_code, broken.json()["type"]) == (422, "/problems/cursor-invalid")


async def test_lists_cost_one_statement_each(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tasks, subjects or cases are on the page."""
    await asyncio.gather(*(watch.handled(recheck_mode="callback") for _ in range(3)))
    asked: list[str] = []
    fetch = asyncpg.Pool.fetch

    async def counted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        if "FROM task JOIN" in query or "FROM booking" in query:
            asked.append(query)
        return await fetch(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Pool, "fetch", counted)
    assert len((await watch.get("intake_clerk", "/tasks"))["items"]) == 3
    await watch.get("assessor", "/scorecards", kind="unit")
    await watch.get("assessor", "/scorecards/unit/sanitation/cases", figure="dispatched")
    assert len(asked) == 3


BAD: list[tuple[str, dict[str, Any]]] = [
    ("/cases/{case}/urge", {"text": "a\u0000b"}),
    ("/cases/{case}/urge", {"text": ""}),
    ("/cases/{case}/order", {"text": "x", "kind": "rework"}),
    ("/cases/nothing/urge", {"text": "x"}),
    ("/cases/{case}/urge", {"text": "x", "more": 1}),
]


async def test_bad_input_is_refused_and_named(watch: Watch) -> None:
    """Never a fault of ours, always the field."""
    for path, body in BAD:
        answer = await watch.post("dispatcher", path.format(case=uuid4()), **body)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request"), (path, body)
        assert answer.json()["errors"][0]["field"]


async def test_a_case_is_shown_to_the_centre_and_to_its_units_only(watch: Watch) -> None:
    """Need to know; and an action that was decided on an older version is refused."""
    case_id = await watch.filed()
    shown = await watch.get("dispatcher", f"/cases/{case_id}")
    assert {clock["name"] for clock in shown["clocks"]} == {"case", "sign", "handle"}
    assert (await watch.get("unit_clerk", f"/cases/{case_id}"))["version"] == shown["version"]
    assert (await (await watch.as_("dispatcher")).get(f"/cases/{uuid4()}")).status_code == 404
    old = await watch.post("dispatcher", f"/cases/{case_id}/urge", headers={"if-match": '"1"'}, text="请抓紧")
    assert old.status_code == 412
    urged = await watch.post("dispatcher", f"/cases/{case_id}/urge", text="请抓紧")
    assert urged.status_code == 200
    ordered = await watch.post("dispatcher", f"/cases/{case_id}/order", text="请今日办结")
    [notice] = ordered.json()["notices"]
    reply = f"/cases/{case_id}/notices/{notice['notice_id']}/reply"
    answered = await watch.post("unit_clerk", reply, **body_sent_to("$REPLY_AT"))
    assert (answered.status_code, answered.json()["notices"]) == (200, []), "as the guide says"
    assert (await watch.post("unit_clerk", reply, **body_sent_to("$REPLY_AT"))).status_code == 404, "once"
    forced = await watch.post("unit_leader", f"/cases/{case_id}/force-close", note="我单位已办")
    assert forced.status_code == 403, "no unit closes by force, whatever case it names"
    forced = await watch.post("leader", f"/cases/{case_id}/force-close", note="重复立案")
    assert (forced.json()["outcome"], forced.json()["clocks"]) == ("forced", [])


async def test_two_answers_at_once_are_one(watch: Watch) -> None:
    """The same officer on two terminals: one closes the case, the other hears that it is done."""
    case_id = await watch.handled()
    task = await recheck_of(watch, "officer", case_id)
    path = f"/tasks/{task['task_id']}/answer"
    answers = await asyncio.gather(
        *(watch.post("officer", path, passed=True, note="好", photos=AFTER) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len(await watch.said(case_id, "case_closed")) == 1
