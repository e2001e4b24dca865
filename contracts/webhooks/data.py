"""The `data` of each webhook."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Instant, Sha256
from contracts.common import Mode, PhotoRole
from contracts.events.command import DispatchRole, MilestoneDue
from contracts.events.handling import ReturnReason

Text = Annotated[str, Field(max_length=1000)]
"""Masked text of a person. Longer text is cut; the dispatch itself has it in full."""


class WebhookLinks(Contract):
    """Addresses that the key of the receiving unit may open."""

    dispatch: str
    """Address of the dispatch and of the answers to it."""
    text: str | None = None
    """Address of the text of a confidential case, readable only by the unit of the dispatch."""


class WebhookCategory(Contract):
    """Category 类别, with its names at the time of filing."""

    id: str
    name: str
    name_en: str


class WebhookCondition(Contract):
    """Filing condition 立案条件, with the condition for closing."""

    id: str
    text: str
    text_en: str
    closing_condition: str
    closing_condition_en: str
    evidence: tuple[str, ...] = ()
    """Roles of the photos required for completion."""


class WebhookPlace(Contract):
    """The place; for a confidential case only its community."""

    community: str
    """12-digit community code."""
    grid_code: str | None = None
    longitude: float | None = None
    """Degrees, CGCS2000."""
    latitude: float | None = None
    """Degrees, CGCS2000."""
    address: str | None = Field(default=None, max_length=256)


class WebhookPhoto(Contract):
    """A photo, which the unit fetches with its key."""

    sha256: Sha256
    role: PhotoRole
    url: str


class DispatchData(Contract):
    """Fields of every message about a dispatch."""

    dispatch_id: UUID
    case_number: str
    unit_id: str
    """Unit of the dispatch."""
    role: DispatchRole
    sequence: int = Field(ge=1)
    """Number of this message among those about this dispatch, from 1 without gaps."""
    mode: Mode = "actual"
    """Mode of the case; nobody acts on `exercise` and `test`."""
    links: WebhookLinks


class DispatchCaseData(DispatchData):
    """Fields that describe the case of a dispatch."""

    category: WebhookCategory
    condition: WebhookCondition
    severity: int
    """1 特别重大 … 4 一般."""
    emergency: bool
    confidential: bool
    place: WebhookPlace
    milestones: tuple[MilestoneDue, ...]
    """Milestones of this dispatch."""
    case_due_at: Instant
    """Deadline promised to the reporter."""


class DispatchCreatedData(DispatchCaseData):
    """A complete dispatch 派遣单; the unit can begin without fetching anything."""

    description: str = Field(max_length=1500)
    """Masked text; empty for a confidential case."""
    instructions: Text = ""
    """Special instructions for this unit."""
    sign_due_at: Instant
    return_until: Instant
    """Deadline of a return."""
    coordinated: bool = False
    """True for a coordinated unit, which is asked, not ordered."""
    photos: tuple[WebhookPhoto, ...] = Field(default=(), max_length=12)
    """At most twelve photos; the dispatch lists all."""


class DispatchWithdrawnData(DispatchData):
    """The withdrawal of a dispatch."""

    reason: Literal["re_routed", "case_ended", "merged", "return_accepted", "by_hand", "released"]
    note: Text = ""


class DispatchReturnRefusedData(DispatchData):
    """The refusal of a return; the clock of the dispatch runs on."""

    reason: ReturnReason
    """Reason that the unit gave for the return."""
    note: Text
    milestones: tuple[MilestoneDue, ...]
    """Milestones, extended by the time of the decision."""
    sign_due_at: Instant | None = None
    """Deadline of the signature, extended likewise, if the dispatch is not signed yet."""


class DispatchUrgedData(DispatchData):
    """A reminder 催办."""

    addressed_to: str
    """Addressed unit; for a coordinated unit it may be its superior authority."""
    text: Text
    text_en: Text = ""


class DispatchSupervisionOrderedData(DispatchUrgedData):
    """A supervision order 督办, which needs a reply."""

    order_id: UUID
    kind: Literal["overdue", "leader", "rework", "important", "escalated"]
    reply_due_at: Instant
    provisional: bool | None = None
    """True while the deadline may move; `dispatch.reply_due_moved` follows if it does."""
    reply_url: str | None = None
    """Address of the reply: `POST {text}` with the key of the unit."""


class DispatchReplyDueMovedData(DispatchData):
    """The new reply deadline of a supervision order, after the holidays of its year were announced."""

    addressed_to: str
    """Unit that must reply."""
    order_id: UUID
    reply_due_at: Instant
    provisional: bool = False
    reply_url: str
    """Address of the reply: `POST {text}` with the key of the unit."""


class DispatchReworkOrderedData(DispatchData):
    """Rework 返工: the same dispatch again, with a new clock."""

    round: int
    reason: str
    note: Text
    milestones: tuple[MilestoneDue, ...]


class DispatchExtensionDecidedData(DispatchData):
    """The decision on an extension 延期."""

    granted: bool
    note: Text = ""
    milestones: tuple[MilestoneDue, ...]
    """Present milestones."""


class DispatchSuspensionDecidedData(DispatchData):
    """The decision on a suspension 挂账."""

    granted: bool
    note: Text = ""
    until: Instant | None = None
    """End of the suspension; the clock then runs on."""


class DispatchInformationAddedData(DispatchData):
    """Information 补充信息 that the reporter added."""

    text: Text
    photos: tuple[WebhookPhoto, ...] = Field(default=(), max_length=12)


class DispatchCorrectedData(DispatchCaseData):
    """A correction 更正 of category, condition or place.

    The limits of the dispatch do not change. If other limits or another unit apply, a new dispatch follows and this one
    is withdrawn.
    """

    note: Text = ""
    """Reason, if a person gave one."""


class DispatchClosedData(DispatchData):
    """The end of a case 结案. Endings other than closing go only to services with an acknowledged hand-over."""

    outcome: str
    """Outcome of the case, or `merged`, `voided`, `not_filed` or `withdrawn`."""
    note: Text = ""


class DispatchReopenedData(DispatchData):
    """A reopening 重启 of the case."""

    reason: Literal["reporter_not_solved", "by_hand", "merge_undone"]
    note: Text = ""


class UpstreamData(Contract):
    """Fields of every message to the upstream platform. Messages about one order are sent in order."""

    case_number: str
    external_number: str | None = None
    """Number of the order on the upstream platform."""
    channel_number: str | None = None
    mode: Mode = "actual"


class ReportAcceptedData(UpstreamData):
    """Receipt 签收 of an order."""

    external_due_at: Instant | None = None
    """Deadline that the platform set. The earlier one of this and the district's deadline applies."""


UpstreamStep = Literal["filed", "dispatched", "signed", "working", "handled", "rework", "reopened"]
"""Step of an upstream order: filed, dispatched, acknowledged, in progress, completed, in rework, reopened."""


class ReportProgressedData(UpstreamData):
    """Progress of an order."""

    step: UpstreamStep
    unit_name: str = ""
    unit_name_en: str = ""
    note: Text = ""
    """Masked text of the unit; empty for a confidential case."""
    due_at: Instant | None = None
    """Deadline promised to the reporter, once the case is filed: the earlier of the platform's deadline and ours."""


class ReportClosedData(UpstreamData):
    """Result of an order."""

    outcome: str
    """Outcome of the case, or `not_filed`, `voided` or `withdrawn`."""
    reason: str = ""
    """Reason for not filing."""
    note: Text = ""
    """Work done, or the answer given; empty for a confidential case."""


class ReportReturnedUpstreamData(UpstreamData):
    """A return of an order; the platform decides whether it takes it back."""

    reason: str
    note: Text
    answer_url: str
    """Address of the decision: `POST {accepted, note}` with the platform's key."""


NoticeTemplate = Literal[
    "dispatch_created",
    "unit_urged",
    "overdue",
    "supervision_order_issued",
    "rework_ordered",
    "task_assigned",
    "task_escalated",
    "attention_needed",
    "report_filed",
    "report_not_filed",
    "report_voided",
    "report_closed",
    "feedback_asked",
    "call_back_missed",
    "case_reopened",
    "reply_given",
]
"""Text template of the city's SMS or 企业微信 gateway, which owns the words."""


class NoticeRequestedData(Contract):
    """A notification to a person whose phone number this system does not know."""

    recipient_ref: str = Field(
        pattern=r"^(unit|officer|intake_clerk|shift_lead|dispatcher|leader|reporter):[0-9A-Za-z_-]+$"
    )
    """Recipient: a unit, an officer or the reporter of a report, by id; or whoever is on duty in this role at a centre,
    or with the division code in the whole district."""
    template: NoticeTemplate
    case_number: str
    """Case number. A reporter gets the number of the receipt, even if the report was attached to another case."""
    mode: Mode = "actual"
    contact_url: str | None = None
    """For a reporter: address at which the gateway reads the phone number with its key."""


class EndpointTestData(Contract):
    """A test of the endpoint's owner, who must answer 2xx with JSON `{"challenge": <the same>}`."""

    endpoint_id: UUID
    challenge: str
