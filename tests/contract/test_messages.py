"""Rule: whatever is wrong with what somebody sends, they read it in their language and with what to do.

The test walks over every model that a request or a district file is checked by, so that a new kind of field cannot
bring a message that nobody wrote.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

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
"""What a schema demands → the error of whoever does not give it."""

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
"""Kind of schema → its own errors. A kind that is not here fails: say what may be wrong with it."""


def faults(schema: Any) -> Iterator[tuple[str, str]]:
    """Every error that a schema can bring about, each with the pattern where it is of one."""
    if isinstance(schema, list | tuple):
        for each in schema:
            yield from faults(each)
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if isinstance(kind, str):
        yield from ((fault, "") for fault in FAULTS[kind])
        yield from ((fault, str(schema[bound])) for bound, fault in BOUNDS.items() if bound in schema)
        for bound in {"min_length", "max_length"} & schema.keys():
            way = bound.removesuffix("_length").replace("min", "short").replace("max", "long")
            yield ("string_too_" if kind == "str" else "too_") + way, ""
    for name, inner in schema.items():
        if name not in ("metadata", "serialization", "expected", "default"):
            yield from faults(inner)


def asked_for() -> Iterator[Any]:
    """The schema of everything that a route reads, of every service."""
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
                        yield field._type_adapter.core_schema


def test_every_fault_of_a_request_or_a_district_file_has_words_in_both_languages() -> None:
    """A message that nobody wrote is pydantic's English, also for who reads Chinese; a bare pattern says nothing to
    anybody.
    """
    found = {fault for schema in asked_for() for fault in faults(schema)}
    found |= {fault for kind in KINDS.values() for fault in faults(TypeAdapter(kind).core_schema)}
    assert len(found) > 60, "the walk finds what there is"
    assert {fault for fault, _ in found} - MESSAGES.keys() == set()
    assert {pattern for fault, pattern in found if fault == BOUNDS["pattern"]} - SHAPES.keys() == set()


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_every_message_is_whole_in_both_languages(kind: str) -> None:
    """With what pydantic tells about the fault, no blank stays open."""
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
        ((said),) = explain([{"type": kind, "loc": ("field",), "msg": "Input should be", "ctx": context}], language)
        assert "Input should" not in said["message"]
        assert "{" not in said["message"]
        assert said["message"].isascii() == (language == "en")
