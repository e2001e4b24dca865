"""Record → the values it is listed and searched by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from services.tracking.domain.card import light_of, on_board
from services.tracking.domain.record import Record
from services.tracking.domain.scope import area_of

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands where the first event of a case is missing: skipped by an operator."""


class Columns(NamedTuple):
    """The columns of `record` after the case id, in their order."""

    case_number: str
    reported_at: datetime
    open: bool
    status: str
    light: str
    area: str
    community: str
    category_id: str
    channel: str
    closed_at: datetime | None


def columns_of(record: Record) -> Columns:
    """What `record` holds of the case. A confidential one is listed under no category."""
    facts = record.facts
    return Columns(
        case_number=facts.case_number,
        reported_at=record.reported_at or UNKNOWN,
        open=on_board(record),
        status=facts.status,
        light=light_of(record),
        area=area_of(record),
        community=record.community or "",
        category_id=record.category.id if record.category and not facts.confidential else "",
        channel=record.channel,
        closed_at=record.closed_at,
    )


def searched(record: Record) -> tuple[object, ...]:
    """Everything the searched text is made of: while this stays, so does the text."""
    facts = record.facts
    return (
        facts.case_number, facts.confidential, record.description, record.what_was_done, record.address, record.place,
        record.category, record.external,
    )  # fmt: skip
