"""The district in force, for everyone who works with it; places and categories also for the public pages."""

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
from services.chassis.registry_snapshot import District
from services.chassis.web import caller_of, context, needs
from services.registry.api.views import EntityView, Page, ReleaseView, Version, after
from services.registry.domain.grid_map import grid_map
from services.registry.domain.problems import UnknownEntity, UnknownKind
from services.registry.store import releases as store

router = APIRouter(prefix="/api/registry", tags=["district"])

_PUBLIC = frozenset({"district", "centre", "community", "grid", "category", "condition", "knowledge"})
"""Kinds that residents' pages and Open311 clients need; the confidential categories in them stay hidden."""

_LAST = 2**31 - 1

_RELEASE_FIELDS = ("release", "count", "sha256", "published_at", "published_by", "note")


_FOR_MACHINES = _PUBLIC | {"component", "unit", "team"}
"""Kinds that the key of a machine may read: what a report or an answer may name, and no people."""


def _people(caller: Caller) -> bool:
    """True for accounts: machines learn of a new release at `/release`."""
    return caller.kind == "account"


@router.get("/release", response_model=ReleaseView)
async def release(parts: Context = Depends(context)) -> dict[str, object]:
    """The release in force."""
    found = await store.releases(parts.database, 1, _LAST)
    if not found:
        raise NotReady
    return {name: found[0][name] for name in _RELEASE_FIELDS}


@router.get("/releases", response_model=Page)
async def list_releases(
    cursor: Cursor | None = None, limit: int = Query(50, ge=1, le=200), parts: Context = Depends(context),
    _: Caller = Depends(needs(only=_people)),
) -> Page:  # fmt: skip
    """Every release, newest first."""
    found = await store.releases(parts.database, limit, _sequence(after(cursor)))
    following = cursors.following(found, limit, lambda last: (str(last["sequence"]),))
    return Page(items=[{name: each[name] for name in _RELEASE_FIELDS} for each in found], next=following)


@router.get(
    "/grids.geojson",
    response_class=Response,
    responses={
        200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}, "description": "The grids."},
        304: {"description": "As the ETag in `If-None-Match` says."},
    },
)
async def grids(request: Request, parts: Context = Depends(context)) -> Response:
    """Every grid in force as GeoJSON (CGCS2000), with the work contact of its primary officer. Public; has an ETag."""
    district, today = parts.district, parts.clock.now().astimezone(parts.district.zone).date()
    tag = f"{district.release}-{today:%Y%m%d}"
    headers = {"etag": f'"{tag}"', "cache-control": "no-cache"}
    if etags.matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(grid_map(district, today), media_type="application/geo+json", headers=headers)


@router.get("/entities/{kind}", response_model=Page, responses=responses(NotSignedIn, NotAllowed, UnknownKind))
async def list_entities(
    kind: str, request: Request, cursor: Cursor | None = None, limit: int = Query(200, ge=1, le=1000),
    parts: Context = Depends(context),
) -> Page:  # fmt: skip
    """Entities of a kind, by id. Some kinds are public; `machine_key` is read at `/api/registry/keys`."""
    found = _readable(kind, caller_of(request), parts.district)
    start = after(cursor)
    ids = sorted(key for key in found if key > start)[:limit]
    following = cursors.following(ids, limit, lambda last: (last,))
    return Page(items=[found[key].to_body() for key in ids], next=following)


@router.get(
    "/entities/{kind}/{entity_id:path}", response_model=EntityView,
    responses=responses(NotSignedIn, NotAllowed, UnknownKind, UnknownEntity),
)  # fmt: skip
async def entity(kind: str, entity_id: str, request: Request, parts: Context = Depends(context)) -> EntityView:
    """One entity, and its history for whoever is signed in. Ids may hold slashes: they are taken as they are."""
    caller = caller_of(request)
    found = _readable(kind, caller, parts.district).get(entity_id)
    known = caller is not None and "\0" not in entity_id
    versions = await store.history(parts.database, kind, entity_id) if known else []
    if found is None and not versions:
        raise UnknownEntity(kind=kind, id=entity_id)
    return EntityView(
        kind=kind, id=entity_id, body=found.to_body() if found is not None else None,
        history=[Version(**each) for each in versions],
    )  # fmt: skip


def _sequence(key: str) -> int:
    """Where in the registry's stream a page of releases ends."""
    if not key:
        return _LAST
    if not key.isdecimal() or int(key) > _LAST:
        raise CursorInvalid
    return int(key)


def hides_confidential(caller: Caller | None) -> bool:
    """Whether confidential categories stay hidden: from residents, and from whoever is not signed in."""
    return caller is None or caller.kind == "resident"


def _readable(kind: str, caller: Caller | None, district: District) -> Mapping[str, Entity]:
    """What the caller may read of a kind. Raises `UnknownKind`, `NotSignedIn`, or `NotAllowed` for residents and machines."""
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


def _is_confidential(entity: Entity, district: District) -> bool:
    if isinstance(entity, Category):
        return entity.confidential
    return isinstance(entity, FilingCondition) and district.is_confidential(entity.category)
