"""Documents with fields that this version does not know, as a newer version would write them."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import orjson
from pydantic import BaseModel

from contracts.base import StoredDocument
from services.chassis.context import Context
from services.chassis.database import Connection

FIELD = "of_a_newer_version"


def add_unknown_fields(model: object, document: Any, value: object) -> int:
    """Add an unknown field to every object of a document that represents a model. Return the number of objects."""
    if isinstance(model, BaseModel):
        document[FIELD] = {"words": [value]}
        return 1 + sum(
            add_unknown_fields(getattr(model, name), document[name], value)
            for name in type(model).model_fields
            if name in document
        )
    if isinstance(model, dict):
        parts = cast("dict[object, object]", model)
        named = dict(document) if isinstance(document, list) else document  # a list keeps the order of keys in jsonb
        return sum(add_unknown_fields(part, named[str(key)], value) for key, part in parts.items())
    if isinstance(model, list | tuple):
        pairs = zip(cast("list[object]", model), document, strict=True)
        return sum(add_unknown_fields(part, inner, value) for part, inner in pairs)
    return 0


async def save_with_unknown_fields(context: Context, case_id: UUID, state: type[StoredDocument], value: object) -> int:
    """Store a document of a newer version and let the unit of work load and save it. Return the number of its objects.

    Raises `AssertionError` if the saved document differs from the stored one.
    """
    found = "SELECT state::text FROM aggregate WHERE case_id = $1 FOR UPDATE"
    written: dict[str, Any] = {}
    objects = 0

    async def first(connection: Connection) -> None:
        nonlocal objects
        text = str(await connection.fetchval(found, case_id))
        written.update(orjson.loads(text))
        objects = add_unknown_fields(state.load(text), written, value)
        await connection.execute(
            "UPDATE aggregate SET state = $2::text::jsonb WHERE case_id = $1", case_id, orjson.dumps(written).decode()
        )

    async def last(connection: Connection, _: None) -> None:
        assert orjson.loads(str(await connection.fetchval(found, case_id))) == written

    await context.cases.run([case_id], lambda _: None, cause="", at_start=first, before_commit=last)
    return objects
