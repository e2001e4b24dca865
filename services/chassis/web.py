"""Handling of HTTP requests: caller, language, and how a command becomes one transaction and one response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID, uuid4

import asyncpg
import orjson
from fastapi import Request, Response
from pydantic import BaseModel

from services.chassis import etags, idempotency, telemetry
from services.chassis.auth import ROLES, Caller, access_cookie
from services.chassis.case_creation import Insert
from services.chassis.cases import Case
from services.chassis.context import Context
from services.chassis.database import Connection, Pool, constraint_of
from services.chassis.idempotency import ConcurrentDuplicate, KeyScope, StoredResponse
from services.chassis.problems import (
    ChangedMeanwhile,
    CsrfMissing,
    KeyTooLong,
    KeyTooShort,
    NotAllowed,
    NothingToMatch,
    NotSignedIn,
    Problem,
    TooLarge,
)
from services.chassis.registry_snapshot import RegistrySnapshot

__all__ = [
    "Command",
    "Problem",
    "StoreResponse",
    "command",
    "context",
    "context_of",
    "language",
    "language_of",
    "needs",
    "with_secrets",
]

T = TypeVar("T")

StoreResponse: TypeAlias = Callable[[Connection, T], Awaitable[None]]
"""Stores a command's response, in the transaction that has this connection."""

_SAFE = {"GET", "HEAD", "OPTIONS"}
_EMPTY = 204
"""The status of a response without body."""


def context_of(request: Request) -> Context:
    """Return the context of the running service."""
    found: Context = request.app.state.context
    return found


async def context(request: Request) -> Context:
    """Dependency: the context of the running service.

    Our dependencies are asynchronous, because FastAPI runs each synchronous dependency in a thread.
    """
    return context_of(request)


def language_of(request: Request) -> str:
    """Return `en` if the caller prefers English, else `zh`."""
    chosen = request.cookies.get("gridloop_language") or request.headers.get("accept-language", "")
    return "en" if chosen.lower().startswith("en") else "zh"


async def language(request: Request) -> str:
    """Dependency: `en` if the caller prefers English, else `zh`."""
    return language_of(request)


def credential(request: Request) -> tuple[str, bool]:
    """Return the credential of a request and whether it came by cookie. The credential is empty if there is none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), False
    return request.cookies.get(access_cookie(context_of(request).settings.gridloop_public_url), ""), True


def caller_of(request: Request) -> Caller | None:
    """Return the caller, or `None` without a credential. Raises `NotSignedIn` for an invalid credential."""
    shown_credential, by_cookie = credential(request)
    if not shown_credential:
        return None
    ctx = context_of(request)
    if by_cookie and request.method not in _SAFE and request.headers.get("x-gridloop-csrf") != "1":
        raise CsrfMissing
    return ctx.auth.caller(shown_credential, ctx.district)


async def signed_caller(request: Request) -> Caller | None:
    """Return the caller. Check the signature of a changing request from a machine that the centre requires to sign.

    The id of the signed message replaces the request's `Idempotency-Key`, so that a repeated message has one effect.
    """
    caller = caller_of(request)
    if caller is not None and caller.kind == "key" and request.method not in _SAFE:
        ctx = context_of(request)
        machine = ctx.district.machine_keys.get(caller.id)
        if machine is not None and machine.signed_from is not None:
            request.state.signed_id = ctx.auth.signed_id(machine, request.headers, await request.body())
    return caller


def needs(*roles: str, only: Callable[[Caller], bool] | None = None) -> Callable[[Request], Awaitable[Caller]]:
    """Return a dependency that requires a signed-in caller with one of these roles.

    The caller acts in the first of these roles that the caller has. Without roles any signed-in caller is accepted.
    `only` is a further condition, such as `acts_for_centre`.
    """

    async def dependency(request: Request) -> Caller:
        caller = await signed_caller(request)
        if caller is None:
            raise NotSignedIn
        if (roles and not caller.has(*roles)) or (only is not None and not only(caller)):
            raise NotAllowed(roles=", ".join(roles or ROLES))
        caller = caller.acting_as(*roles)
        request.state.caller = caller
        return caller

    dependency.roles = roles  # type: ignore[attr-defined]
    return dependency


class Command:
    """One changing request: runs a decision on its cases and gives the same response to every repetition."""

    def __init__(self, request: Request, ctx: Context) -> None:
        self.request = request
        self.context = ctx
        self._read: bytes | None = None
        self._scope: KeyScope | None = None
        self._no_stored_response = False

    @property
    def database(self) -> Pool:
        return self.context.database

    @property
    def district(self) -> RegistrySnapshot:
        return self.context.district

    async def run(
        self,
        ids: Iterable[UUID],
        decide: Callable[[dict[UUID, Case[Any]]], T],
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        also: Callable[[Connection, T], Awaitable[None]] | None = None,
        versioned: bool = True,
        version: int | None = None,
    ) -> Response:
        """Decide on the cases in one transaction and respond with the result of `decide`.

        `also` writes further rows of this service in that transaction. A request's `If-Match` is compared with
        `version` if `version` is given, otherwise with the version of the first case. If `version` is not given, the
        response has the new version of the first case as its ETag. Without a case, or with `versioned=False`, a request
        with `If-Match` is refused. A `Problem` raised by `decide` is raised again. Then nothing has changed, and the
        request's `Idempotency-Key` can be used again.
        """
        ids = list(ids)
        if (before := await self.stored_response()) is not None:
            return before
        scope = self._scope
        responses: list[StoredResponse] = []
        first = ids[0] if ids and versioned and version is None else None
        if first is None:
            self._check_version(version)

        def checked(cases: dict[UUID, Case[Any]]) -> T:
            if first is not None:
                self._check_version(cases[first].version)
            result = decide(cases)
            tags = {} if first is None else {"etag": f'"{cases[first].version}"'}
            responses[:] = [
                StoredResponse(status, {**(headers or {}), **tags}, dump(result) if status != _EMPTY else b"")
            ]
            return result

        async def store_response(connection: Connection, result: T) -> None:
            if also is not None:
                await also(connection, result)
            if scope is not None:
                await idempotency.store(connection, scope, responses[0])

        async def run_transaction() -> None:
            await self.context.cases.run(
                ids,
                checked,
                cause=f"command:{uuid4()}",
                traceparent=telemetry.trace.get(),
                before_commit=store_response,
            )

        return await self._answer(scope, run_transaction, responses)

    async def create_case(
        self,
        case_id: UUID,
        decide: Callable[[dict[UUID, Case[Any]]], T],
        *,
        status: int,
        headers: dict[str, str] | None = None,
        rows: Callable[[T], Sequence[Insert]] | None = None,
    ) -> Response:
        """Create a case under a new id, and respond with the result of `decide`.

        Everything is written in one statement.

        `decide` sees only this case. `rows` returns further inserts of this service.
        """
        if (before := await self.stored_response()) is not None:
            return before
        self._check_version(None)
        scope = self._scope
        responses: list[StoredResponse] = []

        def more(result: T) -> list[Insert]:
            responses[:] = [StoredResponse(status, headers or {}, dump(result))]
            inserts = [idempotency.insert_of(scope, responses[0])] if scope is not None else []
            return [*(rows(result) if rows is not None else ()), *inserts]

        async def run_transaction() -> None:
            try:
                await self.context.cases.create_case(
                    case_id, decide, more, cause=f"command:{uuid4()}", traceparent=telemetry.trace.get()
                )
            except asyncpg.UniqueViolationError as error:
                if scope is None or constraint_of(error) != "stored_response_pkey":
                    raise
                raise ConcurrentDuplicate from error

        return await self._answer(scope, run_transaction, responses)

    async def run_without_case(
        self, act: Callable[[StoreResponse[T]], Awaitable[object]], *, status: int = 200
    ) -> Response:
        """Run a change that concerns no case, and respond with its result.

        `act` opens the transaction. As the last step before the commit, `act` must call its argument with the
        connection and the result. This call stores the response.
        """
        if (before := await self.stored_response()) is not None:
            return before
        self._check_version(None)
        scope = self._scope
        responses: list[StoredResponse] = []

        async def keep(connection: Connection, result: T) -> None:
            responses[:] = [StoredResponse(status, {}, dump(result))]
            if scope is not None:
                await idempotency.store(connection, scope, responses[0])

        async def run_transaction() -> None:
            await act(keep)

        return await self._answer(scope, run_transaction, responses)

    async def stored_response(self) -> Response | None:
        """Return the response stored under the request's `Idempotency-Key`, or `None`.

        Call this before any check that may refuse the request. The database is read once per request. Raises
        `KeyTooLong`, `KeyTooShort` and `KeyReused`.
        """
        if self._no_stored_response:
            return None
        self._scope = await self._scope_of_request()
        before = None if self._scope is None else await idempotency.find(self.database, self._scope)
        self._no_stored_response = before is None
        return None if before is None else _replay(before)

    async def body(self, limit: int) -> bytes:
        """Return the bytes of a large request. Raises `TooLarge` as soon as more than `limit` bytes have arrived."""
        data = bytearray()
        async for chunk in self.request.stream():
            data += chunk
            if len(data) > limit:
                raise TooLarge(limit=limit)
        self._read = bytes(data)
        return self._read

    async def _answer(
        self, scope: KeyScope | None, run_transaction: Callable[[], Awaitable[None]], responses: list[StoredResponse]
    ) -> Response:
        """Run the transaction and respond.

        If a simultaneous request with the same key committed first, return the response of that request. This also
        holds if this request is refused, because the effect of the other request may be the reason. A refusal itself is
        not stored: its transaction is rolled back, and the same key may succeed later.
        """
        try:
            await run_transaction()
        except ConcurrentDuplicate:
            return await self._response_of_winner(scope)
        except Problem:
            if scope is not None and (before := await idempotency.find(self.database, scope)) is not None:
                return _replay(before)
            raise
        return _respond(responses[0])

    async def caller(self) -> Caller | None:
        """Return the signed-in caller, or `None`."""
        return getattr(self.request.state, "caller", None) or caller_of(self.request)

    async def _scope_of_request(self) -> KeyScope | None:
        signed = getattr(self.request.state, "signed_id", None)
        key = signed or self.request.headers.get("idempotency-key", "")
        if not key:
            return None
        if len(key) > idempotency.KEY_LIMIT:
            raise KeyTooLong(limit=idempotency.KEY_LIMIT)
        caller = await self.caller()
        if caller is None and len(key) < idempotency.ANONYMOUS_KEY_LEAST:
            raise KeyTooShort(least=idempotency.ANONYMOUS_KEY_LEAST)
        by = f"{caller.kind}:{caller.id}" if caller else idempotency.ANONYMOUS
        method, path = ("", "") if signed else (self.request.method, self.request.url.path)
        body = await self.request.body() if self._read is None else self._read
        return KeyScope(by, method, path, key, body, self.context.settings.gridloop_secret_key)

    def _check_version(self, current: int | None) -> None:
        """Compare `If-Match` with the current version; `current` is `None` if the changed resource has no version.

        Raises `NothingToMatch` and `ChangedMeanwhile`.
        """
        wanted = self.request.headers.get("if-match")
        if wanted is None or etags.ANY in etags.tags(wanted):
            return
        if current is None:
            raise NothingToMatch
        if not etags.matches(wanted, str(current)):
            raise ChangedMeanwhile(yours=", ".join(sorted(etags.tags(wanted))) or wanted, current=current)

    async def _response_of_winner(self, scope: KeyScope | None) -> Response:
        assert scope is not None
        answer = await idempotency.find(self.database, scope)
        if answer is None:
            raise RuntimeError("the response of the simultaneous request is missing")
        return _replay(answer)


def with_secrets(answer: Response, **secrets: str) -> Response:
    """Return the response with these secrets added to its body.

    The response was stored under the request's `Idempotency-Key` without the secrets. So the secrets are stored
    nowhere, and a repeated request gets the response without them.
    """
    if "idempotency-replayed" in answer.headers or answer.status_code >= 400:
        return answer
    body = orjson.dumps(orjson.loads(bytes(answer.body)) | secrets)
    etag = {name: value for name, value in answer.headers.items() if name == "etag"}
    return Response(body, answer.status_code, {"cache-control": "no-store", **etag}, "application/json")


async def command(request: Request) -> Command:
    """Dependency: the command of this request."""
    return Command(request, context_of(request))


def dump(value: Any) -> bytes:
    """Return a value as the JSON of a response."""
    if isinstance(value, BaseModel):
        return value.model_dump_json().encode()
    return orjson.dumps(value, default=_default, option=orjson.OPT_NON_STR_KEYS)


def _default(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _respond(answer: StoredResponse) -> Response:
    headers = dict(answer.headers)
    media = headers.pop("content-type", "application/json")
    return Response(answer.body, answer.status, headers, media)


def _replay(answer: StoredResponse) -> Response:
    response = _respond(answer)
    response.headers["idempotency-replayed"] = "true"
    return response
