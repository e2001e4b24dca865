"""The form of a report, the same for every channel."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field, StrictBool, field_validator, model_validator

from contracts.common import Channel, Mode, Photo, RequestType
from contracts.events.discovery import External
from services.chassis.forms import Form, Instant, Location, MaskedText
from services.intake.domain.photos import NamedPhoto

NUMBER_LIMIT = 128
"""Maximum length of a number from another platform, in characters."""
DESCRIPTION_LIMIT = 2000
"""Maximum length of a description, in characters."""


class Reporter(Form):
    """The reporter's identity. Stored encrypted in intake only; never in an event, a webhook or a log."""

    name: str | None = Field(default=None, max_length=64)
    phone: str | None = Field(default=None, pattern=r"^\+?[0-9][0-9 -]{4,18}[0-9]$")
    anonymous: StrictBool = False
    """If true, neither name nor phone number is stored, even if given."""
    feedback_wanted: StrictBool = False
    """The reporter agrees to be asked whether the problem was solved."""
    contact_consent: StrictBool = False
    """The reporter allows the handling unit to see the phone number once 联系群众."""


class SettlementForm(Form):
    """Settlement on the spot 自行处置: the officer solved the problem at once, without a dispatch."""

    outcome: Literal["settled_on_the_spot", "mediated"] = "settled_on_the_spot"
    what_was_done: MaskedText = Field(min_length=1, max_length=1000)


class Submission(Form):
    """A report 上报. At least one of location, grid code, component and address is required."""

    channel: Channel
    request_type: RequestType = "complaint"
    category_id: str | None = None
    condition_id: str | None = None
    component_id: str | None = None
    location: Location | None = None
    grid_code: str | None = None
    """The place of the problem, if no location is given. With a location, the grid is only a claim to check."""
    address: MaskedText | None = Field(default=None, max_length=256)
    description: MaskedText = Field(default="", max_length=DESCRIPTION_LIMIT)
    photos: tuple[NamedPhoto, ...] = Field(default=(), max_length=9)
    """Photos that the sender has uploaded with `PUT /api/intake/photos/{sha256}`, each named by its hash."""
    occurred_at: Instant | None = None
    """When the problem was seen. By default, the time of the report."""
    captured_at: Instant | None = None
    """When the officer pressed *send* on an offline terminal. Not set by other senders."""
    reporter: Reporter = Reporter()
    external: External | None = None
    """Numbers of the report on another platform.

    On channel `upstream` they identify the order: sending the same order again returns the receipt of its first report.
    """
    settlement: SettlementForm | None = None
    frame_confirmed: StrictBool = False
    """Desk only: a person has looked at the camera's frame and confirms the detection."""
    call_id: UUID | None = None
    """Hotline only: the call in which the problem was reported (`POST /api/intake/calls`).

    Reports of one call are linked.
    """
    mode: Mode = "actual"

    @property
    def event_photos(self) -> tuple[Photo, ...]:
        """The photos in the form that events use."""
        return tuple(Photo(sha256=each.sha256, role=each.role, taken_at=each.taken_at) for each in self.photos)

    @field_validator("external")
    @classmethod
    def _limit_numbers(cls, external: External | None) -> External | None:
        if external is not None and max(len(external.number or ""), len(external.channel_number or "")) > NUMBER_LIMIT:
            raise ValueError(f"编号最长 {NUMBER_LIMIT} 字符 / numbers have at most {NUMBER_LIMIT} characters")
        return external

    @model_validator(mode="after")
    def _require_place(self) -> Submission:
        if not (self.location or self.grid_code or self.component_id or self.address):
            raise ValueError(
                "请至少给出 location、grid_code、component_id、address 之一"
                " / give at least one of location, grid_code, component_id, address"
            )
        return self
