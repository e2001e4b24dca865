"""Texts of the pages in both languages, and formats of times and durations.

`locales/` has one JSON object per language instead of gettext's .po files: Jinja and the board's TypeScript read the
same file, nothing is compiled, and a test keeps keys and parameters of both languages equal.
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
"""Time zone of all pages, whatever the browser's zone is."""

_LOCALES = Path(__file__).parent / "locales"
_PARAMETER = re.compile(r"\{(\w+)\}")
_UNITS = {"zh-CN": ("天", "时", "分"), "en": ("d ", "h ", "m")}


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Return all texts of one language, by key."""
    return json.loads((_LOCALES / f"{language}.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Words:
    """Texts and formats in the reader's language."""

    language: Language

    def __call__(self, key: str, **parameters: Any) -> str:
        """Return the text of a key, with `{parameters}` filled in; the key itself if it has no text."""
        texts = catalogue(self.language)
        text = texts.get(key, key)
        if parameters.get("count") == 1:
            text = texts.get(f"{key}.one", text)
        return _PARAMETER.sub(lambda match: str(parameters.get(match[1], match[0])), text)

    def name_of(self, thing: Mapping[str, Any] | None) -> str:
        """Return the name, in the reader's language, of an object with `name` and `name_en`."""
        if not thing:
            return ""
        return (thing.get("name_en") if self.language == "en" else None) or thing.get("name") or ""

    def in_language(self, text: Mapping[str, str] | None) -> str:
        """Return the text in the reader's language from an object with `zh` and `en`."""
        return (text or {}).get("en" if self.language == "en" else "zh", "")

    def duration(self, seconds: float) -> str:
        """Return a duration in two neighbouring units, `3天04时` or `2时05分`; below an hour only minutes."""
        day, hour, minute = _UNITS[self.language]
        minutes = int(abs(seconds) // 60)
        if minutes >= 2 * 24 * 60:
            return f"{minutes // 1440}{day}{minutes % 1440 // 60:02}{hour}".strip()
        if minutes >= 60:
            return f"{minutes // 60}{hour}{minutes % 60:02}{minute}"
        return f"{minutes}{minute}"

    @staticmethod
    def when(moment: str | datetime | None, now: datetime) -> str:
        """Return an instant as text: `14:03` today, `11-23 14:03` this year, `2025-11-23 14:03` in another year."""
        if moment is None:
            return ""
        local = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(ZONE)
        today = now.astimezone(ZONE)
        if local.date() == today.date():
            return f"{local:%H:%M}"
        return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"

    @staticmethod
    def seconds_left(moment: str, now: datetime) -> float:
        """Return the seconds until an instant; negative if it has passed."""
        return (datetime.fromisoformat(moment) - now).total_seconds()

    @staticmethod
    def clock(moment: str) -> str:
        """Return the time of day of an instant, such as `14:03`."""
        return f"{datetime.fromisoformat(moment).astimezone(ZONE):%H:%M}"

    @staticmethod
    def field(moment: str | datetime) -> str:
        """Return an instant as the value of an HTML `input` of type `datetime-local`."""
        read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return f"{read.astimezone(ZONE):%Y-%m-%dT%H:%M}"

    @staticmethod
    def month(moment: datetime) -> str:
        """Return the month of an instant as the value of an HTML `input` of type `month`."""
        return f"{moment.astimezone(ZONE):%Y-%m}"

    @staticmethod
    def day_before(day: str) -> str:
        """Return the day before this day, both as `yyyy-mm-dd`."""
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()

    @staticmethod
    def in_full(moment: str | datetime | None) -> str:
        """Return date and time in full, for printed pages."""
        if moment is None:
            return ""
        read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return f"{read.astimezone(ZONE):%Y-%m-%d %H:%M}"


def instant(text: str) -> str:
    """Return the ISO instant for the value of a `datetime-local` field; empty for an invalid value."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE).isoformat()
    except ValueError:
        return ""


def preferred(cookie: str | None, accept_language: str) -> Language:
    """Return the chosen language, otherwise the browser's first supported language, otherwise Chinese."""
    if cookie in LANGUAGES:
        return cookie
    for wanted in accept_language.lower().split(","):
        tag = wanted.split(";")[0].strip()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "zh-CN"
