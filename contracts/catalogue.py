"""Every event type there is, by name: what a reader can know."""

from __future__ import annotations

import inspect

from contracts import (
    acceptance,
    assist,
    command,
    discovery,
    evaluation,
    floods,
    handling,
    releases,
    reporters,
    supervision,
    upstream,
)
from contracts.base import Event

CASES_TOPIC = "gridloop.cases"
REGISTRY_TOPIC = "gridloop.registry"

_MODULES = (
    discovery,
    acceptance,
    floods,
    upstream,
    reporters,
    command,
    handling,
    supervision,
    assist,
    evaluation,
    releases,
)

EVENTS: dict[str, type[Event]] = {
    model.TYPE: model
    for module in _MODULES
    for _, model in inspect.getmembers(module, inspect.isclass)
    if issubclass(model, Event) and model.__module__ == module.__name__
}
"""`TYPE` → model, in no particular order."""


def topic_of(source: str) -> str:
    """The topic a source writes to."""
    return REGISTRY_TOPIC if source == "registry" else CASES_TOPIC
