"""Stored samples of every event are never changed and stay readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.generate.asyncapi import EXAMPLES, samples
from contracts.generate.schemas import schema_of
from contracts.webhooks import BODY_LIMIT, WEBHOOKS, Webhook
from tests.contract.earlier_versions import earlier_versions
from tests.support.rows import failing_rows

MODELS: dict[str, type[Event | Webhook]] = {**EVENTS, **WEBHOOKS}
FILES = [(name, file) for name in sorted(MODELS) for file in samples(name)]


def parse(name: str, body: bytes) -> BaseModel:
    """Parse as our readers do: unknown fields are ignored."""
    return MODELS[name].model_validate_json(body, extra="ignore")


def test_every_type_has_a_sample_and_every_sample_a_type() -> None:
    assert {name for name, _ in FILES} == set(MODELS)
    assert {file for _, file in FILES} == set(EXAMPLES.glob("*.json"))


def test_a_sample_is_parsed_and_written_without_a_change() -> None:
    """Fails when a field was removed, renamed, narrowed or made required. Such a change needs a new version of the
    type.
    """

    def check(name: str, file: Path) -> None:
        model = parse(name, file.read_bytes())
        assert model.model_dump(mode="json", exclude_none=True) == json.loads(file.read_text("utf-8"))

    assert failing_rows(check, FILES) == []


def test_a_sample_matches_its_published_schema() -> None:

    def check(name: str, file: Path) -> None:
        validator = Draft202012Validator(schema_of(MODELS[name]), format_checker=FormatChecker())
        assert [error.message for error in validator.iter_errors(json.loads(file.read_text("utf-8")))] == []

    assert failing_rows(check, FILES) == []


def test_a_reader_ignores_unknown_fields() -> None:

    def check(name: str, file: Path) -> None:
        body = json.loads(file.read_text("utf-8"))
        later = json.dumps({**body, "added_later": {"by": "somebody"}}).encode()
        assert parse(name, later) == parse(name, file.read_bytes())

    assert failing_rows(check, FILES) == []


def test_a_writer_refuses_unknown_fields() -> None:

    def check(name: str, file: Path) -> None:
        body = json.loads(file.read_text("utf-8"))
        with pytest.raises(ValueError, match="added_later"):
            MODELS[name].model_validate({**body, "added_later": 1})

    assert failing_rows(check, FILES) == []


def test_a_body_without_optional_fields_is_readable() -> None:
    """Bodies omit null values, so no field may be both required and nullable."""

    def check(name: str, file: Path) -> None:
        for lean in _leaner(json.loads(file.read_text("utf-8")), MODELS[name]):
            model = MODELS[name].model_validate_json(json.dumps(lean))
            assert parse(name, model.to_bytes()) == model
            assert len(model.to_bytes()) < BODY_LIMIT

    assert failing_rows(check, FILES) == []


def test_some_sample_shows_every_field() -> None:
    """For a new field, add a sample `<type>.<n>.json` that shows it; do not change the old samples."""

    def check(name: str) -> None:
        shown = {path for file in samples(name) for path in _paths(json.loads(file.read_text("utf-8")))}
        assert set(MODELS[name].model_fields) - shown == set()

    assert failing_rows(check, ((name,) for name in sorted(MODELS))) == []


def test_no_sample_was_changed() -> None:
    before = earlier_versions("contracts/examples")
    assert {name for name, text in before if _text(EXAMPLES / name) != text} == set()


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


def _paths(body: dict[str, Any]) -> set[str]:
    return {name for name, value in body.items() if value is not None}


def _leaner(body: dict[str, Any], model: type[BaseModel]) -> list[dict[str, Any]]:
    """Return the body without its optional fields, and with each nullable field set to null."""
    fields = model.model_fields
    made = [{name: value for name, value in body.items() if fields[name].is_required()}]
    for name, field in fields.items():
        if "None" in str(field.annotation):
            made.append({**body, name: None})
    return made
