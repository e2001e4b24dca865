"""What is counted 评价指标: every figure of every kind of subject, what it means, and to which month it belongs.

A figure is a sum of facts, one fact per event: it counts events or, where its name says so, adds up their minutes. Rates, weights and grades are data of the district
(`ScoreRule`) and are made of these; the registry refuses a rule that names a figure which is not here.
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
