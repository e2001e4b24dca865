"""The smoke test (`make smoke`): start everything on free ports, play 20 different stories, print a table, stop.

A story plays one or more reports. Ten stories are situations, and ten are ordinary reports. The exit code is 0 only if
every case ends as expected.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.stack import Stack
from deploy.play import ordinary, situations
from deploy.play.city import City
from deploy.play.life import Life

TWENTY = 20


@dataclass
class Line:
    """A row of the printed table: one story and its result."""

    title: str
    number: str = "–"
    stages: str = ""
    end: str = ""
    seconds: float = 0.0
    error: str = ""


async def play(city: City, line: Line, story: Awaitable[list[Life]]) -> None:
    """Play one story, and write its result or its error into the line."""
    began = time.monotonic()
    try:
        lives = await story
        line.number, line.end = lives[-1].number, f"{lives[-1].view['status']} · {lives[-1].view.get('outcome') or '–'}"
        line.stages = " → ".join(lives[-1].seen)
    except Exception as error:
        line.error = f"{type(error).__name__}: {error}"
    line.seconds = time.monotonic() - began


async def everyday(
    city: City, kind: ordinary.Kind, grid: str, officer: str = "", channel: str = "hotline"
) -> list[Life]:
    """Play an ordinary report to its end and check its outcome. Without `officer`, a resident reports."""
    who, form = (
        ordinary.by_officer(city, grid, officer, kind) if officer else ordinary.by_caller(city, grid, kind, channel)
    )
    life = await situations.begin(city, who, **form, outcome=kind.outcome)
    expected = {"explained": "explained", "mediated": "mediated"}.get(kind.outcome, "solved")
    await situations.ends(life, outcome=expected)
    return [life]


def stories(city: City) -> list[tuple[str, Awaitable[list[Life]]]]:
    """Return twenty different stories, each with its title: ten situations and ten ordinary reports."""
    kinds = ordinary.KINDS
    situation_stories = [situations.SITUATIONS[number] for number in (2, 3, 7, 8, 9, 12, 20, 22, 23, 27)]
    everyday_stories = [
        everyday(city, kinds[1], "370522001001002", "officer-jinyuan-02"),
        everyday(city, kinds[3], "370522001002003", "officer-wenchang-03"),
        everyday(city, kinds[5], "370522001003004", "officer-jincheng-04"),
        everyday(city, kinds[9], "370522001004005", "officer-licheng-05"),
        everyday(city, kinds[12], "370522002002003", "officer-yongli-03"),
        everyday(city, kinds[7], "370522001006002"),
        everyday(city, kinds[14], "370522001001005"),
        everyday(city, kinds[17], "370522001008006", channel="resident"),
        everyday(city, kinds[18], "370522001005003", channel="walk_in"),
        everyday(city, kinds[19], "370522001009004"),
    ]
    names = [
        "道路不洁",
        "乱堆杂物",
        "道路破损",
        "户外广告",
        "单车乱停",
        "路灯",
        "下水",
        "消费纠纷",
        "就业帮扶",
        "施工噪声",
    ]
    return [(title, story(city)) for title, _, story in situation_stories] + list(
        zip(names, everyday_stories, strict=True)
    )


async def run(city: City) -> list[Line]:
    """Play all stories, at most five at a time, and return the rows of the table."""
    limit = asyncio.Semaphore(5)
    lines: list[Line] = []

    async def play_limited(title: str, story: Awaitable[list[Life]]) -> None:
        line = Line(title)
        lines.append(line)
        async with limit:
            await play(city, line, story)

    await asyncio.gather(*(play_limited(title, story) for title, story in stories(city)))
    return lines


def table(lines: list[Line]) -> str:
    """Return the table as text, followed by the errors and the number of stories that ended as expected."""
    rows = [f"{line.number:<20} {line.seconds:6.1f} s  {line.end:<32} {line.title}" for line in lines]
    errors = [f"✗ {line.title}: {line.error}" for line in lines if line.error]
    good = len(lines) - len(errors)
    return "\n".join([*rows, *errors, f"{good}/{len(lines)} 件按预期办结 · ended as expected"])


async def main() -> int:
    with tempfile.TemporaryDirectory(prefix="gridloop-smoke-") as folder:
        home = Path(folder)
        stack = Stack(home, demo=True)
        began = time.monotonic()
        await stack.start()
        try:
            print(f"就绪 · ready: {time.monotonic() - began:.1f} s", flush=True)
            city = City(stack.url, home)
            city.advance_to(hour=9)  # officers are on duty and units are open
            lines = await run(city)
            await city.close()
        finally:
            await stack.stop()
    print(table(lines))
    return 0 if len(lines) == TWENTY and not any(line.error for line in lines) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
