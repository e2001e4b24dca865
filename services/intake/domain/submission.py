"""What a caller sends: one form for every channel."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field, StrictBool, field_validator, model_validator

from contracts.common import Channel, Mode, Photo, RequestType
from contracts.events.discovery import External
from services.chassis.forms import Form, Instant, Location, MaskedText
from services.intake.domain.photos import NamedPhoto

NUMBER_LIMIT = 128
"""Characters of another platform's numbers."""
DESCRIPTION_LIMIT = 2000
"""Characters of what is told."""


class Reporter(Form):
    """Who reports. Kept encrypted and inside intake only; never in an event, a webhook or a log."""

    name: str | None = Field(default=None, max_length=64)
    phone: str | None = Field(default=None, pattern=r"^\+?[0-9][0-9 -]{4,18}[0-9]$")
    anonymous: StrictBool = False
    """Neither name nor phone is kept, even if given."""
    feedback_wanted: StrictBool = False
    """May be asked whether it was solved."""
    contact_consent: StrictBool = False
    """The unit that handles it may be told the phone, once (联系群众)."""


class SettlementForm(Form):
    """What the officer did on the spot 自行处置."""

    outcome: Literal["settled_on_the_spot", "mediated"] = "settled_on_the_spot"
    what_was_done: MaskedText = Field(min_length=1, max_length=1000)


class Submission(Form):
    """A report 上报. Where it is: a location, a grid code, a component or an address, at least one."""

    channel: Channel
    request_type: RequestType = "complaint"
    category_id: str | None = None
    condition_id: str | None = None
    component_id: str | None = None
    location: Location | None = None
    grid_code: str | None = None
    """Alone: the place. Beside a location: a claim, checked against the point."""
    address: MaskedText | None = Field(default=None, max_length=256)
    description: MaskedText = Field(default="", max_length=DESCRIPTION_LIMIT)
    photos: tuple[NamedPhoto, ...] = Field(default=(), max_length=9)
    """Named by hash after `PUT /api/intake/photos/{sha256}`, by whoever uploaded them."""
    occurred_at: Instant | None = None
    """When it was seen, if not now."""
    captured_at: Instant | None = None
    """Offline terminals: when the officer pressed *send*."""
    reporter: Reporter = Reporter()
    external: External | None = None
    """Of `upstream`: number and channel number name the order. Sent again, it is answered with the receipt of the first."""
    settlement: SettlementForm | None = None
    frame_confirmed: StrictBool = False
    """Desk only: a person has looked at the camera's frame."""
    call_id: UUID | None = None
    """Hotline only: the call it was made in (`POST /api/intake/calls`); reports of one call are linked with each other."""
    mode: Mode = "actual"

    @property
    def event_photos(self) -> tuple[Photo, ...]:
        """The photos as events name them."""
        return tuple(Photo(sha256=each.sha256, role=each.role, taken_at=each.taken_at) for each in self.photos)

    @field_validator("external")
    @classmethod
    def _numbers_of_a_length(cls, external: External | None) -> External | None:
        if external is not None and max(len(external.number or ""), len(external.channel_number or "")) > NUMBER_LIMIT:
            raise ValueError(f"编号最长 {NUMBER_LIMIT} 字符 / numbers have at most {NUMBER_LIMIT} characters")
        return external

    @model_validator(mode="after")
    def _says_where(self) -> Submission:
        if not (self.location or self.grid_code or self.component_id or self.address):
            raise ValueError(
                "请至少给出 location、grid_code、component_id、address 之一"
                " / give at least one of location, grid_code, component_id, address"
            )
        return self
