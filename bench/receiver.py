"""A webhook receiver that answers 200 and records when each webhook arrived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson


class Receiver:
    """HTTP server on a free port. `arrived` maps the key of a webhook to the monotonic time of its first arrival.

    The function `key` returns the key of a webhook, or `None` for a webhook that is not recorded.
    """

    def __init__(self, key: Callable[[dict[str, Any]], str | None]) -> None:
        self.arrived: dict[str, float] = {}
        self._key = key
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Start the server and return the URL for webhooks."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = orjson.loads(await reader.readexactly(length))
                answer = b"{}"
                if body.get("type") == "endpoint.test":
                    answer = orjson.dumps({"challenge": body["data"].get("challenge")})
                elif (key := self._key(body)) is not None:
                    self.arrived.setdefault(key, time.monotonic())
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                    % (len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
