"""How an event type is described to people: its meaning, and its sentence in the timeline of a case.

Each event class holds its description as `ABOUT`. A sentence is a template in each language. A placeholder in the
template is the name of a field, which is rendered by the type of the field, or the name of a function in
`placeholders`.
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
    """A text in both languages."""

    zh: str
    en: str


class Names(Protocol):
    """Gives the names of registry entities, and instants in the local time of the district, as texts for people."""

    def moment(self, at: datetime) -> Text: ...
    def unit(self, unit_id: str | None) -> Text: ...
    def officer(self, officer_id: str | None) -> Text: ...
    def centre(self, centre_id: str | None) -> Text: ...
    def category(self, category_id: str, name: str, name_en: str) -> Text: ...


class Shown(Enum):
    """Marks the type of a field that holds an id, by kind of entity. The timeline shows the name of the entity."""

    UNIT = "unit"
    OFFICER = "officer"
    CENTRE = "centre"


UnitId = Annotated[str, Shown.UNIT]
"""Id of a responsible unit. The timeline shows "the unit" if a field of this type is empty."""
OfficerId = Annotated[str, Shown.OFFICER]
"""Id of an officer. The timeline shows "the desk" if a field of this type is empty."""
CentreId = Annotated[str, Shown.CENTRE]
"""Id of a command centre."""

Placeholder = Callable[[Any, Names], Text]
"""A function that returns the text of one placeholder from the event and the names."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the timeline, as a template in both languages."""

    zh: str
    en: str
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict[str, Placeholder])
    """Functions by placeholder, for placeholders that are not simply rendered by the type of their field, such as
    labels of closed lists."""
    note: str = ""
    """Name of the field with free text that is shown below the sentence; empty for none."""
    minor: bool = False
    """True if the short form of the timeline leaves the sentence out."""

    def text(self, event: Any, names: Names) -> Text:
        """Return the sentence about this event, in both languages."""
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
    """Several sentences of one event type, one of which fits an event."""

    by: str | Callable[[Any], object]
    """Name of the field, or function of the event, whose value chooses the sentence."""
    sentences: Mapping[object, Sentence]
    """Sentence by the value of `by`."""

    def pick(self, event: Any) -> Sentence:
        """Return the sentence that fits this event."""
        return self.sentences[getattr(event, self.by) if isinstance(self.by, str) else self.by(event)]


@dataclass(frozen=True, slots=True)
class About:
    """The description of an event type or webhook in Chinese, and its sentence in the timeline.

    The English description is the docstring of the class.
    """

    zh: str
    """Meaning of the event type in Chinese."""
    timeline: Sentence | Choice | None = None
    """Sentence of the timeline, or several to choose from; `None` for webhooks and for events that belong to no case.
    """

    def sentence_for(self, event: Any) -> Sentence:
        """Return the timeline sentence that fits this event. Raises `LookupError` if the event belongs to no case."""
        if self.timeline is None:
            raise LookupError(f"{type(event).__name__} has no sentence in the timeline")
        return self.timeline.pick(event) if isinstance(self.timeline, Choice) else self.timeline


@cache
def by_type(model: type[BaseModel], name: str) -> Placeholder:
    """Return the function that renders a field by its type. Raises `KeyError` if the model has no such field.

    An id is rendered as a name, an instant as local time, and any other value as it is. The English text of a value is
    the field `<name>_en`, if the model has that field and it is not empty.
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
    """Yield a type and, at every depth, the types and marks inside it, such as the members of a union."""
    yield annotation
    for each in get_args(annotation):
        yield from _parts(each)


def _name(name_of: Callable[[str | None], Text], entity_id: str | None, default: Text) -> Text:
    return name_of(entity_id) if entity_id else default


def label(name: str, table: Labels) -> Placeholder:
    """Return a function that renders a field with a closed list of values. Values without a label stay as they are."""
    return lambda event, _: Text(*table.get(value := str(getattr(event, name)), (value, value)))


def label_list(name: str, table: Labels) -> Placeholder:
    """Return a function that renders a field with several values of a closed list."""

    def render(event: Any, _: Names) -> Text:
        found = [table.get(value, (value, value)) for value in getattr(event, name)]
        return Text("、".join(zh for zh, _ in found), ", ".join(en for _, en in found))

    return render


def category(event: Any, names: Names) -> Text:
    """Render the suggested or final category of a report or case."""
    if event.category_id is None:
        return Text("类别待定", "category not yet known")
    return names.category(event.category_id, event.category_name or "", event.category_name_en or "")


def last_milestone(event: Any, names: Names) -> Text:
    """Render the deadline of the last milestone in the event."""
    return names.moment(event.milestones[-1].due_at) if event.milestones else Text("未定", "not set")


def addressee_kind(event: Any) -> str:
    """Return the kind of receiver of an overdue notice or supervision order: `desk`, `officer` or `unit`."""
    return "desk" if event.role else "officer" if event.officer_id else "unit"


CLOCK: Mapping[str, Placeholder] = {"clock": label("name", labels.CLOCKS)}
