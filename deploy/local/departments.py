"""Simulated systems of units, so that cases complete by themselves and one person can watch them.

A simulated system uses only the published interfaces, like the system of an integrator. It receives webhooks and
verifies their signatures (Standard Webhooks) with the public key of its endpoint. It acts through the public API with
the key of its unit, and signs its requests if the key requires signatures. After a restart it reads its open dispatches
from the API.

`python -m deploy.local.departments <public URL> <home> <port> <unit,unit…>`
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local import files
from deploy.local.photos import picture

log = logging.getLogger("departments")

PACE = 1.0
"""Seconds that a simulated system waits before each step of a dispatch."""
_TOLERANCE = 300
"""Maximum difference in seconds between the time in a webhook and the present time (Standard Webhooks)."""
_DESCRIPTION = "Gridloop demo"
RETRY_SECONDS = 2.0
"""Seconds before a failed request is repeated."""


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a webhook is recent and signed with the shared secret (Standard Webhooks 1.0, `v1`)."""
    content = _signed_content(headers, body)
    if content is None:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    # There may be several signatures during a key rotation, also of other schemes.
    return any(hmac.compare_digest(expected, given) for given in headers.get("webhook-signature", "").split())


def verify_by_public_key(public_key: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a webhook is recent and its signature fits the public key (Standard Webhooks 1.0, `v1a`)."""
    content = _signed_content(headers, body)
    if content is None:
        return False
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    for given in headers.get("webhook-signature", "").split():
        scheme, _, signature = given.partition(",")
        if scheme == "v1a":
            with contextlib.suppress(InvalidSignature, ValueError):
                key.verify(base64.b64decode(signature), content)
                return True
    return False


def _signed_content(headers: Mapping[str, str], body: bytes) -> bytes | None:
    """Return the content that the signature of a message covers, or `None` if the message is not recent."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > _TOLERANCE:
        return None
    return f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body


def signature_headers(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    """Return the headers that sign a request with the shared secret."""
    sent_at = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac.digest(key, f"{message_id}.{sent_at}.".encode() + body, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": sent_at,
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }


class Department:
    """The simulated system of one unit. It receives dispatches and completes them within seconds."""

    def __init__(
        self,
        unit: str,
        key: str,
        centre: str,
        url: str,
        memory: Path,
        own_secret: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.unit = unit
        self._own_secret = own_secret
        self._url = url
        self._memory = memory
        self._public_key = ""
        self._seen: set[str] = set()
        self._work: dict[str, asyncio.Task[None]] = {}
        self._centre = httpx.AsyncClient(
            base_url=centre,
            headers={"Authorization": f"Bearer {key}"},
            timeout=15,
            trust_env=False,
            transport=transport,
        )

    async def open(self) -> None:
        """Register the endpoint if it is not registered, then begin work on the open dispatches of the unit."""
        self._public_key = files.read(self._memory).get(self.unit, {}).get(self._url, "")
        if not self._public_key:
            self._public_key = await self._register()
            files.write_private(self._memory, files.read(self._memory) | {self.unit: {self._url: self._public_key}})
        inbox = await self._ask("GET", "/api/dispatch/dispatches?state=open&limit=200")
        for dispatch in inbox["items"]:
            self._begin(dispatch, dispatch["rework_round"])

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Response:
        """Verify a webhook and return the response at once. The work on a dispatch continues in the background."""
        message = json.loads(body)
        data = message["data"]
        if message["type"] == "endpoint.test" and not self._public_key:
            # The test arrives before the response that contains the public key.
            return JSONResponse({"challenge": data["challenge"]})
        if not verify_by_public_key(self._public_key, headers, body):
            return Response(status_code=401)
        if message["type"] == "endpoint.test":
            return JSONResponse({"challenge": data["challenge"]})
        if headers["webhook-id"] not in self._seen:
            self._seen.add(headers["webhook-id"])
            if message["type"] in ("dispatch.created", "dispatch.rework_ordered"):
                self._begin(data, data.get("round", 0))
            elif message["type"] == "dispatch.withdrawn":
                self._drop(data)
        return Response(status_code=204)

    async def close(self) -> None:
        """Cancel the running work and close the HTTP client. `open` begins the work again after a restart."""
        for work in self._work.values():
            work.cancel()
        await self._centre.aclose()

    async def _register(self) -> str:
        """Register a new endpoint instead of the old ones, and return the public key of the new endpoint."""
        for old in (await self._ask("GET", "/api/dispatch/endpoints"))["items"]:
            if old["description"] == _DESCRIPTION:
                await self._ask("DELETE", f"/api/dispatch/endpoints/{old['id']}")
        created = await self._ask("POST", "/api/dispatch/endpoints", {"url": self._url, "description": _DESCRIPTION})
        return created["public_keys"][0]

    def _begin(self, dispatch: dict[str, Any], round_: int = 0) -> None:
        self._drop(dispatch)  # the work can be repeated safely, because its requests have idempotency keys
        self._work[dispatch["dispatch_id"]] = asyncio.create_task(self._do(dispatch, round_))

    def _drop(self, dispatch: dict[str, Any]) -> None:
        if work := self._work.pop(dispatch["dispatch_id"], None):
            work.cancel()

    async def _do(self, dispatch: dict[str, Any], round_: int) -> None:
        link, number = dispatch["links"]["dispatch"], dispatch["case_number"]

        async def send(step: str, **body: Any) -> None:
            await asyncio.sleep(PACE)
            await self._ask("POST", f"{link}/{step}", body, key=f"{dispatch['dispatch_id']}/{step}/{round_}")

        try:
            await send("sign")
            await send("progress", note="已派人到现场 / A crew is on site")
            photos = [await self._upload(number, role) for role in ("before", "after")]
            await send("complete", outcome="solved", note="已处理完毕 / Done", photos=photos)
            log.info("%s: %s done", self.unit, number)
        except httpx.HTTPStatusError as refused:
            log.warning("%s: %s: %s", self.unit, number, refused.response.text)

    async def _upload(self, number: str, role: str) -> dict[str, str]:
        image = await asyncio.to_thread(picture, number, role)
        name = hashlib.sha256(image).hexdigest()
        await self._ask("PUT", f"/api/intake/photos/{name}", image)
        return {"sha256": name, "role": role}

    async def _ask(
        self, method: str, address: str, body: dict[str, Any] | bytes | None = None, *, key: str = ""
    ) -> dict[str, Any]:
        """Send a request until the response has neither a 5xx status nor 429, and return the JSON of the response.

        `key` is an idempotency key, which makes the repetition safe. Raises `HTTPStatusError` for another 4xx status.
        """
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        headers = {"Content-Type": "image/png" if isinstance(body, bytes) else "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        message_id = key or str(uuid4())
        while True:
            if self._own_secret and method != "GET":
                headers |= signature_headers(self._own_secret, message_id, content)
            with contextlib.suppress(httpx.TransportError):
                answer = await self._centre.request(method, address, content=content, headers=headers)
                if answer.status_code < 500 and answer.status_code != 429:
                    answer.raise_for_status()
                    return answer.json() if answer.content else {}
            await asyncio.sleep(RETRY_SECONDS)


async def _open(department: Department) -> None:
    try:
        await department.open()
    except httpx.HTTPStatusError as refused:
        log.error("%s could not register its endpoint: %s", department.unit, refused.response.text)  # noqa: TRY400


def create_app(departments: dict[str, Department]) -> Starlette:
    """Create the HTTP application that receives the webhooks. It has one address per unit."""

    async def receive_webhook(request: Request) -> Response:
        department = departments.get(request.path_params["unit"])
        if department is None:
            return Response(status_code=404)
        return await department.receive(request.headers, await request.body())

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield
        for department in departments.values():
            await department.close()

    return Starlette(routes=[Route("/hooks/{unit}", receive_webhook, methods=["POST"])], lifespan=lifespan)


def main(centre: str, home: str, port: str, units: str) -> None:
    """Run the simulated systems of these units (separated by commas) until a signal arrives."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    demo = files.read(Path(home) / "demo.json")
    memory = Path(home) / "departments.json"
    departments = {
        unit: Department(unit, demo["units"][unit], centre, f"http://127.0.0.1:{port}/hooks/{unit}", memory, secret)
        for unit in units.split(",")
        for secret in [demo["signatures"].get(f"unit:{unit}", "")]
    }
    asyncio.run(serve(departments, int(port)))


async def serve(departments: dict[str, Department], port: int) -> None:
    """Listen for webhooks first and then register the endpoints, because Gridloop tests a new endpoint at once."""
    server = uvicorn.Server(uvicorn.Config(create_app(departments), host="127.0.0.1", port=port, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    opening = asyncio.gather(*(_open(department) for department in departments.values()))
    await serving
    opening.cancel()


if __name__ == "__main__":
    main(*sys.argv[1:])
