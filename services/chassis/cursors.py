"""Opaque cursors of lists. A cursor is the sort key of the last row of a page, as base64url of JSON."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from contracts.base import StrictInstant
from services.chassis.problems import CursorInvalid

_INSTANT = TypeAdapter(StrictInstant)

PATTERN = r"^[A-Za-z0-9_-]+$"

Cursor = Annotated[str, Field(pattern=PATTERN, max_length=1000, description="The `next` of the previous page.")]
"""Query parameter of a list. A cursor that does not belong to the list raises `CursorInvalid` when it is decoded."""

T = TypeVar("T")


def next_cursor(found: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> str | None:
    """Return the cursor of the next page; `None` if these rows do not fill the page."""
    return encode(key(found[-1])) if len(found) == limit else None


def encode(values: Sequence[Any]) -> str:
    """Return the cursor for the sort key of a row. A sort key consists of texts, numbers, instants or ids."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).rstrip(b"=").decode()


def decode(cursor: str) -> list[Any]:
    """Return the sort key in a cursor. Raises `CursorInvalid`."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise CursorInvalid from error
    if not isinstance(values, list):
        raise CursorInvalid
    return values


def instant_of(value: Any) -> datetime:
    """Parse a value of a decoded cursor as an instant, and return it in UTC. Raises `CursorInvalid`."""
    try:
        return _INSTANT.validate_python(value).astimezone(UTC)
    except ValidationError as error:
        raise CursorInvalid from error


def instant_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return the instant and the id that a cursor contains; `None` without a cursor.

    For lists that are ordered by an instant and an id. Raises `CursorInvalid`.
    """
    if cursor is None:
        return None
    try:
        at, key = decode(cursor)
        return instant_of(at), UUID(key)
    except (ValueError, TypeError, AttributeError) as error:
        raise CursorInvalid from error
