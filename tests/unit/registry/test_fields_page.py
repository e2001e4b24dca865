"""The page of fields says what every field of every district file means, and speaks of none that is not there."""

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


def named(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


def first_column(text: str) -> set[str]:
    return named("\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `")))


def fields(model: type[BaseModel]) -> Iterator[str]:
    """Of the model and of the objects in it; a limit is explained once."""
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
    assert set(fields(model)) <= named(SECTIONS[name]) | named(COMMON)
    assert first_column(SECTIONS[name]) <= set(model.model_fields), "the page names a field that is not there"


def required(text: str) -> set[str]:
    """Fields of rows that say so; that one of several is required says nothing of each."""
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    return {field for row in rows if "必填。" in row[2] for field in named(row[1])}


@pytest.mark.parametrize("name", list(FILES))
def test_what_must_be_there_is_marked_and_nothing_else_is(name: str) -> None:
    fields_of = FILES[name].model_fields
    own = first_column(SECTIONS[name])
    must = {field for field, info in fields_of.items() if info.is_required()} - {"id"}
    assert required(SECTIONS[name]) - {"id"} == must & own
    assert must - own <= required(COMMON) | {"areas", "valid_from"}, "of these the page says whose they are"


def test_every_file_has_its_section_and_no_other_has() -> None:
    assert set(SECTIONS) == {*FILES, "多个文件共有"}
