"""Hand-over 移交: a person calls in an emergency service, next to the units that handle the case."""

from __future__ import annotations

from uuid import UUID

from contracts.events.command import CaseRouted, HandoverMode
from contracts.events.handling import PhoneEntry
from services.chassis.auth import Caller
from services.chassis.problems import Problem
from services.routing.domain.access import DISPATCHERS
from services.routing.domain.case import FiledFacts
from services.routing.domain.index import INDEXES, ListIndex
from services.routing.domain.manual_decision import CaseUnknown
from services.routing.domain.possible_actions import NotPossibleHere, actions_elsewhere
from services.routing.domain.rounds import RoutedCase, record_decision
from services.routing.domain.texts import RETURNED, Text, cancellation_sentence, handover_sentence, reason_sentence


class NoEmergencyService(Problem):
    status = 422
    zh = "{unit_name}不是应急单位（110、119、120、122）。请选择：{possible_names}。其他单位请通过派遣决定指派。"
    en = (
        "{unit_name_en} is not an emergency service (110, 119, 120, 122). Choose one of: {possible_names_en}. "
        "Assign other units by a decision."
    )


class ServiceUnfit(Problem):
    status = 422
    zh = "不能移交给{unit_name}：{reason}。请选择：{possible_names}。"
    en = "The case cannot be handed over to {unit_name_en}: {reason_en}. Choose one of: {possible_names_en}."


class CaseOver(NotPossibleHere):
    zh = "案件已经终结，不能再移交或加派。如情况仍在，请重新上报；或者：{elsewhere}。"
    en = (
        "The case has ended, so nobody can be called in or sent. If the problem continues, report it again, "
        "or: {elsewhere}."
    )


class NotYoursToHandOver(Problem):
    status = 403
    zh = "只有案件所在区域的派遣员或值班长可以移交、安排先行处置或撤回。"
    en = "Only dispatchers and shift leads of the case's area can hand it over, send first responders or cancel them."


class NothingToCancel(Problem):
    status = 404
    zh = "{dispatch} 不是本案在办的移交或先行处置。可以撤回：{possible}。其他派遣单请责任单位申请退单。"
    en = (
        "{dispatch} is not an open hand-over or first response of this case. These can be cancelled: "
        "{possible}. For other dispatches, the unit requests a return."
    )


class PhoneCallInFuture(Problem):
    status = 422
    zh = "电话移交的时间晚于现在。请填写实际通话时间。"
    en = "The time of the phone call is in the future. Enter when it took place."


class ConfidentialHandover(Problem):
    status = 409
    zh = "保密案件只能移交给预案所列的应急单位：{possible_names}。"
    en = (
        "A confidential case can be handed over only to the emergency services that its plan names: "
        "{possible_names_en}."
    )


def hand_over(
    case: RoutedCase, unit: str, mode: HandoverMode, instructions: str, by_phone: PhoneEntry | None, caller: Caller
) -> None:
    """Hand the case over to an emergency service.

    Do nothing if the same hand-over to this service is already open or pending.
    """
    state, (filed, index) = case.state, require_open_case(case, caller)
    handover = index.handover(unit, mode, by_phone)
    if handover is None:
        raise NoEmergencyService(**index.problem_members(unit, emergency_services(index)))
    if by_phone is not None and by_phone.at > case.now:
        raise PhoneCallInFuture
    if any(each.unit_id == unit and each.handover == handover for each in state.open_or_pending):
        return
    question = state.question_at(case.now)
    if question.confidential:
        _require_named_by_plan(index, filed.category_id, unit)
    if (objection := index.joining_objection(unit, question)) not in (None, RETURNED):
        suitable = (
            each for each in emergency_services(index) if index.joining_objection(each, question) in (None, RETURNED)
        )
        raise ServiceUnfit(**index.problem_members(unit, suitable), reason=objection.zh, reason_en=objection.en)
    state.round += 1
    explanation = handover_sentence(index.name(unit), transfer=mode == "transfer")
    if question.confidential:
        instructions = ""  # free text may reveal the matter
    reason = Text(instructions, instructions) if instructions else explanation
    assignment = index.assignment(unit, "first_response").model_copy(
        update={"milestones": filed.milestones[:1], "instructions": instructions, "handover": handover}
    )
    record_decision(
        case,
        CaseRouted(
            round=state.round,
            rule="handover",
            list_version=index.release,
            assignments=(assignment,),
            candidates=(index.candidate(unit, "handover", reason),),
            explanation=explanation.zh,
            explanation_en=explanation.en,
            decided_by=caller.actor(),
        ),
    )


def cancel(case: RoutedCase, dispatch_id: UUID, reason: str, caller: Caller) -> None:
    """Cancel a hand-over or a first response. Do nothing if it was cancelled before.

    If the cancelled emergency service was the lead, a person is asked for another lead after the dispatch service has
    confirmed the withdrawal.
    """
    state = case.state
    filed = state.filed
    if filed is None:
        raise CaseUnknown(case=str(case.id))
    require_dispatcher(case, filed, caller)
    if dispatch_id in state.cancelled:
        return
    index = INDEXES.of(case.district)
    if state.ended:
        raise CaseOver(possible=[], elsewhere=actions_elsewhere(state))
    cancellable = {
        key: each
        for key, each in state.dispatches.items()
        if (each.handover or each.role == "first_response") and not each.done
    }
    dispatch = cancellable.get(dispatch_id)
    if dispatch is None:
        raise NothingToCancel(dispatch=str(dispatch_id), possible=", ".join(map(str, cancellable)) or "–")
    explanation = cancellation_sentence(index.name(dispatch.unit_id))
    if not filed.confidential:
        explanation += reason_sentence(reason)
    state.cancelled = (*state.cancelled, dispatch_id)
    state.round += 1
    record_decision(
        case,
        CaseRouted(
            round=state.round,
            rule="handover" if dispatch.handover else "first_response",
            list_version=index.release,
            assignments=(),
            withdrawn=(dispatch_id,),
            candidates=(),
            explanation=explanation.zh,
            explanation_en=explanation.en,
            decided_by=caller.actor(),
        ),
    )


def require_open_case(case: RoutedCase, caller: Caller) -> tuple[FiledFacts, ListIndex]:
    """Return the filed facts of an open case, and the index of the responsibility list in force.

    Raises `CaseUnknown` or `NotYoursToHandOver` like `require_dispatcher`, and `CaseOver` if the case has ended.
    """
    filed, index = case.state.filed, INDEXES.of(case.district)
    if filed is None:
        raise CaseUnknown(case=str(case.id))
    require_dispatcher(case, filed, caller)
    if case.state.ended:
        raise CaseOver(possible=[], elsewhere=actions_elsewhere(case.state))
    return filed, index


def emergency_services(index: ListIndex) -> list[str]:
    """Return the ids of the emergency services of the county."""
    return sorted(each for each, facts in index.units.items() if facts.agency is not None)


def require_dispatcher(case: RoutedCase, filed: FiledFacts, caller: Caller) -> None:
    """Raise an error unless the caller is a dispatcher of the area of the case.

    `CaseUnknown`: the case lies outside the caller's area. `NotYoursToHandOver`: the caller is no dispatcher.
    """
    if caller.unit_id is not None or not caller.covers(filed.area):
        raise CaseUnknown(case=str(case.id))
    if not caller.has(*DISPATCHERS):
        raise NotYoursToHandOver


def _require_named_by_plan(index: ListIndex, category_id: str, unit: str) -> None:
    """Raise `ConfidentialHandover` if the emergency plan for this category does not name the emergency service.

    Call this for confidential cases.
    """
    plan = index.plan_for_category(category_id)
    named = plan.agencies if plan is not None else ()
    if unit not in named:
        raise ConfidentialHandover(**index.problem_members(unit, named))
