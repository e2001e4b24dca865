"""A draft of the district's data: entities, the file and line of each entity, and findings about entities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from contracts.base import Contract
from contracts.registry import Entity

Ref = tuple[str, str]
"""(kind, id) of an entity."""

_E = TypeVar("_E", bound=Entity)


class Finding(Contract):
    """One fault or warning about a line of a district file, with its text in Chinese and English."""

    file: str
    line: int
    """Line number, counted from 1. 0 stands for the whole file."""
    rule: str
    """Name of the broken rule. Later versions do not change these names."""
    kind: str = ""
    id: str = ""
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Source:
    """File and line from which an entity was read."""

    file: str
    line: int


@dataclass(slots=True)
class DistrictDraft:
    """Entities by kind and id, and the file and line of each entity.

    A draft contains either complete district files, or a release with changes.
    """

    records: dict[str, dict[str, Entity]] = field(default_factory=lambda: defaultdict(dict))
    sources: dict[Ref, Source] = field(default_factory=dict[Ref, Source])

    def put(self, entity: Entity, source: Source) -> None:
        """Add an entity, or replace the one with the same kind and id."""
        self.records[entity.KIND][entity.id] = entity
        self.sources[entity.KIND, entity.id] = source

    def remove(self, kind: str, entity_id: str) -> None:
        """Remove an entity, if the draft has it."""
        self.records[kind].pop(entity_id, None)

    def all(self, model: type[_E]) -> Iterator[_E]:
        """Yield the entities of a kind in the order of the file."""
        for entity in self.records.get(model.KIND, {}).values():
            if isinstance(entity, model):
                yield entity

    def get(self, model: type[_E], entity_id: str | None) -> _E | None:
        """Return the entity with this id, or `None` if there is none."""
        entity = self.records.get(model.KIND, {}).get(entity_id or "")
        return entity if isinstance(entity, model) else None

    def finding(self, entity: Entity, rule: str, zh: str, en: str) -> Finding:
        """Return a finding about an entity. The finding names the file and line of the entity."""
        source = self.sources.get((entity.KIND, entity.id), Source("", 0))
        return Finding(file=source.file, line=source.line, rule=rule, kind=entity.KIND, id=entity.id, zh=zh, en=en)

    def line_of(self, entity: Entity) -> int:
        """Return the line of an entity, or 0, so that a finding about another entity can mention this line."""
        source = self.sources.get((entity.KIND, entity.id))
        return source.line if source else 0


def draft_of_release(records: Mapping[str, Mapping[str, Entity]], label: str) -> DistrictDraft:
    """Return a draft with the entities of a release. Findings about them name `label` as the file."""
    draft = DistrictDraft()
    for entities in records.values():
        for entity in entities.values():
            draft.put(entity, Source(label, 0))
    return draft


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings ordered by file, line and rule."""
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.rule, finding.en))
