"""All event types by name, and the Kafka topics they travel on."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

from contracts import events
from contracts.base import Event

CASES_TOPIC = "gridloop.cases"
REGISTRY_TOPIC = "gridloop.registry"


def _event_classes() -> Iterator[type[Event]]:
    """Yield the event classes of every module under `contracts/events`."""
    for found in pkgutil.walk_packages(events.__path__, f"{events.__name__}."):
        module = import_module(found.name)
        for _, model in inspect.getmembers(module, inspect.isclass):
            if issubclass(model, Event) and model.__module__ == found.name:
                yield model


EVENTS: dict[str, type[Event]] = {model.TYPE: model for model in _event_classes()}
"""Event class by its `TYPE`, in no particular order."""


def topic_of(source: str) -> str:
    """Return the Kafka topic that a source writes to."""
    return REGISTRY_TOPIC if source == "registry" else CASES_TOPIC
