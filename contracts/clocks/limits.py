"""Limits made from limits: extensions and the shorter clock of a rework."""

from __future__ import annotations

from datetime import timedelta

from contracts.clocks.calendar import Calendar
from contracts.clocks.deadlines import CONTINUOUS, LimitLike
from contracts.events.acceptance import LimitUnit
from contracts.registry.base import Limit

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def extended(limit: Limit, granted: int) -> Limit:
    """The limit after so many granted extensions; each adds one original limit."""
    return Limit(amount=limit.amount * (1 + granted), unit=limit.unit)


def shortened(limit: LimitLike, share: float, at_least: LimitLike, calendar: Calendar) -> Limit:
    """A share of a limit, on the same clock, but not less than `at_least`; an hour is an hour on either clock.

    In the unit of the limit where the share is whole: two work days become one. Else in whole hours where they come out
    even, else in whole minutes (continuous) or the next whole office hour (working): what does not divide goes to whoever
    has to do the work.
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
