"""Routes that read the published data of the district. Some kinds of entities are public."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.registry import KINDS, Category, Entity, FilingCondition, MachineKey
from services.chassis import cursors, etags
from services.chassis.auth import ROLES, Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import responses
from services.chassis.problems import CursorInvalid, NotAllowed, NotReady, NotSignedIn
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import caller_of, context, needs
from services.registry.api.views import EntityView, Page, ReleaseView, Version, after
from services.registry.domain.grid_map import GRID_MAPS
from services.registry.domain.problems import UnknownEntity, UnknownKind
from services.registry.store import releases as store

router = APIRouter(prefix="/api/registry", tags=["district"])

_PUBLIC = frozenset({"district", "centre", "community", "grid", "category", "condition", "knowledge"})
"""Kinds of entities that everybody may read. Residents and anonymous callers do not see confidential categories."""

_MAX_SEQUENCE = 2**31 - 1

_RELEASE_FIELDS = ("release", "count", "sha256", "published_at", "published_by", "note")


_FOR_MACHINES = _PUBLIC | {"component", "unit", "team"}
"""Kinds of entities that machine keys may read: all that a report or an answer may name, but no people."""


def _is_account(caller: Caller) -> bool:
    """Return whether the caller is an account. Only accounts may list releases."""
    return caller.kind == "account"


@router.get("/release", response_model=ReleaseView)
async def release(ctx: Context = Depends(context)) -> dict[str, object]:
    """Return number, time, author and note of the current release."""
    found = await store.releases(ctx.database, 1, _MAX_SEQUENCE)
    if not found:
        raise NotReady
    return {name: found[0][name] for name in _RELEASE_FIELDS}


@router.get("/releases", response_model=Page)
async def list_releases(
    cursor: Cursor | None = None,
    limit: int = Query(50, ge=1, le=200),
    ctx: Context = Depends(context),
    _: Caller = Depends(needs(only=_is_account)),
) -> Page:
    """List releases, newest first."""
    found = await store.releases(ctx.database, limit, _sequence(after(cursor)))
    following = cursors.next_cursor(found, limit, lambda last: (str(last["sequence"]),))
    return Page(items=[{name: each[name] for name in _RELEASE_FIELDS} for each in found], next=following)


@router.get(
    "/grids.geojson",
    response_class=Response,
    responses={
        200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}, "description": "The grids."},
        304: {"description": "Not modified since the ETag in `If-None-Match`."},
    },
)
async def grids(request: Request, ctx: Context = Depends(context)) -> Response:
    """Return the grids that are valid today as GeoJSON (CGCS2000). This is public.

    Each grid has the work contact of its primary officer. The response has an ETag.
    """
    district, today = ctx.district, ctx.clock.now().astimezone(ctx.district.zone).date()
    tag = f"{district.release}-{today:%Y%m%d}"
    headers = {"etag": f'"{tag}"', "cache-control": "no-cache"}
    if etags.matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(GRID_MAPS.of(district).document(today), media_type="application/geo+json", headers=headers)


@router.get("/entities/{kind}", response_model=Page, responses=responses(NotSignedIn, NotAllowed, UnknownKind))
async def list_entities(
    kind: str,
    request: Request,
    cursor: Cursor | None = None,
    limit: int = Query(200, ge=1, le=1000),
    ctx: Context = Depends(context),
) -> Page:
    """List the entities of a kind, ordered by id.

    Some kinds are public. For machine keys use `/api/registry/keys`.
    """
    found = _readable(kind, caller_of(request), ctx.district)
    start = after(cursor)
    ids = sorted(key for key in found if key > start)[:limit]
    following = cursors.next_cursor(ids, limit, lambda last: (last,))
    return Page(items=[found[key].to_body() for key in ids], next=following)


@router.get(
    "/entities/{kind}/{entity_id:path}",
    response_model=EntityView,
    responses=responses(NotSignedIn, NotAllowed, UnknownKind, UnknownEntity),
)
async def entity(kind: str, entity_id: str, request: Request, ctx: Context = Depends(context)) -> EntityView:
    """Return one entity. Staff and machine keys also get its history. The id in the path may contain slashes."""
    caller = caller_of(request)
    found = _readable(kind, caller, ctx.district).get(entity_id)
    may_read_history = not hides_confidential(caller) and "\0" not in entity_id
    versions = await store.history(ctx.database, kind, entity_id) if may_read_history else []
    if found is None and not versions:
        raise UnknownEntity(kind=kind, id=entity_id)
    return EntityView(
        kind=kind,
        id=entity_id,
        body=found.to_body() if found is not None else None,
        history=[Version(**each) for each in versions],
    )


def _sequence(key: str) -> int:
    """Return the sequence in a cursor: a page has releases with lower sequences. Raises `CursorInvalid`."""
    if not key:
        return _MAX_SEQUENCE
    if not key.isdecimal() or int(key) > _MAX_SEQUENCE:
        raise CursorInvalid
    return int(key)


def hides_confidential(caller: Caller | None) -> bool:
    """Return whether confidential categories are hidden from the caller: true for residents and anonymous callers."""
    return caller is None or caller.kind == "resident"


def _readable(kind: str, caller: Caller | None, district: RegistrySnapshot) -> Mapping[str, Entity]:
    """Return the entities of a kind that the caller may read. Raises `UnknownKind`, `NotSignedIn` or `NotAllowed`."""
    kinds = [each for each in KINDS if each != MachineKey.KIND]
    if kind not in kinds:
        raise UnknownKind(kind=kind, possible=", ".join(kinds))
    if caller is None and kind not in _PUBLIC:
        raise NotSignedIn
    if caller is not None and caller.kind == "key" and kind not in _FOR_MACHINES:
        raise NotAllowed(roles=", ".join(ROLES))
    found = district.records[kind]
    if not hides_confidential(caller):
        return found
    if kind not in _PUBLIC:
        raise NotAllowed(roles=", ".join(ROLES))
    return {key: each for key, each in found.items() if not _is_confidential(each, district)}


def _is_confidential(entity: Entity, district: RegistrySnapshot) -> bool:
    if isinstance(entity, Category):
        return entity.confidential
    return isinstance(entity, FilingCondition) and district.is_confidential(entity.category)
