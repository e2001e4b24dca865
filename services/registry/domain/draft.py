"""A draft of the district's data: entities that know the line they come from, and what is wrong with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from contracts.base import Contract
from contracts.registry import Entity

Ref = tuple[str, str]
"""Kind and id of an entity."""

_E = TypeVar("_E", bound=Entity)


class Finding(Contract):
    """One thing that is wrong, at one line, in both languages."""

    file: str
    line: int
    """1 is the first line; 0 when the file itself is meant."""
    rule: str
    """Stable name of the rule that is broken."""
    kind: str = ""
    id: str = ""
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entity was written."""

    file: str
    line: int


@dataclass(slots=True)
class Draft:
    """Entities by kind and id, with the line each came from; complete, or changes laid over a release."""

    records: dict[str, dict[str, Entity]] = field(default_factory=lambda: defaultdict(dict))
    sources: dict[Ref, Source] = field(default_factory=dict[Ref, Source])

    def put(self, entity: Entity, source: Source) -> None:
        """Add or replace an entity."""
        self.records[entity.KIND][entity.id] = entity
        self.sources[entity.KIND, entity.id] = source

    def remove(self, kind: str, entity_id: str) -> None:
        """Take an entity out."""
        self.records[kind].pop(entity_id, None)

    def all(self, model: type[_E]) -> Iterator[_E]:
        """Entities of a kind, in the order they were written."""
        for entity in self.records.get(model.KIND, {}).values():
            if isinstance(entity, model):
                yield entity

    def get(self, model: type[_E], entity_id: str | None) -> _E | None:
        """One entity, or None."""
        entity = self.records.get(model.KIND, {}).get(entity_id or "")
        return entity if isinstance(entity, model) else None

    def finding(self, entity: Entity, rule: str, zh: str, en: str) -> Finding:
        """Something wrong with an entity, at its line."""
        source = self.sources.get((entity.KIND, entity.id), Source("", 0))
        return Finding(file=source.file, line=source.line, rule=rule, kind=entity.KIND, id=entity.id, zh=zh, en=en)

    def line_of(self, entity: Entity) -> int:
        """The line of an entity, to name it in another one's finding."""
        source = self.sources.get((entity.KIND, entity.id))
        return source.line if source else 0


def over(records: Mapping[str, Mapping[str, Entity]], label: str) -> Draft:
    """A draft that starts as a published release; its entities are said to stand in `label`."""
    draft = Draft()
    for entities in records.values():
        for entity in entities.values():
            draft.put(entity, Source(label, 0))
    return draft


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings as a person reads them: by file, then line."""
    return sorted(findings, key=lambda finding: (finding.file, finding.line, finding.rule, finding.en))
