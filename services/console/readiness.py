"""Whether the whole system is ready: what `GET /readyz` of the front door answers."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from services.chassis import outgoing
from services.console.session import upstream

router = APIRouter(include_in_schema=False)
_PATIENCE_S = 3.0


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """200 when every service that has an address here is ready; 503 and which is not, else."""
    services = upstream(request).urls
    async with outgoing.client(timeout=_PATIENCE_S) as client:
        answers = await asyncio.gather(
            *(_ask(client, url) for name, url in services.items() if name != "console")
        )  # fmt: skip
    found = dict(zip((name for name in services if name != "console"), answers, strict=True))
    ready = bool(found) and all(found.values())
    return JSONResponse({"ready": ready, "service": "console", "services": found}, 200 if ready else 503)


async def _ask(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).is_success
    except httpx.HTTPError:
        return False
