"""What each webhook says: the `data` of its body."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Instant, Sha256
from contracts.common import Mode, PhotoRole
from contracts.events.command import DispatchRole, MilestoneDue
from contracts.events.handling import ReturnReason

Text = Annotated[str, Field(max_length=1000)]
"""What a person wrote, masked. Longer originals are cut; the dispatch itself has the whole."""


class WebhookLinks(Contract):
    """Addresses that the receiving unit's key opens."""

    dispatch: str
    """The order as it now is, and where to answer it."""
    text: str | None = None
    """Of what was told in confidence only: where whoever has the order, and nobody else, fetches the text."""


class WebhookCategory(Contract):
    """Category 类别, with its names at the time of filing."""

    id: str
    name: str
    name_en: str


class WebhookCondition(Contract):
    """Filing condition 立案条件: what the situation is, and when it counts as solved."""

    id: str
    text: str
    text_en: str
    closing_condition: str
    closing_condition_en: str
    evidence: tuple[str, ...] = ()
    """Photo roles that `complete` must bring."""


class WebhookPlace(Contract):
    """Where. Of a confidential case only the community."""

    community: str
    """12-digit community code."""
    grid_code: str | None = None
    longitude: float | None = None
    """Degrees, CGCS2000."""
    latitude: float | None = None
    """Degrees, CGCS2000."""
    address: str | None = Field(default=None, max_length=256)


class WebhookPhoto(Contract):
    """A photo, fetched with the unit's key."""

    sha256: Sha256
    role: PhotoRole
    url: str


class DispatchData(Contract):
    """What every message about a dispatch begins with."""

    dispatch_id: UUID
    case_number: str
    unit_id: str
    """The unit that the order went to."""
    role: DispatchRole
    sequence: int = Field(ge=1)
    """Number of this message among those about this dispatch, from 1 without gaps: the order in which they were said."""
    mode: Mode = "actual"
    """`exercise` and `test` are no real cases: nobody needs to move."""
    links: WebhookLinks


class DispatchMatterData(DispatchData):
    """What the order is about."""

    category: WebhookCategory
    condition: WebhookCondition
    severity: int
    """1 特别重大 … 4 一般."""
    emergency: bool
    confidential: bool
    place: WebhookPlace
    milestones: tuple[MilestoneDue, ...]
    """Of this order."""
    case_due_at: Instant
    """What the reporter was promised."""


class DispatchCreatedData(DispatchMatterData):
    """An order 派遣单, complete: nothing else must be fetched to begin."""

    description: str = Field(max_length=1500)
    """Masked; empty when confidential."""
    asked: Text = ""
    """What is wanted of this unit in particular."""
    sign_due_at: Instant
    return_until: Instant
    """Until then "not mine" may be said."""
    coordinated: bool = False
    """Asked, not ordered."""
    photos: tuple[WebhookPhoto, ...] = Field(default=(), max_length=12)
    """At most twelve; the dispatch itself lists all."""


class DispatchWithdrawnData(DispatchData):
    """The unit owes nothing more."""

    reason: Literal["re_routed", "case_ended", "merged", "return_accepted", "by_hand", "released"]
    note: Text = ""


class DispatchReturnRefusedData(DispatchData):
    """The dispatcher refused the return: the order stays, its clock goes on."""

    reason: ReturnReason
    """As the unit had given it."""
    note: Text
    milestones: tuple[MilestoneDue, ...]
    """With the time added that the decision took."""
    sign_due_at: Instant | None = None
    """Where the order is not signed yet: until when it is to be, with that time added, too."""


class DispatchUrgedData(DispatchData):
    """催办."""

    addressed_to: str
    """The unit that must move: for a coordinated unit it may be the authority above it."""
    text: Text
    text_en: Text = ""


class DispatchSupervisionOrderedData(DispatchUrgedData):
    """督办: needs a reply."""

    order_id: UUID
    kind: Literal["overdue", "leader", "rework", "important", "escalated"]
    reply_due_at: Instant
    provisional: bool | None = None
    """It reaches into a year whose calendar is not announced: `dispatch.reply_due_moved` follows should it move."""
    reply_at: str | None = None
    """Where the unit's key replies: `POST {text}`."""


class DispatchReplyDueMovedData(DispatchData):
    """The reply to a formal order is due at another instant: the calendar of its year was announced."""

    addressed_to: str
    """The unit that owes the reply."""
    order_id: UUID
    reply_due_at: Instant
    provisional: bool = False
    reply_at: str
    """Where the unit's key replies: `POST {text}`."""


class DispatchReworkOrderedData(DispatchData):
    """返工: the same dispatch again, with a new clock."""

    round: int
    reason: str
    note: Text
    milestones: tuple[MilestoneDue, ...]


class DispatchExtensionDecidedData(DispatchData):
    """延期 granted or not."""

    granted: bool
    note: Text = ""
    milestones: tuple[MilestoneDue, ...]
    """As they now are."""


class DispatchSuspensionDecidedData(DispatchData):
    """挂账 granted or not."""

    granted: bool
    note: Text = ""
    until: Instant | None = None
    """The clock stands still until then, and runs on by itself."""


class DispatchInformationAddedData(DispatchData):
    """补充信息: the reporter adds to what was said."""

    text: Text
    photos: tuple[WebhookPhoto, ...] = Field(default=(), max_length=12)


class DispatchCorrectedData(DispatchMatterData):
    """更正: category, condition or place were wrong; this is what the order is about now. Its limits stay as they are; where
    others apply, or another unit must act, an order of its own follows and this one is taken back.
    """

    note: Text = ""
    """Why, where somebody said so."""


class DispatchClosedData(DispatchData):
    """结案: the case is closed, or (told only to an emergency service that goes on with what it has acknowledged) otherwise over."""

    outcome: str
    """As of the case; also `merged`, `voided`, `not_filed`, `withdrawn`."""
    note: Text = ""


class DispatchReopenedData(DispatchData):
    """重启: the case is open again."""

    reason: Literal["reporter_not_solved", "by_hand", "merge_undone"]
    note: Text = ""


class UpstreamData(Contract):
    """What every message to the city's platform above us begins with. Those about one order come one after the other."""

    case_number: str
    external_number: str | None = None
    """The order's number in the platform's own books."""
    channel_number: str | None = None
    mode: Mode = "actual"


class ReportAcceptedData(UpstreamData):
    """签收: the order is in our books."""

    external_due_at: Instant | None = None
    """The platform's own deadline as we understood it; ours may be earlier, and the earlier one counts."""


UpstreamStep = Literal["filed", "dispatched", "signed", "working", "handled", "rework", "reopened"]
"""How far an order from above has come: filed, sent to a unit, taken by it, work under way,
done and to be checked, to be done again, open again after closing."""


class ReportProgressedData(UpstreamData):
    """How far it has come."""

    step: UpstreamStep
    unit_name: str = ""
    unit_name_en: str = ""
    note: Text = ""
    """What the unit said; empty of confidential matters."""
    due_at: Instant | None = None
    """The promise once it is filed: the earlier of the platform's deadline and our own."""


class ReportClosedData(UpstreamData):
    """The result."""

    outcome: str
    """How it was closed, or `not_filed`, `voided`, `withdrawn`."""
    reason: str = ""
    """Why it was not filed."""
    note: Text = ""
    """What was done, or the answer that was given; empty of confidential matters."""


class ReportReturnedUpstreamData(UpstreamData):
    """The district holds that it is not its own: say whether it is taken back."""

    reason: str
    note: Text
    answer_at: str
    """Where the platform's key says so: `POST {accepted, note}`."""


NoticeTemplate = Literal[
    "order_sent", "unit_urged", "overdue", "order_issued", "rework_ordered", "task_assigned", "task_escalated",
    "attention_needed", "report_filed", "report_not_filed", "report_voided", "report_closed", "feedback_asked", "call_back_missed",
    "case_reopened", "reply_given",
]  # fmt: skip
"""Which text the city's SMS or 企业微信 gateway sends; the words are the gateway's, approved there."""


class NoticeRequestedData(Contract):
    """Somebody is to be told, by means of which we know no number."""

    recipient_ref: str = Field(
        pattern=r"^(unit|officer|intake_clerk|shift_lead|dispatcher|leader|reporter):[0-9A-Za-z_-]+$"
    )
    """Whom: a unit, an officer or the reporter of a report by id, or who is on duty as something at a centre or (by the
    division code) over the whole district."""
    template: NoticeTemplate
    case_number: str
    """Of a reporter the number on the receipt, also where the report was attached to another case."""
    mode: Mode = "actual"
    contact_at: str | None = None
    """Of a reporter: where the gateway's key asks for the number."""


class EndpointTestData(Contract):
    """Proof that the endpoint is whose it says: answer 2xx with JSON `{"challenge": <the same>}`."""

    endpoint_id: UUID
    challenge: str
