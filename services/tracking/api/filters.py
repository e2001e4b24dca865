"""Query parameters of lists: filters and cursor."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.base import Stage, StrictDay
from contracts.board import Light
from contracts.case_state import Status
from contracts.common import Channel
from contracts.registry.base import AreaPrefix, CategoryId, CommunityCode, Key
from services.chassis import cursors, mode_filter
from services.chassis.cursors import Cursor
from services.chassis.forms import Instant
from services.chassis.problems import Problem
from services.tracking.domain.terms import parse_query
from services.tracking.store.case_lists import Filter, SortKey


class SearchTooShort(Problem):
    """The search text has no term. Search uses pairs of characters, so a single character finds nothing."""

    status = 422
    zh = "搜索内容太短：请至少输入两个汉字、一个词或案件编号。"
    en = "The search is too short: give two Chinese characters, a word, or a case number."


class CaseFilters(BaseModel):
    """Filters of a list of cases. A case must match all filters that are set."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    stage: Stage | None = None
    status: Status | None = None
    light: Light | None = None
    """Light of the clock that the card of the case shows; `none` for cases that show no clock."""
    grid: AreaPrefix | None = None
    """A grid code, or its beginning: the code of a street or a community."""
    community: CommunityCode | None = None
    unit: Key | None = None
    """Id of a unit that has or had a dispatch of the case."""
    category: CategoryId | None = None
    channel: Channel | None = None
    mode: mode_filter.ModeFilter = "actual"
    """Mode of the cases: real cases, exercises or tests; `all` lists the three together."""
    since: Annotated[Instant | StrictDay | None, Field(alias="from")] = None
    """Only cases reported since this instant, or since the beginning of this date in the county's time zone."""
    until: Annotated[Instant | StrictDay | None, Field(alias="to")] = None
    """Only cases reported before this instant, or before the end of this date."""
    q: Annotated[str | None, Field(max_length=100)] = None
    """Words of the description, the address or the category, or the number of a case."""
    open: bool = False
    """If true, only cases that have not ended."""
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    def to_filter(self, zone: ZoneInfo) -> Filter:
        """Return the filter for the store. Raises `SearchTooShort`."""
        query = parse_query(self.q) if self.q and self.q.strip() else None
        if query is not None and not query.terms:
            raise SearchTooShort
        return Filter(
            stage=self.stage,
            status=self.status,
            light=self.light,
            grid=self.grid,
            community=self.community,
            unit=self.unit,
            category=self.category,
            channel=self.channel,
            mode=mode_filter.mode_or_none(self.mode),
            since=_instant(self.since, zone, 0),
            until=_instant(self.until, zone, 1),
            query=query,
            open=self.open,
        )

    def after(self) -> SortKey | None:
        """Return the sort key in `cursor`; `None` without a cursor. Raises `CursorInvalid`."""
        return cursors.instant_and_id(self.cursor)


CaseQuery = Annotated[CaseFilters, Query()]


class MapFilters(CaseFilters):
    """Filters of a map. A page of a map may have more cases than a page of a list."""

    limit: Annotated[int, Field(ge=1, le=2000)] = 2000


MapQuery = Annotated[MapFilters, Query()]


def encode_cursor(reported_at: datetime, case_id: UUID) -> str:
    """Return the cursor of the page that begins after the row with this report time and case id."""
    return cursors.encode([reported_at.astimezone(UTC).isoformat(), str(case_id)])


def _instant(value: datetime | date | None, zone: ZoneInfo, days: int) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.combine(value + timedelta(days=days), time(), zone)
