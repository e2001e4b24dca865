"""Definitions of figures: subjects, meaning and month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Subject = Literal["officer", "intake_clerk", "shift_lead", "dispatcher", "unit", "street", "county"]
"""Kind of scored subject. Clerks, shift leads and dispatchers are scored by their own actions, streets by their cases,
and the county is the sum of its streets."""

SUBJECTS: tuple[Subject, ...] = get_args(Subject)

SUBJECT_NAMES: Mapping[Subject, tuple[str, str]] = {
    "officer": ("网格员", "Officers"),
    "intake_clerk": ("受理员", "Intake clerks"),
    "shift_lead": ("值班长", "Shift leads"),
    "dispatcher": ("派遣员", "Dispatchers"),
    "unit": ("责任单位", "Units"),
    "street": ("街道", "Streets"),
    "county": ("全县", "County"),
}

STANDING_PREFIX = "pending_"
"""Prefix of the names of standing figures."""

Basis = Literal["event", "due", "shift", "standing"]
"""The month that a figure counts in: of its event, of its deadline, or of the start of its shift.

A `standing` figure is the number at the end of a period.
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning and the rules of a figure."""

    zh: str
    en: str
    basis: Basis = "event"
    adverse: bool = False
    """True if the figure is unfavourable to the subject, which may appeal against it."""
    measures_time: bool = False
    """True for a figure about timeliness whose basis is not `due`, such as a number of reminders."""
    scored: bool = True
    """True if score rules may give this figure a weight; otherwise it is only shown."""
    counts_with: tuple[str, ...] = field(default=())
    """Figures of the same subject and event that an upheld appeal removes together with this one."""

    @property
    def excluded_in_storms(self) -> bool:
        """Return True for figures about timeliness, which do not count for cases of a storm."""
        return self.measures_time or self.basis == "due"
