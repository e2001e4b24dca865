"""Routes of the board: snapshot, stream and changes. `contracts/board.py` defines their messages."""

from __future__ import annotations

import gzip
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from contracts.board import BoardBatch, BoardSnapshot
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import NotReady, NotSignedIn, TooMany
from services.chassis.rate_limit import network_of
from services.chassis.web import credential
from services.tracking.api.viewer import Viewer, current_viewer
from services.tracking.workers.board.hub import FeedExpired, Hub
from services.tracking.workers.board.hubs import hub_of_service
from services.tracking.workers.board.stream import EventStream

router = APIRouter(prefix="/api/tracking/board", tags=["board"])

Since = Annotated[str, Query(description="`<epoch>.<seq>` of the last message read.", max_length=64)]


@router.get("/snapshot", response_model=BoardSnapshot, responses=responses(*SIGNED_IN))
async def snapshot(
    viewer: Viewer = Depends(current_viewer),
    hub: Hub = Depends(hub_of_service),
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Return every open case that the caller may see.

    A snapshot may be up to one second old. The stream delivers newer changes.
    """
    body = await hub.snapshot(viewer.scope.for_board())
    headers = {"cache-control": "no-store", "vary": "accept-encoding", "content-encoding": "gzip"}
    if "gzip" not in accept_encoding:
        del headers["content-encoding"]
        body = gzip.decompress(body)
    return Response(body, headers=headers, media_type="application/json")


@router.get("/changes", response_model=BoardBatch, responses=responses(*SIGNED_IN, FeedExpired))
async def changes(
    since: Since, viewer: Viewer = Depends(current_viewer), hub: Hub = Depends(hub_of_service)
) -> Response:
    """Return the changes after message `since` of the feed, for clients that cannot use the stream."""
    body = await hub.changes(viewer.scope.for_board(), since)
    return Response(body, headers={"cache-control": "no-store"}, media_type="application/json")


async def count_stream(
    request: Request, viewer: Viewer = Depends(current_viewer), hub: Hub = Depends(hub_of_service)
) -> AsyncGenerator[None]:
    """Dependency: count an open stream of this caller and this network until the stream ends. Raises `TooMany`."""
    caller = viewer.caller
    with hub.by_caller.hold(f"{caller.kind}:{caller.id}"), hub.by_network.hold(network_of(request)):
        yield


@router.get(
    "/stream",
    dependencies=[Depends(count_stream)],
    response_class=Response,
    responses={**responses(*SIGNED_IN, TooMany), 200: {"content": {"text/event-stream": {}}, "description": "Events."}},
)
async def stream(
    request: Request,
    viewer: Viewer = Depends(current_viewer),
    hub: Hub = Depends(hub_of_service),
    since: Since = "",
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """Stream the events `batch`, `hb`, `reset` and `bye`.

    After `reset` load a new snapshot. After `bye` connect again with a valid token.
    """
    shown, _ = credential(request)
    ctx = viewer.context

    def allowed() -> bool:
        try:
            return ctx.auth.caller(shown, ctx.district) == viewer.caller
        except (NotSignedIn, NotReady):
            return False

    channel, reader = await hub.open(viewer.scope.for_board(), last_event_id or since)
    return EventStream(channel, reader, allowed)
