"""Attack: bodies that are too large, too slow or too costly to parse, from callers who are not signed in."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from services.chassis.request_bodies import ANONYMOUS_VALUES, BODY_LIMIT
from services.chassis.service import Service
from tests.support.installation import Installation, RunningService
from tests.support.sample_services import publisher, router
from tests.support.waiting import wait_until

LARGEST = b'{"note":[' + b"0," * (ANONYMOUS_VALUES - 10) + b'0],"x":"' + b"1" * (BODY_LIMIT - 4000) + b'"}'


@pytest.fixture
async def intake(shared_installation: Installation) -> RunningService:
    if not shared_installation.running:
        await shared_installation.start_all(Service(name="registry"), publisher(routers=[router]))
        shared_installation.remember_state()
    return shared_installation.running["intake"]


@pytest.fixture
async def connection(intake: RunningService) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    address = urlsplit(intake.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    yield reader, writer
    writer.close()


def head(**headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    path = f"/api/intake/notes/{uuid4()}"
    return f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{lines}\r\n".encode()


async def status(reader: asyncio.StreamReader) -> int:
    answer = await reader.readuntil(b"\r\n\r\n")
    length = answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(answer[9:12])


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def test_a_body_with_too_large_a_content_length_is_refused_before_it_is_sent(connection: Connection) -> None:
    reader, writer = connection
    writer.write(head(content_length=str(BODY_LIMIT + 1)))
    assert await status(reader) == 413


async def test_a_body_of_unknown_length_is_refused_as_soon_as_it_is_too_large(connection: Connection) -> None:
    reader, writer = connection
    writer.write(head(transfer_encoding="chunked"))
    piece = b"10000\r\n" + b"1" * 0x10000 + b"\r\n"
    for _ in range(BODY_LIMIT // 0x10000 + 1):
        writer.write(piece)
    assert await status(reader) == 413


async def test_a_body_that_does_not_arrive_ends_the_request(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, intake: RunningService
) -> None:
    route = next(each for each in intake.app.router.routes if getattr(each, "path", "").startswith("/api/intake/notes"))
    monkeypatch.setattr(route.app, "arrival_seconds", 0.1)
    reader, writer = connection
    writer.write(head(content_length="100") + b"{")
    assert await status(reader) == 408
    assert await reader.read() == b"", "the connection is closed"


async def send_unfinished_bodies(
    intake: RunningService, stack: contextlib.AsyncExitStack, count: int, size: int
) -> None:
    """Begin to send so many bodies of this size, and leave them unfinished."""
    address = urlsplit(intake.url)
    for _ in range(count):
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        stack.callback(writer.close)
        writer.write(head(content_length=str(size)) + b"{")
    await wait_until(lambda: _bytes_being_read(intake) >= count * size, what="the beginnings of all bodies")


def _bytes_being_read(intake: RunningService) -> int:
    return intake.app.state.body_turns.reading.used


async def test_a_network_may_send_only_so_many_large_bodies_at_once(intake: RunningService) -> None:
    address = urlsplit(intake.url)
    async with contextlib.AsyncExitStack() as stack:
        await send_unfinished_bodies(intake, stack, 64, BODY_LIMIT)
        answers: Counter[int] = Counter()
        while 429 not in answers:
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            stack.callback(writer.close)
            writer.write(head(content_length="2") + b"{}")
            answers[await status(reader)] += 1
    await wait_until(lambda: _bytes_being_read(intake) == 0, what="the end of all bodies")


async def test_hundreds_of_small_bodies_from_one_address_are_accepted_at_once(intake: RunningService) -> None:
    """A whole city may share one address, and mobile connections are slow."""
    address = urlsplit(intake.url)
    async with contextlib.AsyncExitStack() as stack:
        await send_unfinished_bodies(intake, stack, 300, 2000)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        stack.callback(writer.close)
        writer.write(head(content_length="2") + b"{}")
        assert await status(reader) == 202


async def test_many_large_bodies_leave_the_event_loop_to_other_requests(intake: RunningService) -> None:
    """Large bodies get at most a fifth of the event loop. The test counts requests, not seconds."""
    address = urlsplit(intake.url)
    answers: Counter[int] = Counter()

    async def post() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            while True:
                writer.write(head(content_length=str(len(LARGEST))) + LARGEST)
                answers[await status(reader)] += 1
        finally:
            writer.close()

    posting = [asyncio.create_task(post()) for _ in range(8)]
    small = 0
    while sum(answers.values()) < 40:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(head(content_length="2") + b"{}")
        assert await status(reader) == 202
        small += 1
        writer.close()
    for task in posting:
        task.cancel()
    await asyncio.gather(*posting, return_exceptions=True)
    assert answers.keys() == {422}
    assert small >= 5, "without turns it would be one"
