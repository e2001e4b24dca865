"""`/api/tracking/board`: snapshot, stream, changes. Messages: contracts/board.py."""

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
from services.tracking.api.viewing import Viewer, viewer
from services.tracking.board.hub import FeedGone, Hub
from services.tracking.board.hubs import the_hub
from services.tracking.board.stream import EventStream

router = APIRouter(prefix="/api/tracking/board", tags=["board"])

Since = Annotated[str, Query(description="`<epoch>.<seq>` of the last message read.", max_length=64)]


@router.get("/snapshot", response_model=BoardSnapshot, responses=responses(*SIGNED_IN))
async def snapshot(
    seen_by: Viewer = Depends(viewer), hub: Hub = Depends(the_hub), accept_encoding: Annotated[str, Header()] = ""
) -> Response:
    """Every open case the caller may see. It is made at most once a second; the stream brings what happened since."""
    body = await hub.snapshot(seen_by.scope.for_board())
    headers = {"cache-control": "no-store", "vary": "accept-encoding", "content-encoding": "gzip"}
    if "gzip" not in accept_encoding:
        del headers["content-encoding"]
        body = gzip.decompress(body)
    return Response(body, headers=headers, media_type="application/json")


@router.get("/changes", response_model=BoardBatch, responses=responses(*SIGNED_IN, FeedGone))
async def changes(since: Since, seen_by: Viewer = Depends(viewer), hub: Hub = Depends(the_hub)) -> Response:
    """What changed since a message: for where streams do not pass, and for outside integrators."""
    body = await hub.changes(seen_by.scope.for_board(), since)
    return Response(body, headers={"cache-control": "no-store"}, media_type="application/json")


async def one_stream(
    request: Request, seen_by: Viewer = Depends(viewer), hub: Hub = Depends(the_hub)
) -> AsyncGenerator[None]:
    """Dependency: count a stream for its caller and network until it ends. Raises `TooMany`."""
    caller = seen_by.caller
    with hub.by_caller.hold(f"{caller.kind}:{caller.id}"), hub.by_network.hold(network_of(request)):
        yield


@router.get(
    "/stream",
    dependencies=[Depends(one_stream)],
    response_class=Response,
    responses={**responses(*SIGNED_IN, TooMany), 200: {"content": {"text/event-stream": {}}, "description": "Events."}},
)
async def stream(
    request: Request,
    seen_by: Viewer = Depends(viewer),
    hub: Hub = Depends(the_hub),
    since: Since = "",
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """Events `batch`, `hb`, `reset`, `bye`. After `reset` take a new snapshot; after `bye` come back with a valid token."""
    shown, _ = credential(request)
    parts = seen_by.context

    def allowed() -> bool:
        try:
            return parts.auth.caller(shown, parts.district) == seen_by.caller
        except (NotSignedIn, NotReady):
            return False

    channel, reader = await hub.open(seen_by.scope.for_board(), last_event_id or since)
    return EventStream(channel, reader, allowed)
