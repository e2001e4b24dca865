"""First response 先行处置: a person sends a unit, usually a mobile team 机动组, to make the place safe."""

from __future__ import annotations

from contracts.events.command import CaseRouted
from services.chassis.auth import Caller
from services.chassis.problems import Problem
from services.routing.domain.handover import require_open_case
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Question
from services.routing.domain.rounds import RoutedCase, record_decision
from services.routing.domain.texts import (
    ASKED_ONLY,
    CALLED_IN,
    GO_AHEAD,
    HAS_A_DISPATCH,
    NOT_IN_THE_PLAN,
    RETURNED,
    Text,
    first_response_sentence,
    reason_sentence,
)


class UnitCannotBeSent(Problem):
    status = 422
    zh = "不能派{unit_name}先行处置：{reason}。请选择：{possible_names}。"
    en = "{unit_name_en} cannot be sent as first responder: {reason_en}. Choose one of: {possible_names_en}."


def send_ahead(case: RoutedCase, unit: str, instructions: str, reason: str, caller: Caller) -> None:
    """Send a unit at once, with the first milestone of the case as its task.

    Do nothing if the unit already has an open or pending first response. Other units keep their dispatches, and an open
    question to a person stays open.
    """
    state, (filed, index) = case.state, require_open_case(case, caller)
    dispatches = [dispatch for dispatch in state.open_or_pending if dispatch.unit_id == unit]
    if any(dispatch.role == "first_response" and dispatch.handover is None for dispatch in dispatches):
        return
    question = state.question_at(case.now)
    objection = HAS_A_DISPATCH if dispatches else _objection(index, question, unit)
    if objection is not None:
        others = [each for each in _suitable_units(index, question) if each != unit]
        raise UnitCannotBeSent(**index.problem_members(unit, others), reason=objection.zh, reason_en=objection.en)
    state.round += 1
    explanation = first_response_sentence(index.name(unit))
    if question.confidential:
        instructions = ""  # free text may reveal the matter
    else:
        explanation += reason_sentence(reason)
    first_response = {
        "milestones": filed.milestones[:1],
        "instructions": instructions or f"{GO_AHEAD.zh} / {GO_AHEAD.en}",
    }
    assignment = index.assignment(unit, "first_response").model_copy(update=first_response)
    record_decision(
        case,
        CaseRouted(
            round=state.round,
            rule="first_response",
            list_version=index.release,
            assignments=(assignment,),
            candidates=(index.candidate(unit, "first_response", explanation),),
            explanation=explanation.zh,
            explanation_en=explanation.en,
            decided_by=caller.actor(),
        ),
    )


def _objection(index: ListIndex, question: Question, unit: str) -> Text | None:
    """Return why the unit may not be sent; `None` if it may be sent.

    An earlier return by the unit is no objection, because the person who sends it may know better.
    """
    objection = index.joining_objection(unit, question)
    if objection not in (None, RETURNED):
        return objection
    facts = index.units[unit]
    if facts.agency is not None:
        return CALLED_IN
    if facts.coordinated:
        return ASKED_ONLY
    return NOT_IN_THE_PLAN if question.confidential and unit not in _suitable_units(index, question) else None


def _suitable_units(index: ListIndex, question: Question) -> list[str]:
    """Return the units to suggest: those that receive the dispatches of the mobile teams at the place of the case.

    For a confidential case, return the units that its emergency plan names.
    """
    if not question.confidential:
        return index.mobile_team_units(question.area)
    plan = index.plan_for_category(question.category_id)
    team = index.district.teams.get(plan.first_response) if plan is not None else None
    return [*([team.convenor] if team else []), *(plan.utilities if plan is not None else ())]
