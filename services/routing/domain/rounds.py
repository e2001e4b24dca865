"""Rounds of routing decisions: the first decision about a case, and those after returns and corrections.

If the responsibility list gives no lead, a question is put to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from contracts.common import Actor
from contracts.events.command import (
    Assignment,
    CaseRouted,
    CaseSentBack,
    DecisionDueMoved,
    DecisionNeeded,
    SendBackReason,
)
from contracts.events.handling import ReturnReason
from contracts.masking import WITHHELD
from contracts.registry import Limit
from services.chassis.cases import Case
from services.routing.domain.case import (
    ChosenUnits,
    FiledFacts,
    OpenQuestion,
    PendingDispatch,
    RecordedQuestion,
    RoutingCase,
)
from services.routing.domain.decide import decide
from services.routing.domain.index import INDEXES, ListIndex
from services.routing.domain.question import Decision, NeededReason, Question
from services.routing.domain.texts import DISOWNED, GIVEN_AGAIN, NEEDED, STILL_ASKED, Text, return_reason_sentence

ROUTING = Actor(kind="system", id="routing")
"""Actor that is recorded for automatic decisions."""

_UNITS_TO_SURVEY = 2
"""Number of different leads that must return a case as "not ours" before a joint survey is held."""
_NOT_OURS_REASONS: frozenset[ReturnReason] = frozenset({"wrong_area", "ownership_unclear", "not_our_function"})

QUESTIONS_AFTER_RETURN: Mapping[ReturnReason, NeededReason] = {
    "duplicate": "reported_duplicate",
    "untrue": "reported_untrue",
}
"""For each return reason that says that there is nothing to do, the reason of the question to a person.

For other return reasons no person is asked whether the case needs work.
"""

RoutedCase = Case[RoutingCase]


def begin_round(case: RoutedCase) -> None:
    """Put the case to the responsibility list, and record the decision as a new round. The case must be filed."""
    question = case.state.question_at(case.now)
    _start_round(case, question, decide(INDEXES.of(case.district), question))


def correct(case: RoutedCase, filed: FiledFacts) -> None:
    """Store corrected facts of the case, and decide again if they matter.

    If the responsibility list names the same units with the same limits, these units keep their dispatches. Otherwise
    a new round replaces their dispatches. While dispatches are pending, they cannot be withdrawn, so the decision
    waits until the dispatch service has created them. An open question to a person stays open, unless the list could
    name other units for the new facts.
    """
    state = case.state
    before = state.facts_before_correction or state.filed
    state.update_facts(filed)
    if before is None or state.ended or state.handled:
        return
    if state.has_pending_units:
        state.facts_before_correction = before
        return
    _decide_after_correction(case, before)


def apply_pending_correction(case: RoutedCase) -> None:
    """Decide about a correction that came while dispatches were pending, once none is pending."""
    state = case.state
    before = state.facts_before_correction
    if before is None or state.has_pending_units or state.ended:
        return
    state.facts_before_correction = None
    if not state.handled:
        _decide_after_correction(case, before)


def _decide_after_correction(case: RoutedCase, before: FiledFacts) -> None:
    """Put the corrected facts to the responsibility list, and start a new round if the decision differs.

    `before`: the facts before the correction.
    """
    state = case.state
    if state.filed is None or (state.waiting is not None and not before.changes_question(state.filed)):
        return
    question = state.question_at(case.now)
    other_limits = before.milestones != question.milestones
    decision = decide(INDEXES.of(case.district), question)
    sends_responder = any(
        each.role == "first_response" for each in without_sent_responders(state, decision.assignments)
    )
    if other_limits or sends_responder or not state.has_lead or _chosen_units(decision) != state.chosen_units:
        _start_round(case, question, decision, resend=other_limits)


def _start_round(case: RoutedCase, question: Question, decision: Decision, *, resend: bool = False) -> None:
    """Record the decision of the list as a new round, and put a question to a person if it names no lead.

    `resend`: co-units that already have a dispatch receive a new one in its place.
    """
    state = case.state
    state.round += 1
    state.plan_started, state.facts_before_correction = True, None
    if decision.assignments:
        _record_routing(case, question, decision, resend=resend)
    if decision.needed is not None:
        need_person(case, decision.needed, answered=(question, decision))


def record_decision(case: RoutedCase, event: CaseRouted | DecisionNeeded, question: Question | None = None) -> None:
    """Record a decision, or a question to a person.

    `question`: the question to the responsibility list that `event` answers; `None` if the list was not asked.
    Assignments of the decision are pending until the dispatch service has created their dispatches.
    """
    state = case.state
    recorded = RecordedQuestion(question=question or state.question_at(case.now), by_list=question is not None)
    case.emit(event)
    state.recorded_questions[case.version] = recorded
    if isinstance(event, CaseRouted):
        state.pending = (*state.pending, *(PendingDispatch.of(each, event.round) for each in event.assignments))
        for dispatch_id in event.withdrawn:
            state.dispatches[dispatch_id].withdrawal_pending = True


def resume(case: RoutedCase) -> None:
    """Continue a case after a merge, a closing or a return to the intake desk.

    Ask an interrupted question again, or start a new round if the case has no lead.
    """
    state = case.state
    if state.filed is None or state.ended or state.sent_back or state.handled or state.waiting is not None:
        return
    if state.interrupted_question is not None:
        _ask_again(case, state.interrupted_question)
    elif not state.lead_found:
        state.plan_started = bool(state.dispatches)
        begin_round(case)


def restore_dispatches(case: RoutedCase) -> None:
    """Send the dispatches that were withdrawn by a merge again, as a new round, because the merge was undone.

    `RoutingCase.dispatches_to_restore` says which dispatches are left out.
    """
    state, index = case.state, INDEXES.of(case.district)
    if state.ended:
        return
    restored, state.withdrawn_by_merge = state.dispatches_to_restore(), ()
    if not restored:
        return
    state.round += 1
    record_decision(
        case,
        CaseRouted(
            round=state.round,
            rule=state.rule,
            list_version=index.release,
            assignments=tuple(each.repeated_assignment() for each in restored),
            candidates=tuple(index.candidate(each.unit_id, state.rule, GIVEN_AGAIN) for each in restored),
            explanation=GIVEN_AGAIN.zh,
            explanation_en=GIVEN_AGAIN.en,
            decided_by=ROUTING,
        ),
    )
    if state.waiting is not None and (state.waiting.asked_again or not state.lead_found):
        _ask_again(case, state.waiting, asked_again=state.waiting.asked_again)
    else:
        state.waiting = None  # the restored lead answers it


def lead_returned(case: RoutedCase, unit_id: str, reason: ReturnReason, note: str, by: Actor) -> None:
    """Continue a case after the lead has returned its dispatch and the return was accepted.

    Usually the next candidate leads. After two different units have returned the case as not theirs, a joint survey
    decides; for a confidential case the dispatchers of the centre decide, because a survey would reveal the case. If
    the unit says that there is nothing to do, a person checks this. If the unit says that filing conditions are
    missing, the case goes back to the intake desk, with `note` as the reason.
    """
    state = case.state
    if reason == "conditions_missing":
        send_to_desk(case, reason, note, by)
        return
    if (question_reason := QUESTIONS_AFTER_RETURN.get(reason)) is not None:
        state.round += 1
        need_person(
            case, question_reason, why=return_reason_sentence(INDEXES.of(case.district).name(unit_id), question_reason)
        )
        return
    state.returned_as_lead = (*state.returned_as_lead, unit_id)
    if reason in _NOT_OURS_REASONS:
        state.returned_as_not_ours = (*state.returned_as_not_ours, unit_id)
    if len(set(state.returned_as_not_ours)) < _UNITS_TO_SURVEY or reason not in _NOT_OURS_REASONS:
        begin_round(case)
        return
    state.round += 1
    confidential = state.filed is not None and state.filed.confidential
    need_person(case, "no_candidate_left" if confidential else "joint_survey", why=DISOWNED if confidential else None)


def send_to_desk(case: RoutedCase, reason: SendBackReason, note: str, by: Actor) -> None:
    """Send the case back to the intake desk 退回受理. An open question rests until the case is filed again."""
    state = case.state
    state.sent_back = True
    state.interrupt_question()
    if state.interrupted_question is not None and state.interrupted_question.reason in QUESTIONS_AFTER_RETURN.values():
        state.interrupted_question = None  # the desk finds out whether there is anything to do
    if state.filed is not None and state.filed.confidential:
        note = WITHHELD
    case.emit(CaseSentBack(round=state.round, reason=reason, note=note, decided_by=by))


def lead_withdrawn(case: RoutedCase) -> None:
    """Ask a person to choose another lead, because a person cancelled the dispatch of the lead."""
    case.state.round += 1
    need_person(case, "no_candidate_left")


def need_person(
    case: RoutedCase,
    reason: NeededReason,
    *,
    answered: tuple[Question, Decision] | None = None,
    why: Text | None = None,
) -> None:
    """Put a question to a person, in the queue of the centre that must decide. Do nothing if the case is not filed.

    `answered`: the question to the responsibility list and the decision without a lead; `None` if the list was not
    asked. `why`: explanation that replaces the usual one for this reason.
    """
    state, index = case.state, INDEXES.of(case.district)
    filed = state.filed
    if filed is None:
        return
    survey, (question, decision) = reason == "joint_survey", answered or (None, None)
    team = index.survey_team(filed.area, filed.centre_id) if survey else None
    waiting = OpenQuestion(
        reason=reason,
        queue=_centre_above(index, filed.centre_id) if survey else filed.centre_id,
        since=case.now,
        due_at=case.now,
        team_id=team.id if team else None,
        gap=decision is not None and decision.gap,
        candidates=decision.candidates if decision else (),
    )
    ask_person(case, waiting, why or NEEDED[reason], question)


def ask_person(case: RoutedCase, waiting: OpenQuestion, why: Text, question: Question | None = None) -> None:
    """Put this question to a person. The limit of the question counts from now.

    `why`: the explanation. `question`: the question to the responsibility list, if the list was asked before.
    """
    state, index = case.state, INDEXES.of(case.district)
    state.waiting = waiting = waiting.with_deadline(case.now, _limit(index, state.filed, waiting), index.calendar)
    state.was_queued, state.was_provisional = True, state.was_provisional or waiting.provisional
    record_decision(
        case,
        DecisionNeeded(
            round=state.round,
            queue=waiting.queue,
            reason=waiting.reason,
            team_id=waiting.team_id,
            due_at=waiting.due_at,
            provisional=waiting.provisional or None,
            gap=waiting.gap,
            candidates=waiting.candidates,
            list_version=index.release,
            explanation=why.zh,
            explanation_en=why.en,
        ),
        question,
    )


def _ask_again(case: RoutedCase, question: OpenQuestion, *, asked_again: bool = True) -> None:
    """Ask the same people the same question again, with a new deadline, as a new round."""
    case.state.round += 1
    case.state.interrupted_question = None
    ask_person(case, question.model_copy(update={"asked_again": asked_again}), STILL_ASKED)


def recompute_deadline(case: RoutedCase) -> None:
    """Recompute the deadline of the open question after the calendar of a year was announced."""
    waiting = case.state.waiting
    if waiting is None or waiting.limit is None:
        return
    moved = waiting.with_deadline(waiting.since, waiting.limit, case.district.calendar)
    if moved == waiting:
        return
    case.state.waiting = moved
    case.emit(
        DecisionDueMoved(round=case.state.round, queue=moved.queue, due_at=moved.due_at, provisional=moved.provisional)
    )


def superseded_dispatches(state: RoutingCase, chosen: ChosenUnits) -> tuple[UUID, ...]:
    """Return the ids of the dispatches that a new decision withdraws.

    These are the dispatches of all leads, and of co-units that are not among the newly chosen units.
    """
    return tuple(
        dispatch_id
        for dispatch_id, dispatch in state.dispatches.items()
        if dispatch.role == "lead" or (dispatch.role == "co" and dispatch.unit_id not in chosen.co)
    )


def without_kept_co_units(state: RoutingCase, assignments: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """Return the assignments, without those to co-units that already have an open or pending co-unit dispatch."""
    keeping = {
        dispatch.unit_id
        for dispatch in state.dispatches.values()
        if dispatch.role == "co" and not dispatch.withdrawal_pending
    }
    keeping |= {each.unit_id for each in state.pending if each.role == "co"}
    return tuple(each for each in assignments if not (each.role == "co" and each.unit_id in keeping))


def without_sent_responders(state: RoutingCase, assignments: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """Return the assignments, without those to first responders that already have an open or pending first response."""
    sent = {each.unit_id for each in state.open_or_pending if each.role == "first_response"}
    return tuple(each for each in assignments if not (each.role == "first_response" and each.unit_id in sent))


def _chosen_units(decision: Decision) -> ChosenUnits | None:
    """Return the lead and the co-units that the decision names; `None` if it names no lead."""
    if decision.lead is None:
        return None
    return ChosenUnits(lead=decision.lead, co=tuple(each.unit_id for each in decision.assignments if each.role == "co"))


def _record_routing(case: RoutedCase, question: Question, decision: Decision, *, resend: bool) -> None:
    state = case.state
    state.rule = decision.rule
    withdrawn: tuple[UUID, ...] = ()
    assignments, chosen = without_sent_responders(state, decision.assignments), _chosen_units(decision)
    if chosen is not None:
        keeping = ChosenUnits(lead=chosen.lead) if resend else chosen
        withdrawn = superseded_dispatches(state, keeping)
        if not resend:
            assignments = without_kept_co_units(state, assignments)
        state.chosen_units, state.chosen_round, state.waiting = chosen, state.round, None
    record_decision(
        case,
        CaseRouted(
            round=state.round,
            rule=decision.rule,
            list_version=decision.list_version,
            assignments=assignments,
            withdrawn=withdrawn,
            candidates=decision.candidates,
            explanation=decision.explanation,
            explanation_en=decision.explanation_en,
            decided_by=ROUTING,
        ),
        question,
    )


def _centre_above(index: ListIndex, centre_id: str) -> str:
    """Return the id of the centre above this centre; if there is none, the id of this centre."""
    centre = index.district.centres.get(centre_id)
    return centre.above if centre and centre.above else centre_id


def _limit(index: ListIndex, filed: FiledFacts | None, waiting: OpenQuestion) -> Limit:
    """Return the limit for the answer of a person: in a joint survey, at the county, or at the responsible centre."""
    limits = index.district.settings.stage_limits
    if waiting.reason == "joint_survey":
        return limits.survey_emergency if filed is not None and filed.emergency else limits.survey
    escalated = filed is not None and waiting.queue != filed.centre_id
    return limits.county_decision if escalated else limits.dispatch
