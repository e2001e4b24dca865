"""One screen's stream: bounded, ended on purpose, and never holding anybody else up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.tracking.domain.scope import Scope
from services.tracking.workers.board import channel, frames, stream


class Wire:
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


def opened() -> tuple[channel.Channel, channel.Reader]:
    shared, reader = channel.Channel(Scope(everywhere=True)), channel.Reader()
    shared.readers.add(reader)
    return shared, reader


async def test_a_slow_screen_is_told_to_start_again_and_let_go() -> None:
    """Overflow of its queue is `reset` and the end; whatever still waited, or comes after, is dropped."""
    reader = channel.Reader()
    for number in range(channel.QUEUE + 5):
        reader.put(b"%d" % number)
    assert await reader.next_piece() == frames.RESET
    assert await reader.next_piece() is None


async def test_what_waits_goes_out_in_one_piece() -> None:
    reader = channel.Reader()
    for piece in (b"a", b"b", b"c"):
        reader.put(piece)
    assert await reader.next_piece() == b"abc"
    reader.put(b"d")
    reader.end(frames.BYE)
    assert await reader.next_piece() == frames.BYE
    assert await reader.next_piece() is None


async def test_a_caller_who_may_not_read_any_more_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Authorised when it is published, not only when it was opened: `bye` instead of the news."""
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0.0)
    shared, reader = opened()
    wire = Wire()
    reader.put(b"event: batch\ndata: secret\n\n")
    await stream.EventStream(shared, reader, lambda: False)({}, wire.receive, wire.send)
    assert wire.body == frames.BYE
    assert wire.sent[-1]["more_body"] is False
    assert not shared.readers


async def test_a_connection_has_a_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(stream, "LIFETIME_SECONDS", -1.0)
    shared, reader = opened()
    wire = Wire()
    reader.put(b"event: hb\n\n")
    await stream.EventStream(shared, reader, lambda: True)({}, wire.receive, wire.send)
    assert wire.body == frames.BYE


async def test_a_screen_that_leaves_leaves_nothing_behind() -> None:
    shared, reader = opened()
    wire = Wire()
    running = asyncio.create_task(stream.EventStream(shared, reader, lambda: True)({}, wire.receive, wire.send))
    reader.put(b"event: hb\n\n")
    async with asyncio.timeout(60):
        while not wire.body:
            await asyncio.sleep(0)
        wire.gone.set()
        await running
    assert not shared.readers
    assert wire.sent[0]["headers"]
    names = {name for name, _ in wire.sent[0]["headers"]}
    assert b"x-accel-buffering" in names
    assert b"content-length" not in names


def test_no_reader_no_encoding() -> None:
    """A channel that nobody reads costs nothing when cases change."""
    empty = channel.Channel(Scope(everywhere=True))
    empty.publish("epoch", 1, _explode(), {})


def _explode() -> Any:
    raise AssertionError("encoded for nobody")
    yield
