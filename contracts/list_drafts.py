"""A draft of the responsibility list 处置责任清单草案, and its trial on past cases.

The registry stores and publishes drafts. Routing tries a draft on past cases and signs the result with a key; the
author of the draft submits the signed result to the registry. The result contains a hash of the changes. The hash
identifies the draft that was tried.
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
    """A change of one entry of the responsibility list."""

    id: Key
    body: Responsibility | None = None
    """New content of the entry; `None` removes the entry."""

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
"""Changes of the responsibility list, at most one for each entry."""


class TriedCase(Contract):
    """A past case that would go to other units with the draft."""

    case_id: UUID
    case_number: str
    area: str
    """Code of the community of the case. No more exact place is stored, because the case may turn out to be
    confidential later."""
    now: tuple[str, ...]
    """Units that the list in force names, the lead first; empty if a person decides."""
    draft: tuple[str, ...]
    """Units that the draft names, the lead first; empty if a person decides."""


class ListTrial(Contract):
    """The result of a trial: past cases were routed again with changes of the list."""

    changes_sha256: Sha256
    """Hash of the tried changes, as the function `changes_sha256` returns it."""
    list_version: int
    """Registry release whose list was changed for the trial."""
    at: Instant
    days: int
    """Number of past days; the trial covers the cases of these days."""
    as_if_on: date | None = None
    """Day for which all cases were routed; `None` if each case was routed for its own day."""
    tried: int
    """Number of cases that were tried. The trial covers only cases that the caller may see."""
    limited: bool = False
    """True if there were too many cases, so that only the latest were tried."""
    rerouted: int
    """Number of tried cases that would go to other units with the draft."""
    cases: tuple[TriedCase, ...] = ()
    """Cases that would go to other units with the draft: at most two hundred, latest first."""


def changes_sha256(changes: Iterable[EntryChange]) -> str:
    """Return the hash of changes of the list. The hash does not depend on the order of the changes."""
    digest = hashlib.sha256()
    for change in sorted(changes, key=lambda each: each.id):
        body = change.body.to_body() if change.body is not None else None
        digest.update(json.dumps([change.id, body], sort_keys=True).encode() + b"\n")
    return digest.hexdigest()
