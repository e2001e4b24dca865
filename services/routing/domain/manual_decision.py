"""Decisions of a person about a case that waits for a decision.

The person chooses the units, escalates the case to the county, or sends it back to the intake desk.
"""

from __future__ import annotations

from collections.abc import Iterable

from contracts.events.command import Assignment, CaseRouted, RoutingRule, SendBackReason
from services.chassis.auth import Caller
from services.chassis.problems import Problem
from services.routing.domain.access import is_within_reach, may_answer
from services.routing.domain.case import ChosenUnits, OpenQuestion, RoutingCase
from services.routing.domain.index import INDEXES, ListIndex
from services.routing.domain.possible_actions import NotPossibleHere, actions_elsewhere, possible_actions
from services.routing.domain.question import Question
from services.routing.domain.rounds import (
    RoutedCase,
    ask_person,
    record_decision,
    send_to_desk,
    superseded_dispatches,
    without_kept_co_units,
)
from services.routing.domain.texts import CONFIDENTIAL, RETURNED, Text, co_units_sentence, reason_sentence

_SHOWN = 12
"""Largest number of suitable units that an error message names."""


class CaseUnknown(Problem):
    status = 404
    zh = "没有案件 {case}。请检查编号；刚立案的案件请稍后再试。"
    en = "There is no case {case} in routing. Check the id; if the case was filed just now, try again in a moment."


class NothingToDecide(NotPossibleHere):
    zh = "本案没有待人工决定的派遣。现牵头单位：{lead}。如需改派，可以：{elsewhere}。"
    en = "This case waits for no decision. Its lead is {lead_en}. To assign another unit: {elsewhere}."


class AlreadyHandled(NotPossibleHere):
    zh = "牵头单位{lead}已经办结，案件等待核查或审阅，不能再指定其他单位；核查不通过的，由其返工。现在可以：{elsewhere}。"
    en = (
        "The lead, {lead_en}, has completed its work, and the case waits for its recheck or review. No other "
        "unit can be chosen now; after a failed recheck the lead does it again. Possible now: {elsewhere}."
    )


class NotYoursToDecide(Problem):
    status = 403
    zh = "本案由{queue}的派遣员决定。"
    en = "This case is decided by the dispatchers of {queue_en}."


class UnitMayNotLead(Problem):
    status = 422
    zh = "{unit_name}不能牵头：{reason}。请另选：{possible_names}。"
    en = "{unit_name_en} cannot lead: {reason_en}. Choose one of: {possible_names_en}."


class UnitMayNotJoin(Problem):
    status = 422
    zh = "{unit_name}不能协办：{reason}。请另选：{possible_names}。"
    en = "{unit_name_en} cannot be a co-unit: {reason_en}. Choose one of: {possible_names_en}."


class CountyAlreadyCalled(NotPossibleHere):
    zh = "本案已经呼叫过县级中心，每案只能呼叫一次。现在可以：{possible}。"
    en = "This case was already escalated to the county, which is possible once. Possible now: {possible}."


class NoCentreAbove(NotPossibleHere):
    zh = "{queue}没有上级中心可以呼叫。现在可以：{possible}。"
    en = "{queue_en} has no centre above it. Possible now: {possible}."


class AlreadyLed(NotPossibleHere):
    zh = "已有单位牵头办理，不能退回受理。类别、条件或位置有误的，请受理台：{elsewhere}。"
    en = (
        "A unit leads this case already, so it cannot be sent back to the desk. The desk can correct a wrong "
        "category, condition or place: {elsewhere}."
    )


def decide_by_hand(case: RoutedCase, lead: str, co: tuple[str, ...], reason: str, caller: Caller) -> None:
    """Choose the lead and the co-units of a case that waits for a person.

    Do nothing if the same units were chosen before. Raises `AlreadyHandled` if the lead has completed its work.
    """
    state = case.state
    chosen = ChosenUnits(lead=lead, co=tuple(unit for unit in dict.fromkeys(co) if unit != lead))
    index = _require_known(case, caller)
    waiting = _open_question(case, chosen, index)
    if waiting is None:
        return
    _require_decider(index, waiting, caller)
    question = state.question_at(case.now)
    _require_suitable_units(index, question, chosen)
    survey = waiting.reason == "joint_survey"
    rule: RoutingRule = "joint_survey" if survey else "dispatcher"
    withdrawn, assignments = (
        superseded_dispatches(state, chosen),
        without_kept_co_units(state, _assignments(index, chosen)),
    )
    explanation = _explanation(index, state, chosen, reason, survey=survey)
    lead_candidate = index.candidate(lead, rule, Text("人工决定" if not survey else "会商确定", "named by a person"))
    other_candidates = (
        () if question.confidential else tuple(each for each in waiting.candidates if each.unit_id != lead)
    )
    state.rule, state.chosen_units, state.chosen_round = rule, chosen, state.round
    state.waiting, state.facts_before_correction = None, None
    record_decision(
        case,
        CaseRouted(
            round=state.round,
            rule=rule,
            list_version=index.release,
            assignments=assignments,
            withdrawn=withdrawn,
            candidates=(lead_candidate, *other_candidates),
            explanation=explanation.zh,
            explanation_en=explanation.en,
            decided_by=caller.actor(),
            gap=waiting.gap,
        ),
    )


def escalate(case: RoutedCase, caller: Caller) -> None:
    """Move the open question to the queue of the centre above, once per case.

    Do nothing if the question was escalated before and is still open.
    """
    state = case.state
    index, filed = _require_known(case, caller), state.filed
    waiting = state.waiting
    if waiting is None:
        raise _nothing_to_decide(index, state)
    if state.escalated:
        if filed is not None and waiting.queue != filed.centre_id:
            return
        raise CountyAlreadyCalled(possible=possible_actions(index, state, caller))
    _require_decider(index, waiting, caller)
    centre = index.district.centres.get(waiting.queue)
    if centre is None or centre.above is None:
        centre_name = index.centre_name(waiting.queue)
        raise NoCentreAbove(
            queue=centre_name.zh, queue_en=centre_name.en, possible=possible_actions(index, state, caller)
        )
    state.escalated = True
    why = Text(f"{centre.name}呼叫上级中心决定（乡呼县应）。", f"{centre.name_en} calls the centre above to decide.")
    escalated = waiting.model_copy(update={"queue": centre.above})
    ask_person(case, escalated, why)


def send_back(case: RoutedCase, reason: SendBackReason, note: str, caller: Caller) -> None:
    """Send the case back to the intake desk 退回受理. Do nothing if it was sent back before.

    The case stays open, and first responders continue to keep the place safe.
    """
    state = case.state
    index = _require_known(case, caller)
    if state.sent_back:
        return
    if state.waiting is None:
        raise _nothing_to_decide(index, state)
    if state.has_lead:
        raise AlreadyLed(possible=possible_actions(index, state, caller), elsewhere=["correct"])
    _require_decider(index, state.waiting, caller)
    send_to_desk(case, reason, note, caller.actor())


def _require_known(case: RoutedCase, caller: Caller) -> ListIndex:
    """Return the index of the list in force. Raise `CaseUnknown` if the caller may not know the case."""
    index = INDEXES.of(case.district)
    if not is_within_reach(index, case.state, caller):
        raise CaseUnknown(case=str(case.id))
    return index


def _open_question(case: RoutedCase, chosen: ChosenUnits, index: ListIndex) -> OpenQuestion | None:
    """Return the open question; `None` if a decision has already answered it with exactly the units `chosen`.

    If no question is open for another reason, raises `AlreadyHandled` (the lead has completed its work) or
    `NothingToDecide`.
    """
    state = case.state
    if state.waiting is None and (state.chosen_units != chosen or state.handled):
        raise _nothing_to_decide(index, state)
    return state.waiting


def _nothing_to_decide(index: ListIndex, state: RoutingCase) -> NotPossibleHere:
    lead = index.name(state.chosen_units.lead) if state.chosen_units else Text("–", "–")
    refusal = AlreadyHandled if state.handled and not state.ended else NothingToDecide
    return refusal(lead=lead.zh, lead_en=lead.en, possible=[], elsewhere=actions_elsewhere(state))


def _require_decider(index: ListIndex, waiting: OpenQuestion, caller: Caller) -> None:
    if not may_answer(index, waiting, caller):
        centre_name = index.centre_name(waiting.queue)
        raise NotYoursToDecide(queue=centre_name.zh, queue_en=centre_name.en)


def _require_suitable_units(index: ListIndex, question: Question, chosen: ChosenUnits) -> None:
    """Raise `UnitMayNotLead` or `UnitMayNotJoin` if a chosen unit is not suitable.

    A person cannot overrule an exclusion of the responsibility list. A person may choose a unit that returned the case,
    because the person may know better.
    """
    listed, exclusions, _ = index.options(question)
    if (objection := index.leading_objection(chosen.lead, question, exclusions)) not in (None, RETURNED):
        others = (
            unit
            for unit in (*(each.lead for each in listed), *index.units)
            if index.leading_objection(unit, question, exclusions) in (None, RETURNED)
        )
        raise UnitMayNotLead(
            **index.problem_members(chosen.lead, _first_few(others)), reason=objection.zh, reason_en=objection.en
        )
    for unit in chosen.co:
        objection = CONFIDENTIAL if question.confidential else index.joining_objection(unit, question)
        if objection not in (None, RETURNED):
            others = (
                each
                for each in index.units
                if not question.confidential
                and each != chosen.lead
                and index.joining_objection(each, question) in (None, RETURNED)
            )
            raise UnitMayNotJoin(
                **index.problem_members(unit, _first_few(others)), reason=objection.zh, reason_en=objection.en
            )


def _first_few(units: Iterable[str]) -> list[str]:
    """Return the first `_SHOWN` of these units, without duplicates."""
    return list(dict.fromkeys(units))[:_SHOWN]


def _assignments(index: ListIndex, chosen: ChosenUnits) -> tuple[Assignment, ...]:
    return (index.assignment(chosen.lead, "lead"), *(index.assignment(unit, "co") for unit in chosen.co))


def _explanation(index: ListIndex, state: RoutingCase, chosen: ChosenUnits, reason: str, *, survey: bool) -> Text:
    """Return the explanation of the decision, in sentences. For a confidential case `reason` is left out."""
    lead = index.name(chosen.lead)
    introduction = (
        Text("现场会商确定由", "The joint survey names") if survey else Text("人工决定由", "Decided by hand:")
    )
    explanation = Text(
        f"{introduction.zh}{lead.zh}牵头。",
        f"{introduction.en} {lead.en} leads." if not survey else f"{introduction.en} {lead.en} as lead.",
    )
    if chosen.co:
        explanation += co_units_sentence([index.name(unit) for unit in chosen.co])
    if state.filed is not None and state.filed.confidential:
        return explanation + CONFIDENTIAL
    return explanation + reason_sentence(reason) if reason else explanation
