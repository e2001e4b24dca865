"""Check every row of a table in one test; the failure lists all rows that break the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def failing_rows(check: Callable[..., object], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Call `check(*row)` for every row and return one line for each row that fails. An empty table is an error."""
    table = list(rows)
    assert table, "the table has no rows"
    found: list[str] = []
    for row in table:
        try:
            check(*row)
        except Exception as error:
            label = " · ".join(str(getattr(each, "TYPE", None) or getattr(each, "name", each)) for each in row)
            found.append(f"{label[:200]}: {type(error).__name__} {error}")
    return found
