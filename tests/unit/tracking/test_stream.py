"""The event stream of one board: its queue is bounded, and a slow reader never blocks others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.tracking.domain.scope import Scope
from services.tracking.workers.board import channel, frames, stream


class Connection:
    """The server's side of one request."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def open_reader() -> tuple[channel.Channel, channel.Reader]:
    shared, reader = channel.Channel(Scope(everywhere=True)), channel.Reader()
    shared.readers.add(reader)
    return shared, reader


async def test_a_slow_reader_is_told_to_reload_and_disconnected() -> None:
    """When the queue overflows, the reader gets `reset`; all queued and later messages are dropped."""
    reader = channel.Reader()
    for number in range(channel.QUEUE + 5):
        reader.put(b"%d" % number)
    assert await reader.next_piece() == frames.RESET
    assert await reader.next_piece() is None


async def test_waiting_messages_are_sent_in_one_piece() -> None:
    reader = channel.Reader()
    for piece in (b"a", b"b", b"c"):
        reader.put(piece)
    assert await reader.next_piece() == b"abc"
    reader.put(b"d")
    reader.end(frames.BYE)
    assert await reader.next_piece() == frames.BYE
    assert await reader.next_piece() is None


async def test_a_caller_who_lost_access_gets_bye_instead_of_the_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Access is checked at each message, not only at the start of the stream."""
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0.0)
    shared, reader = open_reader()
    connection = Connection()
    reader.put(b"event: batch\ndata: secret\n\n")
    await stream.EventStream(shared, reader, lambda: False)({}, connection.receive, connection.send)
    assert connection.body == frames.BYE
    assert connection.sent[-1]["more_body"] is False
    assert not shared.readers


async def test_a_connection_has_a_maximum_lifetime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(stream, "LIFETIME_SECONDS", -1.0)
    shared, reader = open_reader()
    connection = Connection()
    reader.put(b"event: hb\n\n")
    await stream.EventStream(shared, reader, lambda: True)({}, connection.receive, connection.send)
    assert connection.body == frames.BYE


async def test_a_closed_connection_leaves_nothing_behind() -> None:
    shared, reader = open_reader()
    connection = Connection()
    running = asyncio.create_task(
        stream.EventStream(shared, reader, lambda: True)({}, connection.receive, connection.send)
    )
    reader.put(b"event: hb\n\n")
    async with asyncio.timeout(60):
        while not connection.body:
            await asyncio.sleep(0)
        connection.gone.set()
        await running
    assert not shared.readers
    assert connection.sent[0]["headers"]
    names = {name for name, _ in connection.sent[0]["headers"]}
    assert b"x-accel-buffering" in names
    assert b"content-length" not in names


def test_a_channel_without_readers_encodes_nothing() -> None:
    """The generator of messages raises when it is read."""
    empty = channel.Channel(Scope(everywhere=True))
    empty.publish("epoch", 1, _explode(), {})


def _explode() -> Any:
    raise AssertionError("encoded for nobody")
    yield
