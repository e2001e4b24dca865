"""Dispatch's state of one case: the filed case, and every dispatch 派遣单 created for it."""

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
    """The part of the filed case that dispatch needs and units receive."""

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
    """True if units read the description at intake: the case is confidential, or was reported in confidence."""
    place: Place
    community: str
    centre_id: str
    description: str = ""
    photos: tuple[Photo, ...] = ()
    reported_at: datetime
    case_due_at: datetime

    @classmethod
    def of(cls, filed: CaseFiled, *, reported_in_confidence: bool) -> FiledCase:
        """Return the part of `case_filed` that units receive."""
        fields = {name: getattr(filed, name) for name in cls.model_fields if name in CaseFiled.model_fields}
        return cls.model_validate({**fields, "text_at_intake": reported_in_confidence or filed.confidential})

    def storable_text(self, text: str) -> str:
        """Return a text about the case as it may be stored and sent; a confidential case keeps no text."""
        return withhold(text, confidential=self.confidential)

    def storable_photos(self, photos: Sequence[Photo]) -> tuple[Photo, ...]:
        """Return photos as they may be stored and sent; a confidential case keeps no photo."""
        return () if self.confidential else tuple(photos)

    @property
    def outcomes(self) -> tuple[WorkOutcome, ...]:
        """Outcomes that a unit may report. For a confidential case they say no more than that it was handled."""
        every: tuple[WorkOutcome, ...] = get_args(WorkOutcome)
        return _CONFIDENTIAL_OUTCOMES if self.confidential else tuple(each for each in every if each != "handled")

    @property
    def result_outcome(self) -> WorkOutcome:
        """Outcome that a `Result` envelope stands for."""
        return "handled" if self.confidential else "solved"


_CONFIDENTIAL_OUTCOMES: tuple[WorkOutcome, ...] = ("handled", "handed_over")


class LinkedCase(BaseModel):
    """Another case linked to this one."""

    relation: Relation
    """Relation of the other case to this one."""
    number: str


class EmergencyOrigin(BaseModel):
    """Emergency service that handed the case over to us and receives messages about it."""

    case_id: UUID
    """Case that the hand-over opened. Messages about one case are delivered in order."""
    unit_id: str
    number: str
    """Number of the incident at the emergency service."""
    case_number: str


class ReturnRequest(BaseModel):
    """Request of a unit to give the dispatch back 退单, not decided yet."""

    reason: ReturnReason
    note: str
    suggested_unit_id: str | None = None
    requested_at: datetime


class Dispatch(DispatchState):
    """A dispatch: the assignment of the case to one unit.

    Its status is derived from events as in every other service (`DispatchState`).
    """

    id: UUID
    round: int
    instructions: str = ""
    created_at: datetime
    """Start of its handling clock; signing does not move it."""
    milestones: tuple[MilestoneDue, ...]
    """Milestones with their current deadlines."""
    sign_due_at: datetime
    return_until: datetime
    return_limit: Limit | None = None
    """Return window as a limit, while `return_until` may still move with the calendar."""
    handover: HandoverTarget | None = None
    """Terms of a hand-over to an emergency service, which accepts or refuses it but never returns it."""

    signed_at: datetime | None = None
    crew: str | None = None
    """Crew of the unit that has the dispatch 二级派遣."""
    reached: dict[str, datetime] = Field(default_factory=dict[str, datetime])
    """Time at which each milestone was reached, by name."""
    photos: tuple[Photo, ...] = ()
    """Evidence brought since the dispatch was created or last ordered to be reworked."""

    return_request: ReturnRequest | None = None
    returns_refused: int = 0
    awaiting_reassignment: bool = False
    """待改派: routing is choosing another unit. Until that unit signs, this one keeps the place safe (首接负责)."""

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
    """Number of messages sent about the dispatch; the last `sequence`."""

    @property
    def held_by_emergency_service(self) -> bool:
        """True if an emergency service has accepted the dispatch and has not finished.

        It stays with the service, even when our part of the case is over. Source: 国办 12345–110 linkage, the first
        receiver of a case keeps it.
        """
        return self.handover is not None and self.signed_at is not None and self.open

    @property
    def next_due_at(self) -> datetime:
        """Deadline that lists are sorted by: of the first milestone not reached, else of the last milestone."""
        return next(
            (each.due_at for each in self.milestones if each.name not in self.reached), self.milestones[-1].due_at
        )


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to a receiver, stored in the transaction that causes it."""

    id: UUID
    """`webhook-id`, derived from the cause, so that a replay produces the same id."""
    about: UUID
    """Dispatch that the message is about, else the case. Messages about the same thing are delivered in order."""
    recipient: str
    """Unit whose endpoints receive it, or one of the fixed recipients outside the county."""
    webhook: Webhook
    """Content of the message. Its links are paths; the store adds the public address."""
    mode: Mode = "actual"
    """Mode of the case. Messages of exercises go only to endpoints that take part in exercises."""


class UpstreamOrder(BaseModel):
    """An order of the upstream platform: the case that it opened, and its number on that platform."""

    case_id: UUID
    case_number: str
    number: str | None = None
    channel_number: str | None = None
    due_at: datetime | None = None

    @classmethod
    def of(cls, case_id: UUID, case_number: str, external: External | None) -> UpstreamOrder:
        """Return the order as it was reported."""
        source = external or External()
        return cls(
            case_id=case_id,
            case_number=case_number,
            number=source.number,
            channel_number=source.channel_number,
            due_at=source.due_at,
        )


class ReporterReference(BaseModel):
    """A report whose reporter is notified. Only intake knows the reporter."""

    report_id: UUID
    case_number: str
    """Case number on the reporter's receipt."""


class ReportDetails(BaseModel):
    """Details of the report that hand-overs contain besides the filed case."""

    occurred_at: datetime
    report_id: UUID
    masked: str | None = None
    """Masked phone number of the reporter, if the handling unit may ask for the number."""


class DispatchCase(StoredDocument):
    """State of one case, read and changed by event handlers and commands."""

    case_number: str = ""
    area: str = ""
    """Grid or community of the case, as far as known; decides which centre is notified."""
    reporters: list[ReporterReference] = Field(default_factory=list[ReporterReference])
    """Reporters of the case and of reports attached to it."""
    filed_case: FiledCase | None = None
    mode: Mode = "actual"
    reported_in_confidence: bool = False
    report_details: ReportDetails | None = None
    """Details of its own report."""
    emergency_origins: list[EmergencyOrigin] = Field(default_factory=list[EmergencyOrigin])
    """Emergency services that receive messages about this case: its own and those of attached reports."""
    emergency_origins_before_merge: list[EmergencyOrigin] = Field(default_factory=list[EmergencyOrigin])
    """Its `emergency_origins` while it is merged into another case."""
    host_id: UUID | None = None
    host_number: str = ""
    """Number of the case that it is merged into."""
    needs_new_dispatch: bool = False
    """True if a merge withdrew the dispatch of the lead or of a co-unit.

    After the merge is undone routing sends it again.
    """
    links: list[LinkedCase] = Field(default_factory=list[LinkedCase])
    """Linked cases in the order of linking."""
    dispatches: list[Dispatch] = Field(default_factory=list[Dispatch])
    """Dispatches in the order of creation (a list, because `jsonb` does not keep the order of keys)."""
    rework_round: int = 0
    handled_round: int = -1
    """Rework round of the last `handling_completed`; -1 before the first."""
    voided: bool = False
    closed: bool = False
    filing_undone: bool = False
    """True if the case was filed, sent back to the desk, and then not filed or withdrawn by the reporter."""
    end_sequences: dict[str, int] = Field(default_factory=dict[str, int])
    """For each source, the sequence of its last event that ended or merged the case."""
    upstream_orders: list[UpstreamOrder] = Field(default_factory=list[UpstreamOrder])
    """Upstream orders that this case reports on: its own and those of attached reports."""
    upstream_orders_before_merge: list[UpstreamOrder] = Field(default_factory=list[UpstreamOrder])
    """Its `upstream_orders` while it is merged into another case."""
    answer: str = ""
    """Answer to an inquiry that was answered at once."""
    outcome: str = ""
    """Outcome of its last closing."""
    closing_note: str = ""
    """Text about the last closing that outside platforms received."""
    ever_provisional: bool = False
    """True if a deadline of the case was provisional at some time, so that it may be listed as provisional."""
    _messages: list[OutgoingMessage] = PrivateAttr(default_factory=list[OutgoingMessage])

    @property
    def in_confidence(self) -> bool:
        """True if no text about the case may be stored."""
        return self.filed_case is not None and self.filed_case.confidential

    def redact(self) -> None:
        """Remove the texts, photos and phone number that were stored before the case turned out confidential."""
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
        """Messages of the running transaction; never part of the stored state."""
        return self._messages

    @property
    def ended(self) -> Literal["", "closed", "voided", "merged"]:
        """How the case ended: the first of these that holds."""
        if self.voided:
            return "voided"
        if self.closed:
            return "closed"
        return "voided" if self.filing_undone else "merged" if self.host_id is not None else ""

    @property
    def provisional(self) -> bool:
        """True if the end of a return window may still move with the calendar. Only dispatch keeps that deadline."""
        return any(each.open and each.return_limit is not None for each in self.dispatches)

    def require_filed_case(self) -> FiledCase:
        """Return the filed case.

        Events of routing and supervision depend on `case_filed`, so their handlers may require it.
        """
        if self.filed_case is None:
            raise LookupError(f"{self.case_number or 'the case'} was never filed")
        return self.filed_case

    def case_deadline(self, filed_case: FiledCase) -> datetime:
        """Return the deadline promised for the case: that of filing, or an earlier one of an upstream order."""
        return min([filed_case.case_due_at, *(each.due_at for each in self.upstream_orders if each.due_at is not None)])

    def find(self, dispatch_id: UUID | None) -> Dispatch | None:
        """Return the dispatch with this id."""
        return next((each for each in self.dispatches if each.id == dispatch_id), None)

    def is_awaited(self, dispatch: Dispatch) -> bool:
        """Return whether the case still waits for this dispatch; after its end it waits for none."""
        return not self.ended and (dispatch.open or dispatch.awaiting_reassignment)

    def handling_dispatches(self) -> list[Dispatch]:
        """Return the dispatches that make up the handling; first responses do not."""
        return [each for each in self.dispatches if each.role in ("lead", "co")]

    def lead(self) -> Dispatch | None:
        """Return the current lead dispatch: the latest that is open or completed and not being reassigned."""
        leads = [each for each in self.dispatches if each.role == "lead" and not each.awaiting_reassignment]
        return next((each for each in reversed(leads) if each.open or each.status == "completed"), None)


DispatchedCase = Case[DispatchCase]
DispatchedCases = Mapping[UUID, DispatchedCase]


def add_message(case: DispatchedCase, webhook: Webhook, *, key: object, about: UUID, recipient: str) -> None:
    """Add a message to the messages of the transaction.

    `key` distinguishes the messages of one type that one cause produces. For `about` and `recipient` see
    `OutgoingMessage`.
    """
    message_id = case.derive_id(f"{webhook.TYPE}:{key}")
    case.state.messages.append(OutgoingMessage(message_id, about, recipient, webhook, case.state.mode))
