"""Kinds of deadlines, each with its figures due, kept and missed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """The three figures of one kind of deadline: due, kept and missed.

    Each deadline that is due is either kept or missed, so rates stay between 0 and 1.
    """

    due: str
    kept: str
    missed: str
    ordered_only: bool = False
    """True if deadlines of coordinated units do not count, because these units are asked, not ordered."""
    every_milestone: bool = False
    """True if a dispatch with one missed milestone counts as missed."""


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
    FILING,
    DECISION,
    QUESTION,
    SIGNING,
    CONTACT,
    HANDLING,
    SAFETY,
    CLOSING,
    VERIFY,
    RECHECK,
    SETTLEMENT,
    SENDING,
)
