"""Trying the list, and what is found against it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.documenting import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, Problem
from services.chassis.web import context, needs
from services.routing import store
from services.routing.api import views
from services.routing.api.forms import PreviewForm
from services.routing.domain import access
from services.routing.domain.decide import decide
from services.routing.domain.index import INDEXES
from services.routing.domain.question import Question

router = APIRouter(prefix="/api/routing", tags=["list"])

DESKS = needs(*access.DESKS)
KEEPERS = needs("administrator", "dispatcher", "shift_lead", "leader", "assessor")


class NotInThisRelease(Problem):
    status = 422
    zh = "现行区划数据中没有 {what}：{id}。请检查编号。"
    en = "The release in force has no {what} {id}. Check the id."


@router.post("/preview", response_model=views.PreviewView, responses=responses(*SIGNED_IN, NotInThisRelease))
async def preview(
    form: PreviewForm, parts: Context = Depends(context), caller: Caller = Depends(DESKS)
) -> views.PreviewView:
    """The decision that would be made for such a case, with every candidate. Nothing is sent or recorded."""
    district = parts.district
    for what, known, given in (
        ("category", district.categories, form.category_id),
        ("filing condition", district.conditions, form.condition_id),
        ("grid", district.grids, form.grid_code),
        ("component", district.components, form.component_id),
    ):
        if given is not None and given not in known:
            raise NotInThisRelease(what=what, id=given)
    condition = district.conditions.get(form.condition_id or "")
    confidential = district.is_confidential(form.category_id)
    at = form.at or parts.clock.now()
    question = Question(
        category_id=form.category_id,
        area=form.grid_code[:12] if confidential else form.grid_code,
        at=at,
        milestones=condition.milestones if condition else (),
        emergency=district.is_emergency(form.category_id, condition.severity if condition else 4),
        confidential=confidential,
        component_id=form.component_id,
    )
    index = INDEXES.of(district)
    return views.preview(index, decide(index, question), at)


@router.get("/findings", response_model=views.FindingPage, responses=responses(*SIGNED_IN, CursorInvalid))
async def findings(
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    parts: Context = Depends(context),
    caller: Caller = Depends(KEEPERS),
) -> views.FindingPage:
    """Findings against the list, latest first: gaps that a person had to fill, and leads that a joint survey proposes."""
    index = INDEXES.of(parts.district)
    found = await store.findings(parts.database, caller.areas, _position(cursor), limit)
    last = found[-1] if len(found) == limit else None
    following = (
        None if last is None
        else cursors.encode([last.recorded.at.isoformat(), str(last.case_id), last.recorded.sequence])
    )  # fmt: skip
    return views.FindingPage(items=[views.finding(index, each) for each in found], next=following)


def _position(cursor: str | None) -> tuple[datetime, UUID, int] | None:
    if cursor is None:
        return None
    try:
        at, case_id, sequence = cursors.decode(cursor)
        return datetime.fromisoformat(at), UUID(case_id), int(sequence)
    except (ValueError, TypeError, AttributeError) as error:
        raise CursorInvalid from error
