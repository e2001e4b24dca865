"""Photos: sent before they are named, by the hash of their bytes."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from contracts.base import Sha256
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.documenting import SIGNED_IN, responses
from services.chassis.problems import TooLarge, TooMany
from services.chassis.web import context, needs
from services.intake.api.callers import sending
from services.intake.cabinet import MAX_BYTES
from services.intake.domain import photos
from services.intake.domain.problems import PhotoRefused, PhotoUnknown
from services.intake.parts import Parts, parts
from services.intake.store import people
from services.intake.store import photos as store

router = APIRouter(prefix="/api/intake/photos", tags=["photos"])


class Stored(BaseModel):
    """A photo that is safe here and may be named."""

    sha256: Sha256
    url: str


@router.put(
    "/{sha256}", response_model=Stored, status_code=201,
    responses={200: {"model": Stored, "description": "It was here already."}}
    | responses(*SIGNED_IN, PhotoRefused, TooLarge, TooMany),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in
                        ("image/jpeg", "image/png", "image/webp")},
        }
    },
)  # fmt: skip
async def put_photo(
    sha256: Sha256, request: Request, response: Response, caller: Caller = Depends(sending),
    own: Parts = Depends(parts), parts_: Context = Depends(context),
) -> Stored:  # fmt: skip
    """Store a JPEG, PNG or WebP of at most 10 MB under the SHA-256 of its bytes. Metadata (position, device) is removed.

    Until a case names it only whoever sent it may look at it; one that none has named after some weeks is erased.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(limit=MAX_BYTES)
    new = await own.cabinet.keep(sha256, bytes(body))
    await store.uploaded(parts_.database, sha256, photos.who(caller))
    response.status_code = 201 if new else 200
    return Stored(sha256=sha256, url=f"/api/intake/photos/{sha256}")


@router.get(
    "/{sha256}", response_class=FileResponse, responses=responses(*SIGNED_IN, PhotoUnknown),
)  # fmt: skip
async def get_photo(
    sha256: Sha256, caller: Caller = Depends(needs()), own: Parts = Depends(parts), parts_: Context = Depends(context)
) -> FileResponse:  # fmt: skip
    """A photo as JPEG, for whoever the cases that name it admit; a hidden one answers like one that is not there.

    Of a confidential case: the unit that has its dispatch, and each look is logged. Of other cases: everybody signed in
    or with a key who knows its name, as names are told with the case only; residents those of their own report. Of no
    case yet: whoever sent it.
    """
    path, database = own.cabinet.path(sha256), parts_.database
    namings = await store.namings(database, sha256)
    found = photos.look(caller, namings, [] if namings else await store.uploaders(database, sha256))
    if found == "refused" or not path.exists():
        raise PhotoUnknown(sha256=sha256)
    caching = "private, max-age=31536000, immutable"
    if found == "in_confidence":
        caching = "no-store"
        case_id = next(each.case_id for each in namings if each.confidential and caller.unit_id in each.units)
        await people.log(database, "confidential_photo", case_id, caller, _FOR_ITS_DISPATCH, parts_.clock.now())
    headers = {"cache-control": caching, "x-content-type-options": "nosniff"}
    return FileResponse(path, media_type="image/jpeg", headers=headers)


_FOR_ITS_DISPATCH = "按派遣单办理 / for its dispatch"
