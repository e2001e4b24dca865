"""A fast HTTP client for measurements, so that producing the load takes little CPU time.

It reuses connections and understands only the part of HTTP that Gridloop's responses need.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson


class ResponseError(Exception):
    """A response with a status other than 2xx."""

    def __init__(self, method: str, path: str, status: int, body: bytes) -> None:
        super().__init__(f"{method} {path}: {status} {body[:300].decode()}")
        self.status = status


class Client:
    """Sends requests to one address. Each concurrent request has its own connection."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._kept: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, method: str, path: str, credential: str, body: Any = None, key: str | None = None) -> Any:
        """Send a request and return the parsed JSON of the response. Raises `ResponseError`.

        `key` is the idempotency key of a request that changes something. If it is `None`, a random key is used.
        """
        headers = {"authorization": f"Bearer {credential}", "content-type": "application/json"}
        if method != "GET":
            headers["idempotency-key"] = key or str(uuid4())
        return await self.raw(method, path, headers, b"" if body is None else orjson.dumps(body))

    async def raw(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Any:
        """Send a request and return the parsed JSON of the response. Raises `ResponseError`.

        Returns `None` for an empty response. The request is sent again if the server has closed the reused connection.
        """
        while self._kept:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._once(self._kept.pop(), method, path, headers, body)
        return await self._once(await asyncio.open_connection(self._host, self._port), method, path, headers, body)

    async def _once(
        self,
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Any:
        reader, writer = connection
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {self._host}:{self._port}\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
        )
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = answer.partition(b"content-length:")[2].partition(b"\r\n")[0]
        content = await reader.readexactly(int(length or 0))
        self._kept.append((reader, writer))
        if not answer.startswith(b"http/1.1 2"):
            raise ResponseError(method, path, int(answer[9:12]), content)
        return orjson.loads(content) if content else None

    def close(self) -> None:
        """Close the open connections."""
        for _, writer in self._kept:
            writer.close()
