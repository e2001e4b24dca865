"""Routes of cases: one case, the timeline of a case, lists of cases, and the points of a map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from time import monotonic
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query, Response

from contracts.board import Card
from services.chassis import etags, loops
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.tracking.api.filters import CaseQuery, MapQuery, SearchTooShort, encode_cursor
from services.tracking.api.rendering import case_view, etag_of
from services.tracking.api.viewer import CaseUnknown, Viewer, current_viewer
from services.tracking.api.views import CasePage, CaseView, Timeline
from services.tracking.domain.card import card
from services.tracking.domain.scope import Audience
from services.tracking.domain.timeline import entries
from services.tracking.store import case_lists, queries
from services.tracking.store.columns import UNKNOWN_TIME
from services.tracking.store.queries import StoredCase
from services.tracking.workers.board.hub import Hub
from services.tracking.workers.board.hubs import hub_of_service

router = APIRouter(prefix="/api/tracking", tags=["cases"])

_LIST_RESPONSES = responses(*SIGNED_IN, CursorInvalid, SearchTooShort)
_CASE_RESPONSES = responses(*SIGNED_IN, CaseUnknown)
_WAIT = re.compile(r"\bwait=(\d{1,3})\b")
_LONGEST_WAIT = 10

CaseName = Annotated[str, "Case number or case id."]
Prefer = Annotated[str, Header(description="`wait=5`: wait up to so many seconds for a case that was just reported.")]


@router.get("/cases", response_model=CasePage, responses=_LIST_RESPONSES)
async def list_cases(query: CaseQuery, viewer: Viewer = Depends(current_viewer)) -> Response:
    """List the cases that the caller may see, newest report first.

    The response has no total number, because counting costs more than the page.
    """
    filters = query.to_filter(viewer.names.zone)
    found = await case_lists.list_cases(viewer.database, viewer.scope, filters, query.after(), query.limit + 1)
    shown = found[: query.limit]
    items = [card(each.case_id, each.case, viewer.names).model_dump(mode="json") for each in shown]
    following = _next_cursor(shown, more=len(found) > query.limit)
    return Response(orjson.dumps({"items": items, "next": following}), media_type="application/json")


@router.get(
    "/cases.geojson",
    response_class=Response,
    responses={
        **_LIST_RESPONSES,
        200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}, "description": "Points."},
    },
)
async def map_cases(query: MapQuery, viewer: Viewer = Depends(current_viewer)) -> Response:
    """Return the newest matching cases as GeoJSON points, at most `limit` (up to 2,000).

    `next` is the cursor of the next page; null on the last page. `without_point` lists the cases of this page that have
    no point: cases without a place, and confidential cases.
    """
    filters = query.to_filter(viewer.names.zone)
    found = await case_lists.list_cases(viewer.database, viewer.scope, filters, query.after(), query.limit + 1)
    shown = found[: query.limit]
    cards = [card(each.case_id, each.case, viewer.names) for each in shown]
    body = {
        "type": "FeatureCollection",
        "features": [_point(each) for each in cards if _has_point(each)],
        "next": _next_cursor(shown, more=len(found) > query.limit),
        "without_point": [
            {"id": str(each.id), "case_number": each.case_number, "confidential": each.confidential}
            for each in cards
            if not _has_point(each)
        ],
    }
    return Response(orjson.dumps(body), media_type="application/geo+json")


@router.get(
    "/cases/{name}", response_model=CaseView, responses={**_CASE_RESPONSES, 304: {"description": "Not changed."}}
)
async def read_case(
    name: CaseName,
    viewer: Viewer = Depends(current_viewer),
    hub: Hub = Depends(hub_of_service),
    prefer: Prefer = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """Return one case by number or id, with all content that the caller may see."""
    found = _require_visible(await _load(viewer, hub, name, prefer), viewer, name)
    headers = {"etag": etag_of(found.case, viewer.names), "cache-control": "private, no-cache"}
    if etags.matches(if_none_match, headers["etag"].strip('"')):
        return Response(status_code=304, headers=headers)
    recorded = await queries.load_events(viewer.database, found.case_id)
    view = case_view(found.case_id, recorded, viewer.names, viewer.scope)
    return Response(view.model_dump_json(), headers=headers, media_type="application/json")


@router.get("/cases/{name}/timeline", response_model=Timeline, responses=_CASE_RESPONSES)
async def read_timeline(
    name: CaseName,
    viewer: Viewer = Depends(current_viewer),
    full: Annotated[bool, Query(description="Include the starts and stops of clocks.")] = False,
) -> Timeline:
    """Return the timeline of a case, oldest entry first."""
    found = _require_visible(await queries.load_case(viewer.database, name), viewer, name)
    recorded = await queries.load_events(viewer.database, found.case_id)
    lines = entries(recorded, viewer.names, knows=viewer.scope.knows(found.case), full=full)
    return Timeline(case_number=found.case.facts.case_number, items=lines)


async def _load(viewer: Viewer, hub: Hub, name: str, prefer: str) -> StoredCase | None:
    """Return the case, or `None`. With `Prefer: wait=…`, wait until a case that was just reported appears."""
    wait = _WAIT.search(prefer)
    if wait is None:
        return await queries.load_case(viewer.database, name)
    async with hub.awaiting(name) as appeared:
        found = await queries.load_case(viewer.database, name)
        until = monotonic() + min(int(wait[1]), _LONGEST_WAIT)
        while found is None and await loops.wait_for_event(appeared, until - monotonic()):
            appeared.clear()
            found = await queries.load_case(viewer.database, name)
    return found or await queries.load_case(viewer.database, name)


def _require_visible(found: StoredCase | None, viewer: Viewer, name: str) -> StoredCase:
    if found is None or not viewer.scope.sees(Audience.of(found.case)):
        raise CaseUnknown(case=name)
    return found


def _next_cursor(shown: Sequence[StoredCase], *, more: bool) -> str | None:
    """Return the cursor of the next page; `None` if this page is the last."""
    return encode_cursor(shown[-1].case.reported_at or UNKNOWN_TIME, shown[-1].case_id) if more else None


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
