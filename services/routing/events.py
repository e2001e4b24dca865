"""Events of other services that routing handles."""

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
    """Decide who must act.

    A case that was sent back to the desk is filed again: if its facts are unchanged, an interrupted question is asked
    again.
    """
    if case.state.filed is not None and not case.state.sent_back:
        return
    case.state.update_facts(_filed(case, event))
    if case.state.interrupted_question is not None:
        resume(case)
    elif not case.state.ended:
        begin_round(case)


def on_case_corrected(case: RoutedCase, event: CaseCorrected, _: Envelope) -> None:
    """Take over corrected facts and decide again if they matter."""
    correct(case, _filed(case, event))


def _filed(case: RoutedCase, event: CaseFiled) -> FiledFacts:
    """Return the filed facts. A confidential event names its category by a pseudonym only."""
    pseudonym = event.category_pseudonym
    hidden = case.pseudonyms.category_of(case.id, pseudonym, case.district) if pseudonym is not None else None
    return FiledFacts.of(event, hidden or event.category_id)


def on_work_completed(case: RoutedCase, event: WorkCompleted, _: Envelope) -> None:
    """Note that the lead or a first responder has finished. Ignore a late message about a round before a rework."""
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is not None and dispatch.role == "lead" and event.rework_round >= dispatch.rework_round:
        case.state.mark_lead_done()
    elif dispatch is not None and dispatch.role == "first_response":
        dispatch.done = True


def on_rework_ordered(case: RoutedCase, event: ReworkOrdered, _: Envelope) -> None:
    """Reopen the work: the same units must do it again."""
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.rework_round = event.round
    case.state.handled = False
    case.state.drop_pending()


def on_case_dispatched(case: RoutedCase, event: CaseDispatched, _: Envelope) -> None:
    """Remember the dispatch, because a later round may withdraw it."""
    state = case.state
    state.dispatches[event.dispatch_id] = OpenDispatch.of(event)
    key = (event.round, event.unit_id)
    state.pending = tuple(each for each in state.pending if (each.round, each.unit_id) != key)
    apply_pending_correction(case)


def on_dispatch_signed(case: RoutedCase, event: DispatchSigned, _: Envelope) -> None:
    """Note the signature. It ends the first receiver's duty to keep the place safe."""
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.signed = True


def on_return_requested(case: RoutedCase, event: ReturnRequested, _: Envelope) -> None:
    """Keep the unit's reason, in case the desk needs it."""
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.return_note = event.note


def on_return_accepted(case: RoutedCase, event: ReturnAccepted, _: Envelope) -> None:
    """Note the return. A returned lead leads to a new decision; other roles only end their own part."""
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
    """Note that an emergency service refused. If it was to lead, decide again."""
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

    If a person withdrew the lead's dispatch, a person chooses another lead. What a merge withdraws is restored if the
    merge is undone, or was undone already.
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
    """Stop deciding while the case is attached."""
    case.state.attached, case.state.pending = True, ()
    case.state.interrupt_question()


def on_case_detached(case: RoutedCase, _event: CaseDetached, _: Envelope) -> None:
    """Continue a case that was detached: restore dispatches and the interrupted question, or ask the list."""
    case.state.attached = False
    case.state.mark_outdated()
    restore_dispatches(case)
    resume(case)


def on_case_closed(case: RoutedCase, _event: CaseClosed, _: Envelope) -> None:
    """Stop deciding, because the case is closed."""
    case.state.closed, case.state.pending = True, ()
    case.state.interrupt_question()


def on_case_reopened(case: RoutedCase, _event: CaseReopened, _: Envelope) -> None:
    """Continue a reopened case with its lead or its interrupted question; with neither, ask the list."""
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
