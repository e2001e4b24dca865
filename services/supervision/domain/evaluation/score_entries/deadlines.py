"""Counting of deadlines that were kept or missed, judged by the clocks of the case."""

from __future__ import annotations

from uuid import UUID

from contracts.events import supervision
from contracts.figures import CLOSING, DECISION, FILING, HANDLING, SAFETY, SIGNING, Deadline
from services.supervision.domain.evaluation.score_entries import facts
from services.supervision.domain.evaluation.score_entries.case_scores import ScoredClock, ScoredDispatch, ScoredPause
from services.supervision.domain.evaluation.score_entries.facts import FactKey, Subject
from services.supervision.domain.evaluation.score_entries.reporting import deadline_of
from services.supervision.domain.evaluation.score_entries.scorer import Scorer


def on_clock_started(scorer: Scorer, event: supervision.ClockStarted) -> None:
    """Record a clock, so that it can be judged when it stops.

    Clocks of reworked dispatches are counted in their own figures. Closing is judged once, so the case clock of a
    reopened case is not counted.
    """
    dispatch = scorer.scores.dispatches.get(event.dispatch_id) if event.dispatch_id else None
    rework = dispatch.reworks > 0 if dispatch is not None else event.name == "case" and scorer.scores.closing_judged
    clock = ScoredClock(
        name=event.name,
        due_at=event.due_at,
        dispatch_id=event.dispatch_id,
        task_id=event.task_id,
        centre_id=event.centre_id,
        milestone=event.milestone or "",
        coordinated=event.coordinated,
        rework=rework,
    )
    scorer.scores.clocks[event.clock_id] = clock
    if dispatch is not None and clock.name == "handle" and not clock.rework:
        dispatch.running_clocks.add(event.clock_id)
        dispatch.due_at = max(dispatch.due_at or clock.due_at, clock.due_at)


def on_clock_paused(scorer: Scorer, event: supervision.ClockPaused) -> None:
    """Pause the time of a dispatch, because its handling clocks are paused."""
    dispatch = _handled_dispatch(scorer, event.clock_id)
    if dispatch is not None and all(each.until is not None for each in dispatch.pauses):
        dispatch.pauses.append(ScoredPause(since=scorer.at))


def on_clock_resumed(scorer: Scorer, event: supervision.ClockResumed) -> None:
    """Resume the time of a dispatch, and move the deadline of the clock."""
    dispatch = _handled_dispatch(scorer, event.clock_id)
    if dispatch is not None and dispatch.pauses and dispatch.pauses[-1].until is None:
        dispatch.pauses[-1].until = scorer.at
    on_deadline_moved(scorer, event)


def _handled_dispatch(scorer: Scorer, clock_id: UUID) -> ScoredDispatch | None:
    """Return the dispatch if the clock measures its first handling; otherwise `None`."""
    clock = scorer.scores.clocks.get(clock_id)
    dispatch = _unit_dispatch(scorer, clock) if clock is not None else None
    return dispatch if dispatch is not None and clock_id in dispatch.running_clocks else None


def on_deadline_moved(scorer: Scorer, event: supervision.ClockResumed | supervision.DeadlineMoved) -> None:
    """Move the deadline of a clock, and the deadline of the task or dispatch that the clock measures."""
    clock = scorer.scores.clocks.get(event.clock_id)
    if clock is None:
        return
    clock.due_at = event.due_at
    if clock.task_id is not None and clock.task_id in scorer.scores.tasks:
        scorer.scores.tasks[clock.task_id].due_at = event.due_at
    dispatch = _unit_dispatch(scorer, clock)
    if dispatch is not None and event.clock_id in dispatch.running_clocks:
        dispatch.due_at = max(
            scorer.scores.clocks[each].due_at for each in dispatch.running_clocks if each in scorer.scores.clocks
        )


def on_light_changed(scorer: Scorer, event: supervision.LightChanged) -> None:
    """Count a clock that turned red as overdue. Reverse this if a correction sets a red clock to another light."""
    clock = scorer.scores.clocks.get(event.clock_id)
    if clock is None:
        return
    if event.light == "red":
        _count_overdue(scorer, event.clock_id, clock)
    elif event.corrected and clock.red:
        _reverse_overdue(scorer, event.clock_id, clock)


def on_clock_stopped(scorer: Scorer, event: supervision.ClockStopped) -> None:
    """Count whether the deadline of a stopped clock was kept.

    A missed deadline counts even if the clock is cancelled. A kept deadline counts only if the clock is not cancelled.
    The filing clock is judged, cancelled or not, once somebody has decided about filing.
    """
    clock = scorer.scores.clocks.pop(event.clock_id, None)
    if clock is None:
        return
    if not event.on_time:
        _count_overdue(scorer, event.clock_id, clock)
    dispatch = _unit_dispatch(scorer, clock)
    if dispatch is not None:
        dispatch.running_clocks.discard(event.clock_id)
    if clock.name == "file":
        _judge_filing(scorer, event.clock_id, clock, on_time=event.on_time)
    elif not event.cancelled:
        _JUDGES.get(clock.name, _judge_nothing)(scorer, event.clock_id, clock, event.on_time)


def _judge_filing(scorer: Scorer, clock_id: UUID, clock: ScoredClock, *, on_time: bool) -> None:
    """Judge the filing clock, for the street and the clerk, if somebody has decided about filing."""
    desk, scorer.scores.desk_decision_by = scorer.scores.desk_decision_by, None
    if desk is None:
        return
    for who in (scorer.street, facts.intake_clerk(desk) if desk else None):
        scorer.judge(who, FILING, clock_id, clock.due_at, on_time=on_time)


def _judge_acknowledgement(scorer: Scorer, _: UUID, clock: ScoredClock, on_time: bool) -> None:
    dispatch = _unit_dispatch(scorer, clock)
    if dispatch is not None and _counts(SIGNING, coordinated=clock.coordinated):
        unit = scorer.unit(dispatch.unit_id, clock.dispatch_id)
        scorer.judge(unit, SIGNING, clock.dispatch_id, clock.due_at, on_time=on_time)


def _judge_handling(scorer: Scorer, clock_id: UUID, clock: ScoredClock, on_time: bool) -> None:
    """Judge a completed dispatch when its last clock stops, and an emergency when its first milestone is reached."""
    dispatch = _unit_dispatch(scorer, clock)
    if dispatch is None or clock.rework:
        return
    unit = scorer.unit(dispatch.unit_id, clock.dispatch_id)
    if _first_of_emergency(scorer, clock, dispatch):
        _judge_safety(scorer, clock_id, clock, on_time)
        if _counts(SAFETY, coordinated=clock.coordinated):
            scorer.judge(unit, SAFETY, clock.dispatch_id, clock.due_at, on_time=on_time)
    if dispatch.done and not dispatch.running_clocks and _counts(HANDLING, coordinated=dispatch.coordinated):
        due_at = dispatch.due_at or clock.due_at
        kept = not dispatch.overdue_clocks if HANDLING.every_milestone else on_time
        scorer.judge(unit, HANDLING, clock.dispatch_id, due_at, on_time=kept)
        if unit is not None and scorer.counts(unit, HANDLING.due, clock.dispatch_id):
            scorer.count(unit, "due_completed", clock.dispatch_id, due_at)


def _counts(deadline: Deadline, *, coordinated: bool) -> bool:
    """Return True if a deadline counts for the unit.

    Some deadlines count only for units that are ordered, not for coordinated units.
    """
    return not (coordinated and deadline.ordered_only)


def _first_of_emergency(scorer: Scorer, clock: ScoredClock, dispatch: ScoredDispatch) -> bool:
    return scorer.scores.emergency and dispatch.role != "co" and clock.milestone == dispatch.first and not clock.rework


def _judge_safety(scorer: Scorer, clock_id: UUID, clock: ScoredClock, on_time: bool) -> None:
    """Judge an emergency once for the street, by the first unit that makes the place safe or is late."""
    if scorer.scores.safety in (None, clock_id):
        scorer.scores.safety = clock_id
        scorer.judge(scorer.street, SAFETY, scorer.case_id, clock.due_at, on_time=on_time)


def _judge_decision(scorer: Scorer, clock_id: UUID, clock: ScoredClock, on_time: bool) -> None:
    """Judge the deadline for deciding which unit acts, for the street of the centre that had to decide."""
    scorer.judge(scorer.street_of_decision(clock), DECISION, clock_id, clock.due_at, on_time=on_time)


def _judge_closing(scorer: Scorer, _: UUID, clock: ScoredClock, on_time: bool) -> None:
    """Judge the promise to the reporter, for the street and for the person who closed the case by hand."""
    if clock.rework:
        return
    scorer.scores.closing_judged = True
    by = facts.shift_lead(scorer.scores.closed_by) if scorer.scores.closed_by else None
    for who in (scorer.street, by):
        scorer.judge(who, CLOSING, scorer.case_id, clock.due_at, on_time=on_time)
    if scorer.counts(scorer.street, CLOSING.due, scorer.case_id):
        scorer.count(scorer.street, "due_closed", scorer.case_id, clock.due_at)


def _judge_nothing(_scorer: Scorer, _clock_id: UUID, _clock: ScoredClock, _on_time: bool) -> None:
    """Judge nothing, because another function judges the decision or answer that stopped the clock."""


_JUDGES = {
    "dispatch": _judge_decision,
    "sign": _judge_acknowledgement,
    "handle": _judge_handling,
    "case": _judge_closing,
}


def _count_overdue(scorer: Scorer, clock_id: UUID, clock: ScoredClock) -> None:
    """Count the deadlines of an overdue clock as missed.

    A clock of a coordinated unit is never overdue, because the unit is asked, not ordered.
    """
    if clock.coordinated or clock.red:
        return
    clock.red = True
    dispatch = _unit_dispatch(scorer, clock)
    for who, missed, about in _missed_deadlines(scorer, clock_id, clock):
        scorer.judge(who, missed, about, clock.due_at, on_time=False)
    if dispatch is None:
        return
    if clock.rework:
        scorer.count(scorer.unit(dispatch.unit_id, clock.dispatch_id), "rework_overdue", clock_id, clock.due_at)
    elif clock.name == "handle":
        dispatch.overdue_clocks.add(clock_id)
        if _first_of_emergency(scorer, clock, dispatch):
            _judge_safety(scorer, clock_id, clock, False)


def _reverse_overdue(scorer: Scorer, clock_id: UUID, clock: ScoredClock) -> None:
    """Reverse the missed deadlines of a clock that is no longer overdue.

    A dispatch that is late for another milestone still counts as late.
    """
    clock.red = False
    dispatch = _unit_dispatch(scorer, clock)
    if dispatch is not None:
        dispatch.overdue_clocks.discard(clock_id)
    for who, missed, about in _missed_deadlines(scorer, clock_id, clock):
        if missed is not HANDLING or dispatch is None or not dispatch.overdue_clocks:
            scorer.reverse_judgement(who, missed, about)
    if dispatch is not None and clock.rework:
        unit = scorer.unit(dispatch.unit_id, clock.dispatch_id)
        if unit is not None:
            scorer.reverse(unit, "rework_overdue", clock_id, "corrected")
    if scorer.scores.safety == clock_id:
        scorer.scores.safety = None
        scorer.reverse_judgement(scorer.street, SAFETY, scorer.case_id)


MissedDeadline = tuple[Subject | None, Deadline, object]
"""Subject (`None` if nobody is counted), deadline, and the dispatch, task, clock or case that the deadline is about."""


def _missed_deadlines(scorer: Scorer, clock_id: UUID, clock: ScoredClock) -> list[MissedDeadline]:
    """Return the deadlines that count as missed as soon as this clock is overdue."""
    dispatch = _unit_dispatch(scorer, clock)
    if dispatch is not None:
        unit = scorer.unit(dispatch.unit_id, clock.dispatch_id)
        if clock.name == "sign":
            return [(unit, SIGNING, clock.dispatch_id)]
        if clock.name != "handle" or clock.rework:
            return []
        first = _first_of_emergency(scorer, clock, dispatch)
        return [(unit, HANDLING, clock.dispatch_id), *([(unit, SAFETY, clock.dispatch_id)] if first else [])]
    task = scorer.scores.tasks.get(clock.task_id) if clock.task_id else None
    if task is not None:
        return [(facts.officer(task.officer_id), deadline_of(task), clock.task_id)] if task.officer_id else []
    by_name: dict[str, MissedDeadline] = {
        "file": (scorer.street, FILING, clock_id),
        "dispatch": (scorer.street_of_decision(clock), DECISION, clock_id),
        "case": (scorer.street, CLOSING, scorer.case_id),
    }
    return [by_name[clock.name]] if clock.name in by_name and not clock.rework else []


def overdue_fact(scorer: Scorer, clock_id: UUID | None) -> FactKey | None:
    """Return the key of the counted fact that charges a unit with this overdue clock; `None` if no unit is charged."""
    clock = scorer.scores.clocks.get(clock_id) if clock_id is not None else None
    unit = scorer.unit_of_dispatch(_unit_dispatch(scorer, clock)) if clock is not None and clock.red else None
    if clock is None or unit is None:
        return None
    if clock.rework:
        return FactKey(unit.kind, unit.id, "rework_overdue", str(clock_id))
    missed = SIGNING.missed if clock.name == "sign" else HANDLING.missed
    return FactKey(unit.kind, unit.id, missed, str(clock.dispatch_id))


def _unit_dispatch(scorer: Scorer, clock: ScoredClock) -> ScoredDispatch | None:
    """Return the dispatch whose unit this clock measures; `None` for clocks of the centre."""
    return scorer.scores.dispatches.get(clock.dispatch_id) if clock.dispatch_id and clock.name != "dispatch" else None
