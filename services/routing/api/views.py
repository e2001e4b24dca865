"""Decisions as callers see them."""

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
    """A unit that gets an order."""

    unit_id: str
    name: str
    name_en: str
    role: DispatchRole


class NeededView(BaseModel):
    """The question that was put to a person instead of a decision."""

    reason: NeededReason
    queue: str
    """Centre whose dispatchers decide."""
    queue_name: str
    queue_name_en: str
    team_id: str | None
    due_at: Instant
    provisional: bool
    """It may move until the calendar of its year is announced."""
    gap: bool


class DecisionView(BaseModel):
    """One decision of a case with every candidate, or the question put to a person."""

    sequence: int
    round: int
    rule: RoutingRule | None
    """None where a person was asked."""
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
    """Why a case went where it went: all decisions, oldest first."""

    case_id: UUID
    case_number: str
    version: int
    awaiting_reassignment: ChosenUnit | None
    """待改派: the unit that gave it back, and keeps the place safe until another lead signs."""
    decisions: list[DecisionView]


class RoutingView(BaseModel):
    """A case as routing now has it: the answer to every command."""

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
    id: str
    name: str
    name_en: str


class QueueItem(RoutingView):
    """A case that waits for a person."""

    mode: Mode
    reason: NeededReason
    since: Instant
    due_at: Instant
    provisional: bool
    """It may move until the calendar of its year is announced."""
    category: CategoryName | None
    """None for a confidential case."""
    area: str
    """Grid code; of a confidential case its community."""
    severity: int
    emergency: bool
    confidential: bool
    candidates: list[Candidate]


class QueuePage(BaseModel):
    """Cases that wait, the most urgent first."""

    items: list[QueueItem]
    next: str | None


class FindingView(BaseModel):
    """What a person had to decide because the list could not: a gap in it, or the lead that a survey proposes."""

    kind: Literal["gap", "proposal"]
    outcome: Outcome
    """What became of the question; a gap stays one though its case ended before anybody filled it."""
    case_id: UUID
    case_number: str
    at: Instant
    list_version: int
    category_id: str | None
    """None for a confidential case."""
    area: str
    lead: ChosenUnit | None
    co: list[ChosenUnit]
    entry: Responsibility | None
    """What would go into the list, ready for a draft: this matter in this grid. None for a confidential case."""
    explanation: str
    explanation_en: str


class FindingPage(BaseModel):
    """Findings against the list, latest first."""

    items: list[FindingView]
    next: str | None


class PreviewView(BaseModel):
    """The decision that would be made; nothing is sent."""

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
    """A past case that the draft would send elsewhere."""

    case_id: UUID
    case_number: str
    at: Instant
    category_id: str | None
    """None for a confidential case."""
    area: str
    now: PreviewView
    """Under the list in force."""
    draft: PreviewView


class ListPreviewView(BaseModel):
    """What a draft of the list would change. Nothing is published: the registry does that."""

    sealed: str
    """This result for a draft kept at the registry: sent with `POST /api/registry/list-drafts/{id}/submit`."""

    list_version: int
    """The release that the draft was laid over."""
    tried: int
    """Past cases that were asked again."""
    limited: bool
    """There were more cases in this time; the latest were tried."""
    elsewhere: int
    cases: list[PreviewCase]
    """At most two hundred of those that would go elsewhere."""


class ReproducedView(BaseModel):
    """A recorded decision, made again from the question and the list version that are recorded with it."""

    sequence: int
    list_version: int
    same: bool | None
    """None where the list was not asked: a person decided, or what was decided before was given, or asked, once more."""
    again: PreviewView | None


def explanation(
    index: ListIndex, case_id: UUID, version: int, state: RoutingCase, recorded: Iterable[RecordedDecision]
) -> ExplanationView:
    """All decisions of a case, with the names of the release in force."""
    return ExplanationView(
        case_id=case_id,
        case_number=state.filed.case_number if state.filed else "",
        version=version,
        awaiting_reassignment=_awaiting_reassignment(index, state),
        decisions=[_decision(index, each, state) for each in recorded],
    )


def routing_view(index: ListIndex, case_id: UUID, version: int, state: RoutingCase) -> RoutingView:
    """The case as it now is."""
    return RoutingView.model_validate(_case_fields(index, case_id, version, state))


def queue_item(index: ListIndex, waits: WaitingCase) -> QueueItem | None:
    """One row of the queue; none when its state says that nobody is asked."""
    state = waits.state
    filed, waiting = state.filed, state.waiting
    if filed is None or waiting is None:
        return None
    category = CategoryName(id=filed.category_id, name=filed.category_name, name_en=filed.category_name_en)
    return QueueItem.model_validate(
        {
            **_case_fields(index, waits.case_id, waits.version, state),
            "mode": filed.mode, "reason": waiting.reason, "since": waiting.since, "due_at": waiting.due_at,
            "provisional": waiting.provisional,
            "category": None if filed.confidential else category, "area": filed.area, "severity": filed.severity,
            "emergency": filed.emergency, "confidential": filed.confidential, "candidates": list(waiting.candidates),
        }
    )  # fmt: skip


def finding(index: ListIndex, found: Finding) -> FindingView:
    """One finding."""
    event, question = found.recorded.event, found.recorded.question
    chosen = _chosen(index, event.assignments if isinstance(event, CaseRouted) else ())
    return FindingView(
        kind="gap" if found.kind == "gap" else "proposal", outcome=found.outcome, case_id=found.case_id, case_number=found.case_number,
        at=found.recorded.at, list_version=event.list_version,
        category_id=None if question.confidential else question.category_id, area=question.area,
        lead=next((each for each in chosen if each.role == "lead"), None),
        co=[each for each in chosen if each.role == "co"], entry=_proposed_entry(found, chosen),
        explanation=event.explanation, explanation_en=event.explanation_en,
    )  # fmt: skip


def _proposed_entry(found: Finding, chosen: Sequence[ChosenUnit]) -> Responsibility | None:
    question = found.recorded.question
    lead = next((each.unit_id for each in chosen if each.role == "lead"), None)
    if question.confidential or lead is None:
        return None
    return Responsibility(
        id=f"found-{found.case_number.lower()}", match=Match(category=question.category_id),
        area=question.area.partition("-")[0], lead=lead, co=tuple(each.unit_id for each in chosen if each.role == "co"),
        note=f"源自案件 {found.case_number}", note_en=f"From case {found.case_number}",
    )  # fmt: skip


def preview(index: ListIndex, decision: Decision, at: datetime) -> PreviewView:
    """A decision that was only tried."""
    return PreviewView(
        rule=decision.rule if decision.assignments else None, list_version=decision.list_version, at=at,
        chosen=_chosen(index, decision.assignments), candidates=list(decision.candidates),
        explanation=decision.explanation, explanation_en=decision.explanation_en, needed=decision.needed,
        gap=decision.gap,
    )  # fmt: skip


def preview_case(index: ListIndex, past: PastCase, before: Decision, after: Decision) -> PreviewCase:
    """One case of a list preview."""
    question = past.recorded.question
    return PreviewCase(
        case_id=past.case_id, case_number=past.case_number, at=past.recorded.at,
        category_id=None if question.confidential else question.category_id, area=question.area,
        now=preview(index, before, past.recorded.at), draft=preview(index, after, past.recorded.at),
    )  # fmt: skip


def _case_fields(index: ListIndex, case_id: UUID, version: int, state: RoutingCase) -> dict[str, object]:
    named = state.named
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
    """As it was said; of the question that is open still, until when it is decided now."""
    event, waiting = recorded.event, state.waiting
    routed = event if isinstance(event, CaseRouted) else None
    still_open = waiting is not None and waiting.since == recorded.at
    return DecisionView(
        sequence=recorded.sequence, round=event.round, rule=routed.rule if routed else None,
        list_version=event.list_version, at=recorded.at, chosen=_chosen(index, routed.assignments if routed else ()),
        candidates=list(event.candidates), explanation=event.explanation, explanation_en=event.explanation_en,
        decided_by=routed.decided_by if routed else None, gap=event.gap,
        needed=None if isinstance(event, CaseRouted) else _needed(index, waiting if waiting and still_open else event),
    )  # fmt: skip


def _needed(index: ListIndex, waiting: OpenQuestion | DecisionNeeded) -> NeededView:
    centre = index.district.centres.get(waiting.queue)
    return NeededView(
        reason=waiting.reason, queue=waiting.queue, queue_name=centre.name if centre else waiting.queue,
        queue_name_en=centre.name_en if centre else waiting.queue, team_id=waiting.team_id, due_at=waiting.due_at,
        provisional=bool(waiting.provisional), gap=waiting.gap,
    )  # fmt: skip


def _chosen(index: ListIndex, assignments: Sequence[Assignment]) -> list[ChosenUnit]:
    return [_unit(index, each.unit_id, each.role) for each in assignments]


def _awaiting_reassignment(index: ListIndex, state: RoutingCase) -> ChosenUnit | None:
    unit = state.first_receiver
    return None if unit is None else _unit(index, unit, "lead")


def _unit(index: ListIndex, unit_id: str, role: DispatchRole) -> ChosenUnit:
    name = index.name(unit_id)
    return ChosenUnit(unit_id=unit_id, name=name.zh, name_en=name.en, role=role)
