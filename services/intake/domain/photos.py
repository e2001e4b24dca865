"""Photos that requests name, and who may look at one: access follows from the cases that own it, not from its name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from uuid import UUID

from pydantic import Field

from contracts.common import Actor, Photo
from services.chassis.auth import Caller

CONFIDENTIAL_ROLES = ("unit_clerk", "handler")
"""Who of the competent unit reads what is confidential."""

PhotoAccess = Literal["refused", "allowed", "in_confidence"]
"""`in_confidence`: allowed, and to be logged before it is answered."""


class NamedPhoto(Photo):
    """A photo as a request names it: by the hash of the bytes that were sent, or of those that are served."""

    claim: str | None = Field(default=None, max_length=64)
    """From the answer to the upload, if whoever sent it was not signed in: shows that the sender of this uploaded it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A case that owns the photo."""

    case_id: UUID
    sha256: str
    """The photo's own name, whatever the case calls it."""
    confidential: bool
    readable: bool
    """Of a confidential case: whether its text is still kept."""
    units: frozenset[str]
    """Units that have a dispatch of it now."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that no case has named yet."""

    uploaded_by: str
    sha256: str


def uploader(caller: Caller | Actor, claim: str | None = None) -> str:
    """The caller as an uploader of photos: an account or key, the resident of one report, or whoever has a claim.

    Empty for somebody who has shown none of these.
    """
    if caller.kind in ("account", "key"):
        return f"{caller.kind}:{caller.id}"
    if claim:
        return f"claim:{sha256(claim.encode()).hexdigest()}"
    report = caller.report_id if isinstance(caller, Caller) else None
    return f"report:{report}" if report else ""


def photo_access(
    caller: Caller, owners: Collection[Owner], uploads: Collection[Upload]
) -> tuple[PhotoAccess, Owner | Upload | None]:
    """Whether the caller may look at a photo, and through which of its owners.

    Any owner that admits the caller is enough: naming a photo neither opens nor closes it to others. Of a plain case
    everybody at work may look, as the name is told with the case only; residents at those of their own report; of a
    confidential case its unit. What was uploaded and not named yet is for whoever uploaded it.
    """
    by, reads = uploader(caller), caller.has(*CONFIDENTIAL_ROLES)
    for upload in uploads:
        if by and upload.uploaded_by == by:
            return "allowed", upload
    for owner in owners:
        if not owner.confidential and (caller.kind != "resident" or caller.report_id == str(owner.case_id)):
            return "allowed", owner
    for owner in owners:
        if owner.confidential and owner.readable and caller.unit_id in owner.units and reads:
            return "in_confidence", owner
    return "refused", None
