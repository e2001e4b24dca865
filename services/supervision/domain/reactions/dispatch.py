"""Reactions to events of routing and dispatch: clocks, returns, completions, requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from contracts.clocks import deadline
from contracts.common import Actor
from contracts.events import command, handling
from contracts.events.command import MilestoneDue
from contracts.registry import Limit
from services.chassis.auth import SYSTEM
from services.supervision.domain.evaluation.final_figures import evaluate_if_final
from services.supervision.domain.lifecycle import closing, handovers, rework, unit_requests
from services.supervision.domain.policies import recheck
from services.supervision.domain.primitives import attention, clocks
from services.supervision.domain.primitives.case import SupervisionCase
from services.supervision.domain.primitives.handling_state import Dispatch
from services.supervision.domain.primitives.tasks import change_task


def on_decision_needed(case: SupervisionCase, event: command.DecisionNeeded, at: datetime) -> None:
    """Start the clock of the centre that must decide which unit acts.

    A joint survey has its own limit. When the street asks the county centre to decide instead 乡呼县应, the clock of
    the street stops and is judged, and the county centre gets its own deadline. The street is not judged again if
    the county centre is asked again later. After the lead has completed its work, no clock starts.
    """
    lead = case.state.flow.lead
    if lead is not None and lead.status == "completed":
        return
    survey, running = event.reason == "joint_survey", clocks.dispatch_clocks(case)
    own_centre = case.state.filed_case.centre_id if case.state.filed_case is not None else event.queue
    same_centre = all((case.state.clocks[clock_id].centre_id or own_centre) == event.queue for clock_id in running)
    if running and same_centre and not survey:
        return
    calls_county = event.queue != own_centre and not survey
    for clock_id in running:
        clocks.stop(case, clock_id, at, cancelled=survey or (calls_county and case.state.county_called))
    case.state.county_called |= calls_county
    limits = case.district.settings.stage_limits
    known = (limits.survey, limits.survey_emergency, limits.county_decision, limits.dispatch)
    limit = _limit_ending_at(case, at, event.due_at, known)
    centre_id = event.queue if event.queue != own_centre else None
    clocks.start(case, "dispatch", at, limit.unit, limit=limit, due_at=event.due_at, centre_id=centre_id)


def on_case_dispatched(case: SupervisionCase, event: command.CaseDispatched, at: datetime) -> None:
    """Start the clocks of a dispatch: one for its acknowledgement (`sign`) and one for each milestone.

    A new lead ends the clocks and requests of the former lead. The clock of the centre stops, unless the centre was
    asked again in a later routing round than this dispatch. If the case has ended, the dispatch is only stored, because
    the case may be reopened.
    """
    dispatch = Dispatch(
        unit_id=event.unit_id, coordinated=event.coordinated, handover=event.handover, milestones=event.milestones
    )
    case.state.dispatches[event.dispatch_id] = dispatch
    if case.state.ended:
        return
    if event.role == "lead":
        if event.round >= case.state.flow.decision_needed_round:
            for clock_id in clocks.dispatch_clocks(case):
                clocks.stop(case, clock_id, at)
        for former, earlier in case.state.flow.dispatches.items():
            if earlier.role == "lead" and former != event.dispatch_id:
                _cancel_dispatch(case, former, at)
    limits = case.district.settings.stage_limits
    sign = _limit_ending_at(
        case,
        at,
        event.sign_due_at,
        (*map(rework.limit_of, event.milestones), limits.sign, limits.sign_emergency, limits.acknowledge_handover),
    )
    handed_over = event.handover is not None
    clocks.start(
        case,
        "sign",
        at,
        sign.unit,
        limit=sign,
        due_at=event.sign_due_at,
        handover=handed_over,
        dispatch_id=event.dispatch_id,
        unit_id=event.unit_id,
        coordinated=event.coordinated,
    )
    if handed_over and event.role == "first_response":
        return  # the time of an emergency service is not measured here
    for milestone in event.milestones:
        _start_milestone_clock(case, at, event.dispatch_id, milestone)


def resume(case: SupervisionCase, at: datetime) -> None:
    """Continue a case that was detached from another case before its work was finished.

    The clock of the centre starts, so that a unit is chosen. It does not start if an emergency service has acknowledged
    a hand-over, or if the lead is in rework or has completed its work; the open milestones of the lead then continue.
    """
    lead = case.state.lead_dispatch_id()
    status = case.state.flow.dispatches[lead].status if lead is not None else ""
    if lead is None or not (status in ("rework", "completed") or handovers.is_acknowledged(case, lead)):
        clocks.start_dispatch_clock(case, at)
    elif status != "completed":
        dispatch = case.state.dispatches[lead]
        for milestone in dispatch.current_milestones:
            if milestone.name not in dispatch.reached:
                _start_milestone_clock(case, at, lead, milestone)


def _start_milestone_clock(case: SupervisionCase, at: datetime, dispatch_id: UUID, milestone: MilestoneDue) -> None:
    dispatch = case.state.dispatches[dispatch_id]
    clocks.start(
        case,
        "handle",
        at,
        rework.unit_of(milestone),
        limit=milestone,
        due_at=milestone.due_at,
        dispatch_id=dispatch_id,
        unit_id=dispatch.unit_id,
        milestone=milestone.name,
        coordinated=dispatch.coordinated,
        rework=bool(dispatch.rework_milestones),
    )


def on_dispatch_ended(
    case: SupervisionCase, event: command.DispatchWithdrawn | handling.CoUnitReleased, at: datetime
) -> None:
    """Cancel the clocks of a withdrawn or released dispatch.

    A withdrawal because the case ended or was merged can arrive after the case was continued. If no unit leads then,
    the clock of the centre starts.
    """
    _cancel_dispatch(case, event.dispatch_id, at)
    late_withdrawal = isinstance(event, command.DispatchWithdrawn) and event.reason in ("merged", "case_ended")
    state = case.state
    if (
        late_withdrawal
        and not state.ended
        and state.flow.filed
        and state.lead_dispatch_id() is None
        and not clocks.dispatch_clocks(case)
    ):
        clocks.start_dispatch_clock(case, at)


def on_dispatch_signed(case: SupervisionCase, event: handling.DispatchSigned, at: datetime) -> None:
    """Stop the clock `sign` at the time when the unit acknowledged the dispatch, in the system or by phone.

    An acknowledged hand-over closes the questions about that hand-over. An acknowledged hand-over with mode `transfer`
    also closes the case.
    """
    _stop_sign_clock(case, event.dispatch_id, event.signed_at(at))
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is None or dispatch.handover is None:
        return
    handovers.settle_questions(case, event.dispatch_id, event.signed_by)
    if dispatch.handover.mode == "transfer":
        closing.close(case, "handed_over", "", event.signed_by, met=False)
        evaluate_if_final(case)


def on_handover_refused(case: SupervisionCase, event: handling.HandoverRefused, at: datetime) -> None:
    """Cancel the clocks of a refused hand-over and ask the shift lead to act.

    If the hand-over was the lead, the clock of the centre starts again.
    """
    _cancel_dispatch(case, event.dispatch_id, at)
    handovers.on_refused(case, event)
    if event.role == "lead":
        limit = case.district.settings.stage_limits.dispatch
        clocks.start(case, "dispatch", at, limit.unit, limit=limit)


def on_return_requested(case: SupervisionCase, event: handling.ReturnRequested, at: datetime) -> None:
    """Pause the clocks of the dispatch until the return 退单 is decided."""
    case.state.returns += 1
    for clock_id, _ in clocks.find(case, *clocks.UNIT_CLOCKS, dispatch_id=event.dispatch_id):
        clocks.pause(case, clock_id, at, "return")
    clocks.start_dispatch_clock(case, at, event.dispatch_id)


def on_return_accepted(case: SupervisionCase, event: handling.ReturnAccepted, at: datetime) -> None:
    """Cancel the clocks of a returned dispatch. If the dispatch was the lead, the clock of the centre starts again."""
    _stop_return_clock(case, event.dispatch_id, at)
    _cancel_dispatch(case, event.dispatch_id, at)
    if event.role == "lead":
        clocks.start_dispatch_clock(case, at)


def on_return_refused(case: SupervisionCase, event: handling.ReturnRefused, at: datetime) -> None:
    """Resume the clocks of a dispatch whose return was refused."""
    _stop_return_clock(case, event.dispatch_id, at)
    clocks.resume_dispatch(case, event.dispatch_id, at, "return")


def on_progress_reported(case: SupervisionCase, event: handling.ProgressReported, at: datetime) -> None:
    """Stop the clock of a milestone that was reached.

    The last milestone is reached only when the unit completes the dispatch.
    """
    _add_handler(case, event.reported_by, event.unit_id)
    dispatch = case.state.dispatches.get(event.dispatch_id)
    if dispatch is None or event.milestone is None or event.milestone == dispatch.current_milestones[-1].name:
        return
    dispatch.reached.append(event.milestone)
    for clock_id, clock in clocks.find(case, "handle", dispatch_id=event.dispatch_id):
        if clock.milestone == event.milestone:
            clocks.stop(case, clock_id, at)


def on_work_completed(case: SupervisionCase, event: handling.WorkCompleted, at: datetime) -> None:
    """Stop the clocks of a completed dispatch.

    A completion of a round before the last rework is ignored. Once the lead has completed its work, the centre need not
    choose a unit any more, so the clock of the centre is cancelled.
    """
    _add_handler(case, event.completed_by, event.unit_id)
    if event.rework_round < case.state.flow.dispatches[event.dispatch_id].rework_round:
        return
    if event.role == "lead":
        for clock_id in clocks.dispatch_clocks(case):
            clocks.stop(case, clock_id, at, cancelled=True)
    unit_requests.end_suspension(case, event.dispatch_id, at)
    _stop_sign_clock(case, event.dispatch_id, at)
    for clock_id, _ in clocks.find(case, "handle", dispatch_id=event.dispatch_id):
        clocks.stop(case, clock_id, at)
    _cancel_requests(case, event.dispatch_id)


def _add_handler(case: SupervisionCase, actor: Actor, unit_id: str) -> None:
    """Record a person and a unit that worked on the case, and exclude the person from rechecks."""
    case.state.handlers.add(actor, unit_id)
    recheck.exclude_participants(case)


def on_handling_completed(case: SupervisionCase, event: handling.HandlingCompleted, _: datetime) -> None:
    """Request the check of a case on which all units have completed their work."""
    if event.rework_round >= case.state.flow.rework_round:
        case.state.outcome = event.outcome
        recheck.request_check(case)
        evaluate_if_final(case)


def is_handled(case: SupervisionCase) -> bool:
    """Return True if every unit has completed the current rework round."""
    flow = case.state.flow
    return flow.handled_round >= flow.rework_round


def _stop_sign_clock(case: SupervisionCase, dispatch_id: UUID, at: datetime) -> None:
    """Stop the clock `sign`: the unit acknowledged the dispatch, or completed it without acknowledging it."""
    for clock_id, clock in clocks.find(case, "sign", dispatch_id=dispatch_id):
        clocks.stop(case, clock_id, max(at, clock.started_at))


def _stop_return_clock(case: SupervisionCase, dispatch_id: UUID, at: datetime) -> None:
    """Stop the clock of the centre that had to decide the return."""
    for clock_id, _ in clocks.find(case, "dispatch", dispatch_id=dispatch_id):
        clocks.stop(case, clock_id, at)


def _cancel_dispatch(case: SupervisionCase, dispatch_id: UUID, at: datetime) -> None:
    for clock_id, _ in clocks.find(case, dispatch_id=dispatch_id):
        clocks.stop(case, clock_id, at, cancelled=True)
    handovers.settle_questions(case, dispatch_id, SYSTEM)
    _cancel_requests(case, dispatch_id)


def _cancel_requests(case: SupervisionCase, dispatch_id: UUID) -> None:
    """Cancel the open requests of a dispatch, and the timer that ends the suspension of the dispatch."""
    case.clear_timer(f"{unit_requests.RESUME_TIMER}:{dispatch_id}")
    for task_id, task in case.state.tasks.items():
        if task.dispatch_id == dispatch_id and task.waiting:
            change_task(case, task_id).status = "cancelled"
            if task.kind in ("extension", "suspension"):
                attention.close_request_question(case, task_id, SYSTEM)


def _limit_ending_at(case: SupervisionCase, since: datetime, due_at: datetime, limits: Iterable[Limit]) -> Limit:
    """Return the one of these limits that ends at `due_at`. The unit of that limit tells how the clock counts time."""
    calendar = case.district.calendar
    found = [limit for limit in limits if deadline(since, limit, calendar).due_at == due_at]
    return found[0] if found else Limit(amount=1, unit="urgent_minute")
