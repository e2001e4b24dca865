"""Situations about calendars: a make-up Saturday, ice on a holiday, an extension, and a suspension until spring.

The clock of a running system only moves forward, and the make-up days of next year are not announced yet. So a
situation does not use the announced days: the administrator publishes a change of the local calendar for the time of
the situation. tests/pipeline/together/test_calendars.py plays the announced days of February 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from deploy.play.city import ZONE, City, Json
from deploy.play.life import Life, NotYetError
from deploy.play.situations.base import MATTER, RESIDENT, appears, begin, ends, expect, situation, without_system
from deploy.play.situations.releases import settings, table

EVENING = time(17, 30)
SATURDAY, SUNDAY = 5, 6


@situation(14, "春节前式的调休：17:30 派出的一个工作日", "One work day, sent at 17:30 before a make-up Saturday")
async def make_up_day(city: City) -> list[Life]:
    """Check that a limit of one work day from Friday 17:30 ends on the make-up Saturday.

    It ends at 17:30, or at closing time if the district reads a work day as "until the end of the day".
    """
    saturday = _next(city, SATURDAY, after=EVENING)
    friday_evening = datetime.combine(saturday - timedelta(days=1), EVENING, ZONE)
    async with table(city, {saturday: True}):
        await city.pass_time(friday_evening)
        first, dispatch = await _report_piled_goods(city)
        sent_at, due_at = (datetime.fromisoformat(dispatch[name]) for name in ("created_at", "due_at"))
        expect(
            due_at - sent_at == timedelta(days=1),
            f"sent {sent_at}, due {due_at}: Saturday was not counted as a work day",
        )
        async with settings(city, work_day_reading="end_of_day"):
            second, dispatch = await _report_piled_goods(city)
            due_at = datetime.fromisoformat(dispatch["due_at"]).astimezone(ZONE)
            expect((due_at.date(), due_at.hour) == (saturday, 18), f"with the reading end_of_day: due {due_at}")
        for life in (first, second):
            await ends(life, outcome="solved")
    return [first, second]


@situation(15, "节假日夜里积雪结冰", "Ice on the night before a holiday")
async def ice(city: City) -> list[Life]:
    """Check that a limit in work hours waits for the next working day, and that one in urgent hours runs at night."""
    sunday = _next(city, SUNDAY, after=time(21))
    holiday = sunday + timedelta(days=1)
    async with table(city, {sunday: False, holiday: False}):
        await city.pass_time(datetime.combine(sunday, time(21), ZONE))
        morning = datetime.combine(holiday, time(8, 30), ZONE)
        road, dispatch = await _report_ice(city, "10001-1", "主路积雪结冰，行走打滑。", morning)
        due_at = datetime.fromisoformat(dispatch["due_at"]).astimezone(ZONE)
        next_work_day = holiday + timedelta(days=1)
        expect((due_at.date(), due_at.hour) == (next_work_day, 12), f"four work hours over a holiday: due {due_at}")
        bridge, dispatch = await _report_ice(city, "10001-2", "桥面结冰，车辆侧滑。", morning)
        sent_at, due_at = (datetime.fromisoformat(dispatch[name]) for name in ("created_at", "due_at"))
        expect(due_at - sent_at == timedelta(hours=2), f"two urgent hours at night: sent {sent_at}, due {due_at}")
        for life in (road, bridge):
            await ends(life, outcome="solved")
    return [road, bridge]


@situation(
    17,
    "违建正在搭建：制止、移交执法、延期拆除",
    "Illegal building under way: stopped, handed to enforcement, demolished later",
)
async def illegal_building(city: City) -> list[Life]:
    unit = "urban-management"

    async def stop_building(life: Life) -> None:
        dispatch = await life.dispatch(unit)
        await life.answer(unit, "sign", dispatch["dispatch_id"])
        photos = [await city.photo(f"unit:{unit}", "before")]
        await life.answer(
            unit, "progress", dispatch["dispatch_id"], note="已责令停工。", milestone="制止", photos=photos
        )
        await life.answer(unit, "assign", dispatch["dispatch_id"], crew="执法二中队")

    async def extend(life: Life) -> None:
        dispatch = await life.dispatch(unit)
        before = datetime.fromisoformat(dispatch["milestones"][-1]["due_at"])
        if life.once("ask for time"):
            await life.answer(unit, "request-extension", dispatch["dispatch_id"], note="当事人申请听证，须依法送达。")
        await _grant(life, "extension", "准予延期一次。")
        after = datetime.fromisoformat(
            (await _until(life.dispatch, unit, lambda each: _last_due(each) > before))["milestones"][-1]["due_at"]
        )
        expect(
            timedelta(days=19) <= after - before <= timedelta(days=40),
            f"not extended by 15 work days: {before} → {after}",
        )
        life.once(f"extended {after - before}")

    async def demolish(life: Life) -> None:
        await life.complete(await life.dispatch(unit), "transferred_to_enforcement", "移交执法，违法部分已依法拆除。")

    async with without_system(city, unit):
        life = await begin(
            city,
            "officer:officer-fenghuang-06",
            channel="grid_terminal",
            category_id=MATTER + "06001",
            condition_id="06001-1",
            grid_code="370522001005006",
            photos=("near", "far"),
            description="楼顶正在加盖彩钢房。",
            script={"awaiting_signature": [stop_building], "handling": [extend, demolish]},
        )
        life.not_simulated = frozenset({"sanitation"})
        view = await ends(life, outcome="handed_over")
    dispatch = await life.dispatch(unit)
    stop = dispatch["milestones"][0]
    sent_at, due_at = (datetime.fromisoformat(text) for text in (dispatch["created_at"], stop["due_at"]))
    expect(
        due_at - sent_at == timedelta(days=2), f"not two natural days to stop the work: sent {sent_at}, due {due_at}"
    )
    expect(stop["reached_at"], "the first milestone is not marked as reached")
    rechecked = [(task["mode"], task["result"]) for task in view["tasks"] if task["kind"] == "recheck"]
    expect(rechecked == [("site", "passed")], f"no passed recheck on site: {rechecked}")
    expect(any(each.startswith("extended") for each in life.done), "the extension was not granted")
    return [life]


@situation(18, "绿地补植须待春季，挂账到 3 月 15 日", "Replanting must wait for spring: suspended until 15 March")
async def spring(city: City) -> list[Life]:
    until = _fifteenth_of_march(city)

    async def request_suspension(life: Life) -> None:
        dispatch = await life.dispatch("parks")
        await life.answer("parks", "sign", dispatch["dispatch_id"])
        await life.answer(
            "parks", "request-suspension", dispatch["dispatch_id"], until=until.isoformat(), note="冬季补植不能成活。"
        )

    async def grant(life: Life) -> None:
        await _grant(life, "suspension", "同意挂账至开春。")

    async def wait_for_suspension(life: Life) -> None:
        """Do nothing until tracking shows that the case is suspended."""
        if "suspended" not in life.seen:
            raise NotYetError

    async def wait_for_spring(life: Life) -> None:
        if not (await life.dispatch("parks"))["suspended_until"]:
            raise NotYetError  # tracking has received the decision, dispatch has not
        await city.pass_time(until + timedelta(minutes=1))

    life = await begin(
        city,
        "channel:open311",
        channel="open311",
        category_id=MATTER + "04013",
        condition_id="04013-1",
        grid_code="370522001002801",
        description="公园草坪大片斑秃。",
        reporter=RESIDENT,
        script={
            "awaiting_signature": [request_suspension],
            "handling": [grant, wait_for_suspension],
            "suspended": [wait_for_spring],
        },
    )
    await ends(life, outcome="solved")
    expect("suspended" in life.seen, f"the case was never suspended: {life.seen}")
    due_at = datetime.fromisoformat((await life.dispatch("parks"))["due_at"])
    expect(due_at > until, f"the clock did not resume in spring: due {due_at}")
    return [life]


# --- days ---------------------------------------------------------------------------------------------------------


def _next(city: City, weekday: int, *, after: time) -> date:
    """Return the next Saturday or Sunday whose start has not passed.

    It starts at the time `after`: for a Saturday on the Friday before it, for a Sunday on the Sunday itself.
    """
    now = city.now().astimezone(ZONE)
    first = now + timedelta(days=1) if weekday == SATURDAY else now
    day = first.date() + timedelta(days=(weekday - first.weekday()) % 7)
    evening = datetime.combine(day - timedelta(days=1) if weekday == SATURDAY else day, after, ZONE)
    return day if evening > now else day + timedelta(days=7)


def _fifteenth_of_march(city: City) -> datetime:
    now = city.now().astimezone(ZONE)
    this_year = datetime(now.year, 3, 15, 9, tzinfo=ZONE)
    return this_year if this_year > now + timedelta(days=1) else this_year.replace(year=now.year + 1)


# --- people -------------------------------------------------------------------------------------------------------


async def _report_piled_goods(city: City) -> tuple[Life, Json]:
    """Report piled-up goods in 新合02, with a limit of one work day. Return the case and its dispatch."""
    life = await begin(
        city,
        "officer:officer-xinhe-02",
        channel="grid_terminal",
        category_id=MATTER + "06036",
        condition_id="06036-1",
        grid_code="370522001006002",
        photos=("near",),
        description="路边乱堆杂物。",
    )
    return life, await _dispatch_of(life)


async def _report_ice(city: City, condition: str, text: str, morning: datetime) -> tuple[Life, Json]:
    """Report ice in 永利01 at night. Return the case and its dispatch. The recheck waits until `morning`."""

    async def wait(_: Life) -> None:
        await city.pass_time(morning)

    life = await begin(
        city,
        "team_leader",
        channel="patrol_team",
        category_id=MATTER + "10001",
        condition_id=condition,
        grid_code="370522002002001",
        photos=("near",),
        description=text,
        script={"awaiting_recheck": [wait]},
    )
    return life, await _dispatch_of(life)


async def _dispatch_of(life: Life) -> Json:
    """Return the first dispatch of the case as soon as there is one."""
    return (await appears(life.dispatches, f"the dispatch of {life.number}"))[0]


async def _until(load: Callable[[str], Any], unit: str, holds: Callable[[Json], bool]) -> Json:
    """Load the dispatch of a unit until a condition holds, and return it."""

    async def changed() -> Json | None:
        found: Json = await load(unit)
        return found if holds(found) else None

    found = await appears(changed, f"the change of the dispatch of {unit}")
    assert found is not None
    return found


def _last_due(dispatch: Json) -> datetime:
    return datetime.fromisoformat(dispatch["milestones"][-1]["due_at"])


async def _grant(life: Life, kind: str, note: str) -> None:
    """Grant, as the dispatcher, the unit's request for an extension or a suspension (`kind`)."""
    tasks = (await life.at_supervision())["tasks"]
    task = next((each for each in tasks if each["kind"] == kind), None)
    if task is None:
        raise NotYetError
    await life.city.ask(
        "dispatcher", "POST", f"/api/supervision/tasks/{task['task_id']}/answer", {"passed": True, "note": note}
    )
