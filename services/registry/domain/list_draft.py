"""A draft of the responsibility list as it is kept: begun, rewritten, tried, submitted, approved by somebody else, published.

It names the release it builds on. Whatever entry of it was published anew since then collides: a draft never undoes
what its author has not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from contracts.base import Contract, Instant, Stored
from contracts.list_drafts import EntryChange, EntryChanges, ListTrial, changes_sha256
from contracts.registry import Responsibility
from services.registry.domain.problems import (
    DraftChanged,
    DraftCollides,
    DraftNotTried,
    DraftOwn,
    DraftStands,
    DraftTooLate,
)

State = Literal["open", "submitted", "published", "discarded"]
Deed = Literal["begun", "rewritten", "submitted", "sent_back", "published", "discarded"]
Move = Literal["rewrite", "submit", "approve", "send_back", "discard"]

MOVES: dict[State, tuple[Move, ...]] = {
    "open": ("rewrite", "submit", "discard"),
    "submitted": ("approve", "send_back", "discard"),
    "published": (),
    "discarded": (),
}
"""What can be done with a draft, by where it stands."""

_STATE_WORDS: dict[State, tuple[str, str]] = {
    "open": ("起草中", "open"),
    "submitted": ("待批准", "submitted"),
    "published": ("已发布", "published"),
    "discarded": ("已作废", "discarded"),
}
_MOVE_WORDS: dict[Move, tuple[str, str]] = {
    "rewrite": ("修改", "rewrite it"),
    "submit": ("提交", "submit it"),
    "approve": ("批准", "approve it"),
    "send_back": ("退回", "send it back"),
    "discard": ("作废", "discard it"),
}
_NOTHING = ("另起草案", "begin another draft")

_DATED = re.compile(r"\.[0-9]{8}$")


class Wording(Contract):
    """What a person writes into a draft."""

    changes: EntryChanges
    effective_on: date | None = None
    """Day from which the changes count; none: from their release on."""
    note: str = ""
    """Why; kept with the release."""


class Act(Contract):
    """One step in the life of a draft."""

    deed: Deed
    at: Instant
    by: str
    """Id of the account or key."""
    name: str = ""
    """What it is called."""
    note: str = ""


class Author(NamedTuple):
    """Who takes a step, and when."""

    by: str
    at: datetime
    name: str = ""


class ListDraft(Contract, Stored):
    """A stored draft."""

    id: UUID
    state: State = "open"
    version: int = 1
    based_on: int
    """The release whose entries its author saw."""
    wording: Wording
    trial: ListTrial | None = None
    """What became of it on past cases; none since it was last rewritten."""
    acts: tuple[Act, ...]
    release: int | None = None
    """The release it became."""

    @property
    def authors(self) -> frozenset[str]:
        """Everybody who had a hand in what it says."""
        return frozenset(act.by for act in self.acts if act.deed in ("begun", "rewritten", "submitted"))


def begun(draft_id: UUID, wording: Wording, based_on: int, author: Author) -> ListDraft:
    """A new draft."""
    return ListDraft(id=draft_id, based_on=based_on, wording=wording, acts=(_act("begun", author),))


def rewritten(draft: ListDraft, version: int, wording: Wording, based_on: int, author: Author) -> ListDraft:
    """The draft with other words, on the release that its author has seen now. It must be tried again."""
    _guard(draft, "rewrite", version)
    return _moved(draft, "open", "rewritten", author, wording=wording, based_on=based_on, trial=None)


def submitted(
    draft: ListDraft, version: int, trial: ListTrial | None, to_publish: Sequence[EntryChange], author: Author, today: date
) -> ListDraft:  # fmt: skip
    """The draft before those who approve, with its trial. Raises `DraftNotTried` unless exactly this was tried, on the
    release that it builds on or a later one.
    """
    _guard(draft, "submit", version)
    guard_date(draft, today)
    exactly = (changes_sha256(to_publish), draft.wording.effective_on)
    if trial is None or (trial.changes_sha256, trial.as_if_on) != exactly or trial.list_version < draft.based_on:
        raise DraftNotTried
    return _moved(draft, "submitted", "submitted", author, trial=trial)


def sent_back(draft: ListDraft, version: int, reason: str, author: Author) -> ListDraft:
    """The draft with its authors again."""
    _guard(draft, "send_back", version)
    return _moved(draft, "open", "sent_back", author, note=reason)


def discarded(draft: ListDraft, version: int, reason: str, author: Author) -> ListDraft:
    """The draft given up; it stays to be read."""
    _guard(draft, "discard", version)
    return _moved(draft, "discarded", "discarded", author, note=reason)


def may_approve(draft: ListDraft, by: str | None) -> bool:
    """Four eyes: an account that had no hand in it. A machine (none) approves nothing."""
    return by is not None and by not in draft.authors


def guard_approval(draft: ListDraft, version: int, by: str | None, today: date) -> None:
    """Four eyes, and a day of effect that has not passed. `by` is an account; a machine (none) approves nothing.

    Raises `DraftOwn` or `DraftTooLate`.
    """
    _guard(draft, "approve", version)
    if not may_approve(draft, by):
        raise DraftOwn
    guard_date(draft, today)


def published(draft: ListDraft, release: int, author: Author) -> ListDraft:
    """The draft as the release it became."""
    return _moved(draft, "published", "published", author, release=release)


def refusal(draft: ListDraft, possible: Sequence[Move]) -> DraftStands:
    """Return the refusal of a move that the draft's state does not allow. It names the moves that are possible instead."""
    words = [_MOVE_WORDS[each] for each in possible] or [_NOTHING]
    zh, en = _STATE_WORDS[draft.state]
    return DraftStands(
        state=zh, state_en=en, can="、".join(each[0] for each in words), can_en=", ".join(each[1] for each in words),
        possible=list(possible),
    )  # fmt: skip


def guard_collisions(draft: ListDraft, changed_since: Mapping[str, int], current: int) -> None:
    """Refuse a draft whose entries were published anew after the release it builds on. Raises `DraftCollides`."""
    if changed_since:
        named = ", ".join(f"{entry} ({release})" for entry, release in sorted(changed_since.items()))
        raise DraftCollides(
            based_on=draft.based_on, current=current, entries=named, collisions=dict(sorted(changed_since.items()))
        )


def dated(wording: Wording, in_force: Mapping[str, Responsibility]) -> list[EntryChange]:
    """The changes as they are published: with a day of effect the old entry counts until then, the new one from then.

    An id names one body, so the successor of an entry in force gets an id of its own: the entry's, and the day.
    """
    day = wording.effective_on
    if day is None:
        return list(wording.changes)
    return [each for change in wording.changes for each in _from(day, change, in_force.get(change.id))]


def touched(changes: Iterable[EntryChange], wording: Wording) -> list[str]:
    """Ids of every entry that publishing would write, or that the author has looked at."""
    return sorted({each.id for each in changes} | {each.id for each in wording.changes})


def _from(day: date, change: EntryChange, old: Responsibility | None) -> list[EntryChange]:
    new = change.body
    if new is not None and (new.valid_from is None or new.valid_from < day):
        new = new.model_copy(update={"valid_from": day})
    if old is None or (old.valid_from is not None and old.valid_from >= day):
        return [EntryChange(id=change.id, body=new)]
    ending = EntryChange(id=old.id, body=old.model_copy(update={"valid_to": day}))
    over = old.valid_to is not None and old.valid_to <= day
    kept = [] if over else [ending]
    if new is None:
        return kept
    successor = f"{_DATED.sub('', change.id)}.{day:%Y%m%d}"
    return [*kept, EntryChange(id=successor, body=new.model_copy(update={"id": successor}))]


def _guard(draft: ListDraft, move: Move, version: int) -> None:
    if version != draft.version:
        raise DraftChanged(yours=version, current=draft.version)
    if move not in MOVES[draft.state]:
        raise refusal(draft, MOVES[draft.state])


def guard_date(draft: ListDraft, today: date) -> None:
    """Raise `DraftTooLate` if the day of effect has passed."""
    day = draft.wording.effective_on
    if day is not None and day < today:
        raise DraftTooLate(effective_on=day.isoformat(), today=today.isoformat())


def _moved(draft: ListDraft, state: State, deed: Deed, author: Author, note: str = "", **changes: object) -> ListDraft:
    acts = (*draft.acts, _act(deed, author, note))
    return draft.model_copy(update={"state": state, "version": draft.version + 1, "acts": acts, **changes})


def _act(deed: Deed, author: Author, note: str = "") -> Act:
    return Act(deed=deed, at=author.at, by=author.by, name=author.name, note=note)
