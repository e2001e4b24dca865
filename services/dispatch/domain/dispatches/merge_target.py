"""Merged cases 并案: work that an emergency service continues in a case that was merged into another.

The work is also reported on the host case, that is, the case into which the other was merged.
"""

from __future__ import annotations

from contracts.events.handling import ProgressReported, WorkCompleted
from services.chassis.cases import MoreCasesNeeded
from services.dispatch.domain.dispatches import handovers, upstream_platform
from services.dispatch.domain.dispatches.answers import LockedDispatch
from services.dispatch.domain.dispatches.state import DispatchedCase, DispatchedCases


def host_of(cases: DispatchedCases, target: LockedDispatch) -> DispatchedCase | None:
    """Return the host case, into which the case of `target` was merged; `None` if that case was not merged.

    Raises `MoreCasesNeeded` if the host case is not locked yet.
    """
    host_id = target.case.state.host_id
    if host_id is None:
        return None
    if host_id not in cases:
        raise MoreCasesNeeded({host_id})
    return cases[host_id]


def forward_to_host(target: LockedDispatch, host: DispatchedCase) -> None:
    """Emit also on `host` the progress and completion that this transaction emitted on the merged case."""
    for event in (each.event for each in target.case.emitted):
        if not isinstance(event, ProgressReported | WorkCompleted):
            continue
        done = isinstance(event, WorkCompleted)
        reported = ProgressReported(
            dispatch_id=event.dispatch_id,
            unit_id=event.unit_id,
            note=event.note,
            photos=event.photos,
            merged_case_number=target.filed_case.case_number,
            outcome=event.outcome if done else None,
            reported_by=event.completed_by if done else event.reported_by,
        )
        host.emit(reported)
        handovers.forward_progress(host, reported)
        if not host.state.ended:
            upstream_platform.report_progress(host, "working", event.unit_id, event.note)
