"""Figures 评价指标: counts for each kind of scored subject, such as officer, unit or street.

Each figure has a meaning and a rule for the month in which an event counts.

A figure counts events or, if its name ends in `_minutes`, adds up minutes. Rates, weights and grades are data of the
district (`ScoreRule`); the registry refuses a rule with an unknown figure.
"""

from contracts.figures.counting_rules import CountingRule, counting_rules, deadline_of
from contracts.figures.deadlines import (
    CLOSING,
    CONTACT,
    DEADLINES,
    DECISION,
    FILING,
    HANDLING,
    QUESTION,
    RECHECK,
    SAFETY,
    SENDING,
    SETTLEMENT,
    SIGNING,
    VERIFY,
    Deadline,
)
from contracts.figures.meaning import STANDING_PREFIX, SUBJECT_NAMES, SUBJECTS, Basis, Meaning, Subject
from contracts.figures.table import FIGURES, PATROL_FIGURES

__all__ = [
    "CLOSING",
    "CONTACT",
    "DEADLINES",
    "DECISION",
    "FIGURES",
    "FILING",
    "HANDLING",
    "PATROL_FIGURES",
    "QUESTION",
    "RECHECK",
    "SAFETY",
    "SENDING",
    "SETTLEMENT",
    "SIGNING",
    "STANDING_PREFIX",
    "SUBJECTS",
    "SUBJECT_NAMES",
    "VERIFY",
    "Basis",
    "CountingRule",
    "Deadline",
    "Meaning",
    "Subject",
    "counting_rules",
    "deadline_of",
]
