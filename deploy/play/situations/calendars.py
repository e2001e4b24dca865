"""Situations about calendars: a make-up Saturday, ice on a holiday, an extension, and a suspension until spring.

The clock of a running system only moves forward, and the make-up days of next year are not announced yet. So for a
special day the administrator publishes a local change of the calendar and reverts it at the end.
(tests/pipeline/test_calendars.py plays the announced days of February 2026.)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from deploy.play.city import ZONE, City, Json
from deploy.play.life import Life, NotYetError
from deploy.play.situations.base import MATTER, RESIDENT, appears, at_the_desk, begin, ends, expect, situation
from deploy.play.situations.releases import settings, table

EVENING = time(17, 30)
SATURDAY, SUNDAY = 5, 6


@situation(14, "春节前式的调休：17:30 派出的一个工作日", "One work day, sent at 17:30 before a make-up Saturday")
async def make_up_day(city: City) -> list[Life]:
    """Check the deadline under both readings of a work day: Saturday at the same time, or at closing time."""
    saturday = _next(city, SATURDAY, after=EVENING)
    friday_evening = datetime.combine(saturday - timedelta(days=1), EVENING, ZONE)
    async with table(city, {saturday: True}):
        await city.pass_time(friday_evening)
        first, order = await _piled_up(city)
        sent_at, due_at = (datetime.fromisoformat(order[name]) for name in ("created_at", "due_at"))
        expect(due_at - sent_at == timedelta(days=1), f"sent {sent_at}, due {due_at}: Saturday was not worked")
        async with settings(city, work_day_reading="end_of_day"):
            second, order = await _piled_up(city)
            due_at = datetime.fromisoformat(order["due_at"]).astimezone(ZONE)
            expect((due_at.date(), due_at.hour) == (saturday, 18), f"the other reading: due {due_at}")
        for life in (first, second):
            await ends(life, outcome="solved")
    return [first, second]


@situation(15, "节假日夜里积雪结冰", "Ice on the night before a holiday")
async def ice(city: City) -> list[Life]:
    """Check that four work hours wait for the first working day and two urgent hours do not wait for the morning."""
    sunday = _next(city, SUNDAY, after=time(21))
    holiday = sunday + timedelta(days=1)
    async with table(city, {sunday: False, holiday: False}):
        await city.pass_time(datetime.combine(sunday, time(21), ZONE))
        morning = datetime.combine(holiday, time(8, 30), ZONE)
        road, order = await _icy(city, "10001-1", "主路积雪结冰，行走打滑。", morning)
        due_at = datetime.fromisoformat(order["due_at"]).astimezone(ZONE)
        back_at_work = holiday + timedelta(days=1)
        expect((due_at.date(), due_at.hour) == (back_at_work, 12), f"four work hours over a holiday: due {due_at}")
        bridge, order = await _icy(city, "10001-2", "桥面结冰，车辆侧滑。", morning)
        sent_at, due_at = (datetime.fromisoformat(order[name]) for name in ("created_at", "due_at"))
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

    async def stopped(life: Life) -> None:
        order = await life.order(unit)
        await life.answer(unit, "sign", order["dispatch_id"])
        photos = [await city.photo(f"unit:{unit}", "before")]
        await life.answer(unit, "progress", order["dispatch_id"], note="已责令停工。", milestone="制止", photos=photos)
        await life.answer(unit, "assign", order["dispatch_id"], crew="执法二中队")

    async def more_time(life: Life) -> None:
        order = await life.order(unit)
        before = datetime.fromisoformat(order["milestones"][-1]["due_at"])
        if life.once("ask for time"):
            await life.answer(unit, "request-extension", order["dispatch_id"], note="当事人申请听证，须依法送达。")
        await _granted(life, "extension", "准予延期一次。")
        after = datetime.fromisoformat(
            (await _until(life.order, unit, lambda each: _last_due(each) > before))["milestones"][-1]["due_at"]
        )
        expect(timedelta(days=19) <= after - before <= timedelta(days=40), f"15 work days more: {before} → {after}")
        life.once(f"extended {after - before}")

    async def demolished(life: Life) -> None:
        await life.complete(await life.order(unit), "transferred_to_enforcement", "移交执法，违法部分已依法拆除。")

    async with at_the_desk(city, unit):
        life = await begin(
            city,
            "officer:officer-fenghuang-06",
            channel="grid_terminal",
            category_id=MATTER + "06001",
            condition_id="06001-1",
            grid_code="370522001005006",
            photos=("near", "far"),
            description="楼顶正在加盖彩钢房。",
            script={"awaiting_signature": [stopped], "handling": [more_time, demolished]},
        )
        life.hands_off = frozenset({"sanitation"})
        view = await ends(life, outcome="handed_over")
    order = await life.order(unit)
    stop = order["milestones"][0]
    sent_at, due_at = (datetime.fromisoformat(text) for text in (order["created_at"], stop["due_at"]))
    expect(due_at - sent_at == timedelta(days=2), f"two natural days to stop it: sent {sent_at}, due {due_at}")
    expect(stop["reached_at"], "stopping it is not noted")
    rechecked = [(task["mode"], task["result"]) for task in view["tasks"] if task["kind"] == "recheck"]
    expect(rechecked == [("site", "passed")], f"nobody went and looked: {rechecked}")
    expect(any(each.startswith("extended") for each in life.done), "nobody gave more time")
    return [life]


@situation(18, "绿地补植须待春季，挂账到 3 月 15 日", "Replanting must wait for spring: suspended until 15 March")
async def spring(city: City) -> list[Life]:
    until = _fifteenth_of_march(city)

    async def park(life: Life) -> None:
        order = await life.order("parks")
        await life.answer("parks", "sign", order["dispatch_id"])
        await life.answer(
            "parks", "request-suspension", order["dispatch_id"], until=until.isoformat(), note="冬季补植不能成活。"
        )

    async def agree(life: Life) -> None:
        await _granted(life, "suspension", "同意挂账至开春。")

    async def rest(life: Life) -> None:
        """Let nobody work while tracking still shows the dispatch in progress."""
        if "suspended" not in life.seen:
            raise NotYetError

    async def winter(life: Life) -> None:
        if not (await life.order("parks"))["suspended_until"]:
            raise NotYetError  # tracking has the decision before dispatch
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
        script={"awaiting_signature": [park], "handling": [agree, rest], "suspended": [winter]},
    )
    await ends(life, outcome="solved")
    expect("suspended" in life.seen, f"it was never suspended: {life.seen}")
    due_at = datetime.fromisoformat((await life.order("parks"))["due_at"])
    expect(due_at > until, f"its time did not run on in spring: due {due_at}")
    return [life]


# --- days ---------------------------------------------------------------------------------------------------------


def _next(city: City, weekday: int, *, after: time) -> date:
    """Return the next such weekday whose preceding evening has not passed."""
    now = city.now().astimezone(ZONE)
    first = now + timedelta(days=1) if weekday == SATURDAY else now
    day = first.date() + timedelta(days=(weekday - first.weekday()) % 7)
    reached = datetime.combine(day - timedelta(days=1) if weekday == SATURDAY else day, after, ZONE)
    return day if reached > now else day + timedelta(days=7)


def _fifteenth_of_march(city: City) -> datetime:
    now = city.now().astimezone(ZONE)
    this_year = datetime(now.year, 3, 15, 9, tzinfo=ZONE)
    return this_year if this_year > now + timedelta(days=1) else this_year.replace(year=now.year + 1)


# --- people -------------------------------------------------------------------------------------------------------


async def _piled_up(city: City) -> tuple[Life, Json]:
    """Report piled-up things in 新合02, with a limit of one work day."""
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
    return life, await _order_of(life)


async def _icy(city: City, condition: str, text: str, morning: datetime) -> tuple[Life, Json]:
    """Report ice in 永利01 at night; the officer who rechecks it comes on duty in the morning."""

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
    return life, await _order_of(life)


async def _order_of(life: Life) -> Json:
    """Return the dispatch as soon as there is one."""
    return (await appears(life.orders, f"the order of {life.number}"))[0]


async def _until(look: Callable[[str], Any], unit: str, holds: Callable[[Json], bool]) -> Json:
    """Poll the unit's dispatch until a condition holds."""

    async def changed() -> Json | None:
        found: Json = await look(unit)
        return found if holds(found) else None

    found = await appears(changed, f"the order of {unit} to change")
    assert found is not None
    return found


def _last_due(order: Json) -> datetime:
    return datetime.fromisoformat(order["milestones"][-1]["due_at"])


async def _granted(life: Life, kind: str, note: str) -> None:
    """Grant the unit's request as the dispatcher."""
    tasks = (await life.at_supervision())["tasks"]
    task = next((each for each in tasks if each["kind"] == kind), None)
    if task is None:
        raise NotYetError
    await life.city.ask(
        "dispatcher", "POST", f"/api/supervision/tasks/{task['task_id']}/answer", {"passed": True, "note": note}
    )
