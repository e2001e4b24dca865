"""Scorecard pages: all subjects of a kind, one subject, and the cases that a figure counts. Also as downloads."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.figures import FIGURES, PATROL_FIGURES, SUBJECT_NAMES, Subject
from contracts.roles import FIELD_WORK_ROLES
from services.chassis.web import context_of
from services.console import account_names, api_client, menu, session
from services.console.rendering import words_of
from services.console.session import Reader
from services.console.words import ZONE

router = APIRouter(prefix="/scorecards", include_in_schema=False)

_API = "/api/supervision/scorecards"
_PATROL = "/api/supervision/patrol/officers"
_PATROL_ALL = "/api/supervision/patrol/rounds"
_ROUNDS: dict[str, tuple[str, dict[str, str]]] = {
    "patrol_due": ("duties", {}),
    "patrol_visited": ("visits", {}),
    "points_due": ("duties", {}),
    "points_visited": ("visits", {}),
    "shift_due": ("turns", {}),
    "shift_attended": ("turns", {"attended": "true"}),
}
"""Figure about patrols → list at supervision that shows what the figure counts: its name and query parameters."""
_PERIOD = re.compile(r"^(\d{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?$")
_SUBJECT = re.compile(r"^[a-z0-9][a-z0-9.-]{0,63}$")

Period = Annotated[str, Query(max_length=7)]


@router.get("")
async def overview(request: Request, kind: Subject | None = None, period: Period = "") -> Response:
    """Show the rates, score and grade of all subjects of a kind.

    Without `kind`, show units if the reader may see them, otherwise the first kind that the reader may see.
    """
    reader, chosen = await session.reader(request), _period(request, period)
    visible = menu.scorecard_kinds(reader.account)
    kind = kind or ("unit" if "unit" in visible or not visible else visible[0])
    found = await _cards(request, reader, kind, chosen)
    rounds = kind == "officer" and not reader.account.unit and reader.account.has(*FIELD_WORK_ROLES)
    return _page(request, reader, "scorecards.html", kind=kind, period=chosen, found=found, card=None, rounds=rounds)


@router.get("/ledger.{form}")
async def ledger(request: Request, form: str, kind: Subject = "unit", period: Period = "") -> Response:
    """Download the scorecards of all subjects of a kind, as a ledger."""
    reader, chosen = await session.reader(request), _period(request, period)
    names = None
    if kind in account_names.BY_ACCOUNT:
        cards, english = (await _cards(request, reader, kind, chosen))["items"], words_of(request).language == "en"
        names = {card["subject_id"]: card["name_en" if english else "name"] for card in cards}
    return await api_client.download(request, reader, f"{_API}/ledger", form, names, kind=kind, period=chosen)


@router.get("/rounds.{form}")
async def rounds_ledger(request: Request, form: str, period: Period = "") -> Response:
    """Download the patrol rounds of all officers, as a ledger with a row for each shift."""
    reader = await session.reader(request)
    return await api_client.download(request, reader, f"{_PATROL_ALL}/ledger", form, period=_period(request, period))


@router.get("/{kind}/{subject_id}")
async def scorecard(request: Request, kind: Subject, subject_id: str, period: Period = "") -> Response:
    """Show the scorecard of one subject: each figure, and each rate with its formula."""
    reader, chosen = await session.reader(request), _period(request, period)
    found = await _cards(request, reader, kind, chosen)
    card = next((each for each in found["items"] if each["subject_id"] == subject_id), None)
    if card is None:
        raise HTTPException(404)
    return _page(request, reader, "scorecard.html", kind=kind, period=chosen, found=found, card=card)


@router.get("/{kind}/{subject_id}/{figure}")
async def counted_cases(
    request: Request, kind: Subject, subject_id: str, figure: str, period: Period = "", cursor: str = ""
) -> Response:
    """Show the cases that a figure counts, or the duties, visits or shifts that a patrol figure counts."""
    reader, chosen = await session.reader(request), _period(request, period)
    subject, meaning = _subject_path(kind, subject_id, figure), FIGURES[kind][figure]
    is_patrol = figure in PATROL_FIGURES
    resource, parameters = _ROUNDS[figure] if is_patrol else ("cases", {"figure": figure})
    path = f"{_PATROL}/{subject_id}/{resource}" if is_patrol else f"{_API}/{subject}/{resource}"
    found = await api_client.get_json(request, reader, path, period=chosen, cursor=cursor, **parameters)
    return _page(
        request,
        reader,
        "scorecard_rounds.html" if is_patrol else "scorecard_cases.html",
        kind=kind,
        period=chosen,
        found=found,
        subject_id=subject_id,
        figure=figure,
        meaning={"name": meaning.zh, "name_en": meaning.en},
        card=None,
    )


@router.get("/{kind}/{subject_id}/{figure}/ledger.{form}")
async def counted_cases_ledger(
    request: Request, kind: Subject, subject_id: str, figure: str, form: str, period: Period = ""
) -> Response:
    """Download the cases that a figure counts, or for a patrol figure the officer's patrol rounds."""
    reader = await session.reader(request)
    subject, chosen = _subject_path(kind, subject_id, figure), _period(request, period)
    if figure in PATROL_FIGURES:
        return await api_client.download(request, reader, f"{_PATROL}/{subject_id}/ledger", form, period=chosen)
    return await api_client.download(request, reader, f"{_API}/{subject}/cases", form, figure=figure, period=chosen)


async def _cards(request: Request, reader: Reader, kind: Subject, period: str) -> Any:
    """Return the scorecards of a kind, each with the subject's name."""
    found = await api_client.get_json(request, reader, _API, kind=kind, period=period)
    if kind in account_names.BY_ACCOUNT:
        await account_names.add_names(request, reader, found["items"])
    return found


def _subject_path(kind: Subject, subject_id: str, figure: str) -> str:
    """Return the subject's part of a path, `kind/id`. Raises 404 for an invalid subject or figure."""
    if figure not in FIGURES[kind] or not _SUBJECT.match(subject_id):
        raise HTTPException(404)
    return f"{kind}/{subject_id}"


def _period(request: Request, period: str) -> str:
    """Return the requested period, or the current month if the requested period is missing or invalid."""
    if _PERIOD.match(period):
        return period
    return f"{context_of(request).clock.now().astimezone(ZONE):%Y-%m}"


def periods(period: str) -> dict[str, str]:
    """Return the periods to which a page links: the period before, the period after, a month, a quarter and a year.

    The month and the quarter are the last ones in `period`, or those that contain `period`.
    """
    found = _PERIOD.match(period)
    if found is None:
        raise ValueError(period)
    year, month, quarter = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if month:
        before, after = _shift(year, month, 12, -1), _shift(year, month, 12, 1)
        return {
            "before": f"{before[0]}-{before[1]:02}",
            "after": f"{after[0]}-{after[1]:02}",
            "month": period,
            "quarter": f"{year}-Q{(month + 2) // 3}",
            "year": str(year),
        }
    if quarter:
        before, after = _shift(year, quarter, 4, -1), _shift(year, quarter, 4, 1)
        return {
            "before": f"{before[0]}-Q{before[1]}",
            "after": f"{after[0]}-Q{after[1]}",
            "month": f"{year}-{quarter * 3:02}",
            "quarter": period,
            "year": str(year),
        }
    return {
        "before": str(year - 1),
        "after": str(year + 1),
        "month": f"{year}-12",
        "quarter": f"{year}-Q4",
        "year": period,
    }


def _shift(year: int, part: int, parts: int, by: int) -> tuple[int, int]:
    """Return the year and part (month or quarter) that come `by` parts later. A year has `parts` parts: 12 or 4."""
    number = year * parts + part - 1 + by
    return number // parts, number % parts + 1


def _page(request: Request, reader: Reader, template: str, *, kind: Subject, period: str, **values: Any) -> Response:
    offered = {kind, *menu.scorecard_kinds(reader.account)}
    kinds = {key: {"name": zh, "name_en": en} for key, (zh, en) in SUBJECT_NAMES.items() if key in offered}
    return api_client.show_page(
        request, reader, template, kind=kind, kinds=kinds, period=period, periods=periods(period), **values
    )
