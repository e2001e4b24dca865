"""Readiness of the pages, and of the whole system as the console sees it."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from services.chassis import http_client
from services.console.session import upstream

router = APIRouter(include_in_schema=False)
_PATIENCE_S = 3.0


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Ready: the pages can be served. Which of the services are ready is told and not counted.

    A console that was unready with a peer would take away the pages of all others, too.
    """
    return JSONResponse({"ready": True, "service": "console", "services": await _found(request)})


@router.get("/readyz/all")
async def all_ready(request: Request) -> JSONResponse:
    """The whole system: 200 when every service that has an address here is ready, else 503 with those that are not."""
    services = await _found(request)
    ready = bool(services) and all(services.values())
    return JSONResponse({"ready": ready, "services": services}, 200 if ready else 503)


async def _found(request: Request) -> dict[str, bool]:
    """Ask every service whether it is ready."""
    urls = {name: url for name, url in upstream(request).urls.items() if name != "console"}
    async with http_client.create_client(timeout=_PATIENCE_S) as client:
        answers = await asyncio.gather(*(_ask(client, url) for url in urls.values()))
    return dict(zip(urls, answers, strict=True))


async def _ask(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).is_success
    except httpx.HTTPError:
        return False
