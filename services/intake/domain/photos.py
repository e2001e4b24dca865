"""Photos that requests name, and the rule who may look at a photo.

Access depends on the cases that own the photo. Knowing the hash of the photo is not enough.
"""

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
"""Roles in the competent unit that may read confidential cases."""

PhotoAccess = Literal["refused", "allowed", "in_confidence"]
"""Whether a caller may see a photo.

`in_confidence` means yes, but the access must be logged before the photo is returned.
"""


class NamedPhoto(Photo):
    """A photo as a request names it: by the hash of the uploaded bytes or of the stored bytes."""

    claim: str | None = Field(default=None, max_length=64)
    """Token from the response to an anonymous upload. It proves that the sender uploaded the photo."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A case that owns the photo."""

    case_id: UUID
    sha256: str
    """SHA-256 of the stored photo, even if the case refers to it by the hash of the uploaded bytes."""
    confidential: bool
    readable: bool
    """Whether the encrypted details of the confidential case are still stored."""
    units: frozenset[str]
    """Units that have a dispatch of the case now."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload of a photo that no case has named yet."""

    uploaded_by: str
    sha256: str


def uploader(caller: Caller | Actor, claim: str | None = None) -> str:
    """Return the key that identifies the caller as an uploader.

    The key names an account, an API key, a claim, or the report that a resident follows. It is empty for a caller with
    none of these.
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
    """Return whether the caller may look at a photo, and the case or upload that allows it.

    One case that the caller may see is enough. A photo of an ordinary case is visible to all accounts and API keys,
    because its hash is published only with the case, and to the resident who follows the case. A photo of a
    confidential case is visible to the unit with a dispatch of the case. An upload that no case has named is visible to
    its uploader.
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
