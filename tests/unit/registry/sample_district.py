"""The published sample district and variants of its files with one line changed."""

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
def lijin() -> RegistrySnapshot:
    return RegistrySnapshot.from_records(1, district_files.load(FOLDER))


@lru_cache(maxsize=1)
def sample_files() -> dict[str, bytes]:
    return district_files.read(FOLDER)


def line_of(kind: str, entity_id: str) -> int:
    """Return the number of the line that holds the entity."""
    lines = sample_files()[district_files.FILE_OF[kind]].splitlines()
    return next(number for number, line in enumerate(lines, 1) if orjson.loads(line)["id"] == entity_id)


def with_change(kind: str, entity_id: str, change: Callable[[dict[str, Any]], Any]) -> dict[str, bytes]:
    """Return the files after `change` was applied to one entity."""
    name, number = district_files.FILE_OF[kind], line_of(kind, entity_id)
    lines = sample_files()[name].splitlines()
    entity = orjson.loads(lines[number - 1])
    change(entity)
    lines[number - 1] = orjson.dumps(entity)
    return {**sample_files(), name: b"\n".join(lines) + b"\n"}


def with_line(kind: str, entity: dict[str, Any]) -> dict[str, bytes]:
    """Return the files with one more entity on the last line."""
    name = district_files.FILE_OF[kind]
    return {**sample_files(), name: sample_files().get(name, b"") + orjson.dumps(entity) + b"\n"}


def findings(changed: dict[str, bytes]) -> list[Finding]:
    return from_files(changed, {}).findings


def findings_by_line(changed: dict[str, bytes]) -> set[tuple[str, int, str]]:
    """Return file, line and rule of every finding."""
    return {(each.file, each.line, each.rule) for each in findings(changed)}
