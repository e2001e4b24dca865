"""Drafts of the responsibility list. A draft is created, tried on past cases, submitted, approved and published.

A draft names the release on which it is based. If a later release has changed an entry of the draft, the entry collides
and the draft cannot be published. So a draft never undoes a change that its author has not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from contracts.base import Contract, Instant, StoredDocument
from contracts.list_drafts import EntryChange, EntryChanges, ListTrial, changes_sha256
from contracts.registry import Responsibility
from services.registry.domain.problems import (
    DraftActionUnavailable,
    DraftChanged,
    DraftCollides,
    DraftDatePassed,
    DraftNotTried,
    DraftOwnApproval,
)

State = Literal["open", "submitted", "published", "discarded"]
StepKind = Literal["created", "rewritten", "submitted", "sent_back", "published", "discarded"]
Action = Literal["rewrite", "submit", "approve", "send_back", "discard"]

ACTIONS: dict[State, tuple[Action, ...]] = {
    "open": ("rewrite", "submit", "discard"),
    "submitted": ("approve", "send_back", "discard"),
    "published": (),
    "discarded": (),
}
"""State of a draft → actions that are possible in this state."""

Possible = Sequence[Action] | None
"""Actions that the caller may take on a draft. If an action is refused, the refusal names them.

`None` stands for all actions that are possible in the state of the draft.
"""

_STATE_WORDS: dict[State, tuple[str, str]] = {
    "open": ("起草中", "open"),
    "submitted": ("待批准", "submitted"),
    "published": ("已发布", "published"),
    "discarded": ("已作废", "discarded"),
}
_ACTION_WORDS: dict[Action, tuple[str, str]] = {
    "rewrite": ("修改", "rewrite"),
    "submit": ("提交", "submit"),
    "approve": ("批准", "approve"),
    "send_back": ("退回", "send back"),
    "discard": ("作废", "discard"),
}
_NEW_DRAFT = ("另起草案", "create a new draft")

_DATE_SUFFIX = re.compile(r"\.[0-9]{8}$")


class Content(Contract):
    """Content of a draft: the part that its author writes."""

    changes: EntryChanges
    effective_on: date | None = None
    """First day on which the changes apply. `None` means that they apply as soon as they are published."""
    note: str = ""
    """Reason of the changes, stored with the release."""


class Step(Contract):
    """One step in the history of a draft."""

    kind: StepKind
    at: Instant
    by: str
    """Id of the account or machine key that took the step."""
    name: str = ""
    """Name of the account or machine key that took the step."""
    note: str = ""


class Author(NamedTuple):
    """Who takes a step in the history of a draft, and when."""

    by: str
    at: datetime
    name: str = ""


class ListDraft(Contract, StoredDocument):
    """A stored draft of the responsibility list."""

    id: UUID
    state: State = "open"
    version: int = 1
    based_on: int
    """Release whose entries the author saw when writing the draft."""
    content: Content
    trial: ListTrial | None = None
    """Result of the trial on past cases. `None` until the draft is submitted, and after it is rewritten."""
    steps: tuple[Step, ...]
    release: int | None = None
    """Release in which the draft was published. `None` until then."""

    @property
    def authors(self) -> frozenset[str]:
        """Ids of the accounts and machine keys that created, rewrote or submitted the draft."""
        return frozenset(step.by for step in self.steps if step.kind in ("created", "rewritten", "submitted"))


def create(draft_id: UUID, content: Content, based_on: int, author: Author) -> ListDraft:
    """Return a new draft in the state `open`."""
    return ListDraft(id=draft_id, based_on=based_on, content=content, steps=(_step("created", author),))


def rewrite(
    draft: ListDraft, version: int, content: Content, based_on: int, author: Author, possible: Possible = None
) -> ListDraft:
    """Return the draft with new content and a new base release. The result of its trial is removed."""
    _guard(draft, "rewrite", version, possible)
    return _advance(draft, "open", "rewritten", author, content=content, based_on=based_on, trial=None)


def submit(
    draft: ListDraft,
    version: int,
    trial: ListTrial | None,
    to_publish: Sequence[EntryChange],
    author: Author,
    today: date,
    possible: Possible = None,
) -> ListDraft:
    """Return the draft in the state `submitted`, with the result of its trial.

    Raises `DraftNotTried` unless the trial was done with exactly the changes `to_publish` and the effective date of the
    draft, on the base release of the draft or a later release.
    """
    _guard(draft, "submit", version, possible)
    guard_date(draft, today)
    expected = (changes_sha256(to_publish), draft.content.effective_on)
    if trial is None or (trial.changes_sha256, trial.as_if_on) != expected or trial.list_version < draft.based_on:
        raise DraftNotTried
    return _advance(draft, "submitted", "submitted", author, trial=trial)


def send_back(draft: ListDraft, version: int, reason: str, author: Author, possible: Possible = None) -> ListDraft:
    """Return the draft in the state `open` again, so that its authors can rewrite it."""
    _guard(draft, "send_back", version, possible)
    return _advance(draft, "open", "sent_back", author, note=reason)


def discard(draft: ListDraft, version: int, reason: str, author: Author, possible: Possible = None) -> ListDraft:
    """Return the draft in the state `discarded`."""
    _guard(draft, "discard", version, possible)
    return _advance(draft, "discarded", "discarded", author, note=reason)


def may_approve(draft: ListDraft, by: str | None) -> bool:
    """Return whether the account `by` may approve the draft. Authors and machines (`None`) may not."""
    return by is not None and by not in draft.authors


def guard_approval(draft: ListDraft, version: int, by: str | None, today: date, possible: Possible = None) -> None:
    """Check that the account `by` may approve the draft, and that the effective date has not passed.

    `None` stands for a machine, which may not approve. Raises `DraftOwnApproval` or `DraftDatePassed`.
    """
    _guard(draft, "approve", version, possible)
    if not may_approve(draft, by):
        raise DraftOwnApproval
    guard_date(draft, today)


def mark_published(draft: ListDraft, release: int, author: Author) -> ListDraft:
    """Return the draft in the state `published`, with the number of its release."""
    return _advance(draft, "published", "published", author, release=release)


def _refusal(draft: ListDraft, possible: Sequence[Action]) -> DraftActionUnavailable:
    """Return the problem for an action that the state of the draft forbids. It names the possible actions."""
    words = [_ACTION_WORDS[each] for each in possible] or [_NEW_DRAFT]
    zh, en = _STATE_WORDS[draft.state]
    return DraftActionUnavailable(
        state=zh,
        state_en=en,
        can="、".join(each[0] for each in words),
        can_en=", ".join(each[1] for each in words),
        possible=list(possible),
    )


def guard_collisions(draft: ListDraft, changed_since: Mapping[str, int], current: int) -> None:
    """Raise `DraftCollides` if a later release than the base release has changed entries of the draft."""
    if changed_since:
        entries = ", ".join(f"{entry} ({release})" for entry, release in sorted(changed_since.items()))
        raise DraftCollides(
            based_on=draft.based_on, current=current, entries=entries, collisions=dict(sorted(changed_since.items()))
        )


def changes_to_publish(content: Content, current: Mapping[str, Responsibility]) -> list[EntryChange]:
    """Return the changes to publish, which contain the effective date of the draft.

    Without an effective date these are the changes as written. With one, a present entry that the draft changes gets
    this day as its end, and a second entry (its successor) begins on this day. The id of the successor is the id of the
    present entry, a dot and the day.
    """
    day = content.effective_on
    if day is None:
        return list(content.changes)
    return [each for change in content.changes for each in _from_day(day, change, current.get(change.id))]


def affected_entries(changes: Iterable[EntryChange], content: Content) -> list[str]:
    """Return the ids of the entries in the content of the draft and in the changes to publish."""
    return sorted({each.id for each in changes} | {each.id for each in content.changes})


def _from_day(day: date, change: EntryChange, old: Responsibility | None) -> list[EntryChange]:
    new = change.body
    if new is not None and (new.valid_from is None or new.valid_from < day):
        new = new.model_copy(update={"valid_from": day})
    if old is None or (old.valid_from is not None and old.valid_from >= day):
        return [EntryChange(id=change.id, body=new)]
    ending = EntryChange(id=old.id, body=old.model_copy(update={"valid_to": day}))
    already_ended = old.valid_to is not None and old.valid_to <= day
    endings = [] if already_ended else [ending]
    if new is None:
        return endings
    successor = f"{_DATE_SUFFIX.sub('', change.id)}.{day:%Y%m%d}"
    return [*endings, EntryChange(id=successor, body=new.model_copy(update={"id": successor}))]


def _guard(draft: ListDraft, action: Action, version: int, possible: Possible) -> None:
    if version != draft.version:
        raise DraftChanged(yours=version, current=draft.version)
    if action not in ACTIONS[draft.state]:
        raise _refusal(draft, ACTIONS[draft.state] if possible is None else possible)


def guard_date(draft: ListDraft, today: date) -> None:
    """Raise `DraftDatePassed` if the effective date of the draft has passed."""
    day = draft.content.effective_on
    if day is not None and day < today:
        raise DraftDatePassed(effective_on=day.isoformat(), today=today.isoformat())


def _advance(
    draft: ListDraft, state: State, kind: StepKind, author: Author, note: str = "", **changes: object
) -> ListDraft:
    """Return the next version of the draft, with one more step in its history."""
    steps = (*draft.steps, _step(kind, author, note))
    return draft.model_copy(update={"state": state, "version": draft.version + 1, "steps": steps, **changes})


def _step(kind: StepKind, author: Author, note: str = "") -> Step:
    return Step(kind=kind, at=author.at, by=author.by, name=author.name, note=note)
