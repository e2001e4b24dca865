"""State of one case in the dispatch service: the filed case, and every dispatch 派遣单 created for the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from pydantic import BaseModel, Field, PrivateAttr

from contracts.base import StoredDocument
from contracts.case_state import DispatchState
from contracts.common import Mode, Photo, Place
from contracts.events.acceptance import CaseFiled, Milestone, Relation
from contracts.events.command import HandoverTarget, MilestoneDue
from contracts.events.discovery import External
from contracts.events.handling import ReturnReason, WorkOutcome
from contracts.masking import withhold
from contracts.registry import Limit
from contracts.webhooks import Webhook
from services.chassis.cases import Case


class FiledCase(BaseModel):
    """The fields of `case_filed` that the dispatch service needs and units receive."""

    case_number: str
    category_id: str
    category_name: str
    category_name_en: str
    condition_id: str
    condition_text: str
    condition_text_en: str
    closing_condition: str
    closing_condition_en: str
    milestones: tuple[Milestone, ...]
    evidence: tuple[str, ...] = ()
    severity: int
    emergency: bool = False
    confidential: bool = False
    text_at_intake: bool = False
    """True if units must read the description in the intake service.

    This is so if the case is confidential or was reported in confidence.
    """
    place: Place
    community: str
    centre_id: str
    description: str = ""
    photos: tuple[Photo, ...] = ()
    reported_at: datetime
    case_due_at: datetime

    @classmethod
    def of(cls, filed: CaseFiled, *, reported_in_confidence: bool) -> FiledCase:
        """Return the needed fields of the event `case_filed`."""
        fields = {name: getattr(filed, name) for name in cls.model_fields if name in CaseFiled.model_fields}
        return cls.model_validate({**fields, "text_at_intake": reported_in_confidence or filed.confidential})

    def storable_text(self, text: str) -> str:
        """Return a text about the case as it may be stored and sent: for a confidential case a placeholder."""
        return withhold(text, confidential=self.confidential)

    def storable_photos(self, photos: Sequence[Photo]) -> tuple[Photo, ...]:
        """Return photos of the case as they may be stored and sent: for a confidential case none."""
        return () if self.confidential else tuple(photos)

    @property
    def outcomes(self) -> tuple[WorkOutcome, ...]:
        """Outcomes that a unit may report. For a confidential case: only `handled` and `handed_over`."""
        every: tuple[WorkOutcome, ...] = get_args(WorkOutcome)
        return _CONFIDENTIAL_OUTCOMES if self.confidential else tuple(each for each in every if each != "handled")

    @property
    def result_outcome(self) -> WorkOutcome:
        """Outcome to record when an emergency service sends a `Result` envelope, which names no outcome."""
        return "handled" if self.confidential else "solved"


_CONFIDENTIAL_OUTCOMES: tuple[WorkOutcome, ...] = ("handled", "handed_over")


class LinkedCase(BaseModel):
    """Another case linked to this one."""

    relation: Relation
    """Relation of the linked case to this case, such as `parent`."""
    number: str


class EmergencyOrigin(BaseModel):
    """Emergency service that handed the case over to us and receives messages about the case."""

    case_id: UUID
    """Case that the hand-over opened. Messages to the service are delivered in order for each `case_id`."""
    unit_id: str
    number: str
    """Number that the emergency service gave to the incident."""
    case_number: str


class ReturnRequest(BaseModel):
    """Request of a unit to give the dispatch back 退单 that the dispatcher has not decided yet."""

    reason: ReturnReason
    note: str
    suggested_unit_id: str | None = None
    requested_at: datetime


class Dispatch(DispatchState):
    """A dispatch: the assignment of the case to one unit.

    The base class `DispatchState` derives the status from events, in the same way in all services.
    """

    id: UUID
    round: int
    instructions: str = ""
    created_at: datetime
    """Start of the handling clock. The later acknowledgement 签收 does not move it."""
    milestones: tuple[MilestoneDue, ...]
    """Milestones with their current deadlines."""
    sign_due_at: datetime
    return_until: datetime
    return_limit: Limit | None = None
    """Length of the return window; `None` once `return_until` can no longer move with the calendar."""
    handover: HandoverTarget | None = None
    """Terms of a hand-over to an emergency service, which acknowledges or refuses; `None` for other dispatches."""

    signed_at: datetime | None = None
    crew: str | None = None
    """Crew to which the unit assigned the dispatch 二级派遣; `None` if to no crew."""
    reached: dict[str, datetime] = Field(default_factory=dict[str, datetime])
    """For each reached milestone, by name, the time at which it was reached."""
    photos: tuple[Photo, ...] = ()
    """Photos that the unit sent as evidence since the creation of the dispatch or the last rework order."""

    return_request: ReturnRequest | None = None
    returns_refused: int = 0
    awaiting_reassignment: bool = False
    """待改派: routing chooses another lead. This unit keeps the place safe until that lead acknowledges (首接负责)."""

    extensions: int = 0
    """Number of granted extensions."""
    extension_requested_at: datetime | None = None
    suspensions: int = 0
    suspension_requested_until: datetime | None = None
    suspended_until: datetime | None = None

    outcome: WorkOutcome | None = None
    note: str = ""
    completed_at: datetime | None = None
    message_count: int = 0
    """Number of messages to units about the dispatch. It is the `sequence` of the last message."""

    @property
    def held_by_emergency_service(self) -> bool:
        """True if the dispatch is a hand-over that the emergency service has acknowledged and not finished.

        The service keeps the dispatch even when our case ends. Source: 国办 12345–110 linkage, which says that the
        first receiver of a case keeps it.
        """
        return self.handover is not None and self.signed_at is not None and self.open

    @property
    def next_due_at(self) -> datetime:
        """Deadline of the first milestone that was not reached; if all were, of the last one. Lists sort by it."""
        return next(
            (each.due_at for each in self.milestones if each.name not in self.reached), self.milestones[-1].due_at
        )


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that the transaction stores for a recipient, to be sent by the sender later."""

    id: UUID
    """`webhook-id` of the message. It is derived from the cause, so a repeated transaction produces the same id."""
    about: UUID
    """Id of what the message is about, such as a dispatch or a case.

    Messages to one recipient with the same `about` are delivered in order.
    """
    recipient: str
    """Unit whose endpoints receive the message, or the upstream platform, or the SMS gateway."""
    webhook: Webhook
    """Content of the message. Links in it are paths; the store puts the public address before them."""
    mode: Mode = "actual"
    """Mode of the case. Messages of exercises go only to endpoints that take part in exercises."""


class UpstreamOrder(BaseModel):
    """An order of the upstream platform: the case that the order opened, and its number on that platform."""

    case_id: UUID
    case_number: str
    number: str | None = None
    channel_number: str | None = None
    due_at: datetime | None = None

    @classmethod
    def of(cls, case_id: UUID, case_number: str, external: External | None) -> UpstreamOrder:
        """Return the order that opened this case. `external`: what the report says about the upstream platform."""
        source = external or External()
        return cls(
            case_id=case_id,
            case_number=case_number,
            number=source.number,
            channel_number=source.channel_number,
            due_at=source.due_at,
        )


class ReporterReference(BaseModel):
    """A report whose reporter is notified. Only the intake service knows who the reporter is."""

    report_id: UUID
    case_number: str
    """Case number that is on the receipt of the reporter."""


class ReportDetails(BaseModel):
    """Details of the report that hand-over messages contain and the filed case does not."""

    occurred_at: datetime
    report_id: UUID
    masked: str | None = None
    """Masked phone number of the reporter; `None` if the handling unit may not ask for the number."""


class DispatchCase(StoredDocument):
    """State of one case in the dispatch service, read and changed by event handlers and commands."""

    case_number: str = ""
    area: str = ""
    """Grid or community of the case; empty if unknown. It decides which centre is notified."""
    reporters: list[ReporterReference] = Field(default_factory=list[ReporterReference])
    """Reporters to notify: those of this case, and those of reports attached to this case."""
    filed_case: FiledCase | None = None
    mode: Mode = "actual"
    reported_in_confidence: bool = False
    report_details: ReportDetails | None = None
    """Details of the report that opened this case."""
    emergency_origins: list[EmergencyOrigin] = Field(default_factory=list[EmergencyOrigin])
    """Emergency services that handed over this case or an attached report. They receive messages about this case."""
    emergency_origins_before_merge: list[EmergencyOrigin] = Field(default_factory=list[EmergencyOrigin])
    """Former value of `emergency_origins`, stored while this case is merged into another case."""
    host_id: UUID | None = None
    """Id of the case that this case is merged into; `None` if it is not merged."""
    host_number: str = ""
    """Number of the case that this case is merged into."""
    needs_new_dispatch: bool = False
    """True if a merge withdrew the dispatch of the lead or of a co-unit.

    When the merge is undone, routing sends the withdrawn dispatch again. Until then the handling cannot be complete.
    """
    links: list[LinkedCase] = Field(default_factory=list[LinkedCase])
    """Linked cases, in the order in which they were linked."""
    dispatches: list[Dispatch] = Field(default_factory=list[Dispatch])
    """Dispatches in the order of creation. This is a list, because `jsonb` does not keep the order of keys."""
    rework_round: int = 0
    handled_round: int = -1
    """Rework round of the last `handling_completed`; -1 before the first."""
    voided: bool = False
    closed: bool = False
    filing_undone: bool = False
    """True if the case was filed, sent back to the intake desk, and then not filed or withdrawn by the reporter."""
    end_sequences: dict[str, int] = Field(default_factory=dict[str, int])
    """For each source service, the sequence of the last event by which the service ended or merged the case."""
    upstream_orders: list[UpstreamOrder] = Field(default_factory=list[UpstreamOrder])
    """Upstream orders that opened this case or a report attached to it. This case reports on them."""
    upstream_orders_before_merge: list[UpstreamOrder] = Field(default_factory=list[UpstreamOrder])
    """Former value of `upstream_orders`, stored while this case is merged into another case."""
    answer: str = ""
    """Answer to the inquiry, if the case is an inquiry that was answered at once; else empty."""
    outcome: str = ""
    """Outcome of the last closing of the case; empty before the first."""
    closing_note: str = ""
    """Text that outside platforms received about the last closing of the case."""
    ever_provisional: bool = False
    """True if a deadline was ever provisional, so that the table of provisional cases may have a row to delete."""
    _messages: list[OutgoingMessage] = PrivateAttr(default_factory=list[OutgoingMessage])

    @property
    def in_confidence(self) -> bool:
        """True if the case is confidential, so that no text about it may be stored."""
        return self.filed_case is not None and self.filed_case.confidential

    def redact(self) -> None:
        """Remove the texts, photos and phone number of the case, because the case turned out confidential."""
        for each in self.dispatches:
            each.instructions, each.note = (
                withhold(each.instructions, confidential=True),
                withhold(each.note, confidential=True),
            )
            each.photos = ()
            if each.return_request is not None:
                each.return_request.note = withhold(each.return_request.note, confidential=True)
        self.answer, self.closing_note = (
            withhold(self.answer, confidential=True),
            withhold(self.closing_note, confidential=True),
        )
        if self.report_details is not None:
            self.report_details.masked = None

    @property
    def messages(self) -> list[OutgoingMessage]:
        """Messages that the running transaction stores. They are not part of the stored state of the case."""
        return self._messages

    @property
    def ended(self) -> Literal["", "closed", "voided", "merged"]:
        """How the case ended; empty if it has not ended. If several ends apply: voided, else closed, else merged."""
        if self.voided:
            return "voided"
        if self.closed:
            return "closed"
        return "voided" if self.filing_undone else "merged" if self.host_id is not None else ""

    @property
    def provisional(self) -> bool:
        """True if the end of a return window may still move with the calendar.

        The other deadlines of the case are kept by supervision.
        """
        return any(each.open and each.return_limit is not None for each in self.dispatches)

    def require_filed_case(self) -> FiledCase:
        """Return the filed case. Raises `LookupError` if the case was never filed.

        Handlers of routing's and supervision's events may call this, because these events depend on `case_filed`.
        """
        if self.filed_case is None:
            raise LookupError(f"{self.case_number or 'the case'} was never filed")
        return self.filed_case

    def case_deadline(self, filed_case: FiledCase) -> datetime:
        """Return the earliest deadline of the case: the deadline of the filing, or that of an upstream order."""
        return min([filed_case.case_due_at, *(each.due_at for each in self.upstream_orders if each.due_at is not None)])

    def find(self, dispatch_id: UUID | None) -> Dispatch | None:
        """Return the dispatch with this id; `None` if the case has no such dispatch."""
        return next((each for each in self.dispatches if each.id == dispatch_id), None)

    def is_awaited(self, dispatch: Dispatch) -> bool:
        """Return whether the case still waits for this dispatch. A case that has ended waits for no dispatch."""
        return not self.ended and (dispatch.open or dispatch.awaiting_reassignment)

    def handling_dispatches(self) -> list[Dispatch]:
        """Return the dispatches of the lead and the co-units. First responses are not part of the handling."""
        return [each for each in self.dispatches if each.role in ("lead", "co")]

    def lead(self) -> Dispatch | None:
        """Return the dispatch of the current lead; `None` if the case has no lead.

        It is the latest lead dispatch that is open or completed. A dispatch that is being reassigned does not count.
        """
        leads = [each for each in self.dispatches if each.role == "lead" and not each.awaiting_reassignment]
        return next((each for each in reversed(leads) if each.open or each.status == "completed"), None)


DispatchedCase = Case[DispatchCase]
DispatchedCases = Mapping[UUID, DispatchedCase]


def add_message(case: DispatchedCase, webhook: Webhook, *, key: object, about: UUID, recipient: str) -> None:
    """Add a message to the messages that the transaction stores.

    `key` distinguishes messages of one type that one event or command produces. `about`, `recipient`: see
    `OutgoingMessage`.
    """
    message_id = case.derive_id(f"{webhook.TYPE}:{key}")
    case.state.messages.append(OutgoingMessage(message_id, about, recipient, webhook, case.state.mode))
