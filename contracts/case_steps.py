"""How each event changes the state of a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from contracts.base import Event
from contracts.case_state import CaseState, DispatchState, PendingSupervision
from contracts.events import acceptance, command, discovery, evaluation, handling, supervision
from contracts.events.acceptance import upstream


def fold(state: CaseState, event: Event) -> CaseState:
    """Apply one event to the state in place, and return the state."""
    step = STEPS.get(type(event))
    if step is not None:
        step(state, event)
    return state


def _set(**facts: Any) -> Callable[[CaseState, Any], None]:
    def step(state: CaseState, _: Any) -> None:
        for name, value in facts.items():
            setattr(state, name, value)

    return step


def _set_dispatch_status(
    status: Literal["return_requested", "returned", "handling", "withdrawn", "released"],
) -> Callable[..., None]:
    def step(state: CaseState, event: Any) -> None:
        dispatch = state.dispatches.get(event.dispatch_id)
        if dispatch is not None:
            dispatch.dispatch_status = status

    return step


def _facts_of_supervision(state: CaseState, dispatch_id: UUID) -> DispatchState | PendingSupervision:
    """Return the state of the dispatch or, if the dispatch is not known yet, its `PendingSupervision`."""
    return state.dispatches.get(dispatch_id) or state.pending_supervision.setdefault(dispatch_id, PendingSupervision())


def _received(state: CaseState, event: discovery.ReportReceived) -> None:
    state.case_number = event.case_number
    state.emergency, state.confidential = event.emergency, event.confidential
    if event.settlement:
        state.settlement = "waiting"


def _settlement(state: CaseState, event: acceptance.SettlementRecorded) -> None:
    state.settlement = "approved" if event.approved else "refused"


def _filing_awaited(state: CaseState, _: acceptance.FilingAwaited) -> None:
    """Put the case into the queue of the desk, even if it was filed, answered or settled before."""
    state.filing_awaited, state.verifying = True, False
    state.filed, state.answered = False, False
    if state.settlement == "approved":
        state.settlement = "refused"


def _filed(state: CaseState, event: acceptance.CaseFiled) -> None:
    state.filed, state.filing_awaited, state.verifying = True, False, False
    state.emergency, state.confidential = event.emergency, event.confidential


def _corrected(state: CaseState, event: acceptance.CaseCorrected) -> None:
    """Update `emergency` and `confidential`; the status does not change."""
    state.emergency, state.confidential = event.emergency, event.confidential


def _dispatched(state: CaseState, event: command.CaseDispatched) -> None:
    """Add the dispatch. A new lead replaces the former lead and ends the open return request of the former lead."""
    if event.role == "lead":
        for former in state.dispatches.values():
            former.replaced = former.replaced or former.role == "lead"
            if former.role == "lead" and former.dispatch_status == "return_requested":
                former.dispatch_status = "handling"
    early = state.pending_supervision.pop(event.dispatch_id, PendingSupervision())
    state.dispatches[event.dispatch_id] = DispatchState(
        unit_id=event.unit_id,
        role=event.role,
        place=len(state.dispatches),
        coordinated=event.coordinated,
        rework_round=early.rework_round,
        suspended=early.suspended,
    )


def _signed(state: CaseState, event: handling.DispatchSigned) -> None:
    dispatch = state.dispatches.get(event.dispatch_id)
    if dispatch is not None and dispatch.dispatch_status == "awaiting_signature":
        dispatch.dispatch_status = "handling"


def _completed(state: CaseState, event: handling.WorkCompleted) -> None:
    dispatch = state.dispatches.get(event.dispatch_id)
    if dispatch is not None:
        dispatch.dispatch_status = "completed"
        dispatch.completed_round = max(dispatch.completed_round, event.rework_round)


def _rework(state: CaseState, event: supervision.ReworkOrdered) -> None:
    """Begin a rework, even if the completion of this rework was applied before."""
    _begin_rework(state, event.dispatch_id, event.round)


def _begin_rework(state: CaseState, dispatch_id: UUID, round_: int) -> None:
    """Begin a rework. The recheck and the review of the earlier work no longer count."""
    state.rework_round = max(state.rework_round, round_)
    state.recheck, state.review = "", ""
    dispatch = _facts_of_supervision(state, dispatch_id)
    dispatch.rework_round = max(dispatch.rework_round, round_)


def _reopened(state: CaseState, event: supervision.CaseReopened) -> None:
    state.closed, state.evaluated = False, False
    if event.dispatch_id is not None and event.rework_round is not None:
        _begin_rework(state, event.dispatch_id, event.rework_round)
    else:
        state.recheck, state.review = "", ""


def _suspension(state: CaseState, event: supervision.SuspensionDecided) -> None:
    if event.granted:
        _facts_of_supervision(state, event.dispatch_id).suspended = True


def _suspension_ended(state: CaseState, event: supervision.SuspensionEnded) -> None:
    _facts_of_supervision(state, event.dispatch_id).suspended = False


def _closed(state: CaseState, event: supervision.CaseClosed) -> None:
    state.closed, state.outcome = True, event.outcome


STEPS: dict[type[Event], Callable[[CaseState, Any], None]] = {
    discovery.ReportReceived: _received,
    acceptance.SettlementRecorded: _settlement,
    acceptance.VerificationRequested: _set(verifying=True, filing_awaited=False),
    acceptance.VerificationRecorded: _set(verifying=False, filing_awaited=True),
    acceptance.FilingAwaited: _filing_awaited,
    upstream.ReturnedUpstream: _set(filing_awaited=True, verifying=False),
    acceptance.CaseFiled: _filed,
    acceptance.CaseCorrected: _corrected,
    acceptance.CaseNotFiled: lambda state, event: setattr(state, "not_filed", event.reason),
    acceptance.CaseVoided: _set(voided=True),
    acceptance.CaseWithdrawn: _set(withdrawn=True),
    acceptance.CaseAnswered: _set(answered=True),
    acceptance.CaseAttached: lambda state, event: setattr(state, "attached_to", event.host_case_id),
    acceptance.CaseDetached: _set(attached_to=None),
    command.CaseRouted: lambda state, event: setattr(state, "routed_round", event.round),
    command.DecisionNeeded: lambda state, event: setattr(state, "decision_needed_round", event.round),
    command.CaseSentBack: lambda state, event: setattr(state, "sent_back_round", event.round),
    command.CaseDispatched: _dispatched,
    command.DispatchWithdrawn: _set_dispatch_status("withdrawn"),
    handling.DispatchSigned: _signed,
    handling.ReturnRequested: _set_dispatch_status("return_requested"),
    handling.ReturnAccepted: _set_dispatch_status("returned"),
    handling.HandoverRefused: _set_dispatch_status("returned"),
    handling.ReturnRefused: _set_dispatch_status("handling"),
    handling.CoUnitReleased: _set_dispatch_status("released"),
    handling.WorkCompleted: _completed,
    handling.HandlingCompleted: lambda state, event: setattr(
        state, "handled_round", max(state.handled_round, event.rework_round)
    ),
    supervision.SuspensionDecided: _suspension,
    supervision.SuspensionEnded: _suspension_ended,
    supervision.RecheckRequested: _set(recheck="awaiting"),
    supervision.RecheckClaimed: _set(recheck="claimed"),
    supervision.RecheckPassedOn: _set(recheck="awaiting"),
    supervision.RecheckRecorded: _set(recheck="done"),
    supervision.ReviewRequested: _set(review="awaiting"),
    supervision.ReviewRecorded: _set(review="done"),
    supervision.ReworkOrdered: _rework,
    supervision.SampleFailed: _set(sample_failed=True, recheck=""),
    supervision.CaseClosed: _closed,
    supervision.CaseReopened: _reopened,
    evaluation.FeedbackRequested: lambda state, event: state.feedback_open.add(event.report_id),
    evaluation.FeedbackRecorded: lambda state, event: state.feedback_open.discard(event.report_id),
    evaluation.FeedbackLapsed: lambda state, event: state.feedback_open.discard(event.report_id),
    evaluation.CaseEvaluated: _set(evaluated=True),
}
