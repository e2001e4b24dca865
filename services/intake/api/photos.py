"""Photos: sent before they are named, by the hash of their bytes."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from contracts.base import Sha256
from services.chassis.auth import Caller
from services.chassis.documenting import SIGNED_IN, responses
from services.chassis.problems import TooLarge, TooMany
from services.chassis.web import needs
from services.intake.api.callers import reporting
from services.intake.cabinet import MAX_BYTES
from services.intake.domain.problems import PhotoRefused, PhotoUnknown
from services.intake.parts import Parts, parts

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
    sha256: Sha256, request: Request, response: Response, caller: Caller = Depends(reporting), own: Parts = Depends(parts)
) -> Stored:  # fmt: skip
    """Store a JPEG, PNG or WebP of at most 10 MB under the SHA-256 of its bytes. Metadata (position, device) is removed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(limit=MAX_BYTES)
    new = await own.cabinet.keep(sha256, bytes(body))
    response.status_code = 201 if new else 200
    return Stored(sha256=sha256, url=f"/api/intake/photos/{sha256}")


@router.get(
    "/{sha256}", response_class=FileResponse, responses=responses(*SIGNED_IN, PhotoUnknown),
)  # fmt: skip
async def get_photo(sha256: Sha256, caller: Caller = Depends(needs()), own: Parts = Depends(parts)) -> FileResponse:
    """A photo as JPEG, for whoever is signed in or shows a key and knows its name: names are told with the case only."""
    path = own.cabinet.path(sha256)
    if not path.exists():
        raise PhotoUnknown(sha256=sha256)
    headers = {"cache-control": "private, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
    return FileResponse(path, media_type="image/jpeg", headers=headers)
