"""The field `data` of each webhook."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Instant, Sha256
from contracts.common import Mode, PhotoRole
from contracts.events.command import DispatchRole, MilestoneDue
from contracts.events.handling import ReturnReason

Text = Annotated[str, Field(max_length=1000)]
"""Masked text. Longer texts are cut; the dispatch in the API has the whole text."""


class WebhookLinks(Contract):
    """Addresses that the receiving unit may open with its API key."""

    dispatch: str
    """Address of the dispatch. The unit also sends its replies about the dispatch below this address."""
    text: str | None = None
    """Address of the text of a confidential case, which only the unit of the dispatch can read; null or absent for
    other cases."""


class WebhookCategory(Contract):
    """Category 类别 of a case, with its names at the time of filing."""

    id: str
    """Category as `standard/kind/code`; for a confidential case only the major class 大类, or `-/-/-` after
    redaction."""
    name: str
    """Chinese name of the category; for a confidential case the name of the major class 大类, or 保密 after
    redaction."""
    name_en: str
    """English name of the category; for a confidential case the name of the major class, or *Confidential* after
    redaction."""


class WebhookCondition(Contract):
    """Filing condition 立案条件 of a case, with the condition for closing."""

    id: str
    """Id of the filing condition; for a confidential case the code of the major class 大类, or empty after
    redaction."""
    text: str
    """Filing condition in Chinese; for a confidential case the name of the major class, or 保密 after redaction."""
    text_en: str
    """Filing condition in English; for a confidential case the name of the major class, or *Confidential* after
    redaction."""
    closing_condition: str
    """Condition in Chinese that must be met before the case closes 结案条件; a general text for a confidential case."""
    closing_condition_en: str
    """The closing condition in English; a general text for a confidential case."""
    evidence: tuple[str, ...] = ()
    """Roles of the photos that the lead must provide on completion."""


class WebhookPlace(Contract):
    """The place of a case; for a confidential case only its community."""

    community: str
    """12-digit code of the community that contains the place."""
    grid_code: str | None = None
    """Grid code; null or absent for a confidential case."""
    longitude: float | None = None
    """Degrees in CGCS2000; null or absent if the point is not known or the case is confidential."""
    latitude: float | None = None
    """Degrees in CGCS2000; null or absent if the point is not known or the case is confidential."""
    address: str | None = Field(default=None, max_length=256)
    """Masked address; null or absent if there is none or the case is confidential."""


class WebhookPhoto(Contract):
    """A photo. The unit fetches the photo from `url` with its API key."""

    sha256: Sha256
    """SHA-256 of the photo, as lower-case hex."""
    role: PhotoRole
    """What the photo shows, such as a near view or the place before the work."""
    url: str
    """Address of the photo."""


class DispatchData(Contract):
    """Fields of every message about a dispatch."""

    dispatch_id: UUID
    case_number: str
    unit_id: str
    """Unit that has the dispatch."""
    role: DispatchRole
    """What the unit does: it leads, does a part as co-unit, or gives first response."""
    sequence: int = Field(ge=1)
    """Number of this message among the messages about this dispatch: 1 for the first, without gaps."""
    mode: Mode = "actual"
    """`actual` for a real case; act on `exercise` within the exercise only, on `test` never."""
    links: WebhookLinks
    """Addresses for the unit of the dispatch."""


class DispatchCaseData(DispatchData):
    """Fields of messages that describe the case of a dispatch."""

    category: WebhookCategory
    """Category of the case."""
    condition: WebhookCondition
    """Filing condition of the case."""
    severity: int
    """Severity of the case: 1 特别重大 (gravest), 2 重大, 3 较大, 4 一般."""
    emergency: bool
    """True if the emergency plan applies."""
    confidential: bool
    """True for a confidential case. The message has no details of the case; the unit reads the details at
    `links.text`."""
    place: WebhookPlace
    """Place of the case."""
    milestones: tuple[MilestoneDue, ...]
    """Steps of the handling limit of this unit, in order."""
    case_due_at: Instant
    """Deadline promised to the reporter."""


class DispatchCreatedData(DispatchCaseData):
    """A new dispatch 派遣单.

    The message contains all that the unit needs to begin. Only photos and the text of a confidential case must be
    fetched.
    """

    description: str = Field(max_length=1500)
    """Masked text of the report; empty for a confidential case."""
    instructions: Text = ""
    """Special instructions for this unit."""
    sign_due_at: Instant
    """Deadline by which the unit must acknowledge the dispatch 签收."""
    return_until: Instant
    """Deadline by which the unit may ask to give the dispatch back 退单."""
    coordinated: bool = False
    """True for a coordinated unit, which is asked, not ordered."""
    photos: tuple[WebhookPhoto, ...] = Field(default=(), max_length=12)
    """First twelve photos of the case at most; the dispatch in the API lists all photos."""


class DispatchWithdrawnData(DispatchData):
    """The withdrawal of a dispatch: the unit has nothing more to do."""

    reason: Literal["re_routed", "case_ended", "merged", "return_accepted", "by_hand", "released"]
    """`re_routed`: another unit was chosen. `merged`: the case was merged into another one. `return_accepted`: the
    return of the unit was accepted. `by_hand`: a person withdrew the dispatch. `released`: the lead released the
    co-unit."""
    note: Text = ""
    """Masked explanation of the reason."""


class DispatchReturnRefusedData(DispatchData):
    """The refusal of a return. The unit keeps the dispatch, and the clock of the dispatch continues."""

    reason: ReturnReason
    """Reason that the unit gave for the return."""
    note: Text
    """Masked reason of the refusal."""
    milestones: tuple[MilestoneDue, ...]
    """Milestones of the dispatch. Their deadlines moved by the time that the decision about the return took."""
    sign_due_at: Instant | None = None
    """New deadline by which the unit must acknowledge the dispatch, moved by the same time; null or absent if the unit
    has acknowledged it."""


class DispatchUrgedData(DispatchData):
    """A reminder 催办 about a dispatch."""

    addressed_to: str
    """Unit that must act: the unit of the dispatch or, if that is a coordinated unit, possibly its superior
    authority."""
    text: Text
    """Masked text in Chinese."""
    text_en: Text = ""
    """English text; empty if a person wrote the message."""


class DispatchSupervisionOrderedData(DispatchUrgedData):
    """A supervision order 督办. The order needs a reply."""

    order_id: UUID
    kind: Literal["overdue", "leader", "rework", "important", "escalated"]
    """Why the order was issued. `overdue`: a limit is overdue. `leader`: the head of the unit must act. `rework`:
    rechecks failed repeatedly. `important`: the case is important. `escalated`: a coordinated unit is late, and its
    superior authority must act."""
    reply_due_at: Instant
    """Deadline of the reply."""
    provisional: bool | None = None
    """True while `reply_due_at` may move; `dispatch.reply_due_moved` follows if it moves. Otherwise null or absent."""
    reply_url: str | None = None
    """Address to which the unit sends the reply as `POST {text}` with its API key; null or absent if the unit cannot
    reply there."""


class DispatchReplyDueMovedData(DispatchData):
    """The new deadline of the reply to a supervision order.

    The deadline moved because the holidays of its year were announced.
    """

    addressed_to: str
    """Unit that must reply to the supervision order."""
    order_id: UUID
    reply_due_at: Instant
    """New deadline of the reply."""
    provisional: bool = False
    """True while `reply_due_at` may move again, because the holidays of its year are not announced."""
    reply_url: str
    """Address to which the unit sends the reply as `POST {text}` with its API key."""


class DispatchReworkOrderedData(DispatchData):
    """Rework 返工: the unit has the same dispatch again, with a new clock."""

    round: int
    """Number of the rework of this case: 1 for the first."""
    reason: str
    """Why rework is needed, as in the event `rework_ordered`."""
    note: Text
    """Masked explanation of the reason."""
    milestones: tuple[MilestoneDue, ...]
    """Steps of the new limit, in order."""


class DispatchExtensionDecidedData(DispatchData):
    """The decision about a requested extension 延期."""

    granted: bool
    """True if the extension was granted."""
    note: Text = ""
    """Masked reason."""
    milestones: tuple[MilestoneDue, ...]
    """Milestones of the dispatch with their deadlines after the decision."""


class DispatchSuspensionDecidedData(DispatchData):
    """The decision about a requested suspension 挂账."""

    granted: bool
    """True if the suspension was granted."""
    note: Text = ""
    """Masked reason."""
    until: Instant | None = None
    """End of the suspension, from which the clock continues; null or absent if the suspension was refused."""


class DispatchInformationAddedData(DispatchData):
    """Information that the reporter added 补充信息."""

    text: Text
    """Masked text of the information."""
    photos: tuple[WebhookPhoto, ...] = Field(default=(), max_length=12)
    """Photos that were added with the information."""


class DispatchCorrectedData(DispatchCaseData):
    """A correction 更正 of the category, condition or place of the case.

    The limits of this dispatch do not change. If the corrected case has other limits or needs another unit, a new
    dispatch follows and this one is withdrawn.
    """

    note: Text = ""
    """Masked reason; empty if nobody gave one."""


class DispatchClosedData(DispatchData):
    """The end of a case.

    Units that completed their dispatch receive this message when the case is closed 结案. An emergency service that
    still works on an acknowledged hand-over receives this message when the case ends in any way: closed, `merged`,
    `voided`, `not_filed` or `withdrawn`.
    """

    outcome: str
    """Outcome of the closed case, such as `solved`; otherwise `merged`, `voided`, `not_filed` or `withdrawn`."""
    note: Text = ""
    """Masked explanation."""


class DispatchReopenedData(DispatchData):
    """The reopening 重启 of the case."""

    reason: Literal["reporter_not_solved", "by_hand", "merge_undone"]
    """`reporter_not_solved`: a reporter said that the problem is not solved. `by_hand`: a person reopened the case.
    `merge_undone`: the case was merged into another one, and the merge was undone."""
    note: Text = ""
    """Masked explanation of the reason."""


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
"""Template of a notification. The gateway of the city holds the words of each template."""


class NoticeRequestedData(Contract):
    """A notification to a person whose phone number this system does not know."""

    recipient_ref: str = Field(
        pattern=r"^(unit|officer|intake_clerk|shift_lead|dispatcher|leader|reporter):[0-9A-Za-z_-]+$"
    )
    """Who receives the notification, as `<kind>:<id>`. The kind `unit`, `officer` or `reporter` means the unit, the
    officer, or the reporter of the report with this id. Every other kind is a role: everybody on duty in this role at
    the centre with this id, or in the whole district if the id is the division code of the district."""
    template: NoticeTemplate
    """Template of the notification. The gateway holds the words of each template."""
    case_number: str
    """Case number. For a reporter it is the number on the receipt, even if the report was attached to another case."""
    mode: Mode = "actual"
    """`actual` for a real case, otherwise `exercise` or `test`."""
    contact_url: str | None = None
    """Address at which the gateway reads, with its API key, the phone number of a reporter; null or absent for other
    recipients."""


class EndpointTestData(Contract):
    """A test of an endpoint. The endpoint must answer 2xx with JSON `{"challenge": <the same value>}`."""

    endpoint_id: UUID
    """Endpoint that is tested."""
    challenge: str
    """Value that the answer must repeat."""
