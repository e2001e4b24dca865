"""A proposed release: what is wrong with it, and what it would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import Field

from contracts.base import Contract
from contracts.registry import KINDS, SECRET_KINDS
from services.registry.domain import files
from services.registry.domain.changes import Bodies, Change, Records, bodies_of, difference
from services.registry.domain.checks import check
from services.registry.domain.checks.warnings import warnings
from services.registry.domain.draft import Draft, Finding, Source, in_order, over

CHANGES_FILE = "changes"
"""What findings call a set of single changes; the line is the number of the change."""

_RELEASE_FILE = "release"
"""What findings call an entity of the release in force that a change does not fit."""

_CLOSED_NOT_REMOVED = frozenset({"grid", "category", "condition", "score_rule"})
"""Cases and months of years ago name them: they are closed or left out of use, never deleted."""


class SingleChange(Contract):
    """One entity to add, replace or (without body) remove."""

    kind: str
    id: str
    body: dict[str, Any] | None = None


class Proposal(Contract):
    """Findings (none: it may be published), warnings, and changes against a release."""

    findings: list[Finding] = Field(default_factory=list[Finding])
    warnings: list[Finding] = Field(default_factory=list[Finding])
    changes: list[Change] = Field(default_factory=list[Change])


def from_files(contents: Mapping[str, bytes], before: Bodies) -> Proposal:
    """Propose what district files say, complete: an entity they do not name is removed."""
    draft, findings = files.parse(contents)
    if findings:
        return Proposal(findings=findings)
    return _propose(draft, before)


def from_changes(changes: Sequence[SingleChange], records: Records) -> Proposal:
    """Propose single changes over the records of the release in force."""
    open_kinds = {kind: found for kind, found in records.items() if kind not in SECRET_KINDS}
    draft, findings = over(open_kinds, _RELEASE_FILE), list[Finding]()
    for number, change in enumerate(changes, start=1):
        findings += _lay(draft, change, number)
    if findings:
        return Proposal(findings=in_order(findings))
    return _propose(draft, bodies_of(records))


def _lay(draft: Draft, change: SingleChange, number: int) -> list[Finding]:
    model = KINDS.get(change.kind)
    if model is None or change.kind in SECRET_KINDS:
        return [_wrong(number, change, "unknown-kind", f"没有种类 {change.kind}。", f"There is no kind {change.kind}.")]
    if change.body is None:
        draft.remove(change.kind, change.id)
        return []
    try:
        line = orjson.dumps(change.body)
    except orjson.JSONEncodeError:
        return [_wrong(number, change, "number-too-large", "数字过大。", "A number is too large.")]
    entity, findings = files.entity_of(model, line, CHANGES_FILE, number)
    if entity is None:
        return findings
    if entity.id != change.id:
        return [_wrong(number, change, "id", f"body 的编号是 {entity.id}。", f"The body's id is {entity.id}.")]
    draft.put(entity, Source(CHANGES_FILE, number))
    return []


def _propose(draft: Draft, before: Bodies) -> Proposal:
    changes = difference(before, bodies_of(draft.records))
    findings = in_order([*check(draft), *_removals(changes), *_rewritten(changes)])
    return Proposal(findings=findings, warnings=warnings(draft), changes=changes)


def _removals(changes: list[Change]) -> list[Finding]:
    """Some kinds may be closed but not removed."""
    return [
        _refused(
            each, "closed-not-removed", "已发布，不能删除。网格请填 valid_to 停用。",
            "was published and cannot be removed. Close a grid with valid_to.",
        )
        for each in changes
        if each.change == "removed" and each.kind in _CLOSED_NOT_REMOVED
    ]  # fmt: skip


def _rewritten(changes: list[Change]) -> list[Finding]:
    """Months were scored by a published edition: whoever wants another publishes one that begins later."""
    return [
        _refused(
            each, "edition-published", "已公布，不能改动。请公布自以后月份起施行的新版本。",
            "was published and does not change. Publish a new edition that begins with a later month.",
        )
        for each in changes
        if each.change == "changed" and each.kind == "score_rule"
    ]  # fmt: skip


def _refused(change: Change, rule: str, zh: str, en: str) -> Finding:
    """A change that no release may make, of whatever line: the sentence goes on from the entity's id."""
    return Finding(
        file=files.FILE_OF[change.kind], line=0, rule=rule, kind=change.kind, id=change.id, zh=f"{change.id} {zh}",
        en=f"{change.id} {en}",
    )  # fmt: skip


def _wrong(number: int, change: SingleChange, rule: str, zh: str, en: str) -> Finding:
    return Finding(file=CHANGES_FILE, line=number, rule=rule, kind=change.kind, id=change.id, zh=zh, en=en)
