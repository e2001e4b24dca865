"""The generated files agree with the models, and no change of a type breaks a reader or a stored event."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.catalogue import EVENTS
from contracts.generate import ROOT, SCHEMAS, artefacts, drift, write
from contracts.generate.compatibility import breaks
from contracts.generate.schemas import schemas
from contracts.labels import STAGES
from contracts.webhooks import WEBHOOKS
from tests.contract.earlier_versions import earlier_versions
from tests.support.rows import failing_rows

GENERATED = schemas()


def test_the_generated_files_are_up_to_date() -> None:
    """Run `python -m contracts.generate` and commit what it writes."""
    assert drift(ROOT) == []


def test_drift_names_the_file_and_writing_repairs_it(tmp_path: Path) -> None:
    assert write(tmp_path) == len(artefacts(tmp_path))
    assert drift(tmp_path) == []
    (tmp_path / SCHEMAS / "command.case_routed.v1.json").write_text("{}")
    (tmp_path / SCHEMAS / "command.gone.v1.json").write_text("{}")
    (tmp_path / "docs/events.md").unlink()
    assert drift(tmp_path) == [
        "contracts/schemas/command.case_routed.v1.json: differs from the models",
        "docs/events.md: missing",
        "contracts/schemas/command.gone.v1.json: no model has this type",
    ]
    assert write(tmp_path) == 3
    assert drift(tmp_path) == []


def test_every_schema_is_a_valid_schema() -> None:

    def check(name: str) -> None:
        Draft202012Validator.check_schema(GENERATED[name])

    assert failing_rows(check, ((name,) for name in sorted(GENERATED))) == []


def test_every_type_is_described_in_both_languages() -> None:
    models = [*EVENTS.values(), *WEBHOOKS.values()]
    assert [each.TYPE for each in models if "ABOUT" not in vars(each) or not re.search("[一-鿿]", each.ABOUT.zh)] == []
    assert {*STAGES, "registry"} == {model.stage() for model in EVENTS.values()}
    for model in [*EVENTS.values(), *WEBHOOKS.values()]:
        assert model.__doc__, model.TYPE


def test_no_type_breaks_its_earlier_versions() -> None:
    """A breaking change needs a new version of the type."""
    broken: dict[str, list[str]] = {}
    for name, old in earlier_versions(str(SCHEMAS)):
        new = GENERATED.get(name.removesuffix(".json"))
        broken.setdefault(name, []).extend(["the type is gone"] if new is None else breaks(json.loads(old), new))
    assert {name: lines for name, lines in broken.items() if lines} == {}


BASE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "light"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "light": {"enum": ["green", "red"], "type": "string"},
        "note": {"anyOf": [{"type": "string", "maxLength": 10}, {"type": "null"}]},
        "count": {"type": "integer", "minimum": 1},
        "photos": {"type": "array", "items": {"$ref": "#/$defs/Photo"}},
        "body": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "$defs": {"Photo": {"type": "object", "properties": {"role": {"type": "string"}}, "required": ["role"]}},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the base schema with one value replaced, or removed if `value` is None."""
    new = deepcopy(BASE)
    *parents, last = path.split("/")
    node: Any = new
    for step in parents:
        node = node[int(step) if step.isdigit() else step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return new


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("properties/note", None, "note: was removed or renamed"),
        ("required", ["id", "light", "count"], "count: is required now, old events may lack it"),
        ("required", ["id"], "light: is optional now, old readers count on it"),
        ("properties/count/type", "string", "count: was integer, is string"),
        ("properties/light/enum", ["green"], "light: red is refused now"),
        ("properties/id/format", "date-time", "id: format is date-time now"),
        ("properties/count/minimum", 2, "count: minimum is 2 now"),
        ("properties/count/maximum", 9, "count: maximum is 9 now"),
        ("properties/note/anyOf/0/maxLength", 5, "note: maxLength is 5 now"),
        ("properties/note", {"type": "string", "maxLength": 10}, "note: was null, is string"),
        ("$defs/Photo/properties/role", None, "photos[].role: was removed or renamed"),
        ("properties/body/additionalProperties/type", "integer", "body[]: was string, is integer"),
    ],
)
def test_a_breaking_change_is_reported_with_its_field(path: str, value: Any, line: str) -> None:
    assert line in breaks(BASE, changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/new", {"type": "string"}),
        ("properties/light/enum", ["green", "red", "yellow"]),
        ("properties/count/minimum", 0),
        ("properties/count/type", "number"),
        ("properties/note/anyOf/0/maxLength", 20),
        ("properties/id/description", "said better"),
        ("$defs/Photo/properties/taken_at", {"type": "string"}),
    ],
)
def test_an_addition_is_compatible(path: str, value: Any) -> None:
    assert breaks(BASE, changed(path, value)) == []


def test_every_schema_is_compatible_with_itself() -> None:

    def check(name: str) -> None:
        assert breaks(GENERATED[name], GENERATED[name]) == []

    assert failing_rows(check, ((name,) for name in sorted(GENERATED))) == []
