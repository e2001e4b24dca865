"""Figures of deadlines, in threes: due, kept, missed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """The figures of one kind of deadline: how many were due, and of these how many were kept and how many missed.

    What is kept was not missed, and neither is counted without what was due: a rate of the two never leaves 0 to 1.
    """

    due: str
    kept: str
    missed: str
    ordered_only: bool = False
    """Counts only what a unit was ordered to do: coordinated units are asked, and have no limit that counts."""
    every_milestone: bool = False
    """One missed milestone makes it missed, whatever became of the last one."""


FILING = Deadline("filing_due", "filed_on_time", "filing_overdue")
DECISION = Deadline("decision_due", "decided_on_time", "decision_overdue")
QUESTION = Deadline("question_due", "question_on_time", "question_overdue")
SIGNING = Deadline("sign_due", "signed_on_time", "sign_overdue", ordered_only=True)
CONTACT = Deadline("contact_due", "contact_on_time", "contact_missed")
HANDLING = Deadline("handling_due", "completed_on_time", "overdue", ordered_only=True, every_milestone=True)
SAFETY = Deadline("emergency_due", "emergency_safe", "emergency_missed", ordered_only=True)
CLOSING = Deadline("closing_due", "closed_on_time", "closing_overdue")
VERIFY = Deadline("verify_due", "verify_on_time", "verify_overdue")
RECHECK = Deadline("recheck_due", "recheck_on_time", "recheck_overdue")
SETTLEMENT = Deadline("settlement_due", "settlement_on_time", "settlement_overdue")
SENDING = Deadline("verify_sending_due", "verify_sent_on_time", "verify_sent_late")


DEADLINES = (
    FILING, DECISION, QUESTION, SIGNING, CONTACT, HANDLING, SAFETY, CLOSING, VERIFY, RECHECK, SETTLEMENT, SENDING,
)  # fmt: skip
