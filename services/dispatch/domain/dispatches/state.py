"""What dispatch knows of one case: the matter itself, and every order 派遣单 that went out for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from pydantic import BaseModel, Field, PrivateAttr

from contracts.base import Stored
from contracts.case_state import DispatchState
from contracts.common import Mode, Photo, Place
from contracts.events.acceptance import CaseFiled, Milestone, Relation
from contracts.events.command import Handoff, MilestoneDue
from contracts.events.discovery import External
from contracts.events.handling import ReturnReason, WorkOutcome
from contracts.masking import kept
from contracts.registry import Limit
from contracts.webhooks import Webhook
from services.chassis.cases import Case


class FiledCase(BaseModel):
    """What the case is about, as it was filed. Of a confidential case the events say no more than this either."""

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
    """What was told is read at intake, by whoever has an order: also where what was told in confidence is filed in the open."""
    place: Place
    community: str
    centre_id: str
    description: str = ""
    photos: tuple[Photo, ...] = ()
    reported_at: datetime
    case_due_at: datetime

    @classmethod
    def of(cls, filed: CaseFiled, *, reported_in_confidence: bool) -> FiledCase:
        """The part of `case_filed` that units are told."""
        told = {name: getattr(filed, name) for name in cls.model_fields if name in CaseFiled.model_fields}
        return cls.model_validate({**told, "text_at_intake": reported_in_confidence or filed.confidential})

    def storable_text(self, text: str) -> str:
        """What is kept and told on of what anybody writes about it: of a confidential matter nothing."""
        return kept(text, confidential=self.confidential)

    def storable_photos(self, photos: Sequence[Photo]) -> tuple[Photo, ...]:
        """What is kept and told on of photos that a unit brings."""
        return () if self.confidential else tuple(photos)

    @property
    def outcomes(self) -> tuple[WorkOutcome, ...]:
        """What a unit may complete it with: of a confidential matter it says no more than that it was dealt with."""
        every: tuple[WorkOutcome, ...] = get_args(WorkOutcome)
        return _WORDS_ONLY if self.confidential else tuple(each for each in every if each != "handled")

    @property
    def result_outcome(self) -> WorkOutcome:
        """What the one word of an envelope, `Result`, means of it."""
        return "handled" if self.confidential else "solved"


_WORDS_ONLY: tuple[WorkOutcome, ...] = ("handled", "handed_over")


class LinkedCase(BaseModel):
    """Another case of the same matter."""

    relation: Relation
    """What the other is to this one."""
    number: str


class EmergencyOrigin(BaseModel):
    """An emergency service handed this to us: it hears what became of it."""

    case_id: UUID
    """The case that it opened: what is said about it is delivered in turn."""
    unit_id: str
    number: str
    """Of the matter in their books."""
    case_number: str


class ReturnRequest(BaseModel):
    """A unit says "not mine" 退单; the dispatcher has not decided yet."""

    reason: ReturnReason
    note: str
    suggested_unit_id: str | None = None
    requested_at: datetime


class Dispatch(DispatchState):
    """One order to one unit. Its status follows from the same facts, in the same way, as for every reader of the log."""

    id: UUID
    round: int
    asked: str = ""
    created_at: datetime
    """Its handling clock runs from here; signing does not move it."""
    milestones: tuple[MilestoneDue, ...]
    """With their instants as they now are."""
    sign_due_at: datetime
    return_until: datetime
    return_limit: Limit | None = None
    """While `return_until` may still move with the calendar: how long after the order it is."""
    handoff: Handoff | None = None
    """A hand-over to an emergency service: it is acknowledged or refused, never returned."""

    signed_at: datetime | None = None
    crew: str | None = None
    """To whom the unit handed it on inside its own house 二级派遣."""
    reached: dict[str, datetime] = Field(default_factory=dict[str, datetime])
    """Milestone name → when the unit said it was reached."""
    photos: tuple[Photo, ...] = ()
    """Evidence brought since the order, or since the last rework."""

    return_request: ReturnRequest | None = None
    returns_refused: int = 0
    awaiting_reassignment: bool = False
    """待改派: another unit has been asked, but until it signs this one keeps the safety measures (首接负责)."""

    extensions: int = 0
    """Granted ones."""
    extension_requested_at: datetime | None = None
    suspensions: int = 0
    suspension_requested_until: datetime | None = None
    suspended_until: datetime | None = None

    outcome: WorkOutcome | None = None
    note: str = ""
    completed_at: datetime | None = None
    message_count: int = 0
    """Messages sent about it: the last `sequence`."""

    @property
    def held_by_emergency_service(self) -> bool:
        """An emergency service has acknowledged it and is not done: it is theirs to finish, also when our part is over.

        Source: 国办 12345–110 linkage, whoever took a matter first keeps it.
        """
        return self.handoff is not None and self.signed_at is not None and self.open

    @property
    def next_due_at(self) -> datetime:
        """The deadline that the inbox sorts by: the first milestone not reached, else the last."""
        return next(
            (each.due_at for each in self.milestones if each.name not in self.reached), self.milestones[-1].due_at
        )


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to be delivered: written to `deliveries` in the transaction that makes it true."""

    id: UUID
    """The `webhook-id`: derived from the cause, so that a replay says the same thing under the same id."""
    about: UUID
    """The order, or the case where it is about no order: what is said about one thing is delivered in turn."""
    recipient: str
    """Unit (or mobile team) whose endpoints get it."""
    webhook: Webhook
    """Links are still paths; the store knows the public address."""
    mode: Mode = "actual"
    """An exercise reaches only endpoints that take part in exercises."""


class UpstreamOrder(BaseModel):
    """An order of the city's platform above us: which case it opened, and its number in their books."""

    case_id: UUID
    case_number: str
    number: str | None = None
    channel_number: str | None = None
    due_at: datetime | None = None

    @classmethod
    def of(cls, case_id: UUID, case_number: str, external: External | None) -> UpstreamOrder:
        """As it came in."""
        told = external or External()
        return cls(
            case_id=case_id,
            case_number=case_number,
            number=told.number,
            channel_number=told.channel_number,
            due_at=told.due_at,
        )


class ReporterReference(BaseModel):
    """A report whose reporter hears what becomes of it; who that is, intake alone knows."""

    report_id: UUID
    case_number: str
    """On the receipt."""


class ReportDetails(BaseModel):
    """What a hand-over says of the report itself, beyond the matter that was filed."""

    occurred_at: datetime
    report_id: UUID
    masked: str | None = None
    """The reporter's number, where whoever handles it may ask for it."""


class DispatchCase(Stored):
    """The state that handlers and commands see."""

    case_number: str = ""
    area: str = ""
    """Grid or community as far as it is known: whose centre is woken."""
    reporters: list[ReporterReference] = Field(default_factory=list[ReporterReference])
    """Of its own report, and of those attached to it."""
    filed_case: FiledCase | None = None
    mode: Mode = "actual"
    reported_in_confidence: bool = False
    report_details: ReportDetails | None = None
    """Its own report."""
    emergency_origins: list[EmergencyOrigin] = Field(default_factory=list[EmergencyOrigin])
    """Emergency services for whose matters this case speaks: its own, and those attached to it."""
    emergency_origins_before_merge: list[EmergencyOrigin] = Field(default_factory=list[EmergencyOrigin])
    """While it is attached itself, and its host speaks."""
    host_id: UUID | None = None
    host_number: str = ""
    """Of the case that it is attached to."""
    needs_new_dispatch: bool = False
    """A merge took the order of the lead or of a co-unit back: undone, routing gives it out again."""
    links: list[LinkedCase] = Field(default_factory=list[LinkedCase])
    """In the order in which they were made."""
    dispatches: list[Dispatch] = Field(default_factory=list[Dispatch])
    """In the order in which they were made (a list, because jsonb forgets the order of keys)."""
    rework_round: int = 0
    handled_round: int = -1
    """Rework round of the last `handling_completed`; -1 before the first."""
    voided: bool = False
    closed: bool = False
    filing_undone: bool = False
    """Not filed, or taken back by its reporter, after it had been filed and sent back to the desk."""
    end_sequences: dict[str, int] = Field(default_factory=dict[str, int])
    """Of each source, its last word by which the case was over, or merged."""
    upstream_orders: list[UpstreamOrder] = Field(default_factory=list[UpstreamOrder])
    """Orders from the platform above that this case speaks for: its own, and those attached to it."""
    upstream_orders_before_merge: list[UpstreamOrder] = Field(default_factory=list[UpstreamOrder])
    """While it is attached itself, and its host speaks."""
    answer: str = ""
    """Of an inquiry that was answered at once."""
    outcome: str = ""
    """Of its last closing."""
    closing_note: str = ""
    """What those outside heard of that, in words."""
    ever_provisional: bool = False
    """A deadline of it could move at some time: it may stand among those that can."""
    _messages: list[OutgoingMessage] = PrivateAttr(default_factory=list[OutgoingMessage])

    @property
    def in_confidence(self) -> bool:
        """Whether nobody's words about it are kept."""
        return self.filed_case is not None and self.filed_case.confidential

    def redact(self) -> None:
        """What was said while it was in the open is forgotten."""
        for each in self.dispatches:
            each.asked, each.note = kept(each.asked, confidential=True), kept(each.note, confidential=True)
            each.photos = ()
            if each.return_request is not None:
                each.return_request.note = kept(each.return_request.note, confidential=True)
        self.answer, self.closing_note = (
            kept(self.answer, confidential=True),
            kept(self.closing_note, confidential=True),
        )
        if self.report_details is not None:
            self.report_details.masked = None

    @property
    def messages(self) -> list[OutgoingMessage]:
        """What the running transaction tells; never part of the stored state."""
        return self._messages

    @property
    def ended(self) -> Literal["", "closed", "voided", "merged"]:
        """How it ended: the first of these that holds."""
        if self.voided:
            return "voided"
        if self.closed:
            return "closed"
        return "voided" if self.filing_undone else "merged" if self.host_id is not None else ""

    @property
    def provisional(self) -> bool:
        """Whether a deadline that only dispatch keeps may still move with the calendar."""
        return any(each.open and each.return_limit is not None for each in self.dispatches)

    def require_filed_case(self) -> FiledCase:
        """What it is about: routing and supervision speak of filed cases only, and their events wait for `case_filed`."""
        if self.filed_case is None:
            raise LookupError(f"{self.case_number or 'the case'} was never filed")
        return self.filed_case

    def case_deadline(self, filed_case: FiledCase) -> datetime:
        """The promise: what intake said, or the earlier deadline of an order from above that joined."""
        return min([filed_case.case_due_at, *(each.due_at for each in self.upstream_orders if each.due_at is not None)])

    def find(self, dispatch_id: UUID | None) -> Dispatch | None:
        """The order with this id."""
        return next((each for each in self.dispatches if each.id == dispatch_id), None)

    def is_awaited(self, dispatch: Dispatch) -> bool:
        """Whether somebody here still waits for this order; for what an emergency service has kept beyond the end, nobody."""
        return not self.ended and (dispatch.open or dispatch.awaiting_reassignment)

    def handling_dispatches(self) -> list[Dispatch]:
        """Orders that make up the handling; a first response does not."""
        return [each for each in self.dispatches if each.role in ("lead", "co")]

    def lead(self) -> Dispatch | None:
        """The lead order in force: the latest that is open or completed, and that nobody else was given since."""
        leads = [each for each in self.dispatches if each.role == "lead" and not each.awaiting_reassignment]
        return next((each for each in reversed(leads) if each.open or each.status == "completed"), None)


DispatchedCase = Case[DispatchCase]
DispatchedCases = Mapping[UUID, DispatchedCase]
