"""Deadlines of a dispatch on the county's calendar: milestones, signature, return window."""

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
    """Return each milestone with its deadline, counted from the creation of the dispatch."""
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
    """Return the deadline of the signature. It is never later than the first milestone.

    `handed_over`: hand-overs to emergency services have a shorter limit.
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
    """Return the deadline of the signature after a pause of the clocks. `milestones`: those before the pause.

    A signature that was due with the first milestone stays due with it.
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
    """Return the end of the return window, and its limit while that end may still move with the calendar."""
    due = deadline(start, limit, district.calendar)
    return due.due_at, limit if due.provisional else None


def milestones_moved_by_pause(
    milestones: Iterable[MilestoneDue], since: datetime, until: datetime, district: RegistrySnapshot
) -> tuple[MilestoneDue, ...]:
    """Return the milestones after a pause, each moved by as much of its own unit of time as the pause lasted.

    A milestone that was due when the pause began is not moved.
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
