"""A cursor is ours or it is refused, whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.chassis import cursors
from services.chassis.problems import CursorInvalid

AT, KEY = datetime(2026, 11, 23, 9, tzinfo=UTC), uuid4()


def test_what_was_encoded_comes_back_and_none_is_the_beginning() -> None:
    assert cursors.instant_and_id(cursors.encode([AT.isoformat(), str(KEY)])) == (AT, KEY)
    assert cursors.instant_and_id(None) is None


@pytest.mark.parametrize(
    "values", [[], [AT.isoformat()], [AT.isoformat(), 5], [5, str(KEY)], ["x", str(UUID(int=1))], [None, None]]
)
def test_anything_else_is_refused(values: list[Any]) -> None:
    with pytest.raises(CursorInvalid):
        cursors.instant_and_id(cursors.encode(values))
