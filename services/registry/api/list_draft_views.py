"""Request and response bodies for drafts of the responsibility list."""

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
    """Content of a new draft of the responsibility list."""

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
    """First day on which the changes apply. If null, they apply as soon as they are published."""
    note: Note = ""
    """Reason of the changes, stored with the release. It must not contain names of people."""
    based_on: StrictCount = Field(ge=1)
    """Release whose entries the author saw when writing the draft."""

    def content(self) -> Content:
        """Return the content of the draft, without `based_on`."""
        return Content(changes=self.changes, effective_on=self.effective_on, note=self.note)


class DraftRewriteForm(DraftForm):
    """New content of a draft, and the version that it replaces."""

    version: StrictCount
    """Version of the draft that the author saw. The request is refused if the draft has another version now."""


class DraftVersionForm(View):
    """The version of a draft that the caller saw."""

    version: StrictCount


class DraftSubmitForm(DraftVersionForm):
    """The version of a draft that the caller saw, and the result of its trial."""

    signed_trial: Annotated[str, Field(max_length=200_000)]
    """`signed_trial` from the response of `POST /api/routing/list-preview` to the `trial_request` of the draft."""


class DraftReasonForm(DraftVersionForm):
    """The version of a draft that the caller saw, and the reason of the step."""

    reason: Annotated[Note, Field(min_length=1)]


class TrialRequest(View):
    """Body for `POST /api/routing/list-preview`, which tries the draft. The caller may add the field `days`."""

    changes: tuple[EntryChange, ...]
    as_if_on: date | None


class DraftLine(View):
    """A draft of the responsibility list, as shown in a page of drafts."""

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
    """Release in which the draft was published. Null until then."""

    @classmethod
    def of(cls, draft: ListDraft) -> DraftLine:
        """Return a stored draft as it is shown in a page of drafts."""
        return cls.model_validate(_line(draft))


class DraftView(DraftLine):
    """A draft of the responsibility list: its changes to the current release, and its faults and collisions."""

    changes: tuple[EntryChange, ...]
    """Changes as the author wrote them."""
    to_publish: list[Change]
    """Changes that the release of the draft would contain.

    If the draft has an effective date, a changed entry ends on that day and its successor gets a new id.
    """
    current: dict[str, Responsibility | None]
    """Id → entry in the current release, for each entry that the draft changes. Null for a new entry."""
    findings: list[Finding]
    """Faults of the draft, found by the same checks as for an import.

    `line` is the number of the change in `trial_request`, counted from 1.
    """
    collisions: dict[str, int]
    """Id of an entry of the draft → release after `based_on` that changed this entry.

    If there are any, the draft must be rewritten on the current release.
    """
    trial_request: TrialRequest
    trial: ListTrial | None
    """Result of the trial on past cases in the caller's area. Null before submission and after a rewrite."""
    steps: tuple[Step, ...]
    """History of the draft: all steps with their authors, times and reasons."""
    possible: tuple[Action, ...]
    """Actions that the caller may take on the draft now."""


class DraftPage(View):
    """A page of drafts, most recently updated first. `next` is the cursor of the next page, null on the last page."""

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
    """Return the response body for a draft. The trial contains only past cases in the caller's area."""
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
