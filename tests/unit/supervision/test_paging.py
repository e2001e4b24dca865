"""Cursors made of texts: an invalid sort key is refused before it reaches the database."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis import cursors
from services.chassis.problems import CursorInvalid
from services.supervision.api.paging import texts_of


def test_an_encoded_cursor_is_decoded() -> None:
    assert texts_of(cursors.encode(["2026-11-23", "370522001003", "week"]), 3) == ["2026-11-23", "370522001003", "week"]


@pytest.mark.parametrize("values", [["a", "b"], ["a", "b", 3], ["a", "b", "c\0"], [None, "b", "c"]])
def test_an_invalid_cursor_is_refused(values: list[Any]) -> None:
    with pytest.raises(CursorInvalid):
        texts_of(cursors.encode(values), 3)
