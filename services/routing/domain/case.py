"""The state of a case in routing: the filed facts, dispatches, returns, and the open question to a person."""

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
    """The facts of `case_filed` that routing keeps: no text, no place beyond the grid, no people."""

    case_number: str
    category_id: str
    category_name: str
    category_name_en: str
    area: str
    """Grid code; for a confidential case its community."""
    centre_id: str
    severity: int
    emergency: bool
    confidential: bool
    joint: bool
    component_id: str | None
    milestones: tuple[Milestone, ...]
    mode: Mode = "actual"
    """An exercise creates no findings against the list and is no past case for trying a draft."""

    @classmethod
    def of(cls, event: CaseFiled, category_id: str) -> FiledFacts:
        """Return the facts of the event.

        `category_id` is the real category, also of a confidential case, whose event does not name it.
        """
        return cls(
            case_number=event.case_number,
            category_id=category_id,
            category_name=event.category_name,
            category_name_en=event.category_name_en,
            area=event.community if event.confidential else event.place.grid_code,
            centre_id=event.centre_id,
            severity=event.severity,
            emergency=event.emergency,
            confidential=event.confidential,
            joint=event.joint,
            component_id=event.component_id,
            milestones=event.milestones,
            mode=event.mode or "actual",
        )

    def changes_question(self, other: FiledFacts) -> bool:
        """Return whether the list could answer the other facts differently, apart from limits."""
        same = {"case_number", "category_name", "category_name_en", "milestones", "mode"}
        return self.model_dump(exclude=same) != other.model_dump(exclude=same)

    def changes_answer(self, other: FiledFacts) -> bool:
        """Return whether the other facts could lead to other units or other limits."""
        return self.changes_question(other) or self.milestones != other.milestones


class OpenDispatch(BaseModel):
    """A dispatch that routing may still have to withdraw or repeat."""

    unit_id: str
    role: DispatchRole
    handover: HandoverTarget | None = None
    milestones: tuple[Milestone, ...] = ()
    coordinated: bool = False
    instructions: str = ""
    signed: bool = False
    returned: bool = False
    """Returned by the first receiver, who keeps the place safe until another lead signs 首接负责."""

    withdrawal_pending: bool = False
    """A decision has withdrawn it, and dispatch has not confirmed that yet."""
    return_note: str = ""
    """The unit's own reason for its return."""
    done: bool = False
    """A first responder has finished: it may be sent again, and cannot be cancelled any more."""
    round: int = 0
    """The round that decided it."""
    rework_round: int = 0
    """The round of its last rework."""

    @classmethod
    def of(cls, event: CaseDispatched) -> OpenDispatch:
        """Return the dispatch that the event describes."""
        steps = (each.model_dump(include=set(Milestone.model_fields)) for each in event.milestones)
        return cls(
            unit_id=event.unit_id,
            role=event.role,
            handover=event.handover,
            coordinated=event.coordinated,
            instructions=event.instructions,
            round=event.round,
            milestones=tuple(Milestone.model_validate(each) for each in steps),
        )

    def repeated_assignment(self) -> Assignment:
        """Return the same assignment again; a hand-over that was made by phone is then sent as a message."""
        handover = self.handover.model_copy(update={"by_phone": None}) if self.handover else None
        return Assignment(
            unit_id=self.unit_id,
            role=self.role,
            milestones=self.milestones,
            coordinated=self.coordinated,
            instructions=self.instructions,
            handover=handover,
        )


class PendingDispatch(BaseModel):
    """A decided assignment for which dispatch has not created the dispatch yet."""

    unit_id: str
    role: DispatchRole
    round: int
    handover: HandoverTarget | None = None

    @classmethod
    def of(cls, assignment: Assignment, round_: int) -> PendingDispatch:
        """Return the pending dispatch of an assignment of that round."""
        return cls(unit_id=assignment.unit_id, role=assignment.role, round=round_, handover=assignment.handover)


class OpenQuestion(BaseModel):
    """An open question to a person."""

    reason: NeededReason
    queue: str
    """Centre whose dispatchers decide."""
    since: Instant
    due_at: Instant
    limit: Limit | None = None
    """Time from `since` to `due_at`, while `due_at` may still move with the calendar."""
    team_id: str | None = None
    gap: bool = False
    candidates: tuple[Candidate, ...] = ()
    asked_again: bool = False
    """Whether it was asked before a merge, a closing or a return to the desk, and is asked again."""

    @property
    def provisional(self) -> bool:
        """Whether the deadline lies in a year whose calendar is not announced."""
        return self.limit is not None

    def with_deadline(self, since: datetime, limit: Limit, calendar: Calendar) -> OpenQuestion:
        """Return the same question with its limit counted from this time."""
        due = deadline(since, limit, calendar)
        return self.model_copy(
            update={"since": since, "due_at": due.due_at, "limit": limit if due.provisional else None}
        )


class ChosenUnits(BaseModel):
    """The units of the last decision."""

    lead: str
    co: tuple[str, ...] = ()


class RecordedQuestion(BaseModel):
    """What is recorded with a decision besides the event."""

    question: Question
    by_list: bool
    """Whether the list alone answered the question, so that the answer can be repeated."""


class RoutingCase(StoredDocument):
    """The state of a case in routing."""

    filed: FiledFacts | None = None
    round: int = 0
    plan_started: bool = False
    """Whether units have been sent, so that an emergency plan does not start again."""
    chosen_units: ChosenUnits | None = None
    chosen_round: int = 0
    """The round that chose these units."""
    dispatches: dict[UUID, OpenDispatch] = Field(default_factory=dict[UUID, OpenDispatch])
    withdrawn_by_merge: tuple[OpenDispatch, ...] = ()
    """Dispatches that a merge withdrew; they are restored if the merge is undone."""
    rule: RoutingRule = "responsibility_list"
    """The rule of the last decision."""
    returned: tuple[str, ...] = ()
    """Units whose return was accepted, in order."""
    returned_as_lead: tuple[str, ...] = ()
    """Units that returned the lead, except units that said that there is nothing to do or that filing conditions are
    missing.
    """
    returned_as_not_ours: tuple[str, ...] = ()
    """Units that returned the lead because the case is not theirs. Two such units lead to a joint survey."""
    refused_as_lead: tuple[str, ...] = ()
    """Emergency services that refused to take the lead. Unlike returns, refusals never lead to a joint survey."""
    cancelled: tuple[UUID, ...] = ()
    """Hand-overs and first responses that a person has cancelled."""
    pending: tuple[PendingDispatch, ...] = ()
    """Assignments for which dispatch has not created the dispatch yet."""
    facts_before_correction: FiledFacts | None = None
    """The facts before a correction, while pending or merged dispatches still belong to them."""
    outdated_round: int = 0
    """The last round whose dispatches were decided before a correction and then lost in a merge."""
    waiting: OpenQuestion | None = None
    """The open question to a person."""
    interrupted_question: OpenQuestion | None = None
    """A question that a merge, a closing or a return to the desk interrupted. It is asked again afterwards."""
    was_queued: bool = False
    """Whether a person was ever asked, so that the queue may still have a row to delete."""
    was_provisional: bool = False
    """Whether a deadline was ever provisional, so that there may still be a row to delete."""
    escalated: bool = False
    """Whether the case was escalated to the county, which is possible once per case."""
    sent_back: bool = False
    """Whether the desk has the case again 退回受理. Routing asks nobody until the case is filed again."""
    handled: bool = False
    """Whether the lead has completed its work. After that, routing chooses and sends no units."""
    recorded_questions: dict[int, RecordedQuestion] = Field(default_factory=dict[int, RecordedQuestion], exclude=True)
    """Questions of the decisions of the current transaction, by sequence."""
    voided: bool = False
    attached: bool = False
    closed: bool = False

    @property
    def in_confidence(self) -> bool:
        """Whether free text about this case must not be stored."""
        return self.filed is not None and self.filed.confidential

    @property
    def ended(self) -> bool:
        """Whether nobody needs to act; later events change nothing."""
        return self.voided or self.attached or self.closed

    @property
    def question_outcome(self) -> Outcome:
        """The outcome of a question to a person that nobody answered."""
        if self.voided or self.closed or self.attached:
            return "voided" if self.voided else "closed" if self.closed else "merged"
        if self.sent_back:
            return "sent_back"
        if self.handled:
            return "handled"
        return "open" if self.waiting is not None else "answered"

    @property
    def provisional(self) -> bool:
        """Whether a deadline may still move with the calendar."""
        return self.waiting is not None and self.waiting.provisional

    @property
    def has_lead(self) -> bool:
        """Whether a lead dispatch exists that no decision has withdrawn."""
        return any(
            dispatch.role == "lead" and not (dispatch.returned or dispatch.withdrawal_pending)
            for dispatch in self.dispatches.values()
        )

    @property
    def lead_found(self) -> bool:
        """Whether a lead dispatch exists or is pending."""
        return self.has_lead or any(each.role == "lead" for each in self.pending)

    @property
    def has_pending_units(self) -> bool:
        """Whether lead or co-unit dispatches are pending; they cannot be withdrawn yet."""
        return any(each.role != "first_response" for each in self.pending)

    @property
    def open_or_pending(self) -> list[OpenDispatch | PendingDispatch]:
        """Dispatches that are open or pending."""
        open_dispatches = (each for each in self.dispatches.values() if not (each.returned or each.done))
        return [*open_dispatches, *self.pending]

    @property
    def first_receiver(self) -> str | None:
        """The first receiver, who keeps the place safe after returning the case, whether it signed or not 待改派."""
        leads = [dispatch for dispatch in self.dispatches.values() if dispatch.role == "lead"]
        if any(dispatch.signed and not dispatch.returned for dispatch in leads):
            return None
        return next((dispatch.unit_id for dispatch in leads if dispatch.returned), None)

    def dispatches_to_restore(self) -> tuple[OpenDispatch, ...]:
        """Return the dispatches that a merge withdrew and that no later decision has replaced.

        Left out are dispatches that had been withdrawn before the merge, belong to facts that were corrected, or
        whose unit has a later dispatch.
        """
        return tuple(
            each for each in self.withdrawn_by_merge if not each.withdrawal_pending and self._still_wanted(each)
        )

    def _still_wanted(self, dispatch: OpenDispatch) -> bool:
        chosen_co_units = self.chosen_units.co if self.chosen_units is not None else ()
        current = dispatch.round > self.outdated_round and (
            dispatch.round >= self.chosen_round or dispatch.unit_id in chosen_co_units
        )
        if dispatch.role == "lead":
            return current and not self.lead_found
        if any(each.unit_id == dispatch.unit_id for each in self.open_or_pending):
            return False
        return dispatch.role == "first_response" or current or self.handled

    def mark_outdated(self) -> None:
        """Mark the decisions before a merge as outdated if a correction since could lead to other units."""
        before, filed = self.facts_before_correction, self.filed
        if before is not None and filed is not None and before.changes_answer(filed):
            self.outdated_round = self.round
        self.facts_before_correction = None

    def update_facts(self, filed: FiledFacts) -> None:
        """Take over new facts. If they change the question, units that returned the case may be asked again."""
        if self.filed is not None and self.filed.changes_question(filed):
            self.returned, self.returned_as_lead, self.returned_as_not_ours, self.refused_as_lead = (), (), (), ()
            self.interrupted_question = None
        if filed.emergency and not (self.filed is not None and self.filed.emergency):
            self.plan_started = False
        self.filed, self.sent_back = filed, False
        if filed.confidential:
            self._redact()

    def _redact(self) -> None:
        """Remove free text and the facts before the correction, because the case has become confidential."""
        for dispatch in (*self.dispatches.values(), *self.withdrawn_by_merge):
            dispatch.instructions, dispatch.return_note = (
                withhold(dispatch.instructions, confidential=True),
                withhold(dispatch.return_note, confidential=True),
            )
        self.facts_before_correction = None

    def interrupt_question(self) -> None:
        """Close the open question for now and remember it."""
        self.interrupted_question, self.waiting = self.waiting or self.interrupted_question, None

    def mark_lead_done(self) -> None:
        """Record that the lead has completed its work. Routing then chooses no other unit."""
        self.handled, self.waiting, self.interrupted_question = True, None, None
        for dispatch in self.dispatches.values():
            dispatch.withdrawal_pending = False  # the decision came too late
        self.drop_pending()

    def drop_pending(self) -> None:
        """Drop pending leads and co-units that were chosen after the lead had completed its work."""
        self.pending = tuple(each for each in self.pending if each.role == "first_response")

    def question_at(self, at: datetime) -> Question:
        """Return the question to the list at this time."""
        filed = self.filed
        if filed is None:
            raise ValueError("the case is not filed")
        return Question(
            category_id=filed.category_id,
            area=filed.area,
            at=at,
            milestones=filed.milestones,
            emergency=filed.emergency,
            confidential=filed.confidential,
            joint=filed.joint,
            component_id=filed.component_id,
            returned=self.returned,
            returned_as_lead=(*self.returned_as_lead, *self.refused_as_lead),
            fresh=not self.plan_started,
        )
