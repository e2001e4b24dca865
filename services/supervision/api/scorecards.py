"""Scorecards, and from every figure one call to its cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.district import District
from services.chassis.documenting import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, NotAllowed
from services.chassis.web import context, needs
from services.supervision import store
from services.supervision.api.paging import CaseBehind, CasePage, page_of
from services.supervision.domain import access, problems
from services.supervision.domain.facts import Kind
from services.supervision.domain.scorecards import FIGURES, Scorecard, scorecard
from services.supervision.domain.views import View

router = APIRouter(prefix="/api/supervision/scorecards", tags=["scorecards"])

SEES_ALL = ("assessor", "leader", "administrator", "shift_lead")
"""Who sees everybody's figures; others see their own."""

Month = Annotated[
    str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="`yyyy-mm`; without it this month.")
]


class Scorecards(View):
    """The scorecards of one kind of subject in one month."""

    kind: Kind
    month: str
    items: list[Scorecard]


@router.get("", response_model=Scorecards, responses=responses(*SIGNED_IN))
async def list_scorecards(
    kind: Kind, month: Month = None, parts: Context = Depends(context), caller: Caller = Depends(needs())
) -> Scorecards:
    """Every subject of the kind, also those without any event in the month. Units and officers see their own card."""
    chosen = month or store.month_of(parts.clock.now(), parts.district.zone)
    only = None if access.of_centre(caller, *SEES_ALL) else _own(kind, caller)
    counts = await store.scores(parts.database, kind, chosen, only)
    return Scorecards(
        kind=kind,
        month=chosen,
        items=[
            scorecard(kind, subject, chosen, counts.get(subject[0], {}))
            for subject in _subjects(parts.district, kind, counts)
            if only is None or subject[0] == only
        ],
    )


@router.get(
    "/{kind}/{subject_id}/cases", response_model=CasePage,
    responses=responses(*SIGNED_IN, problems.SubjectUnknown, CursorInvalid),
)  # fmt: skip
async def cases_behind(
    kind: Kind,
    subject_id: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")],
    figure: Annotated[str, Query(max_length=64)],
    month: Month = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    parts: Context = Depends(context),
    caller: Caller = Depends(needs()),
) -> CasePage:
    """The cases behind one figure of one subject."""
    if not access.of_centre(caller, *SEES_ALL) and _own(kind, caller) != subject_id:
        raise NotAllowed(roles=", ".join(SEES_ALL))
    if figure not in FIGURES[kind]:
        raise problems.SubjectUnknown(subject=f"{kind}/{subject_id}/{figure}")
    chosen = month or store.month_of(parts.clock.now(), parts.district.zone)
    rows = await store.behind(parts.database, (kind, subject_id), chosen, figure, page_of(cursor, limit))
    return CasePage(
        items=[CaseBehind(case_id=row["case_id"], case_number=row["case_number"], at=row["at"]) for row in rows],
        next=cursors.encode([rows[-1]["at"].isoformat(), _text(rows[-1]["id"])]) if len(rows) == limit else None,
    )


def _own(kind: Kind, caller: Caller) -> str:
    """The subject that the caller is, or belongs to. Raises `NotAllowed` for anybody else."""
    own = caller.unit_id if kind == "unit" else caller.officer_id
    if own is None:
        raise NotAllowed(roles=", ".join(SEES_ALL))
    return own


def _subjects(district: District, kind: Kind, counted: Iterable[str]) -> list[tuple[str, str, str]]:
    """Id and names of everybody in the district, and of those who have left but still have figures."""
    known = district.units if kind == "unit" else district.officers
    named = [(each.id, each.name, each.name_en) for each in known.values()]
    return named + [(subject_id, subject_id, subject_id) for subject_id in counted if subject_id not in known]


def _text(value: UUID) -> str:
    return str(value)
