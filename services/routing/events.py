"""Handlers of the events of other services that concern routing."""

from __future__ import annotations

from contracts.base import Event
from contracts.envelope import Envelope
from contracts.events.acceptance import (
    CaseAttached,
    CaseCorrected,
    CaseDetached,
    CaseFiled,
    CaseNotFiled,
    CaseVoided,
    CaseWithdrawn,
)
from contracts.events.command import CaseDispatched, DispatchWithdrawn
from contracts.events.handling import (
    CoUnitReleased,
    DispatchSigned,
    HandoverRefused,
    ReturnAccepted,
    ReturnRequested,
    WorkCompleted,
)
from contracts.events.supervision import CaseClosed, CaseReopened, ReworkOrdered
from services.chassis.cases import Handler
from services.routing.domain.case import FiledFacts, OpenDispatch, RoutingCase
from services.routing.domain.rounds import (
    RoutedCase,
    apply_pending_correction,
    begin_round,
    correct,
    lead_returned,
    lead_withdrawn,
    restore_dispatches,
    resume,
)


def on_case_filed(case: RoutedCase, event: CaseFiled, _: Envelope) -> None:
    """Decide who must act on a case that was filed.

    If the case had been sent back to the intake desk and its facts are unchanged, ask the interrupted question again.
    """
    if case.state.filed is not None and not case.state.sent_back:
        return
    case.state.update_facts(_filed(case, event))
    if case.state.interrupted_question is not None:
        resume(case)
    elif not case.state.ended:
        begin_round(case)


def on_case_corrected(case: RoutedCase, event: CaseCorrected, _: Envelope) -> None:
    """Store corrected facts of the case, and decide again if they matter."""
    correct(case, _filed(case, event))


def _filed(case: RoutedCase, event: CaseFiled) -> FiledFacts:
    """Return the facts of the event.

    If the case is confidential, the event has a pseudonym of the category, and the real category is looked up.
    """
    pseudonym = event.category_pseudonym
    hidden = case.pseudonyms.category_of(case.id, pseudonym, case.district) if pseudonym is not None else None
    return FiledFacts.of(event, hidden or event.category_id)


def on_work_completed(case: RoutedCase, event: WorkCompleted, _: Envelope) -> None:
    """Record that the lead or a first responder has finished.

    Ignore a late event about the lead's work before the last rework order.
    """
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is not None and dispatch.role == "lead" and event.rework_round >= dispatch.rework_round:
        case.state.mark_lead_done()
    elif dispatch is not None and dispatch.role == "first_response":
        dispatch.done = True


def on_rework_ordered(case: RoutedCase, event: ReworkOrdered, _: Envelope) -> None:
    """Record a rework order 返工: the lead works on the case again, so the case is no longer handled."""
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.rework_round = event.round
    case.state.handled = False
    case.state.drop_pending()


def on_case_dispatched(case: RoutedCase, event: CaseDispatched, _: Envelope) -> None:
    """Store the dispatch, because a later round may withdraw it. The dispatch is no longer pending."""
    state = case.state
    state.dispatches[event.dispatch_id] = OpenDispatch.of(event)
    key = (event.round, event.unit_id)
    state.pending = tuple(each for each in state.pending if (each.round, each.unit_id) != key)
    apply_pending_correction(case)


def on_dispatch_signed(case: RoutedCase, event: DispatchSigned, _: Envelope) -> None:
    """Record the acknowledgement 签收 of the dispatch.

    If it is the dispatch of the new lead, the former lead need no longer keep the place safe.
    """
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.signed = True


def on_return_requested(case: RoutedCase, event: ReturnRequested, _: Envelope) -> None:
    """Store the reason of the unit. If the return is accepted, the intake desk may need the reason."""
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.return_note = event.note


def on_return_accepted(case: RoutedCase, event: ReturnAccepted, _: Envelope) -> None:
    """Record the return. If the unit was the lead, decide again. The return of another unit ends only its own part."""
    state = case.state
    dispatch = state.dispatches.get(event.dispatch_id)
    if dispatch is None or dispatch.returned:
        return
    state.returned = (*state.returned, event.unit_id)
    if dispatch.role == "lead" and state.first_receiver is None:
        dispatch.returned = True
    else:
        del state.dispatches[event.dispatch_id]
    if dispatch.role == "lead" and state.filed is not None and not (state.ended or state.lead_found):
        note = "；".join(each for each in (dispatch.return_note, event.note) if each)
        lead_returned(case, event.unit_id, event.reason, note, event.decided_by)


def on_handover_refused(case: RoutedCase, event: HandoverRefused, _: Envelope) -> None:
    """Record that an emergency service refused a hand-over. If the service was to lead, decide again."""
    state = case.state
    dispatch = state.dispatches.pop(event.dispatch_id, None)
    if dispatch is None:
        return
    state.returned = (*state.returned, event.unit_id)
    if dispatch.role == "lead":
        state.refused_as_lead = (*state.refused_as_lead, event.unit_id)
    if dispatch.role == "lead" and state.filed is not None and not (state.ended or state.lead_found):
        begin_round(case)


def on_co_unit_released(case: RoutedCase, event: CoUnitReleased, _: Envelope) -> None:
    """Forget the dispatch of a co-unit that the lead released."""
    case.state.dispatches.pop(event.dispatch_id, None)


def on_dispatch_withdrawn(case: RoutedCase, event: DispatchWithdrawn, _: Envelope) -> None:
    """Forget a withdrawn dispatch.

    If a person cancelled the dispatch of the lead, ask a person for another lead. If a merge withdrew the dispatch,
    store it, so that it can be restored when the merge is undone; if the merge was undone already, restore it now.
    """
    state = case.state
    dispatch = state.dispatches.pop(event.dispatch_id, None)
    if dispatch is not None and event.reason == "merged" and not dispatch.returned:
        state.withdrawn_by_merge = (*state.withdrawn_by_merge, dispatch)
        restore_dispatches(case)
        resume(case)
        return
    if dispatch is None or dispatch.role != "lead" or state.ended or state.lead_found:
        return
    if event.reason == "by_hand" and state.waiting is None:
        lead_withdrawn(case)
    elif event.reason == "case_ended":
        resume(case)


def on_case_voided(case: RoutedCase, _event: CaseVoided | CaseNotFiled | CaseWithdrawn, _: Envelope) -> None:
    """End the case and drop the open question to a person."""
    case.state.voided, case.state.waiting = True, None


def on_case_attached(case: RoutedCase, _event: CaseAttached, _: Envelope) -> None:
    """Decide nothing while the case is merged into another case. Interrupt an open question to a person."""
    case.state.attached, case.state.pending = True, ()
    case.state.interrupt_question()


def on_case_detached(case: RoutedCase, _event: CaseDetached, _: Envelope) -> None:
    """Continue a case whose merge was undone.

    Restore the dispatches and the interrupted question of the case. If the case then has no lead, put it to the
    responsibility list.
    """
    case.state.attached = False
    case.state.mark_outdated()
    restore_dispatches(case)
    resume(case)


def on_case_closed(case: RoutedCase, _event: CaseClosed, _: Envelope) -> None:
    """Decide nothing more, because the case is closed. Interrupt an open question to a person."""
    case.state.closed, case.state.pending = True, ()
    case.state.interrupt_question()


def on_case_reopened(case: RoutedCase, _event: CaseReopened, _: Envelope) -> None:
    """Continue a reopened case with its lead or its interrupted question.

    If it has neither, put it to the responsibility list.
    """
    case.state.closed = case.state.handled = False
    resume(case)


EVENTS: dict[type[Event], Handler[RoutingCase]] = {
    CaseFiled: on_case_filed,
    CaseCorrected: on_case_corrected,
    CaseDispatched: on_case_dispatched,
    DispatchSigned: on_dispatch_signed,
    WorkCompleted: on_work_completed,
    ReworkOrdered: on_rework_ordered,
    ReturnRequested: on_return_requested,
    ReturnAccepted: on_return_accepted,
    HandoverRefused: on_handover_refused,
    CoUnitReleased: on_co_unit_released,
    DispatchWithdrawn: on_dispatch_withdrawn,
    CaseVoided: on_case_voided,
    CaseNotFiled: on_case_voided,
    CaseWithdrawn: on_case_voided,
    CaseAttached: on_case_attached,
    CaseDetached: on_case_detached,
    CaseClosed: on_case_closed,
    CaseReopened: on_case_reopened,
}
