"""What routing does with the facts that others state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from services.routing.domain.case import FiledFacts, OpenDispatch
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


def on_case_filed(case: RoutedCase, event: CaseFiled, _meta: Envelope) -> None:
    """The case is true and ours: who must act? Filed once more, it had been sent back to the desk; filed as it was, what
    a person was asked before is asked again.
    """
    if case.state.filed is not None and not case.state.sent_back:
        return
    case.state.update_facts(_filed(case, event))
    if case.state.interrupted_question is not None:
        resume(case)
    elif not case.state.ended:
        begin_round(case)


def on_case_corrected(case: RoutedCase, event: CaseCorrected, _meta: Envelope) -> None:
    """It is about something else, or somewhere else, than was filed: whoever must act now gets the order."""
    correct(case, _filed(case, event))


def _filed(case: RoutedCase, event: CaseFiled) -> FiledFacts:
    """What is kept of it, and which matter it is: a confidential case says that in a hash only."""
    said = event.category_pseudonym
    hidden = case.pseudonyms.category_of(case.id, said, case.district) if said is not None else None
    return FiledFacts.of(event, hidden or event.category_id)


def on_work_completed(case: RoutedCase, event: WorkCompleted, _meta: Envelope) -> None:
    """The lead, or a first responder, has done it. A late word about a round before a rework finishes nothing."""
    order = case.state.orders.get(event.dispatch_id)
    if order is not None and order.role == "lead" and event.rework_round >= order.rework_round:
        case.state.mark_lead_done()
    elif order is not None and order.role == "first_response":
        order.done = True


def on_rework_ordered(case: RoutedCase, event: ReworkOrdered, _meta: Envelope) -> None:
    """Not well enough: it is to be done still, by those who did it."""
    order = case.state.orders.get(event.dispatch_id)
    if order is not None:
        order.rework_round = event.round
    case.state.handled = False
    case.state.drop_pending()


def on_case_dispatched(case: RoutedCase, event: CaseDispatched, _meta: Envelope) -> None:
    """An order is out: remember it, a later round may take it back."""
    state = case.state
    state.orders[event.dispatch_id] = OpenDispatch.of(event)
    made = (event.round, event.unit_id)
    state.pending = tuple(each for each in state.pending if (each.round, each.unit_id) != made)
    apply_pending_correction(case)


def on_dispatch_signed(case: RoutedCase, event: DispatchSigned, _meta: Envelope) -> None:
    """Somebody has signed: a first receiver need no longer keep the place safe."""
    order = case.state.orders.get(event.dispatch_id)
    if order is not None:
        order.signed = True


def on_return_requested(case: RoutedCase, event: ReturnRequested, _meta: Envelope) -> None:
    """What the unit says of it: the desk reads that, should it come back there."""
    order = case.state.orders.get(event.dispatch_id)
    if order is not None:
        order.said = event.note


def on_return_accepted(case: RoutedCase, event: ReturnAccepted, _meta: Envelope) -> None:
    """Not theirs. A lead's return asks anew; a co-unit's or a first responder's releases only its own part."""
    state = case.state
    order = state.orders.get(event.dispatch_id)
    if order is None or order.returned:
        return
    state.returned = (*state.returned, event.unit_id)
    if order.role == "lead" and state.first_receiver is None:
        order.returned = True
    else:
        del state.orders[event.dispatch_id]
    if order.role == "lead" and state.filed is not None and not (state.ended or state.lead_found):
        note = "；".join(each for each in (order.said, event.note) if each)
        lead_returned(case, event.unit_id, event.reason, note, event.decided_by)


def on_handover_refused(case: RoutedCase, event: HandoverRefused, _meta: Envelope) -> None:
    """An emergency service does not take it, so it stays ours (who took it first keeps it). A lead's part asks anew."""
    state = case.state
    order = state.orders.pop(event.dispatch_id, None)
    if order is None:
        return
    state.returned = (*state.returned, event.unit_id)
    if order.role == "lead":
        state.refused_as_lead = (*state.refused_as_lead, event.unit_id)
    if order.role == "lead" and state.filed is not None and not (state.ended or state.lead_found):
        begin_round(case)


def on_co_unit_released(case: RoutedCase, event: CoUnitReleased, _meta: Envelope) -> None:
    """The lead let a co-unit go."""
    case.state.orders.pop(event.dispatch_id, None)


def on_dispatch_withdrawn(case: RoutedCase, event: DispatchWithdrawn, _meta: Envelope) -> None:
    """An order is over. Taken back by hand from the lead, a person decides who gets it instead; what a merge takes back
    is given again should the merge be undone, or have been undone already.
    """
    state = case.state
    order = state.orders.pop(event.dispatch_id, None)
    if order is not None and event.reason == "merged" and not order.returned:
        state.merged = (*state.merged, order)
        restore_dispatches(case)
        resume(case)
        return
    if order is None or order.role != "lead" or state.ended or state.lead_found:
        return
    if event.reason == "by_hand" and state.waiting is None:
        lead_withdrawn(case)
    elif event.reason == "case_ended":
        resume(case)


def on_case_voided(
    case: RoutedCase, _event: CaseVoided | CaseNotFiled | CaseWithdrawn, _meta: Envelope
) -> None:  # fmt: skip
    """Found wrong, or not filed after it was sent back: nobody decides any more."""
    case.state.voided, case.state.waiting = True, None


def on_case_attached(case: RoutedCase, _event: CaseAttached, _meta: Envelope) -> None:
    """It follows its host: nobody decides any more."""
    case.state.attached, case.state.pending = True, ()
    case.state.interrupt_question()


def on_case_detached(case: RoutedCase, _event: CaseDetached, _meta: Envelope) -> None:
    """A case of its own again: what merging took back goes out again, to the same units, and what a person was asked is
    asked again. With nobody the list is asked, unless it had been sent back to the desk.
    """
    case.state.attached = False
    case.state.mark_outdated()
    restore_dispatches(case)
    resume(case)


def on_case_closed(case: RoutedCase, _event: CaseClosed, _meta: Envelope) -> None:
    """Closed, perhaps by force: nobody decides any more."""
    case.state.closed, case.state.pending = True, ()
    case.state.interrupt_question()


def on_case_reopened(case: RoutedCase, _event: CaseReopened, _meta: Envelope) -> None:
    """Open again, with the unit that led, and the question that a person had not decided; with neither, the list is asked."""
    case.state.closed = case.state.handled = False
    resume(case)


EVENTS: dict[type[Event], Callable[[RoutedCase, Any, Envelope], None]] = {
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
