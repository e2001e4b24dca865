"""The scorecard pages: every subject of a kind, one subject, and the cases behind a figure; each as a ledger, too."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.figures import FIGURES, ROUNDS, SUBJECT_NAMES, Subject
from contracts.roles import OVERSEEING
from services.chassis.web import context
from services.console import asking, menu, people, session
from services.console.render import words_of
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
"""Figure of rounds → what is asked for."""
_PERIOD = re.compile(r"^(\d{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?$")
_SUBJECT = re.compile(r"^[a-z0-9][a-z0-9.-]{0,63}$")

Period = Annotated[str, Query(max_length=7)]


@router.get("")
async def overview(request: Request, kind: Subject | None = None, period: Period = "") -> Response:
    """Every subject of a kind: rates, score and grade. Without one, of units for whoever sees those, else of the reader's."""
    who, chosen = await session.reader(request), _period(request, period)
    theirs = menu.kinds(who.account)
    kind = kind or ("unit" if "unit" in theirs or not theirs else theirs[0])
    found = await _cards(request, who, kind, chosen)
    rounds = kind == "officer" and not who.account.unit and who.account.has(*OVERSEEING)
    return _page(request, who, "scorecards.html", kind=kind, period=chosen, found=found, card=None, rounds=rounds)


@router.get("/ledger.{form}")
async def ledger(request: Request, form: str, kind: Subject = "unit", period: Period = "") -> Response:
    """The same as a file."""
    who, chosen = await session.reader(request), _period(request, period)
    names = None
    if kind in people.BY_ACCOUNT:
        cards, english = (await _cards(request, who, kind, chosen))["items"], words_of(request).language == "en"
        names = {card["subject_id"]: card["name_en" if english else "name"] for card in cards}
    return await asking.file(request, who, f"{_API}/ledger", form, names, kind=kind, period=chosen)


@router.get("/rounds.{form}")
async def rounds_ledger(request: Request, form: str, period: Period = "") -> Response:
    """Everybody's rounds, turn by turn, as a file."""
    who = await session.reader(request)
    return await asking.file(request, who, f"{_PATROL_ALL}/ledger", form, period=_period(request, period))


@router.get("/{kind}/{subject_id}")
async def one(request: Request, kind: Subject, subject_id: str, period: Period = "") -> Response:
    """One subject: each figure and each rate with its formula."""
    who, chosen = await session.reader(request), _period(request, period)
    found = await _cards(request, who, kind, chosen)
    card = next((each for each in found["items"] if each["subject_id"] == subject_id), None)
    if card is None:
        raise HTTPException(404)
    return _page(request, who, "scorecard.html", kind=kind, period=chosen, found=found, card=card)


@router.get("/{kind}/{subject_id}/{figure}")
async def behind(
    request: Request, kind: Subject, subject_id: str, figure: str, period: Period = "", cursor: str = ""
) -> Response:
    """What is behind one figure: cases, or of rounds the visits that were due and those that were made, and the turns."""
    who, chosen = await session.reader(request), _period(request, period)
    subject, meaning = _known(kind, subject_id, figure), FIGURES[kind][figure]
    walked = figure in ROUNDS
    what, only = _ROUNDS[figure] if walked else ("cases", {"figure": figure})
    path = f"{_PATROL}/{subject_id}/{what}" if walked else f"{_API}/{subject}/{what}"
    found = await asking.ask(request, who, path, period=chosen, cursor=cursor, **only)
    return _page(
        request, who, "scorecard_rounds.html" if walked else "scorecard_cases.html", kind=kind, period=chosen,
        found=found, subject_id=subject_id, figure=figure, meaning={"name": meaning.zh, "name_en": meaning.en}, card=None,
    )  # fmt: skip


@router.get("/{kind}/{subject_id}/{figure}/ledger.{form}")
async def behind_ledger(
    request: Request, kind: Subject, subject_id: str, figure: str, form: str, period: Period = ""
) -> Response:
    """The same as a file."""
    who = await session.reader(request)
    subject, chosen = _known(kind, subject_id, figure), _period(request, period)
    if figure in ROUNDS:
        return await asking.file(request, who, f"{_PATROL}/{subject_id}/ledger", form, period=chosen)
    return await asking.file(request, who, f"{_API}/{subject}/cases", form, figure=figure, period=chosen)


async def _cards(request: Request, who: Reader, kind: Subject, period: str) -> Any:
    """The scorecards of a kind, each under a name."""
    found = await asking.ask(request, who, _API, kind=kind, period=period)
    if kind in people.BY_ACCOUNT:
        await people.name(request, who, found["items"])
    return found


def _known(kind: Subject, subject_id: str, figure: str) -> str:
    """The subject's part of an address. Raises 404 for what cannot be one."""
    if figure not in FIGURES[kind] or not _SUBJECT.match(subject_id):
        raise HTTPException(404)
    return f"{kind}/{subject_id}"


def _period(request: Request, period: str) -> str:
    """The period asked for; this month where none is, or none that there could be."""
    if _PERIOD.match(period):
        return period
    return f"{context(request).clock.now().astimezone(ZONE):%Y-%m}"


def periods(period: str) -> dict[str, str]:
    """The month or quarter before and after, and the longer ones that the period is part of."""
    found = _PERIOD.match(period)
    if found is None:
        raise ValueError(period)
    year, month, quarter = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if month:
        before, after = _shift(year, month, 12, -1), _shift(year, month, 12, 1)
        return {
            "before": f"{before[0]}-{before[1]:02}", "after": f"{after[0]}-{after[1]:02}", "month": period,
            "quarter": f"{year}-Q{(month + 2) // 3}", "year": str(year),
        }  # fmt: skip
    if quarter:
        before, after = _shift(year, quarter, 4, -1), _shift(year, quarter, 4, 1)
        return {
            "before": f"{before[0]}-Q{before[1]}", "after": f"{after[0]}-Q{after[1]}",
            "month": f"{year}-{quarter * 3:02}", "quarter": period, "year": str(year),
        }  # fmt: skip
    return {
        "before": str(year - 1), "after": str(year + 1), "month": f"{year}-12", "quarter": f"{year}-Q4", "year": period,
    }  # fmt: skip


def _shift(year: int, part: int, parts: int, by: int) -> tuple[int, int]:
    place = year * parts + part - 1 + by
    return place // parts, place % parts + 1


def _page(request: Request, who: Reader, template: str, *, kind: Subject, period: str, **values: Any) -> Response:
    offered = {kind, *menu.kinds(who.account)}
    kinds = {key: {"name": zh, "name_en": en} for key, (zh, en) in SUBJECT_NAMES.items() if key in offered}
    return asking.show(request, who, template, kind=kind, kinds=kinds, period=period, periods=periods(period), **values)
