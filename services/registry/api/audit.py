"""Routes with which auditors read the security log and the administration log."""

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

_MAX_ID = 2**63 - 1


class SecurityLine(View):
    """A line of the security log: a sign-in, a refused sign-in, a sign-out or a password change."""

    at: datetime
    event: str
    """What happened: `signed_in`, `refused` (a sign-in), `signed_out` or `password_changed`."""
    account_id: UUID | None
    """`None` if there is no account with the entered name.

    The entered name is not stored, because a person may have entered a password instead.
    """
    username: str | None
    network: str
    """Network of the caller: an IPv4 address, or the /64 network of an IPv6 address."""
    detail: str
    """Reason of a refused sign-in, otherwise empty."""


class AdministrationLine(View):
    """A line of the administration log: an administrator's action on an account or a machine key."""

    at: datetime
    by: str
    """Id of the account or key that acted.

    `command line` stands for a command on the server, and `gridloop` for the creation of demo accounts.
    """
    action: str
    subject: str
    """Id of the account or key that was created or changed."""
    detail: dict[str, Any]


class LogPage(NamedTuple):
    """The page of a log that an auditor requests."""

    database: Pool
    before: int | None
    """The page contains only lines with ids below this one. `None` for the first page."""
    limit: int


async def log_page(
    cursor: Cursor | None = None,
    limit: int = Query(100, ge=1, le=500),
    ctx: Context = Depends(context),
    _: Caller = Depends(auditor),
) -> LogPage:
    """Return the page that an auditor requests. This is a FastAPI dependency."""
    return LogPage(ctx.database, _before(cursor), limit)


@router.get("/security-log", response_model=Page, responses=responses(*SIGNED_IN, CursorInvalid))
async def security_log(page: LogPage = Depends(log_page)) -> Page:
    """List sign-ins, refused sign-ins, sign-outs and password changes of the last year, newest first."""
    return _page_of(await sign_ins.page(*page), page.limit, SecurityLine.model_validate)


@router.get("/administration", response_model=Page, responses=responses(*SIGNED_IN, CursorInvalid))
async def administration(page: LogPage = Depends(log_page)) -> Page:
    """List all actions of administrators on accounts and machine keys, newest first."""
    return _page_of(await sign_ins.administration(*page), page.limit, _administration_line)


def _administration_line(row: Mapping[str, Any]) -> AdministrationLine:
    return AdministrationLine.model_validate({**row, "detail": orjson.loads(row["detail"])})


def _page_of(rows: Sequence[Mapping[str, Any]], limit: int, line_of: Callable[[dict[str, Any]], View]) -> Page:
    """Return one page of a log. The id of a row is used for the cursor and is not part of the line."""
    lines = [line_of({name: value for name, value in each.items() if name != "id"}) for each in rows]
    return Page(items=lines, next=cursors.next_cursor(rows, limit, lambda last: (last["id"],)))


def _before(cursor: str | None) -> int | None:
    """Return the id in a cursor: the page contains lines with lower ids. Raises `CursorInvalid`."""
    if cursor is None:
        return None
    match cursors.decode(cursor):
        case [int(number)] if 0 < number <= _MAX_ID and not isinstance(number, bool):
            return number
        case _:
            raise CursorInvalid
