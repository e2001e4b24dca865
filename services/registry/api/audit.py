"""What an auditor reads: sign-ins and refusals, and what administrators did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.database import Pool
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


class _Wanted(NamedTuple):
    """The part of a log that an auditor asks for."""

    database: Pool
    before: int | None
    """The id before which the page begins."""
    limit: int


async def wanted(
    cursor: Cursor | None = None, limit: int = Query(100, ge=1, le=500),
    parts: Context = Depends(context), _: Caller = Depends(auditor),
) -> _Wanted:  # fmt: skip
    """Dependency: the page that an auditor asks for."""
    return _Wanted(parts.database, _before(cursor), limit)


@router.get("/security-log", response_model=Page, responses=responses(*SIGNED_IN, CursorInvalid))
async def security_log(asked: _Wanted = Depends(wanted)) -> Page:
    """Sign-ins, refusals, sign-outs and changed passwords, the newest first. Kept for a year."""
    return _page(await sign_ins.page(*asked), asked.limit, SecurityLine.model_validate)


@router.get("/administration", response_model=Page, responses=responses(*SIGNED_IN, CursorInvalid))
async def administration(asked: _Wanted = Depends(wanted)) -> Page:
    """What administrators did to accounts and keys, the newest first. Kept for ever."""
    return _page(await sign_ins.acts(*asked), asked.limit, _act)


def _act(row: Mapping[str, Any]) -> Act:
    return Act.model_validate({**row, "detail": orjson.loads(row["detail"])})


def _page(rows: Sequence[Mapping[str, Any]], limit: int, line_of: Callable[[dict[str, Any]], View]) -> Page:
    """Return one page of a log. Each line is made of its row without the id, which is the cursor."""
    lines = [line_of({name: value for name, value in each.items() if name != "id"}) for each in rows]
    return Page(items=lines, next=cursors.following(rows, limit, lambda last: (last["id"],)))


def _before(cursor: str | None) -> int | None:
    """The id before which a page begins. Raises `CursorInvalid`."""
    if cursor is None:
        return None
    match cursors.decode(cursor):
        case [int(number)] if 0 < number <= _LARGEST and not isinstance(number, bool):
            return number
        case _:
            raise CursorInvalid
