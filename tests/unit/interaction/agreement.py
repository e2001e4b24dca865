"""Rules that must hold between services once every event is delivered."""

from __future__ import annotations

from services.dispatch.domain.dispatches.state import DispatchCase
from services.routing.domain.case import RoutingCase
from services.supervision.domain.evaluation.scored_case import ScoredCase
from tests.unit.interaction.random_walk import RandomWalk


def broken_rules(walk: RandomWalk) -> list[str]:
    """Return the rules that the walk breaks after all events are delivered."""
    routing, dispatch = walk.services.routing.state, walk.services.dispatch.state
    supervision = walk.services.supervision.state
    broken = [*_dispatches(dispatch), *_case_state(dispatch, supervision)]
    if supervision.flow.filed and not supervision.ended:
        broken += [*_lead_and_recheck(dispatch, supervision), *_decision(routing, dispatch, supervision)]
    return broken


def _dispatches(dispatch: DispatchCase) -> list[str]:
    """Check that at most one lead is active and no unit has two active dispatches in one role."""
    active = [each for each in dispatch.dispatches if each.open and not each.awaiting_reassignment]
    broken: list[str] = []
    if sum(each.role == "lead" for each in active) > 1:
        broken.append("two active leads")
    keys = [(each.unit_id, each.role) for each in active]
    if len(keys) > len(set(keys)):
        broken.append("one unit has two active dispatches in the same role")
    if dispatch.ended and any(each.open and not each.held_by_emergency_service for each in dispatch.dispatches):
        broken.append("an open dispatch on an ended case")
    return broken


def _case_state(dispatch: DispatchCase, supervision: ScoredCase) -> list[str]:
    """Check that both services agree on the end of the case and on every dispatch status."""
    broken: list[str] = []
    if bool(dispatch.ended) != supervision.ended:
        broken.append(f"dispatch: {dispatch.ended!r}, supervision: {supervision.flow.status}")
    if supervision.ended and supervision.clocks:
        broken.append("a clock runs on an ended case")
    for each in dispatch.dispatches:
        status = supervision.flow.dispatches[each.id].status
        if status != each.status:
            broken.append(f"dispatch of {each.unit_id} is {each.status} at dispatch and {status} at supervision")
    return broken


def _lead_and_recheck(dispatch: DispatchCase, supervision: ScoredCase) -> list[str]:
    """Check that an open lead has a clock and that a handled case has a recheck or a review."""
    lead, flow = dispatch.lead(), supervision.flow
    broken: list[str] = []
    if lead is not None and lead.open and lead.id != supervision.lead_dispatch_id():
        broken.append("dispatch and supervision disagree on the lead")
    clocks = {clock.name for clock in supervision.clocks.values()}
    if lead is not None and lead.open and lead.status != "return_requested" and "handle" not in clocks:
        broken.append("the lead has no clock")
    handled = _is_handled(dispatch)
    if handled != (flow.handled_round >= flow.rework_round):
        broken.append(f"handled at dispatch: {handled}, at supervision: {flow.handled_round} of {flow.rework_round}")
    if handled and not any(each.kind in ("recheck", "review") and each.waiting for each in supervision.tasks.values()):
        broken.append("the case is handled, but no recheck or review is waiting")
    return broken


def _decision(routing: RoutingCase, dispatch: DispatchCase, supervision: ScoredCase) -> list[str]:
    """Check that a case without a lead waits for a decision with a clock, and that routing has nothing pending."""
    lead, waiting = dispatch.lead(), routing.waiting is not None
    timed = any(each.name == "dispatch" and each.dispatch_id is None for each in supervision.clocks.values())
    broken: list[str] = []
    if waiting != timed and not routing.sent_back:
        broken.append(f"a decision is waiting: {waiting}, its clock runs: {timed}")
    if lead is None and not waiting and not routing.sent_back and not routing.pending:
        broken.append("no lead, and no decision is waiting")
    if routing.pending:
        broken.append("routing still waits for a dispatch")
    if _is_handled(dispatch) != routing.handled and (lead is None or lead.status != "completed"):
        broken.append("dispatch and routing disagree on whether the case is handled")
    return broken


def _is_handled(dispatch: DispatchCase) -> bool:
    lead = dispatch.lead()
    return (
        lead is not None
        and lead.status == "completed"
        and all(not each.open for each in dispatch.handling_dispatches())
    )
