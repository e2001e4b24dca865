"""State of a case in the routing service: filed facts, dispatches, returns, and the open question to a person."""

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
    """The facts of the event `case_filed` that routing stores. Text, people, and the exact place are not stored."""

    case_number: str
    category_id: str
    category_name: str
    category_name_en: str
    area: str
    """Grid code of the case; for a confidential case its community."""
    centre_id: str
    severity: int
    emergency: bool
    confidential: bool
    joint: bool
    component_id: str | None
    milestones: tuple[Milestone, ...]
    mode: Mode = "actual"
    """Real case, exercise or test. Only real cases give findings against the responsibility list."""

    @classmethod
    def of(cls, event: CaseFiled, category_id: str) -> FiledFacts:
        """Return the facts of the event `case_filed`.

        `category_id` is the real category. The event of a confidential case does not name the real category.
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
        """Return whether the responsibility list could name other units for the facts in `other`."""
        same = {"case_number", "category_name", "category_name_en", "milestones", "mode"}
        return self.model_dump(exclude=same) != other.model_dump(exclude=same)

    def changes_answer(self, other: FiledFacts) -> bool:
        """Return whether the facts in `other` could lead to other units or other limits."""
        return self.changes_question(other) or self.milestones != other.milestones


class OpenDispatch(BaseModel):
    """A dispatch of the case that routing may still have to withdraw or send again."""

    unit_id: str
    role: DispatchRole
    handover: HandoverTarget | None = None
    milestones: tuple[Milestone, ...] = ()
    coordinated: bool = False
    instructions: str = ""
    signed: bool = False
    returned: bool = False
    """True if the lead returned the dispatch and keeps the place safe until another lead acknowledges 首接负责."""

    withdrawal_pending: bool = False
    """True if a decision withdrew the dispatch and the dispatch service has not confirmed the withdrawal yet."""
    return_note: str = ""
    """Reason that the unit gave when it asked to return the dispatch."""
    done: bool = False
    """True if a first responder has finished. This dispatch cannot be cancelled, but the unit may be sent again."""
    round: int = 0
    """Round of decisions in which this dispatch was decided."""
    rework_round: int = 0
    """Rework round of the last rework order for this dispatch; 0 if there was none."""

    @classmethod
    def of(cls, event: CaseDispatched) -> OpenDispatch:
        """Return the open dispatch that the event `case_dispatched` describes."""
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
        """Return an assignment that sends the same dispatch again.

        A hand-over that was made by phone is sent as a message this time.
        """
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
    """An assignment that was decided and for which the dispatch service has not created a dispatch yet."""

    unit_id: str
    role: DispatchRole
    round: int
    handover: HandoverTarget | None = None

    @classmethod
    def of(cls, assignment: Assignment, round_: int) -> PendingDispatch:
        """Return the pending dispatch for an assignment that was decided in this round."""
        return cls(unit_id=assignment.unit_id, role=assignment.role, round=round_, handover=assignment.handover)


class OpenQuestion(BaseModel):
    """A question that waits for the decision of a person: which units must act on the case."""

    reason: NeededReason
    queue: str
    """Id of the centre whose dispatchers must answer the question."""
    since: Instant
    due_at: Instant
    limit: Limit | None = None
    """Limit from `since` to `due_at`; `None` if the calendar can no longer move `due_at`."""
    team_id: str | None = None
    gap: bool = False
    candidates: tuple[Candidate, ...] = ()
    asked_again: bool = False
    """True if a merge, a closing or a return to the intake desk interrupted the question and it is asked again."""

    @property
    def provisional(self) -> bool:
        """True if the deadline lies in a year whose calendar is not announced yet."""
        return self.limit is not None

    def with_deadline(self, since: datetime, limit: Limit, calendar: Calendar) -> OpenQuestion:
        """Return the same question with a deadline: `limit`, counted from `since`."""
        due = deadline(since, limit, calendar)
        return self.model_copy(
            update={"since": since, "due_at": due.due_at, "limit": limit if due.provisional else None}
        )


class ChosenUnits(BaseModel):
    """Lead and co-units that the last decision chose."""

    lead: str
    co: tuple[str, ...] = ()


class RecordedQuestion(BaseModel):
    """The question to the responsibility list that is recorded together with the event of a decision."""

    question: Question
    by_list: bool
    """True if the responsibility list alone answered the question, so that the decision can be repeated."""


class RoutingCase(StoredDocument):
    """State of a case in the routing service."""

    filed: FiledFacts | None = None
    round: int = 0
    plan_started: bool = False
    """True if an emergency plan must not start, because a decision was already made.

    It becomes False again when the case becomes an emergency.
    """
    chosen_units: ChosenUnits | None = None
    chosen_round: int = 0
    """Round of decisions in which `chosen_units` were chosen."""
    dispatches: dict[UUID, OpenDispatch] = Field(default_factory=dict[UUID, OpenDispatch])
    withdrawn_by_merge: tuple[OpenDispatch, ...] = ()
    """Dispatches that were withdrawn because of a merge. They are restored if the merge is undone."""
    rule: RoutingRule = "responsibility_list"
    """Rule that gave the last decision."""
    returned: tuple[str, ...] = ()
    """Units whose return was accepted, in the order of the returns."""
    returned_as_lead: tuple[str, ...] = ()
    """Units that returned the case as its lead, in order.

    Left out are units that said that there is nothing to do, or that filing conditions are missing.
    """
    returned_as_not_ours: tuple[str, ...] = ()
    """Units that led the case and returned it as not theirs. After two different units a joint survey decides."""
    refused_as_lead: tuple[str, ...] = ()
    """Emergency services that refused to take the lead. Unlike returns, refusals never lead to a joint survey."""
    cancelled: tuple[UUID, ...] = ()
    """Ids of the dispatches for hand-overs and first responses that a person has cancelled."""
    pending: tuple[PendingDispatch, ...] = ()
    """Assignments that were decided and for which the dispatch service has not created a dispatch yet."""
    facts_before_correction: FiledFacts | None = None
    """The facts before a correction; `None` if no decision about a correction is due.

    They are stored while dispatches that were decided with them are pending, or withdrawn by a merge.
    """
    outdated_round: int = 0
    """Last round of decisions that a correction made outdated, if the case was merged before routing decided again.

    Dispatches of this round or earlier are not restored when the merge is undone.
    """
    waiting: OpenQuestion | None = None
    """The open question to a person; `None` if the case waits for nobody."""
    interrupted_question: OpenQuestion | None = None
    """Question that a merge, a closing or a return to the intake desk interrupted. It is asked again afterwards."""
    was_queued: bool = False
    """True if a person was ever asked, so that the table `queue` may have a row to delete."""
    was_provisional: bool = False
    """True if a deadline was ever provisional, so that the table of provisional cases may have a row to delete."""
    escalated: bool = False
    """True if the case was escalated to the county. This is possible once per case."""
    sent_back: bool = False
    """True if the case was sent back to the intake desk 退回受理. Routing asks nobody until the case is filed again."""
    handled: bool = False
    """True if the lead has completed its work. Then routing chooses no lead and no co-units."""
    recorded_questions: dict[int, RecordedQuestion] = Field(default_factory=dict[int, RecordedQuestion], exclude=True)
    """Recorded questions of the decisions of the running transaction, by sequence of the event of the decision."""
    voided: bool = False
    attached: bool = False
    closed: bool = False

    @property
    def in_confidence(self) -> bool:
        """True if the case is confidential, so that no free text about it may be stored."""
        return self.filed is not None and self.filed.confidential

    @property
    def ended(self) -> bool:
        """True if the case was voided, merged into another case, or closed, so that routing decides nothing."""
        return self.voided or self.attached or self.closed

    @property
    def question_outcome(self) -> Outcome:
        """Outcome of an open question that ended without an answer of a person."""
        if self.voided or self.closed or self.attached:
            return "voided" if self.voided else "closed" if self.closed else "merged"
        if self.sent_back:
            return "sent_back"
        if self.handled:
            return "handled"
        return "open" if self.waiting is not None else "answered"

    @property
    def provisional(self) -> bool:
        """True if the deadline of the open question may still move with the calendar."""
        return self.waiting is not None and self.waiting.provisional

    @property
    def has_lead(self) -> bool:
        """True if there is a lead dispatch that was neither returned nor withdrawn by a decision."""
        return any(
            dispatch.role == "lead" and not (dispatch.returned or dispatch.withdrawal_pending)
            for dispatch in self.dispatches.values()
        )

    @property
    def lead_found(self) -> bool:
        """True if the case has a lead dispatch (`has_lead`), or one is pending."""
        return self.has_lead or any(each.role == "lead" for each in self.pending)

    @property
    def has_pending_units(self) -> bool:
        """True if dispatches of a lead or a co-unit are pending. Pending dispatches cannot be withdrawn yet."""
        return any(each.role != "first_response" for each in self.pending)

    @property
    def open_or_pending(self) -> list[OpenDispatch | PendingDispatch]:
        """Dispatches that are neither returned nor finished by a first responder, and pending dispatches."""
        open_dispatches = (each for each in self.dispatches.values() if not (each.returned or each.done))
        return [*open_dispatches, *self.pending]

    @property
    def first_receiver(self) -> str | None:
        """Unit that returned the case as its lead and keeps the place safe until another lead acknowledges 待改派.

        `None` if there is none. The unit need not have acknowledged its dispatch before returning it.
        """
        leads = [dispatch for dispatch in self.dispatches.values() if dispatch.role == "lead"]
        if any(dispatch.signed and not dispatch.returned for dispatch in leads):
            return None
        return next((dispatch.unit_id for dispatch in leads if dispatch.returned), None)

    def dispatches_to_restore(self) -> tuple[OpenDispatch, ...]:
        """Return the dispatches that were withdrawn by a merge and must be sent again.

        Left out are dispatches that a decision withdrew before the merge, that were decided before a correction of the
        facts, that a later decision replaced, or whose unit has another dispatch.
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
        """Mark all decisions so far as outdated if the last correction could lead to other units or limits.

        This concerns only a correction about which routing had not decided before the case was merged. Outdated
        dispatches are not restored when the merge is undone.
        """
        before, filed = self.facts_before_correction, self.filed
        if before is not None and filed is not None and before.changes_answer(filed):
            self.outdated_round = self.round
        self.facts_before_correction = None

    def update_facts(self, filed: FiledFacts) -> None:
        """Store new facts of the case.

        If the responsibility list could name other units for the new facts, forget all returns and refusals of the
        case. Then the units that returned or refused the case can be chosen again.
        """
        if self.filed is not None and self.filed.changes_question(filed):
            self.returned, self.returned_as_lead, self.returned_as_not_ours, self.refused_as_lead = (), (), (), ()
            self.interrupted_question = None
        if filed.emergency and not (self.filed is not None and self.filed.emergency):
            self.plan_started = False
        self.filed, self.sent_back = filed, False
        if filed.confidential:
            self._redact()

    def _redact(self) -> None:
        """Remove free text and `facts_before_correction`, because the case has become confidential."""
        for dispatch in (*self.dispatches.values(), *self.withdrawn_by_merge):
            dispatch.instructions, dispatch.return_note = (
                withhold(dispatch.instructions, confidential=True),
                withhold(dispatch.return_note, confidential=True),
            )
        self.facts_before_correction = None

    def interrupt_question(self) -> None:
        """Withdraw the open question for now, and store it so that it can be asked again."""
        self.interrupted_question, self.waiting = self.waiting or self.interrupted_question, None

    def mark_lead_done(self) -> None:
        """Record that the lead has completed its work. Drop the open question and the pending leads and co-units."""
        self.handled, self.waiting, self.interrupted_question = True, None, None
        for dispatch in self.dispatches.values():
            dispatch.withdrawal_pending = False  # the decision came too late
        self.drop_pending()

    def drop_pending(self) -> None:
        """Drop the pending dispatches of leads and co-units. Pending first responses stay."""
        self.pending = tuple(each for each in self.pending if each.role == "first_response")

    def question_at(self, at: datetime) -> Question:
        """Return the question that routing puts to the responsibility list at the time `at`. The case must be filed."""
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
