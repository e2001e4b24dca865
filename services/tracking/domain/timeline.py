"""The timeline: one sentence per event, with actor, time and stage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import get_args

from pydantic import BaseModel, ConfigDict

from contracts.base import Event, Instant, Stage
from contracts.common import Actor
from contracts.timeline import Text
from services.tracking.domain.names import Names
from services.tracking.domain.recorded_event import FoldKey, RecordedEvent


class Bilingual(BaseModel):
    """A text in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> Bilingual:
        """Return this text, which has both languages, as a model for responses."""
        return cls(zh=text.zh, en=text.en)


CONFIDENTIAL = Bilingual(zh="保密", en="confidential")


class Entry(BaseModel):
    """One entry of the timeline."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    at: Instant
    stage: Stage
    type: str
    """Type of the event, such as `handling.work_completed.v1`."""
    text: Bilingual
    by: Bilingual | None = None
    """Post, unit or officer that acted; never the name of a resident. `None` if no actor may be shown."""
    note: str | None = None
    """Free text of the event. The event's source has masked it. `None` if there is none or it may not be shown."""


def entries(recorded: Iterable[RecordedEvent], names: Names, *, knows: bool = True, full: bool = False) -> list[Entry]:
    """Return the timeline, oldest entry first.

    Without `knows`, the content of the entries is hidden, as for a confidential case. With `full`, minor entries such
    as starts and stops of clocks are included.
    """
    lines = [(each, each.event.ABOUT.sentence_for(each.event)) for each in sorted(recorded, key=_order)]
    return [
        Entry(
            at=each.meta.time,
            stage=each.event.stage(),  # type: ignore[arg-type]  # case events have no other
            type=each.meta.type,
            text=Bilingual.of(line.text(each.event, names)) if knows else CONFIDENTIAL,
            by=_by(each.event, names) if knows else None,
            note=(getattr(each.event, line.note) or None) if knows and line.note else None,
        )
        for each, line in lines
        if full or not line.minor
    ]


def _order(each: RecordedEvent) -> tuple[datetime, FoldKey]:
    """Return the sort key of an event in the timeline: the event's time, then its key for folding."""
    return each.meta.time, each.key


def _by(event: Event, names: Names) -> Bilingual | None:
    field = _actor_field(type(event))
    actor = getattr(event, field) if field else None
    text = names.actor(actor) if actor is not None else None
    return Bilingual.of(text) if text else None


@cache
def _actor_field(model: type[Event]) -> str:
    """Return the name of the field with the actor in an event class; empty if the class has none."""
    types = ((name, field.annotation) for name, field in model.model_fields.items())
    return next((name for name, kind in types if Actor in (kind, *get_args(kind))), "")
