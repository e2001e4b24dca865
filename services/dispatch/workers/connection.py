"""One HTTP/1.1 connection to a receiver, parsed by llhttp (`httptools`): about 60 µs of CPU per request.

A receiver may be broken or hostile. So a response head of more than 64 KiB is refused, and only the first 16 KiB of a
response body are kept.
"""

from __future__ import annotations

import asyncio
from typing import cast

import httptools

HEAD_LIMIT = 65_536
BODY_LIMIT = 16_384


class ConnectionBroken(Exception):
    """Raised if no usable response head arrived: the connection was closed, or the data was not HTTP."""


class Connection(asyncio.Protocol):
    """A connection that carries one request at a time. It can carry another request if `reusable` is true."""

    def __init__(self) -> None:
        self.reusable = False
        self.fresh = True
        """True until the first response on this connection is complete."""
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._head_bytes = 0
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[None] = self._loop.create_future()
        self._whole: asyncio.Future[None] = self._loop.create_future()

    @property
    def open(self) -> bool:
        """True if a request can be written to the connection."""
        return self._transport is not None and not self._transport.is_closing()

    def abort(self) -> None:
        """Close the connection at once."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, request: bytes) -> None:
        """Write the request and wait for the response head. Then `status` and `headers` are set.

        Raises `ConnectionBroken` if no usable response head arrives.
        """
        self.status, self.headers, self.body, self._head_bytes = 0, [], bytearray(), 0
        self.reusable = False
        self._head, self._whole = self._loop.create_future(), self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        if self._transport is None or self._transport.is_closing():
            raise ConnectionBroken("closed")
        self._transport.write(request)
        await self._head

    async def rest(self) -> None:
        """Wait until the response body is complete or its first 16 KiB have arrived."""
        await asyncio.shield(self._whole)

    # --- asyncio.Protocol ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        if self._parser is None or self._whole.done():
            self.abort()  # data without a request
            return
        self._head_bytes += 0 if self._head.done() else len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._end("not HTTP")
            self.abort()
            return
        if self._head_bytes > HEAD_LIMIT and not self._head.done():
            self._end("head too long")
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        self._end("closed" if exc is None else f"closed: {type(exc).__name__}")

    # --- httptools ----------------------------------------------------------------------------------------------

    def on_status(self, _: bytes) -> None:
        self._read_status()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._read_status()
        if self.status >= 200:
            _resolve(self._head)

    def on_body(self, body: bytes) -> None:
        if len(self.body) < BODY_LIMIT:
            self.body += body[: BODY_LIMIT - len(self.body)]
        if len(self.body) >= BODY_LIMIT:
            _resolve(self._whole)
            self.abort()

    def on_message_complete(self) -> None:
        if self.status < 200:  # an interim response such as 100 Continue; the final one follows
            self.status, self.headers = 0, []
            return
        assert self._parser is not None
        self.reusable = bool(self._parser.should_keep_alive()) and self.open
        self.fresh = False
        _resolve(self._whole)

    def _read_status(self) -> None:
        assert self._parser is not None
        self.status = self._parser.get_status_code()

    def _end(self, why: str) -> None:
        """End the exchange with this error. A status that was already read stays valid."""
        if self.status >= 200:
            _resolve(self._head)
        elif not self._head.done():
            self._head.set_exception(ConnectionBroken(why))
            self._head.exception()  # mark as retrieved: there may be no waiter
        _resolve(self._whole)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
