"""Months of figures: when a month freezes, and which months a period contains."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from contracts.clocks import deadline
from contracts.registry import ScoreRule
from services.chassis.months import bounds_of, month_of
from services.chassis.registry_snapshot import RegistrySnapshot

_MONTH = re.compile(r"^\d{4}-\d{2}$")


def frozen_at(month: str, district: RegistrySnapshot) -> datetime:
    """Return when the figures of a month become final. The limit `month_freeze` runs from the end of the month."""
    _, end = bounds_of(month, district.zone)
    return deadline(end, district.settings.month_freeze, district.calendar).due_at


def entry_month(month: str, now: datetime, district: RegistrySnapshot) -> str:
    """Return the month for a score entry that is made now about `month`.

    It is `month` itself, or the first later month that is not frozen.
    """
    current = month_of(now, district.zone)
    if month >= current or now < frozen_at(month, district):
        return month
    before = _previous_month(current)
    return before if month < before and now < frozen_at(before, district) else current


def months_of(period: str) -> tuple[str, ...]:
    """Return the months of a period in order. The period is a month, a quarter or a year."""
    if _MONTH.match(period):
        return (period,)
    year, _, quarter = period.partition("-Q")
    first, last = (int(quarter) * 3 - 2, int(quarter) * 3) if quarter else (1, 12)
    return tuple(f"{year}-{number:02}" for number in range(first, last + 1))


def rule_for(rules: Iterable[ScoreRule], kind: str, period: str) -> ScoreRule | None:
    """Return the scoring rules in force in the last month of the period; `None` if there are none.

    `kind`: the kind of subject that the rules score.
    """
    month = months_of(period)[-1]
    found = [rule for rule in rules if rule.subject == kind and rule.effective_from <= month]
    return max(found, key=lambda rule: rule.effective_from, default=None)


def _previous_month(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02}"
