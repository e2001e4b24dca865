"""How a sentence of the timeline is written: a template in each language, and where its blanks come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.base import Event
from services.tracking.domain.names import Names, Text
from services.tracking.domain.words import Words

Blank = Callable[[Any, Names], Text]
"""Fills one blank from the event's body and the district's names."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence; `note` names the field whose free text is shown under it; `minor` ones stay out of the short form."""

    zh: str
    en: str
    blanks: Mapping[str, Blank] = field(default_factory=dict[str, Blank])
    note: str = ""
    minor: bool = False

    def text(self, event: Event, names: Names) -> Text:
        """The sentence about this event."""
        filled = {name: blank(event, names) for name, blank in self.blanks.items()}
        return Text(
            self.zh.format_map({name: text.zh for name, text in filled.items()}),
            self.en.format_map({name: text.en for name, text in filled.items()}),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """Several sentences for one type; `by` names the field, or is the function, that picks one."""

    by: str | Callable[[Any], object]
    lines: Mapping[object, Line]

    def pick(self, event: Event) -> Line:
        """The sentence for this event."""
        return self.lines[getattr(event, self.by) if isinstance(self.by, str) else self.by(event)]


Lines = Mapping[type[Event], Line | Choice]


def word(name: str, words: Words) -> Blank:
    """A value of a closed list, in words; one that the table does not know stays as it is."""
    return lambda event, _: Text(*words.get(value := str(getattr(event, name)), (value, value)))


def words(name: str, table: Words) -> Blank:
    """Several values of a closed list."""

    def blank(event: Any, _: Names) -> Text:
        found = [table.get(value, (value, value)) for value in getattr(event, name)]
        return Text("、".join(zh for zh, _ in found), ", ".join(en for _, en in found))

    return blank


def plain(name: str, name_en: str = "") -> Blank:
    """A value as it stands, or in two fields; without English words the Chinese ones stand for both."""
    return lambda event, _: Text(
        str(getattr(event, name)), str(getattr(event, name_en or name) or getattr(event, name))
    )


def moment(name: str) -> Blank:
    """An instant, in local time."""
    return lambda event, names: names.moment(getattr(event, name))


def unit(name: str = "unit_id") -> Blank:
    """A unit by its id; none when the fact is about the whole case."""
    return lambda event, names: (
        names.unit(getattr(event, name)) if getattr(event, name) else Text("责任单位", "the unit")
    )


def officer(name: str = "officer_id") -> Blank:
    """An officer by id; the centre's desk when no officer is named."""
    return lambda event, names: (
        names.officer(getattr(event, name)) if getattr(event, name) else Text("中心坐席", "the desk")
    )


def category(event: Any, names: Names) -> Text:
    """The category of a report or case."""
    if event.category_id is None:
        return Text("类别待定", "category not yet known")
    return names.category(event.category_id, event.category_name or "", event.category_name_en or "")


def last_milestone(event: Any, names: Names) -> Text:
    """When the last milestone of a dispatch is due."""
    return names.moment(event.milestones[-1].due_at) if event.milestones else Text("未定", "not set")
