"""Resolution of photo hashes in requests to stored photos. The sender must have uploaded each photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from contracts.common import Photo
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.database import Pool
from services.chassis.internal_api import service_only
from services.chassis.problems import PhotosMissing
from services.chassis.web import context
from services.intake.domain.photos import NamedPhoto, uploader
from services.intake.store import photos as store

router = APIRouter(prefix="/internal", dependencies=[Depends(service_only)], include_in_schema=False)

_SHA256 = "[0-9a-f]{64}"


@router.get("/photos")
async def photos(
    named: Annotated[str, Query(pattern=rf"^{_SHA256}(,{_SHA256}){{0,31}}$")],
    by: Annotated[str, Query(max_length=100)],
    ctx: Context = Depends(context),
) -> dict[str, str]:
    """Return the stored names of photos that an account or API key has uploaded.

    `named` are hashes separated by commas, `by` is the uploader as `kind:id`. The response maps each known hash to the
    stored name of its photo.
    """
    return await store.resolve_names(ctx.database, [(name, by) for name in named.split(",")])


async def resolve_photos(pool: Pool, caller: Caller, named: Sequence[NamedPhoto]) -> tuple[Photo, ...]:
    """Return the named photos, each with the hash of its stored bytes.

    Raises `PhotosMissing` if the caller has not uploaded one of them.
    """
    served = await store.resolve_names(pool, [(each.sha256, uploader(caller, each.claim)) for each in named])
    if missing := [each.sha256 for each in named if each.sha256 not in served]:
        raise PhotosMissing(missing=missing)
    return tuple(Photo(sha256=served[each.sha256], role=each.role, taken_at=each.taken_at) for each in named)
