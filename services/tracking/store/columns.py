"""Columns by which cases are listed and searched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from services.tracking.domain.card import light_of, on_board
from services.tracking.domain.scope import area_of
from services.tracking.domain.summary import Summary

UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Report time of a case whose first event is missing because an operator skipped it."""


class Columns(NamedTuple):
    """Columns of the table `record`, in their order, without the case id."""

    case_number: str
    reported_at: datetime
    open: bool
    status: str
    light: str
    area: str
    community: str
    category_id: str
    channel: str
    mode: str
    closed_at: datetime | None


def columns_of(case: Summary) -> Columns:
    """Return the columns of a case. The category of a confidential case is left out."""
    facts = case.facts
    return Columns(
        case_number=facts.case_number,
        reported_at=case.reported_at or UNKNOWN_TIME,
        open=on_board(case),
        status=facts.status,
        light=light_of(case),
        area=area_of(case),
        community=case.community or "",
        category_id=case.category.id if case.category and not facts.confidential else "",
        channel=case.channel,
        mode=case.mode,
        closed_at=case.closed_at,
    )


def search_inputs(case: Summary) -> tuple[object, ...]:
    """Return the values from which the search text is made. The text changes only if one of them changes."""
    facts = case.facts
    return (
        facts.case_number,
        facts.confidential,
        case.description,
        case.what_was_done,
        case.address,
        case.place,
        case.category,
        case.external_number,
    )
