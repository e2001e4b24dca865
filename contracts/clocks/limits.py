"""Limits after extensions, and the shorter limits of reworks."""

from __future__ import annotations

from datetime import timedelta

from contracts.clocks.calendar import Calendar
from contracts.clocks.deadlines import CONTINUOUS, LimitLike
from contracts.events.acceptance import LimitUnit
from contracts.registry.base import Limit

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def extended(limit: Limit, granted: int) -> Limit:
    """Return the limit after `granted` extensions. Each extension adds the original limit once more."""
    return Limit(amount=limit.amount * (1 + granted), unit=limit.unit)


def shortened(limit: LimitLike, share: float, at_least: LimitLike, calendar: Calendar) -> Limit:
    """Return the given share of a limit, but not less than `at_least`.

    The result has the unit of the limit if the amount is then a whole number: half of two work days is one work day.
    Otherwise the result is in whole hours, or in whole minutes for limits that run continuously. Fractions are rounded
    up, in favour of the unit that must do the work.
    """
    part, shortest = limit.amount * share, _length(at_least, calendar)
    length = max(_length(limit, calendar) * share, shortest)
    if part.is_integer() and length > shortest:
        return Limit.model_validate({"amount": int(part), "unit": limit.unit})
    if limit.unit not in CONTINUOUS:
        return _whole(length, HOUR, "work_hour")
    if length % HOUR:
        return _whole(length, MINUTE, "urgent_minute")
    return _whole(length, HOUR, "urgent_hour")


def _length(limit: LimitLike, calendar: Calendar) -> timedelta:
    per_unit = {**CONTINUOUS, "work_hour": HOUR, "work_day": calendar.office_day}
    return limit.amount * per_unit[limit.unit]


def _whole(length: timedelta, step: timedelta, unit: LimitUnit) -> Limit:
    return Limit(amount=-(-length // step), unit=unit)
