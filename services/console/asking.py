"""What every page of somebody who is signed in does: ask a service as them, hand it a form of theirs, show what it says."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import context
from services.console import session
from services.console.menu import entries
from services.console.render import page, words_of
from services.console.security import check_csrf, csrf_token, set_csrf
from services.console.session import Reader


async def get(request: Request, who: Reader, path: str, **query: object) -> httpx.Response:
    """Read at a service, which the path names: `/api/<service>/…`. What is empty is not asked for, of a list each. Raises
    `Refused`.
    """
    return await session.upstream(request).request(
        path.split("/")[2], "GET", path + _query(query), token=who.token, language=words_of(request).language
    )


def _query(wanted: Mapping[str, object]) -> str:
    found = urlencode({name: value for name, value in wanted.items() if value not in (None, "")}, doseq=True)
    return f"?{found}" if found else ""


async def ask(request: Request, who: Reader, path: str, **query: object) -> Any:
    """The JSON of what a service answers. Raises `Refused`."""
    return (await get(request, who, path, **query)).json()


async def file(
    request: Request, who: Reader, path: str, form: str, names: dict[str, str] | None = None, **query: object
) -> Response:
    """A ledger 台账 as a service made it, to be taken away: `path` with the form it shall have, and with the `names` of people
    whom the service knows by account only. Raises `Refused`; 404 for a form that there is not.
    """
    if form not in ("xlsx", "csv"):
        raise HTTPException(404)
    answer = await session.upstream(request).request(
        path.split("/")[2], "GET" if names is None else "POST", f"{path}.{form}{_query(query)}", token=who.token,
        language=words_of(request).language, json={"names": names} if names is not None else None,
    )  # fmt: skip
    kept = {name: answer.headers[name] for name in ("content-type", "content-disposition", "cache-control")}
    return Response(answer.content, headers=kept)


async def everything(request: Request, who: Reader, path: str, **query: object) -> list[Any]:
    """Every item of a list, page after page. Raises `Refused`."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await ask(request, who, path, cursor=cursor, **query)
        found, cursor = found + page["items"], page["next"]
    return found


async def send(
    request: Request, who: Reader, path: str, body: dict[str, Any], fields: dict[str, str], method: str = "POST"
) -> Any:
    """Hand in what a form said; a form sent twice, by its key, does it once. Raises `Refused`."""
    headers = {"Idempotency-Key": fields.get("key") or str(uuid.uuid4())}
    if fields.get("version"):
        headers["If-Match"] = f'"{fields["version"]}"'
    answer = await session.upstream(request).request(
        path.split("/")[2], method, path, token=who.token, language=words_of(request).language, headers=headers, json=body
    )  # fmt: skip
    return answer.json()


async def fields_of(request: Request, *several: str) -> dict[str, str]:
    """The text fields of a form of ours, without the space around them; of those of which several may be chosen, one a
    line. Raises `CsrfInvalid`.
    """
    async with request.form() as form:
        check_csrf(request, form.get("csrf"))
        found = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
        return found | {
            name: "\n".join(value for value in form.getlist(name) if isinstance(value, str)) for name in several
        }


def show(request: Request, who: Reader, template: str, status: int = 200, **values: Any) -> Response:
    """The page, for this reader, with what its forms need."""
    token = csrf_token(request)
    response = page(
        request, template, status, account=who.account, now=context(request).clock.now(), csrf=token, key=uuid.uuid4(),
        menu=entries(who.account), **values,
    )  # fmt: skip
    set_csrf(request, response, token)
    return response
