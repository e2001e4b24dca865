"""Deadlines of a dispatch, counted on the calendar of the county.

These are the deadlines of the milestones, the deadline of the acknowledgement 签收 (`sign`, `signature` in names) and
the end of the return window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from contracts.clocks import Deadline, advance, deadline, elapsed
from contracts.events.acceptance import Milestone
from contracts.events.command import MilestoneDue
from contracts.registry import Limit
from services.chassis.registry_snapshot import RegistrySnapshot


def due_milestones(
    start: datetime, milestones: Iterable[Milestone], district: RegistrySnapshot
) -> tuple[MilestoneDue, ...]:
    """Return each milestone with its deadline. `start`: creation of the dispatch, from which the limits count."""
    milestones_due: list[MilestoneDue] = []
    for each in milestones:
        due = deadline(start, each, district.calendar)
        milestones_due.append(MilestoneDue(**each.model_dump(), due_at=due.due_at, provisional=due.provisional))
    return tuple(milestones_due)


def signature_due(
    start: datetime,
    milestones: Iterable[MilestoneDue],
    district: RegistrySnapshot,
    *,
    handed_over: bool,
    emergency: bool,
) -> datetime:
    """Return the deadline of the acknowledgement. It is never later than the deadline of the first milestone.

    `handed_over`: the dispatch is a hand-over to an emergency service, which has a shorter limit.
    """
    limit = _signature_limit(district, handed_over=handed_over, emergency=emergency)
    return min([deadline(start, limit, district.calendar).due_at, *(each.due_at for each in milestones)])


def signature_moved_by_pause(
    due_at: datetime,
    milestones: Sequence[MilestoneDue],
    since: datetime,
    until: datetime,
    district: RegistrySnapshot,
    *,
    handed_over: bool,
    emergency: bool,
) -> datetime:
    """Return the deadline of the acknowledgement after a pause of the clocks from `since` to `until`.

    `due_at`, `milestones`: the deadlines before the pause. If the acknowledgement was due together with the first
    milestone, both are due together after the pause too.
    """
    moved = [each.due_at for each in milestones_moved_by_pause(milestones, since, until, district)]
    if any(each.due_at == due_at for each in milestones):
        return min(moved)
    unit = _signature_limit(district, handed_over=handed_over, emergency=emergency).unit
    return min([_moved_deadline(due_at, unit, since, until, district).due_at, *moved])


def _signature_limit(district: RegistrySnapshot, *, handed_over: bool, emergency: bool) -> Limit:
    limits = district.settings.stage_limits
    if handed_over:
        return limits.acknowledge_handover
    return limits.sign_emergency if emergency else limits.sign


def return_until(start: datetime, limit: Limit, district: RegistrySnapshot) -> tuple[datetime, Limit | None]:
    """Return the end of the return window, and the limit of the window if the end is provisional.

    The limit is `None` if the calendar can no longer move the end.
    """
    due = deadline(start, limit, district.calendar)
    return due.due_at, limit if due.provisional else None


def milestones_moved_by_pause(
    milestones: Iterable[MilestoneDue], since: datetime, until: datetime, district: RegistrySnapshot
) -> tuple[MilestoneDue, ...]:
    """Return the milestones after a pause of the clocks from `since` to `until`.

    Each deadline moves by the length of the pause, measured in the time unit of the milestone (such as work days). A
    milestone that was already due when the pause began does not move.
    """
    moved: list[MilestoneDue] = []
    for each in milestones:
        due = _moved_deadline(each.due_at, each.unit, since, until, district)
        moved.append(each.model_copy(update={"due_at": due.due_at, "provisional": each.provisional or due.provisional}))
    return tuple(moved)


def _moved_deadline(
    due_at: datetime, unit: str, since: datetime, until: datetime, district: RegistrySnapshot
) -> Deadline:
    if due_at <= since:
        return Deadline(due_at, provisional=False)
    return advance(due_at, elapsed(since, until, unit, district.calendar), unit, district.calendar)
