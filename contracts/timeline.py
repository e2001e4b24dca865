"""How an event type is described to people: its meaning, and its sentence in the timeline of a case.

The description stands with the event class, as `ABOUT`. A sentence is a template in each language. A placeholder is the
name of a field, which its type renders, or the name of a function in `placeholders`.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, NamedTuple, Protocol, get_args

from pydantic import AwareDatetime, BaseModel

from contracts import labels
from contracts.labels import Labels


class Text(NamedTuple):
    """The same text in both languages."""

    zh: str
    en: str


class Names(Protocol):
    """Names of registry entities, and instants in the district's local time."""

    def moment(self, at: datetime) -> Text: ...
    def unit(self, unit_id: str | None) -> Text: ...
    def officer(self, officer_id: str | None) -> Text: ...
    def centre(self, centre_id: str | None) -> Text: ...
    def category(self, category_id: str, name: str, name_en: str) -> Text: ...


class Shown(Enum):
    """Marks an id in the type of a field; the timeline shows the name of the entity."""

    UNIT = "unit"
    OFFICER = "officer"
    CENTRE = "centre"


UnitId = Annotated[str, Shown.UNIT]
"""Id of a responsible unit. If the field is empty, the timeline shows "the unit"."""
OfficerId = Annotated[str, Shown.OFFICER]
"""Id of an officer. If the field is empty, the timeline shows "the desk"."""
CentreId = Annotated[str, Shown.CENTRE]
"""Id of a command centre."""

Placeholder = Callable[[Any, Names], Text]
"""Returns the text of one placeholder, given the event and the names."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the timeline."""

    zh: str
    en: str
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict[str, Placeholder])
    """Functions for placeholders that the type of a field cannot render, such as labels of closed lists."""
    note: str = ""
    """Name of the field whose free text is shown below the sentence."""
    minor: bool = False
    """Left out of the short form of the timeline."""

    def text(self, event: Any, names: Names) -> Text:
        """Return the sentence about this event."""
        filled = {
            name: (self.placeholders.get(name) or by_type(type(event), name))(event, names)
            for _, name, _, _ in string.Formatter().parse(self.zh)
            if name
        }
        return Text(
            self.zh.format_map({name: text.zh for name, text in filled.items()}),
            self.en.format_map({name: text.en for name, text in filled.items()}),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """Several sentences of one event type, chosen by a field or a function of the event."""

    by: str | Callable[[Any], object]
    sentences: Mapping[object, Sentence]

    def pick(self, event: Any) -> Sentence:
        """Return the sentence for this event."""
        return self.sentences[getattr(event, self.by) if isinstance(self.by, str) else self.by(event)]


@dataclass(frozen=True, slots=True)
class About:
    """The description of an event type. Its English meaning is the docstring of the class."""

    zh: str
    """The meaning in Chinese."""
    timeline: Sentence | Choice | None = None
    """`None` for events that belong to no case."""

    def sentence_for(self, event: Any) -> Sentence:
        """Return the timeline sentence for this event. Raises `LookupError` for an event of no case."""
        if self.timeline is None:
            raise LookupError(f"{type(event).__name__} has no sentence in the timeline")
        return self.timeline.pick(event) if isinstance(self.timeline, Choice) else self.timeline


@cache
def by_type(model: type[BaseModel], name: str) -> Placeholder:
    """Return the function that renders a field as its type says. Raises `KeyError` if there is no such field.

    Ids become names and instants local times. Of other values the field `<name>_en` has the English text, if the model
    has such a field and it is not empty.
    """
    kinds = [*model.model_fields[name].metadata, *_parts(model.model_fields[name].annotation)]
    if Shown.UNIT in kinds:
        return lambda event, names: _name(names.unit, getattr(event, name), Text("责任单位", "the unit"))
    if Shown.OFFICER in kinds:
        return lambda event, names: _name(names.officer, getattr(event, name), Text("中心坐席", "the desk"))
    if Shown.CENTRE in kinds:
        return lambda event, names: names.centre(getattr(event, name))
    if datetime in kinds or AwareDatetime in kinds:
        return lambda event, names: names.moment(getattr(event, name))
    english = f"{name}_en" if f"{name}_en" in model.model_fields else name
    return lambda event, _: Text(str(getattr(event, name)), str(getattr(event, english) or getattr(event, name)))


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield a type and everything that it consists of: members of unions, and the marks of annotated types."""
    yield annotation
    for each in get_args(annotation):
        yield from _parts(each)


def _name(name_of: Callable[[str | None], Text], entity_id: str | None, default: Text) -> Text:
    return name_of(entity_id) if entity_id else default


def label(name: str, table: Labels) -> Placeholder:
    """Render a field with a closed list of values. A value without a label stays as it is."""
    return lambda event, _: Text(*table.get(value := str(getattr(event, name)), (value, value)))


def label_list(name: str, table: Labels) -> Placeholder:
    """Render a field that holds several values of a closed list."""

    def render(event: Any, _: Names) -> Text:
        found = [table.get(value, (value, value)) for value in getattr(event, name)]
        return Text("、".join(zh for zh, _ in found), ", ".join(en for _, en in found))

    return render


def category(event: Any, names: Names) -> Text:
    """Render the category of a report or case."""
    if event.category_id is None:
        return Text("类别待定", "category not yet known")
    return names.category(event.category_id, event.category_name or "", event.category_name_en or "")


def last_milestone(event: Any, names: Names) -> Text:
    """Render the deadline of the last milestone of a dispatch."""
    return names.moment(event.milestones[-1].due_at) if event.milestones else Text("未定", "not set")


def addressee_kind(event: Any) -> str:
    """Return the kind of addressee of an overdue notice or supervision order: desk, officer or unit."""
    return "desk" if event.role else "officer" if event.officer_id else "unit"


CLOCK: Mapping[str, Placeholder] = {"clock": label("name", labels.CLOCKS)}
