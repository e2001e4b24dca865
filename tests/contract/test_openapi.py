"""The OpenAPI documents of all services are valid and list every error of the chassis; integers have bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from services.chassis import problems as chassis
from services.chassis.auth import ROLES
from services.chassis.openapi_errors import PROBLEM_JSON, PROBLEM_TYPES
from services.chassis.openapi_errors import ROLES as X_ROLES
from services.chassis.problems import Problem
from services.chassis.settings import SERVICES
from tests.support.bare_application import application


@pytest.fixture(scope="module", params=[each for each in SERVICES if each != "console"])
def document(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the document of every service except the console, which has pages and no API."""
    return application(request.param, tmp_path_factory.getbasetemp()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def problems(operation: dict[str, Any]) -> dict[str, str]:
    """Return the problem types of an operation with their statuses."""
    return {kind: status for status, answer in operation["responses"].items() for kind in answer.get(PROBLEM_TYPES, ())}


def test_the_document_is_valid_and_has_operations(document: dict[str, Any]) -> None:
    assert list(operations(document))
    validate(document)


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        errors = {key: each for key, each in operation["responses"].items() if key.startswith(("4", "5"))}
        assert errors, name
        for status, answer in errors.items():
            assert list(answer["content"]) == [PROBLEM_JSON], f"{name} {status}"
            assert answer[PROBLEM_TYPES], f"{name} {status}"


def test_errors_of_the_chassis_are_documented(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        documented = problems(operation)
        assert documented["/problems/try-later"] == "503", name
        if "{" in name:
            assert documented["/problems/not-found"] == "404", name
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            assert documented["/problems/not-json"] == "415", name
            assert documented["/problems/not-utf8"] == "400", name
        if any(each["in"] in ("path", "query") for each in operation.get("parameters", ())):
            assert documented["/problems/invalid-request"] == "422", name
        if X_ROLES in operation:
            assert documented["/problems/not-signed-in"] == "401", name
            assert documented["/problems/not-allowed"] == "403", name
            assert operation["security"] == [{"bearer": []}], name
            assert set(operation[X_ROLES]) <= set(ROLES), name


_NOT_DOCUMENTED = {
    "Problem",
    "RefusedWithAlternatives",  # bases
    "MethodNotAllowed",  # of a method that is no operation
    "ServerFault",  # never meant
    "EarlierEventsMissing",
    "NotAnEvent",
    "SnapshotReloadNeeded",  # of `/internal`
}


def test_every_error_class_of_the_chassis_is_documented(tmp_path: Path) -> None:
    """A new class needs an entry in services/chassis/openapi_errors.py."""
    classes = {
        each
        for each in vars(chassis).values()
        if isinstance(each, type) and issubclass(each, Problem) and each.__name__ not in _NOT_DOCUMENTED
    }
    documented = {
        kind
        for service in SERVICES
        for _, operation in operations(application(service, tmp_path).openapi())
        for kind in problems(operation)
    }
    assert {each.type() for each in classes} - documented == set()


def test_integers_in_requests_have_bounds(document: dict[str, Any]) -> None:
    """An integer of more than 64 bits could be parsed, but neither stored nor returned."""
    schemas = document.get("components", {}).get("schemas", {})

    def unbounded(schema: Any, where: str, seen: frozenset[str]) -> Iterator[str]:
        if not isinstance(schema, dict):
            return
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name not in seen:
                yield from unbounded(schemas[name], name, seen | {name})
        if schema.get("type") == "integer" and not {"maximum", "exclusiveMaximum"} & schema.keys():
            yield where
        for name, each in schema.get("properties", {}).items():
            yield from unbounded(each, f"{where}.{name}", seen)
        for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
            for each in schema.get(key, ()):
                yield from unbounded(each, where, seen)
        for key in ("items", "additionalProperties"):
            yield from unbounded(schema.get(key), where, seen)

    found: list[str] = []
    for name, operation in operations(document):
        for each in operation.get("parameters", ()):
            found += unbounded(each["schema"], f"{name} {each['name']}", frozenset())
        for each in operation.get("requestBody", {}).get("content", {}).values():
            found += unbounded(each["schema"], name, frozenset())
    assert found == []
