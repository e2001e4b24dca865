"""An httpx transport for one endpoint, with checked network addresses, one deadline and bounded responses.

`httpx.AsyncHTTPTransport` needs a millisecond of CPU per request and does not let the caller choose the network
address. This transport needs a quarter of that time. It asks `addresses.is_permitted` about each resolved address, and
connects to exactly that address. So nobody can evade the check by changing the address of the host name between check
and connection. Redirects are not followed, and proxies and environment variables are not read: these are features of
`httpx.AsyncClient`, which is not used here.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Any

import httpx

from services.dispatch.domain.delivery.addresses import Network, is_permitted
from services.dispatch.workers.connection import Connection, ConnectionBroken

CONNECT_SECONDS = 5.0
BODY_SECONDS = 2.0
"""Time limit for the body after the response head. A body that takes longer is cut off and is no error.

Only a test message needs the body, which must contain the challenge.
"""

KEEP_ALIVE_SECONDS = 20.0

_LOOKUP_THREADS = ThreadPoolExecutor(64, thread_name_prefix="names")
"""Threads for look-ups of host names, at most one look-up at a time for each endpoint.

A look-up cannot be cancelled. The default threads of the event loop are few: if a name server hangs, the look-ups for
its names would occupy all of them and block the look-ups for other endpoints.
"""

_KEPT_HEADERS = frozenset({b"content-type", b"date", b"retry-after", b"server"})
"""Response headers that are passed on.

`content-encoding` is not among them, so httpx never decompresses the body, and a decompression bomb does no harm.
"""


class AddressRefused(httpx.ConnectError):
    """The host name resolves only to network addresses that are not permitted for webhooks."""


class EndpointTransport(httpx.AsyncBaseTransport):
    """Sends requests to one URL. It keeps idle connections and uses them again."""

    def __init__(self, url: httpx.URL, allowed: Sequence[Network], tls: ssl.SSLContext) -> None:
        self._host = url.raw_host.decode()
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._tls = tls if url.scheme == "https" else None
        self._allowed = tuple(allowed)
        self._idle: list[tuple[float, Connection, str]] = []
        self._lookup: asyncio.Future[list[tuple[Any, ...]]] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the response.

        The response head must arrive before `request.extensions["deadline"]` (event loop time). The body is cut off
        then, or after `BODY_SECONDS`. If an idle connection turns out to be closed, the request is sent again on a new
        connection. The response extension `address` holds the network address. Raises `AddressRefused`,
        `httpx.ConnectError`, `httpx.ConnectTimeout`, `httpx.ReadTimeout` and `httpx.RemoteProtocolError`.
        """
        deadline: float = request.extensions["deadline"]
        data = _encode_request(request)
        connection, address = self._idle_connection() or await self._connect(deadline)
        try:
            if not await self._try_exchange(connection, data, deadline):
                connection, address = await self._connect(deadline)
                await self._try_exchange(connection, data, deadline)
            await _read_rest(connection, deadline)
        except BaseException:
            connection.abort()
            raise
        if connection.reusable:
            self._idle.append((asyncio.get_running_loop().time(), connection, address))
        else:
            connection.abort()
        return httpx.Response(
            connection.status,
            headers=[each for each in connection.headers if each[0] in _KEPT_HEADERS],
            content=bytes(connection.body),
            extensions={"address": address.encode()},
        )

    async def aclose(self) -> None:
        """Close idle connections."""
        for _, connection, _ in self._idle:
            connection.abort()
        self._idle.clear()

    def _idle_connection(self) -> tuple[Connection, str] | None:
        oldest = asyncio.get_running_loop().time() - KEEP_ALIVE_SECONDS
        while self._idle:
            since, connection, address = self._idle.pop()
            if since >= oldest and connection.open:
                return connection, address
            connection.abort()
        return None

    async def _try_exchange(self, connection: Connection, data: bytes, deadline: float) -> bool:
        """Write the request and wait for the response head. Return False if an idle connection was closed meanwhile."""
        try:
            async with asyncio.timeout_at(deadline):
                await connection.exchange(data)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time") from error
        except ConnectionBroken as error:
            if not connection.fresh:
                return False
            raise httpx.RemoteProtocolError(str(error)) from error
        return True

    async def _connect(self, deadline: float) -> tuple[Connection, str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(min(deadline, loop.time() + CONNECT_SECONDS)):
                last: OSError | None = None
                for address in await self._addresses():
                    try:
                        _, connection = await loop.create_connection(
                            Connection,
                            address,
                            self._port,
                            ssl=self._tls,
                            server_hostname=self._host if self._tls else None,
                        )
                    except OSError as error:
                        last = error
                    else:
                        return connection, address
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time") from error
        raise httpx.ConnectError(_error_text(last)) from last

    async def _addresses(self) -> list[str]:
        """Return the permitted network addresses of the host.

        Raises `AddressRefused` if none is permitted, and `httpx.ConnectError` if the name cannot be resolved.
        """
        loop = asyncio.get_running_loop()
        try:
            if self._lookup is None or self._lookup.done():
                ask = partial(socket.getaddrinfo, self._host, self._port, type=socket.SOCK_STREAM)
                self._lookup = loop.run_in_executor(_LOOKUP_THREADS, ask)
                self._lookup.add_done_callback(_retrieve_exception)
            found = await asyncio.shield(self._lookup)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"name not resolved: {self._host}") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        chosen = [each for each in addresses if is_permitted(each, self._allowed, tls=self._tls is not None)]
        if not chosen:
            shown = ", ".join(str(ip_address(each.partition("%")[0])) for each in addresses)
            raise AddressRefused(f"network not allowed: {shown}")
        return chosen


def _retrieve_exception(lookup: asyncio.Future[list[tuple[Any, ...]]]) -> None:
    """Retrieve the exception of a failed look-up, so that asyncio does not log it when no caller waits for it."""
    if not lookup.cancelled():
        lookup.exception()


async def _read_rest(connection: Connection, deadline: float) -> None:
    until = min(deadline, asyncio.get_running_loop().time() + BODY_SECONDS)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(until):
            await connection.rest()


def _encode_request(request: httpx.Request) -> bytes:
    head = [b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.url.raw_path)]
    head += [b"%s: %s\r\n" % pair for pair in request.headers.raw]
    return b"".join([*head, b"\r\n", request.content])


def _error_text(error: OSError | None) -> str:
    """Return one line about a connection error, without internal file paths."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate not accepted: {error.verify_message}"
    return f"not connected: {error.strerror or type(error).__name__}" if error else "not connected"
