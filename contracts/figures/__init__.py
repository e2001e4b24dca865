"""Figures 评价指标: counted events of each kind of subject, with their meaning and the month that they belong to.

A figure counts events or, if its name says so, adds up their minutes. Rates, weights and grades are data of the
district (`ScoreRule`); the registry refuses a rule with an unknown figure.
"""

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
from contracts.figures.meaning import STANDING, SUBJECT_NAMES, SUBJECTS, Basis, Meaning, Subject
from contracts.figures.notes import Note, deadline_of, notes
from contracts.figures.table import FIGURES, ROUNDS

__all__ = [
    "CLOSING",
    "CONTACT",
    "DEADLINES",
    "DECISION",
    "FIGURES",
    "FILING",
    "HANDLING",
    "QUESTION",
    "RECHECK",
    "ROUNDS",
    "SAFETY",
    "SENDING",
    "SETTLEMENT",
    "SIGNING",
    "STANDING",
    "SUBJECTS",
    "SUBJECT_NAMES",
    "VERIFY",
    "Basis",
    "Deadline",
    "Meaning",
    "Note",
    "Subject",
    "deadline_of",
    "notes",
]
