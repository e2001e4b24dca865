"""The hand-over message 移交 that goes to an emergency service (110, 119, 120, 122) or comes from one.

The format is our own, modelled on the exchanges of such platforms and on CAP 1.2. It is the same in both directions.
The sender stays responsible until an `Ack` arrives. Outgoing messages contain at most a masked phone number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Contract, Sha256, StrictInstant
from contracts.common import Agency, CapCategory, Mode
from contracts.events.command import HandoverMode

HandoverKind = Literal["Alert", "Update", "Cancel", "Ack", "Error", "Result"]
"""Kinds: new case, update, withdrawal, acknowledgement, refusal, result."""

HandoverStatus = Literal["Actual", "Exercise", "Test"]
"""Status as in CAP. Nobody acts on exercise and test messages."""

STATUS_OF: Mapping[Mode, HandoverStatus] = {"actual": "Actual", "exercise": "Exercise", "test": "Test"}
MODE_OF: Mapping[HandoverStatus, Mode] = {status: mode for mode, status in STATUS_OF.items()}
"""Mode of the case for each status."""

LinkDirection = Literal["PARENT", "CHILD", "RELATED", "UNLINK"]

HandoverText = Annotated[str, Field(max_length=1000)]
HandoverId = Annotated[str, Field(min_length=1, max_length=100)]


class HandoverSender(Contract):
    """The sender of a message."""

    division: str = Field(pattern=r"^[0-9]{6}$")
    """6-digit division code of the district."""
    organisation: str = Field(max_length=64)
    """Id of the centre or unit on the sender's platform."""


class HandoverLocation(Contract):
    """The place; for a confidential case only its community."""

    grid_code: str | None = None
    """Grid code, or the 12 digits of the community."""
    address: str | None = Field(default=None, max_length=256)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    crs: Literal["CGCS2000"] = "CGCS2000"


class HandoverCase(Contract):
    """The case."""

    number: str = Field(max_length=64)
    """Case number of the sender."""
    standard: str | None = None
    kind: str | None = None
    code: str | None = None
    cap_category: CapCategory | None = None
    """Category of CAP; ignored in incoming messages."""
    title: str = Field(default="", max_length=200)
    title_en: str = Field(default="", max_length=200)
    description: HandoverText = ""
    """Masked text."""
    severity: int = Field(default=4, ge=1, le=4)
    """1 特别重大 … 4 一般."""
    urgency: Literal["Immediate", "Expected"] = "Expected"
    occurred_at: StrictInstant | None = None
    """Instant of the observation."""
    reported_at: StrictInstant | None = None
    location: HandoverLocation | None = None


class HandoverCaller(Contract):
    """The reporter, if the reporter agreed to be contacted; absent for tips and confidential cases."""

    masked: str = Field(max_length=32)
    """Masked phone number."""
    contact_url: str
    """Address where the key of the receiving unit reads the number once; the access is logged."""


class HandoverRequest(Contract):
    """The requested action and the deadline of the acknowledgement."""

    agency: Agency | Literal["12345"]
    action: HandoverText = ""
    need_by: StrictInstant | None = None


class HandoverLink(Contract):
    """A related case of the sender, such as a damaged guardrail, or the case that this one was merged into."""

    direction: LinkDirection
    """Relation of the other case to this one; `UNLINK` ends the relation."""
    other_id: str = Field(max_length=64)
    """Number of the other case, as in `case.number`."""


class HandoverTerms(Contract):
    """The terms of the hand-over, and the answer."""

    mode: HandoverMode | Literal["notify"] = "joint"
    accepted_by: str | None = Field(default=None, max_length=80)
    """Post or desk that accepted, never the name of a person."""
    accepted_at: StrictInstant | None = None
    refused_reason: HandoverText | None = None


class HandoverAttachment(Contract):
    """A photo at an address. Receivers fetch it with their key. Photos of incoming messages are only shown as links."""

    url: str
    sha256: Sha256
    mime: str = "image/jpeg"


class HandoverLinks(Contract):
    """Addresses that the key of the receiving unit may open."""

    dispatch: str
    """Address of the dispatch and of the answers to it."""
    text: str | None = None
    """Address of the text and place of a confidential case; each access is logged."""


class Handover(Contract):
    """A hand-over message. Its id is the idempotency key."""

    id: HandoverId
    sender: HandoverSender
    sent: StrictInstant
    kind: HandoverKind
    mode: HandoverStatus = "Actual"
    references: tuple[HandoverId, ...] = Field(default=(), max_length=20)
    """Ids of the messages that this message answers or continues, or the case number of their sender."""
    referred_at: StrictInstant | None = None
    """Send time of the first referenced message, if known."""
    case: HandoverCase
    caller: HandoverCaller | None = None
    """Set in outgoing messages; ignored in incoming ones."""
    requested: HandoverRequest | None = None
    link: HandoverLink | None = None
    links: HandoverLinks | None = None
    """Set in outgoing messages; ignored in incoming ones."""
    handover: HandoverTerms = HandoverTerms()
    note: HandoverText = ""
    """Masked note: the result, or what is new."""
    attachments: tuple[HandoverAttachment, ...] = Field(default=(), max_length=12)

    @property
    def attachment_list(self) -> str:
        """The addresses of the attachments as one text, for display."""
        if not self.attachments:
            return ""
        where = " ".join(each.url for each in self.attachments)
        return f"对方附件 Their attachments ({len(self.attachments)}): {where}"[:_ATTACHMENTS_LENGTH]


_ATTACHMENTS_LENGTH = 900
"""Maximal number of characters of the list of attachments."""
