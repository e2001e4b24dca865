"""The sample district, as tests use it: whole, or with one line changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson

from deploy.local.home import ROOT
from services.chassis.registry_snapshot import RegistrySnapshot
from services.registry.domain import district_files
from services.registry.domain.district_draft import Finding
from services.registry.domain.proposal import from_files

FOLDER = ROOT / "deploy" / "districts" / "lijin"


@lru_cache(maxsize=1)
def district() -> RegistrySnapshot:
    return RegistrySnapshot.from_records(1, district_files.load(FOLDER))


@lru_cache(maxsize=1)
def contents() -> dict[str, bytes]:
    return district_files.read(FOLDER)


def line_of(kind: str, entity_id: str) -> int:
    """The line on which an entity stands."""
    lines = contents()[district_files.FILE_OF[kind]].splitlines()
    return next(number for number, line in enumerate(lines, 1) if orjson.loads(line)["id"] == entity_id)


def with_change(kind: str, entity_id: str, change: Callable[[dict[str, Any]], Any]) -> dict[str, bytes]:
    """The files after `change` was done to one entity."""
    name, number = district_files.FILE_OF[kind], line_of(kind, entity_id)
    lines = contents()[name].splitlines()
    entity = orjson.loads(lines[number - 1])
    change(entity)
    lines[number - 1] = orjson.dumps(entity)
    return {**contents(), name: b"\n".join(lines) + b"\n"}


def with_line(kind: str, entity: dict[str, Any]) -> dict[str, bytes]:
    """The files with one entity more, on the last line."""
    name = district_files.FILE_OF[kind]
    return {**contents(), name: contents().get(name, b"") + orjson.dumps(entity) + b"\n"}


def findings(changed: dict[str, bytes]) -> list[Finding]:
    return from_files(changed, {}).findings


def found(changed: dict[str, bytes]) -> set[tuple[str, int, str]]:
    """File, line and rule of every finding."""
    return {(each.file, each.line, each.rule) for each in findings(changed)}
