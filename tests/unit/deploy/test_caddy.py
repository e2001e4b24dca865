"""Caddy: routing of paths, hidden paths, limits and streams."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deploy.local.caddy import Caddy
from deploy.local.home import Home
from deploy.local.ports import free_port
from services.chassis import http_client
from services.chassis.settings import SERVICES

STREAM = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Upstreams:
    """A server for each service that answers with its name and the path; `/…/stream` sends one event and waits."""

    def __init__(self) -> None:
        self.urls = {name: f"http://127.0.0.1:{free_port()}" for name in SERVICES}
        self.left = asyncio.Event()
        self._servers: dict[str, asyncio.Server] = {}

    async def open(self, *names: str) -> None:
        for name in names:
            port = int(self.urls[name].rpartition(":")[2])
            self._servers[name] = await asyncio.start_server(self._answer(name), "127.0.0.1", port)

    async def close(self) -> None:
        for server in self._servers.values():
            server.close()

    def _answer(self, name: str) -> Any:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            forwarded = [line for line in head.decode().splitlines() if line.lower().startswith("x-forwarded-for")]
            path = head.split(b" ")[1].decode()
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            with contextlib.suppress(asyncio.IncompleteReadError):
                await reader.readexactly(int(length or 0))
            if path.endswith("/stream"):
                writer.write(f"{STREAM}9\r\ndata: 1\n\n\r\n".encode())
                await reader.read()
                self.left.set()
            else:
                body = f"{name} {path} {'.' * 2000} {forwarded}"
                head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
                writer.write(f"{head}server: upstream\r\nconnection: close\r\n\r\n{body}".encode())
            writer.close()

        return answer


@pytest.fixture
async def upstreams() -> AsyncIterator[Upstreams]:
    made = Upstreams()
    await made.open(*(name for name in SERVICES if name != "routing"))
    yield made
    await made.close()


@pytest.fixture
async def caddy_client(home: Home, upstreams: Upstreams) -> AsyncIterator[httpx.AsyncClient]:
    caddy = Caddy(home, free_port(), upstreams.urls)
    await caddy.start()
    async with http_client.create_client(base_url=caddy.url, timeout=10) as client:
        yield client
    await caddy.stop()


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "console"),
        ("/board", "console"),
        ("/readyz", "console"),
        ("/readyz/all", "console"),
        ("/api/registry/session", "registry"),
        ("/api/intake/reports?cursor=1", "intake"),
        ("/api/dispatch/dispatches", "dispatch"),
        ("/api/supervision/scorecards", "supervision"),
        ("/api/tracking/cases", "tracking"),
        ("/open311/v2/services.xml", "intake"),
    ],
)
async def test_each_path_leads_to_its_service(caddy_client: httpx.AsyncClient, path: str, service: str) -> None:
    answer = await caddy_client.get(path)
    assert answer.text.split()[:2] == [service, path]


@pytest.mark.parametrize(
    "path",
    [
        "/internal",
        "/internal/aggregates",
        "/INTERNAL/aggregates",
        "/%69nternal/aggregates",
        "//internal/aggregates",
        "/api/intake/../../internal/aggregates",
        "/metrics",
    ],
)
async def test_internal_paths_are_never_public(caddy_client: httpx.AsyncClient, path: str) -> None:
    answer = await caddy_client.get(httpx.URL(caddy_client.base_url).copy_with(raw_path=path.encode()))
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-public"


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/unknown", 404, "no-such-service"),
        ("/metrics", 404, "not-public"),
        ("/api/routing/cases", 503, "try-later"),
    ],
)
async def test_a_problem_of_caddy_itself_is_in_the_language_of_the_caller(
    caddy_client: httpx.AsyncClient, path: str, status: int, kind: str
) -> None:
    """Routing is down in this test: the caller gets a retryable problem and not an empty 502."""
    titles: set[str] = set()
    languages = ("zh-CN", "en-GB,en;q=0.9")
    # At the same time: Caddy waits for a restarting service before it answers 503.
    answers = await asyncio.gather(*(caddy_client.get(path, headers={"accept-language": each}) for each in languages))
    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert (answer.json()["type"], answer.json()["status"]) == (f"/problems/{kind}", status)
        titles.add(answer.json()["title"])
    assert len(titles) == 2


@pytest.mark.parametrize(
    ("path", "megabytes", "status"),
    [("/api/intake/reports", 3, 413), ("/api/intake/photos/a", 3, 200), ("/api/intake/photos/a", 33, 413)],
)
async def test_a_too_large_body_is_refused_by_caddy(
    caddy_client: httpx.AsyncClient, path: str, megabytes: int, status: int
) -> None:
    answer = await caddy_client.put(path, content=bytes(megabytes * 1_000_000))
    assert answer.status_code == status


@pytest.mark.parametrize("forged", ["198.51.100.7", "198.51.100.7, 10.0.0.1"])
async def test_a_forged_network_address_is_ignored(caddy_client: httpx.AsyncClient, forged: str) -> None:
    """Services throttle sign-ins by this header, so Caddy sets it itself and forwards no received value."""
    answer = await caddy_client.get("/api/registry/release", headers={"x-forwarded-for": forged})
    assert answer.text.endswith("['X-Forwarded-For: 127.0.0.1']")


async def test_a_trusted_load_balancer_names_the_client(home: Home, upstreams: Upstreams) -> None:
    caddy = Caddy(home, free_port(), upstreams.urls, trusted_proxies="10.0.0.0/8 127.0.0.0/8")
    await caddy.start()
    try:
        async with http_client.create_client(base_url=caddy.url, timeout=10) as client:
            # The client forged the first address; the load balancer appended the second one.
            headers = {"x-forwarded-for": "198.51.100.7, 203.0.113.9"}
            answer = await client.get("/api/registry/release", headers=headers)
    finally:
        await caddy.stop()
    assert answer.text.endswith("['X-Forwarded-For: 203.0.113.9']")


async def test_responses_are_compressed_and_do_not_name_the_server(caddy_client: httpx.AsyncClient) -> None:
    answer = await caddy_client.get("/api/intake/reports")
    assert answer.headers["content-encoding"] == "gzip"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("public_url", "sent"),
    [("https://gridloop.example.gov.cn", "max-age=31536000"), ("http://gridloop.example.gov.cn", None)],
)
async def test_https_is_enforced_by_the_public_url_even_if_tls_ends_before_caddy(
    home: Home, upstreams: Upstreams, public_url: str, sent: str | None
) -> None:
    """A load balancer may speak TLS with browsers and plain HTTP with Caddy."""
    caddy = Caddy(home, free_port(), upstreams.urls, public_url=public_url)
    await caddy.start()
    try:
        async with http_client.create_client(base_url=caddy.url, timeout=10) as client:
            answer = await client.get("/board")
            refusal = await client.get("/metrics")
    finally:
        await caddy.stop()
    assert answer.headers.get("strict-transport-security") == sent
    assert refusal.headers.get("strict-transport-security") == sent


async def test_an_event_is_forwarded_at_once_and_a_closed_connection_is_noticed(
    caddy_client: httpx.AsyncClient, upstreams: Upstreams
) -> None:
    async with asyncio.timeout(60):
        async with caddy_client.stream("GET", "/api/tracking/stream") as answer:
            assert "content-encoding" not in answer.headers
            assert await anext(answer.aiter_lines()) == "data: 1"
        await upstreams.left.wait()


async def test_a_request_waits_for_a_restarting_service(caddy_client: httpx.AsyncClient, upstreams: Upstreams) -> None:
    waiting = asyncio.create_task(caddy_client.get("/api/routing/cases"))
    await asyncio.wait({waiting}, timeout=0.3)
    assert not waiting.done()
    await upstreams.open("routing")
    assert (await waiting).text.startswith("routing ")
