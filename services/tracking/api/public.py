"""Route of the public status of a report."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import NotAllowed, Problem
from services.chassis.web import context, needs
from services.tracking.domain.names import Names
from services.tracking.domain.public import PublicStatus, public_status
from services.tracking.store import queries

router = APIRouter(prefix="/api/tracking/public", tags=["public"])

_signed_in = needs()


class ReportUnknown(Problem):
    """The report does not exist, or the token is for another report. The response is the same for both."""

    status = 404
    zh = "没有查到编号 {number}。请核对编号，或稍后再试。"
    en = "No report {number} was found. Check the number, or try again later."


@router.get("/{number}", response_model=PublicStatus, responses=responses(*SIGNED_IN, ReportUnknown))
async def status(number: str, caller: Caller = Depends(_signed_in), ctx: Context = Depends(context)) -> PublicStatus:
    """Return the status of a report. The caller needs the token for this report from `POST /api/intake/follow`."""
    if caller.kind != "resident":
        raise NotAllowed(roles="resident")
    found = await queries.load_case(ctx.database, number)
    if found is None or str(found.case_id) != caller.case_id:
        raise ReportUnknown(number=number)
    recorded = await queries.load_events(ctx.database, found.case_id)
    host_id = found.case.facts.attached_to
    host = await queries.load_case(ctx.database, str(host_id)) if host_id else None
    return public_status(recorded, Names(ctx.district), host.case if host else None)
