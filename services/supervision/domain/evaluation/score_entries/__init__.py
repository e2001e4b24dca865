"""The books: what is counted, folded from events alone, so that a recount from the ledgers must come to the same.

`rules` is the one table from event type to what it counts; `keeper` writes facts and bookings; `facts` says what they are.
Nothing here knows clocks, tasks or people's commands: a figure that no event tells of cannot be counted.
"""

from services.supervision.domain.evaluation.score_entries.case_scores import Books
from services.supervision.domain.evaluation.score_entries.facts import Booking, Fact, Subject
from services.supervision.domain.evaluation.score_entries.rules import enter
from services.supervision.domain.evaluation.score_entries.scorer import Keeper

__all__ = ["Booking", "Books", "Fact", "Keeper", "Subject", "enter"]
