"""HTTP requests that cannot be handled are answered with a problem, and do not harm the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, Request

from contracts.events.acceptance import CaseWithdrawn
from services.chassis import http_client, telemetry
from services.chassis.application import answer as refusal
from services.chassis.problems import NotReady, NotSignedIn, Problem, TooMany, TryLater
from services.chassis.request_bodies import BODY_LIMIT
from services.chassis.service import Service
from tests.support.installation import SERVICE_KEY, Installation, RunningService, service_client
from tests.support.sample_services import publisher, router

broken = APIRouter()


@broken.get("/api/intake/broken")
async def fails() -> None:
    raise KeyError("a programming error")


@pytest.fixture
async def intake(shared_installation: Installation) -> RunningService:
    if not shared_installation.running:
        await shared_installation.start_all(Service(name="registry"), publisher(routers=[router, broken]))
        shared_installation.remember_state()
    return shared_installation.running["intake"]


@pytest.fixture
async def http(intake: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client.create_client(base_url=intake.url, headers={"accept-language": "en"}) as web:
        yield web


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        ({"json": {"note": "a\x00b"}}, 422, "not-storable"),
        ({"content": b'{"note": "\xff"}', "headers": {"content-type": "application/json"}}, 400, "not-utf8"),
        ({"content": b"{no", "headers": {"content-type": "application/json"}}, 422, "invalid-request"),
        (
            {
                "content": b'{"note": ' + b"[" * 16_000,
                "headers": {"content-type": "application/json", "authorization": f"Bearer {SERVICE_KEY}"},
            },
            400,
            "not-readable",
        ),
        ({"json": {"note": "a" * BODY_LIMIT}}, 413, "too-large"),
        ({"json": {"note": [0] * 1000}}, 413, "too-many-values"),
        ({"content": b"9" * 5000, "headers": {"content-type": "application/json"}}, 400, "not-readable"),
        ({"content": b'{"note": "a"}'}, 415, "not-json"),
        ({"content": b'{"note": "a"}', "headers": {"content-type": "text/plain"}}, 415, "not-json"),
        ({"data": {"note": "a"}}, 415, "not-json"),
        ({"json": {}, "headers": {"idempotency-key": "k" * 201}}, 422, "key-too-long"),
        ({"json": {}, "method": "PATCH"}, 405, "method-not-allowed"),
        ({"json": {}, "headers": {"idempotency-key": "guessable"}}, 422, "key-too-short"),
        ({"json": {"note": "refuse"}, "headers": {"idempotency-key": "k" * 20}}, 404, "not-found"),
    ],
)
async def test_a_bad_request_is_answered_with_a_problem_in_both_languages(
    http: httpx.AsyncClient, request_: dict[str, Any], status: int, kind: str
) -> None:
    url = f"/api/intake/notes/{uuid4()}"
    titles: list[Any] = []
    for language in ("zh-CN", "en"):
        headers = {**request_.get("headers", {}), "accept-language": language}
        given: dict[str, Any] = {"method": "POST", "url": url, **request_, "headers": headers}
        answer = await http.request(**given)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert (body["type"], body["instance"]) == (f"/problems/{kind}", url)
        titles.append(body["title"])
    assert titles[0] != titles[1]


@pytest.mark.parametrize(
    ("problem", "header", "value"),
    [
        (TooMany(seconds=17), "retry-after", "17"),
        (TryLater(), "retry-after", "5"),
        (NotReady(), "retry-after", "5"),
        (NotSignedIn(), "www-authenticate", "Bearer"),
    ],
)
def test_a_refusal_has_the_header_that_tells_when_or_how_to_try_again(
    problem: Problem, header: str, value: str
) -> None:
    assert refusal(problem, Request({"type": "http", "path": "/", "headers": []})).headers[header] == value


async def test_a_server_fault_is_answered_and_the_connection_stays_open(http: httpx.AsyncClient) -> None:
    """A dropped connection would make the reverse proxy answer the next request with 502."""
    first = await http.get("/api/intake/broken")
    assert first.status_code == 500
    assert first.json()["type"] == "/problems/server-fault"
    assert first.json()["trace"]
    second = await http.get("/healthz")
    port = [each.extensions["network_stream"].get_extra_info("client_addr") for each in (first, second)]
    assert second.status_code == 200
    assert port[0] == port[1]


@pytest.mark.parametrize(
    "header",
    [
        b"\xff\xfe",
        b"x" * 9000,
        b"00-" + b"0" * 32 + b"-0123456789abcdef-01",
        b"00-" + b"A" * 32 + b"-" + b"b" * 16 + b"-01",
    ],
)
async def test_an_invalid_traceparent_is_replaced(
    http: httpx.AsyncClient, intake: RunningService, header: bytes
) -> None:
    case_id = uuid4()
    answer = await http.post(f"/api/intake/notes/{case_id}", json={}, headers={b"traceparent": header})
    assert answer.status_code == 202
    kept = await intake.context.database.fetchval("SELECT traceparent FROM event_store WHERE case_id = $1", case_id)
    assert kept.encode() != header
    assert telemetry.trace_of(kept.encode()) == kept


async def test_the_traceparent_of_the_caller_is_stored_with_the_event(
    http: httpx.AsyncClient, intake: RunningService
) -> None:
    case_id, header = uuid4(), f"00-{'a' * 32}-{'b' * 16}-01"
    await http.post(f"/api/intake/notes/{case_id}", json={}, headers={"traceparent": header})
    row = await intake.context.database.fetchrow(
        "SELECT type, traceparent FROM event_store WHERE case_id = $1", case_id
    )
    assert tuple(row) == (CaseWithdrawn.TYPE, header)


async def test_an_escaped_backslash_before_u0000_is_text(http: httpx.AsyncClient) -> None:
    answer = await http.post(f"/api/intake/notes/{uuid4()}", json={"note": r"\u0000 and \\u0000"})
    assert answer.status_code == 202


async def test_a_bad_query_about_aggregates_is_refused(intake: RunningService) -> None:
    async with service_client(intake) as service:
        for query in (
            "?since=x",
            "?cursor=1",
            "?cursor=1/zzz",
            "?limit=0",
            "/all?first=1",
            "/all?limit=0",
            "/of",
            "/of?cases=zzz",
            f"/of?cases={uuid4()},",
        ):
            assert (await service.get(f"/internal/aggregates{query}")).status_code == 422, query
        for query in (
            "?since=0&cursor=&limit=2",
            "?cursor=7/12",
            "/all",
            f"/all?first={uuid4()}&limit=2",
            f"/of?cases={uuid4()}",
            f"/of?cases={uuid4()},{uuid4()}",
        ):
            assert (await service.get(f"/internal/aggregates{query}")).status_code == 200, query
