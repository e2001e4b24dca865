"""A draft of the responsibility list 处置责任清单草案, and its trial on past cases.

The registry stores and publishes drafts. Routing tries a draft on past cases and signs the result; the author of the
draft submits the signed result to the registry. A hash of the changes ties the result to the draft that was tried.
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
    """A changed entry of the responsibility list."""

    id: Key
    body: Responsibility | None = None
    """The new entry; `None` removes it."""

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
"""A set of changes to the responsibility list, each entry at most once."""


class TriedCase(Contract):
    """A past case that the draft would route differently."""

    case_id: UUID
    case_number: str
    area: str
    """Community code. Nothing more exact is stored, because the case may turn out to be confidential later."""
    now: tuple[str, ...]
    """Units that the list in force names, the lead first; without a lead a person decides."""
    draft: tuple[str, ...]
    """Units that the draft names."""


class ListTrial(Contract):
    """The result of a trial: past cases routed again with a set of changes."""

    changes_sha256: Sha256
    """Hash of the tried changes, by the function `changes_sha256`."""
    list_version: int
    """Registry release that the changes were applied to."""
    at: Instant
    days: int
    """Number of past days whose cases were tried."""
    as_if_on: date | None = None
    """Day for which all cases were routed; `None` means each case on its own day."""
    tried: int
    """Number of tried cases; only cases that the caller may see are tried."""
    limited: bool = False
    """True if there were more cases than the maximum; the latest were tried."""
    rerouted: int
    """Number of tried cases that the draft would route differently."""
    cases: tuple[TriedCase, ...] = ()
    """At most two hundred of the cases that would be routed differently, latest first."""


def changes_sha256(changes: Iterable[EntryChange]) -> str:
    """Return the hash of a set of changes, independent of their order."""
    digest = hashlib.sha256()
    for change in sorted(changes, key=lambda each: each.id):
        body = change.body.to_body() if change.body is not None else None
        digest.update(json.dumps([change.id, body], sort_keys=True).encode() + b"\n")
    return digest.hexdigest()
