"""Decision by the responsibility list of one registry release: who must act, with every candidate and the reason.

The decision is pure: the same question and the same release always give the same decision.
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
    co_units_sentence,
    lead_sentence,
    plan_sentence,
    preference_sentence,
)


@dataclass(slots=True)
class _Choice:
    """A decision while it is built up, step by step."""

    plan: Plan | None
    first_responders: dict[str, Candidate] = field(default_factory=dict[str, Candidate])
    """For each first responder, in order, the candidate to record."""
    unavailable: list[Candidate] = field(default_factory=list[Candidate])
    """Units that the emergency plan names but that cannot be sent. Each candidate has the reason."""
    lead_options: list[Option] = field(default_factory=list[Option])
    """The chosen option and equally specific ones with the same lead; empty if a person must decide."""
    runner_up: Option | None = None
    """The next option that names another lead; the explanation says why the chosen option precedes it."""
    co_units: list[str] = field(default_factory=list[str])
    considered: list[Candidate] = field(default_factory=list[Candidate])
    """All candidates that were examined, chosen or not, each with the reason."""
    needed: NeededReason | None = None

    @property
    def lead(self) -> str | None:
        return self.lead_options[0].lead if self.lead_options else None


def decide(index: ListIndex, question: Question) -> Decision:
    """Return the decision about who must act, under the responsibility list of this release."""
    choice = _Choice(plan=index.plan_for(question))
    _find_lead(index, question, choice)
    _find_co_units(index, question, choice)
    _find_first_responders(index, question, choice)
    explanation = _explanation(index, question, choice)
    return Decision(
        rule=_rule(question, choice),
        list_version=index.release,
        assignments=_assignments(index, question, choice),
        candidates=_recorded_candidates(question, choice),
        explanation=explanation.zh,
        explanation_en=explanation.en,
        needed=choice.needed,
        gap=choice.needed == "no_match",
    )


def _find_lead(index: ListIndex, question: Question, choice: _Choice) -> None:
    """Choose the first option to which there is no objection.

    Choose none, so that a person must decide, if equally specific entries of the list name different leads.
    """
    listed = index.options(question)
    eligible: list[Option] = []
    for option in listed.options:
        objection = index.leading_objection(option.lead, question, listed.exclusions)
        if objection is None:
            eligible.append(option)
            choice.considered.append((with_precedence(eligible[0], option) if len(eligible) > 1 else option).candidate)
        else:
            choice.considered.append(_excluded(option.candidate, objection))
    choice.considered += [_excluded(option.candidate, objection) for option, objection in listed.inapplicable]
    if not eligible:
        choice.needed = "no_candidate_left" if question.returned_as_lead else "no_match"
        return
    best = eligible[0]
    equal = (
        [best] if best.entry_id is None else [option for option in eligible if option.specificity == best.specificity]
    )
    if any(option.lead != best.lead for option in equal):
        choice.needed = "list_disagrees"
    else:
        choice.lead_options = equal
        choice.runner_up = next((option for option in eligible if option.lead != best.lead), None)


def _find_co_units(index: ListIndex, question: Question, choice: _Choice) -> None:
    """Choose the co-units that the chosen entries name.

    For a problem that keeps coming back, also choose the units of the joint team. A confidential case has no co-units.
    """
    if not choice.lead_options or question.confidential:
        return
    named = [unit for option in choice.lead_options for unit in option.co]
    team = index.joint_team(question.area) if question.joint else None
    if team is not None:
        named += [team.convenor, *team.members]
    for unit in dict.fromkeys(named):
        if unit == choice.lead:
            continue
        objection = index.joining_objection(unit, question)
        if objection is None:
            choice.co_units.append(unit)
        else:
            choice.considered.append(index.candidate(unit, "joint_entry", objection, excluded=True))


def _find_first_responders(index: ListIndex, question: Question, choice: _Choice) -> None:
    """Choose as first responders the units that the emergency plan names and that are neither lead nor co-unit."""
    plan = choice.plan
    if plan is None:
        return
    team = index.district.teams.get(plan.first_response)
    reason = _plan_name(question, plan)
    for unit in dict.fromkeys((*((team.convenor,) if team else ()), *plan.agencies, *plan.utilities)):
        if unit == choice.lead or unit in choice.co_units:
            continue
        objection = index.joining_objection(unit, question)
        candidate = index.candidate(unit, "emergency_plan", reason)
        if objection is None:
            choice.first_responders[unit] = candidate
        else:
            choice.unavailable.append(_excluded(candidate, objection))


def _assignments(index: ListIndex, question: Question, choice: _Choice) -> tuple[Assignment, ...]:
    assignments = [index.assignment(choice.lead, "lead")] if choice.lead is not None else []
    assignments += [index.assignment(unit, "co") for unit in choice.co_units]
    plan = choice.plan
    if plan is None:
        return tuple(assignments)
    first_response = {
        "milestones": question.milestones[: plan.first_milestones],
        "instructions": f"{FIRST_RESPONSE_INSTRUCTIONS.zh} / {FIRST_RESPONSE_INSTRUCTIONS.en}",
    }
    assignments += [
        index.assignment(unit, "first_response").model_copy(update=first_response) for unit in choice.first_responders
    ]
    return tuple(_with_handover(index, each) if each.unit_id in plan.agencies else each for each in assignments)


def _with_handover(index: ListIndex, assignment: Assignment) -> Assignment:
    """Return the assignment as a hand-over, because the emergency plan calls in this emergency service."""
    return assignment.model_copy(update={"handover": index.handover(assignment.unit_id)})


def _rule(question: Question, choice: _Choice) -> RoutingRule:
    """Return the rule to record with the decision. If several rules apply, return the first in the order checked."""
    if question.returned_as_lead and choice.lead_options:
        return "next_candidate"
    if choice.first_responders:
        return "emergency_plan"
    if question.confidential:
        return "confidential"
    if not choice.lead_options:
        return "responsibility_list"
    rule = choice.lead_options[0].rule
    return "joint_entry" if rule == "responsibility_list" and choice.co_units else rule


def _recorded_candidates(question: Question, choice: _Choice) -> tuple[Candidate, ...]:
    """Return the candidates to record with the decision.

    For a confidential case the entries of the list are left out, because they would reveal what the case is about.
    """
    if not question.confidential:
        return (*choice.first_responders.values(), *choice.unavailable, *choice.considered)[:MOST_CANDIDATES]
    competent = choice.lead_options[0].candidate if choice.lead_options else None
    if competent is None:
        return (*choice.first_responders.values(), *choice.unavailable)
    neutral = {"rule": "confidential", "entry_id": None, "reason": COMPETENT.zh, "reason_en": COMPETENT.en}
    return (*choice.first_responders.values(), *choice.unavailable, competent.model_copy(update=neutral))


def _excluded(candidate: Candidate, objection: Text) -> Candidate:
    return candidate.model_copy(
        update={
            "excluded": True,
            "reason": f"{objection.zh}（{candidate.reason}）",
            "reason_en": f"{objection.en} ({candidate.reason_en})",
        }
    )


def _explanation(index: ListIndex, question: Question, choice: _Choice) -> Text:
    """Return the explanation of the decision, in sentences."""
    text = NOTHING
    if choice.plan is not None and choice.first_responders:
        text += plan_sentence(_plan_name(question, choice.plan), [index.name(unit) for unit in choice.first_responders])
    if question.confidential:
        text += CONFIDENTIAL
        if choice.lead is not None:
            text += lead_sentence(index.name(choice.lead), COMPETENT)
    elif choice.lead_options:
        text += choice.lead_options[0].lead_sentence
        why = why_precedes(choice.lead_options[0], choice.runner_up) if choice.runner_up is not None else None
        if choice.runner_up is not None and why is not None:
            text += preference_sentence(index.name(choice.runner_up.lead), why)
    if choice.co_units:
        text += co_units_sentence([index.name(unit) for unit in choice.co_units])
    if choice.needed is not None:
        text += NEEDED[choice.needed]
    return text


def _plan_name(question: Question, plan: Plan) -> Text:
    """Return the name of the emergency plan; for a confidential case a neutral name that reveals nothing."""
    return Text("预案", "its plan") if question.confidential else Text(f"《{plan.name}》", plan.name_en)
