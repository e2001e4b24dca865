"""Reading of stored case states.

A state that this version cannot read is never overwritten. Its case is halted: commands raise `CaseHalted`, its events
are deferred, timers and loops leave it alone, and lists omit it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError

from contracts.base import StoredDocument
from services.chassis.problems import CaseHalted

log = logging.getLogger(__name__)

M = TypeVar("M", bound=StoredDocument)

P = TypeVar("P")

Row = Mapping[str, Any]


def parse_state(model: type[M], case_id: UUID, document: str) -> M:
    """Return the stored state. Raises `CaseHalted` if this version cannot read it."""
    try:
        return model.load(document)
    except ValidationError as error:
        raise CaseHalted({case_id: describe_errors(error)}) from error


def readable_rows(model: type[M], rows: Iterable[Row], case_id: str = "case_id") -> Iterator[tuple[Row, M]]:
    """Yield the rows with the state of their column `state`; log and omit those that this version cannot read."""
    for row in rows:
        try:
            yield row, parse_state(model, row[case_id], row["state"])
        except CaseHalted as halted:
            log.warning("case omitted from a list, its state cannot be read: %s", halted.errors)


async def load_page(
    model: type[M],
    limit: int,
    after: P | None,
    fetch: Callable[[P | None, int], Awaitable[Sequence[Row]]],
    place: Callable[[Row], P],
    case_id: str = "case_id",
) -> list[tuple[Row, M]]:
    """Return the next page of rows with their states, without rows whose state cannot be read.

    An unreadable row is replaced by the next one, so that only the last page is short. `fetch` returns the next rows
    after a sort key, at most the given number; `place` returns the sort key of a row.
    """
    found: list[tuple[Row, M]] = []
    while True:
        wanted = limit - len(found)
        rows = await fetch(after, wanted)
        found += readable_rows(model, rows, case_id)
        if len(rows) < wanted or len(found) == limit:
            return found
        after = place(rows[-1])


def describe_errors(error: ValidationError) -> str:
    """Return what is wrong in a document and where. Values are left out, because they may be personal data."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'document'}: {each['msg']}" for each in found[:5])
