"""Opaque cursors of lists: the sort key of the last row, base64url of JSON."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from services.chassis.problems import CursorInvalid


def encode(values: list[Any]) -> str:
    """A cursor from the sort key of the last row shown."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).rstrip(b"=").decode()


def decode(cursor: str) -> list[Any]:
    """The sort key in a cursor. Raises `CursorInvalid`."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise CursorInvalid from error
    if not isinstance(values, list):
        raise CursorInvalid
    return values


def instant_and_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The sort key of lists in order of an instant, then of an id; none without a cursor. Raises `CursorInvalid`."""
    if cursor is None:
        return None
    try:
        at, key = decode(cursor)
        return datetime.fromisoformat(at).astimezone(UTC), UUID(key)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise CursorInvalid from error
