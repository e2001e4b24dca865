"""Request bodies of the dispatch routes. Unknown fields are refused so that a misspelt field is not ignored."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.common import Photo
from contracts.events.handling import PhoneEntry, ReturnReason, WorkOutcome
from contracts.masking import mask
from services.chassis.forms import Instant

MaskedText = Annotated[str, AfterValidator(mask)]

Note = Annotated[MaskedText, Field(min_length=1, max_length=1000)]
"""Free text. Phone, identity card and plate numbers are masked."""

Photos = Annotated[tuple[Photo, ...], Field(max_length=12)]
"""Photos that were uploaded to the intake service, each identified by its hash."""


class Form(BaseModel):
    """Base class of request bodies."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SignForm(Form):
    """Acknowledgement 签收 of a dispatch."""

    by_phone: PhoneEntry | None = None
    """For an acknowledgement by phone that a dispatcher enters 补录: who answered at the unit, and when."""


class RefuseHandoverForm(Form):
    """Refusal of a hand-over by the emergency service."""

    note: Note
    """Reason for refusing."""
    by_phone: PhoneEntry | None = None
    """For a refusal by phone that a dispatcher enters 补录: who answered at the emergency service, and when."""


class ReturnForm(Form):
    """Request to give the dispatch back 退单."""

    reason: ReturnReason
    note: Note
    suggested_unit_id: str | None = None
    """Unit that should handle the case instead, if known."""


class DecisionForm(Form):
    """Acceptance or refusal of a return by the dispatcher, with the reason in `note`."""

    note: Note


class AssignForm(Form):
    """Assignment of the dispatch to a crew of the unit."""

    crew: Annotated[MaskedText, Field(min_length=1, max_length=80)]
    """Name of the crew or post, never the name of a person."""


class ProgressForm(Form):
    """Progress of the unit, described in `note`."""

    note: Note
    milestone: str | None = None
    """Name of a milestone that the unit has reached, if any."""
    photos: Photos = ()


class CompleteForm(Form):
    """Completion of the part of the unit: the outcome, a note and photos as evidence."""

    outcome: WorkOutcome
    note: Note
    photos: Photos = ()


class ExtensionForm(Form):
    """Request for an extension 延期, with the reason in `note`."""

    note: Note


class SuspensionForm(Form):
    """Request to suspend the clocks of the dispatch 挂账 until the time `until`, with the reason in `note`."""

    until: Instant
    note: Note


class ReleaseForm(Form):
    """Release of a co-unit by the lead, because the co-unit has nothing to do. The reason is in `note`."""

    dispatch_id: UUID
    """Dispatch of the co-unit that is released."""
    note: Note
