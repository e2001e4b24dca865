"""JSON Schemas (draft 2020-12) of events and webhooks, for consumers.

The models forbid unknown fields; the published schemas allow unknown fields. A newer version of a type may add optional
fields, and consumers must ignore fields that they do not know.
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


class _WithoutTitles(GenerateJsonSchema):
    """A schema generator that omits the titles which pydantic makes from field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return False, so that no field gets a title."""
        return False


def schemas() -> dict[str, Schema]:
    """Return the schema of each event and webhook, by type."""
    return {name: schema_of(model) for name, model in sorted({**EVENTS, **WEBHOOKS}.items())}


def schema_of(model: type[Event | Webhook]) -> Schema:
    """Return the schema of one type, with its source as `x-source` and its stage as `x-stage`."""
    made = model.model_json_schema(schema_generator=_WithoutTitles, mode="validation")
    _allow_unknown_fields(made)
    head: Schema = {"$schema": DIALECT, "$id": f"urn:gridloop:{model.TYPE}", "title": model.TYPE}
    if issubclass(model, Event):
        head |= {"x-source": model.SOURCE, "x-stage": model.stage()}
    else:
        head |= {"x-source": "dispatch", "x-webhook": True}
    made.pop("title", None)
    return {**head, **made}


def as_json(value: Any) -> str:
    """Return a value as indented JSON, with readable Chinese and a final newline."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _allow_unknown_fields(node: Any) -> None:
    """Remove from a schema, in place and at every depth, the ban on unknown fields and the titles of models."""
    if isinstance(node, dict):
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
        if isinstance(node.get("title"), str) and "type" in node:
            del node["title"]
        for child in node.values():
            _allow_unknown_fields(child)
    elif isinstance(node, list):
        for child in node:
            _allow_unknown_fields(child)
