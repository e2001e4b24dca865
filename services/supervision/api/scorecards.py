"""Scorecards of a month, quarter or year, the cases of each figure, and both as ledgers 台账."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from contracts.figures import FIGURES, ROUNDS, SUBJECT_NAMES, Subject
from contracts.registry import ScoreRule
from contracts.roles import WATCHING
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
"""Maximum bytes of the names of all subjects."""

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
    """The scoring rules; `null` before the first edition."""
    items: list[Scorecard]


class SubjectNames(Form):
    """Names of subjects for a table."""

    names: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=200)]] = Field(max_length=5000)
    """Subject → name in the language of the table; others keep the name known here."""


@dataclass(frozen=True, slots=True)
class ScorecardQuery:
    """Kind of subject, period and the rules in force."""

    kind: Subject
    period: str
    rule: ScoreRule | None


def scorecard_query(kind: Subject, period: Period = None, parts: Context = Depends(context)) -> ScorecardQuery:
    """Return the query with the rules in force in the period."""
    chosen = period or month_of(parts.clock.now(), parts.district.zone)
    return ScorecardQuery(kind, chosen, rule_for(parts.district.score_rules.values(), kind, chosen))


@router.get("", response_model=Scorecards, responses=responses(*SIGNED_IN))
async def list_scorecards(
    wanted: ScorecardQuery = Depends(scorecard_query),
    parts: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)),
) -> Scorecards:
    """List every subject of the kind, including those without events. Units and people see only their own."""
    return Scorecards(
        kind=wanted.kind,
        period=wanted.period,
        months=months_view(wanted.period, parts.clock.now(), parts.district),
        edition=edition_view(wanted.rule, parts.district.release),
        items=await _cards(wanted, parts, caller),
    )


@router.get(
    "/ledger.{form}",
    responses={**responses(*SIGNED_IN), **spreadsheets.FILE_RESPONSES},
    response_class=StreamingResponse,
)
async def scorecard_ledger(
    form: spreadsheets.FileFormat, wanted: ScorecardQuery = Depends(scorecard_query), parts: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)), chosen: str = Depends(language),
) -> StreamingResponse:  # fmt: skip
    """Download the scorecards as a table, one row per subject, with a second sheet of definitions."""
    return _table(form, wanted, await _cards(wanted, parts, caller), parts, chosen)


@router.post(
    "/ledger.{form}", responses={**responses(*SIGNED_IN), **spreadsheets.FILE_RESPONSES}, response_class=StreamingResponse,
    max_body_size=_MAX_NAMES,
)  # fmt: skip
async def ledger_with_names(
    form: spreadsheets.FileFormat, called: SubjectNames, wanted: ScorecardQuery = Depends(scorecard_query), parts: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)), chosen: str = Depends(language),
) -> StreamingResponse:  # fmt: skip
    """Download the table with names given by the caller.

    Names of accounts are in the registry (`/api/registry/people`) and are not stored here. Nothing is changed.
    """
    cards = [
        card.model_copy(update={"name": name, "name_en": name}) if (name := called.names.get(card.subject_id)) else card
        for card in await _cards(wanted, parts, caller)
    ]
    return _table(form, wanted, cards, parts, chosen)


def _table(
    form: spreadsheets.FileFormat, wanted: ScorecardQuery, cards: list[Scorecard], parts: Context, chosen: str
) -> StreamingResponse:  # fmt: skip
    made = ledgers.of_scorecards(cards, wanted.kind, wanted.rule, chosen)
    name = SUBJECT_NAMES[wanted.kind][chosen == "en"]
    return spreadsheets.download(form, f"{name}-{wanted.period}", made, parts.district.zone)


@router.get(
    "/{kind}/{subject_id}/cases", response_model=CasePage,
    responses=responses(*SIGNED_IN, problems.SubjectUnknown, CursorInvalid),
)  # fmt: skip
async def list_counted_cases(
    subject_id: SubjectId,
    figure: Figure,
    wanted: ScorecardQuery = Depends(scorecard_query),
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    parts: Context = Depends(context),
    caller: Caller = Depends(needs(only=is_not_resident)),
) -> CasePage:
    """List the cases counted in one figure of one subject."""
    _require_figure(wanted, subject_id, figure, caller, parts)
    rows = await store.list_counted_cases(
        parts.database,
        wanted.kind,
        subject_id,
        months_of(wanted.period),
        figure,
        page_of(cursor, limit),
        subjects.visible_areas(wanted.kind, subject_id, caller, parts.district),
    )
    return CasePage(
        items=[counted_case_view(row) for row in rows],
        next=cursors.next_cursor(rows, limit, lambda last: (last.at, last.fact_id)),
    )


@router.get(
    "/{kind}/{subject_id}/cases.{form}", responses={**responses(*SIGNED_IN, problems.SubjectUnknown), **spreadsheets.FILE_RESPONSES},
    response_class=StreamingResponse,
)  # fmt: skip
async def cases_ledger(
    subject_id: SubjectId, form: spreadsheets.FileFormat, figure: Figure, wanted: ScorecardQuery = Depends(scorecard_query),
    parts: Context = Depends(context), caller: Caller = Depends(needs(only=is_not_resident)), chosen: str = Depends(language),
) -> StreamingResponse:  # fmt: skip
    """Download the cases counted in one figure as a table."""
    _require_figure(wanted, subject_id, figure, caller, parts)
    rows: AsyncIterator[store.CountedCase] = store.all_counted_cases(
        parts.database,
        wanted.kind,
        subject_id,
        months_of(wanted.period),
        figure,
        subjects.visible_areas(wanted.kind, subject_id, caller, parts.district),
    )
    sheet = ledgers.of_cases(rows, FIGURES[wanted.kind][figure], chosen)
    return spreadsheets.download(form, f"{subject_id}-{figure}-{wanted.period}", [sheet], parts.district.zone)


async def _cards(wanted: ScorecardQuery, parts: Context, caller: Caller) -> list[Scorecard]:
    only = subjects.only_subject(wanted.kind, caller, parts.district)
    months = months_of(wanted.period)
    counts = await store.load_counts(parts.database, wanted.kind, months, only, county=parts.district.settings.id)
    if wanted.kind == "officer":
        for officer_id, found in (await check_ins.count_patrol(parts.database, months, only)).items():
            walked = {figure: Count(value) for figure, value in found.items()}
            counts[officer_id] = {**counts.get(officer_id, {}), **walked}
    begun = len(months_view(wanted.period, parts.clock.now(), parts.district))
    return [
        scorecard(
            wanted.kind,
            subject,
            wanted.period,
            counts.get(subject.id, {}),
            wanted.rule,
            begun,
            grade_events=parts.district.settings.grade_events,
        )
        for subject in subjects.subjects_of_kind(parts.district, wanted.kind, counts)
        if subjects.may_see(wanted.kind, subject.id, caller, parts.district)
    ]


def _require_figure(wanted: ScorecardQuery, subject_id: str, figure: str, caller: Caller, parts: Context) -> None:
    """Raise `NotAllowed` for somebody else's figures and `SubjectUnknown` for a figure without cases."""
    if not subjects.may_see(wanted.kind, subject_id, caller, parts.district):
        raise NotAllowed(roles=", ".join(WATCHING))
    if figure not in FIGURES[wanted.kind] or figure in ROUNDS:
        raise problems.SubjectUnknown(subject=f"{wanted.kind}/{subject_id}/{figure}")
