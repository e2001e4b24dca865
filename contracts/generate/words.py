"""Formatting of generated pages: text in one language, tables, instants, limits and durations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from contracts.clocks import LimitLike
from contracts.clocks.calendar import SHANGHAI
from contracts.transitions import Word

Language = Literal["zh", "en"]

YEAR = 2026
"""Year of the examples; instants of other years are written with their year."""

_UNITS = {
    "urgent_minute": Word("紧急分钟", "urgent minute"),
    "urgent_hour": Word("紧急小时", "urgent hour"),
    "natural_day": Word("自然日", "natural day"),
    "work_hour": Word("工作小时", "work hour"),
    "work_day": Word("工作日", "work day"),
}


def say(word: Word, language: Language) -> str:
    """Return the text in the language."""
    return word.zh if language == "zh" else word.en


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    head = list(titles)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def instant(moment: datetime, language: Language) -> str:
    """Month, day, weekday and time in Shanghai; with the year where it is not that of the examples."""
    local = moment.astimezone(SHANGHAI)
    days = "一二三四五六日" if language == "zh" else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    day, date = days[local.weekday()], f"{local:%m-%d}" if local.year == YEAR else f"{local:%Y-%m-%d}"
    return f"{date} 周{day} {local:%H:%M}" if language == "zh" else f"{day} {date} {local:%H:%M}"


def amount(limit: LimitLike) -> Word:
    """Return a limit in words, such as *3 work days*."""
    unit = _UNITS[limit.unit]
    counted = "个" if unit.zh.endswith(("小时", "工作日", "自然日")) else " "
    return Word(
        f"{limit.amount} {counted}{unit.zh}".replace("  ", " "), f"{limit.amount} {unit.en}{'s' * (limit.amount != 1)}"
    )


def length(span: timedelta, language: Language) -> str:
    """Hours and minutes."""
    hours, minutes = divmod(span // timedelta(minutes=1), 60)
    parts = ((hours, " 小时", " h"), (minutes, " 分", " min"))
    return " ".join(f"{count}{zh if language == 'zh' else en}" for count, zh, en in parts if count) or "0"
