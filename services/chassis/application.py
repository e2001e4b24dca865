"""The web application of a service: routes, error responses, trace ids, health and metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import asyncpg
import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis import internal_api, openapi_errors, request_bodies, telemetry
from services.chassis.database import TRANSIENT
from services.chassis.loops import Loops, SharedProcess
from services.chassis.openapi_errors import PROBLEM_JSON
from services.chassis.problems import (
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    NotJson,
    NotReadable,
    NotStorable,
    NotUtf8,
    Problem,
    ServerFault,
    TryLater,
)
from services.chassis.validation import explain
from services.chassis.web import context_of, language_of

log = logging.getLogger(__name__)

DATABASE_SECONDS = 2.0
"""Seconds to wait for the database in a readiness check."""


def create_app(name: str, title: str, routers: Sequence[APIRouter], lifespan: Any) -> FastAPI:
    """Return the application of one service: its API under `/api/<name>`, its health routes and its internal API."""
    app = _Application(
        title=f"Gridloop {title}",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url=f"/api/{name}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    for router in (*routers, internal_api.router, _health):
        app.router.routes.extend(router.routes)  # `include_router` would build each route a second time
    request_bodies.limit_bodies(app.router.routes)
    app.state.body_turns = request_bodies.BodyTurns()
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(HTTPException, _http)
    for error in TRANSIENT:
        app.add_exception_handler(error, _unavailable)
    app.add_exception_handler(asyncpg.DataError, _not_storable)
    app.add_middleware(_Observe)
    app.state.checks, app.state.status_fields, app.state.loops = {}, {}, None
    app.state.process = SharedProcess()
    return app


class _Application(FastAPI):
    """FastAPI with the error responses of the chassis in its OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            self.openapi_schema = openapi_errors.add_chassis_responses(super().openapi(), self.routes)
        return self.openapi_schema


_health = APIRouter(include_in_schema=False)


@_health.get("/healthz")
async def healthz(request: Request) -> Response:
    """Return whether the process is alive: it answers, and each of its loops runs or can be restarted."""
    loops: Loops | None = request.app.state.loops
    found = loops.dead if loops is not None else []
    body = {"status": "dead", "loops": found} if found else {"status": "alive"}
    return Response(orjson.dumps(body), 503 if found else 200, media_type="application/json")


@_health.get("/readyz")
async def readyz(request: Request) -> Response:
    """Return whether this service is ready to do its work, and why.

    Only the fields of `checks` decide: the database answers, it accepts writes (checked only if the service states
    events), the loops make progress, a registry release is known, and repair has succeeded for every source since the
    start. The other fields only inform: broker, lag, sources and the role of the outbox relay. The broker does not
    decide, because a report is safe in the event store even while the broker is down.
    """
    parts = context_of(request)
    checks: dict[str, bool] = {}
    if parts.pool is not None:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):  # includes the wait for a connection
                checks["database"] = await parts.pool.fetchval("SELECT true")
        except TRANSIENT:
            checks["database"] = False
    found: dict[str, Callable[[], bool]] = request.app.state.checks
    checks.update({name: check() for name, check in found.items()})
    status_fields: dict[str, Callable[[], object]] = request.app.state.status_fields
    ready = all(checks.values())
    body = {"ready": ready, "service": parts.name, "checks": checks} | {
        name: value() for name, value in status_fields.items()
    }
    return Response(orjson.dumps(body), 200 if ready else 503, media_type="application/json")


@_health.get("/metrics")
async def metrics() -> Response:
    """Return the metrics in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def answer(problem: Problem, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """Return the HTTP response for a problem."""
    body = problem.body(language_of(request)) | {"instance": request.url.path}
    return Response(
        orjson.dumps(body, default=str), problem.status, {**problem.headers(), **(headers or {})}, PROBLEM_JSON
    )


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return answer(problem, request)


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Return the HTTP response for a request that failed validation."""
    assert isinstance(error, RequestValidationError)
    if isinstance(error.body, bytes):  # not parsed, because the request does not declare JSON
        return answer(NotJson(), request)
    return answer(InvalidRequest(errors=explain(error.errors(), language_of(request))), request)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return answer(NotFound(what=request.url.path), request)
    if error.status_code == 405:
        return answer(MethodNotAllowed(method=request.method), request, {"allow": ", ".join(_allowed(request))})
    if isinstance(error.__cause__, Problem):  # raised while FastAPI read the body
        return answer(error.__cause__, request)
    if error.status_code == 400 and error.__cause__ is not None:  # the body could not be read
        return answer(NotUtf8() if isinstance(error.__cause__, UnicodeDecodeError) else NotReadable(), request)
    body = {"type": "about:blank", "status": error.status_code, "title": error.detail, "instance": request.url.path}
    return Response(orjson.dumps(body), error.status_code, error.headers, PROBLEM_JSON)


def _allowed(request: Request) -> list[str]:
    """Return the HTTP methods of all routes at this address. Starlette lists only the methods of the first route."""
    found = [
        each for each in request.app.routes if isinstance(each, Route) and each.matches(request.scope)[0] != Match.NONE
    ]
    return sorted({method for each in found for method in each.methods or ()})


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %r", request.method, request.url.path, error)
    return answer(TryLater(), request)


async def _not_storable(request: Request, error: Exception) -> Response:
    """Return the error response for a valid request with a value that PostgreSQL cannot store.

    PostgreSQL cannot store a NUL character or a number that is out of range.
    """
    log.warning("%s %s: %r", request.method, request.url.path, error)
    return answer(NotStorable(), request)


class _Observe:
    """Middleware that sets the trace of a request, measures the time by route, and answers unexpected errors.

    Without this middleware, Starlette would answer an unexpected error and then raise the error again. The server would
    drop the connection, and the reverse proxy would answer the next request on that connection with 502.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        telemetry.trace.set(telemetry.trace_of(dict(scope["headers"]).get(b"traceparent", b"")))
        started, status = perf_counter(), 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if status:
                raise  # the response has begun: only a broken connection shows that it is incomplete
            request = Request(scope, receive)
            await answer(ServerFault(trace=telemetry.trace_id()), request)(scope, receive, observed)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            telemetry.REQUESTS.labels(scope["method"], route, status or 500).observe(perf_counter() - started)
