"""Definitions of figures: meaning, kind of subject, month and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Subject = Literal["officer", "intake_clerk", "shift_lead", "dispatcher", "unit", "street", "county"]
"""Kind of scored subject. Intake clerks, shift leads and dispatchers are scored by their own actions, streets by their
cases. The figures of the county are the sums of its streets."""

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
"""Prefix of the names of standing figures, which count what is open at the end of a period."""

Basis = Literal["event", "due", "shift", "standing"]
"""Month in which a figure counts an event: the month of the event (`event`), of the deadline (`due`), or of the start
of the shift (`shift`). A `standing` figure belongs to no month: the figure is the number at the end of a period."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a figure counts, in both languages, and the rules of counting."""

    zh: str
    en: str
    basis: Basis = "event"
    adverse: bool = False
    """True if the figure is unfavourable to the subject. The subject may appeal against it."""
    measures_time: bool = False
    """True for a figure about timeliness that does not count in the month of a deadline, such as a number of reminders.
    """
    scored: bool = True
    """True if a score rule may use the figure; otherwise it is only shown."""
    counts_with: tuple[str, ...] = field(default=())
    """Other figures of the same subject that count the same event. An upheld appeal against this figure also removes
    the event from these figures."""

    @property
    def excluded_in_storms(self) -> bool:
        """Return True for a figure about timeliness, which does not count the cases of a storm."""
        return self.measures_time or self.basis == "due"
