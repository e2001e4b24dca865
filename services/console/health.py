"""Readiness of the console and of all services."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from services.chassis import http_client
from services.console.session import service_client

router = APIRouter(include_in_schema=False)
_TIMEOUT_S = 3.0


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Return that the console is ready. The body also tells whether each other service is ready.

    The console is ready even if no other service is, because an unready console could not show even an error page.
    """
    return JSONResponse({"ready": True, "service": "console", "services": await _readiness(request)})


@router.get("/readyz/all")
async def all_ready(request: Request) -> JSONResponse:
    """Return 200 if every service whose URL is set is ready, otherwise 503. The body tells which services are ready."""
    services = await _readiness(request)
    ready = bool(services) and all(services.values())
    return JSONResponse({"ready": ready, "services": services}, 200 if ready else 503)


async def _readiness(request: Request) -> dict[str, bool]:
    """Return, for each other service, whether it is ready."""
    urls = {name: url for name, url in service_client(request).urls.items() if name != "console"}
    async with http_client.create_client(timeout=_TIMEOUT_S) as client:
        answers = await asyncio.gather(*(_ask(client, url) for url in urls.values()))
    return dict(zip(urls, answers, strict=True))


async def _ask(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).is_success
    except httpx.HTTPError:
        return False
