"""Limits of request bodies: size, time to arrive, cost of parsing.

FastAPI reads, parses and validates a body before it authenticates the caller. Without limits anybody could keep the
event loop busy: 256 KiB of `{},{},…` take 0.7 s to validate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import perf_counter

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.problems import Problem, TooLarge, TooManyValues, TooSlow
from services.chassis.rate_limit import ConcurrencyLimit, network_of
from services.chassis.web import caller_of, context_of, credential

BODY_LIMIT = 256 << 10
"""Maximum size in bytes, unless the route sets `max_body_size`."""
ANONYMOUS_VALUES = 1000
"""Maximum number of JSON values from a caller who is not signed in. A report has at most about a hundred."""
_BYTES_PER_VALUE = 16
"""Divisor for signed-in callers: one JSON value is allowed for each 16 bytes of the route's size limit."""
_CHEAP_VALUES = 250
_CHEAP_BYTES = 16 << 10
"""Bodies of at most this size and `_CHEAP_VALUES` values are parsed at once. Other bodies wait for their turn."""
_PAUSE_FACTOR = 4.0
"""Event-loop time left to other requests after a large body, as a multiple of its parsing time."""
_LARGE_RATE = 64 << 20
"""Bytes of large bodies that may be handled per second, because reading a body takes time as well."""
_ARRIVAL_SECONDS = 30.0
_LEAST_RATE = 32 << 10
"""A body must arrive within `_ARRIVAL_SECONDS`, plus one second for each `_LEAST_RATE` bytes of its size limit."""
_BYTES_AT_ONCE = 16 << 20
"""Maximum bytes of bodies that one network sends at the same time: 64 bodies of the usual limit, or a thousand reports.

A whole city may share one address. Measured: 64 bodies of 256 KiB cost 18 MiB of memory, 256 of them 71 MiB.
"""
_SMALLEST = 16 << 10
"""A smaller body counts as this many bytes, because its connection costs memory as well."""
_STRUCTURE = b",:[{"


class BodyTurns:
    """Limits that all routes of an application share: bytes of bodies being read, and one large body at a time."""

    def __init__(self) -> None:
        self.reading = ConcurrencyLimit(_BYTES_AT_ONCE)
        self.large = asyncio.Semaphore(1)


class BodyBounds:
    """Limits the request bodies of one route. Raises `TooLarge`, `TooManyValues`, `TooSlow` or `TooMany`."""

    def __init__(self, app: ASGIApp, limit: int, *, is_json: bool) -> None:
        self._app = app
        self._limit = limit
        self._is_json = is_json
        self.arrival_seconds = _ARRIVAL_SECONDS + limit / _LEAST_RATE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length")
        if length is None and b"transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        if length is not None and int(length) > self._limit:
            raise TooLarge(limit=self._limit)
        turns: BodyTurns = scope["app"].state.body_turns
        bounded = self._bounded(receive)
        if not self._is_json:
            await self._app(scope, bounded, send)
            return
        request = Request(scope)
        size = self._limit if length is None else int(length)
        with turns.reading.hold(network_of(request), max(size, _SMALLEST)):
            body = await _read_body(bounded)
            if body is None:
                return  # the caller disconnected
            values = sum(map(body.count, _structure()))
            if values <= _CHEAP_VALUES and len(body) <= _CHEAP_BYTES:
                await self._app(scope, _replay(body, receive), send)
                return
            await turns.large.acquire()
            turn = _Turn(turns.large, len(body), _replay(body, receive))
            try:
                if values > ANONYMOUS_VALUES:
                    self._check_values(request, values)
                await self._app(scope, turn.receive, send)
            finally:
                turn.end()

    def _bounded(self, receive: Receive) -> Receive:
        """Return a `receive` that raises if the body is too large or too slow."""
        arrived, until = 0, asyncio.get_running_loop().time() + self.arrival_seconds
        body_complete = False

        async def bounded() -> Message:
            nonlocal arrived, body_complete
            if body_complete:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise TooSlow(seconds=round(self.arrival_seconds)) from None
            arrived += len(message.get("body", b""))
            body_complete = not message.get("more_body", False)
            if arrived > self._limit:
                raise TooLarge(limit=self._limit)
            return message

        return bounded

    def _check_values(self, request: Request, values: int) -> None:
        limit = self._limit // _BYTES_PER_VALUE if _signed_in(request) else ANONYMOUS_VALUES
        if values > limit:
            raise TooManyValues(limit=limit)


class _Turn:
    """The turn of one large body. The next turn begins after a pause, in which the event loop serves other requests.

    FastAPI parses and validates a body in one step of the event loop. A callback that is scheduled before this step
    runs right after it and ends the turn.
    """

    def __init__(self, large: asyncio.Semaphore, size: int, replay: Receive) -> None:
        self._large = large
        self._size = size
        self._replay = replay
        self._begun: float | None = None
        self._ended = False

    async def receive(self) -> Message:
        """Return the body at the first call."""
        if self._begun is None:
            self._begun = perf_counter()
            asyncio.get_running_loop().call_soon(self.end)
        return await self._replay()

    def end(self) -> None:
        """Give the turn to the next body after the pause."""
        if not self._ended:
            self._ended = True
            took = perf_counter() - self._begun if self._begun is not None else 0.0
            pause = took * _PAUSE_FACTOR + self._size / _LARGE_RATE
            asyncio.get_running_loop().call_later(pause, self._large.release)


def limit_bodies(routes: Iterable[BaseRoute]) -> None:
    """Limit the bodies of these routes. Routes are shared by applications, so each is limited once."""
    for route in routes:
        if isinstance(route, APIRoute) and not isinstance(route.app, BodyBounds):
            limit = route.max_body_size or BODY_LIMIT
            route.app = BodyBounds(route.app, limit, is_json=route.body_field is not None)


def _signed_in(request: Request) -> bool:
    if context_of(request).auth.is_service(credential(request)[0]):
        return True
    try:
        return caller_of(request) is not None
    except Problem:
        return False


def _structure() -> Iterable[bytes]:
    """Return the characters whose number in a body is about the number of its JSON values. Strings may contain some."""
    return (bytes([each]) for each in _STRUCTURE)


async def _read_body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that yields the body as one message, then the server's messages."""
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
