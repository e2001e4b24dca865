"""Proposal of a release: its changes to the current release, and faults and warnings about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import Field

from contracts.base import Contract
from contracts.registry import KINDS, SECRET_KINDS
from services.registry.domain import district_files
from services.registry.domain.changes import Bodies, Change, Records, bodies_of, difference
from services.registry.domain.checks import check
from services.registry.domain.checks.warnings import warnings
from services.registry.domain.district_draft import DistrictDraft, Finding, Source, draft_of_release, sort_findings

CHANGES_FILE = "changes"
"""File name in findings about single changes. The line in such a finding is the number of the change."""

_RELEASE_FILE = "release"
"""File name in findings about entities that the proposal does not change. A change may contradict such an entity."""

_CLOSED_NOT_REMOVED = frozenset({"grid", "category", "condition", "score_rule"})
"""Kinds of entities that must not be removed, because old cases and scorecards refer to them."""


class SingleChange(Contract):
    """One entity to add or replace. If `body` is `None`, the entity is removed."""

    kind: str
    id: str
    body: dict[str, Any] | None = None


class Proposal(Contract):
    """Changes to the current release, with faults (`findings`) and warnings. Faults prevent publishing."""

    findings: list[Finding] = Field(default_factory=list[Finding])
    warnings: list[Finding] = Field(default_factory=list[Finding])
    changes: list[Change] = Field(default_factory=list[Change])


def from_files(contents: Mapping[str, bytes], before: Bodies) -> Proposal:
    """Propose a release with the data in complete district files. Entities that are not in the files are removed."""
    draft, findings = district_files.parse(contents)
    if findings:
        return Proposal(findings=findings)
    return _propose(draft, before)


def from_changes(changes: Sequence[SingleChange], records: Records) -> Proposal:
    """Propose a release that makes single changes to the current release, whose entities are `records`."""
    open_kinds = {kind: found for kind, found in records.items() if kind not in SECRET_KINDS}
    draft, findings = draft_of_release(open_kinds, _RELEASE_FILE), list[Finding]()
    for number, change in enumerate(changes, start=1):
        findings += _apply(draft, change, number)
    if findings:
        return Proposal(findings=sort_findings(findings))
    return _propose(draft, bodies_of(records))


def _apply(draft: DistrictDraft, change: SingleChange, number: int) -> list[Finding]:
    model = KINDS.get(change.kind)
    if model is None or change.kind in SECRET_KINDS:
        return [_wrong(number, change, "unknown-kind", f"没有种类 {change.kind}。", f"There is no kind {change.kind}.")]
    if change.body is None:
        draft.remove(change.kind, change.id)
        return []
    try:
        # orjson would write an infinite number as null, and json writes integers of any size.
        line = json.dumps(change.body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
        if district_files.LONG_NUMBER.search(line):
            orjson.dumps(change.body)
    except (ValueError, RecursionError, orjson.JSONEncodeError):
        return [
            _wrong(
                number,
                change,
                "number-too-large",
                "数字过大，或嵌套过深。",
                "A number is too large, or the nesting is too deep.",
            )
        ]
    entity, findings = district_files.entity_of(model, line, CHANGES_FILE, number)
    if entity is None:
        return findings
    if entity.id != change.id:
        return [_wrong(number, change, "id", f"body 的编号是 {entity.id}。", f"The body's id is {entity.id}.")]
    draft.put(entity, Source(CHANGES_FILE, number))
    return []


def _propose(draft: DistrictDraft, before: Bodies) -> Proposal:
    changes = difference(before, bodies_of(draft.records))
    findings = sort_findings([*check(draft), *_removals(changes), *_changed_editions(changes)])
    return Proposal(findings=findings, warnings=warnings(draft), changes=changes)


def _removals(changes: list[Change]) -> list[Finding]:
    """Return a finding for each removal of an entity whose kind must not be removed."""
    return [
        _refused(
            each,
            "closed-not-removed",
            "已发布，不能删除。网格请填 valid_to 停用。",
            "was published and cannot be removed. Close a grid with valid_to.",
        )
        for each in changes
        if each.change == "removed" and each.kind in _CLOSED_NOT_REMOVED
    ]


def _changed_editions(changes: list[Change]) -> list[Finding]:
    """Return a finding for each changed score rule.

    A published edition of a score rule must not change, because it may have been applied to past months.
    """
    return [
        _refused(
            each,
            "edition-published",
            "已公布，不能改动。请公布自以后月份起施行的新版本。",
            "was published and cannot change. Publish a new edition that begins in a later month.",
        )
        for each in changes
        if each.change == "changed" and each.kind == "score_rule"
    ]


def _refused(change: Change, rule: str, zh: str, en: str) -> Finding:
    """Return a finding about a forbidden change. Its text is the id of the entity followed by `zh` or `en`."""
    return Finding(
        file=district_files.FILE_OF[change.kind],
        line=0,
        rule=rule,
        kind=change.kind,
        id=change.id,
        zh=f"{change.id} {zh}",
        en=f"{change.id} {en}",
    )


def _wrong(number: int, change: SingleChange, rule: str, zh: str, en: str) -> Finding:
    return Finding(file=CHANGES_FILE, line=number, rule=rule, kind=change.kind, id=change.id, zh=zh, en=en)
