"""What a figure is: whose, what it means, and to which month it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Subject = Literal["officer", "intake_clerk", "shift_lead", "dispatcher", "unit", "street", "county"]
"""Who is scored: officers, the desk's people by what they did, units, streets, and the county as the sum of its streets."""

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
"""How the names of standing figures begin."""

Basis = Literal["event", "due", "shift", "standing"]
"""The month a figure belongs to: that of its event, that of the instant at which it was due, or that in which the shift began
of which it is a part. A standing figure says how
many there are at the end of a period, or now: it is the sum of everything until then.
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A figure in words."""

    zh: str
    en: str
    basis: Basis = "event"
    adverse: bool = False
    """Speaks against the subject, which may therefore appeal it."""
    of_time: bool = False
    """Though of the month of its event, or standing, it is about being in time, as everything is that is counted when it is
    due: in a storm it counts for nobody.
    """
    scored: bool = True
    """Whether an edition may weigh a rate or volume that it is part of; else it is reported and no more."""
    counts_with: tuple[str, ...] = field(default=())
    """Figures of the same subject about the same thing that an upheld appeal takes out of the counts together with this
    one, as far as they were counted; and what counts with those.
    """

    @property
    def spared_in_storms(self) -> bool:
        """Whether it is about being in time."""
        return self.of_time or self.basis == "due"
