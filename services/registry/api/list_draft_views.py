"""Request and response bodies of list drafts."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from contracts.base import Instant, StrictCount, StrictDay
from contracts.list_drafts import EntryChange, EntryChanges, ListTrial
from contracts.masking import mask
from contracts.registry import Responsibility
from services.chassis.auth import Caller
from services.registry.api.views import Text, View
from services.registry.domain.changes import Change
from services.registry.domain.district_draft import Finding
from services.registry.domain.list_draft import ACTIONS, Action, Content, ListDraft, State, Step

Note = Annotated[Text, Field(max_length=500), AfterValidator(mask)]
"""Free text. Phone, identity-card and plate numbers are masked."""


class DraftForm(View):
    """The content of a draft."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "changes": [
                        {
                            "id": "gb-06027",
                            "body": {
                                "id": "gb-06027",
                                "match": {"category": "GB47678-5-2026/matter/06027"},
                                "area": "370522",
                                "lead": "urban-management",
                            },
                        }
                    ],
                    "effective_on": "2027-01-01",
                    "note": "按县编办 2026 年 12 月批复",
                    "based_on": 12,
                }
            ]
        }
    )

    changes: EntryChanges
    effective_on: StrictDay | None = None
    """First day on which the changes apply; null means from their release on."""
    note: Note = ""
    """Reason, stored with the release. It must not contain names of people."""
    based_on: StrictCount = Field(ge=1)
    """Release whose entries the author saw."""

    def content(self) -> Content:
        """Return the content as it is stored."""
        return Content(changes=self.changes, effective_on=self.effective_on, note=self.note)


class DraftRewriteForm(DraftForm):
    """New content for a version of the draft."""

    version: StrictCount
    """Version that the author saw."""


class DraftVersionForm(View):
    """A version of the draft."""

    version: StrictCount


class DraftSubmitForm(DraftVersionForm):
    """A version of the draft with its trial."""

    signed_trial: Annotated[str, Field(max_length=200_000)]
    """`signed_trial` from the response of `POST /api/routing/list-preview` to the draft's `trial_request`."""


class DraftReasonForm(DraftVersionForm):
    """A version of the draft and a reason."""

    reason: Annotated[Note, Field(min_length=1)]


class TrialRequest(View):
    """The body for `POST /api/routing/list-preview`. `days` may be added."""

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
    """Number of changed entries."""
    created_by: str
    created_by_name: str
    created_at: Instant
    release: int | None
    """Release in which the draft was published."""

    @classmethod
    def of(cls, draft: ListDraft) -> DraftLine:
        """Return the line of a stored draft."""
        return cls.model_validate(_line(draft))


class DraftView(DraftLine):
    """A draft, its changes to the current release, and its faults and collisions."""

    changes: tuple[EntryChange, ...]
    """Changes as the author wrote them."""
    to_publish: list[Change]
    """Changes of the release. With an effective date, the old entry ends and its successor has a new id."""
    current: dict[str, Responsibility | None]
    """Affected entries in the current release; null for new ones."""
    findings: list[Finding]
    """Faults found by the checks of an import. `line` counts the changes of `trial_request`."""
    collisions: dict[str, int]
    """Entries that changed after `based_on`, with the release: rewrite the draft on the current release."""
    trial_request: TrialRequest
    trial: ListTrial | None
    """Result of the trial on past cases, limited to cases in the caller's area. Null until the draft is submitted."""
    steps: tuple[Step, ...]
    """History of the draft: authors, times and reasons of all steps."""
    possible: tuple[Action, ...]
    """Actions that the caller could take now."""


class DraftPage(View):
    """A page of drafts, most recently updated first. `next` is the cursor of the next page, null at the end."""

    items: list[DraftLine]
    next: str | None


def draft_view(
    draft: ListDraft,
    trial_changes: list[EntryChange],
    to_publish: list[Change],
    findings: list[Finding],
    current: dict[str, Responsibility | None],
    collisions: dict[str, int],
    possible: tuple[Action, ...],
    caller: Caller,
) -> DraftView:
    """Return the view of a draft for this caller."""
    trial = draft.trial
    if trial is not None:
        trial = trial.model_copy(update={"cases": tuple(each for each in trial.cases if caller.covers(each.area))})
    return DraftView.model_validate(
        {
            **_line(draft),
            "changes": draft.content.changes,
            "to_publish": to_publish,
            "current": current,
            "findings": findings,
            "collisions": collisions if ACTIONS[draft.state] else {},
            "trial_request": TrialRequest(changes=tuple(trial_changes), as_if_on=draft.content.effective_on),
            "trial": trial,
            "steps": draft.steps,
            "possible": possible,
        }
    )


def _line(draft: ListDraft) -> dict[str, object]:
    first = draft.steps[0]
    return {
        "id": draft.id,
        "state": draft.state,
        "version": draft.version,
        "based_on": draft.based_on,
        "effective_on": draft.content.effective_on,
        "note": draft.content.note,
        "entries": len(draft.content.changes),
        "created_by": first.by,
        "created_by_name": first.name,
        "created_at": first.at,
        "release": draft.release,
    }
