"""Opaque cursors of lists: the sort key of the last row, base64url of JSON."""

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

Cursor = Annotated[str, Field(pattern=PATTERN, max_length=1000, description="`next` of the page before.")]
"""The query parameter of a list; what is no cursor of that list at all raises `CursorInvalid` when it is decoded."""

T = TypeVar("T")


def next_cursor(found: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> str | None:
    """The cursor of the next page: the sort key of the last row of this one; none where these rows fill no page."""
    return encode(key(found[-1])) if len(found) == limit else None


def encode(values: Sequence[Any]) -> str:
    """A cursor from the sort key of the last row shown: texts, numbers, instants, ids."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).rstrip(b"=").decode()


def decode(cursor: str) -> list[Any]:
    """The sort key in a cursor. Raises `CursorInvalid`."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise CursorInvalid from error
    if not isinstance(values, list):
        raise CursorInvalid
    return values


def instant_of(value: Any) -> datetime:
    """Read an instant of a sort key. Raises `CursorInvalid`."""
    try:
        return _INSTANT.validate_python(value).astimezone(UTC)
    except ValidationError as error:
        raise CursorInvalid from error


def instant_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The sort key of lists in order of an instant, then of an id; none without a cursor. Raises `CursorInvalid`."""
    if cursor is None:
        return None
    try:
        at, key = decode(cursor)
        return instant_of(at), UUID(key)
    except (ValueError, TypeError, AttributeError) as error:
        raise CursorInvalid from error
