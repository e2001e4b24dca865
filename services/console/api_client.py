"""Helpers for the pages of signed-in readers: call a service, submit a form, show a page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.web import context_of
from services.console import session
from services.console.menu import menu_for
from services.console.rendering import page, words_of
from services.console.security import check_csrf, csrf_token, set_csrf
from services.console.session import Reader


async def get(request: Request, reader: Reader, path: str, **query: object) -> httpx.Response:
    """Send a GET request to the service that `path`, `/api/<service>/…`, names.

    Empty values of `query` are left out. Each item of a list becomes a parameter of its own. Raises
    `ServiceRefusedError`.
    """
    return await session.service_client(request).request(
        path.split("/")[2], "GET", path + _query(query), token=reader.token, language=words_of(request).language
    )


def _query(parameters: Mapping[str, object]) -> str:
    query = urlencode({name: value for name, value in parameters.items() if value not in (None, "")}, doseq=True)
    return f"?{query}" if query else ""


async def get_json(request: Request, reader: Reader, path: str, **query: object) -> Any:
    """Return the JSON of a GET response. Raises `ServiceRefusedError`."""
    return (await get(request, reader, path, **query)).json()


async def download(
    request: Request, reader: Reader, path: str, form: str, names: dict[str, str] | None = None, **query: object
) -> Response:
    """Return a ledger 台账 of a service as a download. `form` is `xlsx` or `csv`.

    `names` maps accounts to people's names, which the service does not know. Raises `ServiceRefusedError`, and 404 for
    another `form`.
    """
    if form not in ("xlsx", "csv"):
        raise HTTPException(404)
    answer = await session.service_client(request).request(
        path.split("/")[2],
        "GET" if names is None else "POST",
        f"{path}.{form}{_query(query)}",
        token=reader.token,
        language=words_of(request).language,
        json={"names": names} if names is not None else None,
    )
    headers = {name: answer.headers[name] for name in ("content-type", "content-disposition", "cache-control")}
    return Response(answer.content, headers=headers)


async def get_all(request: Request, reader: Reader, path: str, **query: object) -> list[Any]:
    """Return every item of a paged list. Raises `ServiceRefusedError`."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await get_json(request, reader, path, cursor=cursor, **query)
        found, cursor = found + page["items"], page["next"]
    return found


async def send(
    request: Request, reader: Reader, path: str, body: dict[str, Any], fields: dict[str, str], method: str = "POST"
) -> Any:
    """Send the data of a form to a service, with the idempotency key and the version from the form's fields.

    Thanks to the key, a form can be sent again safely. Raises `ServiceRefusedError`.
    """
    headers = {"Idempotency-Key": fields.get("key") or str(uuid.uuid4())}
    if fields.get("version"):
        headers["If-Match"] = f'"{fields["version"]}"'
    answer = await session.service_client(request).request(
        path.split("/")[2],
        method,
        path,
        token=reader.token,
        language=words_of(request).language,
        headers=headers,
        json=body,
    )
    return answer.json()


async def form_fields(request: Request, *several: str) -> dict[str, str]:
    """Return the text fields of a form, stripped.

    The values of a field that is named in `several` are joined by newlines. Raises `CsrfError`.
    """
    async with request.form() as form:
        check_csrf(request, form.get("csrf"))
        found = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
        return found | {
            name: "\n".join(value for value in form.getlist(name) if isinstance(value, str)) for name in several
        }


def show_page(request: Request, reader: Reader, template: str, status: int = 200, **values: Any) -> Response:
    """Return a rendered page with the menu, and with a CSRF token and an idempotency key for the forms of the page."""
    token = csrf_token(request)
    response = page(
        request,
        template,
        status,
        account=reader.account,
        now=context_of(request).clock.now(),
        csrf=token,
        key=uuid.uuid4(),
        menu=menu_for(reader.account),
        **values,
    )
    set_csrf(request, response, token)
    return response
