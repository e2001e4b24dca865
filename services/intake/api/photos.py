"""HTTP API of photos. A photo is uploaded under the hash of its bytes before a request names it."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from contracts.base import Sha256
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import TooLarge, TooMany, TryLater
from services.chassis.web import context, needs
from services.intake.api.resources import Resources, resources
from services.intake.api.senders import sender
from services.intake.domain import photos
from services.intake.domain.problems import PhotoRefused, PhotoUnknown
from services.intake.store import personal_data
from services.intake.store import photos as store
from services.intake.store.photo_store import MAX_BYTES

router = APIRouter(prefix="/api/intake/photos", tags=["photos"])


class Stored(BaseModel):
    """A stored photo that a report may name."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    sha256: Sha256
    """Hash of the stored bytes: the photo's name in events, webhooks and responses."""
    uploaded_sha256: Sha256
    """Hash of the uploaded bytes. A request may name the photo by either hash."""
    url: str
    claim: str | None = None
    """Only for anonymous uploads: a token that proves the upload. Send it with the hash in the report."""


@router.put(
    "/{sha256}",
    response_model=Stored,
    status_code=201,
    max_body_size=MAX_BYTES,
    responses={200: {"model": Stored, "description": "It was here already."}}
    | responses(*SIGNED_IN, PhotoRefused, TooLarge, TooMany, TryLater),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("image/jpeg", "image/png", "image/webp")
            },
        }
    },
)
async def put_photo(
    sha256: Sha256,
    request: Request,
    response: Response,
    caller: Caller = Depends(sender),
    resources: Resources = Depends(resources),
    ctx: Context = Depends(context),
) -> Stored:
    """Store a JPEG, PNG or WebP of at most 10 MB under the SHA-256 of its bytes.

    The photo is encoded again as JPEG. This removes metadata such as position and device, and changes the bytes;
    `sha256` in the response is the hash of the stored bytes. Until a case names the photo, only its uploader may see
    the photo; if no case names it within some weeks, it is erased. Only its uploader can name a photo: the same photo
    sent by two people is two uploads.
    """
    database = ctx.database
    upload = await resources.photo_store.receive(sha256, request.stream())
    try:
        served = await store.stored_name(database, sha256)
        new = served is None or not resources.photo_store.path(served).exists()
        if served is None or new:
            served = await resources.photo_store.keep(upload)
    finally:
        upload.unlink()
    claim = None if photos.uploader(caller) else secrets.token_urlsafe(16)
    await store.record_upload(database, photos.uploader(caller, claim), sha256, served)
    response.status_code = 201 if new else 200
    return Stored(sha256=served, uploaded_sha256=sha256, url=f"/api/intake/photos/{served}", claim=claim)


@router.get(
    "/{sha256}",
    response_class=FileResponse,
    responses=responses(*SIGNED_IN, PhotoUnknown),
)
async def get_photo(
    sha256: Sha256,
    caller: Caller = Depends(needs()),
    resources: Resources = Depends(resources),
    ctx: Context = Depends(context),
) -> FileResponse:
    """Return a photo as JPEG. To a caller who may not see it, the photo appears as unknown.

    A photo of a confidential case is visible to the unit with a dispatch of the case, and each access is logged. A
    photo of any other case is visible to every account and API key that knows the hash, and to the resident who follows
    that case. A photo that no case has named is visible to its uploader.
    """
    database = ctx.database
    found, through = photos.photo_access(
        caller, await store.owners(database, sha256), await store.uploads(database, sha256)
    )
    if through is None or not (path := resources.photo_store.path(through.sha256)).exists():
        raise PhotoUnknown(sha256=sha256)
    caching = "private, max-age=31536000, immutable"
    if found == "in_confidence" and isinstance(through, photos.Owner):
        caching = "no-store"
        at = ctx.clock.now()
        await personal_data.log_access(database, "confidential_photo", through.case_id, caller, _FOR_ITS_DISPATCH, at)
    headers = {"cache-control": caching, "x-content-type-options": "nosniff"}
    return FileResponse(path, media_type="image/jpeg", headers=headers)


_FOR_ITS_DISPATCH = "按派遣单办理 / for its dispatch"
