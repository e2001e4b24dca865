"""What callers send. Unknown fields are refused, so that a misspelt one is not lost in silence."""

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
"""Free text; phone, identity-card and plate numbers are starred out."""

Photos = Annotated[tuple[Photo, ...], Field(max_length=12)]
"""Photos uploaded to intake before, named by their hash."""


class Form(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SignForm(Form):
    """Take the order."""

    by_phone: PhoneEntry | None = None
    """A dispatcher enters what was said on the phone 补录: who took the call, and when."""


class RefuseHandoverForm(Form):
    """An emergency service does not take it."""

    note: Note
    """Why."""
    by_phone: PhoneEntry | None = None
    """A dispatcher enters what was said on the phone 补录: who said it, and when."""


class ReturnForm(Form):
    """It is not ours 退单."""

    reason: ReturnReason
    note: Note
    suggested_unit_id: str | None = None
    """Whose it is instead, if known."""


class DecisionForm(Form):
    """What the dispatcher decides, and why."""

    note: Note


class AssignForm(Form):
    """Hand it on inside the unit."""

    crew: Annotated[MaskedText, Field(min_length=1, max_length=80)]
    """Crew or post, never a person's name."""


class ProgressForm(Form):
    """What has been done so far."""

    note: Note
    milestone: str | None = None
    """Name of the milestone that is reached by it."""
    photos: Photos = ()


class CompleteForm(Form):
    """Done."""

    outcome: WorkOutcome
    note: Note
    photos: Photos = ()


class ExtensionForm(Form):
    """Why more time is needed."""

    note: Note


class SuspensionForm(Form):
    """Why and until when the case should be parked."""

    until: Instant
    note: Note


class ReleaseForm(Form):
    """Which co-unit has nothing to do here, and why."""

    dispatch_id: UUID
    """The co-unit's order."""
    note: Note
