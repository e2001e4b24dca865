"""Downloads of ledgers 台账 of patrols, burden and handover sheets.

A caller may download the figures that the caller may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from contracts.roles import FIELD_WORK_ROLES
from services.chassis import spreadsheets
from services.chassis.auth import Caller, acts_for_centre
from services.chassis.context import Context
from services.chassis.months import MONTH, bounds_of, month_of
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import Problem
from services.chassis.spreadsheets import FileFormat, Sheet
from services.chassis.web import context, language, needs
from services.supervision.api import assists, documents, patrol
from services.supervision.api.ledgers import duty
from services.supervision.domain import problems
from services.supervision.domain.evaluation.months import months_of
from services.supervision.domain.primitives import access
from services.supervision.store import check_ins
from services.supervision.store import documents as document_store

router = APIRouter(prefix="/api/supervision", tags=["ledgers"])

Month = Annotated[str | None, Query(pattern=MONTH, description="`yyyy-mm`; without it this month.")]


def _answers(*raised: type[Problem]) -> dict[int | str, dict[str, object]]:
    return {**responses(*SIGNED_IN, *raised), **spreadsheets.FILE_RESPONSES}


@router.get("/patrol/rounds/ledger.{form}", responses=_answers(), response_class=StreamingResponse)
async def rounds_ledger(
    form: FileFormat,
    period: patrol.Period,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*FIELD_WORK_ROLES, only=acts_for_centre)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Download the patrol ledger of the caller's area, one row per turn of an officer."""
    areas = access.task_areas(caller, ctx.district)
    found = check_ins.turn_reports(ctx.database, months_of(period), None, areas)
    return _file(form, period, duty.of_rounds(found, ctx.district, chosen), ctx)


@router.get(
    "/patrol/officers/{officer_id}/ledger.{form}",
    responses=_answers(problems.SubjectUnknown),
    response_class=StreamingResponse,
)
async def officer_ledger(
    officer_id: str,
    form: FileFormat,
    period: patrol.Period,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*patrol.PATROL_ROLES, *FIELD_WORK_ROLES)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Download the patrol ledger of one officer: the caller, or another officer in the caller's area."""
    patrol.require_rounds(caller, officer_id, ctx)
    found = check_ins.turn_reports(ctx.database, months_of(period), officer_id, ())
    return _file(form, f"{officer_id}-{period}", duty.of_rounds(found, ctx.district, chosen), ctx)


@router.get("/burden/ledger.{form}", responses=_answers(), response_class=StreamingResponse)
async def burden_ledger(
    form: FileFormat,
    month: Month = None,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs("unit_clerk", "handler", *FIELD_WORK_ROLES)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Download how much help units requested of communities in a month (基层负担), by unit and item."""
    burden = await assists.burden_of(month, ctx, caller)
    return _file(form, burden.month, duty.of_burden(burden.items, chosen), ctx)


@router.get("/shift-handovers/ledger.{form}", responses=_answers(), response_class=StreamingResponse)
async def handovers_ledger(
    form: FileFormat,
    month: Month = None,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*documents.SHEET_READERS, only=acts_for_centre)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Download the handover sheets of a month, one row per shift change."""
    zone, wanted = ctx.district.zone, month or month_of(ctx.clock.now(), ctx.district.zone)
    since, until = bounds_of(wanted, zone)
    found = await document_store.sheets_of_period(
        ctx.database, documents.centres_of(caller, ctx.district), since, until
    )
    return _file(form, wanted, duty.of_sheets(found, chosen), ctx)


@router.get(
    "/shift-handovers/{sheet_id}/ledger.{form}",
    responses=_answers(problems.SheetUnknown),
    response_class=StreamingResponse,
)
async def sheet_ledger(
    sheet_id: UUID,
    form: FileFormat,
    ctx: Context = Depends(context),
    caller: Caller = Depends(needs(*documents.SHEET_READERS, only=acts_for_centre)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Download one handover sheet with one row per open case."""
    found = await documents.sheet_of(ctx, sheet_id, caller)
    at = found.sheet.changes_at.astimezone(ctx.district.zone)
    return _file(form, f"{found.sheet.centre_id}-{at:%Y%m%d-%H%M}", duty.of_sheet(found, chosen), ctx)


def _file(form: FileFormat, suffix: str, sheets: Sequence[Sheet], ctx: Context) -> StreamingResponse:
    return spreadsheets.download(form, f"{sheets[0].title}-{suffix}", sheets, ctx.district.zone)
