"""Drafts of the list as they are sent and shown."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from contracts.base import DayText, Instant, WholeNumber
from contracts.list_drafts import EntryChange, EntryChanges, ListTrial
from contracts.masking import mask
from contracts.registry import Responsibility
from services.chassis.auth import Caller
from services.registry.api.views import Text, View
from services.registry.domain.changes import Change
from services.registry.domain.draft import Finding
from services.registry.domain.list_draft import MOVES, Act, ListDraft, Move, State, Wording

Note = Annotated[Text, Field(max_length=500), AfterValidator(mask)]
"""Free text; phone numbers, identity cards and plates are starred out."""


class DraftForm(View):
    """What a draft says."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "changes": [
                        {
                            "id": "gb-06027",
                            "body": {
                                "id": "gb-06027", "match": {"category": "GB47678-5-2026/matter/06027"},
                                "area": "370522", "lead": "urban-management",
                            },
                        }
                    ],
                    "effective_on": "2027-01-01", "note": "按县编办 2026 年 12 月批复", "based_on": 12,
                }
            ]
        }
    )  # fmt: skip

    changes: EntryChanges
    effective_on: DayText | None = None
    """Day from which the changes count: until then what is in force goes on. None: from their release on."""
    note: Note = ""
    """Why; kept with the release. No names of people."""
    based_on: WholeNumber = Field(ge=1)
    """The release whose entries you saw."""

    def wording(self) -> Wording:
        """As it is kept."""
        return Wording(changes=self.changes, effective_on=self.effective_on, note=self.note)


class DraftRewriteForm(DraftForm):
    """The same, over a version of the draft."""

    version: WholeNumber
    """The version that you saw."""


class DraftVersionForm(View):
    """Which version of the draft is meant."""

    version: WholeNumber


class DraftSubmitForm(DraftVersionForm):
    """The draft and its trial."""

    sealed: Annotated[str, Field(max_length=200_000)]
    """Of the answer of `POST /api/routing/list-preview` to the draft's `to_try`."""


class DraftReasonForm(DraftVersionForm):
    """Which version, and why."""

    reason: Annotated[Note, Field(min_length=1)]


class ToTry(View):
    """What to send to `POST /api/routing/list-preview`; `days` may be added."""

    changes: tuple[EntryChange, ...]
    as_if_on: date | None


class DraftLine(View):
    """A draft in a list."""

    id: UUID
    state: State
    version: int
    based_on: int
    effective_on: date | None
    note: str
    entries: int
    """How many it changes."""
    begun_by: str
    begun_by_name: str
    begun_at: Instant
    release: int | None
    """The release it became."""

    @classmethod
    def of(cls, draft: ListDraft) -> DraftLine:
        return cls.model_validate(_line(draft))


class DraftView(DraftLine):
    """A draft, what it would change of the release in force, and what stands in its way."""

    changes: tuple[EntryChange, ...]
    """As they were written."""
    to_publish: list[Change]
    """What the release would record: with a day of effect an old entry ends there, and its successor has an id of its own."""
    in_force: dict[str, Responsibility | None]
    """The entries it speaks of, as they are now; null for new ones."""
    findings: list[Finding]
    """What the checks of an import say against it; `line` counts the changes of `to_try`."""
    collisions: dict[str, int]
    """Entries that were published anew since `based_on`, and in which release: rewrite the draft on the release in force."""
    to_try: ToTry
    trial: ListTrial | None
    """What became of it on past cases, none until it is submitted; of the cases those in your area."""
    acts: tuple[Act, ...]
    """Its whole life: who did what, when, and why."""
    possible: tuple[Move, ...]
    """What you could do with it now."""


class DraftPage(View):
    """Drafts, the last moved first; `next` is the cursor of the following page."""

    items: list[DraftLine]
    next: str | None


def draft_view(
    draft: ListDraft, to_try: list[EntryChange], to_publish: list[Change], findings: list[Finding],
    in_force: dict[str, Responsibility | None], collisions: dict[str, int],
    possible: tuple[Move, ...], caller: Caller,
) -> DraftView:  # fmt: skip
    """The whole draft, as this caller may see it."""
    trial = draft.trial
    if trial is not None:
        trial = trial.model_copy(update={"cases": tuple(each for each in trial.cases if caller.covers(each.area))})
    return DraftView.model_validate(
        {
            **_line(draft), "changes": draft.wording.changes, "to_publish": to_publish, "in_force": in_force,
            "findings": findings, "collisions": collisions if MOVES[draft.state] else {},
            "to_try": ToTry(changes=tuple(to_try), as_if_on=draft.wording.effective_on), "trial": trial,
            "acts": draft.acts, "possible": possible,
        }
    )  # fmt: skip


def _line(draft: ListDraft) -> dict[str, object]:
    first = draft.acts[0]
    return {
        "id": draft.id, "state": draft.state, "version": draft.version, "based_on": draft.based_on,
        "effective_on": draft.wording.effective_on, "note": draft.wording.note, "entries": len(draft.wording.changes),
        "begun_by": first.by, "begun_by_name": first.name, "begun_at": first.at, "release": draft.release,
    }  # fmt: skip
