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
"""Longest number of another platform, in characters."""
DESCRIPTION_LIMIT = 2000
"""Longest description, in characters."""


class Reporter(Form):
    """The reporter's identity. Stored encrypted in intake only; never in an event, a webhook or a log."""

    name: str | None = Field(default=None, max_length=64)
    phone: str | None = Field(default=None, pattern=r"^\+?[0-9][0-9 -]{4,18}[0-9]$")
    anonymous: StrictBool = False
    """Neither name nor phone is stored, even if given."""
    feedback_wanted: StrictBool = False
    """The reporter agrees to be asked whether the problem was solved."""
    contact_consent: StrictBool = False
    """The handling unit may see the phone number, once 联系群众."""


class SettlementForm(Form):
    """What the officer did on the spot 自行处置."""

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
    """Without a location: the place. With a location: a claim that is checked against the point."""
    address: MaskedText | None = Field(default=None, max_length=256)
    description: MaskedText = Field(default="", max_length=DESCRIPTION_LIMIT)
    photos: tuple[NamedPhoto, ...] = Field(default=(), max_length=9)
    """Hashes of photos that the sender has uploaded with `PUT /api/intake/photos/{sha256}`."""
    occurred_at: Instant | None = None
    """When the problem was seen, if not now."""
    captured_at: Instant | None = None
    """Offline terminals: when the officer pressed *send*."""
    reporter: Reporter = Reporter()
    external: External | None = None
    """Channel `upstream`: both numbers identify the order. Sending it again returns the receipt of the first report."""
    settlement: SettlementForm | None = None
    frame_confirmed: StrictBool = False
    """Desk only: a person has looked at the camera's frame."""
    call_id: UUID | None = None
    """Hotline only: the call in which it was reported (`POST /api/intake/calls`). Reports of one call are linked."""
    mode: Mode = "actual"

    @property
    def event_photos(self) -> tuple[Photo, ...]:
        """The photos as events name them."""
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
