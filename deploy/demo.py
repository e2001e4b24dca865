"""The demo (`make demo`): a day with at least 200 reports, played through the public API with a fast clock.

It uses the Gridloop that runs with the data folder `GRIDLOOP_HOME`, or starts one for the demo. Open the board in a
browser to watch the demo.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from deploy.local import files
from deploy.local.commands import print_clock_offset
from deploy.local.home import Home
from deploy.local.messages import StartupError, print_error
from deploy.local.stack import Stack
from deploy.play import mistakes, ordinary, rounds, situations
from deploy.play.city import ZONE, City
from deploy.play.life import ENDED, Life
from services.chassis import http_client

REPORTS = 200
STEP = timedelta(minutes=10)
"""Time by which the demo clock advances in one beat."""
BEAT = 1.6
"""Real duration of one beat, in seconds."""
MAX_RUNNING = 12

TIMETABLE: dict[str, tuple[int, ...]] = {
    "07:40": (7, 4),
    "08:20": (20, 2),
    "08:50": (3,),
    "09:20": (22,),
    "09:40": (23,),
    "10:00": (9,),
    "10:30": (21, 5),
    "11:00": (6,),
    "14:10": (8,),
    "14:40": (11,),
    "15:10": (27,),
    "15:40": (12,),
    "16:20": (19,),
    "17:20": (1,),
    "09:05": (29,),
    "13:30": (13,),
    "20:30": (30,),
    "23:30": (10,),
    "11:20": (25,),
    "09:10": (24,),
    "09:15": (28,),
}
"""Local time → numbers of the situations that begin then."""

AFTERWARDS = (16, 14, 15, 17, 26, 18)
"""Situations played one after the other after the day.

They advance the clock by days, by a month, and the last one to March.
"""


_ROUND, _SHIFT, _REVIEW = "巡查签到 · check-ins", "交接班 · signed shift handovers", "周回顾确认 · confirmed reviews"
_BEFORE = "先前的上报办结 · earlier reports that ended"


@dataclass
class Day:
    """State of the demo: running stories, results and errors. A story plays one or more reports to their end."""

    city: City
    running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    ended: Counter[str] = field(default_factory=Counter[str])
    errors: list[str] = field(default_factory=list[str])
    reports: int = 0

    def begin(self, title: str, story: Awaitable[list[Life]]) -> None:
        """Play a story in the background, and add its results to this state."""
        task = asyncio.ensure_future(self._play(title, story))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _play(self, title: str, story: Awaitable[list[Life]]) -> None:
        try:
            for life in await story:
                self.reports += 1
                self.ended[f"{life.view['status']}·{life.view.get('outcome') or '–'}"] += 1
        except Exception as error:
            self.errors.append(f"{title}: {type(error).__name__}: {error}")


async def everyday(city: City, grid: str, officer: str | None) -> list[Life]:
    """Play one ordinary report until its case has ended. If `officer` is `None`, a resident reports."""
    kind = city.random.choice(ordinary.OFFICER_KINDS if officer else ordinary.KINDS)
    who, form = (
        ordinary.by_officer(city, grid, officer, kind)
        if officer
        else ordinary.by_caller(city, grid, kind, city.random.choice(("hotline", "resident", "walk_in")))
    )
    form["location"] = await city.point_in(grid)
    life = await situations.begin(city, who, **form, outcome=kind.outcome)
    await life.run(within=300)
    return [life]


_WAITING = frozenset({"verifying", "awaiting_filing", "awaiting_recheck", "rechecking", "awaiting_feedback"})


async def _play_older_cases(city: City) -> int:
    """Play at most `MAX_RUNNING` cases of earlier demos that wait for officers, clerks or reporters.

    Return the number of cases that have ended.
    """
    board = await city.ask("leader", "GET", "/api/tracking/board/snapshot")
    lives = [
        Life(city, card["case_number"], card["id"], not_simulated=situations.AUTOMATIC)
        for card in board["cards"]
        if card["status"] in _WAITING and not card.get("confidential")
    ]
    await asyncio.gather(*(life.run(within=60) for life in lives[:MAX_RUNNING]), return_exceptions=True)
    return sum(life.view.get("status") in ENDED for life in lives)


async def play(city: City) -> Day:
    """Play the day from 7:30 to 23:50 and then the situations of `AFTERWARDS`. Return the state of the demo."""
    day = Day(city)
    day.begin(_BEFORE, _print_count(_BEFORE, _play_older_cases(city)))
    city.advance_to(hour=7, minute=30)
    morning = city.now().astimezone(ZONE)
    officers = await _officers(city)
    timetable, pending_mistakes = dict(TIMETABLE), dict(mistakes.MISTAKES)
    walkers = rounds.walkers(list(officers.values()))
    duty_times = [*rounds.TIMES, *rounds.HANDOVERS]
    until = morning + timedelta(hours=16, minutes=20)
    planned = iter(_plan(city, morning))
    following = next(planned, None)
    while (now := city.now().astimezone(ZONE)) < until:
        for at in [each for each in timetable if f"{now:%H:%M}" >= each]:
            for number in timetable.pop(at):
                title, title_en, story = situations.SITUATIONS[number]
                print(f"{now:%H:%M}  {number:>2} {title} · {title_en}", flush=True)
                day.begin(title, story(city))
        for at in [each for each in pending_mistakes if f"{now:%H:%M}" >= each]:
            title, title_en, story = pending_mistakes.pop(at)
            print(f"{now:%H:%M}   · {title} · {title_en}", flush=True)
            day.begin(title, story(city))
        for at in [each for each in duty_times if f"{now:%H:%M}" >= each]:
            duty_times.remove(at)
            if at in rounds.HANDOVERS:
                day.begin(_SHIFT, _print_count(_SHIFT, rounds.hand_over(city)))
            else:
                day.begin(_ROUND, _print_count(_ROUND, rounds.walk(city, walkers, rounds.TIMES.index(at))))
        while following is not None and following <= now and len(day.running) < MAX_RUNNING:
            grid = city.random.choice(sorted(officers))
            day.begin(grid, everyday(city, grid, officers[grid] if city.random.random() < 0.7 else None))
            following = next(planned, None)
        if now.minute < STEP.seconds // 60:
            print(
                f"{now:%H:%M}  上报 {day.reports} 已办结 {sum(day.ended.values())} 在办 {len(day.running)}"
                " · reported, ended, running",
                flush=True,
            )
        await asyncio.sleep(BEAT)
        city.advance(seconds=STEP.total_seconds())
    city.advance_to(hour=8, minute=30)  # the officers of the morning shift now do the tasks of the night
    while following is not None or day.running:
        if following is not None and len(day.running) < MAX_RUNNING:
            grid = city.random.choice(sorted(officers))
            day.begin(grid, everyday(city, grid, officers[grid]))
            following = next(planned, None)
        await asyncio.sleep(0.05)
    city.demo_moves_clock = False
    for number in AFTERWARDS:
        title, title_en, story = situations.SITUATIONS[number]
        print(f"{city.now().astimezone(ZONE):%m-%d %H:%M}  {number:>2} {title} · {title_en}", flush=True)
        day.begin(title, story(city))
        await asyncio.wait(day.running)
    day.begin(_ROUND, _print_count(_ROUND, rounds.walk(city, walkers, 0)))  # by the officers who are on duty now
    day.begin(_REVIEW, _print_count(_REVIEW, rounds.confirm(city)))
    await asyncio.wait(day.running)
    return day


async def _print_count(title: str, story: Awaitable[int]) -> list[Life]:
    """Await a story that creates no cases, and print the number that it returns. Return an empty list of cases."""
    print(f"       {title}: {await story}", flush=True)
    return []


def _plan(city: City, morning: datetime) -> list[datetime]:
    """Return random times for the ordinary reports, most of them before noon or after the midday break."""
    hours = city.random.choices(range(15), weights=(6, 14, 16, 12, 6, 3, 5, 14, 12, 8, 6, 4, 3, 2, 1), k=REPORTS)
    return sorted(morning + timedelta(hours=hour, minutes=city.random.randrange(60)) for hour in hours)


async def _officers(city: City) -> dict[str, str]:
    """Return grid code → id of the primary officer of the grid."""
    found: dict[str, str] = {}
    cursor: str | None = None
    while True:
        page = await city.ask(
            "administrator", "GET", "/api/registry/entities/officer", params={"cursor": cursor} if cursor else None
        )
        for each in page["items"]:
            entity = each.get("body", each)
            if entity.get("role") == "officer" and entity.get("primary_grid"):
                found[entity["primary_grid"]] = entity["id"]
        cursor = page["next"]
        if not cursor:
            return found


async def main() -> int:
    home = Path(os.environ.get("GRIDLOOP_HOME", ".gridloop"))
    port = int(os.environ.get("GRIDLOOP_PORT", "8080"))
    async with AsyncExitStack() as stack:
        url = f"http://localhost:{port}"
        if not await _ready(url) or not (home / "demo.json").exists():
            print("没有正在运行的格环，为演示启动一个 · Gridloop is not running; starting one for the demo", flush=True)
            own = Stack(home, port, demo=True)
            await own.start()
            stack.push_async_callback(own.stop)
            url = own.url
        if missing := situations.AUTOMATIC - set(files.read(home / "answering.json").get("units", ())):
            names = ",".join(sorted(situations.AUTOMATIC))
            raise StartupError(
                f"演示需要自动应答的单位 {', '.join(sorted(missing))}：请不带 GRIDLOOP_DEPARTMENTS 重新 make run（默认 {names}）",
                f"the demo needs automatic answers of {', '.join(sorted(missing))}: start `make run` again without"
                f" GRIDLOOP_DEPARTMENTS (the default is {names})",
            )
        city = City(url, home.resolve(), demo_moves_clock=True)
        stack.push_async_callback(city.close)
        print(f"看板 · board: {url}/board", flush=True)
        day = await play(city)
    print("\n".join(f"{count:>5}  {end}" for end, count in day.ended.most_common()))
    for error in day.errors:
        print(f"✗ {error}")
    print_clock_offset(Home(home))
    print(
        f"{day.reports} 件上报，{len(day.errors)} 件不符预期"
        f" · {day.reports} reports, {len(day.errors)} with an unexpected result"
    )
    return 0 if day.reports >= REPORTS and not day.errors else 1


async def _ready(url: str) -> bool:
    async with http_client.create_client(timeout=3) as client:
        try:
            return (await client.get(f"{url}/readyz/all")).status_code == 200
        except httpx.TransportError:
            return False


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except StartupError as error:
        print_error(error)
        sys.exit(1)
