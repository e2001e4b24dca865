"""Who may look at a photo: it follows from the cases that name it, not from knowing its name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.chassis.auth import Caller

CONFIDENTIAL_READERS = ("unit_clerk", "handler")
"""Who of the competent unit reads what is confidential."""

Look = Literal["refused", "allowed", "in_confidence"]
"""`in_confidence`: allowed, and to be logged before it is answered."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A case that names the photo."""

    case_id: UUID
    confidential: bool
    readable: bool
    """Of a confidential case: whether its text is still kept."""
    units: frozenset[str]
    """Units that have a dispatch of it now."""


def who(caller: Caller) -> str:
    """The caller as whoever uploaded a photo; empty for residents, who are many under one name."""
    return "" if caller.kind == "resident" else f"{caller.kind}:{caller.id}"


def look(caller: Caller, namings: Collection[Naming], uploaders: Collection[str]) -> Look:
    """Whether the caller may look at a photo that these cases name and these people uploaded.

    One confidential case closes it for everybody but its unit, also where a plain case names it as well: naming a photo
    must not open it. What belongs to nothing yet is for whoever brought it. Of plain cases everybody at work may look,
    as the name is told with the case only; residents at those of their own report.
    """
    if not namings:
        return "allowed" if who(caller) and who(caller) in uploaders else "refused"
    secret = [each for each in namings if each.confidential]
    if secret:
        reads = caller.has(*CONFIDENTIAL_READERS) and any(
            each.readable and caller.unit_id in each.units for each in secret
        )
        return "in_confidence" if reads else "refused"
    if caller.kind == "resident":
        return "allowed" if caller.report_id in {str(each.case_id) for each in namings} else "refused"
    return "allowed"
