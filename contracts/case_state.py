"""The state of a case, as a pure function of its events, shared by all services, the board and the tests.

Services state events concurrently, so consumers see the events of different services in different orders. The state
keeps the facts of each service, and derives stage and status from all facts. So equal sets of events give equal states
in any order. Voiding a case takes precedence over closing it, and closing takes precedence over all other facts: later
facts of lower precedence change nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.base import Event
from contracts.events import acceptance, command, discovery, evaluation, handling, supervision
from contracts.events.acceptance import upstream

Status = Literal[
    "reported",
    "settled",
    "answered",
    "attached",
    "verifying",
    "awaiting_filing",
    "not_filed",
    "withdrawn",
    "voided",
    "awaiting_dispatch",
    "awaiting_signature",
    "handling",
    "return_requested",
    "suspended",
    "awaiting_recheck",
    "rechecking",
    "awaiting_review",
    "rework",
    "closed",
    "awaiting_feedback",
    "evaluated",
]

ENDED: frozenset[str] = frozenset({"not_filed", "withdrawn", "voided", "evaluated", "attached"})
"""Statuses of a case that has ended: nobody needs to act on the case."""

DispatchStatus = Literal[
    "awaiting_signature",
    "handling",
    "return_requested",
    "suspended",
    "rework",
    "completed",
    "returned",
    "withdrawn",
    "released",
]

OPEN_DISPATCH: frozenset[str] = frozenset({"awaiting_signature", "handling", "return_requested", "suspended", "rework"})


class DispatchState(BaseModel):
    """The state of one dispatch: the facts that the service dispatch stated, and the facts that supervision stated."""

    unit_id: str
    role: command.DispatchRole
    place: int = 0
    """Position of the dispatch among the dispatches of the case, in the order of creation. JSON stores may not keep the
    order of `CaseState.dispatches`."""
    coordinated: bool = False
    dispatch_status: Literal[
        "awaiting_signature",
        "handling",
        "return_requested",
        "completed",
        "returned",
        "withdrawn",
        "released",
    ] = "awaiting_signature"
    """Last status that the service dispatch stated for this dispatch."""
    completed_round: int = -1
    """Number of the rework that the unit completed last: 0 for the first handling, -1 before the first completion."""
    rework_round: int = 0
    """Number of the last rework that supervision ordered; 0 if none."""
    suspended: bool = False
    """True while the dispatch is suspended 挂账."""
    replaced: bool = False
    """True if another unit has become the lead. Until that unit acknowledges its own dispatch, the unit of this
    dispatch only keeps the place safe 待改派."""

    @property
    def status(self) -> DispatchStatus:
        """Return the first status that applies: ended, completed, return requested, suspended, rework, in progress."""
        if self.dispatch_status in ("returned", "withdrawn", "released"):
            return self.dispatch_status
        to_do_again = self.rework_round > max(self.completed_round, 0)
        if self.dispatch_status == "completed" and not to_do_again:
            return "completed"
        if self.dispatch_status == "return_requested":
            return "return_requested"
        if self.suspended:
            return "suspended"
        return "rework" if to_do_again else self.dispatch_status

    @property
    def open(self) -> bool:
        return self.status in OPEN_DISPATCH


class PendingSupervision(BaseModel):
    """Facts that supervision stated about a dispatch before the dispatch itself is known."""

    rework_round: int = 0
    suspended: bool = False


class CaseState(BaseModel):
    """The facts of one case. The stage and the status of the case are derived from these facts."""

    case_number: str = ""
    emergency: bool = False
    confidential: bool = False

    settlement: Literal["", "waiting", "approved", "refused"] = ""
    sample_failed: bool = False
    answered: bool = False
    attached_to: UUID | None = None
    verifying: bool = False
    filing_awaited: bool = False
    filed: bool = False
    not_filed: str = ""
    voided: bool = False
    withdrawn: bool = False

    routed_round: int = 0
    decision_needed_round: int = 0
    sent_back_round: int = 0
    """Routing round in which a dispatcher last sent the case back to the desk of intake; 0 if never."""
    dispatches: dict[UUID, DispatchState] = Field(default_factory=dict[UUID, DispatchState])
    pending_supervision: dict[UUID, PendingSupervision] = Field(default_factory=dict[UUID, PendingSupervision])
    """Facts that supervision stated about dispatches that are not known yet, by id of the dispatch. Always empty for
    consumers that apply events after their dependencies."""
    handled_round: int = -1
    """Number of the rework that all units completed last: 0 for the first handling, -1 before the first
    `handling_completed`."""
    rework_round: int = 0
    recheck: Literal["", "awaiting", "claimed", "done"] = ""
    review: Literal["", "awaiting", "done"] = ""
    outcome: str = ""
    """Outcome of the closed case; empty before."""
    closed: bool = False
    feedback_open: set[UUID] = Field(default_factory=set[UUID])
    evaluated: bool = False

    @property
    def lead(self) -> DispatchState | None:
        """Return the lead dispatch, open or completed.

        A replaced lead is never returned, even if the new lead's dispatch ends.
        """
        leads = (each for each in self.dispatches.values() if each.role == "lead" and not each.replaced)
        answering = (each for each in leads if each.open or each.status == "completed")
        return max(answering, key=lambda each: each.place, default=None)

    @property
    def stage(self) -> str:
        return STAGE_OF[self.status]

    @property
    def status(self) -> Status:
        """Return the status: the first one that applies, in the order of precedence."""
        if self.voided:
            return "voided"
        if self.closed:
            return "evaluated" if self.evaluated else "awaiting_feedback" if self.feedback_open else "closed"
        if self.withdrawn:
            return "withdrawn"
        if self.not_filed:
            return "not_filed"
        if self.attached_to:
            return "attached"
        if self.answered:
            return "answered"
        if self.filed:
            return self._status_after_filing()
        if self.settlement in ("waiting", "approved") and not self.sample_failed:
            return "rechecking" if self.recheck else "settled"
        if self.verifying:
            return "verifying"
        return "awaiting_filing" if self.filing_awaited else "reported"

    def _status_after_filing(self) -> Status:
        if self.handled_round >= self.rework_round:
            if self.review:
                return "awaiting_review"
            return "rechecking" if self.recheck in ("claimed", "done") else "awaiting_recheck"
        lead = self.lead
        if lead is None:
            return "awaiting_dispatch"
        status = lead.status
        if status in ("awaiting_signature", "handling", "return_requested", "suspended", "rework"):
            return status
        return "handling"


STAGE_OF: dict[str, str] = {
    "reported": "discovery",
    "settled": "discovery",
    "answered": "discovery",
    "attached": "discovery",
    "verifying": "acceptance",
    "awaiting_filing": "acceptance",
    "not_filed": "acceptance",
    "withdrawn": "acceptance",
    "voided": "acceptance",
    "awaiting_dispatch": "command",
    "awaiting_signature": "handling",
    "handling": "handling",
    "return_requested": "handling",
    "suspended": "handling",
    "awaiting_recheck": "supervision",
    "rechecking": "supervision",
    "awaiting_review": "supervision",
    "rework": "supervision",
    "closed": "evaluation",
    "awaiting_feedback": "evaluation",
    "evaluated": "evaluation",
}
"""Stage of the loop, by status of a case."""


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
