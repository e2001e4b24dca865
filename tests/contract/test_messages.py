"""Every validation error has a message in Chinese and English.

The test walks over every model that checks a request or a district file, so that a new kind of field cannot bring an
error without a message.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from contracts.registry import KINDS
from services.chassis.settings import SERVICES
from services.chassis.validation import MESSAGES, SHAPES, explain

BOUNDS = {
    "gt": "greater_than",
    "ge": "greater_than_equal",
    "lt": "less_than",
    "le": "less_than_equal",
    "tz_constraint": "timezone_aware",
    "pattern": "string_pattern_mismatch",
}
"""The error type of each constraint of a schema."""

FAULTS: dict[str, tuple[str, ...]] = {
    "any": (),
    "nullable": (),
    "default": (),
    "union": (),
    "model-field": (),
    "definitions": (),
    "definition-ref": (),
    "no-info": (),
    "computed-field": (),
    "function-before": (),
    "function-after": (),
    "function-wrap": (),
    "bool": ("bool_type", "bool_parsing"),
    "date": ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
    "datetime": ("datetime_type", "datetime_parsing", "datetime_object_invalid", "datetime_from_date_parsing"),
    "time": ("time_type", "time_parsing"),
    "dict": ("dict_type",),
    "float": ("float_type", "float_parsing", "finite_number"),
    "int": ("int_type", "int_parsing", "int_parsing_size", "int_from_float", "finite_number"),
    "list": ("list_type",),
    "tuple": ("tuple_type",),
    "frozenset": ("frozen_set_type",),
    "set": ("set_type",),
    "literal": ("literal_error",),
    "enum": ("enum",),
    "model": ("model_type", "model_attributes_type"),
    "model-fields": ("missing", "extra_forbidden"),
    "str": ("string_type", "string_unicode"),
    "uuid": ("uuid_type", "uuid_parsing"),
}
"""The error types of each kind of schema. A kind that is missing here fails; add its errors."""


def error_types(schema: Any) -> Iterator[tuple[str, str]]:
    """Yield every error type of a schema, with its pattern if it has one."""
    if isinstance(schema, list | tuple):
        for each in schema:
            yield from error_types(each)
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if isinstance(kind, str):
        yield from ((error_type, "") for error_type in FAULTS[kind])
        yield from ((error_type, str(schema[bound])) for bound, error_type in BOUNDS.items() if bound in schema)
        for bound in {"min_length", "max_length"} & schema.keys():
            way = bound.removesuffix("_length").replace("min", "short").replace("max", "long")
            yield ("string_too_" if kind == "str" else "too_") + way, ""
    for name, inner in schema.items():
        if name not in ("metadata", "serialization", "expected", "default"):
            yield from error_types(inner)


def request_schemas() -> Iterator[Any]:
    """Yield the schema of every parameter and body of every route."""
    for service in SERVICES:
        held: list[APIRouter] = list(importlib.import_module(f"services.{service}.app").SERVICE.routers)
        while held:
            for route in held.pop().routes:
                if inner := getattr(route, "original_router", None):
                    held.append(inner)
                if not isinstance(route, APIRoute):
                    continue
                wanted = [route.dependant]
                while wanted:
                    each = wanted.pop()
                    wanted += each.dependencies
                    for field in (*each.path_params, *each.query_params, *each.header_params, *each.body_params):
                        yield TypeAdapter(Annotated[field.field_info.annotation, field.field_info]).core_schema


def test_every_validation_error_has_a_message_in_both_languages() -> None:
    """Without a message, pydantic's English would reach the user, or a bare regular expression."""
    found = {error_type for schema in request_schemas() for error_type in error_types(schema)}
    found |= {error_type for kind in KINDS.values() for error_type in error_types(TypeAdapter(kind).core_schema)}
    assert len(found) > 60, "the walk finds what there is"
    assert {error_type for error_type, _ in found} - MESSAGES.keys() == set()
    assert {pattern for error_type, pattern in found if error_type == BOUNDS["pattern"]} - SHAPES.keys() == set()


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_a_message_has_no_open_placeholder(kind: str) -> None:
    context = {
        "min_length": 1,
        "max_length": 9,
        "gt": 1,
        "ge": 1,
        "lt": 9,
        "le": 9,
        "pattern": r"^[0-9]{4}$",
        "expected": "'a', 'b' or 'c'",
    }
    for language in ("zh", "en"):
        ((problem),) = explain([{"type": kind, "loc": ("field",), "msg": "Input should be", "ctx": context}], language)
        assert "Input should" not in problem["message"]
        assert "{" not in problem["message"]
        assert problem["message"].isascii() == (language == "en")
