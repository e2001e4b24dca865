"""Cases and decisions of the routing service as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.base import Instant
from contracts.common import Actor, Mode
from contracts.events.command import Assignment, Candidate, CaseRouted, DecisionNeeded, DispatchRole, RoutingRule
from contracts.registry import Match, Responsibility
from services.routing.domain.case import OpenQuestion, RoutingCase
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Decision, NeededReason, Outcome
from services.routing.store.searches import Finding, PastCase, RecordedDecision, WaitingCase


class ChosenUnit(BaseModel):
    """A unit that receives a dispatch."""

    unit_id: str
    name: str
    name_en: str
    role: DispatchRole


class NeededView(BaseModel):
    """The question that is put to a person when the responsibility list gives no lead."""

    reason: NeededReason
    queue: str
    """Id of the centre whose dispatchers must answer the question."""
    queue_name: str
    queue_name_en: str
    team_id: str | None
    due_at: Instant
    provisional: bool
    """True if the deadline may move when the calendar of its year is announced."""
    gap: bool


class DecisionView(BaseModel):
    """One decision about a case with every candidate, or one question to a person."""

    sequence: int
    round: int
    rule: RoutingRule | None
    """Rule that gave the decision; `None` if this is a question to a person."""
    list_version: int
    at: Instant
    chosen: list[ChosenUnit]
    candidates: list[Candidate]
    explanation: str
    explanation_en: str
    decided_by: Actor | None
    gap: bool
    needed: NeededView | None


class ExplanationView(BaseModel):
    """All decisions about a case, oldest first."""

    case_id: UUID
    case_number: str
    version: int
    awaiting_reassignment: ChosenUnit | None
    """Former lead that keeps the place safe until another lead acknowledges 待改派; `None` if there is none."""
    decisions: list[DecisionView]


class RoutingView(BaseModel):
    """The state of a case in the routing service. Every command returns it."""

    case_id: UUID
    case_number: str
    version: int
    round: int
    lead: ChosenUnit | None
    co: list[ChosenUnit]
    waiting: NeededView | None
    escalated: bool
    awaiting_reassignment: ChosenUnit | None


class CategoryName(BaseModel):
    """A category with its names."""

    id: str
    name: str
    name_en: str


class QueueItem(RoutingView):
    """A case in the queue, which waits for the decision of a person."""

    mode: Mode
    reason: NeededReason
    since: Instant
    due_at: Instant
    provisional: bool
    """True if the deadline may move when the calendar of its year is announced."""
    category: CategoryName | None
    """Category of the case; `None` for a confidential case."""
    area: str
    """Grid code of the case; for a confidential case its community."""
    severity: int
    emergency: bool
    confidential: bool
    candidates: list[Candidate]


class QueuePage(BaseModel):
    """A page of the queue, most urgent cases first."""

    items: list[QueueItem]
    next: str | None


class FindingView(BaseModel):
    """A finding against the responsibility list.

    It is a gap (a case that no entry covers, so that a person must decide), or a lead that a joint survey chose.
    """

    kind: Literal["gap", "proposal"]
    outcome: Outcome
    """How the question to a person about this case ended.

    A gap stays a finding even if the case ended before a person decided.
    """
    case_id: UUID
    case_number: str
    at: Instant
    list_version: int
    category_id: str | None
    """Category of the case; `None` for a confidential case."""
    area: str
    lead: ChosenUnit | None
    co: list[ChosenUnit]
    entry: Responsibility | None
    """Proposed entry for a draft of the list: the chosen lead for this category in this grid.

    `None` for a confidential case, or if no lead was chosen.
    """
    explanation: str
    explanation_en: str


class FindingPage(BaseModel):
    """A page of findings against the responsibility list, latest first."""

    items: list[FindingView]
    next: str | None


class PreviewView(BaseModel):
    """A decision as a preview; no unit received it."""

    rule: RoutingRule | None
    list_version: int
    at: Instant
    chosen: list[ChosenUnit]
    candidates: list[Candidate]
    explanation: str
    explanation_en: str
    needed: NeededReason | None
    gap: bool


class PreviewCase(BaseModel):
    """A past case that the draft of the list would route differently than the list in force."""

    case_id: UUID
    case_number: str
    at: Instant
    category_id: str | None
    """Category of the case; `None` for a confidential case."""
    area: str
    now: PreviewView
    """The decision under the list in force."""
    draft: PreviewView
    """The decision under the draft of the list."""


class ListPreviewView(BaseModel):
    """Result of trying a draft of the responsibility list on past cases. Nothing is published."""

    signed_trial: str
    """The result, signed by this service. Send it to the registry with `POST /api/registry/list-drafts/{id}/submit`."""

    list_version: int
    """Registry release whose list the draft changes."""
    tried: int
    """Number of past cases on which the draft was tried."""
    limited: bool
    """True if the period has more cases than were tried. The latest cases were tried."""
    rerouted: int
    """Number of the tried cases that the draft would route differently."""
    cases: list[PreviewCase]
    """Cases that the draft would route differently: the latest 200 at most."""


class ReproducedView(BaseModel):
    """A recorded decision that was repeated with its recorded question and list version."""

    sequence: int
    list_version: int
    same: bool | None
    """True if the repeated decision equals the recorded one.

    `None` if the list alone did not give the recorded decision: a person decided, or dispatches were restored, or a
    question was asked again.
    """
    repeated: PreviewView | None


def explanation(
    index: ListIndex, case_id: UUID, version: int, state: RoutingCase, recorded: Iterable[RecordedDecision]
) -> ExplanationView:
    """Return all decisions about a case, with the names in the registry release in force."""
    return ExplanationView(
        case_id=case_id,
        case_number=state.filed.case_number if state.filed else "",
        version=version,
        awaiting_reassignment=_awaiting_reassignment(index, state),
        decisions=[_decision(index, each, state) for each in recorded],
    )


def routing_view(index: ListIndex, case_id: UUID, version: int, state: RoutingCase) -> RoutingView:
    """Return the view of the state of a case."""
    return RoutingView.model_validate(_case_fields(index, case_id, version, state))


def queue_item(index: ListIndex, waits: WaitingCase) -> QueueItem | None:
    """Return the view of one case in the queue; `None` if the case has no open question any more."""
    state = waits.state
    filed, waiting = state.filed, state.waiting
    if filed is None or waiting is None:
        return None
    category = CategoryName(id=filed.category_id, name=filed.category_name, name_en=filed.category_name_en)
    return QueueItem.model_validate(
        {
            **_case_fields(index, waits.case_id, waits.version, state),
            "mode": filed.mode,
            "reason": waiting.reason,
            "since": waiting.since,
            "due_at": waiting.due_at,
            "provisional": waiting.provisional,
            "category": None if filed.confidential else category,
            "area": filed.area,
            "severity": filed.severity,
            "emergency": filed.emergency,
            "confidential": filed.confidential,
            "candidates": list(waiting.candidates),
        }
    )


def finding(index: ListIndex, found: Finding) -> FindingView:
    """Return the view of a finding."""
    event, question = found.recorded.event, found.recorded.question
    chosen = _chosen(index, event.assignments if isinstance(event, CaseRouted) else ())
    return FindingView(
        kind="gap" if found.kind == "gap" else "proposal",
        outcome=found.outcome,
        case_id=found.case_id,
        case_number=found.case_number,
        at=found.recorded.at,
        list_version=event.list_version,
        category_id=None if question.confidential else question.category_id,
        area=question.area,
        lead=next((each for each in chosen if each.role == "lead"), None),
        co=[each for each in chosen if each.role == "co"],
        entry=_proposed_entry(found, chosen),
        explanation=event.explanation,
        explanation_en=event.explanation_en,
    )


def _proposed_entry(found: Finding, chosen: Sequence[ChosenUnit]) -> Responsibility | None:
    question = found.recorded.question
    lead = next((each.unit_id for each in chosen if each.role == "lead"), None)
    if question.confidential or lead is None:
        return None
    return Responsibility(
        id=f"found-{found.case_number.lower()}",
        match=Match(category=question.category_id),
        area=question.area.partition("-")[0],
        lead=lead,
        co=tuple(each.unit_id for each in chosen if each.role == "co"),
        note=f"源自案件 {found.case_number}",
        note_en=f"From case {found.case_number}",
    )


def preview(index: ListIndex, decision: Decision, at: datetime) -> PreviewView:
    """Return the view of a previewed decision."""
    return PreviewView(
        rule=decision.rule if decision.assignments else None,
        list_version=decision.list_version,
        at=at,
        chosen=_chosen(index, decision.assignments),
        candidates=list(decision.candidates),
        explanation=decision.explanation,
        explanation_en=decision.explanation_en,
        needed=decision.needed,
        gap=decision.gap,
    )


def preview_case(index: ListIndex, past: PastCase, before: Decision, after: Decision) -> PreviewCase:
    """Return the view of one past case that a draft of the list would route differently."""
    question = past.recorded.question
    return PreviewCase(
        case_id=past.case_id,
        case_number=past.case_number,
        at=past.recorded.at,
        category_id=None if question.confidential else question.category_id,
        area=question.area,
        now=preview(index, before, past.recorded.at),
        draft=preview(index, after, past.recorded.at),
    )


def _case_fields(index: ListIndex, case_id: UUID, version: int, state: RoutingCase) -> dict[str, object]:
    named = state.chosen_units
    return {
        "case_id": case_id,
        "case_number": state.filed.case_number if state.filed else "",
        "version": version,
        "round": state.round,
        "lead": _unit(index, named.lead, "lead") if named else None,
        "co": [_unit(index, unit, "co") for unit in named.co] if named else [],
        "waiting": _needed(index, state.waiting) if state.waiting else None,
        "escalated": state.escalated,
        "awaiting_reassignment": _awaiting_reassignment(index, state),
    }


def _decision(index: ListIndex, recorded: RecordedDecision, state: RoutingCase) -> DecisionView:
    """Return the view of a recorded decision or question.

    If the question is still open, show its present deadline, because the deadline may have moved since.
    """
    event, waiting = recorded.event, state.waiting
    routed = event if isinstance(event, CaseRouted) else None
    still_open = waiting is not None and waiting.since == recorded.at
    return DecisionView(
        sequence=recorded.sequence,
        round=event.round,
        rule=routed.rule if routed else None,
        list_version=event.list_version,
        at=recorded.at,
        chosen=_chosen(index, routed.assignments if routed else ()),
        candidates=list(event.candidates),
        explanation=event.explanation,
        explanation_en=event.explanation_en,
        decided_by=routed.decided_by if routed else None,
        gap=event.gap,
        needed=None if isinstance(event, CaseRouted) else _needed(index, waiting if waiting and still_open else event),
    )


def _needed(index: ListIndex, waiting: OpenQuestion | DecisionNeeded) -> NeededView:
    centre = index.district.centres.get(waiting.queue)
    return NeededView(
        reason=waiting.reason,
        queue=waiting.queue,
        queue_name=centre.name if centre else waiting.queue,
        queue_name_en=centre.name_en if centre else waiting.queue,
        team_id=waiting.team_id,
        due_at=waiting.due_at,
        provisional=bool(waiting.provisional),
        gap=waiting.gap,
    )


def _chosen(index: ListIndex, assignments: Sequence[Assignment]) -> list[ChosenUnit]:
    return [_unit(index, each.unit_id, each.role) for each in assignments]


def _awaiting_reassignment(index: ListIndex, state: RoutingCase) -> ChosenUnit | None:
    unit = state.first_receiver
    return None if unit is None else _unit(index, unit, "lead")


def _unit(index: ListIndex, unit_id: str, role: DispatchRole) -> ChosenUnit:
    name = index.name(unit_id)
    return ChosenUnit(unit_id=unit_id, name=name.zh, name_en=name.en, role=role)
