"""The highest serial number in case numbers. Intake asks for this number when it starts."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends, Response

from services.chassis.context import Context
from services.chassis.internal_api import service_only
from services.chassis.web import context
from services.tracking.store import queries

router = APIRouter(prefix="/internal", dependencies=[Depends(service_only)], include_in_schema=False)


@router.get("/serials")
async def serials(ctx: Context = Depends(context)) -> Response:
    """Return the highest serial number in known case numbers.

    `complete` tells whether tracking has read all events that were sent.
    """
    complete = ctx.up_to_date()  # before the query, which may miss events that are read meanwhile
    highest = await queries.load_highest_serial(ctx.database)
    return Response(orjson.dumps({"highest": highest, "complete": complete}), media_type="application/json")
