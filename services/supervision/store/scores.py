"""Sums of score entries for scorecards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.figures import Subject
from services.chassis.database import Pool
from services.supervision.domain.evaluation.scorecards import Count
from services.supervision.store.paging import Page

_SCORES = """
    SELECT CASE WHEN $4 THEN $5 ELSE subject_id END AS subject_id, figure, sum(value) AS value,
           coalesce(sum(value) FILTER (WHERE late AND month = ANY ($2::text[])), 0) AS late
    FROM score_entry
    WHERE kind = $1 AND (month = ANY ($2::text[]) OR (starts_with(figure, 'pending_') AND month < ($2::text[])[1]))
      AND ($3::text IS NULL OR subject_id = $3)
    GROUP BY 1, figure
"""  # pending figures sum all entries up to the end of the months

_COUNTED_CASES = """
    WITH fact AS (
        SELECT fact_id, case_id, min(score_entry.at) AS at, sum(value) AS value, bool_or(late) AS late,
               bool_or(reason IN ('exempt', 'storm')) AS exempt
        FROM score_entry
        WHERE kind = $1 AND ($2::text IS NULL OR subject_id = $2) AND figure = $4
          AND (month = ANY ($3::text[]) OR (starts_with($4, 'pending_') AND month < ($3::text[])[1]))
        GROUP BY fact_id, case_id
        HAVING sum(value) <> 0 OR bool_or(reason IN ('exempt', 'storm'))
    )
    SELECT fact.fact_id, fact.case_id, fact.at, fact.value, fact.late, fact.exempt,
           coalesce(aggregate.state->>'case_number', '') AS case_number
    FROM fact LEFT JOIN aggregate USING (case_id)
    WHERE ($5::timestamptz IS NULL OR (fact.at, fact.fact_id) > ($5, $6::uuid))
      AND ($8::text[] IS NULL OR EXISTS (
            SELECT FROM unnest($8) AS area
            WHERE starts_with(coalesce(aggregate.state->'filed_case'->>'grid_code', aggregate.state->'location'->>'grid_code'), area)))
    ORDER BY fact.at, fact.fact_id LIMIT $7
"""


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A counted fact of a figure, with its case."""

    fact_id: UUID
    case_id: UUID
    case_number: str
    at: datetime
    value: int
    """What the case adds to the figure in the period: 1 if the figure counts cases, minutes if it measures time.

    The value is negative if it reverses a count of a frozen month, and 0 if the case is exempt.
    """
    late: bool
    exempt: bool


def subject_kind_of_entries(kind: Subject) -> Subject:
    """Return the kind of subject whose score entries are summed for this kind.

    It is `street` for the county, whose figures sum those of its streets, and the same kind otherwise.
    """
    return "street" if kind == "county" else kind


async def load_counts(
    pool: Pool, kind: Subject, months: Sequence[str], subject_id: str | None = None, county: str = ""
) -> dict[str, Mapping[str, Count]]:
    """Return subject → figure → count in these months.

    Standing figures are taken as they are at the end of the months. `county` is the id under which all streets are
    summed.
    """
    whole = kind == "county"
    found: dict[str, dict[str, Count]] = {}
    rows = await pool.fetch(
        _SCORES, subject_kind_of_entries(kind), list(months), None if whole else subject_id, whole, county
    )
    for row in rows:
        found.setdefault(row["subject_id"], {})[row["figure"]] = Count(row["value"], row["late"])
    return dict(found)


async def list_counted_cases(
    pool: Pool, kind: Subject, subject_id: str, months: Sequence[str], figure: str, page: Page, areas: Sequence[str]
) -> list[CountedCase]:
    """Return the cases counted in a figure, oldest first, exempt cases included. One row per counted fact.

    `areas` limits the cases to those that the reader may see (none: all). A case without a known place is in no area.
    """
    after = page.after or (None, None)
    subject = None if kind == "county" else subject_id
    rows = await pool.fetch(
        _COUNTED_CASES,
        subject_kind_of_entries(kind),
        subject,
        list(months),
        figure,
        *after,
        page.limit,
        list(areas) or None,
    )
    return [CountedCase(**_with_plain_ids(row)) for row in rows]


async def all_counted_cases(
    pool: Pool, kind: Subject, subject_id: str, months: Sequence[str], figure: str, areas: Sequence[str]
) -> AsyncIterator[CountedCase]:
    """Yield the cases counted in a figure, one row per counted fact. Load them page by page."""
    page = Page(500)
    while rows := await list_counted_cases(pool, kind, subject_id, months, figure, page, areas):
        for row in rows:
            yield row
        page = Page(page.limit, (rows[-1].at, rows[-1].fact_id))


def _with_plain_ids(row: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(row)
    return {**found, "fact_id": UUID(str(found["fact_id"])), "case_id": UUID(str(found["case_id"]))}
