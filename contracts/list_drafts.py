"""A draft of the responsibility list 处置责任清单草案: what it would change, and what became of it when it was tried.

The registry keeps drafts and publishes them; routing tries them on past cases and seals the result, which whoever works
on the draft carries over. Both name a set of changes by its hash, so that a result belongs to exactly what was tried.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from contracts.base import Contract, Instant, Sha256
from contracts.registry import Responsibility
from contracts.registry.base import Key


class EntryChange(Contract):
    """An entry of the responsibility list as it would be."""

    id: Key
    body: Responsibility | None = None
    """None: it would be removed."""

    @model_validator(mode="after")
    def _same_entry(self) -> EntryChange:
        if self.body is not None and self.body.id != self.id:
            raise ValueError("body 的编号须是该条目的编号 / the body carries the id of its entry")
        return self


def _each_once(changes: tuple[EntryChange, ...]) -> tuple[EntryChange, ...]:
    if len({each.id for each in changes}) != len(changes):
        raise ValueError("同一条目只能改一次 / an entry is changed once")
    return changes


EntryChanges = Annotated[tuple[EntryChange, ...], Field(min_length=1, max_length=2000), AfterValidator(_each_once)]
"""A set of changes to the list."""


class TriedCase(Contract):
    """A past case that the draft would send elsewhere."""

    case_id: UUID
    case_number: str
    area: str
    """Community code: what was tried is kept with its draft, and a case may turn out confidential later."""
    now: tuple[str, ...]
    """Units that get an order under the list in force, the lead first; without a lead, a person is asked."""
    draft: tuple[str, ...]
    """Units that would."""


class ListTrial(Contract):
    """What a set of changes did to past cases when routing asked them again."""

    changes_sha256: Sha256
    """Of the changes that were tried, by `changes_sha256`."""
    list_version: int
    """The release that they were laid over."""
    at: Instant
    days: int
    """How far back the cases went."""
    as_if_on: date | None = None
    """The day on which the cases were asked; none: each on its own."""
    tried: int
    """Cases asked again: those that whoever tried it may see."""
    limited: bool = False
    """There were more cases in this time; the latest were tried."""
    elsewhere: int
    cases: tuple[TriedCase, ...] = ()
    """At most two hundred of those that would go elsewhere, the latest first."""


def changes_sha256(changes: Iterable[EntryChange]) -> str:
    """The hash of a set of changes, whatever their order: over each as JSON by id, followed by a newline."""
    digest = hashlib.sha256()
    for change in sorted(changes, key=lambda each: each.id):
        body = change.body.to_body() if change.body is not None else None
        digest.update(json.dumps([change.id, body], sort_keys=True).encode() + b"\n")
    return digest.hexdigest()
