"""Every word a page shows, in both languages, and how times and lengths of time read.

One JSON object per language in `locales/` instead of gettext's .po: Jinja and the board's TypeScript read the same file
as it is, nothing is compiled, and a test holds both languages to the same keys and parameters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

Language = Literal["zh-CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
ZONE = ZoneInfo("Asia/Shanghai")
"""All of a district's people live by one time zone, whatever their browser says."""

_LOCALES = Path(__file__).parent / "locales"
_PARAMETER = re.compile(r"\{(\w+)\}")
_UNITS = {"zh-CN": ("天", "时", "分"), "en": ("d ", "h ", "m")}


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Key → text of one language."""
    return json.loads((_LOCALES / f"{language}.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Words:
    """The reader's language."""

    language: Language

    def __call__(self, key: str, **parameters: Any) -> str:
        """The text of a key. A missing one shows its key: seen at once, and a test finds it first."""
        texts = catalogue(self.language)
        text = texts.get(key, key)
        if parameters.get("count") == 1:
            text = texts.get(f"{key}.one", text)
        return _PARAMETER.sub(lambda match: str(parameters.get(match[1], match[0])), text)

    def named(self, thing: Mapping[str, Any] | None) -> str:
        """The name in the reader's language, of anything that has `name` and `name_en`."""
        if not thing:
            return ""
        return (thing.get("name_en") if self.language == "en" else None) or thing.get("name") or ""

    def worded(self, text: Mapping[str, str] | None) -> str:
        """One of the two texts of `{zh, en}`."""
        return (text or {}).get("en" if self.language == "en" else "zh", "")

    def duration(self, seconds: float) -> str:
        """Two neighbouring units: `3天04时`, `2时05分`; minutes alone below an hour."""
        day, hour, minute = _UNITS[self.language]
        minutes = int(abs(seconds) // 60)
        if minutes >= 2 * 24 * 60:
            return f"{minutes // 1440}{day}{minutes % 1440 // 60:02}{hour}".strip()
        if minutes >= 60:
            return f"{minutes // 60}{hour}{minutes % 60:02}{minute}"
        return f"{minutes}{minute}"

    @staticmethod
    def when(moment: str | datetime | None, now: datetime) -> str:
        """`14:03` today, `11-23 14:03` this year, `2025-11-23 14:03` before."""
        if moment is None:
            return ""
        local = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(ZONE)
        today = now.astimezone(ZONE)
        if local.date() == today.date():
            return f"{local:%H:%M}"
        return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"

    @staticmethod
    def left(moment: str, now: datetime) -> float:
        """Seconds until then; negative once it is past."""
        return (datetime.fromisoformat(moment) - now).total_seconds()

    @staticmethod
    def clock(moment: str) -> str:
        """`14:03`, where the day stands beside it."""
        return f"{datetime.fromisoformat(moment).astimezone(ZONE):%H:%M}"

    @staticmethod
    def field(moment: str | datetime) -> str:
        """As a field for local date and time takes it."""
        read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return f"{read.astimezone(ZONE):%Y-%m-%dT%H:%M}"

    @staticmethod
    def month(moment: datetime) -> str:
        """As a field for a month takes it."""
        return f"{moment.astimezone(ZONE):%Y-%m}"

    @staticmethod
    def day_before(day: str) -> str:
        """The last day of a period that ends before this one."""
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()

    @staticmethod
    def on_paper(moment: str | datetime | None) -> str:
        """Whole date and time: paper is read on another day."""
        if moment is None:
            return ""
        read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return f"{read.astimezone(ZONE):%Y-%m-%d %H:%M}"


def instant(said: str) -> str:
    """What a field for local date and time says, as an instant; nothing where it says nothing that there could be."""
    try:
        return datetime.fromisoformat(said).replace(tzinfo=ZONE).isoformat()
    except ValueError:
        return ""


def preferred(cookie: str | None, accept_language: str) -> Language:
    """What the reader chose; else the first of our languages that the browser asks for; else Chinese."""
    if cookie in LANGUAGES:
        return cookie
    for wanted in accept_language.lower().split(","):
        tag = wanted.split(";")[0].strip()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "zh-CN"
