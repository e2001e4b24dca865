"""Reporters whom the intake desk must call back 回访清单. The module `feedback` records the results of the calls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from contracts.common import Mode
from services.chassis import cursors, mode_filter
from services.chassis.auth import Caller, is_centre_staff
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, NotAllowed
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import context, needs
from services.supervision.api.feedback import CALL_BACK_ROLES
from services.supervision.api.paging import page_of
from services.supervision.domain.primitives import access
from services.supervision.domain.primitives.view import View
from services.supervision.store import call_backs as store

router = APIRouter(prefix="/api/supervision/call-backs", tags=["feedback"])


class CallBackView(View):
    """A reporter to call back. Intake returns the name of the reporter (`GET …/reports/{report_id}/reporter`)."""

    case_id: UUID
    case_number: str
    report_id: UUID
    """Report of this reporter. It may be a report that was attached to the case."""
    category_id: str | None
    """`null` if the case is confidential or was never filed."""
    category: str | None
    category_en: str | None
    confidential: bool
    """True for a confidential case. Only the shift lead may see who reported it."""
    grid_code: str | None
    """Code of the grid of the case; for a confidential case, the code of its community."""
    grid: str | None
    """Name of the grid or community in `grid_code`."""
    grid_en: str | None
    outcome: str
    """How the case was closed."""
    mode: Mode
    tries: int
    """Number of failed calls so far."""
    due_at: datetime
    """Deadline of the next call.

    It is one call-back limit after the reporter was asked or last called, but not later than `answer_until`.
    """
    answer_until: datetime | None
    """Until when an answer of the reporter counts."""


class CallBackPage(View):
    """A page of reporters to call back, ordered by the deadline of the call."""

    items: list[CallBackView]
    next: str | None
    """Cursor of the next page; `null` on the last page."""


@router.get("", response_model=CallBackPage, responses=responses(*SIGNED_IN, CursorInvalid))
async def list_call_backs(
    mode: mode_filter.ModeFilterQuery = "actual",
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*CALL_BACK_ROLES, only=is_centre_staff)),
) -> CallBackPage:
    """List the reporters in the caller's area to call back, ordered by the deadline of the call.

    After a failed call, the next call is due one call-back limit later.
    """
    if not access.has_centre_role(caller):
        raise NotAllowed(roles=", ".join(CALL_BACK_ROLES))
    found = await store.list_due(ctx.database, caller.areas, mode_filter.mode_or_none(mode), page_of(cursor, limit))
    return CallBackPage(
        items=[_view(each, ctx.district) for each in found],
        next=cursors.next_cursor(found, limit, lambda last: (last.due_at, last.report_id)),
    )


def _view(found: store.CallBack, district: RegistrySnapshot) -> CallBackView:
    state = found.state
    report, filed = state.reports[found.report_id], state.filed_case
    confidential = filed is not None and filed.confidential
    category_id = filed.category_id if filed is not None and not confidential else None
    category, grid_code = district.categories.get(category_id or ""), access.grid_of(state)
    place = district.grids.get(grid_code or "") or district.communities.get(grid_code or "")
    return CallBackView(
        case_id=found.case_id,
        case_number=state.case_number,
        report_id=found.report_id,
        category_id=category_id,
        category=category.name if category else category_id,
        category_en=category.name_en if category else category_id,
        confidential=confidential,
        grid_code=grid_code,
        grid=place.name if place else grid_code,
        grid_en=place.name_en if place else grid_code,
        outcome=state.flow.outcome,
        mode=state.mode,
        tries=report.tries,
        due_at=found.due_at,
        answer_until=report.answer_until,
    )
