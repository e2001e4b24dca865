"""The page of fields explains exactly the fields of the district files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from contracts.registry import Entity
from deploy.local.home import ROOT
from services.registry.domain.district_files import FILES

PAGE = (ROOT / "deploy" / "districts" / "FIELDS.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\S+).*?\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
COMMON = SECTIONS["多个文件共有"]


def names_in(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


def first_column(text: str) -> set[str]:
    return names_in("\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `")))


def fields(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields of the model and of the objects in it; a limit is explained once."""
    for name, info in model.model_fields.items():
        yield name
        for part in _models(info.annotation):
            if part.__name__ != "Limit":
                yield from fields(part)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


@pytest.mark.parametrize("name", list(FILES))
def test_every_field_of_a_file_is_explained(name: str) -> None:
    model: type[Entity] = FILES[name]
    assert set(fields(model)) <= names_in(SECTIONS[name]) | names_in(COMMON)
    assert first_column(SECTIONS[name]) <= set(model.model_fields), "the page names a field that does not exist"


def required(text: str) -> set[str]:
    """Return the fields of the rows that are marked as required."""
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    return {field for row in rows if "必填。" in row[2] for field in names_in(row[1])}


@pytest.mark.parametrize("name", list(FILES))
def test_exactly_the_required_fields_are_marked(name: str) -> None:
    fields_of = FILES[name].model_fields
    own = first_column(SECTIONS[name])
    must = {field for field, info in fields_of.items() if info.is_required()} - {"id"}
    assert required(SECTIONS[name]) - {"id"} == must & own
    assert must - own <= required(COMMON) | {"areas", "valid_from"}, "common fields that only some files require"


def test_every_file_has_its_section_and_there_are_no_others() -> None:
    assert set(SECTIONS) == {*FILES, "多个文件共有"}
