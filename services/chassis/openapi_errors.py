"""Error responses in OpenAPI: the errors that a route declares, and the errors that the chassis adds to each route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from services.chassis.idempotency import KEY_LIMIT
from services.chassis.problems import (
    CaseHalted,
    ChangedMeanwhile,
    CsrfMissing,
    CursorInvalid,
    InvalidRequest,
    KeyReused,
    KeyTooLong,
    KeyTooShort,
    NotAllowed,
    NotFound,
    NothingToMatch,
    NotJson,
    NotReadable,
    NotReady,
    NotSignedIn,
    NotStorable,
    NotUtf8,
    Problem,
    SignatureMissing,
    SignatureOutdated,
    SignatureWrong,
    TooLarge,
    TooMany,
    TooManyValues,
    TooSlow,
    TryLater,
)
from services.chassis.web import command

SIGNED_IN: tuple[type[Problem], ...] = (NotSignedIn, NotAllowed, InvalidRequest, NotReady)
COMMAND: tuple[type[Problem], ...] = (
    *SIGNED_IN,
    SignatureMissing,
    SignatureOutdated,
    SignatureWrong,
    NotJson,
    KeyReused,
    ChangedMeanwhile,
    NothingToMatch,
)

PROBLEM_JSON = "application/problem+json"
PROBLEM_TYPES = "x-problem-types"
"""OpenAPI extension of a response: its problem types with their titles."""
ROLES = "x-roles"
"""OpenAPI extension of an operation: the roles of which the caller needs one.

An empty list admits any signed-in caller.
"""

_EVERY_ROUTE = (CaseHalted, NotReady, TryLater)
_WITH_INPUT = (InvalidRequest, NotStorable)
_WITH_PATH_PARAMETER = (NotFound,)
_WITH_CURSOR = (CursorInvalid,)
_WITH_BODY = (TooLarge, TooSlow)
_WITH_JSON = (NotUtf8, NotReadable, NotJson, TooManyValues, TooMany)
_SIGNED_IN = (NotSignedIn, NotAllowed)
_SIGNED_IN_CHANGE = (CsrfMissing, SignatureMissing, SignatureOutdated, SignatureWrong)
_COMMAND = (KeyTooShort, KeyTooLong, KeyReused, CaseHalted, NothingToMatch)
"""This tuple and those above list the errors that the chassis itself raises, by kind of route. Add new errors here."""

_BEARER = "bearer"
_CHANGES = {"POST", "PUT", "PATCH", "DELETE"}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Further members depend on the type.",
    "required": ["type", "status", "title"],
    "properties": {
        "type": {"type": "string", "description": "Stable identifier, `/problems/…`."},
        "status": {"type": "integer"},
        "title": {"type": "string", "description": "What is wrong and what to do, in the caller's language."},
        "instance": {"type": "string", "description": "Path of the request."},
    },
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": {"required": True, "schema": {"type": "integer"}, "description": "Seconds."}},
    503: {"Retry-After": {"required": True, "schema": {"type": "integer"}, "description": "Seconds."}},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated request with the same key gets the first response.",
    "schema": {"type": "string", "maxLength": KEY_LIMIT},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag you know. The request is refused if the current ETag differs.",
    "schema": {"type": "string"},
}
_REPLAYED = {
    "Idempotency-Replayed": {"schema": {"const": "true"}, "description": "The response to an earlier request."}
}
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "The current version, for `If-Match`."}}


class ErrorResponses(dict[int | str, dict[str, Any]]):
    """Responses of a route by status. The operator `|` merges the problem types that both sides have for a status."""

    def __or__(self, other: Mapping[int | str, dict[str, Any]], /) -> ErrorResponses:  # type: ignore[override]
        merged = ErrorResponses(self)
        for status, answer in other.items():
            types = {**self.get(status, {}).get(PROBLEM_TYPES, {}), **answer.get(PROBLEM_TYPES, {})}
            merged[status] = _answer(int(status), types) if types else answer
        return merged


def responses(*problems: type[Problem]) -> ErrorResponses:
    """Return the value for `responses=` of a route: each status with its problem types."""
    by_status: dict[int, dict[str, str]] = defaultdict(dict)
    for problem in problems:
        by_status[problem.status][problem.type()] = problem.en
    return ErrorResponses({status: _answer(status, types) for status, types in by_status.items()})


def add_chassis_responses(document: dict[str, Any], routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """Add to an OpenAPI document the errors, headers and roles that follow from the kind of each route."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {_BEARER: {"type": "http", "scheme": "bearer"}}
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete_operation(document["paths"][route.path_format][method.lower()], method, route)
    for generic in ("HTTPValidationError", "ValidationError"):  # FastAPI's own; this system answers with problems
        schemas.pop(generic, None)
    return document


def _complete_operation(operation: dict[str, Any], method: str, route: APIRoute) -> None:
    of_chassis = responses(*_chassis_problems(method, operation, route))
    answers = ErrorResponses(operation["responses"]) | {str(status): answer for status, answer in of_chassis.items()}
    operation["responses"] = answers
    roles = _roles(route.dependant)
    if roles is not None:
        operation[ROLES] = list(roles)
        operation["security"] = [{_BEARER: []}]
    elif NotSignedIn.type() in answers.get("401", {}).get(PROBLEM_TYPES, {}):
        operation["security"] = [{}, {_BEARER: []}]
    parameters: list[Any] = operation.setdefault("parameters", [])
    headers: dict[str, Any] = {}
    if command in _dependencies(route.dependant):
        parameters.append(_IDEMPOTENCY_KEY)
        headers |= _REPLAYED
    if "412" in answers:
        parameters.append(_IF_MATCH)
        headers |= _ETAG
    for status, answer in answers.items():
        if headers and str(status).startswith("2"):
            answer.setdefault("headers", {}).update(headers)


def _chassis_problems(method: str, operation: dict[str, Any], route: APIRoute) -> Iterator[type[Problem]]:
    """Yield the errors that the chassis may give for a request of this route."""
    path, takes_json, parameters = "{" in route.path, route.body_field is not None, _parameters(operation)
    signed_in = _roles(route.dependant) is not None
    kinds: Sequence[tuple[bool, tuple[type[Problem], ...]]] = (
        (True, _EVERY_ROUTE),
        (takes_json or bool(parameters), _WITH_INPUT),
        ("cursor" in parameters, _WITH_CURSOR),
        (path, _WITH_PATH_PARAMETER),
        (method in _CHANGES, _WITH_BODY),
        (takes_json, _WITH_JSON),
        (signed_in, _SIGNED_IN),
        (signed_in and method in _CHANGES, _SIGNED_IN_CHANGE),
        (command in _dependencies(route.dependant), _COMMAND),
    )
    for applies, problems in kinds:
        if applies:
            yield from problems


def _dependencies(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _dependencies(each)


def _roles(dependant: Dependant) -> tuple[str, ...] | None:
    """Return the roles of the dependency made by `web.needs`; `None` if the route has none."""
    return next((each.roles for each in _dependencies(dependant) if hasattr(each, "roles")), None)


def _parameters(operation: dict[str, Any]) -> set[str]:
    return {each["name"] for each in operation.get("parameters", ())}


def _answer(status: int, types: dict[str, str]) -> dict[str, Any]:
    answer = {
        "description": " · ".join(f"`{kind}` {title}" for kind, title in types.items()),
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        PROBLEM_TYPES: types,
    }
    return answer | ({"headers": _HEADERS[status]} if status in _HEADERS else {})
