"""The instants of an order: milestones, signature, the window for "not mine". All on the district's calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from contracts.clocks import Deadline, advance, deadline, elapsed
from contracts.events.acceptance import Milestone
from contracts.events.command import MilestoneDue
from contracts.registry import Limit
from services.chassis.registry_snapshot import District


def due_milestones(start: datetime, milestones: Iterable[Milestone], district: District) -> tuple[MilestoneDue, ...]:
    """Each milestone with its instant, counted from the order's creation."""
    found: list[MilestoneDue] = []
    for each in milestones:
        due = deadline(start, each, district.calendar)
        found.append(MilestoneDue(**each.model_dump(), due_at=due.due_at, provisional=due.provisional))
    return tuple(found)


def signature_due(
    start: datetime, milestones: Iterable[MilestoneDue], district: District, *, handed_over: bool, emergency: bool
) -> datetime:
    """Until when the unit must have taken the order; an emergency service answers a hand-over at once.

    Never later than the first milestone: who must have made it safe by then has taken it.
    """
    limit = _signature_limit(district, handed_over=handed_over, emergency=emergency)
    return min([deadline(start, limit, district.calendar).due_at, *(each.due_at for each in milestones)])


def signature_moved_by_pause(
    due_at: datetime,
    milestones: Sequence[MilestoneDue],
    since: datetime,
    until: datetime,
    district: District,
    *,
    handed_over: bool,
    emergency: bool,
) -> datetime:
    """Until when the unit must take the order after its clocks stood still, like a milestone; `milestones`: before that.

    Where it is due with the first milestone it stays so.
    """
    moved = [each.due_at for each in milestones_moved_by_pause(milestones, since, until, district)]
    if any(each.due_at == due_at for each in milestones):
        return min(moved)
    unit = _signature_limit(district, handed_over=handed_over, emergency=emergency).unit
    return min([_moved_deadline(due_at, unit, since, until, district).due_at, *moved])


def _signature_limit(district: District, *, handed_over: bool, emergency: bool) -> Limit:
    limits = district.settings.stage_limits
    if handed_over:
        return limits.acknowledge_handoff
    return limits.sign_emergency if emergency else limits.sign


def return_until(start: datetime, limit: Limit, district: District) -> tuple[datetime, Limit | None]:
    """Until when the unit may say "not mine"; with the limit while that may still move with the calendar."""
    due = deadline(start, limit, district.calendar)
    return due.due_at, limit if due.provisional else None


def milestones_moved_by_pause(
    milestones: Iterable[MilestoneDue], since: datetime, until: datetime, district: District
) -> tuple[MilestoneDue, ...]:
    """The milestones after the clock stood still: each later by as much of its own time as the pause lasted.

    One already due when the pause began stays as it was.
    """
    moved: list[MilestoneDue] = []
    for each in milestones:
        due = _moved_deadline(each.due_at, each.unit, since, until, district)
        moved.append(each.model_copy(update={"due_at": due.due_at, "provisional": each.provisional or due.provisional}))
    return tuple(moved)


def _moved_deadline(due_at: datetime, unit: str, since: datetime, until: datetime, district: District) -> Deadline:
    if due_at <= since:
        return Deadline(due_at, provisional=False)
    return advance(due_at, elapsed(since, until, unit, district.calendar), unit, district.calendar)
