"""The state of a case, as a pure function of its events, shared by all services, the board and the tests.

Services state events concurrently, so consumers see the events of different services in different orders. The state
keeps the facts of each service, and derives stage and status from all facts. So equal sets of events give equal states
in any order. Voiding a case takes precedence over closing it, and closing takes precedence over all other facts: later
facts of lower precedence change nothing.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.events import command

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
