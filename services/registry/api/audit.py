"""What an auditor reads: sign-ins and refusals, and what administrators did."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid
from services.chassis.web import context, needs
from services.registry.api.views import Page, View
from services.registry.store import sign_ins

router = APIRouter(prefix="/api/registry", tags=["audit"])
auditor = needs("auditor")

_LARGEST = 2**63 - 1


class SecurityLine(View):
    """A line of the security log."""

    at: datetime
    event: str
    """`signed_in`, `refused`, `signed_out` or `password_changed`."""
    account_id: UUID | None
    """None for a name that no account has: what was typed is not kept, since it may be a password."""
    username: str | None
    network: str
    """An IPv4 address, or an IPv6 network of 64 bits."""
    detail: str
    """Why it was refused."""


class Act(View):
    """What an administrator did to an account or a key."""

    at: datetime
    by: str
    """Id of the account or key; `command line` for a command on the server, `gridloop` for the demonstration."""
    action: str
    subject: str
    """Id of the account or key."""
    detail: dict[str, Any]


@router.get("/security-log", response_model=Page, responses=responses(*SIGNED_IN, CursorInvalid))
async def security_log(
    cursor: Cursor | None = None, limit: int = Query(100, ge=1, le=500),
    parts: Context = Depends(context), _: Caller = Depends(auditor),
) -> Page:  # fmt: skip
    """Sign-ins, refusals, sign-outs and changed passwords, the newest first. Kept for a year."""
    found = await sign_ins.page(parts.database, _before(cursor), limit)
    lines = [SecurityLine.model_validate({k: v for k, v in dict(each).items() if k != "id"}) for each in found]
    return Page(items=lines, next=cursors.following(found, limit, lambda last: (last["id"],)))


@router.get("/administration", response_model=Page, responses=responses(*SIGNED_IN, CursorInvalid))
async def administration(
    cursor: Cursor | None = None, limit: int = Query(100, ge=1, le=500),
    parts: Context = Depends(context), _: Caller = Depends(auditor),
) -> Page:  # fmt: skip
    """What administrators did to accounts and keys, the newest first. Kept for ever."""
    found = await sign_ins.acts(parts.database, _before(cursor), limit)
    acts = [
        Act(
            at=each["at"], by=each["by"], action=each["action"], subject=each["subject"],
            detail=orjson.loads(each["detail"]),
        )
        for each in found
    ]  # fmt: skip
    return Page(items=acts, next=cursors.following(found, limit, lambda last: (last["id"],)))


def _before(cursor: str | None) -> int | None:
    """The id before which a page begins. Raises `CursorInvalid`."""
    if cursor is None:
        return None
    match cursors.decode(cursor):
        case [int(number)] if 0 < number <= _LARGEST and not isinstance(number, bool):
            return number
        case _:
            raise CursorInvalid
