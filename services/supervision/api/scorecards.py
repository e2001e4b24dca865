"""Scorecards of a month, quarter or year, and the cases that each figure counts; both also as ledgers 台账."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from contracts.figures import FIGURES, PATROL_FIGURES, SUBJECT_NAMES, Subject
from contracts.registry import ScoreRule
from contracts.roles import FIGURE_ROLES
from services.chassis import cursors, spreadsheets
from services.chassis.auth import Caller, is_not_resident
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.forms import Form
from services.chassis.months import PERIOD, month_of
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, NotAllowed
from services.chassis.web import context, language, needs
from services.supervision.api import subjects
from services.supervision.api.ledgers import scores as ledgers
from services.supervision.api.paging import CasePage, counted_case_view, page_of
from services.supervision.domain import problems
from services.supervision.domain.evaluation.months import months_of, rule_for
from services.supervision.domain.evaluation.scorecards import (
    Count,
    EditionView,
    MonthView,
    Scorecard,
    edition_view,
    months_view,
    scorecard,
)
from services.supervision.domain.primitives.view import View
from services.supervision.store import check_ins
from services.supervision.store import scores as store

router = APIRouter(prefix="/api/supervision/scorecards", tags=["scorecards"])

_MAX_NAMES = 2 << 20
"""Maximum size in bytes of a request that contains names of subjects."""

Period = Annotated[
    str | None, Query(pattern=PERIOD, description="`2026-11`, `2026-Q4` or `2026`; without it this month.")
]
SubjectId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
Figure = Annotated[str, Query(max_length=64)]


class Scorecards(View):
    """The scorecards of one kind of subject in one period."""

    kind: Subject
    period: str
    months: list[MonthView]
    edition: EditionView | None
    """The scoring rules in force, with their approval; `null` if no scoring rules are in force yet."""
    items: list[Scorecard]


class SubjectNames(Form):
    """Names of subjects to show in a downloaded table."""

    names: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=200)]] = Field(max_length=5000)
    """Subject id → name in the language of the table.

    A subject without an entry keeps its name in the registry snapshot.
    """


@dataclass(frozen=True, slots=True)
class ScorecardQuery:
    """Kind of subject, period and scoring rules in force in the period."""

    kind: Subject
    period: str
    rule: ScoreRule | None


async def scorecard_query(kind: Subject, period: Period = None, ctx: Context = Depends(context)) -> ScorecardQuery:
    """Return the kind, the period (this month if none is given) and the scoring rules in force in the period."""
    chosen = period or month_of(ctx.clock.now(), ctx.district.zone)
    return ScorecardQuery(kind, chosen, rule_for(ctx.district.score_rules.values(), kind, chosen))


@router.get("", response_model=Scorecards, responses=responses(*SIGNED_IN))
async def list_scorecards(
    query: ScorecardQuery = Depends(scorecard_query),
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)),
) -> Scorecards:
    """List the scorecard of every subject of the kind, including subjects without events.

    Units and people see only their own scorecard.
    """
    return Scorecards(
        kind=query.kind,
        period=query.period,
        months=months_view(query.period, ctx.clock.now(), ctx.district),
        edition=edition_view(query.rule, ctx.district.release),
        items=await _cards(query, ctx, caller),
    )


@router.get(
    "/ledger.{form}",
    responses={**responses(*SIGNED_IN), **spreadsheets.FILE_RESPONSES},
    response_class=StreamingResponse,
)
async def scorecard_ledger(
    form: spreadsheets.FileFormat,
    query: ScorecardQuery = Depends(scorecard_query),
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Download the scorecards as a table with one row per subject, and a second table of definitions."""
    return _table(form, query, await _cards(query, ctx, caller), ctx, chosen)


@router.post(
    "/ledger.{form}",
    responses={**responses(*SIGNED_IN), **spreadsheets.FILE_RESPONSES},
    response_class=StreamingResponse,
    max_body_size=_MAX_NAMES,
)
async def ledger_with_names(
    form: spreadsheets.FileFormat,
    subject_names: SubjectNames,
    query: ScorecardQuery = Depends(scorecard_query),
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Download the scorecards as a table with names that the caller sends.

    This service does not store the names of accounts; the registry has them (`/api/registry/people`). The request
    changes nothing.
    """
    cards = [
        card.model_copy(update={"name": name, "name_en": name})
        if (name := subject_names.names.get(card.subject_id))
        else card
        for card in await _cards(query, ctx, caller)
    ]
    return _table(form, query, cards, ctx, chosen)


def _table(
    form: spreadsheets.FileFormat, query: ScorecardQuery, cards: list[Scorecard], ctx: Context, chosen: str
) -> StreamingResponse:
    sheets = ledgers.of_scorecards(cards, query.kind, query.rule, chosen)
    name = SUBJECT_NAMES[query.kind][chosen == "en"]
    return spreadsheets.download(form, f"{name}-{query.period}", sheets, ctx.district.zone)


@router.get(
    "/{kind}/{subject_id}/cases",
    response_model=CasePage,
    responses=responses(*SIGNED_IN, problems.SubjectUnknown, CursorInvalid),
)
async def list_counted_cases(
    subject_id: SubjectId,
    figure: Figure,
    query: ScorecardQuery = Depends(scorecard_query),
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)),
) -> CasePage:
    """List the cases counted in one figure of one subject."""
    _require_figure(query, subject_id, figure, caller, ctx)
    rows = await store.list_counted_cases(
        ctx.database,
        query.kind,
        subject_id,
        months_of(query.period),
        figure,
        page_of(cursor, limit),
        subjects.visible_areas(query.kind, subject_id, caller, ctx.district),
    )
    return CasePage(
        items=[counted_case_view(row) for row in rows],
        next=cursors.next_cursor(rows, limit, lambda last: (last.at, last.fact_id)),
    )


@router.get(
    "/{kind}/{subject_id}/cases.{form}",
    responses={**responses(*SIGNED_IN, problems.SubjectUnknown), **spreadsheets.FILE_RESPONSES},
    response_class=StreamingResponse,
)
async def cases_ledger(
    subject_id: SubjectId,
    form: spreadsheets.FileFormat,
    figure: Figure,
    query: ScorecardQuery = Depends(scorecard_query),
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Download the cases counted in one figure as a table."""
    _require_figure(query, subject_id, figure, caller, ctx)
    rows: AsyncIterator[store.CountedCase] = store.all_counted_cases(
        ctx.database,
        query.kind,
        subject_id,
        months_of(query.period),
        figure,
        subjects.visible_areas(query.kind, subject_id, caller, ctx.district),
    )
    sheet = ledgers.of_cases(rows, FIGURES[query.kind][figure], chosen)
    return spreadsheets.download(form, f"{subject_id}-{figure}-{query.period}", [sheet], ctx.district.zone)


async def _cards(query: ScorecardQuery, ctx: Context, caller: Caller) -> list[Scorecard]:
    only = subjects.only_subject(query.kind, caller, ctx.district)
    months = months_of(query.period)
    counts = await store.load_counts(ctx.database, query.kind, months, only, county=ctx.district.settings.id)
    if query.kind == "officer":
        for officer_id, found in (await check_ins.count_patrol(ctx.database, months, only)).items():
            patrol_counts = {figure: Count(value) for figure, value in found.items()}
            counts[officer_id] = {**counts.get(officer_id, {}), **patrol_counts}
    begun = len(months_view(query.period, ctx.clock.now(), ctx.district))
    return [
        scorecard(
            query.kind,
            subject,
            query.period,
            counts.get(subject.id, {}),
            query.rule,
            begun,
            grade_events=ctx.district.settings.grade_events,
        )
        for subject in subjects.subjects_of_kind(ctx.district, query.kind, counts)
        if subjects.may_see(query.kind, subject.id, caller, ctx.district)
    ]


def _require_figure(query: ScorecardQuery, subject_id: str, figure: str, caller: Caller, ctx: Context) -> None:
    """Raise a problem unless the caller may see the figure and the figure counts cases.

    Raises `NotAllowed` for somebody else's figures and `SubjectUnknown` for a figure that counts no cases.
    """
    if not subjects.may_see(query.kind, subject_id, caller, ctx.district):
        raise NotAllowed(roles=", ".join(FIGURE_ROLES))
    if figure not in FIGURES[query.kind] or figure in PATROL_FIGURES:
        raise problems.SubjectUnknown(subject=f"{query.kind}/{subject_id}/{figure}")
