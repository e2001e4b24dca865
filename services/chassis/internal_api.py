"""`/internal/*`: event exchange between services, and the routes for operators. Requires the service key."""

from __future__ import annotations

import base64
import logging
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from contracts.events.registry import REGISTRY_STREAM
from services.chassis import (
    dead_letters,
    deferred_events,
    divergence,
    event_store,
    housekeeping,
    quarantine,
    repair_cursor,
)
from services.chassis.cases import IncomingEvent
from services.chassis.context import Context
from services.chassis.database import Connection
from services.chassis.event_processor import EventProcessor
from services.chassis.problems import NotAnEvent, NotFound, NotSignedIn, SnapshotReloadNeeded
from services.chassis.repair import Repair
from services.chassis.unit_of_work import Step
from services.chassis.web import context, credential

log = logging.getLogger(__name__)

_CURRENT_POSITION = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS reached,
           extract(epoch FROM pg_postmaster_start_time())::text
           || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
           || '/' || (SELECT xmin FROM migration ORDER BY applied_at, name LIMIT 1) AS identity
"""
"""Selects the oldest transaction that is still running, and the identity of the database.

The identity changes with every start of the server, and if the database is restored: after a restore from files the
server has another start time, a new database has another oid, and rows loaded from a dump have another xmin.
"""

_STORED_SINCE = """
    FROM event_store
    WHERE xact >= $1::text::xid8 AND xact < pg_snapshot_xmax(pg_current_snapshot())
      AND (xact, id) > ($2::text::xid8, $3::bigint)
"""
"""Events that were stored in transaction `$1` or later and come after position (`$2`, `$3`) of the list.

Events with a transaction id in the future are left out, because they were loaded from a dump. `/aggregates/all` lists
the cases of these events.
"""

_PAGE_END = (
    f"SELECT event_store.xact::text AS xact, id {_STORED_SINCE} ORDER BY event_store.xact, id OFFSET $4 - 1 LIMIT 1"
)

_CHANGED_AGGREGATES = f"""
    SELECT case_id, version, digest FROM aggregate WHERE case_id = ANY (ARRAY(
        SELECT DISTINCT case_id {_STORED_SINCE} AND (xact, id) <= ($4::text::xid8, $5::bigint)))
"""

_LAST_POSITION = (str(2**64 - 1), 2**63 - 1)

_ALL_AGGREGATES = (
    "SELECT case_id, version, digest FROM aggregate WHERE version > 0 AND case_id >= $1 ORDER BY case_id LIMIT $2"
)


_XID = "[0-9]{1,19}"
_NUMBER = "[0-9]{1,18}"
_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


async def service_only(request: Request, ctx: Context = Depends(context)) -> None:
    """Dependency: accept only callers that show the service key. Raises `NotSignedIn`."""
    if not ctx.auth.is_service(credential(request)[0]):
        raise NotSignedIn


router = APIRouter(prefix="/internal", dependencies=[Depends(service_only)], include_in_schema=False)


@router.get("/aggregates")
async def changed_aggregates(
    since: Annotated[str, Query(pattern=rf"^{_XID}$")] = "0",
    cursor: Annotated[str, Query(pattern=rf"^({_XID}/{_NUMBER})?$")] = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    ctx: Context = Depends(context),
) -> Response:
    """Return `[case, version, digest]` of every case with an event stored in the transaction `since` or later.

    `limit` counts events, so a page names at most that many cases; a case with many events may be on several pages.
    While the response's `identity` stays the same, the caller passes the response's `since` in the next request. This
    is safe because no earlier transaction can still commit. If `identity` has changed, the database may have been
    restored, and the caller must compare every case.
    """
    pool = ctx.database
    reached, identity = await pool.fetchrow(_CURRENT_POSITION)
    xact, _, number = (cursor or "0/0").partition("/")
    start = (since, xact, int(number))
    end = await pool.fetchrow(_PAGE_END, *start, limit)
    rows = await pool.fetch(_CHANGED_AGGREGATES, *start, *(end or _LAST_POSITION))
    following = "" if end is None else f"{end['xact']}/{end['id']}"
    return _json({"aggregates": _positions(rows), "next": following, "since": reached, "identity": identity})


@router.get("/aggregates/all")
async def all_aggregates(
    first: UUID = UUID(int=0), limit: Annotated[int, Query(ge=1, le=5000)] = 2000, ctx: Context = Depends(context)
) -> Response:
    """Return every aggregate in the order of case ids, starting at `first`.

    A page with fewer than `limit` aggregates is the last page.
    """
    return _json({"aggregates": _positions(await ctx.database.fetch(_ALL_AGGREGATES, first, limit))})


@router.get("/aggregates/of")
async def aggregates_of(
    cases: Annotated[str, Query(pattern=rf"^{_ID}(,{_ID})*$")], ctx: Context = Depends(context)
) -> Response:
    """Return the aggregates of these cases. Cases that this service does not know are left out."""
    ids = [UUID(each) for each in cases.split(",")]
    rows = await ctx.database.fetch(
        "SELECT case_id, version, digest FROM aggregate WHERE case_id = ANY($1::uuid[])", ids
    )
    return _json({"aggregates": _positions(rows)})


def _positions(rows: list[Any]) -> list[list[Any]]:
    return [[str(row["case_id"]), row["version"], row["digest"]] for row in rows]


class AppliedPositions(BaseModel):
    """Request body: for each case, the sequence of the last event that the caller has applied.

    `limit` is the maximum number of events in the response.
    """

    applied: dict[UUID, int] = Field(max_length=2000)
    limit: int = Field(default=2000, ge=1, le=5000)


@router.post("/events")
async def events(wanted: AppliedPositions, ctx: Context = Depends(context)) -> Response:
    """Return the events of each case after the given sequence, with headers and body as they are sent to the broker."""
    rows = await event_store.load_events_after(ctx.database, wanted.applied, wanted.limit)
    found: list[dict[str, Any]] = []
    for row in rows:
        headers = event_store.envelope_of(ctx.name, row).to_headers()
        found.append(
            {
                "headers": [[name, value.decode()] for name, value in headers],
                "body": base64.b64encode(row["body"]).decode(),
            }
        )
    return _json({"events": found})


_REMEDIES = {
    "event": "retry after an upgrade (a new build retries at its start), or skip it with a reason",
    "record": "skip it with a reason: it is not an event of this system",
    "state": "upgrade this service: the case resumes within a minute. Until then its events are deferred",
    "task": "retried automatically at next_try; POST /internal/dead-letters/retry retries at once",
}


@router.get("/dead-letters")
async def list_dead_letters(ctx: Context = Depends(context)) -> Response:
    """List dead letters, halted cases and cases in quarantine, each with what an operator can do."""
    rows = await dead_letters.list_open(ctx.database)
    letters = [{**row, "case_id": str(row["case_id"] or "")} for row in rows]
    found = [("event" if each["case_id"] else "record", each) for each in letters]
    found += [
        ("state" if each["task"] == quarantine.STATE else "task", each)
        for each in await quarantine.list_entries(ctx.database)
    ]
    return _json({"items": [{"kind": kind, **each, "remedy": _REMEDIES[kind]} for kind, each in found]})


class Resolution(BaseModel):
    """Request body of an operator's decision on dead letters: who decided, and why."""

    by: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=500)


@router.post("/dead-letters/retry")
async def retry_all(resolution: Resolution, request: Request, ctx: Context = Depends(context)) -> Response:
    """Retry every dead letter, halted case and case in quarantine now."""
    event_processor: EventProcessor[Any] = request.app.state.event_processor
    resumed = await event_processor.retry_halted()
    tried = await event_processor.retry_dead(resolution.by, resolution.reason)
    await quarantine.retry_now(ctx.database)
    _request_repair(request)
    return _json({"retried": tried, "resumed": resumed})


@router.post("/dead-letters/{letter_id}/retry")
async def retry(letter_id: int, resolution: Resolution, request: Request, ctx: Context = Depends(context)) -> Response:
    """Apply a dead letter again, for example after an upgrade. If it fails again, it is listed again with its error."""
    event_processor: EventProcessor[Any] = request.app.state.event_processor
    incoming = await dead_letters.find(ctx.database, letter_id)
    if incoming is None:
        raise NotAnEvent
    await event_processor.process([incoming], _record_decision(letter_id, incoming, "retried", resolution))
    _request_repair(request)
    return _json({"id": letter_id, "resolution": "retried"})


@router.post("/dead-letters/{letter_id}/skip")
async def skip(letter_id: int, resolution: Resolution, request: Request, ctx: Context = Depends(context)) -> Response:
    """Skip a dead letter: advance the applied position past the event, and apply the events that waited for it.

    The dead letter is marked as skipped and kept.
    """
    event_processor: EventProcessor[Any] = request.app.state.event_processor
    incoming = await dead_letters.find(ctx.database, letter_id)
    if incoming is None:
        async with ctx.database.acquire() as connection:
            await dead_letters.resolve(connection, [letter_id], "skipped", resolution.by, resolution.reason)
    else:
        await event_processor.skip(incoming, _record_decision(letter_id, incoming, "skipped", resolution))
        _request_repair(request)
    return _json({"id": letter_id, "resolution": "skipped"})


@router.get("/deferred")
async def list_deferred(ctx: Context = Depends(context)) -> Response:
    """List deferred events, oldest first, each with what it waits for."""
    return _json({"items": await deferred_events.list_deferred(ctx.database, ctx.name, ctx.cases.release)})


@router.post("/deferred/{case_id}/{source}/{sequence}/drop")
async def drop_deferred(
    case_id: UUID,
    source: str,
    sequence: Annotated[int, Path(ge=1, lt=2**31)],
    resolution: Resolution,
    request: Request,
    ctx: Context = Depends(context),
) -> Response:
    """Skip a deferred event. The event and the operator's decision are kept as a skipped dead letter."""
    event_processor: EventProcessor[Any] = request.app.state.event_processor
    incoming = await deferred_events.find_deferred(ctx.database, case_id, source, sequence)
    if incoming is None:
        raise NotFound(what=f"deferred event {case_id}/{source}/{sequence}")

    async def record(connection: Connection) -> None:
        await deferred_events.record_drop(connection, incoming, resolution.by, resolution.reason)

    await event_processor.skip(incoming, record)
    return _json({"case_id": str(case_id), "source": source, "sequence": sequence, "resolution": "skipped"})


@router.get("/diverged")
async def diverged_cases(ctx: Context = Depends(context)) -> Response:
    """List the diverged cases, oldest first."""
    return _json({"items": await divergence.list_open(ctx.database)})


class ResumeAll(Resolution):
    """Request body: the restored source whose diverged cases resume, the operator who decided this, and the reason."""

    source: str = Field(min_length=1, max_length=40)


@router.post("/diverged/resume")
async def resume_all(wanted: ResumeAll, request: Request, ctx: Context = Depends(context)) -> Response:
    """Resume the oldest cases that diverged from a restored source, at most 500.

    `left` is the number of cases that still have to be resumed.
    """
    resumed, left = await divergence.resume_all(ctx.database, wanted.source, wanted.by, wanted.reason)
    if resumed:
        log.warning(
            "%s resumed %d cases that had diverged from %s: %s", wanted.by, resumed, wanted.source, wanted.reason
        )
        _request_repair(request, wanted.source)
    return _json({"source": wanted.source, "resumed": resumed, "left": left})


@router.post("/diverged/{case_id}/resume")
async def resume(case_id: UUID, resolution: Resolution, request: Request, ctx: Context = Depends(context)) -> Response:
    """Resume a diverged case from its source's position. The effects of the lost events remain."""
    if case_id == REGISTRY_STREAM:
        raise SnapshotReloadNeeded(service=ctx.name)
    sources = await divergence.resume(ctx.database, case_id, resolution.by, resolution.reason)
    if not sources:
        raise NotFound(what=f"diverged case {case_id}")
    _request_repair(request, *sources)
    return _json({"case_id": str(case_id), "sources": sources})


@router.get("/event-store")
async def chain_link(position: int | None = None, ctx: Context = Depends(context)) -> Response:
    """Return the last link of the hash chain, or the link at a position, to compare with a link noted elsewhere."""
    return _json(await housekeeping.chain_link(ctx.database, position))


@router.post("/event-store/verify")
async def verify_event_store(ctx: Context = Depends(context)) -> Response:
    """Recompute the hash chain from its beginning. Report whether the chain is whole, or its first break."""
    try:
        return _json({"whole": True, "length": await housekeeping.verify_chain(ctx.database)})
    except ValueError as error:
        return _json({"whole": False, "error": str(error)})


def _request_repair(request: Request, *sources: str) -> None:
    """Ask repair for a pass now, because events of these sources may be missing. Do nothing without repair."""
    repair: Repair | None = getattr(request.app.state, "repair", None)
    if repair is not None:
        repair.request(*sources)


def _record_decision(letter_id: int, incoming: IncomingEvent, how: str, resolution: Resolution) -> Step:
    """Return a step that records the operator's decision, and makes repair compare every case of the event's source.

    While the event was a dead letter, repair left out its case. So later events of the case may still be missing.
    """

    async def resolve(connection: Connection) -> None:
        await dead_letters.resolve(connection, [letter_id], how, resolution.by, resolution.reason)
        await repair_cursor.reset(connection, incoming.envelope.source)

    return resolve


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
