"""All event types by name, and the Kafka topic of each source."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from contracts.base import Event
from contracts.events import acceptance, command, discovery, evaluation, handling, registry, supervision

CASES_TOPIC = "gridloop.cases"
REGISTRY_TOPIC = "gridloop.registry"

_STAGES = (discovery, acceptance, command, handling, supervision, evaluation, registry)


def _event_classes() -> Iterator[type[Event]]:
    """Yield the event classes in order: by stage, then by module name, then by position in the module."""
    for stage in _STAGES:
        for module in _modules(stage):
            for each in vars(module).values():
                if isinstance(each, type) and issubclass(each, Event) and each.__module__ == module.__name__:
                    yield each


def _modules(stage: ModuleType) -> Iterator[ModuleType]:
    """Yield the modules of a package in alphabetical order; for a plain module only the module itself."""
    if not hasattr(stage, "__path__"):
        yield stage
        return
    for found in iter_modules(stage.__path__, f"{stage.__name__}."):
        yield import_module(found.name)


EVENTS: dict[str, type[Event]] = {model.TYPE: model for model in _event_classes()}
"""Event classes by `TYPE`, in the order of the loop."""


def topic_of(source: str) -> str:
    """Return the Kafka topic to which a source writes its events."""
    return REGISTRY_TOPIC if source == "registry" else CASES_TOPIC
