"""`/api/tracking/cases`: one case, its timeline, lists, and the small map."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.board import Card
from services.chassis import etags
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.tracking.api.asking import Asked, AskedOfMap, SearchTooShort, cursor_after
from services.tracking.api.showing import case_view, etag_of
from services.tracking.api.viewing import CaseUnknown, Viewer, viewer
from services.tracking.api.views import CasePage, CaseView, Timeline
from services.tracking.board.hub import Hub
from services.tracking.board.hubs import the_hub
from services.tracking.domain.card import card
from services.tracking.domain.scope import Audience
from services.tracking.domain.timeline import entries
from services.tracking.store import pages, reading
from services.tracking.store.columns import UNKNOWN
from services.tracking.store.reading import Found

router = APIRouter(prefix="/api/tracking", tags=["cases"])

_LISTING = responses(*SIGNED_IN, CursorInvalid, SearchTooShort)
_LOOKING = responses(*SIGNED_IN, CaseUnknown)
_WAIT = re.compile(r"\bwait=(\d{1,3})\b")
_LONGEST_WAIT = 10

CaseName = Annotated[str, "The case's number for people, or its id."]
Prefer = Annotated[str, Header(description="`wait=5`: wait up to so many seconds for a case that was just reported.")]


@router.get("/cases", response_model=CasePage, responses=_LISTING)
async def list_cases(asked: Asked, seen_by: Viewer = Depends(viewer)) -> Response:
    """Cases the caller may see, newest report first. There is no total: it would cost more than the page."""
    wanted = asked.to_filter(seen_by.names.zone)
    found = await pages.page(seen_by.database, seen_by.scope, wanted, asked.after(), asked.limit + 1)
    shown = found[: asked.limit]
    items = [card(each.case_id, each.case, seen_by.names).model_dump(mode="json") for each in shown]
    following = _next(shown, more=len(found) > asked.limit)
    return Response(orjson.dumps({"items": items, "next": following}), media_type="application/json")


@router.get(
    "/cases.geojson",
    response_class=Response,
    responses={
        **_LISTING,
        200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}, "description": "Points."},
    },
)
async def map_cases(asked: AskedOfMap, seen_by: Viewer = Depends(viewer)) -> Response:
    """The newest cases that match, as GeoJSON points: `limit` cases, 2,000 at most.

    `next` is the cursor of those that were cut off, null if none were. `without_point` names the cases of this page that
    have no point: those without a place, and confidential ones.
    """
    wanted = asked.to_filter(seen_by.names.zone)
    found = await pages.page(seen_by.database, seen_by.scope, wanted, asked.after(), asked.limit + 1)
    shown = found[: asked.limit]
    cards = [card(each.case_id, each.case, seen_by.names) for each in shown]
    body = {
        "type": "FeatureCollection",
        "features": [_point(each) for each in cards if _has_point(each)],
        "next": _next(shown, more=len(found) > asked.limit),
        "without_point": [
            {"id": str(each.id), "case_number": each.case_number, "confidential": each.confidential}
            for each in cards
            if not _has_point(each)
        ],
    }
    return Response(orjson.dumps(body), media_type="application/geo+json")


@router.get("/cases/{name}", response_model=CaseView, responses={**_LOOKING, 304: {"description": "As you saw it."}})
async def read_case(
    name: CaseName,
    seen_by: Viewer = Depends(viewer),
    hub: Hub = Depends(the_hub),
    prefer: Prefer = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """One case, by number or id, with everything the caller may know of it."""
    found = _seen(await _find(seen_by, hub, name, prefer), seen_by, name)
    headers = {"etag": etag_of(found.case, seen_by.names), "cache-control": "private, no-cache"}
    if etags.matches(if_none_match, headers["etag"].strip('"')):
        return Response(status_code=304, headers=headers)
    told = await reading.told(seen_by.database, found.case_id)
    view = case_view(found.case_id, told, seen_by.names, seen_by.scope)
    return Response(view.model_dump_json(), headers=headers, media_type="application/json")


@router.get("/cases/{name}/timeline", response_model=Timeline, responses=_LOOKING)
async def read_timeline(
    name: CaseName,
    seen_by: Viewer = Depends(viewer),
    full: Annotated[bool, Query(description="Also the starts and stops of clocks.")] = False,
) -> Timeline:
    """Everything that happened to a case, oldest first."""
    found = _seen(await reading.find(seen_by.database, name), seen_by, name)
    told = await reading.told(seen_by.database, found.case_id)
    lines = entries(told, seen_by.names, knows=seen_by.scope.knows(found.case), full=full)
    return Timeline(case_number=found.case.facts.case_number, items=lines)


async def _find(seen_by: Viewer, hub: Hub, name: str, prefer: str) -> Found | None:
    """The case; where the caller prefers to wait, as soon as it has been read."""
    asked = _WAIT.search(prefer)
    if asked is None:
        return await reading.find(seen_by.database, name)
    async with hub.awaiting(name) as appeared:
        found = await reading.find(seen_by.database, name)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(int(asked[1]), _LONGEST_WAIT)):
                while found is None:
                    await appeared.wait()
                    appeared.clear()
                    found = await reading.find(seen_by.database, name)
    return found or await reading.find(seen_by.database, name)


def _seen(found: Found | None, seen_by: Viewer, name: str) -> Found:
    if found is None or not seen_by.scope.sees(found.case_id, Audience.of(found.case)):
        raise CaseUnknown(case=name)
    return found


def _next(shown: Sequence[Found], *, more: bool) -> str | None:
    """Return the cursor of the page that follows, if there is one."""
    return cursor_after(shown[-1].case.reported_at or UNKNOWN, shown[-1].case_id) if more else None


def _has_point(shown: Card) -> bool:
    return shown.longitude is not None and shown.latitude is not None


def _point(shown: Card) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": str(shown.id),
        "geometry": {"type": "Point", "coordinates": [shown.longitude, shown.latitude]},
        "properties": {
            "case_number": shown.case_number,
            "stage": shown.stage,
            "status": shown.status,
            "light": shown.light,
            "category": shown.category.name if shown.category else None,
            "category_en": shown.category.name_en if shown.category else None,
            "emergency": shown.emergency,
        },
    }
