"""Formatting for generated pages: texts in one language, tables, instants, limits and durations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from contracts.clocks import LimitLike
from contracts.clocks.calendar import SHANGHAI
from contracts.timeline import Text

Language = Literal["zh", "en"]

YEAR = 2026
"""Year of the examples. Instants in other years are written with their year."""

_UNITS = {
    "urgent_minute": Text("紧急分钟", "urgent minute"),
    "urgent_hour": Text("紧急小时", "urgent hour"),
    "natural_day": Text("自然日", "natural day"),
    "work_hour": Text("工作小时", "work hour"),
    "work_day": Text("工作日", "work day"),
}


def in_language(text: Text, language: Language) -> str:
    """Return the text in one language."""
    return text.zh if language == "zh" else text.en


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table with these titles and rows."""
    head = list(titles)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def instant(moment: datetime, language: Language) -> str:
    """Return month, day, weekday and time in Shanghai, and the year if it is not `YEAR`."""
    local = moment.astimezone(SHANGHAI)
    days = "一二三四五六日" if language == "zh" else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    day, date = days[local.weekday()], f"{local:%m-%d}" if local.year == YEAR else f"{local:%Y-%m-%d}"
    return f"{date} 周{day} {local:%H:%M}" if language == "zh" else f"{day} {date} {local:%H:%M}"


def amount(limit: LimitLike) -> Text:
    """Return a limit in words in both languages, such as *3 work days*."""
    unit = _UNITS[limit.unit]
    counted = "个" if unit.zh.endswith(("小时", "工作日", "自然日")) else " "
    return Text(
        f"{limit.amount} {counted}{unit.zh}".replace("  ", " "), f"{limit.amount} {unit.en}{'s' * (limit.amount != 1)}"
    )


def duration(span: timedelta, language: Language) -> str:
    """Return a duration in words, in hours and minutes."""
    hours, minutes = divmod(span // timedelta(minutes=1), 60)
    parts = ((hours, " 小时", " h"), (minutes, " 分", " min"))
    return " ".join(f"{count}{zh if language == 'zh' else en}" for count, zh, en in parts if count) or "0"
