"""All event types by name, and the Kafka topics they travel on."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.base import Event
from contracts.events import acceptance, command, discovery, evaluation, handling, registry, supervision

CASES_TOPIC = "gridloop.cases"
REGISTRY_TOPIC = "gridloop.registry"

_PACKAGES = (discovery, acceptance, command, handling, supervision, evaluation, registry)


def _event_classes() -> Iterator[type[Event]]:
    """Yield the event classes, in the order of the stages and of the modules that each stage's package names."""
    for package in _PACKAGES:
        for each in vars(package).values():
            if isinstance(each, type) and issubclass(each, Event) and each.__module__.startswith(package.__name__):
                yield each


EVENTS: dict[str, type[Event]] = {model.TYPE: model for model in _event_classes()}
"""Event class by its `TYPE`, in the order of the loop."""


def topic_of(source: str) -> str:
    """Return the Kafka topic that a source writes to."""
    return REGISTRY_TOPIC if source == "registry" else CASES_TOPIC
