"""Decision of a question under one release: who must act, with every candidate and the reason.

Pure: the same question and release always give the same decision.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.events.command import Assignment, Candidate, RoutingRule
from contracts.registry import Plan
from services.routing.domain.index import ListIndex
from services.routing.domain.precedence import why_precedes, with_precedence
from services.routing.domain.question import MOST_CANDIDATES, Decision, NeededReason, Question
from services.routing.domain.responsibility_list import Option
from services.routing.domain.texts import (
    COMPETENT,
    CONFIDENTIAL,
    FIRST_RESPONSE_INSTRUCTIONS,
    NEEDED,
    NOTHING,
    Text,
    joined_by,
    led_by,
    plan_started,
    preferred_to,
)


@dataclass(slots=True)
class _Findings:
    """Intermediate results of the steps."""

    plan: Plan | None
    first: dict[str, Candidate] = field(default_factory=dict[str, Candidate])
    """First responders, in order."""
    staying: list[Candidate] = field(default_factory=list[Candidate])
    """Units that the plan names but that cannot be sent, with the reason."""
    leading: list[Option] = field(default_factory=list[Option])
    """The chosen option with equal ones that name the same lead; empty if a person must decide."""
    second: Option | None = None
    """The next option with another lead, over which the chosen one was preferred."""
    co: list[str] = field(default_factory=list[str])
    considered: list[Candidate] = field(default_factory=list[Candidate])
    needed: NeededReason | None = None

    @property
    def lead(self) -> str | None:
        return self.leading[0].lead if self.leading else None


def decide(index: ListIndex, question: Question) -> Decision:
    """Return who must act, under the list of this release."""
    found = _Findings(plan=index.plan_for(question))
    _find_lead(index, question, found)
    _find_co_units(index, question, found)
    _find_first_responders(index, question, found)
    told = _explanation(index, question, found)
    return Decision(
        rule=_rule(question, found),
        list_version=index.release,
        assignments=_assignments(index, question, found),
        candidates=_kept_candidates(question, found),
        explanation=told.zh,
        explanation_en=told.en,
        needed=found.needed,
        gap=found.needed == "no_match",
    )


def _find_lead(index: ListIndex, question: Question, found: _Findings) -> None:
    """Find the first option without an objection, unless equally specific entries name different leads."""
    listed = index.options(question)
    eligible: list[Option] = []
    for option in listed.options:
        objection = index.leading_objection(option.lead, question, listed.exclusions)
        if objection is None:
            eligible.append(option)
            found.considered.append((with_precedence(eligible[0], option) if len(eligible) > 1 else option).candidate)
        else:
            found.considered.append(_excluded(option.candidate, objection))
    found.considered += [_excluded(option.candidate, objection) for option, objection in listed.inapplicable]
    if not eligible:
        found.needed = "no_candidate_left" if question.returned_as_lead else "no_match"
        return
    first = eligible[0]
    equal = [first] if first.entry_id is None else [option for option in eligible if option.tier == first.tier]
    if any(option.lead != first.lead for option in equal):
        found.needed = "list_disagrees"
    else:
        found.leading = equal
        found.second = next((option for option in eligible if option.lead != first.lead), None)


def _find_co_units(index: ListIndex, question: Question, found: _Findings) -> None:
    """Find the co-units of the chosen entries, and the joint team for a problem that keeps coming back."""
    if not found.leading or question.confidential:
        return
    named = [unit for option in found.leading for unit in option.co]
    team = index.joint_team(question.area) if question.joint else None
    if team is not None:
        named += [team.convenor, *team.members]
    for unit in dict.fromkeys(named):
        if unit == found.lead:
            continue
        objection = index.joining_objection(unit, question)
        if objection is None:
            found.co.append(unit)
        else:
            found.considered.append(index.candidate(unit, "joint_entry", objection, excluded=True))


def _find_first_responders(index: ListIndex, question: Question, found: _Findings) -> None:
    """Find the units of the emergency plan that neither lead nor join."""
    plan = found.plan
    if plan is None:
        return
    team = index.district.teams.get(plan.first_response)
    because = _plan_name(question, plan)
    for unit in dict.fromkeys((*((team.convenor,) if team else ()), *plan.agencies, *plan.utilities)):
        if unit == found.lead or unit in found.co:
            continue
        objection = index.joining_objection(unit, question)
        candidate = index.candidate(unit, "emergency_plan", because)
        if objection is None:
            found.first[unit] = candidate
        else:
            found.staying.append(_excluded(candidate, objection))


def _assignments(index: ListIndex, question: Question, found: _Findings) -> tuple[Assignment, ...]:
    made = [index.assignment(found.lead, "lead")] if found.lead is not None else []
    made += [index.assignment(unit, "co") for unit in found.co]
    plan = found.plan
    if plan is None:
        return tuple(made)
    first = {
        "milestones": question.milestones[: plan.first_milestones],
        "instructions": f"{FIRST_RESPONSE_INSTRUCTIONS.zh} / {FIRST_RESPONSE_INSTRUCTIONS.en}",
    }
    made += [index.assignment(unit, "first_response").model_copy(update=first) for unit in found.first]
    return tuple(_with_handover(index, each) if each.unit_id in plan.agencies else each for each in made)


def _with_handover(index: ListIndex, assignment: Assignment) -> Assignment:
    """Return the assignment as a hand-over, because the plan calls in this emergency service."""
    return assignment.model_copy(update={"handover": index.handover(assignment.unit_id)})


def _rule(question: Question, found: _Findings) -> RoutingRule:
    """Return the first rule that applied."""
    if question.returned_as_lead and found.leading:
        return "next_candidate"
    if found.first:
        return "emergency_plan"
    if question.confidential:
        return "confidential"
    if not found.leading:
        return "responsibility_list"
    rule = found.leading[0].rule
    return "joint_entry" if rule == "responsibility_list" and found.co else rule


def _kept_candidates(question: Question, found: _Findings) -> tuple[Candidate, ...]:
    """Return the candidates to record. In a confidential case entries would reveal the matter, so they are left out."""
    if not question.confidential:
        return (*found.first.values(), *found.staying, *found.considered)[:MOST_CANDIDATES]
    competent = found.leading[0].candidate if found.leading else None
    if competent is None:
        return (*found.first.values(), *found.staying)
    told = {"rule": "confidential", "entry_id": None, "reason": COMPETENT.zh, "reason_en": COMPETENT.en}
    return (*found.first.values(), *found.staying, competent.model_copy(update=told))


def _excluded(candidate: Candidate, objection: Text) -> Candidate:
    return candidate.model_copy(
        update={
            "excluded": True,
            "reason": f"{objection.zh}（{candidate.reason}）",
            "reason_en": f"{objection.en} ({candidate.reason_en})",
        }
    )


def _explanation(index: ListIndex, question: Question, found: _Findings) -> Text:
    """Return the decision as sentences."""
    told = NOTHING
    if found.plan is not None and found.first:
        told += plan_started(_plan_name(question, found.plan), [index.name(unit) for unit in found.first])
    if question.confidential:
        told += CONFIDENTIAL
        if found.lead is not None:
            told += led_by(index.name(found.lead), COMPETENT)
    elif found.leading:
        told += found.leading[0].told
        why = why_precedes(found.leading[0], found.second) if found.second is not None else None
        if found.second is not None and why is not None:
            told += preferred_to(index.name(found.second.lead), why)
    if found.co:
        told += joined_by([index.name(unit) for unit in found.co])
    if found.needed is not None:
        told += NEEDED[found.needed]
    return told


def _plan_name(question: Question, plan: Plan) -> Text:
    """Return the plan's name; a neutral one in a confidential case, which the name would reveal."""
    return Text("预案", "its plan") if question.confidential else Text(f"《{plan.name}》", plan.name_en)
