"""Previews of decisions under the responsibility list, trials of a draft, and findings against the list."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from contracts.grid_codes import community_of
from contracts.list_drafts import ListTrial, TriedCase, changes_sha256
from services.chassis import cursors, list_trials
from services.chassis.auth import Caller, is_centre_staff
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, Problem
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import context, needs
from services.routing.api import views
from services.routing.api.forms import ListPreviewForm, PreviewForm
from services.routing.domain import access, list_trial
from services.routing.domain.decide import decide
from services.routing.domain.index import INDEXES
from services.routing.domain.question import Question
from services.routing.store import searches

router = APIRouter(prefix="/api/routing", tags=["list"])

DESK = needs(*access.DESKS, only=is_centre_staff)
MOST_TRIED, MOST_SHOWN = 2000, 200
"""Largest number of past cases on which a draft is tried, and of differently routed cases that are shown."""

_KEEPER_ROLES = ("administrator", "dispatcher", "shift_lead", "leader", "assessor")


list_keeper = needs(*_KEEPER_ROLES, only=is_centre_staff)
"""Dependency that admits only people of a centre who maintain the responsibility list.

The leader of a unit is not admitted, because the leader must not see the cases of other units.
"""


class NotInThisRelease(Problem):
    status = 422
    zh = "现行登记版本中没有 {what}：{id}。请检查编号。"
    en = "The release in force has no {what} {id}. Check the id."


@router.post("/preview", response_model=views.PreviewView, responses=responses(*SIGNED_IN, NotInThisRelease))
async def preview(form: PreviewForm, ctx: Context = Depends(context), _: Caller = Depends(DESK)) -> views.PreviewView:
    """Return the decision that a case with these facts would get. Nothing is sent or recorded."""
    district = ctx.district
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
    at = form.at or ctx.clock.now()
    question = Question(
        category_id=form.category_id,
        area=community_of(form.grid_code) if confidential else form.grid_code,
        at=at,
        milestones=condition.milestones if condition else (),
        emergency=district.is_emergency(form.category_id, condition.severity if condition else 4),
        confidential=confidential,
        component_id=form.component_id,
    )
    index = INDEXES.of(district)
    return views.preview(index, decide(index, question), at)


@router.post("/list-preview", response_model=views.ListPreviewView, responses=responses(*SIGNED_IN))
async def list_preview(
    form: ListPreviewForm, ctx: Context = Depends(context), caller: Caller = Depends(list_keeper)
) -> views.ListPreviewView:
    """Try a draft of the responsibility list on past cases. Return the cases that the draft would route differently.

    Nothing is sent, recorded or published. The registry service stores, checks and publishes drafts
    (`/api/registry/list-drafts`). Take the body of this request from `trial_request` of the draft.
    """
    until = ctx.clock.now()
    past = await searches.first_questions(
        ctx.database, until - timedelta(days=form.days), until, caller.areas, MOST_TRIED + 1
    )
    questions = [_moved_to_day(each.recorded.question, form.as_if_on, ctx.district) for each in past[:MOST_TRIED]]
    index = INDEXES.of(ctx.district)

    def try_questions() -> list[list_trial.Difference]:
        draft_index = list_trial.index_with_changes(ctx.district, {each.id: each.body for each in form.changes})
        return list_trial.differences(index, draft_index, questions)

    found = await asyncio.to_thread(try_questions)
    trial = ListTrial(
        changes_sha256=changes_sha256(form.changes),
        list_version=ctx.district.release,
        at=until,
        days=form.days,
        as_if_on=form.as_if_on,
        tried=len(questions),
        limited=len(past) > MOST_TRIED,
        rerouted=len(found),
        cases=tuple(_tried_case(past[each.place], each) for each in found[:MOST_SHOWN]),
    )
    return views.ListPreviewView(
        signed_trial=list_trials.sign(trial, ctx.settings.gridloop_secret_key),
        list_version=ctx.district.release,
        tried=len(questions),
        limited=len(past) > MOST_TRIED,
        rerouted=len(found),
        cases=[views.preview_case(index, past[each.place], each.before, each.after) for each in found[:MOST_SHOWN]],
    )


@router.get("/findings", response_model=views.FindingPage, responses=responses(*SIGNED_IN, CursorInvalid))
async def findings(
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(list_keeper),
) -> views.FindingPage:
    """List findings against the responsibility list, latest first.

    A finding is a gap (a case that no entry covers), or a lead that a joint survey chose.
    """
    index = INDEXES.of(ctx.district)
    found = await searches.findings(ctx.database, caller.areas, _page_start(cursor), limit)
    return views.FindingPage(
        items=[views.finding(index, each) for each in found],
        next=cursors.next_cursor(found, limit, lambda last: (last.recorded.at, last.case_id, last.recorded.sequence)),
    )


def _tried_case(past: searches.PastCase, found: list_trial.Difference) -> TriedCase:
    return TriedCase(
        case_id=past.case_id,
        case_number=past.case_number,
        area=community_of(past.recorded.question.area),
        now=tuple(each.unit_id for each in found.before.assignments),
        draft=tuple(each.unit_id for each in found.after.assignments),
    )


def _moved_to_day(question: Question, day: date | None, district: RegistrySnapshot) -> Question:
    """Return the question at the same hour of another day; unchanged if `day` is `None`."""
    if day is None:
        return question
    hour = question.at.astimezone(district.zone).timetz()
    return question.model_copy(update={"at": datetime.combine(day, hour)})


def _page_start(cursor: str | None) -> tuple[datetime, UUID, int] | None:
    if cursor is None:
        return None
    try:
        at, case_id, sequence = cursors.decode(cursor)
        return cursors.instant_of(at), UUID(case_id), int(sequence)
    except (ValueError, TypeError, AttributeError) as error:
        raise CursorInvalid from error
