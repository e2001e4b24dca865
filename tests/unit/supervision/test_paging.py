"""Cursors made of texts: what cannot be a sort key is refused as a cursor, and never reaches the database."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis import cursors
from services.chassis.problems import CursorInvalid
from services.supervision.api.paging import texts_of


def test_what_was_put_in_comes_out() -> None:
    assert texts_of(cursors.encode(["2026-11-23", "370522001003", "week"]), 3) == ["2026-11-23", "370522001003", "week"]


@pytest.mark.parametrize("made_of", [["a", "b"], ["a", "b", 3], ["a", "b", "c\0"], [None, "b", "c"]])
def test_anything_else_is_no_cursor(made_of: list[Any]) -> None:
    with pytest.raises(CursorInvalid):
        texts_of(cursors.encode(made_of), 3)
