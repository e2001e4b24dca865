"""A simulated outside platform, such as the city's 12345 or 110, that receives webhooks from Gridloop.

`City` sends and signs the requests of the platform.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from deploy.local.departments import verify
from deploy.play.city import City, Json


class Platform:
    """Receiver of webhooks. It stores correctly signed messages and counts the others in `refused`."""

    def __init__(self) -> None:
        self.secret = ""
        self.messages: list[Json] = []
        self.refused = 0
        self._open: set[asyncio.StreamWriter] = set()

    def about(self, case_number: str) -> list[Json]:
        """Return the messages about one case in order of arrival."""
        return [each for each in self.messages if each["data"].get("case_number") == case_number]

    def answers(self, number: str) -> list[Json]:
        """Return the hand-over envelopes 移交 that refer to the platform's number of a case, in order of arrival."""
        return [each["data"] for each in self.messages if number in each["data"].get("references", ())]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve the requests of one connection."""
        self._open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {
                    name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
                }
                answer = self._answer(headers, await reader.readexactly(int(headers["content-length"])))
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(answer), answer))
                await writer.drain()
        writer.close()
        self._open.discard(writer)

    async def close_connections(self) -> None:
        """Close the connections, which Gridloop keeps open for further messages."""
        for writer in self._open:
            writer.close()
        while self._open:
            await asyncio.sleep(0.01)

    def _answer(self, headers: dict[str, str], body: bytes) -> bytes:
        message: dict[str, Any] = json.loads(body)
        if message["type"] == "endpoint.test":
            return json.dumps({"challenge": message["data"]["challenge"]}).encode()
        if verify(self.secret, headers, body):
            self.messages.append(message)
        else:
            self.refused += 1
        return b"{}"


@contextlib.asynccontextmanager
async def platform(city: City, who: str = "channel:upstream", **endpoint: str) -> AsyncGenerator[Platform]:
    """Run a simulated platform. Register its endpoint with the key of `who`, and delete the endpoint at the end."""
    found = Platform()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    created = await city.ask(who, "POST", "/api/dispatch/endpoints", {"url": url, "description": "12345", **endpoint})
    found.secret = created["secret"]
    await city.ask(who, "POST", f"/api/dispatch/endpoints/{created['id']}/test")
    try:
        yield found
    finally:
        await city.ask(who, "DELETE", f"/api/dispatch/endpoints/{created['id']}")
        server.close()
        await found.close_connections()


async def until(holds: Callable[[], object], within: float = 30.0) -> None:
    """Wait until a condition holds. Raises `TimeoutError` after `within` seconds."""
    while not holds():
        within -= 0.1
        if within <= 0:
            raise TimeoutError("the expected message of the district did not arrive")
        await asyncio.sleep(0.1)
