"""HTTP servers that receive webhooks, well-behaved and hostile."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.support.waiting import wait_until


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as it arrived."""

    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        """Id of the message."""
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        """Data of the message."""
        return orjson.loads(self.body)["data"]


Behaviour = Callable[[ReceivedRequest, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int = 200, body: bytes = b"ok", **headers: str) -> Behaviour:
    """Answer like a good server."""

    async def behave(_: ReceivedRequest, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = [
            f"HTTP/1.1 {status} X",
            f"content-length: {len(body)}",
            *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return behave


async def echo(got: ReceivedRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer an endpoint test with its challenge."""
    await answer(body=orjson.dumps({"challenge": got.data.get("challenge")}))(got, reader, writer)


def raw(*pieces: bytes, close: bool = True) -> Behaviour:
    """Send these bytes, then close the connection or leave it open."""

    async def behave(_: ReceivedRequest, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if close:
            writer.transport.abort()
        else:
            await asyncio.Event().wait()

    return behave


async def hang(_: ReceivedRequest, __: asyncio.StreamReader, ___: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


def drip(piece: bytes, first: bytes = b"", every: float = 0.01) -> Behaviour:
    """Send small pieces for ever, so that no single read times out."""

    async def behave(_: ReceivedRequest, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every)

    return behave


@dataclass
class Receiver:
    """A server on its own port. `behaviour` may be changed while it runs."""

    behaviour: Behaviour
    got: list[ReceivedRequest] = field(default_factory=list)
    port: int = 0
    connections: int = 0
    most_at_once: int = 0
    _at_once: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Address to register as an endpoint."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """Ids of the received messages in order."""
        return [each.id for each in self.got]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                await self._one(reader, writer)
        writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        got = ReceivedRequest(headers, body, asyncio.get_running_loop().time())
        self.got.append(got)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self.behaviour(got, reader, writer)
            await writer.drain()
        finally:
            self._at_once -= 1

    def close(self) -> None:
        """Close all connections."""
        for task in list(self._tasks):
            task.cancel()


@contextlib.asynccontextmanager
async def receiver(behaviour: Behaviour | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Yield a running receiver."""
    found = Receiver(behaviour or answer())
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        found.close()
        await server.wait_closed()


async def wait_for_webhook(there: Receiver, type_: str) -> dict[str, Any]:
    """Wait for a webhook of this type and return the body of the last one."""

    def body() -> dict[str, Any] | None:
        found = [each for each in there.got if orjson.loads(each.body)["type"] == type_]
        return orjson.loads(found[-1].body) if found else None

    return await wait_until(body, what=type_)
