"""The event stream to one client. Encoded bytes, which clients share, are written directly to the ASGI server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.tracking.workers.board import frames
from services.tracking.workers.board.channel import Channel, Reader

LIFETIME_SECONDS = 600.0
"""Seconds after which a stream is ended. The client connects again, so that clients spread evenly over the replicas."""
CHECK_SECONDS = 5.0
"""Shortest time in seconds between two checks whether the caller's credential is still valid."""
SEND_TIMEOUT_SECONDS = 30.0
"""Time limit in seconds for sending one piece of the stream."""


class EventStream(Response):
    """A response of type `text/event-stream`. `allowed` returns whether the caller's credential is still valid."""

    media_type = "text/event-stream"

    def __init__(self, channel: Channel, reader: Reader, allowed: Callable[[], bool]) -> None:
        super().__init__(headers={"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._channel = channel
        self._reader = reader
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send frames until the queue ends, the client disconnects or the credential is no longer valid."""
        del scope
        writing = asyncio.create_task(self._write(send))
        disconnect = asyncio.create_task(_wait_for_disconnect(receive))
        try:
            await asyncio.wait((writing, disconnect), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._channel.readers.discard(self._reader)
            writing.cancel()
            disconnect.cancel()
            await asyncio.gather(writing, disconnect, return_exceptions=True)

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        started = checked = monotonic()
        ending = False
        while not ending and (piece := await self._reader.next_piece()) is not None:
            if monotonic() - checked >= CHECK_SECONDS:
                checked = monotonic()
                ending = checked - started > LIFETIME_SECONDS or not self._allowed()
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                await send({"type": "http.response.body", "body": frames.BYE if ending else piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
