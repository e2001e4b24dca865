"""Cursors of lists: our own are parsed, all others are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg.pgproto.pgproto
import pytest

from services.chassis import cursors
from services.chassis.problems import CursorInvalid

AT, KEY = datetime(2026, 11, 23, 9, tzinfo=UTC), uuid4()


def test_an_encoded_cursor_is_decoded_and_no_cursor_means_the_beginning() -> None:
    assert cursors.instant_and_id(cursors.encode([AT.isoformat(), str(KEY)])) == (AT, KEY)
    assert cursors.instant_and_id(None) is None


def test_only_a_full_page_has_a_next_cursor() -> None:
    """Otherwise every list would end with an empty page. The encoder must also accept the UUID class of asyncpg."""
    rows = [(AT, UUID(int=1)), (AT, asyncpg.pgproto.pgproto.UUID(str(KEY)))]
    assert cursors.next_cursor(rows, 3, lambda last: last) is None
    assert cursors.instant_and_id(cursors.next_cursor(rows, 2, lambda last: last)) == (AT, KEY)


@pytest.mark.parametrize(
    "values", [[], [AT.isoformat()], [AT.isoformat(), 5], [5, str(KEY)], ["x", str(UUID(int=1))], [None, None]]
)
def test_a_foreign_cursor_is_refused(values: list[Any]) -> None:
    with pytest.raises(CursorInvalid):
        cursors.instant_and_id(cursors.encode(values))
