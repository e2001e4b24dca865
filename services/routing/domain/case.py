"""What routing knows of one case: the question, who has an order, who gave it back, and whether a person is asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.base import Instant, StoredDocument
from contracts.clocks import Calendar, deadline
from contracts.common import Mode
from contracts.events.acceptance import CaseFiled, Milestone
from contracts.events.command import Assignment, Candidate, CaseDispatched, DispatchRole, HandoverTarget, RoutingRule
from contracts.masking import withhold
from contracts.registry import Limit
from services.routing.domain.question import NeededReason, Outcome, Question


class FiledFacts(BaseModel):
    """What routing keeps of `case_filed`: no text, no place beyond the grid, no person."""

    case_number: str
    category_id: str
    category_name: str
    category_name_en: str
    area: str
    """Grid code; of a confidential case its community."""
    centre_id: str
    severity: int
    emergency: bool
    confidential: bool
    joint: bool
    component_id: str | None
    milestones: tuple[Milestone, ...]
    mode: Mode = "actual"
    """An exercise finds nothing against the list, and is no past case to try a new list on."""

    @classmethod
    def of(cls, event: CaseFiled, category_id: str) -> FiledFacts:
        """Take what is needed. `category_id`: also of a confidential case, whose event does not say it."""
        return cls(
            case_number=event.case_number, category_id=category_id, category_name=event.category_name,
            category_name_en=event.category_name_en,
            area=event.community if event.confidential else event.place.grid_code, centre_id=event.centre_id,
            severity=event.severity, emergency=event.emergency, confidential=event.confidential, joint=event.joint,
            component_id=event.component_id, milestones=event.milestones, mode=event.mode or "actual",
        )  # fmt: skip

    def changes_question(self, other: FiledFacts) -> bool:
        """Whether the list could answer the other differently, whatever the limits."""
        same = {"case_number", "category_name", "category_name_en", "milestones", "mode"}
        return self.model_dump(exclude=same) != other.model_dump(exclude=same)

    def changes_answer(self, other: FiledFacts) -> bool:
        """Whether for the other, other units or other limits may come out."""
        return self.changes_question(other) or self.milestones != other.milestones


class OpenDispatch(BaseModel):
    """A dispatch that is not over for routing: it may have to be withdrawn, or given again."""

    unit_id: str
    role: DispatchRole
    handover: HandoverTarget | None = None
    milestones: tuple[Milestone, ...] = ()
    coordinated: bool = False
    asked: str = ""
    signed: bool = False
    returned: bool = False
    """Given back by the first receiver, who keeps the place safe until another lead signs 首接负责."""

    withdrawal_pending: bool = False
    """A decision has taken it back, which dispatch will say."""
    said: str = ""
    """In its own words, why the unit asks to give it back."""
    done: bool = False
    """A first responder has been there: it may be called in again, and is not called off any more."""
    round: int = 0
    """In which it was decided."""
    rework_round: int = 0
    """Of its last rework."""

    @classmethod
    def of(cls, event: CaseDispatched) -> OpenDispatch:
        """Of what dispatch has sent."""
        steps = (each.model_dump(include=set(Milestone.model_fields)) for each in event.milestones)
        return cls(
            unit_id=event.unit_id, role=event.role, handover=event.handover, coordinated=event.coordinated,
            asked=event.asked, round=event.round,
            milestones=tuple(Milestone.model_validate(each) for each in steps),
        )  # fmt: skip

    def again(self) -> Assignment:
        """The same order once more; a hand-over that was made by phone is made anew."""
        handover = self.handover.model_copy(update={"by_phone": None}) if self.handover else None
        return Assignment(
            unit_id=self.unit_id, role=self.role, milestones=self.milestones, coordinated=self.coordinated,
            asked=self.asked, handover=handover,
        )  # fmt: skip


class PendingDispatch(BaseModel):
    """An order that was decided and that dispatch has not made yet."""

    unit_id: str
    role: DispatchRole
    round: int
    handover: HandoverTarget | None = None

    @classmethod
    def of(cls, assignment: Assignment, round_: int) -> PendingDispatch:
        """Of what was decided in that round."""
        return cls(unit_id=assignment.unit_id, role=assignment.role, round=round_, handover=assignment.handover)


class OpenQuestion(BaseModel):
    """The open question to a person."""

    reason: NeededReason
    queue: str
    """Centre whose dispatchers decide."""
    since: Instant
    due_at: Instant
    limit: Limit | None = None
    """While `due_at` may still move with the calendar: how long after `since` it is."""
    team_id: str | None = None
    gap: bool = False
    candidates: tuple[Candidate, ...] = ()
    again: bool = False
    """It had been asked before a merge, a closing or the desk, and is asked once more."""

    @property
    def provisional(self) -> bool:
        """It reaches into a year whose calendar is not announced."""
        return self.limit is not None

    def with_deadline(self, since: datetime, limit: Limit, calendar: Calendar) -> OpenQuestion:
        """The same question, for whose answer there is so long from then on."""
        due = deadline(since, limit, calendar)
        return self.model_copy(
            update={"since": since, "due_at": due.due_at, "limit": limit if due.provisional else None}
        )


class ChosenUnits(BaseModel):
    """The last decision: who leads, and who joins."""

    lead: str
    co: tuple[str, ...] = ()


class RecordedQuestion(BaseModel):
    """What stands beside a decision in the record, besides the event itself."""

    question: Question
    by_list: bool
    """The list was asked this and nobody else, so that anybody can ask again; else a person decided, or nobody had to."""


class RoutingCase(StoredDocument):
    """Routing's knowledge of one case."""

    filed: FiledFacts | None = None
    round: int = 0
    plan_started: bool = False
    """Somebody was sent: an emergency's plan does not start twice."""
    named: ChosenUnits | None = None
    chosen_round: int = 0
    """In which that was decided."""
    orders: dict[UUID, OpenDispatch] = Field(default_factory=dict[UUID, OpenDispatch])
    merged: tuple[OpenDispatch, ...] = ()
    """Orders that a merge took back, to be given again if it is undone."""
    rule: RoutingRule = "responsibility_list"
    """Of the last decision."""
    returned: tuple[str, ...] = ()
    """Units whose return was accepted, in order."""
    returned_as_lead: tuple[str, ...] = ()
    """Of these, who gave back the lead; not who said that there is nothing to do."""
    returned_as_not_ours: tuple[str, ...] = ()
    """Of these, who said that it is not theirs: two of them meet on site."""
    refused_as_lead: tuple[str, ...] = ()
    """Emergency services that did not take a hand-over of the lead: nobody disputes that it is ours."""
    cancelled: tuple[UUID, ...] = ()
    """Hand-overs and first responses that a person has cancelled."""
    pending: tuple[PendingDispatch, ...] = ()
    """Orders decided that dispatch has not made yet."""
    facts_before_correction: FiledFacts | None = None
    """What it was taken for when the orders were decided that are still on their way, or that a merge took back before it could
    be asked anew: it was corrected meanwhile.
    """
    outdated_round: int = 0
    """The last whose orders were decided for another matter, and lost in a merge before it could be asked anew."""
    waiting: OpenQuestion | None = None
    interrupted_question: OpenQuestion | None = None
    """The question that a merge, a closing or the desk took from a person undecided: asked again when that is undone."""
    was_queued: bool = False
    """A person was asked at some time: its row in the queue may have to go."""
    was_provisional: bool = False
    """A deadline of it could move at some time: it may stand among those that can."""
    escalated: bool = False
    """The county was called; a case calls it once."""
    sent_back: bool = False
    """Before the desk again 退回受理: nobody is asked until it is filed anew."""
    handled: bool = False
    """The lead has done its part: nobody is chosen any more, and what is corrected from now on sends nobody out."""
    asked: dict[int, RecordedQuestion] = Field(default_factory=dict[int, RecordedQuestion], exclude=True)
    """Of the decisions of the running transaction, by sequence."""
    voided: bool = False
    attached: bool = False
    closed: bool = False

    @property
    def in_confidence(self) -> bool:
        """Whether nobody's words about it are kept."""
        return self.filed is not None and self.filed.confidential

    @property
    def ended(self) -> bool:
        """Nobody needs to act: later facts change nothing."""
        return self.voided or self.attached or self.closed

    @property
    def undecided(self) -> Outcome:
        """What became of a question to a person that nobody answered."""
        if self.voided or self.closed or self.attached:
            return "voided" if self.voided else "closed" if self.closed else "merged"
        if self.sent_back:
            return "sent_back"
        if self.handled:
            return "handled"
        return "open" if self.waiting is not None else "answered"

    @property
    def provisional(self) -> bool:
        """Whether a deadline of it may still move with the calendar."""
        return self.waiting is not None and self.waiting.provisional

    @property
    def led(self) -> bool:
        """Whether somebody holds the lead's order, which no decision has taken back."""
        return any(
            order.role == "lead" and not (order.returned or order.withdrawal_pending) for order in self.orders.values()
        )

    @property
    def lead_found(self) -> bool:
        """Whether somebody holds the lead's order, or will as soon as dispatch has made it."""
        return self.led or any(each.role == "lead" for each in self.pending)

    @property
    def has_pending_units(self) -> bool:
        """Orders of the lead or of co-units are on their way: none of them can be taken back yet."""
        return any(each.role != "first_response" for each in self.pending)

    @property
    def ordered(self) -> list[OpenDispatch | PendingDispatch]:
        """Orders that are in force or on their way."""
        orders = (each for each in self.orders.values() if not (each.returned or each.done))
        return [*orders, *self.pending]

    @property
    def first_receiver(self) -> str | None:
        """The unit that keeps the place safe although it gave the case back: whoever had the order first, signed or not 待改派."""
        leads = [order for order in self.orders.values() if order.role == "lead"]
        if any(order.signed and not order.returned for order in leads):
            return None
        return next((order.unit_id for order in leads if order.returned), None)

    def dispatches_to_restore(self) -> tuple[OpenDispatch, ...]:
        """Of the orders that a merge took back, those that no decision has overtaken: none that was taken back before it, or
        that another matter called for, or that somebody has by a later decision.
        """
        return tuple(each for each in self.merged if not each.withdrawal_pending and self._still_wanted(each))

    def _still_wanted(self, order: OpenDispatch) -> bool:
        named = self.named.co if self.named is not None else ()
        current = order.round > self.outdated_round and (order.round >= self.chosen_round or order.unit_id in named)
        if order.role == "lead":
            return current and not self.lead_found
        if any(each.unit_id == order.unit_id for each in self.ordered):
            return False
        return order.role == "first_response" or current or self.handled

    def mark_outdated(self) -> None:
        """What was decided before a merge and corrected since is for another matter, where other units may come out."""
        before, filed = self.facts_before_correction, self.filed
        if before is not None and filed is not None and before.changes_answer(filed):
            self.outdated_round = self.round
        self.facts_before_correction = None

    def update_facts(self, filed: FiledFacts) -> None:
        """It is another matter, or somewhere else: who gave back the one before may be asked again."""
        if self.filed is not None and self.filed.changes_question(filed):
            self.returned, self.returned_as_lead, self.returned_as_not_ours, self.refused_as_lead = (), (), (), ()
            self.interrupted_question = None
        if filed.emergency and not (self.filed is not None and self.filed.emergency):
            self.plan_started = False
        self.filed, self.sent_back = filed, False
        if filed.confidential:
            self._redact()

    def _redact(self) -> None:
        """What was said while it was in the open is forgotten, as where that was and what it was taken for."""
        for order in (*self.orders.values(), *self.merged):
            order.asked, order.said = withhold(order.asked, confidential=True), withhold(order.said, confidential=True)
        self.facts_before_correction = None

    def interrupt_question(self) -> None:
        """Nobody decides for now; what was asked is not forgotten."""
        self.interrupted_question, self.waiting = self.waiting or self.interrupted_question, None

    def mark_lead_done(self) -> None:
        """The lead has done its part: who else should act is no question any more."""
        self.handled, self.waiting, self.interrupted_question = True, None, None
        for order in self.orders.values():
            order.withdrawal_pending = False  # by a decision that came too late
        self.drop_pending()

    def drop_pending(self) -> None:
        """Who was chosen to lead or to join once the lead had completed, or while it did, gets no order."""
        self.pending = tuple(each for each in self.pending if each.role == "first_response")

    def question_at(self, at: datetime) -> Question:
        """The question as it stands at this instant."""
        filed = self.filed
        if filed is None:
            raise ValueError("a case that is not filed has nothing to ask")
        return Question(
            category_id=filed.category_id, area=filed.area, at=at, milestones=filed.milestones,
            emergency=filed.emergency, confidential=filed.confidential, joint=filed.joint,
            component_id=filed.component_id, returned=self.returned,
            returned_as_lead=(*self.returned_as_lead, *self.refused_as_lead), fresh=not self.plan_started,
        )  # fmt: skip
