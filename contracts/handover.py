"""The envelope in which a case goes to an emergency service, or comes from one: 移交 to 110, 119, 120, 122 and back.

Ours, after what such platforms exchange and what CAP 1.2 can say. The same form in both directions; `kind` says what it is.
Responsibility stays with the sender until an `Ack` arrives. Sent out it never names who reported: a starred number at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Contract, Sha256, StrictInstant
from contracts.common import Agency, CapCategory, Mode
from contracts.events.command import HandoverMode

HandoverKind = Literal["Alert", "Update", "Cancel", "Ack", "Error", "Result"]
"""A new matter; more about it; it is taken back; taken; not taken; how it ended."""

HandoverStatus = Literal["Actual", "Exercise", "Test"]
"""As in CAP: whatever is not `Actual` moves nobody."""

STATUS_OF: Mapping[Mode, HandoverStatus] = {"actual": "Actual", "exercise": "Exercise", "test": "Test"}
MODE_OF: Mapping[HandoverStatus, Mode] = {status: mode for mode, status in STATUS_OF.items()}
"""The same in our words, and back."""

LinkDirection = Literal["PARENT", "CHILD", "RELATED", "UNLINK"]

HandoverText = Annotated[str, Field(max_length=1000)]
HandoverId = Annotated[str, Field(min_length=1, max_length=100)]


class HandoverSender(Contract):
    """Who speaks."""

    division: str = Field(pattern=r"^[0-9]{6}$")
    """6-digit division code of the district."""
    organisation: str = Field(max_length=64)
    """The centre or unit, by its own id there."""


class HandoverLocation(Contract):
    """Where. Of a confidential case only the community."""

    grid_code: str | None = None
    """15 digits, or those of the community."""
    address: str | None = Field(default=None, max_length=256)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    crs: Literal["CGCS2000"] = "CGCS2000"


class HandoverCase(Contract):
    """What it is about."""

    number: str = Field(max_length=64)
    """Of the sender."""
    standard: str | None = None
    kind: str | None = None
    code: str | None = None
    cap_category: CapCategory | None = None
    """What CAP calls it; in what is sent to us it says nothing."""
    title: str = Field(default="", max_length=200)
    title_en: str = Field(default="", max_length=200)
    description: HandoverText = ""
    """Masked."""
    severity: int = Field(default=4, ge=1, le=4)
    """1 特别重大 … 4 一般."""
    urgency: Literal["Immediate", "Expected"] = "Expected"
    occurred_at: StrictInstant | None = None
    """When it was seen."""
    reported_at: StrictInstant | None = None
    location: HandoverLocation | None = None


class HandoverCaller(Contract):
    """Who reported it, where they agreed to be reached by whoever handles it; never of tips and confidential matters."""

    masked: str = Field(max_length=32)
    """The number, starred out but for its beginning."""
    contact_at: str
    """Where the receiving unit's key reads the number, once; the reading is logged."""


class HandoverRequest(Contract):
    """What is wanted, and by when it must be acknowledged."""

    agency: Agency | Literal["12345"]
    action: HandoverText = ""
    need_by: StrictInstant | None = None


class HandoverLink(Contract):
    """A second case of the same matter, at the sender's: the crash and its guardrail, or the case that this one joined."""

    direction: LinkDirection
    """What the other is to this one; `UNLINK`: no longer anything."""
    other_id: str = Field(max_length=64)
    """The number of the other, as in `case.number`."""


class HandoverTerms(Contract):
    """Who acts from now on, and what was answered."""

    mode: HandoverMode | Literal["notify"] = "joint"
    accepted_by: str | None = Field(default=None, max_length=80)
    """Post or desk that took it, never a person's name."""
    accepted_at: StrictInstant | None = None
    refused_reason: HandoverText | None = None


class HandoverAttachment(Contract):
    """A photo, fetched with the receiving unit's key. Of what is sent to us we fetch nothing: people are told where it lies."""

    url: str
    sha256: Sha256
    mime: str = "image/jpeg"


class HandoverLinks(Contract):
    """Addresses that the receiving unit's key opens."""

    dispatch: str
    """The order as it now is, and where to answer it."""
    text: str | None = None
    """Of what was told in confidence only: where the unit fetches text and place; each reading is logged."""


class Handover(Contract):
    """One message. Its id is also its idempotency key: said twice, it counts once."""

    id: HandoverId
    sender: HandoverSender
    sent: StrictInstant
    kind: HandoverKind
    mode: HandoverStatus = "Actual"
    references: tuple[HandoverId, ...] = Field(default=(), max_length=20)
    """What it answers or continues: the id of the `Alert`, or the number of the matter in the books of who sent it."""
    referred_at: StrictInstant | None = None
    """When the first of these was sent, where the sender knows."""
    case: HandoverCase
    caller: HandoverCaller | None = None
    """Of what we hand over; in what is sent to us it says nothing."""
    requested: HandoverRequest | None = None
    link: HandoverLink | None = None
    links: HandoverLinks | None = None
    """Of what we hand over; in what is sent to us it says nothing."""
    handover: HandoverTerms = HandoverTerms()
    note: HandoverText = ""
    """What else is to be said: how it ended, what is new. Masked."""
    attachments: tuple[HandoverAttachment, ...] = Field(default=(), max_length=12)

    @property
    def attached(self) -> str:
        """What is attached, in words, for whoever reads the message here: how much, and where it lies."""
        if not self.attachments:
            return ""
        where = " ".join(each.url for each in self.attachments)
        return f"对方附件 Their attachments ({len(self.attachments)}): {where}"[:_WHERE]


_WHERE = 900
"""Characters that the addresses of attachments take up at most."""
