"""JSON Schemas (draft 2020-12) of events and webhooks, as a tolerant reader should take them.

A writer of ours may only state the fields that its model has; a reader must ignore fields that it does not know, since a
later edition may add optional ones. So the published schemas do not forbid further fields, though the models do.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.webhooks import WEBHOOKS, Webhook

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


class _Plain(GenerateJsonSchema):
    """Without the titles that pydantic makes up from names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never: the name says it."""
        return False


def schemas() -> dict[str, Schema]:
    """Type → schema, of every event and every webhook."""
    return {name: schema_of(model) for name, model in sorted({**EVENTS, **WEBHOOKS}.items())}


def schema_of(model: type[Event | Webhook]) -> Schema:
    """The schema of one type. `x-source` and `x-stage` say who states it and where in the loop."""
    made = model.model_json_schema(schema_generator=_Plain, mode="validation")
    _open(made)
    head: Schema = {"$schema": DIALECT, "$id": f"urn:gridloop:{model.TYPE}", "title": model.TYPE}
    if issubclass(model, Event):
        head |= {"x-source": model.SOURCE, "x-stage": model.stage()}
    else:
        head |= {"x-source": "dispatch", "x-webhook": True}
    made.pop("title", None)
    return {**head, **made}


def as_json(value: Any) -> str:
    """JSON for people and diffs: indented, Chinese readable, one newline at the end."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _open(node: Any) -> None:
    """Take out what forbids further fields, everywhere, and the titles of named parts."""
    if isinstance(node, dict):
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
        if isinstance(node.get("title"), str) and "type" in node:
            del node["title"]
        for child in node.values():
            _open(child)
    elif isinstance(node, list):
        for child in node:
            _open(child)
