"""The hand-over message 移交 between this system and an emergency service (110, 119, 120, 122).

The format is our own, modelled on the exchanges of such services and on CAP 1.2, and the same in both directions. The
sender of a case stays responsible for the case until an `Ack` arrives. Messages that this system sends contain at most
a masked phone number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Contract, Sha256, StrictInstant
from contracts.common import Agency, CapCategory, Mode
from contracts.events.command import HandoverMode

HandoverKind = Literal["Alert", "Update", "Cancel", "Ack", "Error", "Result"]
"""Kind of a message. `Alert`: new case. `Update`: new information. `Cancel`: withdrawal. `Ack`: the receiver takes the
case over. `Error`: the receiver refuses it. `Result`: the work is done."""

HandoverStatus = Literal["Actual", "Exercise", "Test"]
"""Status as in CAP. Act on `Exercise` within the exercise only, and never on `Test`."""

STATUS_OF: Mapping[Mode, HandoverStatus] = {"actual": "Actual", "exercise": "Exercise", "test": "Test"}
MODE_OF: Mapping[HandoverStatus, Mode] = {status: mode for mode, status in STATUS_OF.items()}
"""Mode of a case by the status of its message."""

LinkDirection = Literal["PARENT", "CHILD", "RELATED", "UNLINK"]

HandoverText = Annotated[str, Field(max_length=1000)]
HandoverId = Annotated[str, Field(min_length=1, max_length=100)]


class HandoverSender(Contract):
    """The platform that sent a message, and the centre or unit there."""

    division: str = Field(pattern=r"^[0-9]{6}$")
    """6-digit division code of the district."""
    organisation: str = Field(max_length=64)
    """Id of the centre or unit, as the sender's platform names it."""


class HandoverLocation(Contract):
    """The place of the problem; for a confidential case only its community."""

    grid_code: str | None = None
    """Grid code, for a confidential case the 12 digits of the community; null or absent if not known."""
    address: str | None = Field(default=None, max_length=256)
    """Masked address; null or absent if there is none or the case is confidential."""
    longitude: float | None = Field(default=None, ge=-180, le=180)
    """Degrees; null or absent if the point is not known or the case is confidential."""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    """Degrees; null or absent if the point is not known or the case is confidential."""
    crs: Literal["CGCS2000"] = "CGCS2000"
    """Coordinate system of longitude and latitude."""


class HandoverCase(Contract):
    """The case that is handed over."""

    number: str = Field(max_length=64)
    """Case number on the sender's platform."""
    standard: str | None = None
    """Standard of the category, as in `standard/kind/code`; null or absent if the category has no code."""
    kind: str | None = None
    """Kind of the category: `component`, `matter` or `event`; null or absent if the category has no code."""
    code: str | None = None
    """Code of the category in its standard; null or absent if the category has no code."""
    cap_category: CapCategory | None = None
    """Category of CAP; null or absent if there is none. Ignored in messages that this system receives."""
    title: str = Field(default="", max_length=200)
    """Short Chinese title of the problem."""
    title_en: str = Field(default="", max_length=200)
    """Short English title of the problem; empty if there is none."""
    description: HandoverText = ""
    """Masked text of the report."""
    severity: int = Field(default=4, ge=1, le=4)
    """Severity: 1 特别重大 (gravest), 2 重大, 3 较大, 4 一般."""
    urgency: Literal["Immediate", "Expected"] = "Expected"
    """Urgency as in CAP: the receiver must act at once (`Immediate`) or soon (`Expected`)."""
    occurred_at: StrictInstant | None = None
    """Instant at which the problem was observed; null or absent if not known."""
    reported_at: StrictInstant | None = None
    """Instant of the report; null or absent if not known."""
    location: HandoverLocation | None = None
    """Place of the problem; null or absent if not known."""


class HandoverCaller(Contract):
    """The reporter of the case.

    A message has this part only if the reporter agreed to be contacted, and never for tips and confidential cases.
    """

    masked: str = Field(max_length=32)
    """Masked phone number of the reporter."""
    contact_url: str
    """Address where the receiving unit, with its API key, reads the phone number once; the access is logged."""


class HandoverRequest(Contract):
    """What the sender asks of the receiver."""

    agency: Agency | Literal["12345"]
    """Phone number of the service that should act."""
    action: HandoverText = ""
    """Masked text about the requested action."""
    need_by: StrictInstant | None = None
    """Deadline of the `Ack`; null or absent if there is none."""


class HandoverLink(Contract):
    """Another case of the sender, which is related to the handed-over case.

    For example, the handed-over case is an accident, and the other case is about a guardrail that the accident damaged.
    Or the handed-over case was merged into the other case.
    """

    direction: LinkDirection
    """What the other case is to this one: its parent, its child, or a related case. `UNLINK` ends an earlier link."""
    other_id: str = Field(max_length=64)
    """Case number of the other case on the sender's platform."""


class HandoverTerms(Contract):
    """The terms of the hand-over and, in an `Ack` or `Error`, the reply of the receiver."""

    mode: HandoverMode | Literal["notify"] = "joint"
    """`joint`: both sides act. `transfer`: only the receiver acts, once it has sent an `Ack`. `notify`: for information
    only."""
    accepted_by: str | None = Field(default=None, max_length=80)
    """In an `Ack`, the post or desk that took the case over, never the name of a person; otherwise null or absent."""
    accepted_at: StrictInstant | None = None
    """In an `Ack`, the instant at which the receiver took the case over; otherwise null or absent."""
    refused_reason: HandoverText | None = None
    """In an `Error`, the reason of the refusal; otherwise null or absent."""


class HandoverAttachment(Contract):
    """A photo. The receiver fetches it from `url`; an address of this system needs the API key of the receiving unit.

    This system shows the photos of received messages only as links.
    """

    url: str
    """Address of the photo."""
    sha256: Sha256
    """SHA-256 of the photo, as lower-case hex."""
    mime: str = "image/jpeg"
    """Media type of the photo."""


class HandoverLinks(Contract):
    """Addresses that the receiving unit may open with its API key."""

    dispatch: str
    """Address of the dispatch. The unit also sends its replies about the dispatch below this address."""
    text: str | None = None
    """Address of the text and place of a confidential case, where each access is logged; null or absent for other
    cases."""


class Handover(Contract):
    """A hand-over message 移交."""

    id: HandoverId
    """Id of the message. A message with a known id is not processed again."""
    sender: HandoverSender
    """Platform that sent the message."""
    sent: StrictInstant
    """Instant at which the message was sent."""
    kind: HandoverKind
    """`Alert`: new case. `Update`: new information. `Cancel`: withdrawal. `Ack`: the receiver takes the case over.
    `Error`: the receiver refuses it. `Result`: the work is done."""
    mode: HandoverStatus = "Actual"
    """`Actual` for a real case. Act on `Exercise` within the exercise only, and never on `Test`."""
    references: tuple[HandoverId, ...] = Field(default=(), max_length=20)
    """Ids of the earlier messages that this message answers or continues; empty for a first message.

    An answer about a case that another platform handed over to us has the case number of that platform instead.
    """
    referred_at: StrictInstant | None = None
    """Instant at which the first of the referenced messages was sent; null or absent if not known."""
    case: HandoverCase
    """The case that is handed over."""
    caller: HandoverCaller | None = None
    """Reporter who agreed to be contacted; null or absent without such a reporter. Ignored in messages that this system
    receives."""
    requested: HandoverRequest | None = None
    """What the sender asks of the receiver; null or absent if nothing."""
    link: HandoverLink | None = None
    """A related case; null or absent if there is none."""
    links: HandoverLinks | None = None
    """Addresses that the receiving unit may open, in messages that this system sends; null or absent if there are none.
    Ignored in messages that this system receives."""
    handover: HandoverTerms = HandoverTerms()
    """Terms of the hand-over and, in an `Ack` or `Error`, the reply of the receiver."""
    note: HandoverText = ""
    """Masked note: the result of the work, or what is new."""
    attachments: tuple[HandoverAttachment, ...] = Field(default=(), max_length=12)
    """Photos of the case."""

    @property
    def attachment_list(self) -> str:
        """Return the number and the addresses of the attachments as one text, for people."""
        if not self.attachments:
            return ""
        where = " ".join(each.url for each in self.attachments)
        return f"对方附件 Their attachments ({len(self.attachments)}): {where}"[:_ATTACHMENTS_LENGTH]


_ATTACHMENTS_LENGTH = 900
"""Most characters in the text that `attachment_list` returns."""
