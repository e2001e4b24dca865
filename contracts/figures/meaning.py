"""The definition of a figure: subject, meaning and month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Subject = Literal["officer", "intake_clerk", "shift_lead", "dispatcher", "unit", "street", "county"]
"""Who is scored: officers, the desk's people by what they did, units, streets, and the county as the sum of its
streets."""

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

STANDING = "pending_"
"""Prefix of the names of standing figures."""

Basis = Literal["event", "due", "shift", "standing"]
"""The month of a figure: the month of its event, of its deadline, or of the start of its shift.

A standing figure is the number at the end of a period, the sum of everything before.
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning and the rules of a figure."""

    zh: str
    en: str
    basis: Basis = "event"
    adverse: bool = False
    """True if the figure speaks against the subject, which may appeal."""
    of_time: bool = False
    """True if the figure measures timeliness, although not counted by its deadline. It does not count in storms."""
    scored: bool = True
    """True if an edition may weight rates and volumes of this figure; otherwise it is only reported."""
    counts_with: tuple[str, ...] = field(default=())
    """Figures of the same subject and event that an upheld appeal removes together with this one."""

    @property
    def spared_in_storms(self) -> bool:
        """Return True if the figure measures timeliness."""
        return self.of_time or self.basis == "due"
